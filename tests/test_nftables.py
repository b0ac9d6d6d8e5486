"""kube-proxy in nftables mode: the ruleset of a Node, and what it makes of a packet, as a real one had them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_kube_proxy import (
    API_SERVER,
    NAMES,
    WEB_PORT,
    Recorded,
    check_facts,
    endpoint,
    make_service,
    make_slice,
)

import k8snotes as kn
from k8snotes.network.state import external_ips
from k8snotes.node import iptables_mode, nftables_mode


class RecordedInNftables(Recorded):
    """One recorded set, with the rules of nftables mode."""

    def written(self):
        return nftables_mode.rules(
            "node1", self.services, self.slices, node_ips=self.node_ips, service_cidr="10.96.0.0/16"
        )


@pytest.fixture(scope="module", params=NAMES)
def recorded(request):
    return RecordedInNftables(request.param)


def blocks(text):
    """The sets, maps and chains by their heads; the kernel lists the elements of a set in any order."""
    text = text.replace(API_SERVER, "<apiserver>")
    text = re.sub(r" expires \\w+", "", text)
    found = {}
    for head, body in re.findall(r"\n\t(\w+ \S+) \{\n(.*?)\n\t\}", text, re.DOTALL):
        lines = re.sub(r",\n\s+", ", ", body).split("\n")
        elements = [line for line in lines if "elements = {" in line]
        rest = [line.strip() for line in lines if line not in elements]
        items = [re.findall(r"\{ (.*) \}", line)[0].split(", ") for line in elements]
        # which clients an endpoint remembers is no rule
        known = [] if head.startswith("set affinity-") else sorted(items[0]) if items else []
        found[head] = (rest, known)
    return found


def test_the_ruleset_is_that_of_a_real_kube_proxy(recorded):
    """All sets, maps and chains are the same, names and comments included, to the letter."""
    theirs = blocks(recorded.answer["rules"]["nftables"])
    ours = blocks(str(recorded.rules))
    assert ours.keys() == theirs.keys()
    for head, block in theirs.items():
        assert ours[head] == block, head


def test_what_was_tried_ends_as_the_ruleset_says(recorded):
    """Every recorded attempt connects, is refused or dies as the rules and the listeners say, with these backends."""
    check_facts(recorded, recorded.answer["facts"]["nftables"])


# ---- beside iptables mode


def packets(services):
    """Every kind of packet to the addresses of these Services: destination, port, origin, source."""
    node_ports = [port.node_port for service in services for port in service.ports if port.node_port]
    ports = [80, 81, *node_ports]
    ips = [service.cluster_ip for service in services]
    outside = [ip for service in services for ip in (*external_ips(service), *service.load_balancer_ips)]
    for origin, source in (
        ("pod", "10.244.1.9"),
        ("pod", "10.244.1.2"),
        ("node", ""),
        ("outside", "203.0.113.5"),
        ("outside", "198.18.0.1"),
    ):
        for ip in (*ips, *outside, "192.168.0.11", "10.244.1.2", "198.51.100.250"):
            if not (origin == "outside" and ip in ips):  # no route leads there
                yield from ((ip, port, origin, source) for port in ports)


ends = st.lists(
    st.builds(
        lambda place, **conditions: endpoint(*place, **conditions),
        st.sampled_from([("10.244.1.2", "node-1"), ("10.244.1.3", "node-1"), ("10.244.2.2", "node-2")]),
        ready=st.booleans(),
        serving=st.booleans(),
        terminating=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda item: item["addresses"][0],
)
local = st.sampled_from(["Cluster", "Local"])
specs = st.fixed_dictionaries(
    {"type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"])},
    optional={
        "externalTrafficPolicy": local,
        "internalTrafficPolicy": local,
        "externalIPs": st.just(["198.51.100.9"]),
        "loadBalancerSourceRanges": st.sampled_from(
            [["203.0.113.0/24"], ["192.168.0.0/16", "203.0.113.0/24"]]
        ),
    },
)


def service_of(spec):
    made = make_service(**{**spec, **({} if spec["type"] == "ClusterIP" else {"nodePort": 30080})})
    if spec["type"] == "LoadBalancer":
        made.raw["status"] = {"loadBalancer": {"ingress": [{"ip": "198.51.100.7"}]}}
    return made


@settings(max_examples=150, deadline=None)
@given(spec=specs, there=ends)
def test_both_modes_decide_alike_but_for_what_is_told(spec, there):
    """Each packet ends as in iptables mode, with the same endpoints, chances and sources.

    But a Cluster IP refuses what is sent to another port, and the Node's own packets to outside addresses are refused, too.
    """
    services, slices = [service_of(spec)], [make_slice("web", there, WEB_PORT)]
    node_ips = ["192.168.0.11"]
    before = iptables_mode.rules("node-1", services, slices, node_ips=node_ips)
    after = nftables_mode.rules("node-1", services, slices, node_ips=node_ips, service_cidr="10.96.0.0/16")
    for ip, port, origin, source in packets(services):
        one = before.decide(ip, port, origin=origin, source=source)
        other = after.decide(ip, port, origin=origin, source=source)
        where = (ip, port, origin, source)
        if other.cause == "wrong-port":
            assert one.outcome == "no rule", where
            assert ip == services[0].cluster_ip, where
            continue
        if origin == "node" and other.external and one.outcome == "no rule":
            # iptables mode has no rule for what the Node itself sends to an outside address without endpoints
            assert other.cause in ("no-endpoints", "no-local-endpoints", "source-ranges"), where
            continue
        if other.cause == "source-ranges" and one.cause == "no-endpoints":
            continue  # nftables mode asks first who sends, also where nobody serves
        assert (one.outcome, one.cause) == (other.outcome, other.cause), where
        assert one.external == other.external, where
        facts = [
            sorted((b.address, round(b.probability, 9), b.masqueraded) for b in decision.backends)
            for decision in (one, other)
        ]
        assert facts[0] == facts[1], where


def test_a_cluster_ip_of_no_service_is_dropped():
    """What is sent into the range of the Services, to no Service, gets no answer; without the range no rule is about it."""
    for service_cidr, outcome in (("10.96.0.0/16", "drop"), ("", "no rule")):
        held = nftables_mode.rules("node-1", [make_service()], [], service_cidr=service_cidr)
        assert held.decide("10.96.200.1", 80, source="10.244.1.9").outcome == outcome


def test_a_remembered_client_goes_to_the_same_endpoint():
    """With sessionAffinity, who was served by an endpoint is sent to it again."""
    made = make_service(sessionAffinity="ClientIP")
    slices = [make_slice("web", [endpoint("10.244.1.2"), endpoint("10.244.2.2", "node-2")], WEB_PORT)]
    held = nftables_mode.rules("node-1", [made], slices)
    first = held.decide("10.96.0.20", 80, source="10.244.1.9")
    assert [backend.probability for backend in first.backends] == [0.5, 0.5]
    for backend in first.backends:
        again = held.decide("10.96.0.20", 80, source="10.244.1.9", remembered=[backend.chain])
        assert [(b.address, b.probability) for b in again.backends] == [(backend.address, 1.0)]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"destination": "web"}, 'The destination "web" is no IPv4 address'),
        ({"port": 0}, "Ports go from 1 to 65535"),
        ({"origin": "pods"}, 'Did you mean "pod"?'),
    ],
)
def test_a_packet_that_cannot_be_is_explained(wrong, says):
    """A wrong address, port or origin is named, with what to write."""
    asked = {"destination": "10.96.0.20", "port": 80, "source": "10.244.1.9", **wrong}
    with pytest.raises(kn.AddressError, match=re.escape(says)):
        nftables_mode.rules("node-1", [], []).decide(**asked)


# ---- a cluster in this mode


@pytest.fixture(scope="module")
def guestbook():
    c = kn.load("guestbook", proxy="nftables")
    c.settle()
    return c


def test_a_wrong_port_is_refused_and_a_ping_is_not_answered(guestbook):
    """A Cluster IP refuses a port that its Service does not have; the reason says that it is this mode."""
    ip = guestbook["svc/frontend"].cluster_ip
    wrong = guestbook.trace(f"{ip}:31080", source="pod/client")
    assert wrong.outcome == "refused"
    assert "kube-proxy in nftables mode refuses" in wrong.text
    assert "its node port" in wrong.facts.hint
    ping = guestbook.ping(ip, source="pod/client")
    assert ping.outcome == "no reply"
    assert "refuses" in ping.text
    unused = guestbook.trace("10.96.200.200:80", source="pod/client")
    assert unused.outcome == "timeout"
    assert "drops" in unused.text
    assert any("cluster-ips-check" in rule for hop in unused.facts.hops for rule in hop.rules)


def test_a_node_port_is_open_at_the_primary_address_alone(guestbook):
    """At 127.0.0.1 a node port is closed, and the reason says where it is open."""
    assert guestbook.trace("192.168.0.11:31080").outcome == "connected"
    closed = guestbook.trace("127.0.0.1:31080", source="node/node-1")
    assert closed.outcome == "refused"
    assert "takes node ports only at the primary address of node-1" in closed.text
    assert closed.facts.hint == "Call 192.168.0.11:31080."


def test_the_rules_of_a_node_are_told_from_the_ruleset(guestbook):
    """c.rules has the whole list, a row for each rule and element, and a picture by Service."""
    figure = guestbook.rules("node-1")
    assert figure.nft_ruleset == str(guestbook.simulation.network.rules("node-1"))
    assert figure.iptables_save == ""
    assert len(figure.table) == figure.facts.size
    ends = {end.address for port in figure.facts.ports for end in port.endpoints}
    ready = {end.address for end in guestbook.endpoints("svc/frontend").ready}
    assert {f"{address}:8080" for address in ready} <= ends
    one = guestbook.rules("node-1", "svc/cache")
    assert all("default/cache" in line for line in one.lines)
    assert [act.chance for act in one.facts.ports[0].choosers[0].chosen] == [0.5, 0.5]
    assert "As nft list ruleset prints it:" in one.text
    assert "<svg" in one.svg


def test_a_copy_keeps_the_mode_and_a_mode_that_is_none_is_explained():
    """The mode belongs to the cluster; a wrong one is named, with what to write."""
    c = kn.Cluster(nodes=1, proxy="nftables")
    assert c.copy().rules("node-1").nft_ruleset
    with pytest.raises(
        kn.ClusterError, match=r'Write proxy="iptables" or proxy="nftables". Did you mean "nftables"\?'
    ):
        kn.Cluster(nodes=1, proxy="nftable")
