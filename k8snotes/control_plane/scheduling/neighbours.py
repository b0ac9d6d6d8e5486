"""Filters that look at the other Pods: pod affinity, pod anti-affinity, and topology spread constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.control_plane.scheduling.filters import Refusal
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos
from k8snotes.control_plane.scheduling.taints import untolerated

__all__ = ["Namespaces", "Neighbours", "looks_at_neighbours"]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_UNEVEN = "node(s) didn't match pod topology spread constraints"
_SPREAD, _AFFINITY = "PodTopologySpread", "InterPodAffinity"
_NO_LABEL = Refusal((f"{_UNEVEN} (missing required label)",), code=_SPREAD)
_SKEWED = Refusal((_UNEVEN,), preemption_helps=True, code=_SPREAD)
_LONELY = Refusal(("node(s) didn't match pod affinity rules",), code=_AFFINITY)
_REPELLED = Refusal(("node(s) didn't match pod anti-affinity rules",), preemption_helps=True, code=_AFFINITY)
_UNWELCOME = Refusal(
    ("node(s) didn't satisfy existing pods anti-affinity rules",), preemption_helps=True, code=_AFFINITY
)

Place = tuple[str, str]  # a topology key and a Node's label value of it: one zone, one Node
Namespaces = Mapping[str, Mapping[str, str]]  # the labels of each Namespace


def looks_at_neighbours(needs: Needs) -> bool:
    """Whether it matters to a Pod with these needs which other Pods run where."""
    affinity = mapping(needs.spec.get("affinity"))
    return bool(
        affinity.get("podAffinity")
        or affinity.get("podAntiAffinity")
        or any(_hard(item) for item in mappings(needs.spec.get("topologySpreadConstraints")))
    )


class Neighbours:
    """What the Pods that run say about where a new one may go.

    Source of the rules: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ and
    https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
    """

    def __init__(self, pod: Pod, needs: Needs, infos: NodeInfos, namespaces: Namespaces) -> None:
        self._pod, self._needs = pod, needs
        affinity = mapping(needs.spec.get("affinity"))
        self._near = mappings(mapping(affinity.get("podAffinity")).get(_REQUIRED))
        self._apart = mappings(mapping(affinity.get("podAntiAffinity")).get(_REQUIRED))
        self._spread = [item for item in mappings(needs.spec.get("topologySpreadConstraints")) if _hard(item)]
        self._liked: Counter[Place] = Counter()
        self._disliked: set[Place] = set()
        self._taken: set[Place] = set()
        for info in infos:
            labels = info.node.labels
            for other, theirs in info.pods.values():
                if self._near and all(_means(term, pod, other, namespaces) for term in self._near):
                    self._liked.update(_places(self._near, labels))
                for term in self._apart:
                    if _means(term, pod, other, namespaces):
                        self._disliked.update(_places([term], labels))
                if theirs.anti_affinity:
                    for term in _apart_of(theirs):
                        if _means(term, other, pod, namespaces):
                            self._taken.update(_places([term], labels))
        self._goes_first = bool(self._near) and all(_means(term, pod, pod, namespaces) for term in self._near)
        self._counts = [self._count(item, infos) for item in self._spread]

    def refusal(self, info: NodeInfo) -> Refusal | None:
        """Return why a Node cannot take the Pod, or None if it can."""
        labels = info.node.labels
        for constraint, counts in zip(self._spread, self._counts, strict=True):
            key = text(constraint.get("topologyKey"))
            if key not in labels:
                return _NO_LABEL
            least = min(counts.values(), default=0)
            if len(counts) < int(constraint.get("minDomains") or 1):
                least = 0
            itself = _selector(constraint).matches(self._pod.labels)
            if counts.get(labels[key], 0) + itself - least > int(constraint.get("maxSkew", 1)):
                return _SKEWED
        if not self._is_near(labels):
            return _LONELY
        if any(place in self._disliked for place in _places(self._apart, labels)):
            return _REPELLED
        if any(labels.get(key) == value for key, value in self._taken):
            return _UNWELCOME
        return None

    def _is_near(self, labels: Mapping[str, str]) -> bool:
        """Whether a Node is in the same places as the Pods that this one wants to be near."""
        places = _places(self._near, labels)
        if len(places) < len(self._near):
            return False
        if all(self._liked[place] for place in places):
            return True
        # the first of a group that wants to be together may go anywhere
        return not self._liked and self._goes_first

    def _count(self, constraint: dict[str, Any], infos: NodeInfos) -> dict[str, int]:
        """Return how many like Pods run in each place that a spread constraint speaks of."""
        keys = [text(item.get("topologyKey")) for item in self._spread]
        key = text(constraint.get("topologyKey"))
        selector = _selector(constraint)
        counts: dict[str, int] = {}
        for info in infos:
            labels = info.node.labels
            if not all(item in labels for item in keys):
                continue
            if constraint.get("nodeAffinityPolicy") != "Ignore" and not wants(self._needs.spec, info.node):
                continue
            if constraint.get("nodeTaintsPolicy") == "Honor" and untolerated(self._needs.spec, info.node):
                continue
            like = sum(
                other.namespace == self._pod.namespace
                and not other.terminating
                and selector.matches(other.labels)
                for other, _ in info.pods.values()
            )
            counts[labels[key]] = counts.get(labels[key], 0) + like
        return counts


def _hard(constraint: dict[str, Any]) -> bool:
    """Whether a spread constraint forbids, and does not only prefer."""
    return bool(constraint.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule")


def _selector(term: dict[str, Any]) -> Selector:
    """Return the label selector of a term."""
    selector = term.get("labelSelector")
    return Selector.from_label_selector(selector if isinstance(selector, dict) else None)


def _means(term: dict[str, Any], owner: Pod, other: Pod, namespaces: Namespaces) -> bool:
    """Whether a term of `owner` is about `other`: by its labels, and by the Namespace it is in."""
    named = [text(item) for item in sequence(term.get("namespaces"))]
    chosen = term.get("namespaceSelector")
    if not named and chosen is None:
        named = [owner.namespace]
    inside: bool = other.namespace in named or (
        isinstance(chosen, dict)
        and Selector.from_label_selector(chosen).matches(namespaces.get(other.namespace, {}))
    )
    return bool(inside and _selector(term).matches(other.labels))


def _places(terms: Iterable[dict[str, Any]], labels: Mapping[str, str]) -> list[Place]:
    """Return the places of a Node that terms speak of: its zone, itself."""
    keys = [text(term.get("topologyKey")) for term in terms]
    return [(key, labels[key]) for key in keys if key in labels]


def _apart_of(needs: Needs) -> list[dict[str, Any]]:
    """Return the terms by which a Pod keeps others away."""
    affinity = mapping(needs.spec.get("affinity"))
    return mappings(mapping(affinity.get("podAntiAffinity")).get(_REQUIRED))
