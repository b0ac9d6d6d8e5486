"""A manifest as Go's types write it: kubectl has read it into them, so fields without a value appear in it."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings
from k8snotes.control_plane.etcd import clone

__all__ = ["typed"]

# what is written of a kind although nothing is said of it, by the place in the manifest
_ALWAYS: dict[str, dict[tuple[str, ...], Manifest]] = {
    "Pod": {("status",): {}},
    "ReplicationController": {("status",): {"replicas": 0}},
    "ReplicaSet": {("status",): {"replicas": 0}},
    "Deployment": {("spec", "strategy"): {}, ("status",): {}},
    "StatefulSet": {
        ("spec", "updateStrategy"): {},
        ("status",): {"availableReplicas": 0, "replicas": 0},
    },
    "DaemonSet": {
        ("spec", "updateStrategy"): {},
        ("status",): {
            "currentNumberScheduled": 0,
            "desiredNumberScheduled": 0,
            "numberMisscheduled": 0,
            "numberReady": 0,
        },
    },
    "Job": {("status",): {}},
    "CronJob": {("spec", "jobTemplate", "metadata"): {}, ("status",): {}},
    "Service": {("status",): {"loadBalancer": {}}},
}


def typed(obj: KubeObject) -> KubeObject:
    """Return an object of a file with the fields that Go's types always write.

    Source of the rule: fields without `omitempty` in k8s.io/api

    >>> typed(KubeObject({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}]}})).raw
    {'apiVersion': 'v1', 'kind': 'Pod', 'spec': {'containers': [{'name': 'a', 'resources': {}}]}, 'status': {}}
    """
    manifest = clone(obj.raw)
    for place, fields in _ALWAYS.get(obj.kind, {}).items():
        held = manifest
        for key in place:
            if not isinstance(held.get(key), dict):
                held[key] = {}
            held = held[key]
        for key, value in fields.items():
            held.setdefault(key, clone(value))
    spec = mapping(obj.resource.pod_spec_of(manifest))
    for container in (*mappings(spec.get("containers")), *mappings(spec.get("initContainers"))):
        container.setdefault("resources", {})
        for variable in mappings(container.get("env")):
            source = mapping(mapping(variable.get("valueFrom")).get("resourceFieldRef"))
            if source:
                source.setdefault("divisor", "0")
    for template in _templates(manifest):
        template.setdefault("metadata", {})
    if obj.kind == "Service":
        for port in mappings(mapping(manifest.get("spec")).get("ports")):
            port.setdefault("targetPort", 0)
    return KubeObject(manifest)


def _templates(manifest: Manifest) -> list[Manifest]:
    """Return the templates of Pods in a manifest."""
    spec = mapping(manifest.get("spec"))
    inner = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    return [part for part in (mapping(spec.get("template")), mapping(inner.get("template"))) if part]
