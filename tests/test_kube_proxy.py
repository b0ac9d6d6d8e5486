"""kube-proxy: the rules of a Node, and what they make of a packet, as a real one had them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.manifest import documents
from k8snotes.control_plane import caches
from k8snotes.control_plane.endpoint_rules import has_endpoint, judge
from k8snotes.errors import AddressError
from k8snotes.node import iptables, iptables_mode, kube_proxy, service_ports

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "golden" / "kube-proxy"
GOLDEN = SHARED if SHARED.exists() else HERE / "golden" / "kube-proxy"
NAMES = sorted(path.name.removesuffix(".yaml") for path in GOLDEN.glob("*.yaml"))
API_SERVER = "172.16.0.1"
KUBERNETES = Service(
    {
        "metadata": {"name": "kubernetes", "namespace": "default"},
        "spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "https", "port": 443}]},
    }
)


def make_slice(service, endpoints, ports, namespace="default"):
    return EndpointSlice(
        {
            "metadata": {"namespace": namespace, "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": ports,
        }
    )


def endpoint(ip, node="node-1", ready=True, serving=True, terminating=False, **more):
    conditions = {"ready": ready, "serving": serving, "terminating": terminating}
    return {"addresses": [ip], "nodeName": node, "conditions": conditions, **more}


def make_service(name="web", port=80, **spec):
    ports = [{"port": port, **({"nodePort": spec.pop("nodePort")} if "nodePort" in spec else {})}]
    spec = {"clusterIP": "10.96.0.20", "ports": ports, **spec}
    return Service({"metadata": {"name": name, "namespace": "default"}, "spec": spec})


WEB_PORT = [{"name": "", "port": 8080, "protocol": "TCP"}]


def web_rules(endpoints, *, ports=WEB_PORT, node="node-1", **spec):
    settings = {key: spec.pop(key) for key in ("zone", "localhost_node_ports") if key in spec}
    return iptables_mode.rules(
        node,
        [make_service(**spec)],
        [make_slice("web", endpoints, ports)],
        node_ips=["192.168.0.11"],
        **settings,
    )


class Recorded:
    """One recorded set: its objects with the addresses that they were given, and the answers."""

    def __init__(self, name):
        self.answer = json.loads((GOLDEN / f"{name}.expected.json").read_text("utf-8"))
        text = (GOLDEN / f"{name}.yaml").read_text("utf-8")
        found = [document.value for document in documents(text)]
        pods = [self._pod(manifest) for manifest in found if manifest["kind"] == "Pod"]
        services = [self._service(manifest) for manifest in found if manifest["kind"] == "Service"]
        at_api_server = make_slice(
            "kubernetes", [{"addresses": [API_SERVER]}], [{"name": "https", "port": 16743}]
        )
        slices = [item for service in services for item in self._slices(service, pods)]
        self.services, self.slices = [*services, KUBERNETES], [*slices, at_api_server]
        # the second is its address towards its own Pods
        self.node_ips = [self.answer["node_ip"], "10.244.1.1"]
        self.rules = self.written()

    def written(self):
        """The rules that kube-proxy writes; `nftables` has its own."""
        return iptables_mode.rules(
            "node1", self.services, self.slices, node_ips=self.node_ips, localhost_node_ports=False
        )

    def _pod(self, manifest):
        told = self.answer["pods"][manifest["metadata"]["name"]]
        ready = {"type": "Ready", "status": str(told["ready"])}
        manifest["status"] = {"podIP": told["ip"], "phase": "Running", "conditions": [ready]}
        manifest["metadata"]["namespace"] = "default"
        return Pod(manifest)

    def _service(self, manifest):
        told = self.answer["services"][manifest["metadata"]["name"]]
        manifest["spec"]["clusterIP"] = told["clusterIP"]
        manifest["metadata"]["namespace"] = "default"
        return Service(manifest)

    @staticmethod
    def _slices(service, pods):
        for pod in pods:
            if not service.selector.items() <= pod.labels.items() or not has_endpoint(pod):
                continue
            verdict = judge(service, pod)
            ports = [
                {"name": port.name, "port": port.port, "protocol": port.protocol} for port in verdict.ports
            ]
            ready = verdict.state == "ready"
            entry = endpoint(pod.ip, pod.node_name, ready, verdict.serving, verdict.terminating)
            yield make_slice(service.name, [entry], ports)

    def outcome(self, fact):
        """What the rules, and who listens where, say to something that was tried."""
        protocol = "ICMP" if fact["do"] == "ping" else fact.get("protocol", "TCP")
        source = {"pod": self.answer["client_pod_ip"], "outside": self.answer["outside_ip"]}.get(
            fact["from"], ""
        )
        found = self.rules.decide(fact["ip"], fact.get("port"), protocol, origin=fact["from"], source=source)
        listening = {
            f"{pod['ip']}:{port.removeprefix('TCP/')}"
            for pod in self.answer["pods"].values()
            for port in pod["listens_on"]
        }
        address = f"{fact['ip']}:{fact.get('port')}"
        if found.outcome == "dnat":
            answering = {backend.address for backend in found.backends} & listening
            seen = "10.244.1.1" if found.masqueraded or fact["from"] == "node" else source
            return ("connected", answering, [seen]) if answering else ("refused", set(), [])
        if found.outcome == "reject" and protocol == "ICMP":
            by_node = fact["from"] == "node"  # the kernel tells its own program so
            return "error Operation not permitted" if by_node else "unreachable code 3", set(), []
        if found.outcome != "no rule":
            return {"reject": "refused", "drop": "timeout"}[found.outcome], set(), []
        if protocol == "ICMP":
            of_a_pod = fact["ip"] in {pod["ip"] for pod in self.answer["pods"].values()}
            return "answered" if of_a_pod else "no answer", set(), []
        if address in listening:
            return "connected", set(), [source]
        local = fact["ip"] in (self.answer["node_ip"], "127.0.0.1")
        return "refused" if local else "timeout", set(), []


@pytest.fixture(scope="module", params=NAMES)
def recorded(request):
    return Recorded(request.param)


def comparable(text):
    """All lines of each table; kube-proxy writes the rules for different Services in any order."""
    text = text.replace(API_SERVER, "<apiserver>")
    # the chain of the API server's endpoint has its address in its name
    hidden = re.search(r"-A (KUBE-SEP-\w+) -s <apiserver>", text)
    text = text.replace(hidden.group(1), "KUBE-SEP-<apiserver>")
    nat, _, filtering = text.partition("*filter")
    return [sorted(nat.split("\n")), sorted(filtering.split("\n"))]


def chain_lines(text, chain):
    return [line for line in text.split("\n") if line.startswith(f"-A {chain} ")]


def test_rules_are_those_of_a_real_kube_proxy(recorded):
    """Both tables hold the same chains, names included, and the same rules, to the letter."""
    theirs = recorded.answer["rules"]["iptables"]
    assert comparable(str(recorded.rules)) == comparable(theirs)


def test_rules_of_a_chain_stand_in_the_same_order(recorded):
    """Within the chains of a Service, and in the built-in ones, order matters and is the same."""
    theirs = recorded.answer["rules"]["iptables"]
    ours = str(recorded.rules)
    several = ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES")
    names = {chain.name for table in recorded.rules.tables for chain in table.chains} - {*several}
    for name in names:
        if "<apiserver>" not in "".join(chain_lines(theirs, name)) and API_SERVER not in "".join(
            chain_lines(ours, name)
        ):
            assert chain_lines(ours, name) == chain_lines(theirs, name)
    assert "this must be the last rule" in str(recorded.rules.nat["KUBE-SERVICES"].rules[-1])


def test_what_was_tried_ends_as_the_rules_say(recorded):
    """Every recorded attempt connects, is refused or dies as the rules and the listeners say, with these backends."""
    check_facts(recorded, recorded.answer["facts"]["iptables"])


def check_facts(recorded, facts):
    """Compare everything that was tried with what the rules and the listeners say."""
    for fact in facts:
        result, backends, seen = recorded.outcome(fact)
        told = set(fact.get("backends", ())) - {"refused", "timeout"}
        assert result == fact["result"], fact
        if fact.get("service") == "sticky":
            assert len(told) <= 1, fact
            assert told <= backends, fact
        else:
            assert backends == told, fact
        assert seen == fact.get("seen_source", []), fact


def test_endpoints_share_evenly():
    """Each of n endpoints is chosen with probability 1/n, though the rules' own chances differ."""
    held = web_rules([endpoint(f"10.244.1.{n}") for n in range(2, 9)])
    found = iptables.decide(held, "10.96.0.20", 80, source="10.244.1.99")
    assert [backend.probability for backend in found.backends] == pytest.approx([1 / 7] * 7)


