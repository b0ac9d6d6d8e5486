"""What is said of small worlds with nearly everything in them, as it was read and found good.

`tests/golden/worlds/` was not recorded: it holds the answers of this package on the day when they were read through
(K8SNOTES_GOLDEN=write writes them). They say when an answer changes; the recordings of kube-proxy, of the scheduler
and of kubectl, and the tests of each rule, say what is right.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
import worlds

import k8snotes as kn
from k8snotes.network.trace import Trace

GOLDEN = Path(__file__).parent / "golden" / "worlds"


@cache
def net() -> kn.Cluster:
    """The world of packets."""
    return worlds.world()


def way(trace: Trace) -> str:
    """Return a packet's way, a line for each place, with its addresses where they change."""
    lines = [f"  {trace.outcome}: {trace.reason}"]
    for hop in trace.hops:
        changed = [
            f" [{name} {before} -> {after}]"
            for name, before, after in (
                ("source", hop.source_before, hop.source_after),
                ("destination", hop.destination_before, hop.destination_after),
            )
            if before != after
        ]
        lines.append(f"  {hop.kind}, {hop.place}: {hop.what}{''.join(changed)}")
    more = (
        trace.hint,
        trace.answer,
        *trace.notes,
        f"the server sees {trace.client_seen}" if trace.client_seen else "",
    )
    return "\n".join([*lines, *(f"  = {line}" for line in more if line)])


def answered(c: kn.Cluster, source: str, target: str) -> str:
    try:
        told = way(c.trace(target, source).facts)
    except kn.K8sNotesError as error:
        told = f"  {type(error).__name__}: {error}"
    return f"{source} -> {target}\n{told}"


def traces(c: kn.Cluster, source: str) -> str:
    return "\n".join(
        answered(c, sender, target) for sender, target in worlds.questions(c) if sender == source
    )


def behind(c: kn.Cluster) -> str:
    return "\n".join(str(c.endpoints(f"svc/{name}")) for name in worlds.SERVICES)


def from_dump() -> kn.Cluster:
    """The same world as a dump that has neither Nodes nor EndpointSlices, as `kubectl get all` leaves them out."""
    listed = net().kubectl("get pods,services -o yaml").stdout
    return kn.load(listed)


def told_of_a_dump(_c: kn.Cluster) -> str:
    c = from_dump()
    asked = [
        ("pod/client", f"http://{name}")
        for name in ("web", "sick", "nobody", "bare", "headless", "local", "host")
    ]
    asked += [("outside", "lb:80"), ("pod/client", "10.96.200.1:80"), ("pod/client", "node-1:30080")]
    return "\n".join([behind(c), *(answered(c, *question) for question in asked)])


NET = {
    "traces-of-a-pod": lambda c: traces(c, "pod/client"),
    "traces-from-outside": lambda c: traces(c, "outside"),
    "traces-of-a-node": lambda c: traces(c, "node-1") + "\n" + traces(c, "node-2"),
    "traces-of-other-pods": lambda c: "\n".join(
        traces(c, f"pod/{name}") for name in ("host", "web-1", "one")
    ),
    "endpoints": behind,
    "dump": told_of_a_dump,
    "rules": lambda c: "\n".join(
        c.rules("node-1", f"svc/{name}").text
        for name in ("web", "local", "ranges", "outer", "sticky", "nobody", "headless", "ext")
    ),
    "map": lambda c: f"{c.service_map().text}\n{c.three_ips().text}",
    "ways-in": lambda c: "\n".join(
        c.way_in(f"svc/{name}").text for name in ("np", "local", "lb", "lblocal", "ranges", "web", "outer")
    ),
}


@cache
def work() -> kn.Cluster:
    """The world of workloads."""
    return worlds.workshop()


def labelled(c: kn.Cluster) -> str:
    told = []
    for ref, *changes in worlds.LABELS:
        told.append(f"{ref} {' '.join(changes)}\n{c.copy().label(ref, *changes).text}")
    return "\n".join(told)


def pending(c: kn.Cluster) -> str:
    return "\n".join(c.why_pending(item.ref).text for item in c.objects("pods") if item.phase == "Pending")


def differing(c: kn.Cluster) -> str:
    later = c.copy()
    worlds.go_on(later)
    return f"{later.diff(c).text}\n{later.diff(c, unfold=True).text}\n{later.timeline(since=c).text}"


WORK = {
    "labels": labelled,
    "pending": pending,
    "capacity": lambda c: (
        f"{c.capacity().text}\n{c.capacity('node-1').text}\n{c.quota().text}\n{c.top()}\n{c.top('nodes')}"
    ),
    "difference": differing,
    "life": lambda c: "\n".join(c.life(item.ref).text for item in c.objects("pods")[:9]),
    "inside": lambda c: "\n".join(c.inside(item.ref).text for item in c.objects("pods")[:9]),
    "architecture": lambda c: c.architecture().text,
    "tables": lambda c: "\n".join(c.kubectl(f"get {kind} -o wide").stdout for kind in worlds.KINDS),
    "pages": lambda c: "\n".join(c.kubectl(f"describe {kind}").stdout for kind in worlds.PAGES),
}


@pytest.mark.parametrize("name", [*NET, *WORK])
def test_what_is_said_is_as_reviewed(name):
    """Each answer is the one that was read, word for word."""
    told = (NET[name](net()) if name in NET else WORK[name](work())) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")
