"""The rows that `kubectl get` prints, as plain values: one column set for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.endpoints import Endpoints
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.label_selector import format_label_selector
from k8snotes.api.workload import Workload
from k8snotes.facts.other_rows import OTHER_PRINTERS
from k8snotes.facts.pod_status import pod_status

__all__ = ["age", "columns", "pairs", "row"]

NONE = "<none>"
Row = dict[str, Any]


def age(since: str, now: str) -> str:
    """Return the time between two timestamps as kubectl prints it: "5s", "3m20s", "4h", "12d".

    Source of the rule: `duration.HumanDuration` of k8s.io/apimachinery.

    >>> age("2026-01-01T00:00:00Z", "2026-01-01T00:03:20Z")
    '3m20s'
    """
    try:
        seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds())
    except ValueError:
        return "<unknown>"
    if seconds < 0:
        return "0s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 365 * 2:
        return f"{days}d"
    years = days // 365
    return f"{years}y{days % 365}d" if years < 8 and days % 365 else f"{years}y"


def columns(resource: str, *, wide: bool = False) -> list[str]:
    """Return the column names that `kubectl get` (or `-o wide`) has for a resource ("pods")."""
    if wide and resource in _WIDE:
        return list(_WIDE[resource])
    _, names, extra = _PRINTERS.get(resource, _OTHER)
    return [*names, *(extra if wide else ())]


def row(obj: KubeObject, now: str, *, wide: bool = False) -> Row:
    """Return the row of one object, by column name."""
    resource = obj.resource.plural
    if not obj.resource.builtin:
        resource = ""  # another group's kind of the same name
    printer = _PRINTERS.get(resource, _OTHER)[0]
    values = {"NAME": obj.name, "AGE": age(text(obj.metadata.get("creationTimestamp")), now), **printer(obj)}
    if resource in _BY_THE_CLOCK:
        values |= _BY_THE_CLOCK[resource](obj, now)
    return {name: values.get(name, NONE) for name in columns(resource, wide=wide)}


def _pod(obj: KubeObject) -> Row:
    if not isinstance(obj, Pod):
        return {}
    ready, status, restarts = pod_status(obj)
    return {
        "READY": ready,
        "STATUS": status,
        "RESTARTS": restarts,
        "IP": obj.ip or NONE,
        "NODE": obj.node_name or NONE,
        "NOMINATED NODE": text(obj.status.get("nominatedNodeName")) or NONE,
        "READINESS GATES": _gates(obj),
    }


def _gates(pod: Pod) -> str:
    gates = [text(item.get("conditionType")) for item in mappings(pod.spec.get("readinessGates"))]
    return f"{sum(map(pod.holds, gates))}/{len(gates)}" if gates else NONE


def _service(obj: KubeObject) -> Row:
    if not isinstance(obj, Service):
        return {}
    ports = ",".join(
        f"{port.port}:{port.node_port}/{port.protocol}" if port.node_port else f"{port.port}/{port.protocol}"
        for port in obj.ports
    )
    external = ",".join([*obj.load_balancer_ips, *map(text, obj.spec.get("externalIPs") or ())])
    if obj.type == "LoadBalancer":
        external = external or "<pending>"
    return {
        "TYPE": obj.type,
        "CLUSTER-IP": obj.cluster_ip or NONE,
        "EXTERNAL-IP": obj.external_name if obj.type == "ExternalName" else external or NONE,
        "PORT(S)": ports or NONE,
        "SELECTOR": pairs(obj.selector),
    }


def _node(obj: KubeObject) -> Row:
    if not isinstance(obj, Node):
        return {}
    known = obj.condition("Ready") is not None
    status = ["Ready" if obj.ready else "NotReady" if known else "Unknown"]
    if obj.unschedulable:
        status.append("SchedulingDisabled")
    role = "node-role.kubernetes.io/"
    roles = {key.removeprefix(role) for key in obj.labels if key.startswith(role) and key != role}
    roles |= {obj.labels["kubernetes.io/role"]} if obj.labels.get("kubernetes.io/role") else set()
    info = mapping(obj.status.get("nodeInfo"))
    return {
        "STATUS": ",".join(status),
        "ROLES": ",".join(sorted(roles)) or NONE,
        "VERSION": text(info.get("kubeletVersion")),
        "INTERNAL-IP": obj.ip or NONE,
        "EXTERNAL-IP": _external(obj),
        "OS-IMAGE": text(info.get("osImage")) or "<unknown>",
        "KERNEL-VERSION": text(info.get("kernelVersion")) or "<unknown>",
        "CONTAINER-RUNTIME": text(info.get("containerRuntimeVersion")) or "<unknown>",
    }


def _external(node: Node) -> str:
    found = [item for item in mappings(node.status.get("addresses")) if item.get("type") == "ExternalIP"]
    return text(found[0].get("address")) if found else NONE


def _workload(obj: KubeObject) -> Row:
    if not isinstance(obj, Workload):
        return {}
    status = obj.status
    containers = mappings(mapping(obj.template.get("spec")).get("containers"))
    ready = int(status.get("readyReplicas") or status.get("numberReady") or 0)
    if obj.kind == "ReplicationController":
        selector = pairs(mapping((obj.label_selector or {}).get("matchLabels")))
    else:
        selector = format_label_selector(obj.label_selector)
    return {
        "DESIRED": status.get("desiredNumberScheduled", obj.replicas),
        "CURRENT": status.get("currentNumberScheduled", status.get("replicas", 0)),
        "READY": f"{ready}/{obj.replicas}" if obj.kind in ("Deployment", "StatefulSet") else ready,
        "UP-TO-DATE": status.get("updatedNumberScheduled", status.get("updatedReplicas", 0)),
        "AVAILABLE": status.get("numberAvailable", status.get("availableReplicas", 0)),
        "NODE SELECTOR": pairs(mapping(mapping(obj.template.get("spec")).get("nodeSelector"))),
        "CONTAINERS": ",".join(text(item.get("name")) for item in containers),
        "IMAGES": ",".join(text(item.get("image")) for item in containers),
        "SELECTOR": selector,
    }


def _job(obj: KubeObject, now: str) -> Row:
    if not isinstance(obj, Job):
        return {}
    status, spec = obj.status, obj.spec
    done = int(status.get("succeeded") or 0)
    state = "Suspended" if obj.holds("Suspended") else "Running"
    for condition in ("FailureTarget", "SuccessCriteriaMet", "Failed", "Complete"):
        state = condition if obj.holds(condition) else state
    completions = f"{done}/{spec.get('completions', 1)}"
    if spec.get("completions") is None and obj.replicas > 1:
        completions = f"{done}/1 of {obj.replicas}"
    begin, end = text(status.get("startTime")), text(status.get("completionTime"))
    duration = age(begin, end or now) if begin else ""
    return {**_workload(obj), "STATUS": state, "COMPLETIONS": completions, "DURATION": duration}


def _cron_job(obj: KubeObject, now: str) -> Row:
    spec = obj.spec
    last = text(obj.status.get("lastScheduleTime"))
    pods = mapping(mapping(mapping(mapping(spec.get("jobTemplate")).get("spec")).get("template")).get("spec"))
    containers = mappings(pods.get("containers"))
    return {
        "SCHEDULE": text(spec.get("schedule")),
        "TIMEZONE": text(spec.get("timeZone")) or NONE,
        "SUSPEND": "True" if spec.get("suspend") is True else "False",
        "ACTIVE": len(mappings(obj.status.get("active"))),
        "LAST SCHEDULE": age(last, now) if last else NONE,
        "CONTAINERS": ",".join(text(item.get("name")) for item in containers),
        "IMAGES": ",".join(text(item.get("image")) for item in containers),
    }


def _endpoints(obj: KubeObject) -> Row:
    if not isinstance(obj, Endpoints):
        return {}
    found = []
    for subset in obj.subsets:
        addresses = [text(item.get("ip")) for item in mappings(subset.get("addresses"))]
        ports = [item.get("port") for item in mappings(subset.get("ports"))]
        found += [f"{ip}:{port}" for port in ports for ip in addresses] if ports else addresses
    shown = ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "")
    return {"ENDPOINTS": shown if obj.subsets else NONE}


def _slice(obj: KubeObject) -> Row:
    if not isinstance(obj, EndpointSlice):
        return {}
    numbers = [text(item.get("port")) or text(item.get("name")) or "*" for item in obj.ports]
    ports = ",".join(numbers[:3]) + (f" + {len(numbers) - 3} more..." if len(numbers) > 3 else "")
    addresses = [text(ip) for item in obj.endpoints for ip in item.get("addresses") or ()]
    more = f" + {len(addresses) - 3} more..." if len(addresses) > 3 else ""
    return {
        "ADDRESSTYPE": text(obj.raw.get("addressType")),
        "PORTS": ports or "<unset>",
        "ENDPOINTS": ",".join(addresses[:3]) + more or "<unset>",
    }


def _namespace(obj: KubeObject) -> Row:
    return {"STATUS": text(obj.status.get("phase")) or "Active"}


def _event(obj: KubeObject, now: str) -> Row:
    first, last = text(obj.raw.get("firstTimestamp")), text(obj.raw.get("lastTimestamp"))
    count = int(obj.raw.get("count") or 1)
    about = mapping(obj.raw.get("involvedObject"))
    source = mapping(obj.raw.get("source"))
    again = f" (x{count} over {age(first, now)})" if count > 1 else ""
    return {
        "LAST SEEN": age(last or first, now) + again,
        "TYPE": text(obj.raw.get("type")),
        "REASON": text(obj.raw.get("reason")),
        "OBJECT": f"{text(about.get('kind')).lower()}/{text(about.get('name'))}",
        "MESSAGE": text(obj.raw.get("message")),
        "SUBOBJECT": text(about.get("fieldPath")),
        "SOURCE": ", ".join(filter(None, (text(source.get("component")), text(source.get("host"))))),
        "FIRST SEEN": age(first, now),
        "COUNT": count,
    }


def _quota(obj: KubeObject) -> Row:
    hard, used = mapping(obj.status.get("hard")), mapping(obj.status.get("used"))
    shown = {name: f"{name}: {text(used.get(name))}/{text(hard[name])}" for name in sorted(hard)}
    limits = {name for name in shown if name.startswith("limits.")}
    return {
        "REQUEST": ", ".join(value for name, value in shown.items() if name not in limits),
        "LIMIT": ", ".join(value for name, value in shown.items() if name in limits),
    }


def _limits(obj: KubeObject) -> Row:
    return {"CREATED AT": text(obj.metadata.get("creationTimestamp"))}


def _data(obj: KubeObject) -> Row:
    count = len(mapping(obj.raw.get("data"))) + len(mapping(obj.raw.get("stringData")))
    return {"DATA": count, "TYPE": text(obj.raw.get("type")) or "Opaque"}


def pairs(labels: Mapping[str, Any]) -> str:
    """Return a map of labels as kubectl prints it in a line, sorted; "<none>" for an empty one.

    >>> pairs({"tier": "front", "app": "web"}), pairs({})
    ('app=web,tier=front', '<none>')
    """
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or NONE


Printer = tuple[Callable[[KubeObject], Row], Sequence[str], Sequence[str]]
_OTHER: Printer = (lambda _: {}, ("NAME", "AGE"), ())
_TEMPLATE = ("CONTAINERS", "IMAGES", "SELECTOR")
_REPLICAS = ("NAME", "DESIRED", "CURRENT", "READY", "AGE")
_PRINTERS: dict[str, Printer] = {
    "pods": (
        _pod,
        ("NAME", "READY", "STATUS", "RESTARTS", "AGE"),
        ("IP", "NODE", "NOMINATED NODE", "READINESS GATES"),
    ),
    "services": (_service, ("NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"), ("SELECTOR",)),
    "nodes": (
        _node,
        ("NAME", "STATUS", "ROLES", "AGE", "VERSION"),
        ("INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"),
    ),
    "replicationcontrollers": (_workload, _REPLICAS, _TEMPLATE),
    "replicasets": (_workload, _REPLICAS, _TEMPLATE),
    "deployments": (_workload, ("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"), _TEMPLATE),
    "statefulsets": (_workload, ("NAME", "READY", "AGE"), ("CONTAINERS", "IMAGES")),
    "daemonsets": (
        _workload,
        ("NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"),
        _TEMPLATE,
    ),
    "jobs": (lambda _: {}, ("NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"), _TEMPLATE),
    "endpoints": (_endpoints, ("NAME", "ENDPOINTS", "AGE"), ()),
    "endpointslices": (_slice, ("NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"), ()),
    "namespaces": (_namespace, ("NAME", "STATUS", "AGE"), ()),
    "resourcequotas": (_quota, ("NAME", "REQUEST", "LIMIT", "AGE"), ()),
    "limitranges": (_limits, ("NAME", "CREATED AT"), ()),
    "events": (
        lambda _: {},
        ("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"),
        ("SUBOBJECT", "SOURCE", "FIRST SEEN", "COUNT", "NAME"),
    ),
    "cronjobs": (
        lambda _: {},
        ("NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"),
        _TEMPLATE,
    ),
    "configmaps": (_data, ("NAME", "DATA", "AGE"), ()),
    "secrets": (_data, ("NAME", "TYPE", "DATA", "AGE"), ()),
    **OTHER_PRINTERS,
}
# rows in which time plays a part, besides the age
_BY_THE_CLOCK: dict[str, Callable[[KubeObject, str], Row]] = {
    "events": _event,
    "jobs": _job,
    "cronjobs": _cron_job,
}
# -o wide adds columns at the end, but for these
_WIDE = {
    "events": (
        *("LAST SEEN", "TYPE", "REASON", "OBJECT", "SUBOBJECT", "SOURCE", "MESSAGE"),
        *("FIRST SEEN", "COUNT", "NAME"),
    ),
}
