"""The three IPs as a picture: Nodes and Services cross each other, Pods stand in the crossings, and it fits a screen."""

from __future__ import annotations

import re

import pytest
from test_figures_pictures import many_addresses, nasty_addresses, networks, parse

import k8snotes as kn
from k8snotes.facts.three_ips import ThreeIPs
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import Box, Label, Link
from k8snotes.figures.three_ips import three_ips_figure

PICTURES = {
    "guestbook": lambda: kn.load("guestbook").three_ips(),
    "guestbook-broken": lambda: kn.load("guestbook-broken").three_ips(),
    "networks": lambda: three_ips_figure(networks()),
    "60 Pods": lambda: three_ips_figure(many_addresses(60, 3)),
    "1000 Pods": lambda: three_ips_figure(many_addresses(1000, 20)),
    "many Services": lambda: three_ips_figure(many_services(1000)),
    "nothing": lambda: three_ips_figure(ThreeIPs("", "", "", (), (), ())),
    "no Services": lambda: three_ips_figure(networks()._replace(services=())),
    "no Nodes": lambda: three_ips_figure(networks()._replace(nodes=())),
    "hostile names": lambda: three_ips_figure(nasty_addresses()),
}


def many_services(number: int) -> ThreeIPs:
    """The networks with so many Services, of which the last leads nowhere."""
    facts = networks()
    good, bad = facts.services[0], facts.services[2]
    names = [f"web-{at}" for at in range(number - 1)]
    services = [good._replace(name=name, ref=f"service/{name}") for name in names]
    return facts._replace(services=(*services, bad))


def words(figure: Figure) -> list[str]:
    """The texts of the drawing."""
    return ["".join(node.itertext()) for node in parse(figure.svg).iter() if node.tag.endswith("}text")]


def spot(item: Box | Label) -> tuple[float, float, float, float]:
    """The sides of a thing of the picture: left, upper, right, lower."""
    (x, y), (wide, high) = item.at, size_of(item)
    return x, y, x + wide, y + high


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_fits_a_screen(name: str) -> None:
    """However many Nodes, Pods and Services there are, the picture is no larger than a cell at 1280 x 800."""
    root = parse(PICTURES[name]().svg)
    assert int(root.get("width", 0)) <= WIDEST
    assert int(root.get("height", 0)) <= HIGHEST


def test_a_pod_stands_where_its_service_crosses_its_node() -> None:
    """The box of a Pod is within the column of its Node and within the row of the Service that leads to it."""
    facts = kn.load("guestbook").three_ips().facts
    drawn = three_ips_figure(facts).scene.drawn
    assert not any(isinstance(item, Link) for item in drawn)
    boxes = [item for item in drawn if isinstance(item, Box)]
    heads = {box.ref: spot(box) for box in boxes if box.ref.startswith("node/")}
    rows = {box.keys: spot(box) for box in boxes if box.size and box.id}
    for service in facts.services:
        key = next(box.keys for box in boxes if box.ref == service.ref)
        for node in facts.nodes:
            for pod in (pod for pod in node.pods if pod.ref in service.pods):
                left, upper, right, lower = spot(
                    next(box for box in boxes if box.ref == pod.ref and box.keys == key)
                )
                assert heads[f"node/{node.name}"][0] <= left < right <= heads[f"node/{node.name}"][2]
                assert rows[key][1] <= upper < lower <= rows[key][3]


def test_the_rules_of_a_service_are_on_every_node() -> None:
    """Where a Service crosses a Node without such a Pod, the picture says that its rules are there; DNS has none."""
    facts = networks()
    said = words(three_ips_figure(facts))
    with_rules = [service for service in facts.services if service.cluster_ip not in ("", "None")]
    pods = {pod.ref: node.name for node in facts.nodes for pod in node.pods}
    empty = sum(
        len(facts.nodes) - len({pods[ref] for ref in service.pods if ref in pods}) for service in with_rules
    )
    assert said.count("the rules are here too") == empty


def test_many_nodes_are_counted_and_many_services_folded() -> None:
    """In a crossing stands the number of ready Pods; a Service that leads nowhere is shown, however many others are."""
    said = words(PICTURES["1000 Pods"]())
    assert "+ 13" in said
    assert "10" in " ".join(said)
    assert "node-0" in said
    folded = words(PICTURES["many Services"]())
    assert any(re.fullmatch(r"and 99\d that lead to Pods", text) for text in folded)
    assert "old" in folded
    unfolded = words(three_ips_figure(many_services(30), unfold=True))
    assert {f"web-{at}" for at in range(29)} <= set(unfolded)


def test_each_pod_of_many_nodes_can_be_unfolded() -> None:
    """Unfolded, some Nodes stand under the others, and no picture is wider than a cell."""
    facts = many_addresses(60, 10)
    figure = three_ips_figure(facts, unfold=True)
    assert int(parse(figure.svg).get("width", 0)) <= WIDEST
    shown = {box.ref for box in figure.scene.drawn if isinstance(box, Box)}
    assert {pod.ref for node in facts.nodes for pod in node.pods} <= shown


def test_the_ways_stand_under_the_picture() -> None:
    """Each way has its sign, and says how a packet goes, or why not."""
    facts = networks()
    said = words(three_ips_figure(facts))
    for way in facts.ways:
        assert f"{way.start} → {way.end}" in said
    assert "<pending>" in " ".join(said)
