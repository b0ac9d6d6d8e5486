"""What the exercises of chapter 07 try on a cluster to find the right answer."""

from __future__ import annotations

import ipaddress
from typing import Any

from k8snotes.course.clusters import application, shared

__all__ = [
    "BOTH",
    "CLUSTER",
    "DESTINATION",
    "KEYS",
    "NODE",
    "NONE",
    "POD",
    "WAYS",
    "addresses_of_two_containers",
    "calling_itself",
    "cards_with",
    "changed_when_a_pod_is_replaced",
    "for_a_pod_of_node_2",
    "host_network_pod",
    "what_the_rules_change",
    "which_is_which",
]

NODE, POD, CLUSTER = "Node IP", "Pod IP", "Cluster IP"
KEYS = ("opens from your laptop", "is gone with its Pod", "is on no card at all")
NONE, DESTINATION, BOTH = "none", "destination", "both"
WAYS = {
    "Pod to Pod": ("10.244.1.4:8080", "pod/client"),
    "Pod to Service": ("http://cache:6379", "pod/client"),
    "outside to Node": ("192.168.0.13:31080", "outside"),
}


def _cards() -> set[str]:
    """Return every address that some network card has."""
    cluster = shared()
    pods = {str(pod.status.get("podIP")) for pod in cluster.objects("pods")}
    return pods | {
        entry["address"] for node in cluster.objects("nodes") for entry in node.status["addresses"]
    }


def cards_with(address: str) -> int:
    """Return on how many cards an address is."""
    return sum(address == card for card in _cards())


def which_is_which() -> dict[str, str]:
    """Work out which of the three addresses in the question has which property."""
    cluster = shared()
    service = cluster["svc/frontend"]
    kinds = {
        NODE: cluster.objects("nodes")[0].status["addresses"][0]["address"],
        POD: str(cluster.endpoints("svc/frontend").ready[0].address),
        CLUSTER: str(service.spec["clusterIP"]),
    }
    on_no_card = next(kind for kind, address in kinds.items() if not cards_with(address))
    pods = {str(pod.status.get("podIP")) for pod in cluster.objects("pods")}
    return {
        KEYS[0]: next(kind for kind, address in kinds.items() if address in _cards() - pods),
        KEYS[1]: next(kind for kind, address in kinds.items() if address in pods),
        KEYS[2]: on_no_card,
    }


def addresses_of_two_containers() -> int:
    """Return how many Pod IPs a Pod with two containers has."""
    cluster = application()
    cluster.apply(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pair"}, "spec": {"containers": '
        '[{"name": "web", "image": "web"}, {"name": "helper", "image": "helper"}]}}'
    )
    cluster.settle()
    return len(cluster["pod/pair"].status["podIPs"])


def for_a_pod_of_node_2() -> str:
    """Return the letter of the address that is in the range of node-2."""
    offered = {"a": "10.244.1.9", "b": "10.244.2.9", "c": "10.96.2.9", "d": "192.168.0.99", "e": "172.17.0.9"}
    share = ipaddress.ip_network(shared()["node/node-2"].spec["podCIDR"])
    return next(letter for letter, address in offered.items() if ipaddress.ip_address(address) in share)


def changed_when_a_pod_is_replaced() -> set[str]:
    """Return the letters of what is different after a frontend Pod was deleted and replaced."""
    cluster = application()
    before = _state(cluster)
    cluster.delete(cluster.objects("pods", "track=stable")[0].ref)
    cluster.settle()
    after = _state(cluster)
    return {letter for letter, value in before.items() if after[letter] != value}


def _state(cluster: Any) -> dict[str, Any]:
    pods = cluster.objects("pods", "tier=frontend")
    return {
        "a": {pod.name for pod in pods},
        "b": {pod.status["podIP"] for pod in pods},
        "c": cluster["svc/frontend"].spec["clusterIP"],
        "d": [node.status["addresses"] for node in cluster.objects("nodes")],
    }


def host_network_pod() -> Any:
    """Return the Pod IP of a Pod on node-2 that uses the network of its Node."""
    cluster = application()
    cluster.apply(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "monitor"}, "spec": {"hostNetwork": true, '
        '"nodeName": "node-2", "containers": [{"name": "monitor", "image": "monitor"}]}}'
    )
    cluster.settle()
    return cluster["pod/monitor"].status["podIP"]


def calling_itself() -> str:
    """Return the letter of what becomes of a Pod that asks its own Service."""
    cluster = shared()
    pod = cluster["pod/mysql-0"]
    way = cluster.trace("http://mysql-server:3306", source=pod.ref)
    if way.outcome != "connected":
        return "a"
    seen = {pod.status["podIP"]: "b", cluster["svc/mysql-server"].spec["clusterIP"]: "c"}
    return seen.get(way.client_seen, "d")


def what_the_rules_change() -> dict[str, str]:
    """Return which addresses of each packet of exercise 9 the rules change."""
    found = {}
    for name, (target, source) in WAYS.items():
        hops = [hop for hop in shared().trace(target, source=source).hops if hop.kind == "rules"]
        destination = any(hop.rewrites_destination for hop in hops)
        source_too = any(hop.rewrites_source for hop in hops)
        found[name] = BOTH if source_too else DESTINATION if destination else NONE
    return found
