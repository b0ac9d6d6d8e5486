"""Traces as pictures: what they say, where they stand, and that nothing in them is cut off."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_figures_pictures import NASTY, parse, said
from test_ingress import SIMPLE, lab

import k8snotes as kn
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.scene import Bar, Box, Link
from k8snotes.figures.trace import sign_of, trace_figure, walk_figure
from k8snotes.network.trace import OUTCOMES, Hop, Share, Trace

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


@pytest.mark.parametrize("detail", ["full", "plain"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_trace_fits_a_notebook(name, detail, c):
    """No picture of a trace is wider or higher than a screen, and everything in it stands inside it."""
    figure = PICTURES[name](c) if detail == "full" else in_plain(PICTURES[name](c))
    assert fits(figure)


def in_plain(figure: Figure) -> Figure:
    return trace_figure(figure.facts.in_plain, plainly=True)


def fits(figure: Figure) -> bool:
    root = parse(figure.svg)
    texts = [node for node in root.iter() if node.tag.endswith("}text")]
    wide, high = int(root.get("width", 0)), int(root.get("height", 0))
    ends = [float(node.get("x")) + float(node.get("textLength") or 0) for node in texts]
    return (
        wide <= WIDEST
        and high <= HIGHEST
        and min(float(node.get("x")) for node in texts) >= 0
        and max(ends) <= wide
        and all(int(node.get("font-size") or 13) >= 12 for node in texts)
    )


@pytest.mark.parametrize("name", PICTURES)
def test_every_hop_has_its_box(name, c):
    """Number and place of each hop stand in the picture, and at the end how it ended, in a word and a sign."""
    figure = PICTURES[name](c)
    words = said(figure)
    for number, hop in enumerate(figure.hops, 1):
        place = hop.place.removeprefix(f"{hop.node}: ")  # its Node stands beside it
        assert f"{number} {place}"[:24] in words  # a long name is shortened
    end = f"{sign_of(figure.facts)} {OUTCOMES[figure.outcome]}"
    assert end in words
    assert figure.verdict.startswith(end)


def test_new_addresses_are_marked(c):
    """Where a rule gives the packet another address, a mark says so, and under it is whose it is."""
    figure = PICTURES["node-port"](c)
    words = said(figure)
    assert f"▸ {figure.server_ip}:8080 Pod IP of pod/" in words
    assert f"▸ {figure.client_seen} Node IP of node-1" in words
    assert words.count("the same") == sum(
        not (number == 0 or hop.ends or hop.rewrites_source or hop.rewrites_destination)
        for number, hop in enumerate(figure.hops)
    )


def test_a_node_stands_beside_its_hops(c):
    """The frame of a Node goes from its first hop to its last; what lies between two machines stands beside none."""
    figure = PICTURES["node-port"](c)
    frames = {box.ref: box.keys for box in figure.scene.drawn if isinstance(box, Box) and box.size}
    nodes = [(f"node/{hop.node}", at) for at, hop in enumerate(figure.hops) if hop.node and not hop.between]
    assert frames == {ref: tuple(f"hop{at}" for other, at in nodes if other == ref) for ref, _at in nodes}
    between = next(at for at, hop in enumerate(figure.hops) if hop.place == "the network between the Nodes")
    assert not any(f"hop{between}" in keys for keys in frames.values())


def test_the_longest_bar_is_that_of_most_requests(c):
    """Bars are measured by the end that most came to, and the ends that are not shown are summed up."""
    for name, rest in (("forty", False), ("sixty-endpoints", True)):
        figure = PICTURES[name](c)
        (box,) = [box for box in figure.scene.drawn if isinstance(box, Box) and box.id == "spread"]
        bars = [row[1] for table in box.inside for row in table.rows if isinstance(row[1], Bar)]
        shares = [share.requests for share in figure.spread if share.requests]
        shown = len(bars) - rest
        assert [bar.pieces[0].amount for bar in bars[:shown]] == shares[:shown]
        assert {bar.whole for bar in bars} == {max(shares)}
        assert bool(re.search(r"each of \d+ more \d+ to \d+", said(figure))) is rest


def test_a_long_way_is_told_in_few_pixels():
    """Twelve hops through the controller of an Ingress, with the spread of many requests, still fit a screen."""
    shop = lab(SIMPLE)
    figure = shop.trace("http://shop.example.com/", times=30)
    assert len(figure.hops) >= 12
    assert fits(figure)
    assert all(f"{number} " in said(figure) for number in range(1, len(figure.hops) + 1))


def test_a_short_way_in_plain_words_goes_from_left_to_right(c):
    """Three boxes on their Nodes, the packet's addresses between them, and a row for each arrow and the answer."""
    figure = in_plain(PICTURES["pod-to-service"](c))
    words, server = said(figure), f"{figure.server_ip}:6379"
    assert [word in words for word in ("1 client", "2 kube-proxy's rules", "bridge", "veth")] == [
        True,
        True,
        False,
        False,
    ]
    assert words.count(f"▸ {server}") == 2  # on the arrow, and in the table
    assert words.count("1 → 2") == words.count("2 → 3") == words.count("answer from") + 1
    links = [link for link in figure.scene.drawn if isinstance(link, Link)]
    assert [(link.tail, link.head) for link in links] == [
        ("s0:e", "s1:w"),
        ("s1:e", "s2:w"),
        ("s0:n", "dns:s"),
    ]


