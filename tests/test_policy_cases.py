"""The cases of sig-network's conformance suite for NetworkPolicies: truth tables of which Pod reaches which.

Each case has policies, and who may reach whom with them; everything else is open. The matrix of `c.reach()` is held
against the same tables.
Source of the cases: test/e2e/network/netpol/network_policy.go in k8s.io/kubernetes
"""

from __future__ import annotations

from itertools import product

import pytest

import k8snotes as kn

HOMES, NAMES = ("x", "y", "z"), ("a", "b", "c")
PODS = [f"{home}/{name}" for home, name in product(HOMES, NAMES)]
PORTS = [
    {"name": f"serve-{number}-{protocol.lower()}", "containerPort": number, "protocol": protocol}
    for number in (80, 81)
    for protocol in ("TCP", "UDP", "SCTP")
]


def world():
    c = kn.Cluster(nodes=2)
    c.create([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}} for home in HOMES])
    for pod in PODS:
        home, _slash, name = pod.partition("/")
        c.create(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": home, "labels": {"pod": name}},
                "spec": {"containers": [{"name": "server", "image": "agnhost", "ports": PORTS}]},
            }
        )
    c.settle()
    return c


def policy(name, pods, *, home="x", **spec):
    """A policy in namespace x by default; `pods` are the labels that it selects."""
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": home},
        "spec": {"podSelector": {"matchLabels": pods} if pods else {}, **spec},
    }
    if "egress" in spec and "policyTypes" not in spec:
        manifest["spec"]["policyTypes"] = ["Egress", *(["Ingress"] if "ingress" in spec else [])]
    return manifest


def home(*names):
    return (
        {"matchLabels": {"kubernetes.io/metadata.name": names[0]}}
        if len(names) == 1
        else {
            "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": [*names]}]
        }
    )


NOT_X = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["x"]}]}
A, B = {"pod": "a"}, {"pod": "b"}
B_OR_C = {"matchExpressions": [{"key": "pod", "operator": "In", "values": ["b", "c"]}]}


def to(target, *sources):
    """What a table says: of the Pods, only these sources reach the target."""
    return {(source, target) for source in PODS if source not in sources}


def into(where, *sources):
    """Only these sources reach the Pods of a namespace."""
    return {pair for pod in PODS if pod.startswith(f"{where}/") for pair in to(pod, *sources)}


def out_of(source, *targets):
    """A Pod reaches only these targets."""
    return {(source, target) for target in PODS if target not in targets}


def of(*homes):
    return [pod for pod in PODS if pod[0] in homes]


def out_of_all(where, *targets):
    return {pair for pod in of(where) for pair in out_of(pod, *targets)}


