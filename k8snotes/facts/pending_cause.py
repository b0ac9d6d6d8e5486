"""Why Nodes cannot take a Pod, in sentences that follow the scheduler's own reasons: one for each rule that refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from k8snotes.api.base import mapping, sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.catalogue import _, clauses, named, ngettext
from k8snotes.control_plane.scheduling.neighbours import Hindrance
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo
from k8snotes.control_plane.scheduling.volumes import PodVolumes

__all__ = [
    "NEIGHBOURLY",
    "STORED",
    "expression_words",
    "hindering_pods",
    "hindrance_words",
    "no_node_because",
    "taken_ports",
    "volume_words",
]

NEIGHBOURLY = ("PodTopologySpread", "InterPodAffinity")
"""The scheduler's plugins that look at the other Pods."""

STORED = ("VolumeBinding", "VolumeRestrictions", "VolumeZone")
"""The scheduler's plugins that look at volumes."""

_EVERY = "0.0.0.0"  # noqa: S104  # a Pod asks for it on all of the Node's addresses


def no_node_because(refused: Sequence[tuple[str, Hindrance | None]]) -> str:
    """Say why no Node can take a Pod: one clause for each of the scheduler's reasons, the most frequent first.

    Args:
        refused: for each Node the plugin that refuses it, and what of the other Pods is in the way.

    >>> no_node_because([("TaintToleration", None), ("NodeUnschedulable", None), ("TaintToleration", None)])
    'no Node can take it, because 2 Nodes have a taint that it does not tolerate; 1 Node is cordoned'
    """
    firsts: dict[tuple[str, str], Hindrance | None] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for code, hindrance in refused:
        key = code, hindrance.rule if hindrance is not None else ""
        counted[key] += 1
        firsts.setdefault(key, hindrance)
    said = [_clause(code, count, firsts[code, rule]) for (code, rule), count in counted.most_common()]
    known = [clause for clause in said if clause]
    if not known:
        return _("no Node can take it")
    return _("no Node can take it, because {causes}", causes=clauses(*known))


def _clause(code: str, n: int, hindrance: Hindrance | None) -> str:
    """Say how many Nodes one rule refuses, "" for a rule of which there is nothing to say."""
    if hindrance is not None:
        return _neighbours_clause(n, hindrance)
    match code:
        case "NodeResourcesFit":
            return ngettext("too little is left on {n} Node", "too little is left on {n} Nodes", n)
        case "TaintToleration":
            return ngettext(
                "{n} Node has a taint that it does not tolerate",
                "{n} Nodes have a taint that it does not tolerate",
                n,
            )
        case "NodeUnschedulable":
            return ngettext("{n} Node is cordoned", "{n} Nodes are cordoned", n)
        case "NodeAffinity":
            return ngettext(
                "{n} Node does not have the labels that it asks for",
                "{n} Nodes do not have the labels that it asks for",
                n,
            )
        case "NodePorts":
            return ngettext(
                "a host port that it needs is taken on {n} Node",
                "a host port that it needs is taken on {n} Nodes",
                n,
            )
        case "VolumeBinding" | "VolumeZone":
            return ngettext(
                "{n} Node cannot reach its volumes, or has none for it",
                "{n} Nodes cannot reach its volumes, or have none for it",
                n,
            )
        case "VolumeRestrictions":
            return _("another Pod uses its claim, which only one Pod may use")
        case "NodeName":
            return ngettext(
                "{n} Node has another name than it asks for", "{n} Nodes have other names than it asks for", n
            )
    return ""


def _neighbours_clause(n: int, hindrance: Hindrance) -> str:
    """Say how many Nodes a rule about the other Pods refuses."""
    parts = {"key": hindrance.key, "selector": hindrance.selector}
    match hindrance.rule:
        case "spread-label":
            return ngettext(
                "{n} Node has no label {key}, by which its topology spread constraint counts Pods",
                "{n} Nodes have no label {key}, by which its topology spread constraint counts Pods",
                n,
                **parts,
            )
        case "spread":
            return ngettext(
                "on {n} Node it would exceed the maxSkew of its topology spread constraint for {key}",
                "on {n} Nodes it would exceed the maxSkew of its topology spread constraint for {key}",
                n,
                **parts,
            )
        case "affinity":
            return ngettext(
                "its pod affinity needs a Pod with {selector} in the same {key}, and {n} Node has none",
                "its pod affinity needs a Pod with {selector} in the same {key}, and {n} Nodes have none",
                n,
                **parts,
            )
        case "anti-affinity":
            return ngettext(
                "its pod anti-affinity excludes {n} Node, where a Pod with {selector} runs in the same {key}",
                "its pod anti-affinity excludes {n} Nodes, where a Pod with {selector} runs in the same {key}",
                n,
                **parts,
            )
    return ngettext(
        "the pod anti-affinity of other Pods excludes {n} Node",
        "the pod anti-affinity of other Pods excludes {n} Nodes",
        n,
    )


