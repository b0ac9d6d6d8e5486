"""What does not fit between objects: a Service and its Pods, names that no object has, the port in a URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.selector import Selector
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.within_object import pod_spec_path
from k8snotes.doctor.text.fault import Fault, fault_at
from k8snotes.doctor.text.paths import Steps, value_at
from k8snotes.errors import nearest

__all__ = ["Placed", "between_faults", "url_port"]

_OPEN_ON_NODES = ("NodePort", "LoadBalancer")
_SLIPS = ("swapped", "letter")  # near misses of a selector that are slips of the hand


@dataclass(frozen=True, slots=True)
class Placed:
    """An object with its node in the text.

    Args:
        obj: the object.
        node: its node.
        origin: whatever tells the caller where it is; it comes back with each fault.
    """

    obj: KubeObject
    node: Any
    origin: Any


@dataclass(frozen=True, slots=True)
class _Group:
    """Pods of one sort: one that is written out, or those that a template makes."""

    pod: Pod
    maker: KubeObject

    @property
    def parts(self) -> dict[str, Any]:
        """What a sentence needs to name them: the kind and name of a Pod, or of what makes them."""
        return {"kind": self.maker.kind, "name": self.maker.name}


def between_faults(objects: Sequence[Placed], url: str = "") -> Iterator[tuple[Placed, Fault]]:
    """Yield what does not fit between the objects of a source, each with the object at the place of which it is.

    Args:
        objects: all objects of the source, in their order.
        url: how the application is to be reached; its port is held against the Services.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
    """
    groups = list(_groups(objects))
    services = [item for item in objects if isinstance(item.obj, Service)]
    for item in services:
        for fault in _service_faults(item, groups):
            yield item, fault
    for item in objects:
        for fault in _reference_faults(item, objects):
            yield item, fault
        if item.obj.kind == "Ingress":
            for fault in _ingress_faults(item, services):
                yield item, fault
    yield from _rivals(objects)
    if url:
        yield from _url_faults(url, services)


def _groups(objects: Iterable[Placed]) -> Iterator[_Group]:
    """Yield the Pods that are written out, and one Pod for each template as its controller would make it."""
    for item in objects:
        obj = item.obj
        if isinstance(obj, Pod):
            yield _Group(obj, obj)
            continue
        path = pod_spec_path(obj.raw)
        if not path:
            continue
        template = mapping(value_at(obj.raw, path[:-1]))
        metadata = {**mapping(template.get("metadata")), "name": obj.name, "namespace": obj.namespace}
        pod = view(
            {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": mapping(template.get("spec"))}
        )
        if isinstance(pod, Pod):
            yield _Group(pod, obj)


# ---- a Service and its Pods


def _service_faults(item: Placed, groups: list[_Group]) -> Iterator[Fault]:
    """Find a selector that no Pod fits, else target ports that the selected Pods do not have."""
    service = item.obj
    if not isinstance(service, Service) or not service.selector or service.type == "ExternalName":
        return
    home = [group for group in groups if group.pod.namespace == service.namespace]
    wanted = service.selector.items()
    selected = [group for group in home if wanted <= group.pod.labels.items()]
    if not selected:
        yield _selects_none(item, service, home, groups)
        return
    for number, port in enumerate(service.ports):
        written = value_at(item.obj.raw, ("spec", "ports", number, "targetPort")) is not None
        path: Steps = ("spec", "ports", number, "targetPort" if written else "port")
        if isinstance(port.target_port, str):
            yield from _port_name_faults(item, path, port, port.target_port, selected)
        else:
            yield from _port_number_faults(item, path, port, port.target_port, selected)


def _selects_none(item: Placed, service: Service, home: list[_Group], groups: list[_Group]) -> Fault:
    """Return the fault of a selector that none of the Pods fits: what is nearest to it.

    Args:
        item: the Service.
        service: the same, as a view.
        home: the Pods of its Namespace.
        groups: the Pods of all Namespaces.
    """
    path: Steps = ("spec", "selector")
    elsewhere = [group for group in groups if service.selector.items() <= group.pod.labels.items()]
    if elsewhere:
        there = elsewhere[0]
        namespace = there.pod.namespace
        return fault_at(
            item.node,
            ("metadata", "namespace"),
            "selects-none",
            because="selects-in-its-namespace",
            parts={**there.parts, "namespace": namespace},
            write=f"namespace: {namespace}",
            severity=WARNING,
        )
    if not home:
        return fault_at(item.node, path, "no-pods-here", severity=NOTE)
    selector = Selector.from_stored_map(service.selector)
    best = max(home, key=lambda group: _closeness(selector, service.selector, group.pod.labels))
    labels = best.pod.labels
    shared, near = _closeness(selector, service.selector, labels)
    misspelt = any(part.miss in _SLIPS for part in selector.explain(labels).parts if not part.ok)
    wrong = [key for key, value in service.selector.items() if labels.get(key) != value]
    if len(wrong) == 1 and wrong[0] in labels:
        path = (*path, wrong[0])
    write = ""
    if (shared or near) and labels:
        keys = [key for key in service.selector if key in labels] or list(labels)
        write = "\n".join(f"{key}: {labels[key]}" for key in keys if service.selector.get(key) != labels[key])
    return fault_at(
        item.node,
        path,
        "selects-none" if shared or near else "fits-none",
        because="selector-misspelt" if misspelt else "selector-compares",
        parts={**best.parts, "reason": selector.explain(labels).why_not},
        write=write,
        severity=WARNING,
    )


def _closeness(selector: Selector, wanted: dict[str, str], labels: dict[str, str]) -> tuple[int, bool]:
    """Return how many labels are as the selector wants them, and whether another one nearly is."""
    shared = sum(labels.get(key) == value for key, value in wanted.items())
    return shared, any(part.near for part in selector.explain(labels).parts)


def _port_name_faults(
    item: Placed, path: Steps, port: ServicePort, target: str, selected: list[_Group]
) -> Iterator[Fault]:
    """Find a targetPort that names a port which the Pods do not have."""
    missing = [group for group in selected if target_of(port, group.pod) is None]
    if not missing:
        return
    group = missing[0]
    same = next((declared for declared in group.pod.ports if declared.name == target), None)
    names = sorted({declared.name for declared in group.pod.ports if declared.name})
    parts = {**group.parts, "port": target, "protocol": port.protocol, "names": ", ".join(names)}
    if same is not None:
        parts["other"], write = same.protocol, f"protocol: {same.protocol}"
        yield fault_at(item.node, path, "port-name-protocol", parts=parts, write=write, severity=WARNING)
        return
    near = nearest(target, names)
    write = f"targetPort: {near}" if near else ""
    if not write and len(group.pod.ports) == 1:
        only = group.pod.ports[0]
        write = f"targetPort: {only.name or only.port}"
    yield fault_at(item.node, path, "no-port-of-name", parts=parts, write=write, severity=WARNING)


def _port_number_faults(
    item: Placed, path: Steps, port: ServicePort, target: int, selected: list[_Group]
) -> Iterator[Fault]:
    """Find a targetPort with a number that the Pods do not declare, the first alone."""
    for group in selected:
        declared = [own for own in group.pod.ports if own.protocol == port.protocol]
        others = [own for own in group.pod.ports if own.port == target]
        if not group.pod.ports or any(own.port == target for own in declared):
            continue
        parts = {**group.parts, "port": target, "protocol": port.protocol}
        if others:
            parts["other"], write = others[0].protocol, f"protocol: {others[0].protocol}"
            code = "port-number-protocol"
        else:
            parts["numbers"] = ", ".join(str(own.port) for own in group.pod.ports)
            write = f"targetPort: {declared[0].port}" if len(declared) == 1 else ""
            code = "port-not-declared"
        yield fault_at(item.node, path, code, parts=parts, write=write, severity=WARNING)
        return


# ---- names of other objects

_VOLUMES = (
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
    ("configMap", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
)
_ENVIRONMENT = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))
_WHOLE = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))


def _reference_faults(item: Placed, objects: Sequence[Placed]) -> Iterator[Fault]:
    """Find names of other objects that are nearly, and not quite, those of objects that are written here."""
    for path, kind, name in _references(item.obj):
        names = {o.obj.name for o in objects if o.obj.kind == kind and o.obj.namespace == item.obj.namespace}
        near = nearest(name, sorted(names)) if name and name not in names else ""
        if near:
            parts, write = {"kind": kind, "name": name, "near": near}, f"{path[-1]}: {near}"
            yield fault_at(item.node, path, "no-such-object", parts=parts, write=write, severity=WARNING)


def _references(obj: KubeObject) -> Iterator[tuple[Steps, str, str]]:
    """Yield the names of other objects that the Pods of an object need: where the name is, the kind, the name."""
    path = pod_spec_path(obj.raw)
    if not path:
        return
    spec = mapping(value_at(obj.raw, path))
    for number, volume in enumerate(mappings(spec.get("volumes"))):
        for field, key, kind in _VOLUMES:
            name = text(mapping(volume.get(field)).get(key))
            yield (*path, "volumes", number, field, key), kind, name
    for field in ("initContainers", "containers"):
        for number, container in enumerate(mappings(spec.get(field))):
            here = (*path, field, number)
            for at, variable in enumerate(mappings(container.get("env"))):
                for ref, kind in _ENVIRONMENT:
                    name = text(mapping(mapping(variable.get("valueFrom")).get(ref)).get("name"))
                    yield (*here, "env", at, "valueFrom", ref, "name"), kind, name
            for at, source in enumerate(mappings(container.get("envFrom"))):
                for ref, kind in _WHOLE:
                    yield (
                        (*here, "envFrom", at, ref, "name"),
                        kind,
                        text(mapping(source.get(ref)).get("name")),
                    )
    if spec.get("serviceAccountName"):
        yield (*path, "serviceAccountName"), "ServiceAccount", text(spec["serviceAccountName"])


def _ingress_faults(item: Placed, services: list[Placed]) -> Iterator[Fault]:
    """Find backends that name a Service, or a port of it, that is not there."""
    here = {s.obj.name: s.obj for s in services if s.obj.namespace == item.obj.namespace}
    for path, backend in _backends(item.obj):
        wanted = mapping(backend.get("service"))
        name = text(wanted.get("name"))
        if not name or not here:
            continue
        service = here.get(name)
        if not isinstance(service, Service):
            near = nearest(name, sorted(here))
            yield fault_at(
                item.node,
                (*path, "service", "name"),
                "no-such-service",
                parts={"name": name, "names": ", ".join(sorted(here))},
                write=f"name: {near}" if near else "",
                severity=WARNING if near else NOTE,
            )
            continue
        port = mapping(wanted.get("port"))
        number, named = port.get("number"), port.get("name")
        if (number and all(own.port != number for own in service.ports)) or (
            named and all(own.name != named for own in service.ports)
        ):
            numbers = ", ".join(str(own.port) for own in service.ports)
            parts = {"name": name, "port": number or named, "numbers": numbers}
            write = f"number: {service.ports[0].port}" if len(service.ports) == 1 else ""
            place = (*path, "service", "port")
            yield fault_at(item.node, place, "no-port-of-service", parts=parts, write=write, severity=WARNING)


def _backends(ingress: KubeObject) -> Iterator[tuple[Steps, Manifest]]:
    """Yield the backends of an Ingress, each with its path: the default one, and one for each path of a rule."""
    spec = ingress.spec
    yield ("spec", "defaultBackend"), mapping(spec.get("defaultBackend"))
    for number, rule in enumerate(mappings(spec.get("rules"))):
        for at, path in enumerate(mappings(mapping(rule.get("http")).get("paths"))):
            place: Steps = ("spec", "rules", number, "http", "paths", at, "backend")
            yield place, mapping(path.get("backend"))


def _rivals(objects: Sequence[Placed]) -> Iterator[tuple[Placed, Fault]]:
    """Find ReplicationControllers and ReplicaSets that would take each other's Pods: those with equal selectors.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-selector
    """
    known: list[tuple[Placed, dict[str, str]]] = []
    for item in objects:
        obj = item.obj
        if obj.kind not in ("ReplicationController", "ReplicaSet") or obj.owner:
            continue
        selector = mapping(mapping(obj.resource.selector_of(obj.raw)).get("matchLabels"))
        template = mapping(value_at(obj.raw, ("spec", "template", "metadata", "labels")))
        wanted = {key: text(value) for key, value in (selector or template).items()}
        for other, theirs in known:
            if other.obj.namespace == obj.namespace and wanted and theirs == wanted:
                parts = {"kind": other.obj.kind, "name": other.obj.name}
                place, write = ("spec", "selector"), f"name: {obj.name}"
                yield (
                    item,
                    fault_at(item.node, place, "rivals", parts=parts, write=write, severity=WARNING),
                )
        known.append((item, wanted))


# ---- the URL by which the application is to be reached


def url_port(url: str) -> int | None:
    """Return the port in a URL, its scheme's where it names none, None if it has neither.

    >>> url_port("http://<NodeIP>:31002/x"), url_port("node-1:31002"), url_port("https://shop"), url_port("x")
    (31002, 31002, 443, None)
    """
    match = re.match(r"\s*(?:(\w+)://)?(\[[^\]]*\]|[^/:]*)(?::(\d{1,5}))?", url)
    if match is None:
        return None
    if match[3]:
        return int(match[3])
    return {"http": 80, "https": 443}.get((match[1] or "").lower())


def _url_faults(url: str, services: list[Placed]) -> Iterator[tuple[Placed, Fault]]:
    """Find the Service that should open the port of a URL, and does not: one finding at most."""
    port = url_port(url)
    opened = [
        (item, number, text(item.obj.spec.get("type")) in _OPEN_ON_NODES, entry)
        for item in services
        for number, entry in enumerate(mappings(item.obj.spec.get("ports")))
    ]
    node_ports = {entry.get("nodePort") for _, _, on_nodes, entry in opened if on_nodes}
    if port is None or port in node_ports or not services or _names_a_service(url, services):
        return
    parts: dict[str, Any] = {"url": url.strip()[:80], "port": port}
    for item, number, on_nodes, entry in opened:
        given = entry.get("nodePort")
        if on_nodes and given:
            path: Steps = ("spec", "ports", number, "nodePort")
            parts |= {"given": given, "right_url": url.strip().replace(str(port), str(given))}
            yield item, fault_at(item.node, path, "url-port-differs", parts=parts, severity=WARNING)
            return
    for item, number, on_nodes, entry in opened:
        path = ("spec", "ports", number)
        if on_nodes:
            write = f"nodePort: {port}"
            yield (
                item,
                fault_at(item.node, path, "node-port-not-known", parts=parts, write=write, severity=WARNING),
            )
            return
        if entry.get("port") == port:
            yield (
                item,
                fault_at(
                    item.node,
                    path,
                    "only-on-cluster-ip",
                    parts=parts,
                    write="type: NodePort",
                    severity=WARNING,
                ),
            )
            return
    item = services[0]
    yield item, fault_at(item.node, ("spec", "ports"), "url-port-unopened", parts=parts, severity=WARNING)


def _names_a_service(url: str, services: list[Placed]) -> bool:
    """Whether the host of a URL is the DNS name of one of the Services: then it is asked from within."""
    host = re.match(r"\s*(?:\w+://)?([^/:]*)", url)
    names = {item.obj.name for item in services}
    names |= {f"{item.obj.name}.{item.obj.namespace}" for item in services}
    return host is not None and host[1].partition(".svc")[0] in names
