"""What is said of small worlds with nearly everything in them, so that a change of any answer is seen.

`tests/golden/worlds/` was not recorded: it holds this package's own answers (K8SNOTES_GOLDEN=write writes them), of
which whoever changes one reads the difference. They say when an answer changes; the recordings of kube-proxy, of the scheduler
and of kubectl, and the tests of each rule, say what is right.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

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
        facts = [f"at {hop.node}"] if hop.node else []
        facts += ["between Nodes"] if hop.between else []
        facts += [f"{len(hop.rules)} rules"] if hop.rules else []
        facts += [f"ends: {hop.ends}"] if hop.ends else []
        noted = f" ({', '.join(facts)})" if facts else ""
        lines.append(f"  {hop.kind}, {hop.place}: {hop.what}{''.join(changed)}{noted}")
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


def told_of_a_dump() -> str:
    c = from_dump()
    asked = [
        ("pod/client", f"http://{name}")
        for name in ("web", "sick", "nobody", "bare", "headless", "local", "host")
    ]
    asked += [("outside", "lb:80"), ("pod/client", "10.96.200.1:80"), ("pod/client", "node-1:30080")]
    return "\n".join([behind(c), *(answered(c, *question) for question in asked)])


def as_reviewed(name: str, told: str) -> None:
    """Compare with the file of this name; K8SNOTES_GOLDEN=write writes it."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told + "\n", encoding="utf-8", newline="\n")
    assert told + "\n" == path.read_text(encoding="utf-8")


def test_the_way_of_packets_of_a_pod():
    """To every sort of Service by its name, and to names that lead nowhere."""
    as_reviewed("traces-of-a-pod", traces(net(), "pod/client"))


def test_the_way_of_packets_from_outside():
    """To node ports, load balancers, external IPs and addresses that cannot be reached from there."""
    as_reviewed("traces-from-outside", traces(net(), "outside"))


def test_the_way_of_packets_of_a_node():
    """From a Node itself, to Services, to itself and to addresses that nobody has."""
    as_reviewed("traces-of-a-node", traces(net(), "node-1") + "\n" + traces(net(), "node-2"))


def test_the_way_of_packets_of_other_pods():
    """From a Pod on the network of its Node, and from Pods that stand behind the Service that they call."""
    as_reviewed(
        "traces-of-other-pods", "\n".join(traces(net(), f"pod/{name}") for name in ("host", "web-1", "one"))
    )


def test_the_endpoints_of_every_sort_of_service():
    """Who is ready, who is not, who is left out, and why."""
    as_reviewed("endpoints", behind(net()))


def test_a_dump_without_nodes_and_slices():
    """What has to be assumed is said."""
    as_reviewed("dump", told_of_a_dump())


def test_the_rules_of_a_node_in_words():
    """Of some Services each."""
    names = ("web", "local", "ranges", "outer", "sticky", "nobody", "headless", "ext")
    as_reviewed("rules", "\n".join(net().rules("node-1", f"svc/{name}").text for name in names))


def test_the_map_and_the_three_ips():
    """All Services and Pods, and their addresses."""
    as_reviewed("map", f"{net().service_map().text}\n{net().three_ips().text}")


def test_the_ways_in():
    """Of Services that can be reached from outside, and of one that cannot."""
    names = ("np", "local", "lb", "lblocal", "ranges", "web", "outer")
    as_reviewed("ways-in", "\n".join(net().way_in(f"svc/{name}").text for name in names))


@cache
def work() -> kn.Cluster:
    """The world of workloads."""
    return worlds.workshop()


def test_what_a_change_of_labels_does():
    """To Pods, Nodes, and objects that nobody selects."""
    told = []
    made = next(item.ref for item in work().objects("replicasets") if item.owner)
    for ref, *changes in worlds.LABELS:
        told.append(f"{ref} {' '.join(changes)}")
        told.append(work().copy().label(made if ref == "rs/of-web" else ref, *changes).text)
    as_reviewed("labels", "\n".join(told))


def test_why_pods_wait():
    """One for each reason."""
    waiting = [item.ref for item in work().objects("pods") if item.phase == "Pending"]
    as_reviewed("pending", "\n".join(work().why_pending(ref).text for ref in waiting))


def test_what_is_left_of_the_nodes():
    """Capacity, quota and use."""
    c = work()
    as_reviewed(
        "capacity",
        f"{c.capacity().text}\n{c.capacity('node-1').text}\n{c.quota().text}\n{c.top()}\n{c.top('nodes')}",
    )


def test_what_has_changed():
    """Between two moments, folded and unfolded, and step by step."""
    later = work().copy()
    worlds.go_on(later)
    told = (later.diff(work()).text, later.diff(work(), unfold=True).text, later.timeline(since=work()).text)
    as_reviewed("difference", "\n".join(told))


def test_the_inside_of_pods():
    """Their containers, addresses and volumes."""
    as_reviewed("inside", "\n".join(work().inside(item.ref).text for item in work().objects("pods")[:9]))


def test_the_lives_of_pods():
    """What has become of them, and when."""
    as_reviewed("life", "\n".join(work().life(item.ref).text for item in work().objects("pods")[:9]))


def test_the_architecture():
    """The Master, the Nodes and what runs there."""
    as_reviewed("architecture", work().architecture().text)


def test_the_tables_of_kubectl():
    """`kubectl get -o wide` of many kinds."""
    as_reviewed("tables", "\n".join(work().kubectl(f"get {kind} -o wide").stdout for kind in worlds.KINDS))


def test_the_pages_of_kubectl():
    """`kubectl describe` of many kinds."""
    as_reviewed("pages", "\n".join(work().kubectl(f"describe {kind}").stdout for kind in worlds.PAGES))