DENY_IN = policy("deny-ingress", {}, ingress=[])
# name -> policies, then for each port and protocol the pairs that are blocked
CASES = {
    "default-deny-ingress": ([DENY_IN], {(80, "TCP"): into("x")}),
    "default-deny-all": (
        [policy("deny-all", {}, ingress=[], egress=[])],
        {(80, "TCP"): into("x") | out_of_all("x")},
    ),
    "pods of the own namespace by podSelector": (
        [policy("x-a-allows-x-b", A, ingress=[{"from": [{"podSelector": {"matchLabels": B}}]}])],
        {(80, "TCP"): to("x/a", "x/b")},
    ),
    "ingress for a target": (
        [DENY_IN, policy("to-a", A, ingress=[{"from": [{"podSelector": {}, "namespaceSelector": {}}]}])],
        {(80, "TCP"): to("x/b") | to("x/c")},
    ),
    "pods of all namespaces": (
        [policy("any-ns", A, ingress=[{"from": [{"namespaceSelector": {"matchLabels": {}}}]}])],
        {(80, "TCP"): set()},
    ),
    "a different namespace by namespaceSelector": (
        [policy("ns-y", A, ingress=[{"from": [{"namespaceSelector": home("y")}]}])],
        {(80, "TCP"): to("x/a", *of("y"))},
    ),
    "podSelector with matchExpressions": (
        [
            policy(
                "expr",
                A,
                ingress=[
                    {
                        "from": [
                            {
                                "podSelector": {
                                    "matchExpressions": [{"key": "pod", "operator": "In", "values": ["b"]}]
                                }
                            }
                        ]
                    }
                ],
            )
        ],
        {(80, "TCP"): to("x/a", "x/b")},
    ),
    "podSelector or namespaceSelector": (
        [
            policy(
                "or",
                A,
                ingress=[{"from": [{"namespaceSelector": NOT_X}, {"podSelector": {"matchLabels": B}}]}],
            )
        ],
        {(80, "TCP"): to("x/a", "x/b", *of("y", "z"))},
    ),
    "podSelector and namespaceSelector": (
        [
            policy(
                "and",
                A,
                ingress=[{"from": [{"namespaceSelector": NOT_X, "podSelector": {"matchLabels": B}}]}],
            )
        ],
        {(80, "TCP"): to("x/a", "y/b", "z/b")},
    ),
    "several podSelectors and namespaceSelectors": (
        [policy("both", A, ingress=[{"from": [{"namespaceSelector": NOT_X, "podSelector": B_OR_C}]}])],
        {(80, "TCP"): to("x/a", "y/b", "y/c", "z/b", "z/c")},
    ),
    "any of several podSelectors": (
        [
            policy(
                "any",
                A,
                ingress=[{"from": [{"podSelector": {"matchLabels": {"pod": name}}} for name in ("b", "c")]}],
            )
        ],
        {(80, "TCP"): to("x/a", "x/b", "x/c")},
    ),
    "a port": (
        [
            policy(
                "port",
                A,
                ingress=[
                    {"from": [{"namespaceSelector": home("y")}], "ports": [{"port": 81, "protocol": "TCP"}]}
                ],
            )
        ],
        {(81, "TCP"): to("x/a", *of("y")), (80, "TCP"): to("x/a"), (81, "UDP"): to("x/a")},
    ),
    "stacked policies with overlapping podSelectors": (
        [
            policy(
                f"port-{number}",
                A,
                ingress=[{"from": [{"namespaceSelector": home("y")}], "ports": [{"port": number}]}],
            )
            for number in (80, 81)
        ],
        {(80, "TCP"): to("x/a", *of("y")), (81, "TCP"): to("x/a", *of("y"))},
    ),
    "allow-all": ([policy("allow-all", {}, ingress=[{}])], {(80, "TCP"): set(), (81, "UDP"): set()}),
    "a named port": (
        [policy("named", {}, ingress=[{"ports": [{"port": "serve-81-tcp"}]}])],
        {(81, "TCP"): set(), (80, "TCP"): into("x"), (81, "UDP"): into("x")},
    ),
    "a namespace on a named port": (
        [
            policy(
                "named-y",
                A,
                ingress=[{"from": [{"namespaceSelector": home("y")}], "ports": [{"port": "serve-80-tcp"}]}],
            )
        ],
        {(80, "TCP"): to("x/a", *of("y")), (81, "TCP"): to("x/a")},
    ),
    "egress on a named port": (
        [policy("named-out", {}, egress=[{"ports": [{"port": "serve-80-tcp"}]}])],
        {(80, "TCP"): set(), (81, "TCP"): out_of_all("x")},
    ),
    "only pods of the own namespace": (
        [policy("own", {}, ingress=[{"from": [{"podSelector": {}}]}])],
        {(80, "TCP"): into("x", *of("x"))},
    ),
    "egress of a pod": ([policy("deny-egress-a", A, egress=[])], {(80, "TCP"): out_of("x/a")}),
    "egress of a namespace": ([policy("deny-egress", {}, egress=[])], {(80, "TCP"): out_of_all("x")}),
    "ingress and egress together": (
        [
            policy(
                "both-ways",
                A,
                ingress=[{"from": [{"podSelector": {"matchLabels": B}}]}],
                egress=[{"ports": [{"port": 80}]}],
            )
        ],
        {(80, "TCP"): to("x/a", "x/b"), (81, "TCP"): to("x/a", "x/b") | out_of("x/a")},
    ),
    "egress that the server would allow": (
        [
            policy(
                "out",
                A,
                egress=[{"to": [{"namespaceSelector": home("y"), "podSelector": {"matchLabels": A}}]}],
            ),
            *(
                policy(
                    f"in-{name}",
                    {"pod": name},
                    home="y",
                    ingress=[{"from": [{"namespaceSelector": home("x"), "podSelector": {"matchLabels": A}}]}],
                )
                for name in ("a", "b")
            ),
        ],
        {(80, "TCP"): out_of("x/a", "y/a") | to("y/a", "x/a") | to("y/b")},
    ),
    "egress to pods of a namespace": (
        [
            policy(
                "out",
                A,
                egress=[{"to": [{"namespaceSelector": home("y"), "podSelector": {"matchLabels": A}}]}],
            )
        ],
        {(80, "TCP"): out_of("x/a", "y/a")},
    ),
    "every port of a protocol": (
        [policy("tcp", A, ingress=[{"ports": [{"protocol": "TCP"}]}])],
        {(80, "TCP"): set(), (81, "TCP"): set(), (80, "UDP"): to("x/a")},
    ),
    "an ingress policy that allows all": (
        [policy("port", {}, ingress=[{"ports": [{"port": 80}]}]), policy("all", {}, ingress=[{}])],
        {(81, "TCP"): set()},
    ),
    "an egress policy that allows all": (
        [policy("port", {}, egress=[{"ports": [{"port": 80}]}]), policy("all", {}, egress=[{}])],
        {(81, "TCP"): set()},
    ),
    "egress open, ingress shut": (
        [policy("out", A, egress=[{}]), policy("in", A, ingress=[])],
        {(80, "TCP"): to("x/a")},
    ),
    "SCTP is not TCP": (
        [DENY_IN, policy("sctp", A, ingress=[{"ports": [{"port": 81, "protocol": "SCTP"}]}])],
        {(81, "TCP"): into("x"), (81, "SCTP"): into("x") - to("x/a")},
    ),
    "a policy for SCTP isolates": (
        [policy("sctp", A, ingress=[{"ports": [{"port": 80, "protocol": "SCTP"}]}])],
        {(81, "TCP"): to("x/a"), (80, "SCTP"): set()},
    ),
    "UDP is not TCP": (
        [policy("udp", A, ingress=[{"ports": [{"port": 81, "protocol": "UDP"}]}])],
        {(81, "TCP"): to("x/a"), (81, "UDP"): set()},
    ),
    "a range of ports": (
        [policy("range", A, ingress=[{"ports": [{"port": 81, "endPort": 90}]}])],
        {(80, "TCP"): to("x/a"), (81, "TCP"): set()},
    ),
}


