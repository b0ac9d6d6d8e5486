"""Strings that want to become markup, a cluster that has them in every place, and a judge of what is shown of it."""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice, product
from pathlib import Path
from typing import Any

import html5lib
from views import shown

import k8snotes as kn
from k8snotes.figures.page import COPY, EVENT, LOADED, OWN_KEYS
from k8snotes.widgets.copy_button import ON_CLICK

HIT = "window.pwned=1"
KERNELS = (
    f"<script>{HIT}</script>",
    f"<img src=x onerror={HIT}>",
    f"<svg onload={HIT}>",
    f"<iframe srcdoc='<script>parent.{HIT}</script>'></iframe>",
    f"<object data='data:text/html,<script>{HIT}</script>'></object>",
    f"<embed src='javascript:{HIT}'>",
    f"<a href='javascript:{HIT}'>x</a>",
    f"<a xlink:href='javascript:{HIT}'><text>x</text></a>",
    f"<math><mtext><mglyph><style><img src onerror={HIT}></style></mglyph></mtext></math>",
    f"<svg><foreignObject><body onload={HIT}></foreignObject></svg>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<svg><style><img src=x onerror={HIT}></style>",
    f"<details open ontoggle={HIT}>",
    f"<input autofocus onfocus={HIT}>",
    f"<body onpageshow={HIT}>",
    f"<style>@import 'javascript:{HIT}'</style><b onclick={HIT}>",
    f"<form><button formaction=javascript:{HIT}>x</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{HIT}'><base href='javascript:{HIT}//'>",
    f"<sCrIpT/x>{HIT}</ScRiPt >",
    f"<marquee onstart={HIT}>",
    f"<template><script>{HIT}</script></template><video><source onerror={HIT}></video>",
    f"<use href='data:image/svg+xml,<svg onload={HIT}>'/>",
    f'" onmouseover={HIT} autofocus onfocus={HIT} x="',
    f"' onmouseover={HIT} autofocus onfocus={HIT} x='",
    f"javascript:{HIT}",
)
BREAKERS = (
    *("{}", '">{}', "'>{}", "-->{}", "]]>{}", "</title>{}", "</pre></details></figure>{}"),
    *("</style></desc></text></svg>{}", "<![CDATA[{}]]>", "<!-- --!>{}", "&lt;{}&gt;", "&#60;{}&#x3e;"),
    *(
        "\\{}\\",
        '\\"{}',
        "\\N\\G\\L\\n{}\\l",
        "\x00{}",
        "\u202e{}\u2066",
        "${{{}}}",
        "{{{{{}}}}}`",
        "\r\n{}\ufeff",
    ),
)
STRINGS = [breaker.format(kernel) for breaker, kernel in product(BREAKERS, KERNELS)]

PLAIN = {
    *(
        "html",
        "head",
        "body",
        "div",
        "span",
        "p",
        "b",
        "em",
        "code",
        "pre",
        "br",
        "ul",
        "ol",
        "li",
        "a",
        "small",
        "strong",
        "i",
        "button",
    ),
    *(
        "figure",
        "figcaption",
        "img",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "caption",
        "h3",
        "h4",
    ),
    *(
        "colgroup",
        "col",
        "section",
        "hr",
        "dl",
        "dt",
        "dd",
        "meta",
        "title",
        "ins",
        "del",
        "mark",
        "s",
        "u",
        "style",
    ),
}
DRAWN = {
    "svg",
    "g",
    "title",
    "desc",
    "path",
    "polygon",
    "polyline",
    "text",
    "tspan",
    "ellipse",
    "line",
    "rect",
    "a",
    "style",
    "circle",
}
ATTRIBUTES = {
    *("data-event", "data-hint", "data-done", "data-ref", "data-says", "tabindex", "aria-label", "type"),
    *("data-text", "data-from", "data-name", "data-done", "type", "disabled", "aria-live"),
    *(
        "style",
        "class",
        "id",
        "src",
        "alt",
        "title",
        "role",
        "lang",
        "charset",
        "colspan",
        "rowspan",
        "border",
        "scope",
        "open",
    ),
    *(
        "width",
        "height",
        "viewBox",
        "viewbox",
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "points",
        "d",
        "x",
        "y",
    ),
    *(
        "cx",
        "cy",
        "rx",
        "ry",
        "r",
        "x1",
        "x2",
        "y1",
        "y2",
        "transform",
        "text-anchor",
        "font-family",
        "font-size",
        "dir",
    ),
    *(
        "font-weight",
        "font-style",
        "stroke-linecap",
        "stroke-opacity",
        "fill-opacity",
        "opacity",
        "preserveaspectratio",
    ),
    *(
        "preserveAspectRatio",
        "text-decoration",
        "aria-hidden",
        "aria-label",
        "aria-labelledby",
        "tabindex",
        "xml:space",
    ),
    *(
        "scoped",
        "space",
        "xlink",
        "letter-spacing",
        "dominant-baseline",
        "textLength",
        "lengthAdjust",
        "start",
        "hidden",
        "xmlns",
        "xmlns:xlink",
        "version",
    ),
}
OURS = {COPY, EVENT, LOADED, ON_CLICK, OWN_KEYS}
"""What images, drawings and buttons do: the same everywhere, with nothing of a manifest in it."""
_NAMESPACE = re.compile(r"^\{([^}]*)\}")
_PICTURE = "data:image/svg+xml;base64,"


