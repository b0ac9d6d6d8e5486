"""Admission, between a valid request and the store: limit ranges, quotas, priorities, default tolerations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from k8snotes.api.base import KubeObject, Manifest, mapping, sequence
from k8snotes.api.furniture import CRITICAL
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import find_kind
from k8snotes.control_plane import quota_usage
from k8snotes.control_plane.granted import Granted
from k8snotes.control_plane.ingress_rules import ANNOTATION
from k8snotes.control_plane.ingress_rules import default_class as default_ingress_class
from k8snotes.control_plane.limit_ranger import fill_in_defaults, violations
from k8snotes.control_plane.storage_rules import class_of, default_class, has_class, requested
from k8snotes.control_plane.validation.pod_spec import MIRROR
from k8snotes.control_plane.validation.wording import forbidden
from k8snotes.errors import ApiError

__all__ = ["Reader", "check", "mutate", "topology_labels"]

_NOT_READY = "node.kubernetes.io/not-ready"
_UNREACHABLE = "node.kubernetes.io/unreachable"
_TOLERATED_SECONDS = 300
_NOTHING = Granted()
_TOPOLOGY = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")
# the plugin StorageObjectInUseProtection: storage that is used does not go
_IN_USE = {
    "PersistentVolume": "kubernetes.io/pv-protection",
    "PersistentVolumeClaim": "kubernetes.io/pvc-protection",
}
_FIXED = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"


class Reader(Protocol):
    """What admission reads of the store."""

    def list(self, plural: str, namespace: str) -> Sequence[Mapping[str, Any]]:
        """Return the manifests of a resource ("pods", "resourcequotas") in a namespace ("" if it has none)."""

    def used(self, quota: Mapping[str, Any]) -> dict[str, Quantity]:
        """Return what is used of each name in a ResourceQuota's `spec.hard`."""


def mutate(
    manifest: Manifest, reader: Reader, old: Mapping[str, Any] | None = None, granted: Granted = _NOTHING
) -> Manifest:
    """Complete a defaulted object in place, before it is validated; `old` is what it replaces. Returns it.

    A new Pod gets the defaults of its namespace's LimitRanges, a priority and two tolerations, and keeps
    the last two when it is replaced; one that names its Node, the labels of the place where that is; a new Node
    gets the taint that keeps Pods away until it is ready; new volumes and claims get the finalizer that keeps
    them while they are used, and claims and Ingresses that name no class the default class. A Pod whose ServiceAccount, class of
    priority or RuntimeClass does not exist is refused, unless the ServiceAccount is `granted`.
    Raises ApiError 403.
    """
    if manifest.get("apiVersion") != "v1":
        if manifest.get("kind") == "Ingress" and old is None:
            _default_ingress_class(manifest, reader)
        return manifest
    if old is not None:
        if manifest.get("kind") == "Pod":
            for field in ("priority", "preemptionPolicy"):
                if manifest["spec"].get(field) is None and old["spec"].get(field) is not None:
                    manifest["spec"][field] = old["spec"][field]
            _default_tolerations(manifest["spec"])
        return manifest
    match manifest.get("kind"):
        case "Pod":
            for limit_range in _by_name(reader, "limitranges", _namespace(manifest)):
                fill_in_defaults(manifest, limit_range)
            _service_account(manifest, reader, granted)
            _topology(manifest, reader)
            _priority(manifest, reader)
            _runtime_class(manifest, reader)
            _default_tolerations(manifest["spec"])
        case "PersistentVolume" | "PersistentVolumeClaim":
            if manifest["kind"] == "PersistentVolumeClaim":
                _default_class(manifest, reader)
            finalizers = manifest["metadata"].setdefault("finalizers", [])
            if (own := _IN_USE[manifest["kind"]]) not in finalizers:
                finalizers.append(own)
        case "Node":
            taints = manifest.setdefault("spec", {}).setdefault("taints", [])
            if not any((t.get("key"), t.get("effect")) == (_NOT_READY, "NoSchedule") for t in taints):
                taints.append({"key": _NOT_READY, "effect": "NoSchedule"})
    return manifest