def test_a_remembered_client_goes_to_the_same_endpoint():
    """With sessionAffinity, who was served by an endpoint is sent to it again."""
    held = web_rules([endpoint("10.244.1.2"), endpoint("10.244.2.2", "node-2")], sessionAffinity="ClientIP")
    first = iptables.decide(held, "10.96.0.20", 80, source="10.244.1.9")
    assert len(first.backends) == 2
    for backend in first.backends:
        again = iptables.decide(held, "10.96.0.20", 80, source="10.244.1.9", remembered=[backend.chain])
        assert [(b.address, b.probability) for b in again.backends] == [(backend.address, 1.0)]


def test_affinity_lasts_as_long_as_the_service_says():
    """`timeoutSeconds` stands in the rules."""
    config = {"clientIP": {"timeoutSeconds": 60}}
    held = web_rules([endpoint("10.244.1.2")], sessionAffinity="ClientIP", sessionAffinityConfig=config)
    assert "--rcheck --seconds 60 --reap" in str(held)


def test_a_pod_that_reaches_itself_is_masqueraded():
    """A Pod that its own Service leads back to itself (hairpin) sees its Node as the sender."""
    held = web_rules([endpoint("10.244.1.2"), endpoint("10.244.2.2", "node-2")])
    found = iptables.decide(held, "10.96.0.20", 80, source="10.244.1.2")
    assert {backend.ip: backend.masqueraded for backend in found.backends} == {
        "10.244.1.2": True,
        "10.244.2.2": False,
    }


