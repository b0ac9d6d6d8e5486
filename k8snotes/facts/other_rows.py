"""The rows of the kinds that stand beside the applications: volumes, rules of access, scaling, timetables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.label_selector import format_label_selector

__all__ = ["OTHER_PRINTERS", "access_modes"]

NONE, UNSET = "<none>", "<unset>"
Row = dict[str, Any]
_SHORT_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def access_modes(modes: Any) -> str:
    """Return access modes by their short names.

    >>> access_modes(["ReadOnlyMany", "ReadWriteOnce"])
    'RWO,ROX'
    """
    found = set(map(text, sequence(modes)))
    return ",".join(short for mode, short in _SHORT_MODES.items() if mode in found)


def _claim(obj: KubeObject) -> Row:
    spec, status = obj.spec, obj.status
    bound = bool(spec.get("volumeName"))
    return {
        "STATUS": "Terminating" if obj.terminating else text(status.get("phase")),
        "VOLUME": text(spec.get("volumeName")),
        "CAPACITY": text(mapping(status.get("capacity")).get("storage")) if bound else "",
        "ACCESS MODES": access_modes(status.get("accessModes")) if bound else "",
        "STORAGECLASS": text(spec.get("storageClassName")),
        "VOLUMEATTRIBUTESCLASS": text(spec.get("volumeAttributesClassName")) or UNSET,
        "VOLUMEMODE": text(spec.get("volumeMode")) or UNSET,
    }


def _volume(obj: KubeObject) -> Row:
    spec, owner = obj.spec, mapping(obj.spec.get("claimRef"))
    return {
        "CAPACITY": text(mapping(spec.get("capacity")).get("storage")),
        "ACCESS MODES": access_modes(spec.get("accessModes")),
        "RECLAIM POLICY": text(spec.get("persistentVolumeReclaimPolicy")),
        "STATUS": "Terminating" if obj.terminating else text(obj.status.get("phase")),
        "CLAIM": f"{text(owner.get('namespace'))}/{text(owner.get('name'))}" if owner else "",
        "STORAGECLASS": text(spec.get("storageClassName")),
        "VOLUMEATTRIBUTESCLASS": text(spec.get("volumeAttributesClassName")) or UNSET,
        "REASON": text(obj.status.get("reason")),
        "VOLUMEMODE": text(spec.get("volumeMode")) or UNSET,
    }


def _storage_class(obj: KubeObject) -> Row:
    raw = obj.raw
    default = obj.annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    return {
        "NAME": f"{obj.name} (default)" if default else obj.name,
        "PROVISIONER": text(raw.get("provisioner")),
        "RECLAIMPOLICY": text(raw.get("reclaimPolicy")) or "Delete",
        "VOLUMEBINDINGMODE": text(raw.get("volumeBindingMode")) or "Immediate",
        "ALLOWVOLUMEEXPANSION": text(raw.get("allowVolumeExpansion")) or "false",
    }


def _service_account(obj: KubeObject) -> Row:
    return {"SECRETS": len(mappings(obj.raw.get("secrets")))}


def _ingress(obj: KubeObject) -> Row:
    hosts = [text(rule.get("host")) for rule in mappings(obj.spec.get("rules"))]
    hosts = [host for host in hosts if host]
    more = f" + {len(hosts) - 3} more..." if len(hosts) > 3 else ""
    balancers = mappings(mapping(obj.status.get("loadBalancer")).get("ingress"))
    return {
        "CLASS": text(obj.spec.get("ingressClassName")) or NONE,
        "HOSTS": ",".join(hosts[:3]) + more or "*",
        "ADDRESS": ",".join(sorted({text(item.get("ip") or item.get("hostname")) for item in balancers})),
        "PORTS": "80, 443" if obj.spec.get("tls") else "80",
    }


def _ingress_class(obj: KubeObject) -> Row:
    parameters = mapping(obj.spec.get("parameters"))
    group = f".{text(parameters['apiGroup'])}" if parameters.get("apiGroup") else ""
    said = f"{text(parameters.get('kind'))}{group}/{text(parameters.get('name'))}" if parameters else NONE
    return {"CONTROLLER": text(obj.spec.get("controller")), "PARAMETERS": said}


def _network_policy(obj: KubeObject) -> Row:
    return {"POD-SELECTOR": format_label_selector(mapping(obj.spec.get("podSelector")))}


def _autoscaler(obj: KubeObject) -> Row:
    spec = obj.spec
    target = mapping(spec.get("scaleTargetRef"))
    wanted = []
    for metric in mappings(spec.get("metrics")):
        asked = mapping(metric.get("resource"))
        goal = mapping(asked.get("target"))
        share = goal.get("averageUtilization")
        said = text(goal.get("averageValue")) or ("<auto>" if share is None else f"{share}%")
        wanted.append(f"{text(asked.get('name')) or text(metric.get('type'))}: <unknown>/{said}")
    more = f" + {len(wanted) - 2} more..." if len(wanted) > 2 else ""
    return {
        "REFERENCE": f"{text(target.get('kind'))}/{text(target.get('name'))}",
        "TARGETS": ", ".join(wanted[:2]) + more or NONE,
        "MINPODS": text(spec.get("minReplicas")) or UNSET,
        "MAXPODS": text(spec.get("maxReplicas")),
        "REPLICAS": text(obj.status.get("currentReplicas") or 0),
    }


def _budget(obj: KubeObject) -> Row:
    return {
        "MIN AVAILABLE": text(obj.spec.get("minAvailable")) or "N/A",
        "MAX UNAVAILABLE": text(obj.spec.get("maxUnavailable")) or "N/A",
        "ALLOWED DISRUPTIONS": obj.status.get("disruptionsAllowed") or 0,
    }


def _priority_class(obj: KubeObject) -> Row:
    return {
        "VALUE": obj.raw.get("value") or 0,
        "GLOBAL-DEFAULT": text(obj.raw.get("globalDefault")) or "false",
        "PREEMPTIONPOLICY": text(obj.raw.get("preemptionPolicy")) or "PreemptLowerPriority",
    }


def _created(obj: KubeObject) -> Row:
    return {"CREATED AT": text(obj.metadata.get("creationTimestamp"))}


def _binding(obj: KubeObject) -> Row:
    referred, subjects = mapping(obj.raw.get("roleRef")), mappings(obj.raw.get("subjects"))

    def named(kind: str) -> str:
        found = [item for item in subjects if item.get("kind") == kind]
        names = [text(item.get("name")) for item in found]
        if kind == "ServiceAccount":
            names = [f"{text(item.get('namespace'))}/{text(item.get('name'))}" for item in found]
        return ", ".join(names)

    return {
        "ROLE": f"{text(referred.get('kind'))}/{text(referred.get('name'))}",
        "USERS": named("User"),
        "GROUPS": named("Group"),
        "SERVICEACCOUNTS": named("ServiceAccount"),
    }


def _revision(obj: KubeObject) -> Row:
    owner = obj.owner or {}
    group, kind = text(owner.get("apiVersion")).rpartition("/")[0], text(owner.get("kind")).lower()
    said = f"{kind}.{group}/{text(owner.get('name'))}" if group else f"{kind}/{text(owner.get('name'))}"
    return {"CONTROLLER": said if owner else NONE, "REVISION": obj.raw.get("revision") or 0}


def _lease(obj: KubeObject) -> Row:
    return {"HOLDER": text(obj.spec.get("holderIdentity"))}


Printer = tuple[Callable[[KubeObject], Row], Sequence[str], Sequence[str]]
_BINDING = (_binding, ("NAME", "ROLE", "AGE"), ("USERS", "GROUPS", "SERVICEACCOUNTS"))
_CREATED: Printer = (_created, ("NAME", "CREATED AT"), ())
OTHER_PRINTERS: dict[str, Printer] = {
    "persistentvolumeclaims": (
        _claim,
        (
            *("NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS"),
            *("VOLUMEATTRIBUTESCLASS", "AGE"),
        ),
        ("VOLUMEMODE",),
    ),
    "persistentvolumes": (
        _volume,
        (
            *("NAME", "CAPACITY", "ACCESS MODES", "RECLAIM POLICY", "STATUS", "CLAIM", "STORAGECLASS"),
            *("VOLUMEATTRIBUTESCLASS", "REASON", "AGE"),
        ),
        ("VOLUMEMODE",),
    ),
    "storageclasses": (
        _storage_class,
        ("NAME", "PROVISIONER", "RECLAIMPOLICY", "VOLUMEBINDINGMODE", "ALLOWVOLUMEEXPANSION", "AGE"),
        (),
    ),
    "serviceaccounts": (_service_account, ("NAME", "SECRETS", "AGE"), ()),
    "ingresses": (_ingress, ("NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"), ()),
    "ingressclasses": (_ingress_class, ("NAME", "CONTROLLER", "PARAMETERS", "AGE"), ()),
    "networkpolicies": (_network_policy, ("NAME", "POD-SELECTOR", "AGE"), ()),
    "horizontalpodautoscalers": (
        _autoscaler,
        ("NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"),
        (),
    ),
    "poddisruptionbudgets": (
        _budget,
        ("NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"),
        (),
    ),
    "priorityclasses": (_priority_class, ("NAME", "VALUE", "GLOBAL-DEFAULT", "AGE", "PREEMPTIONPOLICY"), ()),
    "roles": _CREATED,
    "clusterroles": _CREATED,
    "customresourcedefinitions": _CREATED,
    "rolebindings": _BINDING,
    "clusterrolebindings": _BINDING,
    "controllerrevisions": (_revision, ("NAME", "CONTROLLER", "REVISION", "AGE"), ()),
    "leases": (_lease, ("NAME", "HOLDER", "AGE"), ()),
}
