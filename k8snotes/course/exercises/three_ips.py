"""Chapter 07, whose address it is, and who can use it: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/cluster-administration/networking/
    https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

import ipaddress
from typing import Any

from k8snotes.cluster import Cluster
from k8snotes.course.answers import Address, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, shared, sketch
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_NODE, _POD, _CLUSTER = "Node IP", "Pod IP", "Cluster IP"
_OPENS, _GONE, _NO_CARD = _PROPERTIES = (
    "opens from your laptop",
    "is gone with its Pod",
    "is on no card at all",
)
_NONE, _DESTINATION, _BOTH = "none", "destination", "both"
# what is sent -> where to, and by whom
_WAYS = {
    "Pod to Pod": ("10.244.1.4:8080", "pod/client"),
    "Pod to Service": ("http://cache:6379", "pod/client"),
    "outside to Node": ("192.168.0.13:31080", "outside"),
}


def picture() -> Figure:
    """Draw what the chapter is about, small: three networks."""
    return sketch().three_ips()


def _cards() -> set[str]:
    """Return every address that some network card has."""
    cluster = shared()
    pods = {str(pod.status.get("podIP")) for pod in cluster.objects("pods")}
    return pods | {
        entry["address"] for node in cluster.objects("nodes") for entry in node.status["addresses"]
    }


def _cards_with(address: str) -> int:
    """Return on how many cards an address is."""
    return sum(address == card for card in _cards())


def _which_is_which() -> dict[str, str]:
    """Work out which of the three addresses in the question has which property."""
    cluster = shared()
    service = cluster["svc/frontend"]
    kinds = {
        _NODE: cluster.objects("nodes")[0].status["addresses"][0]["address"],
        _POD: str(cluster.endpoints("svc/frontend").ready[0].address),
        _CLUSTER: str(service.spec["clusterIP"]),
    }
    on_no_card = next(kind for kind, address in kinds.items() if not _cards_with(address))
    pods = {str(pod.status.get("podIP")) for pod in cluster.objects("pods")}
    return {
        _OPENS: next(kind for kind, address in kinds.items() if address in _cards() - pods),
        _GONE: next(kind for kind, address in kinds.items() if address in pods),
        _NO_CARD: on_no_card,
    }


def _addresses_of_two_containers() -> int:
    """Return how many Pod IPs a Pod with two containers has.

    Source of the rule: PodStatus.podIPs has one address for each IP family, whatever the containers.
    """
    cluster = application()
    cluster.apply(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pair"}, "spec": {"containers": '
        '[{"name": "web", "image": "web"}, {"name": "helper", "image": "helper"}]}}'
    )
    cluster.settle()
    return len(cluster["pod/pair"].status["podIPs"])


def _for_a_pod_of_node_2() -> str:
    """Return the letter of the address that is in the range of node-2.

    Source of the rule: NodeSpec.podCIDR is the range from which a Node's Pods get their addresses.
    """
    offered = {"a": "10.244.1.9", "b": "10.244.2.9", "c": "10.96.2.9", "d": "192.168.0.99", "e": "172.17.0.9"}
    share = ipaddress.ip_network(shared()["node/node-2"].spec["podCIDR"])
    return next(letter for letter, address in offered.items() if ipaddress.ip_address(address) in share)


def _changed_when_a_pod_is_replaced() -> set[str]:
    """Return the letters of what is different after a frontend Pod was deleted and replaced."""
    cluster = application()
    before = _state(cluster)
    cluster.delete(cluster.objects("pods", "track=stable")[0].ref)
    cluster.settle()
    after = _state(cluster)
    return {letter for letter, value in before.items() if after[letter] != value}


def _state(cluster: Cluster) -> dict[str, Any]:
    """Return what may be different afterwards, by its letter."""
    pods = cluster.objects("pods", "tier=frontend")
    return {
        "a": {pod.name for pod in pods},
        "b": {pod.status["podIP"] for pod in pods},
        "c": cluster["svc/frontend"].spec["clusterIP"],
        "d": [node.status["addresses"] for node in cluster.objects("nodes")],
    }


def _host_network_pod() -> Any:
    """Return the Pod IP of a Pod on node-2 that uses the network of its Node.

    Source of the rule: PodSpec.hostNetwork: the Pod has the address of its Node.
    """
    cluster = application()
    cluster.apply(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "monitor"}, "spec": {"hostNetwork": true, '
        '"nodeName": "node-2", "containers": [{"name": "monitor", "image": "monitor"}]}}'
    )
    cluster.settle()
    return cluster["pod/monitor"].status["podIP"]


def _calling_itself() -> str:
    """Return the letter of what becomes of a Pod that asks its own Service.

    Source of the rule: kube-proxy marks hairpin packets for masquerading (KUBE-MARK-MASQ).
    """
    cluster = shared()
    pod = cluster["pod/mysql-0"]
    way = cluster.trace("http://mysql-server:3306", source=pod.ref)
    if way.outcome != "connected":
        return "a"
    seen = {pod.status["podIP"]: "b", cluster["svc/mysql-server"].spec["clusterIP"]: "c"}
    return seen.get(way.client_seen, "d")


def _what_the_rules_change() -> dict[str, str]:
    """Return which addresses of each packet of exercise 9 the rules change."""
    changed = {}
    for name, (target, source) in _WAYS.items():
        hops = [hop for hop in shared().trace(target, source=source).hops if hop.kind == "rules"]
        destination = any(hop.rewrites_destination for hop in hops)
        source_too = any(hop.rewrites_source for hop in hops)
        changed[name] = _BOTH if source_too else _DESTINATION if destination else _NONE
    return changed


def _cluster_ip() -> str:
    """Return the Cluster IP of the Service frontend."""
    return str(shared()["svc/frontend"].spec["clusterIP"])


def _who_replies() -> str:
    """Return the letter of what replies to a ping of a Cluster IP: nothing does if no card has the address."""
    return "a" if _cards_with(_cluster_ip()) else "c"


_WHICH = Fields(dict.fromkeys(_PROPERTIES, Word(vocabulary(__name__, "address"))))

SOLUTIONS = {
    "guess": Solution(_WHICH, _which_is_which),
    "answer": Solution(
        _WHICH,
        _which_is_which,
        {
            "a-service-is-for-everybody": {_OPENS: _CLUSTER},
            "a-pod-can-be-called-from-anywhere": {_OPENS: _POD},
            "follows-its-pods": {_GONE: _CLUSTER},
            "a-pod-has-the-address-of-its-node": {_GONE: _NODE},
            "virtual-is-nothing": {_NO_CARD: _POD},
            "a-node-is-an-idea": {_NO_CARD: _NODE},
        },
    ),
    "1": Solution(
        Number(),
        lambda: _cards_with("10.96.0.1"),
        {"on-some-machine": 1, "on-every-node": lambda: len(shared().objects("nodes"))},
    ),
    "2": Solution(
        Number(),
        _addresses_of_two_containers,
        {"an-address-for-each-container": 2, "pods-have-none": 0},
    ),
    "3": Solution(
        Choice("abcde"),
        _for_a_pod_of_node_2,
        {"one-common-pool": "a", "one-range-with-services": "c", "network-of-the-node": "d", "docker0": "e"},
    ),
    "4": Solution(
        Choices("abcd"),
        _changed_when_a_pod_is_replaced,
        {
            "follows-its-pods": {"a", "b", "c"},
            "inherits-the-address": {"a"},
            "keeps-its-name": {"b"},
            "comes-back-as-it-was": "none",
        },
    ),
    # a Node IP and a node port: what each address is, the pictures of the chapter show
    "5": Solution(
        Choice("abcd"),
        "b",
        {"cluster-ip-works-everywhere": "a", "pod-ip-works-everywhere": "c", "four-names": "d"},
    ),
    "6": Solution(
        Address(),
        _host_network_pod,
        {
            "an-address-of-its-own": "10.244.2.5",
            "no-card-no-address": "none",
            "cluster-ip-of-a-pod": _cluster_ip,
        },
    ),
    "7": Solution(
        Choice("abc"),
        _who_replies,
        {"cluster-ip-can-be-pinged": "a", "on-the-card-of-the-node": "b"},
    ),
    "8": Solution(
        Choice("abcd"),
        _calling_itself,
        {"never-reaches-itself": "a", "only-the-destination": "b", "a-machine-in-the-middle": "c"},
    ),
    "9": Solution(
        Fields(dict.fromkeys(_WAYS, Word(vocabulary(__name__, "change")))),
        _what_the_rules_change,
        {
            "everything-goes-through-a-service": {"Pod to Pod": _DESTINATION},
            "pods-hide-behind-nodes": {"Pod to Pod": _BOTH},
            "arrives-at-the-cluster-ip": {"Pod to Service": _NONE},
            "a-service-hides-its-callers": {"Pod to Service": _BOTH},
            "the-pod-learns-who-calls": {"outside to Node": _DESTINATION},
            "handed-over-as-it-is": {"outside to Node": _NONE},
        },
    ),
}