def test_terminating_endpoints_serve_when_nothing_else_is_left():
    """Endpoints that end but still serve are used if, and only if, none is ready."""
    leaving = endpoint("10.244.1.2", ready=False, terminating=True)
    gone = endpoint("10.244.1.3", ready=False, serving=False, terminating=True)
    alone = iptables.decide(web_rules([leaving, gone]), "10.96.0.20", 80, source="10.244.1.9")
    assert [backend.ip for backend in alone.backends] == ["10.244.1.2"]
    ready = endpoint("10.244.2.2", "node-2")
    together = iptables.decide(web_rules([leaving, gone, ready]), "10.96.0.20", 80, source="10.244.1.9")
    assert [backend.ip for backend in together.backends] == ["10.244.2.2"]


def test_local_policy_falls_back_to_leaving_pods_of_this_node():
    """With externalTrafficPolicy Local, a leaving Pod here serves the outside, while others serve the Pods."""
    held = web_rules(
        [endpoint("10.244.1.2", ready=False, terminating=True), endpoint("10.244.2.2", "node-2")],
        type="NodePort",
        nodePort=30080,
        externalTrafficPolicy="Local",
    )
    outside = iptables.decide(held, "192.168.0.11", 30080, origin="outside", source="203.0.113.5")
    assert [backend.ip for backend in outside.backends] == ["10.244.1.2"]
    assert not outside.masqueraded
    inside = iptables.decide(held, "192.168.0.11", 30080, source="10.244.1.9")
    assert [backend.ip for backend in inside.backends] == ["10.244.2.2"]


def test_internal_local_keeps_to_this_node():
    """With internalTrafficPolicy Local, the Cluster IP leads to this Node's endpoints only."""
    ends = [endpoint("10.244.1.2"), endpoint("10.244.2.2", "node-2")]
    held = web_rules(ends, internalTrafficPolicy="Local")
    found = iptables.decide(held, "10.96.0.20", 80, source="10.244.1.9")
    assert [backend.ip for backend in found.backends] == ["10.244.1.2"]
    assert "KUBE-SVL-LOLE4ISW44XBNF3G" in held.nat
    elsewhere = web_rules(ends, internalTrafficPolicy="Local", node="node-3")
    assert iptables.decide(elsewhere, "10.96.0.20", 80, source="10.244.3.9").outcome == "drop"