def check(manifest: Manifest, reader: Reader, old: Mapping[str, Any] | None = None) -> None:
    """Refuse a valid object that breaks a LimitRange or exceeds a ResourceQuota; `old` is what it replaces.

    Raises ApiError 403 in the words of the admission plugins.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/limit-range/ and
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    resource = find_kind(manifest.get("apiVersion", ""), manifest.get("kind", ""))
    namespace = _namespace(manifest)
    if resource is not None and resource.kind == "PriorityClass" and manifest.get("globalDefault"):
        _one_default(manifest, resource, reader)
    if resource is None or not namespace:
        return
    if old is None and resource.kind in ("Pod", "PersistentVolumeClaim"):
        for limit_range in _by_name(reader, "limitranges", namespace):
            if broken := violations(manifest, limit_range):
                detail = broken[0] if len(broken) == 1 else f"[{', '.join(broken)}]"
                raise _refusal(manifest, resource, detail, "limit-range")
    if old is not None and resource.kind == "PersistentVolumeClaim":
        _check_growth(manifest, resource, reader, old)
    # a Pod's amounts are counted when it is created; they do not change
    if old is None or resource.plural in ("services", "persistentvolumeclaims"):
        for quota in _by_name(reader, "resourcequotas", namespace):
            _check_quota(manifest, resource, quota, reader, old)


def _one_default(manifest: Manifest, resource: Kind, reader: Reader) -> None:
    """Refuse a second PriorityClass for the Pods that name none."""
    name = manifest["metadata"].get("name", "")
    for other in reader.list("priorityclasses", ""):
        there = other["metadata"].get("name", "")
        if other.get("globalDefault") and there != name:
            detail = f"PriorityClass {there} is already marked as default. Only one default can exist"
            raise _refusal(manifest, resource, detail)


def _default_class(manifest: Manifest, reader: Reader) -> None:
    """Give a claim that names no class the default class, if there is one.

    Source of the rule: the admission plugin DefaultStorageClass
    """
    if not has_class(KubeObject(manifest)):
        default = default_class(KubeObject(dict(item)) for item in reader.list("storageclasses", ""))
        if default is not None:
            manifest["spec"]["storageClassName"] = default.name


def _default_ingress_class(manifest: Manifest, reader: Reader) -> None:
    """Give an Ingress that names no class the default class, if there is one.

    Source of the rule: the admission plugin DefaultIngressClass
    """
    spec = mapping(manifest.get("spec"))
    annotated = ANNOTATION in mapping(manifest["metadata"].get("annotations"))
    if (
        manifest["apiVersion"] != "networking.k8s.io/v1"
        or spec.get("ingressClassName") is not None
        or annotated
    ):
        return
    default = default_ingress_class(KubeObject(dict(item)) for item in reader.list("ingressclasses", ""))
    if default is not None:
        manifest.setdefault("spec", {})["ingressClassName"] = default.name


def _check_growth(manifest: Manifest, resource: Kind, reader: Reader, old: Mapping[str, Any]) -> None:
    """Refuse that a claim asks for more than before, unless it is bound and its class allows it.

    Source of the rule: the admission plugin PersistentVolumeClaimResize, and
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
    """
    claim, before = KubeObject(manifest), KubeObject(dict(old))
    if requested(claim) <= requested(before):
        return
    if before.status.get("phase") != "Bound":
        raise _refusal(manifest, resource, "Only bound persistent volume claims can be expanded")
    kind = class_of(claim)
    allows = kind == class_of(before) and any(
        item.get("allowVolumeExpansion") is True
        for item in reader.list("storageclasses", "")
        if kind and item["metadata"].get("name") == kind
    )
    if not allows:
        raise _refusal(manifest, resource, _FIXED)


def _refusal(manifest: Manifest, resource: Kind, detail: str, rule: str = "", **parts: Any) -> ApiError:
    """Make the answer of an admission plugin that says no: 403, Forbidden."""
    meta = manifest["metadata"]
    name = meta.get("name") or meta.get("generateName", "")
    return forbidden(resource, name, detail, rule=rule, **parts)


def _pod_refusal(manifest: Manifest, detail: str) -> ApiError:
    """Make the answer of an admission plugin that refuses a Pod."""
    return _refusal(manifest, find_kind("v1", "Pod") or Kind("Pod", "pods"), detail)


def _namespace(manifest: Mapping[str, Any]) -> str:
    """Return the Namespace of an object, "" where its kind has none."""
    return str(manifest["metadata"].get("namespace", ""))


def _by_name(reader: Reader, plural: str, namespace: str) -> list[Mapping[str, Any]]:
    """Return the manifests of a resource in a Namespace, by name: the order in which plugins look at them."""
    return sorted(reader.list(plural, namespace), key=lambda item: str(item["metadata"].get("name", "")))


def topology_labels(node: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the labels that a Pod takes over from its Node when it is bound there: region and zone.

    Args:
        node: the manifest of the Node, None where there is none.

    Source of the rule: the admission plugin PodTopologyLabels, and
    https://kubernetes.io/docs/concepts/workloads/pods/downward-api/

    >>> topology_labels({"metadata": {"labels": {"topology.kubernetes.io/zone": "a", "disk": "ssd"}}})
    {'topology.kubernetes.io/zone': 'a'}
    """
    labels = mapping(mapping((node or {}).get("metadata")).get("labels"))
    return {key: labels[key] for key in _TOPOLOGY if key in labels}


