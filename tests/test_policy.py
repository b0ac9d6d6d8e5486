"""NetworkPolicies: what they allow, beside an oracle that is written without them, and the cases of sig-network."""

from __future__ import annotations

import ipaddress
import random
from itertools import product

import pytest

import k8snotes as kn
from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.networkpolicy import NetworkPolicy
from k8snotes.api.kinds.pod import Pod
from k8snotes.network.policy import Party, Policies

# ---- the oracle: the sentences of the API's documentation, one after the other, on plain manifests


def oracle_selects(selector, labels):
    """`LabelSelector` of the API, read literally."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for item in selector.get("matchExpressions") or []:
        has, value = item["key"] in labels, labels.get(item["key"])
        fits = {
            "In": has and value in item.get("values", ()),
            "NotIn": not (has and value in item.get("values", ())),
            "Exists": has,
            "DoesNotExist": not has,
        }[item["operator"]]
        if not fits:
            return False
    return True


def oracle_peer(peer, home, end, namespaces):
    if "ipBlock" in peer:
        address, block = ipaddress.ip_address(end["ip"]), peer["ipBlock"]
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and all(address not in ipaddress.ip_network(part) for part in block.get("except", ()))
    if "labels" not in end:
        return False
    if "namespaceSelector" in peer:
        if not oracle_selects(peer["namespaceSelector"], namespaces[end["namespace"]]):
            return False
    elif end["namespace"] != home:
        return False
    return "podSelector" not in peer or oracle_selects(peer["podSelector"], end["labels"])


def oracle_port(item, port, protocol, target):
    if item.get("protocol", "TCP") != protocol:
        return False
    wanted = item.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return any(own == (wanted, port, protocol) for own in target.get("ports", ()))
    return wanted <= port <= item.get("endPort", wanted)


def oracle_side(world, side, own, other, connection):
    """Whether one end of a connection lets it pass; `side` is "Ingress" or "Egress"."""
    policies, namespaces = world
    field, peers = ("ingress", "from") if side == "Ingress" else ("egress", "to")
    applying = []
    for policy in policies:
        spec = policy["spec"]
        types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
        if policy["metadata"]["namespace"] != own["namespace"] or side not in types:
            continue
        if oracle_selects(spec["podSelector"], own["labels"]):
            applying.append(spec)
    if not applying:
        return True
    target = own if side == "Ingress" else other
    for spec in applying:
        for rule in spec.get(field) or []:
            who = not rule.get(peers) or any(
                oracle_peer(peer, own["namespace"], other, namespaces) for peer in rule[peers]
            )
            what = not rule.get("ports") or any(
                oracle_port(item, *connection, target) for item in rule["ports"]
            )
            if who and what:
                return True
    return False


def oracle(world, source, target, connection):
    if source is target:
        return True
    out = "labels" not in source or oracle_side(world, "Egress", source, target, connection)
    into = "labels" not in target or oracle_side(world, "Ingress", target, source, connection)
    return out and into


# ---- random worlds

KEYS, VALUES = ("app", "tier", "run"), ("a", "b", "c")
PORTS, PROTOCOLS, NAMES = (80, 81, 8080), ("TCP", "UDP", "SCTP"), ("http", "admin")
HOMES = ("x", "y", "z")


def some_labels(rng):
    return {key: rng.choice(VALUES) for key in KEYS if rng.random() < 0.6}


def some_selector(rng):
    chance = rng.random()
    if chance < 0.2:
        return {}
    selector = {}
    if chance < 0.8:
        selector["matchLabels"] = {rng.choice(KEYS): rng.choice(VALUES)}
    if chance > 0.6:
        operator = rng.choice(("In", "NotIn", "Exists", "DoesNotExist"))
        expression = {"key": rng.choice(KEYS), "operator": operator}
        if operator in ("In", "NotIn"):
            expression["values"] = rng.sample(VALUES, rng.randint(1, 2))
        selector["matchExpressions"] = [expression]
    return selector


def some_peer(rng):
    chance = rng.random()
    if chance < 0.25:
        size = rng.choice((8, 16, 24, 32))
        address = rng.choice(("10.244.1.3", "10.244.2.4", "203.0.113.5"))
        block = {"cidr": str(ipaddress.ip_network(f"{address}/{size}", strict=False))}
        if size < 32 and rng.random() < 0.5:
            block["except"] = [
                str(ipaddress.ip_network(f"{address}/{rng.randint(size + 1, 32)}", strict=False))
            ]
        return {"ipBlock": block}
    peer = {}
    if chance < 0.75:
        peer["podSelector"] = some_selector(rng)
    if chance > 0.55:
        peer["namespaceSelector"] = some_selector(rng)
    return peer


def some_port(rng):
    port = {}
    if rng.random() < 0.7:
        port["protocol"] = rng.choice(PROTOCOLS)
    chance = rng.random()
    if chance < 0.2:
        port["port"] = rng.choice(NAMES)
    elif chance < 0.8:
        port["port"] = rng.choice(PORTS)
        if rng.random() < 0.3:
            port["endPort"] = port["port"] + rng.choice((0, 1, 9000))
    return port


def some_rules(rng, peers):
    rules = []
    for _each in range(rng.choice((0, 1, 1, 2))):
        rule = {}
        if rng.random() < 0.8:
            rule[peers] = [some_peer(rng) for _peer in range(rng.choice((0, 1, 2)))]
        if rng.random() < 0.7:
            rule["ports"] = [some_port(rng) for _port in range(rng.choice((0, 1, 2)))]
        rules.append(rule)
    return rules


def some_policy(rng, number):
    spec = {"podSelector": some_selector(rng)}
    if rng.random() < 0.8:
        spec["ingress"] = some_rules(rng, "from")
    if rng.random() < 0.5:
        spec["egress"] = some_rules(rng, "to")
    if rng.random() < 0.6:
        spec["policyTypes"] = rng.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
    metadata = {"name": f"p{number}", "namespace": rng.choice(HOMES)}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def some_pod(rng, number):
    ports = [
        (rng.choice(NAMES), rng.choice(PORTS), rng.choice(PROTOCOLS)) for _port in range(rng.randint(0, 2))
    ]
    return {
        "name": f"pod-{number}",
        "namespace": rng.choice(HOMES),
        "labels": some_labels(rng),
        "ip": f"10.244.{rng.randint(1, 2)}.{number + 2}",
        "ports": ports,
    }


def as_pod(item):
    ports = [
        {"name": name, "containerPort": number, "protocol": protocol}
        for name, number, protocol in item["ports"]
    ]
    return Pod(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": item["name"], "namespace": item["namespace"], "labels": item["labels"]},
            "spec": {"containers": [{"name": "app", "ports": ports}]},
            "status": {"podIP": item["ip"]},
        }
    )


def as_namespaces(namespaces):
    return [
        KubeObject({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        for name, labels in namespaces.items()
    ]


def allows(policies, source, target, port, protocol):
    """Whether both ends let a connection pass; an end is a Party."""
    out = source.pod is None or policies.judge("egress", source.pod, target, port, protocol).allowed
    return out and (
        target.pod is None or policies.judge("ingress", target.pod, source, port, protocol).allowed
    )


@pytest.mark.parametrize("seed", range(20))
def test_policies_allow_what_the_oracle_allows(seed):
    """For random policies, Pods, addresses and ports the answer is that of the API's documentation: 500 cases a seed."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    allowed = 0
    for _world in range(25):
        namespaces = {name: {**some_labels(rng), "kubernetes.io/metadata.name": name} for name in HOMES}
        manifests = [some_policy(rng, number) for number in range(rng.randint(1, 5))]
        ends = [some_pod(rng, number) for number in range(5)] + [
            {"ip": "203.0.113.5"},
            {"ip": "192.168.0.11"},
        ]
        policies = Policies(map(NetworkPolicy, manifests), as_namespaces(namespaces))
        parties = [Party(end["ip"], as_pod(end) if "labels" in end else None) for end in ends]
        for _case in range(20):
            one, other = rng.randrange(7), rng.randrange(5)
            port, protocol = rng.choice((*PORTS, 9000)), rng.choice(PROTOCOLS)
            if rng.random() < 0.2:
                one, other = other, one
            expected = oracle((manifests, namespaces), ends[one], ends[other], (port, protocol))
            case = manifests, ends[one], ends[other], port, protocol
            assert allows(policies, parties[one], parties[other], port, protocol) == expected, case
            allowed += expected
    assert 100 < allowed < 450