def test_an_internal_local_service_is_open_to_the_outside():
    """internalTrafficPolicy Local binds the Cluster IP alone: a node port still leads to endpoints anywhere."""
    held = web_rules(
        [endpoint("10.244.2.2", "node-2")], type="NodePort", nodePort=30080, internalTrafficPolicy="Local"
    )
    found = iptables.decide(held, "192.168.0.11", 30080, origin="outside", source="203.0.113.5")
    assert [backend.ip for backend in found.backends] == ["10.244.2.2"]
    assert iptables.decide(held, "10.96.0.20", 80, source="10.244.1.9").outcome == "drop"


def test_an_endpoint_in_two_slices_counts_once_and_is_local_if_one_says_so():
    """While an endpoint moves from slice to slice it stands in both; the Node's own word about it wins."""
    elsewhere, here = endpoint("10.244.1.2", "node-2"), endpoint("10.244.1.2")
    for pair in ([elsewhere, here], [here, elsewhere]):
        found = iptables.decide(
            web_rules(pair, internalTrafficPolicy="Local"), "10.96.0.20", 80, source="10.244.1.9"
        )
        assert [(backend.ip, backend.probability) for backend in found.backends] == [("10.244.1.2", 1.0)]


@pytest.mark.parametrize(("localhost", "outcome"), [(True, "dnat"), (False, "no rule")])
def test_node_port_on_localhost(localhost, outcome):
    """127.0.0.1:nodePort works by default, and not with `localhostNodePorts: false`."""
    held = web_rules(
        [endpoint("10.244.1.2")], type="NodePort", nodePort=30080, localhost_node_ports=localhost
    )
    found = iptables.decide(held, "127.0.0.1", 30080, origin="node")
    assert (found.outcome, found.masqueraded) == (outcome, localhost)
    stranger = iptables.decide(held, "127.0.0.1", 30080, origin="outside", source="203.0.113.5")
    assert stranger.outcome == outcome


def test_localhost_is_closed_to_strangers():
    """The rule against strangers on 127.0.0.0/8 drops what no Service asked for."""
    held = web_rules([endpoint("10.244.1.2")])
    assert iptables.decide(held, "127.0.0.1", 22, origin="outside", source="203.0.113.5").outcome == "drop"
    assert iptables.decide(held, "127.0.0.1", 22, origin="node").outcome == "no rule"


def balanced(ip_mode="VIP", **spec):
    service = make_service(type="LoadBalancer", nodePort=30080, **spec)
    service.raw["status"] = {"loadBalancer": {"ingress": [{"ip": "198.51.100.7", "ipMode": ip_mode}]}}
    held = make_slice("web", [endpoint("10.244.1.2")], WEB_PORT)
    return iptables_mode.rules("node-1", [service], [held], node_ips=["192.168.0.11"])


def test_source_ranges_guard_the_load_balancer_only():
    """loadBalancerSourceRanges drops others at the balancer's address, yet not at the node port."""
    held = balanced(loadBalancerSourceRanges=["203.0.113.0/24"])
    asked = [("203.0.113.5", "dnat"), ("198.18.0.1", "drop")]
    for source, outcome in asked:
        found = iptables.decide(held, "198.51.100.7", 80, origin="outside", source=source)
        assert found.outcome == outcome
    at_node = iptables.decide(held, "192.168.0.11", 30080, origin="outside", source="198.18.0.1")
    assert at_node.outcome == "dnat"


def test_a_node_in_the_source_ranges_may_come_back_from_the_balancers_address():
    """A Node that holds the balancer's address itself sends from it, and is let through if its range is."""
    for ranges, outcome in ((["192.168.0.0/16"], "dnat"), (["203.0.113.0/24"], "drop")):
        held = balanced(loadBalancerSourceRanges=ranges)
        found = iptables.decide(held, "198.51.100.7", 80, origin="node", source="198.51.100.7")
        assert found.outcome == outcome


def test_a_balancer_that_is_a_proxy_is_not_cut_short():
    """With ipMode Proxy, packets to the balancer's address leave the Node, for the balancer to see them."""
    direct = iptables.decide(balanced(), "198.51.100.7", 80, source="10.244.1.9")
    through = iptables.decide(balanced(ip_mode="Proxy"), "198.51.100.7", 80, source="10.244.1.9")
    assert (direct.outcome, through.outcome) == ("dnat", "no rule")


