"""The exercises of chapter 07: whose address it is, and who can use it."""

from __future__ import annotations

import ipaddress
from typing import Any

from k8snotes.course.answers import Address, Choice, Choices, Fields, Number, Word
from k8snotes.course.clusters import application, shared
from k8snotes.course.exercise import Exercise, Wrong

__all__ = ["EXERCISES"]

_NODE, _POD, _CLUSTER = "Node IP", "Pod IP", "Cluster IP"
_WHICH = Word(
    (_NODE, _POD, _CLUSTER),
    {
        "node": _NODE.lower(),
        "pod": _POD.lower(),
        "cluster": _CLUSTER.lower(),
        "service": _CLUSTER.lower(),
        "service ip": _CLUSTER.lower(),
        "virtual ip": _CLUSTER.lower(),
        "vip": _CLUSTER.lower(),
    },
)
_KEYS = ("opens from your laptop", "is gone with its Pod", "is on no card at all")
_GUESS = (
    "Which of the three addresses opens from your laptop, which is gone with its Pod, which is on no card?"
)
_BLANKS = "{" + ", ".join(f'"{key}": "..."' for key in _KEYS) + "}"


def _cards() -> set[str]:
    """Return every address that some network card has."""
    cluster = shared()
    pods = {str(pod.status.get("podIP")) for pod in cluster.objects("pods")}
    return pods | {
        entry["address"] for node in cluster.objects("nodes") for entry in node.status["addresses"]
    }


def _holders(address: str) -> int:
    return sum(address == card for card in _cards())


def _guess() -> dict[str, str]:
    """Work out which of the three addresses in the question has which property."""
    cluster = shared()
    service = cluster["svc/frontend"]
    kinds = {
        _NODE: cluster.objects("nodes")[0].status["addresses"][0]["address"],
        _POD: str(cluster.endpoints("svc/frontend").ready[0].address),
        _CLUSTER: str(service.spec["clusterIP"]),
    }
    on_no_card = next(kind for kind, address in kinds.items() if not _holders(address))
    pods = {str(pod.status.get("podIP")) for pod in cluster.objects("pods")}
    return {
        _KEYS[0]: next(kind for kind, address in kinds.items() if address in _cards() - pods),
        _KEYS[1]: next(kind for kind, address in kinds.items() if address in pods),
        _KEYS[2]: on_no_card,
    }


def _pod_ips_of_two_containers() -> int:
    cluster = application()
    cluster.apply(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pair"}, "spec": {"containers": '
        '[{"name": "web", "image": "web"}, {"name": "helper", "image": "helper"}]}}'
    )
    cluster.settle()
    return len(cluster["pod/pair"].status["podIPs"])


def _for_a_pod_of_node_2() -> str:
    """Return the letter of the address that is in the range of node-2."""
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


def _state(cluster: Any) -> dict[str, Any]:
    pods = cluster.objects("pods", "tier=frontend")
    return {
        "a": {pod.name for pod in pods},
        "b": {pod.status["podIP"] for pod in pods},
        "c": cluster["svc/frontend"].spec["clusterIP"],
        "d": [node.status["addresses"] for node in cluster.objects("nodes")],
    }


def _host_network_pod() -> Any:
    cluster = application()
    cluster.apply(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "monitor"}, "spec": {"hostNetwork": true, '
        '"nodeName": "node-2", "containers": [{"name": "monitor", "image": "monitor"}]}}'
    )
    cluster.settle()
    return cluster["pod/monitor"].status["podIP"]


