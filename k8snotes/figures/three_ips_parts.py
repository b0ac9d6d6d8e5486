"""The parts of the picture of the three IPs that need no arrows: its key, the ways, the Nodes by themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from k8snotes.figures import palette
from k8snotes.figures.html_label import Html, address, bold, box, heading, label, note, table
from k8snotes.figures.wording import count, listed, plain

if TYPE_CHECKING:
    from k8snotes.facts.three_ips import NodeAddress, ThreeIPs
    from k8snotes.figures.html_label import Line

__all__ = ["header", "node_lines", "packed_nodes", "share", "ways"]

_PACKED = 200  # points: a Node among many
_MOST_NODES = 24


def header(facts: ThreeIPs) -> Html:
    """Return the key over the picture: the three networks, their ranges, and what is real."""
    networks = (
        (
            "Node IP",
            facts.node_range,
            "real: on cards of machines",
            "other machines share it",
            palette.NODE,
        ),
        ("Pod IP", facts.pod_range, "real, on virtual cards", share(facts), palette.POD),
        ("Cluster IP", facts.service_range, "virtual: on no card", "only in rules", palette.SERVICE),
    )
    cells = []
    for name, cidr, words, more, look in networks:
        lines: list[Line] = [[bold(name), "   ", address(cidr, look)], words, more]
        cells.append(box(lines, look, limit=190, width=190))
    return table([cells])


def share(facts: ThreeIPs) -> str:
    """Say which part of the Pod range each Node has."""
    prefixes = {node.pod_cidr.partition("/")[2] for node in facts.nodes}
    length = plain(prefixes.pop()) if len(prefixes) == 1 else ""
    return f"a /{length} for each Node" if length else "a part of it for each Node"


def ways(facts: ThreeIPs) -> list[Line]:
    """Return the lines that stand under the shorter column: the ways between the networks, and where none is."""
    lines: list[Line] = [[bold("The ways between them")]]
    for way in facts.ways:
        sign = "✓" if way.open else "✗"
        lines.append([bold(f"{sign} {way.start} → {way.end}:"), f" {way.how}"])
    return lines


def node_lines(node: NodeAddress) -> list[Line]:
    """Return the lines that a Node's box begins with: its name, its address, the range of its Pods."""
    there = address(node.ip, palette.NODE) if node.ip else note("not told", palette.MUTED)
    lines: list[Line] = [heading(f"Node {node.name}", "", most=34), ["Node IP ", there]]
    if node.pod_cidr:
        lines.append(["its Pods are in ", address(node.pod_cidr, palette.POD)])
    return lines


def packed_nodes(facts: ThreeIPs) -> Html:
    """Return the frames of many Nodes by twos, each with its Pods counted and not drawn."""
    boxes = []
    for at, node in enumerate(facts.nodes[:_MOST_NODES]):
        states = Counter(pod.state for pod in node.pods)
        counts = [f"{palette.sign_of(state)} {many} {state}" for state, many in sorted(states.items())]
        makers = dict.fromkeys(pod.workload.partition("/")[2] or pod.name for pod in node.pods)
        lines = node_lines(node)
        lines.append([bold(count(len(node.pods), "Pod")), f"   {'   '.join(map(plain, counts))}"])
        lines += [f"of {listed(makers, 2)}"] if makers else []
        boxes.append(box(lines, palette.NODE, limit=_PACKED, width=_PACKED, port="" if at else "line"))
    left_out = len(facts.nodes) - len(boxes)
    if left_out:
        boxes.append(label([[note(f"and {left_out} more Nodes, told in words", palette.MUTED)]]))
    return table([boxes[at : at + 2] for at in range(0, len(boxes), 2)], spacing=4)
