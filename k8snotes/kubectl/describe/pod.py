"""`kubectl describe pod`."""

from __future__ import annotations

import re

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.control_plane.pod_resources import qos_class
from k8snotes.facts.rows import age
from k8snotes.kubectl.describe.containers import containers, resources, seccomp_profile, spread
from k8snotes.kubectl.describe.page import Page, moment
from k8snotes.kubectl.describe.volumes import volumes

_MAP_ENTRY = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]\Z")


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a Pod.

    Source of the rule: `describePod` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.head(obj)
    if spec.get("priority") is not None:
        page.line("Priority", spec["priority"])
    for title, field in (
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ):
        if spec.get(field):
            page.line(title, text(spec[field]))
    node = text(spec.get("nodeName"))
    page.line("Node", f"{node}/{text(status.get('hostIP'))}" if node else "<none>")
    if status.get("startTime"):
        page.line("Start Time", moment(status["startTime"]))
    page.labels_and_annotations(obj)
    _status(page, obj)
    page.line("IP", text(status.get("podIP")))
    addresses = mappings(status.get("podIPs"))
    page.write(0, "IPs:\n" if addresses else "IPs:\t<none>\n")
    for address in addresses:
        page.line("IP", text(address.get("ip")), 1)
    page.controller(obj)
    if status.get("nominatedNodeName"):
        page.line("NominatedNodeName", text(status["nominatedNodeName"]))
    if spec.get("resources") is not None:
        page.write(0, "Resources:\n")
        resources(page, mapping(spec["resources"]), 1)
    for title, field, known in (
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ):
        items = mappings(spec.get(field))
        if items or field == "containers":
            containers(
                page, title, items, mappings(status.get(known)), resolve=lambda path: _field(obj, path)
            )
    _conditions(page, obj)
    volumes(page, mappings(spec.get("volumes")))
    page.line("QoS Class", text(status.get("qosClass")) or qos_class(obj.raw))
    page.labels("Node-Selectors", mapping(spec.get("nodeSelector")))
    page.tolerations(mappings(spec.get("tolerations")))
    spread(page, mappings(spec.get("topologySpreadConstraints")))
    page.events(obj)


def _status(page: Page, obj: KubeObject) -> None:
    status = obj.status
    phase = text(status.get("phase"))
    if obj.terminating and phase not in ("Failed", "Succeeded"):
        page.line("Status", f"Terminating (lasts {age(text(obj.metadata['deletionTimestamp']), page.now)})")
        grace = obj.metadata.get(
            "deletionGracePeriodSeconds", obj.spec.get("terminationGracePeriodSeconds", 30)
        )
        page.line("Termination Grace Period", f"{grace}s")
    else:
        page.line("Status", phase)
    for title, field in (("Reason", "reason"), ("Message", "message")):
        if status.get(field):
            page.line(title, text(status[field]))
    seccomp_profile(page, mapping(obj.spec.get("securityContext")), (0, 0))


def _conditions(page: Page, obj: KubeObject) -> None:
    conditions = mappings(obj.status.get("conditions"))
    gates = mappings(obj.spec.get("readinessGates"))
    if gates:
        page.write(0, "Readiness Gates:\n  Type\tStatus\n")
    for gate in gates:
        kind = text(gate.get("conditionType"))
        statuses = [text(item.get("status")) for item in conditions if item.get("type") == kind]
        page.write(1, f"{kind} \t{statuses[0] if statuses else '<none>'} \n")
    if conditions:
        page.write(0, "Conditions:\n  Type\tStatus\n")
    for item in conditions:
        page.write(1, f"{text(item.get('type'))} \t{text(item.get('status'))} \n")


def _field(obj: KubeObject, path: str) -> str:
    """Return what a variable takes from the Pod; kubectl itself reads only the metadata."""
    match = _MAP_ENTRY.match(path)
    if match:
        return (obj.labels if match[1] == "labels" else obj.annotations).get(match[2], "")
    if path in ("metadata.name", "metadata.namespace", "metadata.uid"):
        return text(obj.metadata.get(path.partition(".")[2]))
    return ""
