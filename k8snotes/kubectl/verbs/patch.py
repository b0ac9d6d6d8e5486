"""`kubectl patch`: changes fields of objects, by a strategic merge, a JSON merge or a JSON patch."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.api.go_text import quoted
from k8snotes.api.manifest import documents
from k8snotes.api.masking import HIDDEN, may_be_secret
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.merge import json_merge, strategic_merge
from k8snotes.control_plane.schema import FieldType
from k8snotes.control_plane.validation.wording import invalid_value, renamed
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, answer, changed, edited, rewritten
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.files import FILES, content
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.json_patch import PatchError, json_patch
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.output.go import go_value
from k8snotes.kubectl.pod_templates import local_objects, where_to_set
from k8snotes.kubectl.resources import targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("patch/p"),
    flag("patch-file"),
    flag("type", default="strategic"),
    flag("subresource"),
    flag("local", "bool"),
)
_TYPES = ("json", "merge", "strategic")
_SUBRESOURCES = ("status", "scale", "resize")


def patch(session: Session, parsed: Parsed) -> None:
    """Change fields of objects: `kubectl patch svc web -p '{"spec":{"type":"NodePort"}}'`.

    A strategic merge merges the lists of Kubernetes by a key of their items, and a JSON merge replaces whole lists. A
    JSON patch is a list of operations. --subresource patches only the status, or only the number of replicas.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_patch/
    """
    how = where_to_set(session, parsed)
    if parsed.text("patch") and parsed.text("patch-file"):
        raise Stopped("cannot specify --patch and --patch-file together")
    if how == "local" and parsed.words:
        raise Stopped("cannot specify --local and server resources")
    if parsed["type"].lower() not in _TYPES:
        raise Stopped(f"--type must be one of [{' '.join(_TYPES)}], not {quoted(parsed['type'])}")
    subresource = parsed.text("subresource")
    if subresource and subresource not in _SUBRESOURCES:
        names = " ".join(_SUBRESOURCES)
        raise Stopped(f"invalid subresource value: {quoted(subresource)}. Must be one of [{names}]")
    if subresource == "resize":
        raise NotDone("--subresource=resize", _("The resources of a Pod do not change here while it runs."))
    value, type_ = _value(session, parsed), parsed["type"].lower()
    objects = local_objects(session, parsed) if how == "local" else targets(session, parsed, parsed.words)
    for obj in objects:
        try:
            new = _patched(obj, value, type_)
        except PatchError as error:
            session.fail(f"The request is invalid: {error}", head="")
            continue
        if subresource and not (obj.resource.scales if subresource == "scale" else obj.resource.status):
            session.fail(
                "Error from server (NotFound): the server could not find the requested resource", head=""
            )
            continue
        if how == "local":
            made = KubeObject(new)
            answer(session, parsed, made, _word(obj, made))
            continue
        with session.trying():
            if subresource:
                _patch_part(session, parsed, obj, new, how=how)
                continue
            stored = _sent(session, how, obj, new, value if type_ == "strategic" else None)
            answer(session, parsed, stored, _word(obj, stored))  # kubectl says nothing of a dry run here


def _patch_part(session: Session, parsed: Parsed, obj: KubeObject, new: Manifest, *, how: str) -> None:
    """Write only the status of an object, or only how many replicas it is to have."""
    if parsed["subresource"] == "status":
        status = mapping(new.get("status"))
        stored = changed(session, how, lambda api: api.update_status(obj, status, by="kubectl"))
        answer(session, parsed, stored, _word(obj, stored))
        return

    def edit(manifest: Manifest) -> None:
        manifest["spec"]["replicas"] = mapping(new.get("spec")).get("replicas")

    stored = edited(session, how, obj, edit, verb="scale")
    session.out(f"scale.autoscaling/{obj.name} {_word(obj, stored)}\n")


def _word(old: KubeObject, new: KubeObject) -> str:
    return "patched" if new.raw != old.raw else "patched (no change)"


def _sent(session: Session, how: str, obj: KubeObject, new: Manifest, patch: Any) -> KubeObject:
    """Store a patched object; `patch` is a strategic merge, of which a wrong value is told in words of its own.

    Source of the rule: `applyPatchToObject` in k8s.io/apiserver/pkg/endpoints/handlers, and `FromUnstructured` in
    k8s.io/apimachinery/pkg/runtime
    """
    misnamed = renamed(new, obj.name, obj.namespace)
    if misnamed is not None:
        raise misnamed
    try:
        return rewritten(session, how, obj, new)
    except ApiError as error:
        if patch is None or error.rule != "wrong-type" or "type" not in error.parts:
            raise
        type_, found = error.parts["type"], error.parts["found"]
        shown = HIDDEN if obj.kind == "Secret" else go_value(patch)
        why = _unfit(type_, found, item=error.parts["item"])
        cause = invalid_value("patch", shown, why)
        message = f' "" is invalid: patch: {cause.message}'
        raise ApiError(422, "Invalid", message, [cause], parts={"kind": "", "name": ""}) from error


def _unfit(type_: FieldType, found: str, *, item: bool) -> str:
    """Say in Go's words why a value of a kind ("map", "int64") does not become one of a type."""
    if type_.container and not item:
        return f"cannot restore {'slice' if type_.container == '[]' else 'map'} from {found}"
    if type_.is_struct:
        return f"cannot restore struct from: {found}"
    kind = type_.name if type_.name in ("bool", "int32", "int64", "float64") else "string"
    if (found, kind) in (("int64", "string"), ("float64", "int32"), ("float64", "int64")):
        return f"cannot convert {found} to {f'v1.{type_.go_name}' if type_.go_name else kind}"
    return f"unrecognized type: {kind}"


def _value(session: Session, parsed: Parsed) -> Any:
    """Return the patch of a command as values."""
    given, name = parsed["patch"], parsed.text("patch-file")
    if name:
        given = content(session.folder / name, name, "unable to read patch file: open")
    if not given:
        raise Stopped("must specify --patch or --patch-file containing the contents of the patch")
    read = list(documents(given, doubles=True))
    if len(read) != 1 or read[0].problem:
        secret = may_be_secret(given) or "secret" in " ".join(parsed.words).lower()
        shown = HIDDEN if secret else quoted(given)
        why = _("it is neither JSON nor YAML")
        raise Stopped(f"unable to parse {shown}: {why}")
    return read[0].value


def _patched(obj: KubeObject, value: Any, kind: str) -> Manifest:
    old = clone(obj.raw)
    if kind == "json":
        new: Any = json_patch(old, value)
    elif not isinstance(value, dict):
        raise PatchError(_("the patch is not an object (fields with values)"))
    else:
        new = strategic_merge(value, old) if kind == "strategic" else json_merge(value, old)
    if not isinstance(new, dict):
        raise PatchError(_("after the patch, the result is not an object"))
    return new


VERB = Verb(
    patch,
    _("Change fields of objects."),
    _FLAGS,
    """kubectl patch svc web -p '{"spec":{"type":"NodePort"}}'""",
    takes=KINDS,
)