def hindrance_words(hindrance: Hindrance) -> str:
    """Say what of the other Pods keeps a Pod from one Node, with names and numbers.

    >>> hindrance_words(Hindrance("anti-affinity", "kubernetes.io/hostname", "app=web", "node-1", ("web-1",)))
    'the pod anti-affinity excludes Pods with app=web in the same kubernetes.io/hostname (node-1), and web-1 runs there'
    """
    parts: dict[str, Any] = {
        "key": hindrance.key,
        "selector": hindrance.selector,
        "place": hindrance.place,
        "pods": named(hindrance.pods),
    }
    match hindrance.rule:
        case "spread-label":
            return _(
                "the topology spread constraint counts Pods by the label {key}, which the Node does not have",
                **parts,
            )
        case "spread":
            return _(
                "{key} {place} has {there} Pods with {selector}, and the place with the fewest has {least}: "
                "one more would exceed maxSkew {most}",
                there=hindrance.there,
                least=hindrance.least,
                most=hindrance.most,
                **parts,
            )
        case "affinity":
            if not hindrance.place:
                return _("the pod affinity needs the label {key}, which the Node does not have", **parts)
            return _(
                "the pod affinity needs a Pod with {selector} in the same {key} ({place}), and there is none",
                **parts,
            )
        case "anti-affinity":
            return _(
                "the pod anti-affinity excludes Pods with {selector} in the same {key} ({place}), "
                "and {pods} runs there",
                **parts,
            )
    return _("the pod anti-affinity of {pods} keeps this Pod out of the same {key} ({place})", **parts)


def volume_words(volumes: PodVolumes, info: NodeInfo) -> Iterator[str]:
    """Say why the volumes of a Pod keep it from a Node, with their names.

    Args:
        volumes: the volumes of the Pod.
        info: the Node, which the scheduler refuses because of them.
    """
    if volumes.users:
        yield _(
            "{pod} uses the claim {claim}, and its access mode ReadWriteOncePod allows only one Pod",
            pod=named(sorted(volumes.users.values())),
            claim=named(volumes.alone),
        )
        return
    for volume in volumes.unreached(info.node):
        owner = mapping(volume.spec.get("claimRef"))
        yield _(
            "the volume {volume} of claim {claim} cannot be mounted on this Node",
            volume=volume.name,
            claim=text(owner.get("name")),
        )
    for claim, there in volumes.bound:
        if there is None:
            gone = text(claim.spec.get("volumeName"))
            yield _("the volume {volume} of claim {claim} does not exist", volume=gone, claim=claim.name)
    if volumes.delayed and volumes.plan(info.node) is None:
        yield _(
            "there is no volume for claim {claim} that this Node can reach, and none can be made for it",
            claim=named(claim.name for claim in volumes.delayed),
        )


def expression_words(expression: dict[str, Any], node: Node) -> str:
    """Say which expression of a Pod's node affinity a Node does not fulfil.

    Args:
        expression: the expression, with key, operator and values.
        node: the Node.
    """
    key, operator = text(expression.get("key")), text(expression.get("operator"))
    values = ", ".join(text(value) for value in sequence(expression.get("values")))
    wanted = f"{key} {operator} ({values})" if values else f"{key} {operator}"
    there = node.name if key == "metadata.name" else node.labels.get(key)
    if there is None:
        return _("the Pod's node affinity needs {wanted}, but the Node has no such label", wanted=wanted)
    return _(
        "the Pod's node affinity needs {wanted}, but the Node has the value {there}",
        wanted=wanted,
        there=there,
    )


def hindering_pods(hindrance: Hindrance | None, code: str, needs: Needs, info: NodeInfo | None) -> list[str]:
    """Return the names of the Pods that keep a Pod from a Node by their labels or by their host ports.

    Args:
        hindrance: what of the other Pods is in the way, None if that is not the reason.
        code: the scheduler's plugin that refuses the Node.
        needs: what the Pod needs.
        info: the Node with its Pods.
    """
    if hindrance is not None:
        return [*hindrance.pods] if hindrance.rule == "anti-affinity" else []
    if code == "NodePorts" and info is not None:
        return [other for _number, _protocol, other in taken_ports(needs, info)]
    return []


def taken_ports(needs: Needs, info: NodeInfo) -> Iterator[tuple[int, str, str]]:
    """Yield the host ports that a Pod needs and that are taken on a Node: number, protocol, and the Pod that has it.

    Args:
        needs: what the Pod needs.
        info: the Node with its Pods.
    """
    for ip, protocol, number in needs.ports:
        for other, theirs in info.pods.values():
            if any(
                (protocol, number) == (used, taken) and (ip == at or _EVERY in (ip, at))
                for at, used, taken in theirs.ports
            ):
                yield number, protocol, other.name
                break
