"""The sender of a packet: a Pod, a program on a Node, or a machine outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.errors import ClusterError, did_you_mean, suggestion
from k8snotes.network.state import NetworkState
from k8snotes.node.addresses import is_ipv4, node_ip

__all__ = ["OUTSIDE_IP", "Sender", "can_send", "sender_of"]

OUTSIDE_IP = "203.0.113.5"  # a machine somewhere else (the range is kept for documentation)


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a packet: `kind` is "pod", "node" or "outside"; a Pod on its Node's network sends as the Node does.

    `ref` names it ("pod/client", "outside"), `ip` is its address, `node` the name of its Node ("" outside).
    """

    kind: str
    ref: str
    ip: str
    node: str = ""
    pod: Pod | None = None

    @classmethod
    def of_pod(cls, pod: Pod) -> Sender:
        """Return a Pod as a sender. Raises ClusterError for one that cannot send."""
        if not can_send(pod):
            if pod.ended:
                ended = _("{pod} cannot send, because it has ended ({phase}).", pod=pod.ref, phase=pod.phase)
                raise ClusterError(ended)
            raise ClusterError(
                _(
                    "{pod} cannot send, because it has no address yet. Call c.settle() to let it start.",
                    pod=pod.ref,
                )
            )
        if not is_ipv4(pod.ip):
            raise ClusterError(
                _(
                    "{pod} cannot send, because its address is {address}, and only IPv4 is simulated here.",
                    pod=pod.ref,
                    address=pod.ip,
                )
            )
        return cls("node" if pod.host_network else "pod", pod.ref, pod.ip, pod.node_name, pod)

    @classmethod
    def of_node(cls, node: Node) -> Sender:
        """Return a program on a Node as a sender. Raises ClusterError for a Node without IPv4 address."""
        ip = node_ip(node)
        if not ip:
            raise ClusterError(
                _(
                    "{node} cannot send, because it has no IPv4 address, and only IPv4 is simulated here.",
                    node=node.ref,
                )
            )
        return cls("node", node.ref, ip, node.name)

    @classmethod
    def outside(cls, ip: str = OUTSIDE_IP) -> Sender:
        """Return a machine that is no Node as a sender."""
        return cls("outside", "outside", ip)


def can_send(pod: Pod) -> bool:
    """Whether a Pod can send at all: it has an address, and its containers have not ended for good."""
    return bool(pod.ip) and not pod.ended


def sender_of(source: str | KubeObject, state: NetworkState, find: Callable[[str], KubeObject]) -> Sender:
    """Return the sender that a reader names.

    Args:
        source: A Pod or a Node, or text: "pod/client", "node/node-1" or "node-1", "outside", or an
            IPv4 address of a Pod, a Node, or a machine outside.
        find: Returns the object of a reference, and raises NotFoundError with what there is instead.

    Raises:
        ClusterError: For what cannot send, and text that names no sender.
        NotFoundError: For an object that is not there.
    """
    if isinstance(source, KubeObject):
        return _of_object(source)
    if not isinstance(source, str):
        raise ClusterError(
            _('A source is text such as "pod/client", not a {type}.', type=type(source).__name__)
        )
    if source == "outside":
        return Sender.outside()
    if is_ipv4(source):
        return _of_address(source, state)
    if ":" in source:
        raise ClusterError(
            _('"{source}" is no sender, because the clusters here have only IPv4 addresses.', source=source)
        )
    if "/" not in source and source not in state.node_named:
        raise ClusterError(
            _(
                '"{source}" is no sender. Write a Pod, as in source="pod/client", a Node, as in "node/node-1", '
                'an address, or "outside".{suggestion}',
                source=source,
                suggestion=_meant(source, state),
            )
        )
    return _of_object(state.node_named.get(source.removeprefix("node/")) or find(source))


def _of_object(obj: KubeObject) -> Sender:
    if isinstance(obj, Node):
        return Sender.of_node(obj)
    if isinstance(obj, Pod):
        return Sender.of_pod(obj)
    raise ClusterError(
        _(
            '{object} cannot send, because it is of kind {kind}. Write a Pod, as in source="pod/client", '
            'a Node, as in "node/node-1", or "outside".',
            object=obj.ref,
            kind=obj.kind,
        )
    )


def _meant(source: str, state: NetworkState) -> str:
    pod = next((pod for pod in state.pods if pod.name == source), None)
    if pod is not None:
        return suggestion(pod.ref)
    return did_you_mean(source.lower(), ["outside", *state.node_named])


def _of_address(ip: str, state: NetworkState) -> Sender:
    node = state.node_at.get(ip) or state.bridge_at.get(ip)
    if node is not None:
        return Sender.of_node(node)
    pod = state.pod_at.get(ip)
    if pod is not None:
        return Sender.of_pod(pod)
    why_not = _why_no_machine(ip, state)
    if why_not:
        raise ClusterError(why_not)
    return Sender.outside(ip)


def _why_no_machine(ip: str, state: NetworkState) -> str:
    """Say why no machine can have an address, "" for one that a machine outside may have."""
    number = IPv4Address(ip)
    if state.is_pod_ip(ip):
        return _("No machine sends from {ip}: it belongs to the Pod network, and no Pod has it.", ip=ip)
    if state.is_service_ip(ip):
        return _(
            "No machine sends from {ip}: it is in the range of Cluster IPs, which no machine has.", ip=ip
        )
    if number.is_loopback:
        return _(
            '{ip} is the own address of every machine. Say which machine sends, as in source="node/node-1".',
            ip=ip,
        )
    if number.is_multicast or number.is_unspecified or ip == "255.255.255.255":
        return _("No machine sends from {ip}: it is not the address of a single machine.", ip=ip)
    return ""
