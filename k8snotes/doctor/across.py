"""What does not fit between objects: a Service and its Pods, names that nobody has, the port in a URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text, view
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.selector import Selector
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.tree import Steps, deepest, dotted, value_at
from k8snotes.doctor.within import pod_spec_of
from k8snotes.errors import did_you_mean
from k8snotes.facts.endpoints import why_not

__all__ = ["Placed", "across_faults", "url_port"]


@dataclass(frozen=True, slots=True)
class Placed:
    """An object and its node; `origin` is whatever tells its caller where it stands."""

    obj: KubeObject
    node: Any
    origin: Any


@dataclass(frozen=True, slots=True)
class _Group:
    """Pods of one sort: one that is written out, or those that a template makes."""

    pod: Pod
    maker: KubeObject

    @property
    def name(self) -> str:
        if self.maker is self.pod or isinstance(self.maker, Pod):
            return f"the Pod {self.maker.name}"
        return f"the Pods of {self.maker.kind} {self.maker.name}"


def across_faults(objects: Sequence[Placed], url: str = "") -> Iterator[tuple[Placed, Fault]]:
    """Yield what does not fit between the objects of a source, each with the object at whose place it is."""
    groups = list(_groups(objects))
    services = [item for item in objects if isinstance(item.obj, Service)]
    for item in services:
        for fault in _service(item, groups):
            yield item, fault
    for item in objects:
        for fault in _references(item, objects):
            yield item, fault
        if item.obj.kind == "Ingress":
            for fault in _ingress(item, services):
                yield item, fault
    yield from _rivals(objects)
    if url:
        yield from _url(url, services)


def _groups(objects: Iterable[Placed]) -> Iterator[_Group]:
    for item in objects:
        obj = item.obj
        if isinstance(obj, Pod):
            yield _Group(obj, obj)
            continue
        path = pod_spec_of(obj.raw)
        if not path:
            continue
        template = mapping(value_at(obj.raw, path[:-1]))
        metadata = {**mapping(template.get("metadata")), "name": obj.name, "namespace": obj.namespace}
        pod = view(
            {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": mapping(template.get("spec"))}
        )
        if isinstance(pod, Pod):
            yield _Group(pod, obj)


def _at(  # noqa: PLR0917  # a place, what is there, and what to write
    item: Placed, path: Steps, what: str, why: str, fix: str = "", severity: str = WARNING
) -> Fault:
    spot, rest = deepest(item.node, path)
    line, column = spot.line, spot.column
    if not rest and spot.value.id == "scalar" and spot.key is not None and spot.value.value:
        line, column = spot.value.start_mark.line, spot.value.start_mark.column
    return Fault(line, column, dotted(path), what, why, fix, None, severity)


def _service(item: Placed, groups: list[_Group]) -> Iterator[Fault]:
    service = item.obj
    if not isinstance(service, Service) or not service.selector or service.type == "ExternalName":
        return
    home = [group for group in groups if group.pod.namespace == service.namespace]
    wanted = service.selector.items()
    selected = [group for group in home if wanted <= group.pod.labels.items()]
    if not selected:
        yield _selects_nothing(item, service, home, groups)
        return
    for number, port in enumerate(service.ports):
        yield from _target(item, number, port, selected)


def _selects_nothing(item: Placed, service: Service, home: list[_Group], groups: list[_Group]) -> Fault:
    what = "the selector finds none of the Pods that are written here"
    why = "A Service sends traffic to the Pods that carry every label of its selector, spelt exactly so."
    path: Steps = ("spec", "selector")
    elsewhere = [group for group in groups if service.selector.items() <= group.pod.labels.items()]
    if elsewhere:
        there = elsewhere[0]
        why = f"{there.name[:1].upper()}{there.name[1:]} would fit, in namespace {there.pod.namespace}: a Service selects in its own only."
        fix = f"namespace: {there.pod.namespace}"
        return _at(item, ("metadata", "namespace"), what, why, fix)
    if not home:
        note = "Nothing that carries these labels is written here; it may be in another file."
        return _at(item, path, "no Pods for this Service are written here", note, "", NOTE)
    selector = Selector.from_stored_map(service.selector)
    best = max(home, key=lambda group: _closeness(selector, service.selector, group.pod.labels))
    shared, near = _closeness(selector, service.selector, best.pod.labels)
    reason = why_not(selector, best.pod.labels)
    why = f"{why} Nearest: {best.name}: {reason}."
    if "letter" in reason:
        why += " One of the two is misspelt."
    labels = best.pod.labels
    wrong = [key for key, value in service.selector.items() if labels.get(key) != value]
    if len(wrong) == 1 and wrong[0] in labels:
        path = (*path, wrong[0])
    fix = ""
    if (shared or near) and labels:
        keys = [key for key in service.selector if key in labels] or list(labels)
        fix = "\n".join(f"{key}: {labels[key]}" for key in keys if service.selector.get(key) != labels[key])
    if not shared and not near:
        what = "the selector fits none of the Pods that are written here"
    return _at(item, path, what, why, fix)


def _closeness(selector: Selector, wanted: dict[str, str], labels: dict[str, str]) -> tuple[int, bool]:
    shared = sum(labels.get(key) == value for key, value in wanted.items())
    return shared, any(part.near for part in selector.explain(labels).parts)


def _target(item: Placed, number: int, port: ServicePort, selected: list[_Group]) -> Iterator[Fault]:
    target = port.target_port
    written = value_at(item.obj.raw, ("spec", "ports", number, "targetPort")) is not None
    path: Steps = ("spec", "ports", number, "targetPort" if written else "port")
    if isinstance(target, str):
        missing = [group for group in selected if target_of(port, group.pod) is None]
        if not missing:
            return
        group = missing[0]
        same = [p for p in group.pod.ports if p.name == target]
        names = sorted({p.name for p in group.pod.ports if p.name})
        known = f"its named ports: {', '.join(names)}" if names else "its ports have no names"
        if same:
            what = f'port "{target}" of {group.name} is {same[0].protocol}, and this one is {port.protocol}'
            yield _at(item, path, what, "Name and protocol must both fit.", f"protocol: {same[0].protocol}")
            return
        near = did_you_mean(target, names)
        fix = f"targetPort: {near.split(chr(34))[1]}" if near else ""
        if not fix and len(group.pod.ports) == 1:
            only = group.pod.ports[0]
            fix = f"targetPort: {only.name or only.port}"
        what = f'no container port is named "{target}" in {group.name}; {known}'
        why = "The Service looks the name up in each Pod; a Pod that has none of that name gets no traffic."
        yield _at(item, path, what, why, fix)
        return
    for group in selected:
        declared = [p for p in group.pod.ports if p.protocol == port.protocol]
        others = [p for p in group.pod.ports if p.port == target]
        if not group.pod.ports or any(p.port == target for p in declared):
            continue
        why = "Declaring a port opens nothing and its absence closes nothing; but here one of two numbers is probably wrong."
        if others:
            what = f"port {target} of {group.name} is {others[0].protocol}, and this one is {port.protocol}"
            yield _at(item, path, what, why, f"protocol: {others[0].protocol}")
        else:
            listed = ", ".join(str(p.port) for p in group.pod.ports)
            what = f"it sends to port {target}, and {group.name} declare{'s' if group.maker is group.pod else ''} {listed}"
            fix = f"targetPort: {declared[0].port}" if len(declared) == 1 else ""
            yield _at(item, path, what, why, fix)
        return


_VOLUMES = (
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
    ("configMap", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
)
_ENVIRONMENT = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))
_WHOLE = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))


def _references(item: Placed, objects: Sequence[Placed]) -> Iterator[Fault]:
    """Find names of other objects that are nearly, and not quite, those of objects that are written here."""
    path = pod_spec_of(item.obj.raw)
    if not path:
        return
    spec = mapping(value_at(item.obj.raw, path))
    found: list[tuple[Steps, str, str]] = []
    for number, volume in enumerate(mappings(spec.get("volumes"))):
        for field, key, kind in _VOLUMES:
            found.append(
                ((*path, "volumes", number, field, key), kind, text(mapping(volume.get(field)).get(key)))
            )
    for field in ("initContainers", "containers"):
        for number, container in enumerate(mappings(spec.get(field))):
            here = (*path, field, number)
            for at, variable in enumerate(mappings(container.get("env"))):
                for ref, kind in _ENVIRONMENT:
                    name = text(mapping(mapping(variable.get("valueFrom")).get(ref)).get("name"))
                    found.append(((*here, "env", at, "valueFrom", ref, "name"), kind, name))
            for at, source in enumerate(mappings(container.get("envFrom"))):
                for ref, kind in _WHOLE:
                    found.append(
                        (
                            (*here, "envFrom", at, ref, "name"),
                            kind,
                            text(mapping(source.get(ref)).get("name")),
                        )
                    )
    if spec.get("serviceAccountName"):
        found.append(((*path, "serviceAccountName"), "ServiceAccount", text(spec["serviceAccountName"])))
    for place, kind, name in found:
        names = {o.obj.name for o in objects if o.obj.kind == kind and o.obj.namespace == item.obj.namespace}
        near = did_you_mean(name, sorted(names)) if name and name not in names else ""
        if near:
            right = near.split('"')[1]
            why = "The Pod would wait for it, and not start."
            yield _at(
                item,
                place,
                f'no {kind} "{name}" is written here; there is "{right}"',
                why,
                f"{place[-1]}: {right}",
            )


def _ingress(item: Placed, services: list[Placed]) -> Iterator[Fault]:
    here = {s.obj.name: s.obj for s in services if s.obj.namespace == item.obj.namespace}
    backends: list[tuple[Steps, dict[str, Any]]] = []
    spec = item.obj.spec
    backends.append((("spec", "defaultBackend"), mapping(spec.get("defaultBackend"))))
    for number, rule in enumerate(mappings(spec.get("rules"))):
        for at, path in enumerate(mappings(mapping(rule.get("http")).get("paths"))):
            backends.append(
                (("spec", "rules", number, "http", "paths", at, "backend"), mapping(path.get("backend")))
            )
    for place, backend in backends:
        wanted = mapping(backend.get("service"))
        name = text(wanted.get("name"))
        if not name or not here:
            continue
        service = here.get(name)
        if not isinstance(service, Service):
            near = did_you_mean(name, sorted(here))
            fix = f"name: {near.split(chr(34))[1]}" if near else ""
            what = f'no Service "{name}" is written here; there is {", ".join(sorted(here))}'
            yield _at(
                item,
                (*place, "service", "name"),
                what,
                "The Ingress sends there, and nobody answers.",
                fix,
                WARNING if near else NOTE,
            )
            continue
        port = mapping(wanted.get("port"))
        number_, named = port.get("number"), port.get("name")
        if (number_ and all(p.port != number_ for p in service.ports)) or (
            named and all(p.name != named for p in service.ports)
        ):
            listed = ", ".join(str(p.port) for p in service.ports)
            what = f"Service {name} has no port {number_ or named}; it has {listed}"
            why = "An Ingress names the Service's own port, and neither targetPort nor containerPort."
            fix = f"number: {service.ports[0].port}" if len(service.ports) == 1 else ""
            yield _at(item, (*place, "service", "port"), what, why, fix)


def _rivals(objects: Sequence[Placed]) -> Iterator[tuple[Placed, Fault]]:
    """Find ReplicationControllers and ReplicaSets that would take each other's Pods."""
    known: list[tuple[Placed, dict[str, str]]] = []
    for item in objects:
        if item.obj.kind not in ("ReplicationController", "ReplicaSet") or item.obj.owner:
            continue
        selector = item.obj.spec.get("selector")
        wanted = (
            mapping(mapping(selector).get("matchLabels"))
            if item.obj.kind == "ReplicaSet"
            else mapping(selector)
        )
        template = mapping(value_at(item.obj.raw, ("spec", "template", "metadata", "labels")))
        wanted = wanted or template
        for other, theirs in known:
            if other.obj.namespace == item.obj.namespace and wanted and theirs == wanted:
                what = f"it selects the same Pods as {other.obj.kind} {other.obj.name}"
                why = "Each counts only the Pods that it made, but both claim those that nobody owns: give each its own label."
                yield item, _at(item, ("spec", "selector"), what, why, f"name: {item.obj.name}")
        known.append((item, {key: text(value) for key, value in wanted.items()}))


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


