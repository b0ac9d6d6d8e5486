"""Traces as pictures: what they say, where they stand, and that nothing in them is cut off."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_figures_pictures import NASTY, parse, said

import k8snotes as kn
from k8snotes.figures.figure import Figure
from k8snotes.figures.trace import trace_figure, walk_figure
from k8snotes.network.trace import Hop, Share, Trace

GOLDEN = Path(__file__).parent / "golden" / "figures"
MORE = """
apiVersion: v1
kind: Service
metadata: {name: nobody}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: alone}
spec: {clusterIP: None, selector: {name: mysql}, ports: [{port: 3306}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: home}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {name: mysql}, ports: [{port: 3306, nodePort: 31306}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: big}
spec:
  replicas: 60
  selector: {app: big}
  template:
    metadata: {labels: {app: big}}
    spec: {containers: [{name: app, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: big}
spec: {selector: {app: big}, ports: [{port: 80}]}
"""


@pytest.fixture(scope="module")
def c():
    made = kn.load("guestbook")
    made.apply(MORE)
    made.settle()
    return made


def away(c: kn.Cluster) -> str:
    """The address of a Node that the database does not run on."""
    return next(node.ip for node in c.objects("nodes") if node.name != c["pod/mysql-0"].node_name)


PICTURES: dict[str, Callable[[kn.Cluster], Figure]] = {
    "pod-to-service": lambda c: c.trace("http://cache:6379", source="pod/client"),
    "node-port": lambda c: c.trace(f"{c['node/node-1'].ip}:31080"),
    "hairpin": lambda c: c.trace("http://mysql-server:3306", source="pod/mysql-0"),
    "no-endpoints": lambda c: c.trace("http://nobody", source="pod/client"),
    "wrong-port": lambda c: c.trace("http://cache", source="pod/client"),
    "local-policy": lambda c: c.trace(f"{away(c)}:31306"),
    "ping": lambda c: c.ping(c["svc/cache"].cluster_ip, source="pod/client"),
    "headless": lambda c: c.trace("alone:3306", source="pod/client"),
    "external-name": lambda c: c.trace("http://alias", source="pod/client"),
    "forty": lambda c: c.trace("http://cache:6379", source="pod/client", times=40),
    "sixty-endpoints": lambda c: c.trace("http://big", source="pod/client", times=100),
}
REVIEWED = ("pod-to-service", "node-port", "no-endpoints", "ping", "forty")


@pytest.mark.parametrize("name", REVIEWED)
def test_outlines_are_as_reviewed(name, c):
    """The outline and the alt are those that were read and found good (K8SNOTES_GOLDEN=write rewrites them)."""
    figure = PICTURES[name](c)
    path = GOLDEN / f"trace-{name}.txt"
    told = f"{figure.text}\n\nalt: {figure.alt}\n"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_trace_fits_a_notebook(name, c):
    """No picture of a trace is wider than a notebook, and everything in it stands inside it."""
    root = parse(PICTURES[name](c).svg)
    wide = float(str(root.get("width")).removesuffix("pt"))
    assert wide * 4 / 3 <= 760
    starts = [float(node.get("x")) for node in root.iter() if node.tag.endswith("}text")]
    assert min(starts) >= 0


@pytest.mark.parametrize("name", PICTURES)
def test_every_hop_has_its_box(name, c):
    """Number and place of each hop stand in the picture, and at the end how it ended, in a word and a sign."""
    figure = PICTURES[name](c)
    words = said(figure)
    for number, hop in enumerate(figure.hops, 1):
        before = "asked before: " if hop.kind == "name" and not hop.ends else ""
        assert f"{number} {before}{hop.place}"[:24] in words  # a long name is shortened
    assert (
        f"{'✓' if figure.facts.answered else '→' if figure.outcome == 'leaves' else '✗'} {figure.outcome}"
        in words
    )


def test_new_addresses_are_marked(c):
    """Where a rule gives the packet another address, the arrow after it says so with a mark, and whose it is."""
    figure = PICTURES["node-port"](c)
    words = said(figure)
    name = figure.server.ref[:16]  # a long name is shortened
    assert f"▸ {figure.server_ip}:8080 Pod IP of {name}" in words
    assert f"▸ {figure.client_seen} Node IP of node-1" in words


def test_the_network_between_nodes_is_on_no_node(c):
    """What lies between two machines stands outside their frames."""
    figure = PICTURES["node-port"](c)
    assert "the network between the Nodes" in said(figure)
    frames = re.findall(r"subgraph cluster_\d+ \{(.*?)\n\t\}", figure.dot, re.DOTALL)
    assert frames
    assert not any("the network between" in frame for frame in frames)


def test_the_longest_bar_is_that_of_most_requests(c):
    """Bars are measured by the end that most came to, and the ends that are not shown are summed up."""
    assert "█" * 16 in said(PICTURES["forty"](c))
    words = said(PICTURES["sixty-endpoints"](c))
    assert re.search(r"\d to \d+ each of \d+ more", words)


def nasty() -> Trace:
    hops = tuple(
        Hop(kind, n, n, n, n, n, n + "x", node=n, rules=(n,))
        for kind, n in zip(("pod", "name", "bridge", "rules", "network"), NASTY, strict=True)
    )
    last = Hop("container", NASTY[3], NASTY[1], NASTY[0], NASTY[0], NASTY[0], NASTY[0], ends="connected")
    spread = tuple(Share(n, n, "connected", 2, 0.2) for n in NASTY)
    return Trace(
        NASTY[1],
        "TCP",
        NASTY[0],
        "connected",
        (*hops, last),
        NASTY[2],
        NASTY[3],
        client_seen="10.0.0.1",
        answer=NASTY[4],
        times=10,
        spread=spread,
    )


@pytest.mark.parametrize("at", [None, *range(1, 7)])
def test_hostile_and_foreign_names_are_text(at):
    """Markup, escapes, Chinese and very long names give text and nothing else, in a box of the usual width."""
    facts = nasty()
    figure = (
        trace_figure(facts, whose=lambda _: NASTY[3])
        if at is None
        else walk_figure(facts, at, whose=lambda _: NASTY[3])
    )
    root = parse(figure.svg)
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "polygon", "path", "text", "tspan"}
    assert float(str(root.get("width")).removesuffix("pt")) <= 900
    assert "<script" not in figure.html
    for text in (figure.svg, figure.text, figure.alt, figure.html):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)


def test_a_walk_tells_no_more_than_the_packet_has_seen(c):
    """At each hop the picture has the hops so far, marks this one, and leaves the rest open."""
    facts = PICTURES["pod-to-service"](c).facts
    for at in range(1, len(facts.hops) + 1):
        words = said(walk_figure(facts, at))
        assert words.count("▶") == 1
        assert words.count("still ahead") == len(facts.hops) - at
        assert ("✓ connected" in words) is (at == len(facts.hops))


def test_a_name_is_asked_for_beside_the_way():
    """DNS is no box on the way: what it answered is inside the sender's box, and the first arrow has the address."""
    figure = kn.load("guestbook").trace("http://frontend", source="pod/client")
    drawn = figure.dot
    assert '"h0"' not in drawn
    assert "h0:out" not in drawn
    assert "asked before: cluster DNS at 10.96.0.10" in figure.svg.replace("\u00a0", " ")
    assert figure.text.splitlines()[1].startswith(" 1. cluster DNS at 10.96.0.10: ")
    assert figure.hops[0].kind == "name"


def test_a_name_that_nobody_answers_is_the_end_of_the_way():
    """Where the query for a name is dropped, nothing was sent: then DNS is the one box."""
    c = kn.load("guestbook")
    deny = {"podSelector": {}, "policyTypes": ["Egress"]}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    c.apply({**kind, "metadata": {"name": "deny"}, "spec": deny})
    figure = c.trace("http://frontend", source="pod/client")
    assert figure.outcome == "unresolved"
    assert "asked before" not in figure.svg
    assert "h0" in figure.dot