def test_health_check_port_of_a_local_balancer_is_open():
    """A balancer asks each Node whether it has endpoints, at the health check node port."""
    held = balanced(externalTrafficPolicy="Local", healthCheckNodePort=31111)
    assert [str(rule) for rule in held.filter["KUBE-NODEPORTS"].rules] == [
        '-p tcp -m comment --comment "default/web health check node port" -m tcp --dport 31111 -j ACCEPT'
    ]


def test_external_ips_are_captured():
    """An address in externalIPs leads to the Service wherever it arrives."""
    held = web_rules([endpoint("10.244.1.2")], externalIPs=["198.51.100.9"])
    found = iptables.decide(held, "198.51.100.9", 80, origin="outside", source="203.0.113.5")
    assert (found.outcome, found.masqueraded) == ("dnat", True)
    empty = web_rules([], externalIPs=["198.51.100.9"])
    refused = iptables.decide(empty, "198.51.100.9", 80, origin="outside", source="203.0.113.5")
    assert refused.outcome == "reject"
    assert refused.steps[-1].chain == "KUBE-EXTERNAL-SERVICES"


def test_udp_and_tcp_on_one_number_are_two_ports():
    """The same number for UDP and TCP gives two chains, each with its own endpoints."""
    service = make_service()
    service.raw["spec"]["ports"] = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    ports = [{"name": "dns", "port": 5353, "protocol": "UDP"}, {"name": "dns-tcp", "port": 5454}]
    held = iptables_mode.rules("node-1", [service], [make_slice("web", [endpoint("10.244.1.2")], ports)])
    for protocol, port in (("UDP", 5353), ("TCP", 5454)):
        found = iptables.decide(held, "10.96.0.20", 53, protocol, source="10.244.1.9")
        assert [backend.port for backend in found.backends] == [port]
    assert iptables.decide(held, "10.96.0.20", 53, "SCTP", source="10.244.1.9").outcome == "no rule"


def test_headless_and_external_name_services_have_no_rules():
    """Where there is no Cluster IP, kube-proxy has nothing to do."""
    services = [
        make_service("headless", clusterIP="None"),
        make_service("elsewhere", clusterIP="", type="ExternalName", externalName="example.com"),
    ]
    slices = [make_slice("headless", [endpoint("10.244.1.2")], WEB_PORT)]
    assert str(iptables_mode.rules("node-1", services, slices)) == str(iptables_mode.rules("node-1", [], []))


def test_hints_keep_traffic_in_the_zone():
    """With hints on every ready endpoint, a Node takes those of its zone, and all if there is none."""
    ends = [
        endpoint("10.244.1.2", hints={"forZones": [{"name": "a"}]}),
        endpoint("10.244.2.2", "node-2", hints={"forZones": [{"name": "b"}]}),
    ]
    for zone, ips in (("a", ["10.244.1.2"]), ("c", ["10.244.1.2", "10.244.2.2"])):
        found = iptables.decide(web_rules(ends, zone=zone), "10.96.0.20", 80, source="10.244.1.9")
        assert [backend.ip for backend in found.backends] == ips


def test_large_clusters_have_no_comments_at_the_endpoints():
    """From more than a thousand endpoints on, the endpoints' rules carry no comments."""
    held = web_rules([endpoint(f"10.244.{n // 250}.{n % 250 + 1}") for n in range(1001)])
    chain = held.nat["KUBE-SVC-LOLE4ISW44XBNF3G"]
    assert not any(rule.match.comment for rule in chain.rules[1:])
    assert chain.rules[0].match.comment == "default/web cluster IP"


def test_an_endpoint_on_the_node_itself_is_reached_without_masquerade_from_outside():
    """What stays on the Node passes no POSTROUTING, so a Pod in the Node's network sees the client."""
    held = web_rules([endpoint("192.168.0.11")], type="NodePort", nodePort=30080)
    found = iptables.decide(held, "192.168.0.11", 30080, origin="outside", source="203.0.113.5")
    assert (found.outcome, found.masqueraded) == ("dnat", False)


