"""Chapter 07, whose address it is, and who can use it: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/cluster-administration/networking/
    https://kubernetes.io/docs/concepts/services-networking/network-policies/
    https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import Any

from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Address, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, found_by, shared
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_NODE, _POD, _CLUSTER = "Node IP", "Pod IP", "Cluster IP"
_NONE, _DESTINATION, _BOTH = "none", "destination", "both"
# what is sent -> where to, and by whom
_WAYS = {
    "Pod to Pod": ("10.244.1.4:8080", "pod/client"),
    "Pod to Service": ("http://cache:6379", "pod/client"),
    "outside to Node": ("192.168.0.13:31080", "outside"),
}
# the ranges and the addresses of exercise 1
_RANGES = {_NODE: "10.0.0.0/16", _POD: "10.1.0.0/16", _CLUSTER: "10.2.0.0/16"}
_ASKED = ("10.0.1.7", "10.1.2.10", "10.2.0.10")

# the Service of exercise 5
_SHOP = """
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  type: NodePort
  clusterIP: 10.96.1.9
  selector: {tier: frontend}
  ports: [{port: 80, targetPort: 8080, nodePort: 31090}]
"""
_SHOWN = {"a": "10.96.1.9:80", "b": "192.168.0.12:31090", "c": "10.244.1.4:8080", "d": "192.168.0.12:80"}
# the commands of exercise 7
_COMMANDS = {
    "a": "ping -c 1 10.96.1.2",
    "b": "nc -zv 10.96.1.2 6379",
    "c": "ping -c 1 192.168.0.13",
    "d": "nc -zv 10.96.1.2 80",
}

_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
spec:
  podSelector:{protected}
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              tier: {sender}
      ports:
        - port: {port}
"""


def _policy(name: str, protected: str, sender: str, port: int) -> str:
    """Return a NetworkPolicy for the Pods of one tier (of every one if it is empty), which lets in those of another."""
    selector = f"\n    matchLabels:\n      tier: {protected}" if protected else " {}"
    return _POLICY.format(name=name, protected=selector, sender=sender, port=port)


_DATABASE = _policy("database", "database", "frontend", 3306)

_PROBE = """
apiVersion: v1
kind: Pod
metadata:
  name: probe
spec:
{spec}
  containers:
    - name: probe
      image: registry.example.com/probe:1.0
"""


def picture() -> Figure:
    """Draw what the chapter is about, small: three networks."""
    return thumbnail(
        _("three IPs"),
        _("a Cluster IP leads to a Pod IP, and the Pod runs behind a Node IP"),
        [Part("Cluster IP", "10.96.1.1", palette.SERVICE)],
        [Part("Pod IP", "10.244.1.4", palette.POD), Part("Node IP", "192.168.0.11", palette.NODE)],
        [(0, 0, palette.TRAFFIC)],
    )


def _connects(cluster: Cluster, target: str, source: str) -> bool:
    """Say whether a Pod of this label, or this sender, reaches a target."""
    if "=" in source:
        pods = cluster.objects("pods", source)
        if not pods:
            return False
        source = pods[0].ref
    return bool(cluster.trace(target, source=source).outcome == "connected")


# ---- predictions, and the questions about chapter 06


def _new_pods() -> int:
    """Return how many Pods a ReplicaSet makes when one of its Pods loses a label of its selector."""
    cluster = application()
    before = {pod.name for pod in cluster.objects("pods")}
    cluster.label(cluster.objects("pods", "track=stable")[0].ref, "tier-")
    cluster.settle()
    return len({pod.name for pod in cluster.objects("pods")} - before)


def _remembered() -> dict[str, Any]:
    """Return the answers to the questions about chapter 06."""
    keyless = [pod.name for pod in shared().objects("pods", "!tier")]
    found = {pod.name for pod in shared().objects("pods", "tier!=cache")}
    return {
        "found by a selector": "label" if found_by("tier=frontend") else "annotation",
        "a Pod without the key": "yes" if found.issuperset(keyless) else "no",
        "new Pods": _new_pods(),
    }


