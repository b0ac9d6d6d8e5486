"""Manifests full of markup: drawn correctly, and never let into HTML, SVG or DOT."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET

import pytest
from measures import faults

import k8snotes as kn

NASTY = [
    "<script>alert(1)</script>",
    "<script>alert(1)<script>",
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
            "containers": [
                {
                    "name": name,
                    "image": name,
                    "ports": [{"name": name, "containerPort": 80}],
                    "volumeMounts": [{"name": name, "mountPath": name}],
                    "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}},
                }
            ],
            "volumes": [{"name": name, "persistentVolumeClaim": {"claimName": name}}],
        }
        ready = [{"type": "Ready", "status": "True" if number % 2 else "False"}]
        status = {"phase": "Running", "podIP": name[:20], "conditions": ready}
        items.append(found_object("Pod", name, f"p{number}", spec=spec, status=status))
        ports = [{"name": name, "port": 80, "targetPort": name}]
        selector = {"app": name if number % 3 else name + "x", name: name}
        service = {"clusterIP": name[:20], "selector": selector, "ports": ports, "type": name}
        items.append(found_object("Service", name, f"s{number}", spec=service))
        items.append(found_object("Node", name, f"n{number}"))
        asked = {
            "accessModes": [name],
            "storageClassName": name,
            "resources": {"requests": {"storage": "1Gi"}},
        }
        bound = {"volumeName": name if number % 2 else ""}
        phase = {"phase": "Bound" if number % 2 else "Pending"}
        items.append(
            found_object("PersistentVolumeClaim", name, f"c{number}", spec={**asked, **bound}, status=phase)
        )
        claim = {"claimRef": {"name": name, "namespace": "default"}, "capacity": {"storage": "1Gi"}}
        items.append(
            found_object("PersistentVolume", name, f"v{number}", spec={**claim, "accessModes": [name]})
        )
        items.append(
            found_object("StorageClass", name, f"k{number}", provisioner=name)
            | {"apiVersion": "storage.k8s.io/v1"}
        )
        items.append(
            found_object("ResourceQuota", name, f"q{number}", spec={"hard": {name: "5", "pods": "1"}})
        )
    return kn.load(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def figures(cluster):
    return [
        cluster.service_map(),
        cluster.three_ips(),
        cluster.selection("app"),
        cluster.selection("!app", kind="nodes"),
        cluster.capacity(),
        cluster.quota(),
        cluster.storage(),
        *(show(f"pod/{NASTY[1]}") for show in (cluster.inside, cluster.life, cluster.why_pending)),
        *(cluster.rules(node.name) for node in cluster.objects("nodes") if "<script>" in node.name),
    ]


ALLOWED = {"svg", "title", "desc", "style", "g", "rect", "text", "polyline", "polygon", "circle"}


def test_no_element_comes_from_a_manifest(cluster):
    """Every SVG parses as XML and holds only what the package draws; the names stand in its text."""
    for figure in figures(cluster):
        root = ET.fromstring(figure.svg)
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert names <= ALLOWED, names
        assert not any(key.lower().startswith("on") for element in root.iter() for key in element.attrib)
        text = "".join(root.itertext())
        assert any(name in text for name in ("<script>", "<scr", '"quoted" & "more"'))


def test_html_holds_nothing_raw(cluster):
    """In text/html every name is escaped: outside our own tags there is no angle bracket."""
    for figure in figures(cluster):
        bundle = figure._repr_mimebundle_()
        html = bundle["text/html"]
        assert "<script" not in html
        tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!][^\s>/]*)", html))
        words = ("p", "b", "span", "details", "summary", "pre")
        assert tags == {"figure", "figcaption", "style", "img", *words}, tags
        picture = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
        assert picture is not None
        ET.fromstring(base64.b64decode(picture[1]))


def test_no_name_is_too_long_for_a_picture(cluster):
    """No text is cut off or covered, and no picture is larger than what a reader sees, unless it is unfolded."""
    for figure in figures(cluster):
        assert faults(figure.svg) == [], figure.title
    for figure in (
        cluster.service_map(unfold=True),
        cluster.capacity(unfold=True),
        cluster.storage(unfold=True),
    ):
        assert faults(figure.svg, high=True) == []


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
