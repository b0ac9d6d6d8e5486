"""Whether apiVersion and kind name something that is served, and what replaced what was removed."""

from __future__ import annotations

from typing import Any

from k8snotes.api import registry
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind, split_api_version
from k8snotes.doctor.edits import Edit, add_line, rename, replace_value
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.tree import Spot, find
from k8snotes.errors import did_you_mean

__all__ = ["kind_faults"]

# apiVersion -> kinds, the version of Kubernetes that removed it, and what to write now ("" if there is nothing)
# Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
_REMOVED: tuple[tuple[str, str, str, str], ...] = (
    ("extensions/v1beta1", "Deployment DaemonSet ReplicaSet", "1.16", "apps/v1"),
    ("extensions/v1beta1", "NetworkPolicy", "1.16", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "Ingress", "1.22", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "PodSecurityPolicy", "1.16", ""),
    ("apps/v1beta1", "Deployment StatefulSet", "1.16", "apps/v1"),
    ("apps/v1beta2", "Deployment StatefulSet DaemonSet ReplicaSet", "1.16", "apps/v1"),
    ("networking.k8s.io/v1beta1", "Ingress IngressClass", "1.22", "networking.k8s.io/v1"),
    ("batch/v1beta1", "CronJob", "1.25", "batch/v1"),
    ("batch/v2alpha1", "CronJob", "1.21", "batch/v1"),
    ("policy/v1beta1", "PodDisruptionBudget", "1.25", "policy/v1"),
    ("policy/v1beta1", "PodSecurityPolicy", "1.25", ""),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "autoscaling/v2"),
    *(
        (
            f"rbac.authorization.k8s.io/{version}",
            "Role RoleBinding ClusterRole ClusterRoleBinding",
            "1.22",
            "rbac.authorization.k8s.io/v1",
        )
        for version in ("v1alpha1", "v1beta1")
    ),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.22", "apiextensions.k8s.io/v1"),
    (
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        "1.22",
        "admissionregistration.k8s.io/v1",
    ),
    ("apiregistration.k8s.io/v1beta1", "APIService", "1.22", "apiregistration.k8s.io/v1"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.22", "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", "Lease", "1.22", "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", "1.25", "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", "Event", "1.25", "events.k8s.io/v1"),
    ("node.k8s.io/v1beta1", "RuntimeClass", "1.25", "node.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", "1.22", "scheduling.k8s.io/v1"),
    (
        "storage.k8s.io/v1beta1",
        "StorageClass VolumeAttachment CSIDriver CSINode",
        "1.22",
        "storage.k8s.io/v1",
    ),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27", "storage.k8s.io/v1"),
)
_NEEDS_KIND = "kubectl does not know what to make of a document that does not say what it is."
_PAIRED = "Every kind belongs to one API group, and is asked for by both names."


def kind_faults(value: dict[str, Any], node: Any) -> list[Fault]:
    """Return what is wrong with apiVersion and kind; empty if they name something that is served or may be."""
    faults = [*_misspelt_heads(value, node)]
    if faults:
        return faults
    kind, version = value.get("kind"), value.get("apiVersion")
    if kind is None and version is None:
        return [_nothing(value, node)]
    if not isinstance(kind, str) or not kind:
        return [_no_kind(kind, version, value, node)]
    named = _named(kind)
    if not isinstance(version, str) or not version:
        return [_no_version(version, named, node)]
    group = split_api_version(version)[0]
    if registry.find_kind(version, kind) or not _ours(version, group):
        return []
    removed = next(
        (row for row in _REMOVED if row[0] == version and named and named.kind in row[1].split()), None
    )
    here = next(
        (r for r in registry.all_kinds() if r.group == group and r.kind.lower() == kind.lower()), None
    )
    if named is not None and named.kind != kind and (removed or named.api_version == version or here):
        return [_wrong_case(kind, here or named, node)]
    return [_no_match(kind, version, named, removed, node)]


def _named(kind: str) -> Kind | None:
    same = registry.kinds_named(kind)
    return same[0] if same else registry.find_resource(kind)


def _ours(version: str, group: str) -> bool:
    """Whether a group is Kubernetes' own, so that what it does not serve is not served."""
    bad = group.count("/") or version.startswith("/") or version.endswith("/")
    old = any(row[0] == version for row in _REMOVED)
    return bool(bad) or old or registry.builtin_group(group) or "." not in group


def _misspelt_heads(value: dict[str, Any], node: Any) -> list[Fault]:
    """Find `apiversion`, `Kind` and the like: kubectl looks for the exact names."""
    faults = []
    for name in ("apiVersion", "kind"):
        if name in value:
            continue
        near = next((key for key in value if key.lower() == name.lower()), None) or next(
            (key for key in value if name in did_you_mean(key, [name, "metadata", "spec", "data", "status"])),
            None,
        )
        if near == "version" and "kind" not in value:
            continue
        spot = find(node, (near,)) if near is not None else None
        if spot is None or not isinstance(value[near or ""], str):
            continue
        why = "Names of fields are told apart by every letter, and by capitals too."
        fix = f"{name}: {value[near or '']}"
        what = f'unknown field "{near}"'
        faults.append(Fault(spot.line, spot.column, name, what, why, fix, rename(spot, name)))
    return faults