@cache  # the page of a figure holds its SVG once more
def alive(page: str) -> list[str]:
    """What of a page would act or does not belong there: elements, attributes and addresses, as html5lib reads it."""
    found = []
    for element in html5lib.parse(page, treebuilder="etree").iter():
        if not isinstance(element.tag, str):
            if "pwned" in str(element.text):
                found.append(f"comment {element.text!r}")
            continue
        space = _NAMESPACE.match(element.tag)
        name = element.tag.rpartition("}")[2]
        drawn = bool(space) and space[1].endswith("/svg")
        if name not in (DRAWN if drawn else PLAIN) or (space and "MathML" in space[1]):
            found.append(f"<{element.tag}>")
        if name == "style" and "pwned" in (element.text or ""):
            found.append(f"style {element.text!r}")
        for key, value in element.attrib.items():
            plain = _NAMESPACE.sub("", key)
            if plain.startswith("on") and value in OURS:
                continue
            if plain not in ATTRIBUTES:
                found.append(f"<{name} {key}={value[:60]!r}>")
            elif plain == "src" and value.startswith(_PICTURE):
                found += alive(base64.b64decode(value.removeprefix(_PICTURE)).decode())
            elif plain == "src":
                found.append(f"<{name} src={value[:60]!r}>")
            elif plain == "style" and re.search(r"url\s*\(|expression|@import|pwned", value, re.IGNORECASE):
                found.append(f"<{name} style={value[:60]!r}>")
    return found