def test_the_nearest_rule_misses_something():
    """A verdict that denies names what the nearest rule misses; a rule that misses nothing would have allowed it."""
    rng = random.Random(7)  # noqa: S311  # no secret
    denied = 0
    for _world in range(60):
        namespaces = {name: some_labels(rng) for name in HOMES}
        manifests = [some_policy(rng, number) for number in range(3)]
        policies = Policies(map(NetworkPolicy, manifests), as_namespaces(namespaces))
        pods = [as_pod(some_pod(rng, number)) for number in range(4)]
        for pod in pods:
            for other in pods:
                verdict = policies.judge("ingress", pod, Party(other.ip, other), 80, "TCP")
                if not verdict.allowed and verdict.rule is not None:
                    denied += 1
                    assert verdict.misses
                    assert str(verdict.reason)
    assert denied > 50


@pytest.mark.parametrize("seed", range(6))
def test_the_matrix_and_the_trace_say_what_the_oracle_says(seed):
    """For random clusters `c.reach()` and `c.trace` agree with the oracle on every pair of Pods and every port."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    c = kn.Cluster(nodes=2)
    namespaces = {name: {**some_labels(rng), "kubernetes.io/metadata.name": name} for name in HOMES}
    c.create([item.manifest for item in as_namespaces(namespaces)])
    for number in range(8):
        pod = as_pod({**some_pod(rng, number), "ports": [("http", 80, "TCP"), ("admin", 81, "UDP")]})
        container = {"name": "app", "image": "web:1", "ports": pod.containers[0].raw["ports"]}
        c.create({**pod.manifest, "spec": {"containers": [container]}})
    manifests = [some_policy(rng, number) for number in range(4)]
    c.create(manifests)
    c.settle()
    pods = [pod for pod in c.objects("pods") if pod.namespace in HOMES]
    ends = {pod.ref: {"namespace": pod.namespace, "labels": pod.labels, "ip": pod.ip} for pod in pods}
    for end in ends.values():
        end["ports"] = [("http", 80, "TCP"), ("admin", 81, "UDP")]
    facts = c.reach().facts
    for source, target in product(pods, pods):
        groups = [facts.group(pod.name, pod.namespace) for pod in (source, target)]
        for connection in ((80, "TCP"), (81, "UDP")):
            expected = oracle((manifests, namespaces), ends[source.ref], ends[target.ref], connection)
            url = f"{connection[1].lower()}://{target.ip}:{connection[0]}"
            assert (c.simulation.network.trace(url, source).outcome == "connected") == expected
            if source is not target and (groups[0] != groups[1] or len(groups[0].pods) > 1):
                assert facts.allows(*groups, connection) == expected
