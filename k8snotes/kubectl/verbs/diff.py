"""`kubectl diff -f web.yaml`: shows what `kubectl apply` would change."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping, text
from k8snotes.api.kind import split_api_version
from k8snotes.api.manifest import dump_as_kubectl
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import in_version
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped, refusal
from k8snotes.kubectl.files import FILES, Document, manifests
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.unified import unified
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    *FILES,
    flag("selector/l"),
    flag("server-side", "bool"),
    flag("force-conflicts", "bool"),
    flag("field-manager"),
    flag("prune", "bool"),
    flag("prune-allowlist", "texts"),
    flag("show-managed-fields", "bool"),
    flag("concurrency", "int", 1),
)
_TROUBLE = 2  # the exit code of a failure: 1 says that something differs
_LIVE, _MERGED = "/tmp/LIVE-1733400262", "/tmp/MERGED-2960127301"  # noqa: S108  # names of folders that do not exist
_SAME, _BEFORE, _AFTER = "***", "*** (before)", "*** (after)"


class _Versions(NamedTuple):
    """An object as it is, None if there is none, and as it would be after `kubectl apply`."""

    name: str
    live: Manifest | None
    merged: Manifest


def diff(session: Session, parsed: Parsed) -> None:
    """Show what `kubectl apply` would change: `kubectl diff -f web.yaml`.

    The exit code is 0 if nothing would change, 1 if something would, and 2 after a failure. Values of Secrets are hidden;
    only that they differ is shown.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_diff/
    """
    try:
        if parsed.words:
            usage = "See 'kubectl diff -h' for help and examples"
            raise Stopped(f"Unexpected args: [{' '.join(parsed.words)}]\n{usage}")  # noqa: TRY301
        if parsed["force-conflicts"] and not parsed["server-side"]:
            raise Stopped("--force-conflicts only works with --server-side")  # noqa: TRY301
        found = [_versions(session, parsed, document) for document in manifests(session, parsed)]
    except Stopped as stopped:
        raise Stopped(stopped.message, _TROUBLE, head=stopped.head) from None
    if session.failures:
        raise Stopped("", _TROUBLE)
    shown = "".join(_shown(session, item) for item in sorted(found, key=lambda item: item.name))
    session.out(shown)
    if shown:
        raise Stopped("", 1)


def _versions(session: Session, parsed: Parsed, document: Document) -> _Versions:
    """Return an object as it is and as it would be; the API server is asked on a copy that is thrown away."""
    kind, home = document.resource, document.namespace(session, parsed)
    with session.asking():
        session.api.permit("get", kind, home, document.name)
    live = session.api.store.get((kind.qualified, home, document.name))
    version = text(document.manifest.get("apiVersion"))
    if live is not None:
        live = in_version(live, version)
    copy = session.api.copy()
    before = len(copy.warnings)
    try:
        if live is None:
            stored = copy.create(document.manifest, namespace=home or "default", yaml=True)
        else:
            stored, _word = copy.apply(document.manifest, namespace=home or "default")
    except ApiError as error:
        patches = live is not None and error.reason == "Forbidden" and not parsed["server-side"]
        raise Stopped(
            refusal(error, document.doing("patching") if patches else ""), _TROUBLE, head=""
        ) from None
    for warning in copy.warnings[before:]:
        session.warn(warning)
    group = f"{kind.group}." if kind.group else ""
    name = f"{group}{split_api_version(version)[1]}.{kind.kind}.{home}.{stored.name}"
    return _Versions(name, None if live is None else _plain(live), _merged(stored, live))


def _merged(stored: KubeObject, live: KubeObject | None) -> Manifest:
    """Return an object as a dry run answers: what only a real write would change stays as it is."""
    manifest = _plain(stored)
    metadata = mapping(manifest["metadata"])
    old = mapping(live.raw.get("metadata")) if live is not None else {}
    if "resourceVersion" in old:
        metadata["resourceVersion"] = old["resourceVersion"]
    else:
        metadata.pop("resourceVersion", None)
    applied = mapping(old.get("annotations")).get(LAST_APPLIED)
    notes = mapping(metadata.get("annotations"))
    if applied is not None:
        notes[LAST_APPLIED] = applied
    elif notes.pop(LAST_APPLIED, None) is not None and not notes and "annotations" not in old:
        metadata.pop("annotations", None)
    return manifest


def _plain(obj: KubeObject) -> Manifest:
    return dict(clone(obj.raw))


def _shown(session: Session, item: _Versions) -> str:
    live, merged = item.live, item.merged
    if merged.get("kind") == "Secret" and merged.get("apiVersion") == "v1":
        live, merged = _masked(live, merged)
    before = "" if live is None else dump_as_kubectl(live)
    moment = datetime.fromisoformat(session.api.timestamp).strftime("%Y-%m-%d %H:%M:%S.000000000 +0000")
    old, new = f"{_LIVE}/{item.name}", f"{_MERGED}/{item.name}"
    text = unified(before, dump_as_kubectl(merged), f"{old}\t{moment}", f"{new}\t{moment}")
    return f"diff -u -N {old} {new}\n{text}" if text else ""


def _masked(live: Manifest | None, merged: Manifest) -> tuple[Manifest | None, Manifest]:
    """Return a Secret as it is and as it would be, without its values.

    Source of the rule: `Masker` of k8s.io/kubectl/pkg/cmd/diff
    """
    old, new = mapping((live or {}).get("data")), mapping(merged.get("data"))
    both = {key for key in old if key in new and old[key] != new[key]}
    before = {key: _BEFORE if key in both else _SAME for key in old}
    after = {key: _AFTER if key in both else _SAME for key in new}
    return None if live is None else _with_data(live, before), _with_data(merged, after)


def _with_data(manifest: Manifest, data: Manifest) -> Manifest:
    shown = {**clone(manifest), **({"data": data} if "data" in manifest else {})}
    shown.pop("stringData", None)
    notes = mapping(mapping(shown.get("metadata")).get("annotations"))
    if LAST_APPLIED in notes:
        notes[LAST_APPLIED] = _SAME  # it holds the values, too
    return shown


VERB = Verb(
    diff,
    _("Show what kubectl apply would change."),
    _FLAGS,
    "kubectl diff -f web.yaml",
    trouble=_TROUBLE,
)