def _opens(cluster: Cluster, addresses: dict[str, str]) -> str:
    """Return the letter of the one address that a client outside reaches."""
    (letter,) = [letter for letter, address in addresses.items() if _connects(cluster, address, "outside")]
    return letter


def _seen_by_the_database() -> str:
    """Return the letter of the address that mysql-0 sees when client calls its Pod IP."""
    cluster = shared()
    client, database = (str(cluster[ref].status["podIP"]) for ref in ("pod/client", "pod/mysql-0"))
    seen = cluster.trace(f"{database}:3306", source="pod/client").client_seen
    return "a" if seen == client else "b"


def _cards() -> list[str]:
    """Return every address that some network card has."""
    cluster = shared()
    pods = [str(pod.status.get("podIP")) for pod in cluster.objects("pods")]
    return pods + [
        entry["address"] for node in cluster.objects("nodes") for entry in node.status["addresses"]
    ]


def _where_it_is() -> str:
    """Return the letter of how many cards have the Cluster IP of frontend."""
    return {0: "a", 1: "b", 3: "c", 4: "d"}[_cards().count(_cluster_ip())]


def _where_it_changes() -> str:
    """Return the letter of the machine whose rules replace the destination."""
    cluster = shared()
    way = cluster.trace("10.96.1.1:80", source="pod/client")
    (place,) = [str(hop.place) for hop in way.hops if hop.rewrites_destination]
    return "a" if place.startswith(str(cluster["pod/client"].spec["nodeName"])) else "b"


@cache
def _guarded() -> Cluster:
    """Return the guestbook with the NetworkPolicy of section 5, made once."""
    cluster = application()
    cluster.apply(_DATABASE)
    cluster.settle()
    return cluster


def _after_the_policy() -> str:
    """Return the letter of what becomes of a connection from client to the database."""
    outcome = str(_guarded().trace("http://mysql-server:3306", source="pod/client").outcome)
    return {"connected": "a", "refused": "b", "timeout": "c"}[outcome]


# ---- exercises


def _kinds() -> dict[str, str]:
    """Return for each address of exercise 1 the range that it is in."""
    return {
        address: next(
            kind
            for kind, words in _RANGES.items()
            if ipaddress.ip_address(address) in ipaddress.ip_network(words)
        )
        for address in _ASKED
    }


def _sender() -> str:
    """Return the letter of what has the address 10.244.2.4."""
    (pod,) = [pod for pod in shared().objects("pods") if pod.status.get("podIP") == "10.244.2.4"]
    return {"node-2": "b", "node-3": "d"}[str(pod.spec["nodeName"])]


def _second_address(cluster: Cluster) -> Facts:
    """Return what exercise 4 looks at."""
    if not _there(cluster, "client"):
        return {"address": False, "chosen": False, "answers": False, "kept": False}
    way = cluster.trace("10.96.0.50:6379", source="pod/client")
    there = [
        service
        for service in cluster.objects("services")
        if "10.96.0.50" in (service.spec.get("clusterIP"), *service.spec.get("externalIPs", []))
    ]
    return {
        "address": bool(there),
        "chosen": any(bool(cluster.endpoints(service.ref).ready) for service in there),
        "answers": way.outcome == "connected" and str(getattr(way.server, "name", "")).startswith("cache-"),
        "kept": _connects(cluster, "10.96.1.2:6379", "pod/client"),
    }


def _open_to_a_node() -> set[str]:
    """Return the letters of the addresses of exercise 5 that a program on node-3 itself reaches."""
    cluster = application()
    cluster.apply(_SHOP)
    cluster.settle()
    return {letter for letter, address in _SHOWN.items() if _connects(cluster, address, "node/node-3")}


def _host_network_pod() -> Any:
    """Return the Pod IP of a Pod on node-2 that uses the network of its Node.

    Source of the rule: PodSpec.hostNetwork: the Pod has the address of its Node.
    """
    cluster = application()
    cluster.apply(_PROBE.format(spec="  hostNetwork: true\n  nodeName: node-2"))
    cluster.settle()
    return cluster["pod/probe"].status["podIP"]