def _topology(manifest: Manifest, reader: Reader) -> None:
    """Give a Pod that names its Node the labels of the place where that is."""
    name = manifest["spec"].get("nodeName")
    node = name and next(
        (item for item in reader.list("nodes", "") if item["metadata"].get("name") == name), None
    )
    labels = topology_labels(node or None)
    if labels:
        metadata = manifest["metadata"]
        metadata["labels"] = {**mapping(metadata.get("labels")), **labels}


def _service_account(manifest: Manifest, reader: Reader, granted: Granted) -> None:
    """Refuse a Pod whose ServiceAccount does not exist, and give it the account's Secrets for pulling images.

    The account `default` is always there: its controller creates it in every Namespace, and admission waits for that.
    The Pod is not given a token, and a Pod that names no account is left without a name here: so it stays as its
    author wrote it.

    Source of the rule: the admission plugin ServiceAccount, and
    https://kubernetes.io/docs/concepts/security/service-accounts/
    """
    spec, home = manifest["spec"], _namespace(manifest)
    named = str(spec.get("serviceAccountName") or "")
    if MIRROR in mapping(manifest["metadata"].get("annotations")):
        if named:
            raise _pod_refusal(manifest, "a mirror pod may not reference service accounts")
        return
    name = named or "default"
    account = next(
        (item for item in reader.list("serviceaccounts", home) if item["metadata"].get("name") == name), None
    )
    if account is None:
        unknown = name != "default" and ("ServiceAccount", home, name) not in granted
        if unknown and not dns1123_subdomain(name):  # of an invalid name, validation says more
            missing = f"serviceaccount {quoted(name)} not found"
            raise _pod_refusal(manifest, f"error looking up service account {home}/{name}: {missing}")
    elif not spec.get("imagePullSecrets") and (secrets := sequence(account.get("imagePullSecrets"))):
        spec["imagePullSecrets"] = [{"name": mapping(item).get("name", "")} for item in secrets]


