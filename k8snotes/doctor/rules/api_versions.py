"""Whether apiVersion and kind name something that is served, and what replaced what was removed."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.api.kind import Kind, split_api_version
from k8snotes.api.registry import all_kinds, builtin_group, find_kind, find_resource, kinds_named
from k8snotes.doctor.text.edits import add_line, rename, replace_value
from k8snotes.doctor.text.fault import Fault, fault_of
from k8snotes.doctor.text.paths import Spot, find
from k8snotes.errors import nearest

__all__ = ["kind_faults"]

# Gone with all its versions, and with no successor of its kind: PodSecurityPolicy and the release that removed it.
_GONE = {"PodSecurityPolicy": "1.25"}
_OTHER_HEADS = ("metadata", "spec", "data", "status")
_RUN_BY_PODS = ("container", "image", "application", "app")


def kind_faults(manifest: Manifest, node: Any) -> list[Fault]:
    """Return what is wrong with apiVersion and kind; empty if they name something that is served or may be.

    A kind of a group that is not Kubernetes' own may be a custom resource, and is taken for one.

    Args:
        manifest: the object, as it was read.
        node: its node in the text, for the places.

    >>> from k8snotes.api.manifest import compose
    >>> node = compose("{apiVersion: extensions/v1beta1, kind: Deployment}").nodes[0]
    >>> (fault,) = kind_faults({"apiVersion": "extensions/v1beta1", "kind": "Deployment"}, node)
    >>> fault.code, fault.because, fault.parts["release"], fault.write
    ('no-match', 'version-removed', '1.16', 'apiVersion: apps/v1')

    Source of the rule: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
    """
    faults = _misspelt_heads(manifest, node)
    if faults:
        return faults
    kind, version = manifest.get("kind"), manifest.get("apiVersion")
    if kind is None and version is None:
        return [_no_manifest(manifest, node)]
    if not isinstance(kind, str) or not kind:
        return [_no_kind(kind, version, manifest, node)]
    named = _named(kind)
    if not isinstance(version, str) or not version:
        return [_no_version(version, named, node)]
    group = split_api_version(version)[0]
    if find_kind(version, kind) or not _is_kubernetes_own(version, group):
        return []
    removed = dict(named.removed).get(version, "") if named else ""
    here = next((k for k in all_kinds() if k.group == group and k.kind.lower() == kind.lower()), None)
    if named is not None and named.kind != kind and (removed or named.api_version == version or here):
        return [_wrong_case(kind, here or named, node)]
    return [_no_match(kind, version, named, removed, node)]


def _named(kind: str) -> Kind | None:
    """Return the kind that a word names, in whatever case, in the singular, the plural or short."""
    same = kinds_named(kind)
    return same[0] if same else find_resource(kind)


def _is_kubernetes_own(version: str, group: str) -> bool:
    """Whether a group is Kubernetes' own, so that what it does not serve is not served."""
    bad = group.count("/") or version.startswith("/") or version.endswith("/")
    old = any(version == removed for kind in all_kinds() for removed, _ in kind.removed)
    return bool(bad) or old or builtin_group(group) or "." not in group


def _misspelt_heads(manifest: Manifest, node: Any) -> list[Fault]:
    """Find `apiversion`, `Kind` and the like: kubectl looks for the exact names."""
    faults = []
    for name in ("apiVersion", "kind"):
        if name in manifest:
            continue
        near = next((key for key in manifest if key.lower() == name.lower()), None) or next(
            (key for key in manifest if nearest(key, [name, *_OTHER_HEADS]) == name), None
        )
        if near == "version" and "kind" not in manifest:
            continue
        spot = find(node, (near,)) if near is not None else None
        if near is None or spot is None or not isinstance(manifest[near], str):
            continue
        faults.append(
            fault_of(
                spot,
                name,
                "unknown-field",
                because="misspelt",
                parts={"field": near},
                write=f"{name}: {manifest[near]}",
                edit=rename(spot, name),
            )
        )
    return faults