def _nothing(value: dict[str, Any], node: Any) -> Fault:
    line, column = node.start_mark.line, node.start_mark.column
    if isinstance(value.get("services"), dict):
        why = "It looks like a file for docker compose, which Kubernetes does not read."
        return Fault(
            line, column, "", "neither apiVersion nor kind is there", why, "kompose convert writes manifests"
        )
    fix = "apiVersion: v1\nkind: Pod"
    return Fault(line, column, "", "neither apiVersion nor kind is there", _NEEDS_KIND, fix)


def _no_kind(kind: Any, version: Any, value: dict[str, Any], node: Any) -> Fault:
    spot = find(node, ("kind",)) or Spot(None, node)
    what = "Object 'Kind' is missing" if kind is None or kind == "" else "kind must be a word"
    spec = value.get("spec")
    found = ""
    if isinstance(spec, dict):
        if "containers" in spec:
            found = "Pod"
        elif "template" in spec:
            found = (
                "Deployment" if version == "apps/v1" else "ReplicationController" if version == "v1" else ""
            )
        elif "ports" in spec or "clusterIP" in spec:
            found = "Service"
    return Fault(spot.line, spot.column, "kind", what, _NEEDS_KIND, f"kind: {found or '...'}")


def _no_version(version: Any, named: Kind | None, node: Any) -> Fault:
    spot = find(node, ("apiVersion",))
    head = find(node, ("kind",)) or Spot(None, node)
    fix = f"apiVersion: {named.api_version if named else 'v1'}"
    if spot is not None:
        what = "apiVersion must be text" if version else "apiVersion is empty"
        edit = replace_value(spot.value, named.api_version) if named else None
        return Fault(spot.line, spot.column, "apiVersion", what, _PAIRED, fix, edit)
    edit = add_line(head, [fix], head.column) if named and not node.flow_style else None
    return Fault(
        head.line, head.column, "apiVersion", "Object 'apiVersion' is missing", _NEEDS_KIND, fix, edit
    )


def _wrong_case(kind: str, named: Kind, node: Any) -> Fault:
    spot = find(node, ("kind",)) or Spot(None, node)
    why = "Kinds are written with capitals and in the singular; the short and plural names are kubectl's."
    edit = replace_value(spot.value, named.kind)
    return Fault(
        spot.line, spot.column, "kind", f"no such kind: {quoted(kind)}", why, f"kind: {named.kind}", edit
    )


def _no_match(
    kind: str, version: str, named: Kind | None, removed: tuple[str, str, str, str] | None, node: Any
) -> Fault:
    what = f"no matches for kind {quoted(kind)} in version {quoted(version)}"
    spot = find(node, ("apiVersion",)) or Spot(None, node)
    if registry.find_kind(kind, version):
        why = "The two are exchanged: apiVersion has the group and its version, kind says what it is."
        return Fault(spot.line, spot.column, "apiVersion", what, why, f"apiVersion: {kind}\nkind: {version}")
    if removed is not None:
        _, _, when, now = removed
        why = f"This apiVersion was removed in Kubernetes v{when}."
        if not now:
            why += " The kind is gone too: Pod Security admission takes its place (labels on the Namespace)."
            return Fault(spot.line, spot.column, "apiVersion", what, why)
        edit: Edit | None = replace_value(spot.value, now)
        return Fault(spot.line, spot.column, "apiVersion", what, why, f"apiVersion: {now}", edit)
    if named is not None and named.kind == kind:
        edit = replace_value(spot.value, named.api_version)
        fix = f"apiVersion: {named.api_version}"
        return Fault(spot.line, spot.column, "apiVersion", what, _PAIRED, fix, edit)
    at = find(node, ("kind",)) or spot
    near = _near_kind(kind, version)
    why = "A cluster serves the kinds that it knows: kubectl api-resources lists them."
    if kind.lower() in ("container", "image", "application", "app"):
        why = "What runs is a Pod, or something that makes Pods (Deployment, ReplicationController, Job)."
    fix = f"apiVersion: {near.api_version}\nkind: {near.kind}" if near else ""
    if not near and "What runs" in why:
        fix = "kind: Pod"
    edit = replace_value(at.value, near.kind) if near and near.api_version == version else None
    return Fault(at.line, at.column, "kind", what, why, fix, edit)


def _near_kind(kind: str, version: str) -> Kind | None:
    at_home = [r for r in registry.all_kinds() if r.api_version == version]
    for group in (at_home, list(registry.all_kinds())):
        hint = did_you_mean(kind, [r.kind for r in group])
        found = next((r for r in group if f'"{r.kind}"' in hint), None)
        if found is not None:
            return found
    return None
