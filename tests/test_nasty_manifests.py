"""Manifests full of markup: drawn correctly, and never let into HTML, SVG or DOT."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET

import pytest

import k8snotes as kn

NASTY = [
    "<script>alert(1)</script>",
    '"quoted" & "more"',
    "]]>",
    "\\N \\G \\L \\n",
    "&lt;b&gt; &#60;",
    "a" * 253,
    "名字 имя ✓ \u202e \x1b[31m",
    "' onload='x",
    "<!-- --> <![CDATA[ x ]]>",
    "{a|b} <port> \\{",
]


def found_object(kind, name, number, **more):
    """A manifest as a dump has it: nobody checked its names."""
    metadata = {
        "name": name,
        "namespace": "default",
        "uid": str(number),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app": name, name: name},
        "annotations": {name: name},
    }
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}


@pytest.fixture(scope="module")
def cluster():
    """A snapshot in which every name is hostile."""
    items = []
    for number, name in enumerate(NASTY):
        spec = {
            "nodeName": name,
            "containers": [{"name": name, "image": name, "ports": [{"name": name, "containerPort": 80}]}],
        }
        ready = [{"type": "Ready", "status": "True" if number % 2 else "False"}]
        status = {"phase": "Running", "podIP": name[:20], "conditions": ready}
        items.append(found_object("Pod", name, f"p{number}", spec=spec, status=status))
        ports = [{"name": name, "port": 80, "targetPort": name}]
        selector = {"app": name if number % 3 else name + "x", name: name}
        service = {"clusterIP": name[:20], "selector": selector, "ports": ports, "type": name}
        items.append(found_object("Service", name, f"s{number}", spec=service))
        items.append(found_object("Node", name, f"n{number}"))
    return kn.load(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def figures(cluster):
    return [
        cluster.service_map(),
        cluster.service_map(unfold=True),
        cluster.three_ips(),
        cluster.selection("app"),
        cluster.selection("!app", kind="nodes"),
        *(cluster.rules(node.name) for node in cluster.objects("nodes") if "<script>" in node.name),
    ]


ALLOWED = {
    "svg",
    "desc",
    "g",
    "title",
    "path",
    "polygon",
    "polyline",
    "text",
    "ellipse",
    "tspan",
    "a",
    "style",
    "line",
}


def test_no_element_comes_from_a_manifest(cluster):
    """Every SVG parses as XML and holds only what the layout engine draws; the names stand in its text."""
    for figure in figures(cluster):
        root = ET.fromstring(figure.svg)
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert names <= ALLOWED, names
        assert not any(key.lower().startswith("on") for element in root.iter() for key in element.attrib)
        text = "".join(root.itertext())
        assert "<script>" in text.replace("…", "") or "<scr" in text


def test_html_holds_nothing_raw(cluster):
    """In text/html every name is escaped: outside our own tags there is no angle bracket."""
    for figure in figures(cluster):
        bundle = figure._repr_mimebundle_()
        html = bundle["text/html"]
        assert "<script" not in html
        tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!][^\s>/]*)", html))
        assert tags <= {"figure", "img", "figcaption", "details", "summary", "pre", "div", "span", "b"}, tags
        picture = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
        assert picture is not None
        ET.fromstring(base64.b64decode(picture[1]))


def test_the_words_hold_the_names(cluster):
    """The outline has every Service in full; nothing is lost but control characters."""
    text = cluster.service_map().text
    for name in NASTY[:6]:
        assert name in text


def test_tables_escape_too(cluster):
    """pandas escapes what it shows; the names are in the table as they are."""
    html = cluster.get("pods").to_html()
    assert "<script" not in html
    assert NASTY[0] in set(cluster.get("pods")["NAME"])


def test_facts_and_reprs_hold_no_memory_addresses(cluster):
    """Neither a repr nor an outline has an address of this machine's memory."""
    shown = [repr(cluster), repr(cluster.objects("pods")), str(cluster.endpoints(f"svc/{NASTY[5]}"))]
    shown += [repr(figure) + figure.text for figure in figures(cluster)]
    assert not any(re.search(r"0x[0-9a-f]{6,}", text) for text in shown)