def _priority(manifest: Manifest, reader: Reader) -> None:
    """Give a Pod the priority of its class, of the default class, or 0; a number of its own is refused.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
    """
    spec = manifest["spec"]
    name = spec.get("priorityClassName", "")
    classes = {item["metadata"]["name"]: item for item in reader.list("priorityclasses", "")}
    chosen: Mapping[str, Any]
    if name in CRITICAL:
        chosen = classes.get(name, {"value": CRITICAL[name]})
    elif name:
        if name not in classes:
            raise _pod_refusal(manifest, f"no PriorityClass with name {name} was found")
        chosen = classes[name]
    else:
        defaults = [item for item in classes.values() if item.get("globalDefault")]
        chosen = min(defaults, key=lambda item: int(item.get("value", 0)), default={"value": 0})
        if defaults:
            spec["priorityClassName"] = chosen["metadata"]["name"]
    priority, policy = chosen.get("value", 0), chosen.get("preemptionPolicy") or "PreemptLowerPriority"
    wished = (
        ("integer value of priority", spec.get("priority"), priority),
        ("string value of PreemptionPolicy", spec.get("preemptionPolicy"), policy),
    )
    for what, wish, computed in wished:
        if wish is not None and wish != computed:
            detail = (
                f"the {what} ({wish}) must not be provided in pod spec; "
                f"priority admission controller computed {computed} from the given PriorityClass name"
            )
            raise _pod_refusal(manifest, detail)
    spec["priority"], spec["preemptionPolicy"] = priority, policy


def _runtime_class(manifest: Manifest, reader: Reader) -> None:
    """Refuse a Pod whose RuntimeClass is not there.

    Source of the rule: https://kubernetes.io/docs/concepts/containers/runtime-class/
    """
    name = manifest["spec"].get("runtimeClassName")
    if name is None:
        return
    if not any(item["metadata"]["name"] == name for item in reader.list("runtimeclasses", "")):
        raise _pod_refusal(manifest, f"pod rejected: RuntimeClass {quoted(name)} not found")


def _default_tolerations(spec: Manifest) -> None:
    """Let a Pod stay five minutes on a Node that is gone, unless it says otherwise.

    Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds
    """
    tolerations = sequence(spec.get("tolerations"))
    for key in (_NOT_READY, _UNREACHABLE):
        if any(
            t.get("key", "") in ("", key) and t.get("effect", "") in ("", "NoExecute") for t in tolerations
        ):
            continue
        toleration = {"key": key, "operator": "Exists", "effect": "NoExecute"}
        tolerations = [*tolerations, toleration | {"tolerationSeconds": _TOLERATED_SECONDS}]
    if tolerations:
        spec["tolerations"] = tolerations


def _check_quota(
    manifest: Manifest,
    resource: Kind,
    quota: Mapping[str, Any],
    reader: Reader,
    old: Mapping[str, Any] | None,
) -> None:
    """Refuse an object with which a Namespace would use more than one of its ResourceQuotas allows.

    Args:
        manifest: the object as it would be stored.
        resource: its kind.
        quota: the manifest of the ResourceQuota.
        reader: what is there, and how much is used.
        old: what it replaces; then only what it uses more counts. None for a new object.

    Raises:
        ApiError: 403, with what was requested, used and allowed.
    """
    name = quota["metadata"].get("name", "")
    hard = {key: Quantity(amount) for key, amount in mapping(mapping(quota.get("spec")).get("hard")).items()}
    asked = quota_usage.of_object(resource.plural, manifest)
    if not hard.keys() & asked.keys() and not quota_usage.bounds(resource.plural, hard):
        return
    if not quota_usage.in_scope(quota, resource.plural, manifest):
        return
    if resource.plural == "pods" and (missing := quota_usage.missing_amounts(manifest, hard)):
        detail = f"failed quota: {name}: must specify {missing}"
        raise _refusal(manifest, resource, detail, "quota-unspecified", quota=name, missing=missing)
    if old is not None:
        before = quota_usage.of_object(resource.plural, old)
        asked = {key: amount - before.get(key, Quantity(0)) for key, amount in asked.items()}
    asked = {key: amount for key, amount in asked.items() if amount > Quantity(0) and key in hard}
    if not asked:
        return
    used = reader.used(quota)
    over = sorted(key for key, amount in asked.items() if used[key] + amount > hard[key])
    if over:
        shown = (",".join(f"{key}={amounts[key]}" for key in over) for amounts in (asked, used, hard))
        requested, already, limited = shown
        detail = f"exceeded quota: {name}, requested: {requested}, used: {already}, limited: {limited}"
        parts = {"quota": name, "requested": requested, "used": already, "limited": limited}
        raise _refusal(manifest, resource, detail, "quota", **parts)
