"""Everything that can be looked at of a cluster: its tables, its figures and what kubectl prints of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import k8snotes as kn
from k8snotes.api.registry import all_kinds

View = tuple[str, Callable[[], Any]]
FORMATS = ("", "-o wide", "-o yaml", "-o json", "-o name", "-o jsonpath={..name}", "--show-labels")
_PER_KIND = 3  # objects of a kind that are looked at one by one


def views(cluster: Any) -> Iterator[View]:
    """Everything that can be asked of a cluster, each with its name; a view is made when it is called."""
    yield "repr", lambda: repr(cluster)
    for kind in ("pods", "nodes", "services", "deployments", "replicasets", "events", "secrets"):
        yield f"get({kind})", lambda kind=kind: cluster.get(kind)
    yield "objects", lambda: repr([cluster.objects(kind.plural) for kind in all_kinds()])
    for kind in all_kinds():
        for form in FORMATS:
            line = f"get {kind.plural} -A {form}"
            yield line, lambda line=line: cluster.kubectl(line)
        yield (
            f"describe {kind.plural}",
            lambda line=f"describe {kind.plural} -A": cluster.kubectl(line),
        )
    yield "get all", lambda: cluster.kubectl("get all -A")
    yield "events", lambda: cluster.kubectl("events -A")
    yield "custom columns", lambda: cluster.kubectl("get pods -A -o custom-columns=N:.metadata.name,S:.spec")
    yield "sorted", lambda: cluster.kubectl("get pods -A --sort-by=.spec.containers[0].name")
    yield "service_map", cluster.service_map
    yield "service_map(unfold)", lambda: cluster.service_map(unfold=True)
    yield "three_ips", cluster.three_ips
    yield "selection", lambda: cluster.selection("app")
    yield "selection(nodes)", lambda: cluster.selection("!app", kind="nodes")
    yield "capacity", cluster.capacity
    yield "quota", cluster.quota
    yield "storage", cluster.storage
    yield "storage(unfold)", lambda: cluster.storage(unfold=True)
    yield "routes", cluster.routes
    yield "routes(unfold)", lambda: cluster.routes(unfold=True)
    yield "architecture", cluster.architecture
    yield "timeline", cluster.timeline
    yield "diff", lambda: cluster.diff(cluster.copy())
    yield "top(pods)", lambda: cluster.top("pods")
    yield "top(nodes)", lambda: cluster.top("nodes")
    yield "explore", lambda: kn.explore(cluster)
    yield from _of_objects(cluster)


def _of_objects(cluster: Any) -> Iterator[View]:
    services = _some(cluster, "services")
    pods = _some(cluster, "pods")
    nodes = _some(cluster, "nodes")
    for service in services:
        ref = str(service.ref)
        yield f"endpoints({ref})", lambda ref=ref: cluster.endpoints(ref)
        yield f"way_in({ref})", lambda ref=ref: cluster.way_in(ref)
        yield (
            f"trace({ref})",
            lambda service=service: cluster.trace(
                f"http://{service.name}.{service.namespace}", "node/node-1"
            ),
        )
        yield f"trace(ip of {ref})", lambda service=service: cluster.trace(f"http://{service.cluster_ip}")
    for pod in pods:
        ref = str(pod.ref)
        yield f"why_pending({ref})", lambda ref=ref: cluster.why_pending(ref)
        yield f"timeline({ref})", lambda ref=ref: cluster.timeline(ref)
        line = f"logs {pod.name} -n {pod.namespace} --all-containers"
        yield f"logs({ref})", lambda line=line: cluster.kubectl(line)
        yield f"life({ref})", lambda ref=ref: cluster.life(ref)
        yield f"inside({ref})", lambda ref=ref: cluster.inside(ref)
        yield f"inside({ref}) since", lambda ref=ref: cluster.inside(ref, since=cluster)
        yield f"ping from {ref}", lambda ref=ref: cluster.ping("10.96.0.1", source=ref)
        yield f"object {ref}", lambda ref=ref: (repr(cluster[ref]), cluster[ref].manifest)
        if services:
            name = services[0].name
            yield f"walk from {ref}", lambda ref=ref, name=name: cluster.walk(f"http://{name}", source=ref)
    for node in nodes:
        name = node.name
        yield f"rules({name})", lambda name=name: cluster.rules(name)
        yield f"capacity({name})", lambda name=name: cluster.capacity(name)


def _some(cluster: Any, kind: str) -> list[Any]:
    return list(cluster.objects(kind))[:_PER_KIND]


def shown(view: Any, *, drawn: bool = True) -> dict[str, str]:
    """All that a view shows in a cell, in a terminal or in a file: MIME type to text."""
    if isinstance(view, str):
        return {"text/plain": view}
    pages = {"text/plain": f"{view!r}\n{view!s}"}
    for name in ("text", "alt", "title", "dot", "summary"):
        value = getattr(view, name, None)
        if isinstance(value, str):
            pages[f"text/{name}"] = value
    if drawn:
        for name, kind in (("html", "text/html"), ("svg", "image/svg+xml")):
            value = getattr(view, name, None)
            if isinstance(value, str):
                pages[kind] = value
    table = getattr(view, "table", None)
    table = view if hasattr(view, "to_html") else table() if callable(table) else table
    if hasattr(table, "to_html"):
        pages["table"] = str(table)
        pages["text/html; table"] = table.to_html()
    if hasattr(view, "_repr_html_"):
        pages["text/html; repr"] = view._repr_html_() or ""
    if hasattr(view, "_repr_mimebundle_") and (drawn or not hasattr(type(view), "svg")):
        bundle = view._repr_mimebundle_() or {}
        pages |= {kind: text for kind, text in bundle.items() if isinstance(text, str)}
    return pages