def test_an_arrow_to_where_a_packet_is_lost_ends_at_a_bar(c):
    """A refused packet goes no further: its last arrow is cut, and the box at its end says how it ended."""
    figure = in_plain(PICTURES["no-endpoints"](c))
    link = [link for link in figure.scene.drawn if isinstance(link, Link) and link.head != "dns:s"][-1]
    assert link.way["arrowhead"] == "tee"
    assert "✗ refused" in said(figure)


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
    assert tags <= {"svg", "style", "title", "desc", "g", "rect", "polygon", "polyline", "text"}
    assert int(root.get("width", 0)) <= WIDEST
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


@pytest.mark.parametrize(
    ("proxy", "chains"),
    [("iptables", r"KUBE-SERVICES ▸ KUBE-SVC-\w+ ▸ "), ("nftables", r"services ▸ service-\w+")],
)
def test_the_chains_of_the_rules_are_named(proxy, chains):
    """Under what the rules do stand the chains that the packet went through, in both modes of kube-proxy."""
    c = kn.load("guestbook", proxy=proxy)
    assert re.search(chains, said(c.trace("http://cache:6379", source="pod/client")))


def test_a_walk_moves_nothing(c):
    """The picture has the same size at every hop."""
    for name in ("pod-to-service", "node-port"):
        facts = PICTURES[name](c).facts
        sizes = {tuple(walk_figure(facts, at).svg.split()[2:4]) for at in range(1, len(facts.hops) + 1)}
        assert len(sizes) == 1


def test_a_name_is_asked_for_beside_the_way():
    """In plain words DNS is no stop of the way: it stands over the sender, with what it was asked and what it said."""
    figure = kn.load("guestbook").trace("http://frontend", source="pod/client", detail="plain")
    words = said(figure)
    assert "cluster DNS at 10.96.0.10" in words
    assert "asked: frontend before the first packet told: 10.96.1.1 Cluster IP of service/frontend" in words
    assert figure.text.splitlines()[2].startswith("first: cluster DNS at 10.96.0.10: ")
    assert figure.text.splitlines()[4].startswith(" 1. pod/client: ")
    assert figure.hops[0].kind == "name"


def test_a_name_that_nobody_answers_is_the_end_of_the_way():
    """Where the query for a name is dropped, nothing was sent: then DNS is the one box."""
    c = kn.load("guestbook")
    deny = {"podSelector": {}, "policyTypes": ["Egress"]}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    c.apply({**kind, "metadata": {"name": "deny"}, "spec": deny})
    figure = c.trace("http://frontend", source="pod/client")
    assert figure.outcome == "unresolved"
    assert "before the first packet" not in figure.svg
    assert [box.id for box in figure.scene.drawn if isinstance(box, Box)] == ["h0"]