def cluster_of(strings: list[str]) -> Any:
    """A snapshot in which each string stands in every place that a dump can have one in."""
    items: list[dict[str, Any]] = []

    def add(kind: str, name: str, version: str = "v1", **more: Any) -> None:
        metadata = {
            "name": name,
            "namespace": "default",
            "uid": f"{kind}{len(items)}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": name, name: name},
            "annotations": {name: name},
        }
        items.append({"apiVersion": version, "kind": kind, "metadata": metadata, **more})

    for number, s in enumerate(strings):
        waiting = {"waiting": {"reason": s, "message": s}}
        container = {
            "name": s,
            "image": s,
            "command": [s],
            "args": [s],
            "env": [
                {"name": s, "value": s},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": s, "key": s}}},
            ],
            "ports": [{"name": s, "containerPort": 80}],
            "volumeMounts": [{"name": s, "mountPath": s}],
            "resources": {"requests": {"cpu": "1m"}},
        }
        status = {
            "phase": ("Running", s)[number % 2],
            "reason": s,
            "message": s,
            "podIP": s,
            "conditions": [
                {"type": "Ready", "status": ("True", "False")[number % 2], "reason": s, "message": s}
            ],
            "containerStatuses": [{"name": s, "image": s, "state": waiting, "lastState": waiting}],
        }
        spec = {"nodeName": s, "containers": [container], "volumes": [{"name": s, "hostPath": {"path": s}}]}
        add("Pod", s, spec=spec, status=status)
        ports = [{"name": s, "port": 80, "targetPort": s}]
        add("Service", s, spec={"clusterIP": s, "selector": {"app": s, s: s}, "ports": ports, "type": s})
        add(
            "Node",
            s,
            status={"capacity": {"cpu": "4", s: s}, "conditions": [{"type": "Ready", "message": s}]},
        )
        add("ConfigMap", s, data={s: s})
        peers = [{"podSelector": {"matchLabels": {s: s}}}, {"ipBlock": {"cidr": s, "except": [s]}}]
        spec_of_policy = {
            "podSelector": {},
            "ingress": [{"from": peers, "ports": [{"port": s, "protocol": s}]}],
        }
        add("NetworkPolicy", s, "networking.k8s.io/v1", spec=spec_of_policy)
        backend = {"service": {"name": s, "port": {"name": s}}}
        path = {"path": s, "pathType": ("Prefix", s)[number % 2], "backend": backend}
        spec_of_ingress = {
            "ingressClassName": s,
            "defaultBackend": backend,
            "rules": [{"host": s, "http": {"paths": [path]}}],
            "tls": [{"hosts": [s], "secretName": s}],
        }
        balancer = {"loadBalancer": {"ingress": [{"ip": s}]}} if number % 2 else {}
        add("Ingress", s, "networking.k8s.io/v1", spec=spec_of_ingress, status=balancer)
        add("IngressClass", s, "networking.k8s.io/v1", spec={"controller": s})
        gateways = "gateway.networking.k8s.io/v1"
        add("GatewayClass", s, gateways, spec={"controllerName": s, "description": s})
        listener = {"name": s, "port": 80, "protocol": ("HTTP", s)[number % 2], "hostname": s}
        spec_of_gateway = {"gatewayClassName": s, "listeners": [listener]}
        add("Gateway", s, gateways, spec=spec_of_gateway, status={"addresses": [{"value": s}]})
        match = {"path": {"type": "PathPrefix", "value": s}, "headers": [{"name": s, "value": s}]}
        rule = {"matches": [match], "filters": [{"type": s}], "backendRefs": [{"name": s, "port": 80}]}
        spec_of_route = {"parentRefs": [{"name": s}], "hostnames": [s], "rules": [rule]}
        add("HTTPRoute", s, gateways, spec=spec_of_route)
        add("Namespace", s)
        template = {"metadata": {"labels": {"app": s}}, "spec": spec}
        add(
            "Deployment",
            s,
            "apps/v1",
            spec={"replicas": 1, "selector": {"matchLabels": {"app": s}}, "template": template},
        )
        add(
            "ResourceQuota",
            s,
            spec={"hard": {s: s, "pods": "1"}},
            status={"hard": {"pods": "1", s: s}, "used": {s: s}},
        )
        target = {"kind": "Pod", "name": s, "namespace": "default"}
        add("Event", s, involvedObject=target, reason=s, message=s, source={"component": s}, type=s)
    return kn.load(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def outputs(strings: list[str], *, drawn: bool = True) -> Iterator[tuple[str, str]]:
    """All HTML and SVG that is shown of a cluster of these strings, each page with the name of its view.

    Without `drawn` only what needs no layout: the pages of tables, answers, findings and commands.
    """
    cluster = cluster_of(strings)
    figures = {
        "service_map": cluster.service_map,
        "three_ips": cluster.three_ips,
        "selection": lambda: cluster.selection("app"),
        "capacity": cluster.capacity,
        "quota": cluster.quota,
        "storage": cluster.storage,
        "reach": cluster.reach,
        "routes": cluster.routes,
        "timeline": cluster.timeline,
        "architecture": cluster.architecture,
        "diff": lambda: cluster.diff(cluster.copy()),
        "pods": lambda: cluster.get("pods"),
        "services": lambda: cluster.get("services"),
        "events": lambda: cluster.get("events"),
        "explore": lambda: kn.explore(cluster),
        "glossary": lambda: kn.glossary(strings[0]),
        "cluster": lambda: cluster,
        **{f"objects of {kind}": partial(cluster.objects, kind) for kind in cluster.api.store.resources()},
    }
    if strings[0] == STRINGS[0]:
        figures["play"] = cluster.play  # it shows the architecture again, step by step
    in_a_reference = [s for s in strings if "/" not in s]
    for s in (*strings[:1], *in_a_reference[:2]):
        pod = f"pod/{s}"
        figures |= {
            f"endpoints {s}": lambda s=s: cluster.endpoints(s),
            f"way_in {s}": lambda s=s: cluster.way_in(s),
            f"inside {s}": lambda pod=pod: cluster.inside(pod),
            f"policies {s}": lambda pod=pod: cluster.policies(pod),
            f"diagnose {s}": lambda pod=pod: cluster.diagnose(pod),
            f"diagnose Service {s}": lambda s=s: cluster.diagnose(f"svc/{s}"),
            f"life {s}": lambda pod=pod: cluster.life(pod),
            f"why_pending {s}": lambda pod=pod: cluster.why_pending(pod),
            f"rules {s}": lambda s=s: cluster.rules(s),
            f"trace {s}": lambda s=s: cluster.trace(s),
            f"walk {s}": lambda s=s: cluster.walk(s),
            f"selection {s}": lambda s=s: cluster.selection(s),
            f"access {s}": lambda s=s: cluster.access(
                f"sa/{s}", can=f"get pods/{s.split()[0] if s.split() else 'x'}"
            ),
        }
    for s in strings:
        text = f"apiVersion: v1\nkind: {json.dumps(s)}\nmetadata:\n  name: {json.dumps(s)}\n  {s}\n{s}: {s}\n"
        figures |= {
            f"request {s}": lambda s=s: cluster.trace(f"http://{s}/{s}"),
            f"kubectl {s}": lambda s=s: cluster.kubectl(["get", s, "-l", s, "-o", s]),
            f"a line {s}": lambda s=s: cluster.kubectl(s),
            f"describe {s}": lambda s=s: cluster.kubectl(["describe", "pod", s]),
            f"answer {s}": lambda s=s: kn.check("01-service/2", s),
            f"list {s}": lambda s=s: kn.check("01-service/1", [s, {s: s}]),
            f"exercise {s}": lambda s=s: kn.check(s, s),
            f"examine {s}": lambda text=text: kn.examine(text),
        }
    figures["yaml"] = lambda: cluster.kubectl("get pods,cm -A -o yaml")
    figures["wide"] = lambda: cluster.kubectl(
        "get all,nodes,events,cm,quota,ns,ing,gateways,httproutes -A -o wide --show-labels"
    )
    figures["files"] = lambda: _examined(strings)
    for name, view in figures.items():
        try:
            made = view()
        except kn.K8sNotesError:
            continue  # an error is plain text
        for kind, page in shown(made, drawn=drawn).items():
            if "html" in kind or "svg" in kind:
                yield f"{name}: {kind}", page
        for number, page in enumerate(_written(made)):
            yield f"{name}: control {number}", page


def _examined(strings: list[str]) -> Any:
    """Findings of a folder in which the files have these names, as far as a file system takes them."""
    with tempfile.TemporaryDirectory() as folder:
        for s in strings:
            name = re.sub(r"[/\x00]", "\u2215", s)[:80]
            Path(folder, f"{name}.yaml").write_text(
                f"kind: Pod\nmetadata:\n  nmae: {s!r}\n", encoding="utf-8"
            )
        return kn.examine(folder)


def _written(view: Any) -> Iterator[str]:
    """The HTML that a widget's controls show."""
    for child in getattr(view, "children", ()):
        value = getattr(child, "value", None)
        if type(child).__name__ in ("HTML", "HTMLMath") and isinstance(value, str) and value:
            yield value
        yield from _written(child)


def batches(strings: list[str], size: int) -> Iterator[list[str]]:
    """The strings, so many at a time."""
    rest = iter(strings)
    while batch := list(islice(rest, size)):
        yield batch