EXERCISES = (
    Exercise(
        "07-three-ips/guess",
        _GUESS,
        Fields(dict.fromkeys(_KEYS, _WHICH)),
        _guess,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter=_BLANKS,
        guess=True,
    ),
    Exercise(
        "07-three-ips/answer",
        _GUESS,
        Fields(dict.fromkeys(_KEYS, _WHICH)),
        _guess,
        "A Node IP is a machine's, a Pod IP lives as long as its Pod, a Cluster IP stands in rules only.",
        (
            Wrong(
                {_KEYS[0]: _CLUSTER},
                "a Service is there for everybody, so its Cluster IP is too",
                "A Cluster IP means something only where kube-proxy wrote its rules. Is your laptop a Node?",
            ),
            Wrong(
                {_KEYS[0]: _POD},
                "a Pod can be called from anywhere, once one knows its address",
                "Your laptop knows no way to 10.244.0.0/16. Which range is it in itself?",
            ),
            Wrong(
                {_KEYS[1]: _CLUSTER},
                "a Service's address follows its Pods",
                "You deleted a Pod above. Did the address of its Service change?",
            ),
            Wrong(
                {_KEYS[1]: _NODE},
                "a Pod has the address of its Node",
                "The Node stays when a Pod goes. Whose address was gone?",
            ),
            Wrong(
                {_KEYS[2]: _POD},
                "virtual means that nothing is there",
                "A Pod has a card of its own, a virtual one, and its address is on it. Which address is on none?",
            ),
            Wrong(
                {_KEYS[2]: _NODE},
                "a Node is not a machine but an idea of Kubernetes",
                "A Node is a computer, real or virtual, and has a network card.",
            ),
        ),
        "Go back to the picture: which frame is dashed?",
        starter=_BLANKS,
    ),
    Exercise(
        "07-three-ips/1",
        "On how many network cards of this cluster is the address 10.96.0.1?",
        Number(),
        lambda: _holders("10.96.0.1"),
        "It is the Cluster IP of the Service kubernetes: it stands in rules, and on no card.",
        (
            Wrong(
                1,
                "a Cluster IP sits on some machine, such as the one where the Service runs",
                "A Service runs nowhere. Look for the address among the Nodes and among the Pods.",
            ),
            Wrong(
                lambda: len(shared().objects("nodes")),
                "every Node has the Cluster IPs on its card",
                'Every Node has the rules. Look for the address in c.get("nodes", wide=True).',
            ),
        ),
        "Search for it in the tables of Nodes and of Pods.",
    ),
    Exercise(
        "07-three-ips/2",
        "A Pod with two containers is running. How many Pod IPs does it have?",
        Number(),
        _pod_ips_of_two_containers,
        "The containers of a Pod share one address; to each other they are localhost.",
        (
            Wrong(
                2,
                "every container has an address of its own",
                "It is called a Pod IP. Whose is it, by its name?",
            ),
            Wrong(
                0,
                "Pods have no addresses, only Nodes and Services have",
                'Look at the column IP of c.get("pods", wide=True).',
            ),
        ),
        'Look at the column IP of c.get("pods", wide=True): one row is one Pod.',
    ),
    Exercise(
        "07-three-ips/3",
        "A new Pod starts on node-2. Which of these addresses may it get?",
        Choice("abcde"),
        _for_a_pod_of_node_2,
        "It is in the podCIDR of node-2, the Node's share of the Pod network.",
        (
            Wrong(
                "a",
                "all Nodes take Pod addresses from one common pool",
                "It is in the Pod network. But compare the addresses on node-2 with those on node-1.",
            ),
            Wrong(
                "c",
                "Pods and Services take their addresses from one range",
                "That range is for Cluster IPs. Look at the addresses of the Pods.",
            ),
            Wrong(
                "d",
                "a Pod has an address of the network of its Node",
                "That network is for machines. Look at the addresses of the Pods on node-2.",
            ),
            Wrong(
                "e",
                "Docker gives out Pod IPs, from its bridge docker0",
                "So it was when the book of the notes was written. Where do they come from today? Ask the Node.",
            ),
        ),
        'Look at c["node/node-2"].manifest["spec"].',
    ),
    Exercise(
        "07-three-ips/4",
        "A frontend Pod is deleted and its controller makes another. What is different afterwards?",
        Choices("abcd"),
        _changed_when_a_pod_is_replaced,
        "A new Pod is a new name and a new address. Whoever calls the Service notices nothing.",
        (
            Wrong(
                {"a", "b", "c"},
                "a Service's address follows its Pods",
                'Compare c["svc/frontend"] before and after. Why would one want a Service at all?',
            ),
            Wrong(
                {"a"},
                "the new Pod inherits the address of the old one",
                "Compare the column IP before and after, and count what is new in it.",
            ),
            Wrong(
                {"b"},
                "a Pod of a Deployment is restarted, and keeps its name",
                "It is not restarted: another one is made. Compare the column NAME before and after.",
            ),
            Wrong(
                "none",
                "a deleted Pod comes back as it was",
                "Compare the tables before and after, row by row.",
            ),
        ),
        "Try it on c.copy(): a table before, delete, settle, a table after.",
        starter='{"..."}',
    ),
    Exercise(
        "07-three-ips/5",
        "Your laptop is in the network of the Nodes, and is no Node. Which address opens the guestbook there?",
        Choice("abcd"),
        lambda: "b",
        "From outside it takes a Node IP and a node port.",
        (
            Wrong(
                "a",
                "a Cluster IP works from everywhere, as a real address does",
                "A Cluster IP is real only where kube-proxy wrote rules for it: on the Nodes.",
            ),
            Wrong(
                "c",
                "a Pod IP works from everywhere, as a real address does",
                "The Pod network is known to the Nodes. Who would tell your laptop the way?",
            ),
            Wrong(
                "d",
                "a Node opens the Service's own port",
                "The address is good. Which of the Service's ports is meant for those who come from outside?",
            ),
        ),
        "Which of the three networks is your laptop in?",
    ),
    Exercise(
        "07-three-ips/6",
        "A Pod with hostNetwork: true runs on node-2. What is its Pod IP?",
        Address(),
        _host_network_pod,
        "It shares the network of its Node, and so the address of its Node.",
        (
            Wrong(
                "10.244.2.5",
                "every Pod has an address of its own, whatever its manifest says",
                "hostNetwork means: the network of the host. Who is the host here, and what is its address?",
            ),
            Wrong(
                "none",
                "a Pod without a card of its own has no address",
                "It can be called. It uses somebody else's card: whose?",
            ),
            Wrong(
                lambda: shared()["svc/frontend"].spec["clusterIP"],
                "a Pod can have a Cluster IP",
                "Cluster IPs belong to Services alone.",
            ),
        ),
        'Look at c.get("nodes", wide=True).',
        starter='"..."',
    ),
    Exercise(
        "07-three-ips/7",
        "kube-proxy is in iptables mode. A Pod pings the Cluster IP of the Service frontend. Who replies?",
        Choice("abc"),
        lambda: "c" if not _holders(shared()["svc/frontend"].spec["clusterIP"]) else "a",
        "No card has the address, and the rules are for TCP and UDP ports. A ping has no port.",
        (
            Wrong(
                "a",
                "a Cluster IP can be pinged, and a Pod behind it replies",
                "The rules lead packets for a Cluster IP *and a port* to a Pod. Which port does a ping have?",
            ),
            Wrong(
                "b",
                "the Node has the Cluster IP on its card",
                'Look for the address in c.get("nodes", wide=True).',
            ),
        ),
        "Whoever replies needs the address on a card. Who has it?",
    ),
)