def check(c, port, protocol, blocked):
    """Hold every pair of different Pods against a table; a Pod always reaches itself."""
    pods = {f"{pod.namespace}/{pod.name}": pod for pod in c.objects("pods")}
    facts = c.reach().facts
    for source, target in product(PODS, PODS):
        expected = source == target or (source, target) not in blocked
        trace = c.simulation.network.trace(f"{protocol.lower()}://{pods[target].ip}:{port}", pods[source])
        assert trace.outcome == ("connected" if expected else "timeout"), (source, target, trace.reason)
        groups = [facts.group(pod[2:], pod[0]) for pod in (source, target)]
        assert facts.allows(*groups, (port, protocol)) == expected
        assert facts.cell(*groups, (port, protocol)).allowed == expected


@pytest.fixture(scope="module")
def built():
    return world()


@pytest.mark.parametrize("case", CASES)
def test_the_truth_tables_of_the_conformance_suite(case, built):
    """The trace and the matrix say of each pair of Pods what the suite's table says."""
    policies, tables = CASES[case]
    c = built.copy()
    c.create(policies)
    for (port, protocol), blocked in tables.items():
        check(c, port, protocol, blocked)


def test_a_change_of_a_policy_takes_effect_at_once(built):
    """A policy that is replaced decides from then on, and one that is deleted decides nothing."""
    c = built.copy()
    c.apply([policy("mutates", {}, ingress=[{}])])
    check(c, 81, "TCP", set())
    c.apply([policy("mutates", {}, ingress=[])])
    check(c, 81, "TCP", into("x"))
    c.delete("x/netpol/mutates")
    check(c, 81, "TCP", set())


def test_a_change_of_labels_takes_effect_at_once(built):
    """Labels of a Namespace, of a source and of a target are looked at as they are now."""
    c = built.copy()
    c.create(
        [policy("ns2", A, ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"ns2": "updated"}}}]}])]
    )
    check(c, 80, "TCP", to("x/a"))
    c.label("ns/y", "ns2=updated")
    check(c, 80, "TCP", to("x/a", *of("y")))
    c.delete("x/netpol/ns2")
    c.create([policy("pod2", A, ingress=[{"from": [{"podSelector": {"matchLabels": {"pod2": "updated"}}}]}])])
    check(c, 80, "TCP", to("x/a"))
    c.label("x/pod/b", "pod2=updated")
    check(c, 80, "TCP", to("x/a", "x/b"))
    c.delete("x/netpol/pod2")
    c.create([policy("target", {"target": "isolated"}, ingress=[])])
    check(c, 80, "TCP", set())
    c.label("x/pod/a", "target=isolated")
    check(c, 80, "TCP", to("x/a"))


def test_ranges_of_addresses_find_pods(built):
    """An ipBlock finds a Pod by its address, `except` leaves it out, and another peer may let it in again."""
    c = built.copy()
    server = c["x/pod/b"].ip
    only = policy("cidr", A, egress=[{"to": [{"ipBlock": {"cidr": f"{server}/32"}}]}])
    c.apply([only])
    check(c, 80, "TCP", out_of("x/a", "x/b"))
    around = policy(
        "cidr", A, egress=[{"to": [{"ipBlock": {"cidr": "10.244.0.0/16", "except": [f"{server}/32"]}}]}]
    )
    c.apply([around])
    check(c, 80, "TCP", {("x/a", "x/b")})
    c.apply([around, {**only, "metadata": {"name": "again", "namespace": "x"}}])
    check(c, 80, "TCP", set())