def many_services():
    services, slices = [], []
    for number in range(40):
        name, kind = f"s{number}", ("ClusterIP", "NodePort")[number % 2]
        more = {"nodePort": 30000 + number} if kind == "NodePort" else {}
        policy = {"externalTrafficPolicy": "Local"} if number % 3 == 0 else {}
        services.append(
            make_service(name, 80 + number % 4, type=kind, clusterIP=f"10.96.1.{number}", **more, **policy)
        )
        ends = [endpoint(f"10.244.{node}.{number}", f"node-{node}") for node in range(number % 4)]
        slices.append(make_slice(name, ends, WEB_PORT))
    return services, slices


def test_looking_rules_up_is_the_same_as_reading_them_all():
    """Long chains are not read rule by rule, and yet every packet ends as if they were."""

    def asked_everything():
        held = iptables_mode.rules("node-1", *many_services(), node_ips=["192.168.0.11"])
        return [
            iptables.decide(held, ip, port, origin=origin, source="203.0.113.5")
            for origin in ("pod", "outside")
            for ip in ("192.168.0.11", "127.0.0.1", *(f"10.96.1.{number}" for number in range(41)))
            for port in (*range(79, 85), *range(30000, 30040))
        ]

    looked_up = asked_everything()
    with caches.switched_off():
        assert looked_up == asked_everything()
    assert {found.outcome for found in looked_up} == {"dnat", "reject", "drop", "no rule"}


@pytest.mark.parametrize(
    "policy", [{}, {"externalTrafficPolicy": "Local", "type": "NodePort", "nodePort": 30080}]
)
def test_rules_that_are_the_same_on_every_node_are_written_once(policy):
    """The rules of all Nodes read as if each kube-proxy had written its own, also where a policy makes them differ."""

    def written():
        services = [make_service(**policy)]
        slices = [make_slice("web", [endpoint("10.244.1.2"), endpoint("10.244.2.2", "node-2")], WEB_PORT)]
        proxies = kube_proxy.KubeProxies(services, slices, cluster_cidr="10.244.0.0/16")
        nodes = [
            Node(
                {
                    "metadata": {"name": f"node-{n}"},
                    "spec": {"podCIDR": f"10.244.{n}.0/24"},
                    "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.0.1{n}"}]},
                }
            )
            for n in (1, 2, 3)
        ]
        return [proxies.rules_of(node) for node in nodes]

    kept = written()
    with caches.switched_off():
        assert kept == written()
    assert [rules.node_ips for rules in kept][1] == ("192.168.0.12", "10.244.2.1")
    assert (kept[0].nat == kept[2].nat) is not bool(policy)


def test_rules_are_looked_up_in_their_order():
    """A rule for any address that stands before one for a certain address is read before it."""
    any_address = iptables.Rule(iptables.Match(dport=80), "DROP")
    certain = iptables.Rule(iptables.Match(destination="10.96.0.20/32", dport=80), "ACCEPT")
    other = iptables.Rule(iptables.Match(destination="10.96.0.21/32", dport=80), "ACCEPT")
    chain = iptables.Chain("KUBE-SERVICES", (*[other] * 20, any_address, certain))
    assert list(chain.rules_for("10.96.0.20", 80)) == [any_address, certain]


def test_chances_add_up_wherever_a_packet_goes():
    """Whatever is sent on is sent on for certain: the backends' chances are 1 together."""
    held = iptables_mode.rules("node-1", *many_services(), node_ips=["192.168.0.11"])
    for number in range(40):
        found = iptables.decide(held, f"10.96.1.{number}", 80 + number % 4, source="10.244.9.9")
        assert found.outcome == ("dnat" if number % 4 else "reject")
        if found.backends:
            assert sum(backend.probability for backend in found.backends) == pytest.approx(1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"destination": "web"}, 'The destination "web" is no IPv4 address'),
        ({"port": 0}, "Ports go from 1 to 65535"),
        ({"protocol": "HTTP"}, "Write TCP, UDP or SCTP"),
        ({"origin": "pods"}, 'Did you mean "pod"?'),
        ({"source": ""}, 'The source ""'),
    ],
)
def test_a_packet_that_cannot_be_is_explained(wrong, says):
    """A wrong address, port, protocol or origin is named, with what to write."""
    asked = {"destination": "10.96.0.20", "port": 80, "source": "10.244.1.9", **wrong}
    with pytest.raises(AddressError, match=re.escape(says)):
        iptables.decide(web_rules([]), **asked)


