"""`kubectl describe` of what Pods are given: config maps, Secrets, accounts, claims; and of any other kind."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.label_selector import format_label_selector
from k8snotes.facts.other_rows import access_modes
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page, moment
from k8snotes.kubectl.formats import go_value

__all__ = [
    "autoscaler",
    "claim",
    "config_map",
    "disruption_budget",
    "generic",
    "priority_class",
    "role",
    "role_binding",
    "secret",
    "service_account",
    "storage_class",
    "volume",
]


def config_map(page: Page, obj: KubeObject) -> None:
    """Write a ConfigMap with its values."""
    page.head(obj)
    page.labels_and_annotations(obj)
    page.write(0, "\nData\n====\n")
    for key, value in sorted(mapping(obj.raw.get("data")).items()):
        page.write(0, f"{key}:\n----\n{text(value)}\n\n")
    page.write(0, "\nBinaryData\n====\n")
    for key, value in sorted(mapping(obj.raw.get("binaryData")).items()):
        page.write(0, f"{key}: {_size(text(value))} bytes\n")
    page.write(0, "\n")
    page.events(obj)


def secret(page: Page, obj: KubeObject) -> None:
    """Write a Secret: its keys and how long their values are, never the values."""
    page.head(obj)
    page.labels_and_annotations(obj)
    page.write(0, f"\nType:\t{text(obj.raw.get('type'))}\n\nData\n====\n")
    for key, value in sorted(mapping(obj.raw.get("data")).items()):
        page.line(key, f"{_size(text(value))} bytes")


def _size(encoded: str) -> int:
    try:
        return len(base64.b64decode(encoded))
    except ValueError:
        return 0


def service_account(page: Page, obj: KubeObject) -> None:
    """Write a ServiceAccount."""
    page.head(obj)
    page.labels_and_annotations(obj)
    names = [text(item.get("name")) for item in mappings(obj.raw.get("imagePullSecrets"))] or ["<none>"]
    for number, name in enumerate(names):
        title = "Image pull secrets:" if number == 0 else " " * 19
        page.write(0, f"{title}\t{name}\n")
    page.events(obj)


def claim(page: Page, obj: KubeObject) -> None:
    """Write a PersistentVolumeClaim, and the Pods that use it."""
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.line("StorageClass", text(spec.get("storageClassName")))
    page.line("Status", text(status.get("phase")))
    page.line("Volume", text(spec.get("volumeName")))
    page.labels_and_annotations(obj)
    page.lines("Finalizers", [go_value(sequence(obj.metadata.get("finalizers")))])
    bound = bool(spec.get("volumeName"))
    page.line("Capacity", text(mapping(status.get("capacity")).get("storage")) if bound else "")
    page.line("Access Modes", access_modes(status.get("accessModes")) if bound else "")
    page.line("VolumeMode", text(spec.get("volumeMode")))
    users = sorted(
        pod.name
        for pod in page.api.list("pods", obj.namespace)
        for volume_ in mappings(pod.spec.get("volumes"))
        if mapping(volume_.get("persistentVolumeClaim")).get("claimName") == obj.name
    )
    page.lines("Used By", users)
    page.events(obj)


def volume(page: Page, obj: KubeObject) -> None:
    """Write a PersistentVolume."""
    spec = obj.spec
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.lines("Finalizers", [go_value(sequence(obj.metadata.get("finalizers")))])
    page.line("StorageClass", text(spec.get("storageClassName")))
    page.line("Status", text(obj.status.get("phase")))
    owner = mapping(spec.get("claimRef"))
    page.line("Claim", f"{text(owner.get('namespace'))}/{text(owner.get('name'))}" if owner else "")
    page.line("Reclaim Policy", text(spec.get("persistentVolumeReclaimPolicy")))
    page.line("Access Modes", access_modes(spec.get("accessModes")))
    page.line("VolumeMode", text(spec.get("volumeMode")))
    page.line("Capacity", text(mapping(spec.get("capacity")).get("storage")))
    page.line("Node Affinity", "<none>")
    page.line("Message", text(obj.status.get("message")))
    page.events(obj)


def disruption_budget(page: Page, obj: KubeObject) -> None:
    """Write a PodDisruptionBudget."""
    spec, status = obj.spec, obj.status
    page.head(obj)
    if spec.get("minAvailable") is not None:
        page.line("Min available", text(spec["minAvailable"]))
    elif spec.get("maxUnavailable") is not None:
        page.line("Max unavailable", text(spec["maxUnavailable"]))
    selector = spec.get("selector")
    page.line("Selector", "<unset>" if selector is None else format_label_selector(selector))
    page.write(0, "Status:\n")
    for title, field in (
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ):
        page.line(title, status.get(field) or 0, 2)
    page.events(obj)


def autoscaler(page: Page, obj: KubeObject) -> None:
    """Write a HorizontalPodAutoscaler; nobody measures anything here, so what is current is unknown."""
    spec, status = obj.spec, obj.status
    target = mapping(spec.get("scaleTargetRef"))
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.line("Reference", f"{text(target.get('kind'))}/{text(target.get('name'))}")
    page.line("Metrics", "( current / target )")
    for metric in mappings(spec.get("metrics")):
        asked = mapping(metric.get("resource"))
        wanted = mapping(asked.get("target"))
        name = text(asked.get("name"))
        if "averageValue" in wanted:
            page.line(f"resource {name} on pods", f"<unknown> / {text(wanted['averageValue'])}", 1)
        elif asked:
            share = wanted.get("averageUtilization")
            goal = f"{share}%" if share is not None else "<auto>"
            page.line(f"resource {name} on pods  (as a percentage of request)", f"<unknown> / {goal}", 1)
    page.line("Min replicas", spec.get("minReplicas", "<unset>"))
    page.line("Max replicas", spec.get("maxReplicas") or 0)
    current, desired = status.get("currentReplicas") or 0, status.get("desiredReplicas") or 0
    page.line(f"{text(target.get('kind'))} pods", f"{current} current / {desired} desired")
    page.events(obj)


def priority_class(page: Page, obj: KubeObject) -> None:
    """Write a PriorityClass."""
    raw = obj.raw
    page.line("Name", obj.name)
    page.line("Value", raw.get("value") or 0)
    page.line("GlobalDefault", "true" if raw.get("globalDefault") is True else "false")
    page.line("PreemptionPolicy", text(raw.get("preemptionPolicy")) or "PreemptLowerPriority")
    page.line("Description", text(raw.get("description")))
    page.line("Annotations", pairs(obj.annotations))
    page.events(obj)


def storage_class(page: Page, obj: KubeObject) -> None:
    """Write a StorageClass."""
    raw = obj.raw
    default = obj.annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    page.line("Name", obj.name)
    page.line("IsDefaultClass", "Yes" if default else "No")
    page.line("Annotations", pairs(obj.annotations))
    page.line("Provisioner", text(raw.get("provisioner")))
    page.line("Parameters", pairs(mapping(raw.get("parameters"))))
    expands = raw.get("allowVolumeExpansion")
    page.line("AllowVolumeExpansion", "<unset>" if expands is None else str(bool(expands)))
    options = sequence(raw.get("mountOptions"))
    page.write(0, "MountOptions:\n" if options else "MountOptions:\t<none>\n")
    for option in options:
        page.write(1, f"{text(option)}\n")
    for title, field in (("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")):
        if raw.get(field):
            page.line(title, text(raw[field]))
    page.events(obj)


def role(page: Page, obj: KubeObject) -> None:
    """Write a Role or a ClusterRole."""
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.write(0, "PolicyRule:\n")
    page.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n")
    page.write(1, "---------\t-----------------\t--------------\t-----\n")
    lines = [line for rule in mappings(obj.raw.get("rules")) for line in _rule(rule)]
    for _, line in sorted(lines, key=lambda item: item[0]):
        page.write(1, line)


def _rule(rule: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield a line for each resource and each URL of a rule, with what it is sorted by."""
    verbs, names = go_value(sequence(rule.get("verbs"))), go_value(sequence(rule.get("resourceNames")))
    for resource in map(text, sequence(rule.get("resources"))):
        for group in map(text, sequence(rule.get("apiGroups")) or [""]):
            head, slash, rest = resource.partition("/")
            said = (f"{head}.{group}" if group else head) + slash + rest
            yield (group, resource), f"{said}\t[]\t{names}\t{verbs}\n"
    for url in sequence(rule.get("nonResourceURLs")):
        yield ("", ""), f"\t{go_value([text(url)])}\t[]\t{verbs}\n"