def _tells() -> str:
    """Return the letter of the command that succeeds while the cache is up, and fails while it is down."""
    up, down = application(), application()
    down.scale("deploy/cache", 0)
    down.settle()
    (letter,) = [
        letter
        for letter, command in _COMMANDS.items()
        if not up.kubectl(f"exec client -- {command}").exit and down.kubectl(f"exec client -- {command}").exit
    ]
    return letter


def _answering() -> int:
    """Return how many cache Pods get some of 100 connections that one of them opens to its own Service.

    Source of the rule: kube-proxy marks hairpin packets for masquerading (KUBE-MARK-MASQ).
    """
    cluster = shared()
    pod = cluster.objects("pods", "tier=cache")[0]
    shares = cluster.trace("http://cache:6379", source=pod.ref, times=100).spread
    return sum(bool(share.requests and share.outcome == "connected") for share in shares)


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


def _who_reaches_the_cache(cluster: Cluster) -> Facts:
    """Return what exercise 10 looks at.

    Source of the rule: NetworkPolicySpec: podSelector selects the Pods to which the policy applies.
    """
    return {
        "frontend": _connects(cluster, "http://cache:6379", "tier=frontend"),
        "port": _drops_other_ports(cluster),
        "client": _there(cluster, "client") and not _connects(cluster, "http://cache:6379", "pod/client"),
        "others": _there(cluster, "client")
        and _connects(cluster, "http://mysql-server:3306", "pod/client")
        and _connects(cluster, "http://frontend", "pod/client"),
    }


def _drops_other_ports(cluster: Cluster) -> bool:
    """Say whether a packet from a frontend Pod to a port of the cache that is not 6379 is dropped, and not refused."""
    senders, caches = (cluster.objects("pods", label) for label in ("tier=frontend", "tier=cache"))
    if not (senders and caches):
        return False
    target = f"{caches[0].status['podIP']}:6380"
    return bool(cluster.trace(target, source=senders[0].ref).outcome == "timeout")


def _who_reaches_the_database(cluster: Cluster) -> Facts:
    """Return what exercise 11 looks at.

    Source of the rule: NetworkPolicies are additive, and their order does not matter.
    """
    target = "http://mysql-server:3306"
    return {
        "backup": _there(cluster, "backup") and _connects(cluster, target, "pod/backup"),
        "frontend": _connects(cluster, target, "track=stable"),
        "client": _there(cluster, "client") and not _connects(cluster, target, "pod/client"),
        "policy": _there(cluster, "mysql-0") and bool(cluster.policies("pod/mysql-0").facts.ingress.isolated),
        "label": any(pod.name == "backup" for pod in cluster.objects("pods", "tier=batch")),
    }


def _there(cluster: Cluster, name: str) -> bool:
    """Say whether there is a Pod of this name."""
    return any(pod.name == name for pod in cluster.objects("pods"))


def _probe(cluster: Cluster) -> Facts:
    """Return what exercise 12 looks at.

    Source of the rule: PodSpec.hostNetwork and PodSpec.nodeName.
    """
    pod = next((pod for pod in cluster.objects("pods") if pod.name == "probe"), None)
    status = pod.status if pod is not None else {}
    ready = [item for item in status.get("conditions", []) if item["type"] == "Ready"]
    node = pod.spec.get("nodeName") if pod is not None else None
    of_node = [entry["address"] for entry in cluster[f"node/{node}"].status["addresses"]] if node else []
    return {
        "ready": bool(ready) and ready[0]["status"] == "True",
        "node": node == "node-3",
        "network": status.get("podIP") in of_node,
    }


SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                "found by a selector": Word(vocabulary(__name__, "kept-in")),
                "a Pod without the key": YES_NO,
                "new Pods": Number(),
            }
        ),
        _remembered,
        {
            "annotations-too": {"found by a selector": "annotation"},
            "the-key-must-be-there": {"a Pod without the key": "no"},
            "the-pod-still-counts": {"new Pods": 0},
        },
    ),
    "guess-1": Solution(
        Choice("abc"),
        lambda: _opens(
            shared(), {"a": "192.168.0.11:31080", "b": f"{_cluster_ip()}:80", "c": "10.244.1.4:8080"}
        ),
        {"a-service-is-for-everybody": "b", "a-pod-can-be-called-from-anywhere": "c"},
    ),
    "guess-2": Solution(
        Choice("abc"),
        _seen_by_the_database,
        {"pods-hide-behind-nodes": "b", "everything-goes-through-a-service": "c"},
    ),
    "guess-3": Solution(
        Choice("abcd"),
        _where_it_is,
        {"on-some-machine": "b", "on-every-node": "c", "on-its-pods": "d"},
    ),
    "guess-4": Solution(
        Choice("abc"),
        _where_it_changes,
        {"at-the-pod": "b", "through-the-master": "c"},
    ),
    "guess-5": Solution(
        Choice("abc"),
        _after_the_policy,
        {"only-direct-calls": "a", "a-polite-no": "b"},
    ),
    "1": Solution(
        Fields(dict.fromkeys(_ASKED, Word(vocabulary(__name__, "address")))),
        _kinds,
        {"ten-means-pod": {"10.0.1.7": _POD}, "the-third-number-decides": {"10.1.2.10": _CLUSTER}},
    ),
    "2": Solution(
        Prints(application),
        "kubectl get pods --field-selector spec.nodeName=node-2 -l app=guestbook",
        {
            "labels-of-the-node": "kubectl get pods -l app=guestbook,kubernetes.io/hostname=node-2",
            "the-node-is-enough": "kubectl get pods --field-selector spec.nodeName=node-2",
            "wide-is-enough": "kubectl get pods -l app=guestbook -o wide",
        },
    ),
    "3": Solution(
        Choice("abcd"),
        _sender,
        {"the-node-is-the-sender": "a", "a-service-sends": "c", "one-common-pool": "d"},
    ),
    "4": Solution(
        Deed(application, _second_address),
        "kubectl expose deployment cache --name=cache-fixed --port=6379 --cluster-ip=10.96.0.50",
        {
            "may-change-later": """kubectl patch service cache -p '{"spec":{"clusterIP":"10.96.0.50"}}'""",
            "an-address-is-enough": (
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: cache-fixed\n"
                "spec:\n  clusterIP: 10.96.0.50\n  ports:\n    - port: 6379\n"
            ),
        },
    ),
    "5": Solution(
        Choices("abcd"),
        _open_to_a_node,
        {
            "cluster-ip-in-pods-only": {"b", "c"},
            "pods-through-a-service-only": {"a", "b"},
            "node-ports-for-outside-only": {"a", "c"},
            "four-names": {"a", "b", "c", "d"},
        },
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
        Choice("abcd"),
        _tells,
        {"cluster-ip-can-be-pinged": "a", "the-node-answers-for-its-pods": "c", "any-port-will-do": "d"},
    ),
    "8": Solution(
        Number(),
        _answering,
        {"never-reaches-itself": 1, "not-from-inside": 0},
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
    "10": Solution(
        Deed(application, _who_reaches_the_cache, lines=16),
        _policy("cache", "cache", "frontend", 6379),
        {
            "the-first-selector-is-the-sender": _policy("cache", "frontend", "cache", 6379),
            "empty-selects-nothing": _policy("cache", "", "frontend", 6379),
        },
    ),
    "11": Solution(
        Deed(lambda: _guarded().copy(), _who_reaches_the_database, lines=16),
        _policy("backup-to-database", "database", "batch", 3306),
        {
            "away-with-it": "kubectl delete networkpolicy database",
            "a-label-is-only-for-the-policy": "kubectl label pod backup tier=frontend --overwrite",
        },
    ),
    "12": Solution(
        Deed(application, _probe),
        _PROBE.format(spec="  hostNetwork: true\n  nodeName: node-3"),
        {
            "the-node-gives-its-address": _PROBE.format(spec="  nodeName: node-3"),
            "host-network-chooses-the-node": _PROBE.format(spec="  hostNetwork: true"),
        },
    ),
}
