"""Filters: the reasons why a Node cannot take a Pod, in the words of kube-scheduler's plugins.

They are asked in kube-scheduler's order, and the first that refuses a Node gives the reason.
Source of the rules: https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
"""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.base import Manifest, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo
from k8snotes.control_plane.scheduling.requests import HostPort
from k8snotes.control_plane.scheduling.taints import cordon_tolerated, untolerated

__all__ = ["Refusal", "fits_ports", "fits_resources", "misfit", "refusal"]


class Refusal(NamedTuple):
    """Why a Node cannot take a Pod.

    Args:
        reasons: the reasons in the words of kube-scheduler's plugins.
        preemption_helps: whether the Pod could go there once other Pods were gone.
        code: the plugin that refuses: "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity",
            "NodePorts", "NodeResourcesFit", "PodTopologySpread", "InterPodAffinity".
        lacking: for "NodeResourcesFit" what there is too little of ("pods", "cpu"), one for each reason.

    Source of the rule: https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
    """

    reasons: tuple[str, ...]
    preemption_helps: bool = False
    code: str = ""
    lacking: tuple[str, ...] = ()


_UNSCHEDULABLE = Refusal(("node(s) were unschedulable",), code="NodeUnschedulable")
_TAINTED = Refusal(("node(s) had untolerated taint(s)",), code="TaintToleration")
_NOT_WANTED = Refusal(("node(s) didn't match Pod's node affinity/selector",), code="NodeAffinity")
_PORT_TAKEN = Refusal(
    ("node(s) didn't have free ports for the requested pod ports",), preemption_helps=True, code="NodePorts"
)
_WRONG_NAME = Refusal(("node(s) didn't match the requested node name",), code="NodeName")


def refusal(needs: Needs, info: NodeInfo) -> Refusal | None:
    """Return why a Node cannot take a Pod with these needs, or None if it can."""
    spec, node = needs.spec, info.node
    if node.unschedulable and not cordon_tolerated(mappings(spec.get("tolerations"))):
        return _UNSCHEDULABLE
    if text(spec.get("nodeName")) not in ("", node.name):
        return _WRONG_NAME
    if no := misfit(spec, node):
        return no
    if not fits_ports(needs, info):
        return _PORT_TAKEN
    return fits_resources(needs, info)


def misfit(spec: Manifest, node: Node) -> Refusal | None:
    """Return why the taints or the labels of a Node keep Pods away, whatever runs there; None if they do not.

    Args:
        spec: the specification of the Pods.
        node: the Node.
    """
    if untolerated(spec, node):
        return _TAINTED
    return None if wants(spec, node) else _NOT_WANTED


def fits_ports(needs: Needs, info: NodeInfo) -> bool:
    """Whether the host ports that a Pod wants are free on a Node."""
    taken = [port for port, count in info.ports.items() if count]
    return not any(_collide(wanted, other) for wanted in needs.ports for other in taken)


def fits_resources(needs: Needs, info: NodeInfo) -> Refusal | None:
    """Return why a Node has too little left, or None if it has enough.

    A Pod that asks for more than the whole Node has would not fit even on an empty one.
    """
    lacking = []
    hopeless = False
    if len(info.pods) + 1 > info.allocatable.get("pods", 0):
        lacking.append("pods")
    for name, wanted in needs.requests.items():
        there = info.allocatable.get(name, 0)
        if 0 < wanted > there - info.used.get(name, 0):
            lacking.append(name)
            hopeless = hopeless or wanted > there
    if not lacking:
        return None
    reasons = tuple("Too many pods" if name == "pods" else f"Insufficient {name}" for name in lacking)
    return Refusal(reasons, not hopeless, "NodeResourcesFit", tuple(lacking))


def _collide(a: HostPort, b: HostPort) -> bool:
    """Whether two host ports are the same: number, protocol, and an address that both mean."""
    every = "0.0.0.0"  # noqa: S104  # a Pod asks for it on all of the Node's addresses
    return a[1:] == b[1:] and (a[0] == b[0] or every in (a[0], b[0]))