def _url(url: str, services: list[Placed]) -> Iterator[tuple[Placed, Fault]]:
    port = url_port(url)
    opened = [
        (item, number, text(item.obj.spec.get("type")), entry)
        for item in services
        for number, entry in enumerate(mappings(item.obj.spec.get("ports")))
    ]
    node_ports = {
        entry.get("nodePort") for _, _, kind, entry in opened if kind in ("NodePort", "LoadBalancer")
    }
    host = re.match(r"\s*(?:\w+://)?([^/:]*)", url)
    named = {item.obj.name for item in services} | {
        f"{item.obj.name}.{item.obj.namespace}" for item in services
    }
    if port is None or port in node_ports or not services or (host and host[1].split(".svc")[0] in named):
        return
    for item, number, kind, entry in opened:
        given = entry.get("nodePort")
        path: Steps = ("spec", "ports", number)
        if kind in ("NodePort", "LoadBalancer") and given:
            what = f"it opens port {given} on every Node, and the URL {url.strip()[:80]} asks for port {port}"
            why = f"Nobody answers on port {port}: the port in the URL and the nodePort must be the same."
            yield item, _at(item, (*path, "nodePort"), what, why, _other_port(url, port, int(given)))
            return
    for item, number, kind, entry in opened:
        path = ("spec", "ports", number)
        if kind in ("NodePort", "LoadBalancer"):
            what = f"it opens a node port that the cluster chooses; the URL asks for port {port}"
            why = "Without nodePort, nobody knows the number before the Service is made."
            yield item, _at(item, path, what, why, f"nodePort: {port}")
            return
        if entry.get("port") == port:
            what = f"port {port} is open on the Cluster IP alone"
            why = "From outside of the cluster, only a Service of type NodePort or LoadBalancer is reached."
            yield item, _at(item, path, what, why, "type: NodePort")
            return
    item = services[0]
    yield (
        item,
        _at(
            item, ("spec", "ports"), f"no Service here opens port {port} of the URL", "Nobody answers there."
        ),
    )


def _other_port(url: str, port: int, given: int) -> str:
    return f"{url.strip().replace(str(port), str(given))}, or nodePort: {port}"
