"""Node: its address, what it has to give, and how many Pods it holds."""

from __future__ import annotations

from k8snotes.api.base import text
from k8snotes.api.kinds.node import Node
from k8snotes.catalogue import _, named, ngettext
from k8snotes.facts.card import Asked, Body, Piece, State, codes, fact, first
from k8snotes.facts.states import node_state, taint_words

__all__ = ["body"]


_GIVEN = ("cpu", "memory", "pods")


def body(node: Node, asked: Asked) -> Body:
    """Return what the card of a Node says."""
    state = node_state(node)
    pods = sum(text(pod.spec.get("nodeName")) == node.name for pod in asked.api.list("pods"))
    given = [f"{name} {text(node.allocatable.get(name))}" for name in _GIVEN if node.allocatable.get(name)]
    facts = [
        fact(_("Node IP"), *codes(filter(None, [node.ip]), "node")),
        fact(_("Pod network"), *codes(filter(None, [node.pod_cidr]), "pod")),
        fact(_("allocatable"), named(given)),
        fact(_("holds"), ngettext("{n} Pod", "{n} Pods", pods)),
    ]
    if node.taints:
        facts.append(fact(_("taints"), *first(Piece(taint_words(item), "", "code") for item in node.taints)))
    role = "pod" if state == "Ready" else "waiting" if node.ready else "fault"
    tries = [asked.call("capacity", node.name)]
    if not asked.snapshot:
        tries.append(asked.call("rules", node.name))
    told = tuple(item for item in facts if any(piece.text for piece in item.pieces))
    return Body(told, State(state, role), "node", (), tuple(tries))