def role_binding(page: Page, obj: KubeObject) -> None:
    """Write a RoleBinding or a ClusterRoleBinding."""
    referred = mapping(obj.raw.get("roleRef"))
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.write(0, "Role:\n")
    page.line("Kind", text(referred.get("kind")), 1)
    page.line("Name", text(referred.get("name")), 1)
    page.write(0, "Subjects:\n")
    page.write(1, "Kind\tName\tNamespace\n")
    page.write(1, "----\t----\t---------\n")
    for item in mappings(obj.raw.get("subjects")):
        page.write(1, "\t".join(text(item.get(name)) for name in ("kind", "name", "namespace")) + "\n")


# ---- kinds that kubectl has no page for

_HIDDEN = (
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|-")
_ACRONYMS = ("API", "URL", "UID", "GUID")


def generic(page: Page, obj: KubeObject) -> None:
    """Write any object: all its fields, sorted, under names made of their own."""
    page.line("Name", obj.name)
    page.line("Namespace", obj.namespace)
    page.labels_and_annotations(obj)
    _content(page, 0, obj.manifest, "")
    page.events(obj)


def _content(page: Page, level: int, content: Mapping[str, Any], path: str) -> None:
    for field in sorted(content):
        value, here = content[field], f"{path}.{field}"
        if here in _HIDDEN:
            continue
        if isinstance(value, dict):
            page.write(level, f"{_title(field)}:\n")
            _content(page, level + 1, value, here)
        elif isinstance(value, list):
            page.write(level, f"{_title(field)}:\n")
            for child in value:
                if isinstance(child, dict):
                    _content(page, level + 1, child, here)
                else:
                    page.write(level + 1, f"{go_value(child)}\n")
        else:
            page.line(_title(field), go_value(value), level)


def _title(field: str) -> str:
    """Return "Creation Timestamp" for creationTimestamp."""
    if not all(char.isalpha() or char == "-" for char in field):
        return field
    parts = _WORDS.findall(field)
    said = [
        part.upper() if part.upper() in _ACRONYMS else part.title() if part.islower() else part
        for part in parts
    ]
    return " ".join(said)