def _no_manifest(manifest: Manifest, node: Any) -> Fault:
    """Return the fault of a document with neither apiVersion nor kind: something else, such as a file for compose."""
    compose = isinstance(manifest.get("services"), dict)
    because = "docker-compose" if compose else "not-a-manifest"
    write = "" if compose else "apiVersion: v1\nkind: Pod"
    return fault_of(Spot(None, node), "", "not-a-manifest", because=because, write=write)


def _no_kind(kind: Any, version: Any, manifest: Manifest, node: Any) -> Fault:
    """Return the fault of an object that has an apiVersion and no kind, or one that is no word."""
    spot = find(node, ("kind",)) or Spot(None, node)
    code = "kind-missing" if kind is None or kind == "" else "kind-not-text"
    return fault_of(
        spot, "kind", code, because="needs-kind", write=f"kind: {_probable_kind(manifest, version) or '...'}"
    )


def _probable_kind(manifest: Manifest, version: Any) -> str:
    """Return the kind that an object without one most probably is, "" if nothing tells."""
    spec = manifest.get("spec")
    if not isinstance(spec, dict):
        return ""
    if "containers" in spec:
        return "Pod"
    if "template" in spec:
        return {"apps/v1": "Deployment", "v1": "ReplicationController"}.get(str(version), "")
    return "Service" if "ports" in spec or "clusterIP" in spec else ""


def _no_version(version: Any, named: Kind | None, node: Any) -> Fault:
    """Return the fault of an object that has a kind and no apiVersion: `named` is what the kind names."""
    spot = find(node, ("apiVersion",))
    head = find(node, ("kind",)) or Spot(None, node)
    write = f"apiVersion: {named.api_version if named else 'v1'}"
    if spot is not None:
        code = "version-not-text" if version else "version-empty"
        edit = replace_value(spot.value, named.api_version) if named else None
        return fault_of(spot, "apiVersion", code, because="kind-in-group", write=write, edit=edit)
    edit = add_line(head, [write], head.column) if named and not node.flow_style else None
    return fault_of(head, "apiVersion", "version-missing", because="needs-kind", write=write, edit=edit)


def _wrong_case(kind: str, named: Kind, node: Any) -> Fault:
    """Return the fault of a kind that is written as kubectl's other names for it: `pods`, `deploy`, `POD`."""
    spot = find(node, ("kind",)) or Spot(None, node)
    edit = replace_value(spot.value, named.kind)
    write = f"kind: {named.kind}"
    return fault_of(spot, "kind", "kind-misspelt", parts={"kind": kind}, write=write, edit=edit)


def _no_match(kind: str, version: str, named: Kind | None, removed: str, node: Any) -> Fault:
    """Return the fault of a kind that this apiVersion does not have."""
    parts = {"kind": kind, "version": version, "release": removed or _GONE.get(kind, "")}
    spot = find(node, ("apiVersion",)) or Spot(None, node)
    field, because, write, edit = "apiVersion", "kind-in-group", "", None
    if find_kind(kind, version):
        because, write = "exchanged", f"apiVersion: {kind}\nkind: {version}"
    elif kind in _GONE:
        because = "kind-gone"
    elif named is not None and (removed or named.kind == kind):
        because = "version-removed" if removed else because
        write, edit = f"apiVersion: {named.api_version}", replace_value(spot.value, named.api_version)
    else:
        field, spot = "kind", find(node, ("kind",)) or spot
        near = _near_kind(kind, version)
        runs = kind.lower() in _RUN_BY_PODS
        because = "runs-in-pods" if runs else "kind-unknown"
        write = f"apiVersion: {near.api_version}\nkind: {near.kind}" if near else "kind: Pod" if runs else ""
        edit = replace_value(spot.value, near.kind) if near and near.api_version == version else None
    return fault_of(spot, field, "no-match", because=because, parts=parts, write=write, edit=edit)


def _near_kind(kind: str, version: str) -> Kind | None:
    """Return the kind that is spelt most like a word: of this apiVersion, else of any."""
    at_home = [known for known in all_kinds() if known.api_version == version]
    for group in (at_home, all_kinds()):
        near = nearest(kind, [known.kind for known in group])
        if near:
            return next(known for known in group if known.kind == near)
    return None