def test_chains_are_written_when_a_packet_comes_to_them(monkeypatch):
    """A decision about one Service writes the chains of that Service alone; printed, all rules are as written at once."""
    services, slices = [], []
    for number in range(20):
        spec = {"type": "NodePort", "externalTrafficPolicy": "Local"} if number % 5 == 4 else {}
        service = make_service(f"web-{number}", **spec)
        service.raw["spec"]["clusterIP"] = f"10.96.1.{number}"
        services.append(service)
        ends = [endpoint(f"10.244.{number}.{last}", ready=number % 3 != 0) for last in (1, 2, 3)]
        slices.append(make_slice(service.name, ends, WEB_PORT))
    written = []
    real = iptables_mode._write_endpoint
    monkeypatch.setattr(
        iptables_mode,
        "_write_endpoint",
        lambda made, port, end: written.append(end.address) or real(made, port, end),
    )
    lazy = iptables_mode.rules("node-1", services, slices)
    before = len(written)
    decision = iptables.decide(lazy, "10.96.1.1", 80, source="10.244.9.9")
    assert decision.outcome == "dnat"
    assert written[before:] == [backend.address for backend in decision.backends]
    with caches.switched_off():
        eager = iptables_mode.rules("node-1", services, slices)
    assert str(lazy) == str(eager)
    assert lazy == eager
    end = decision.backends[0].chain
    fresh = iptables_mode.rules("node-1", services, slices)
    assert fresh.nat[end].rules == eager.nat[end].rules


@pytest.mark.parametrize(
    ("port", "fine"), [(None, True), (0, False), (1, True), (65535, True), (65536, False), (-1, False)]
)
def test_a_packet_has_a_port_that_there_is(port, fine):
    """From 1 to 65535, or none for a ping."""
    rules = iptables_mode.rules("node-1", [], [])
    if fine:
        assert iptables.decide(rules, "10.0.0.1", port, source="10.244.1.2").outcome == "no rule"
    else:
        with pytest.raises(AddressError, match="Ports go from 1 to 65535"):
            iptables.decide(rules, "10.0.0.1", port, source="10.244.1.2")


@pytest.mark.parametrize(
    ("type_", "number", "ruled"),
    [
        ("NodePort", 30080, True),
        ("LoadBalancer", 30080, True),
        ("LoadBalancer", None, False),
        ("ClusterIP", 30080, False),
    ],
)
def test_only_a_node_port_that_was_given_has_rules(type_, number, ruled):
    """A load balancer may do without (allocateLoadBalancerNodePorts: false), and another type has none."""
    port = {"port": 80, **({"nodePort": number} if number else {})}
    spec = {"type": type_, "clusterIP": "10.96.0.20", "ports": [port]}
    made = Service({"metadata": {"name": "web", "namespace": "default"}, "spec": spec})
    (found,) = service_ports.service_ports([made])
    assert found.node_port == (number if ruled else 0)
    text = str(iptables_mode.rules("node-1", [made], []))
    assert (f"--dport {number}" in text) is ruled
    assert "--dport 1 " not in text


def test_a_sender_that_is_let_in_is_dropped_for_want_of_a_pod_not_for_its_address():
    """Where loadBalancerSourceRanges lets a sender in, and the Node has no Pod of its own, the cause is the policy."""
    service = make_service(
        type="LoadBalancer",
        nodePort=30080,
        externalTrafficPolicy="Local",
        loadBalancerSourceRanges=["203.0.113.0/24"],
    )
    service.raw["status"] = {"loadBalancer": {"ingress": [{"ip": "198.51.100.7"}]}}
    slices = [make_slice("web", [endpoint("10.244.2.2", "node-2")], WEB_PORT)]
    held = iptables_mode.rules("node-1", [service], slices, node_ips=["192.168.0.11"])
    for source, cause in (("203.0.113.5", "no-local-endpoints"), ("198.18.0.1", "source-ranges")):
        found = iptables.decide(held, "198.51.100.7", 80, origin="outside", source=source)
        assert (found.outcome, found.cause) == ("drop", cause)
