"""The Nodes that can take a Pod, best first; and of the others, why they cannot."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from k8snotes.api.base import text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane import caches
from k8snotes.control_plane.scheduling.failure import failure_message, reasons_text
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.neighbours import Hindrance, Namespaces, Neighbours
from k8snotes.control_plane.scheduling.node_affinity import named_nodes
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos
from k8snotes.control_plane.scheduling.scores import score
from k8snotes.control_plane.scheduling.volumes import PodVolumes

__all__ = ["Candidates", "CandidatesOfAlike", "Trial", "with_guests"]

_NOT_NAMED = Refusal(("node(s) didn't satisfy plugin(s) [NodeAffinity]",))
_MOST_KINDS = 256
_MOST_SCORES = 64_000  # scores of Nodes that are kept, of all kinds together


class Trial:
    """Asks the scheduler's filters, in its order, whether Nodes can take a Pod: as they are, or without some Pods.

    Pods for which a Node is nominated, and whose priority is not lower, are taken to be there already. As they are not
    there yet, the Pod has to fit without them, too.

    Args:
        pod: the Pod that wants a Node.
        needs: what it needs, see `needs_of`.
        infos: the Nodes, with the Pods that are on them.
        namespaces: the labels of each Namespace, None if it does not matter which other Pods run where.
        volumes: its volumes, None if Nodes do not differ for them.

    Source of the rule: `RunFilterPluginsWithNominatedPods` in k8s.io/kubernetes/pkg/scheduler/framework/runtime
    """

    def __init__(
        self,
        pod: Pod,
        needs: Needs,
        infos: NodeInfos,
        namespaces: Namespaces | None = None,
        volumes: PodVolumes | None = None,
    ) -> None:
        self._pod, self._needs, self._infos = pod, needs, infos
        self._namespaces, self._volumes = namespaces, volumes
        self._neighbours = None if namespaces is None else Neighbours(pod, needs, infos, namespaces)

    def hindrance(self, info: NodeInfo) -> Hindrance | None:
        """Return what of the other Pods keeps the Pod from a Node, None if nothing does."""
        return None if self._neighbours is None else self._neighbours.hindrance(info)

    def refusal(self, info: NodeInfo, gone: Collection[str] = (), *, guests: bool = True) -> Refusal | None:
        """Return why a Node cannot take the Pod, None if it can.

        Args:
            info: the Node.
            gone: the uids of Pods that are taken to be gone.
            guests: whether the Pods count for which the Node is nominated.
        """
        if guests and self._infos.nominated:
            there = self._infos.guests(info.name, self._needs.priority, self._pod.uid)
            against = self._filtered(info, gone, there) if there else None
            if against is not None:
                return against
        return self._filtered(info, gone, ())

    def _filtered(
        self, info: NodeInfo, gone: Collection[str], guests: Sequence[tuple[Pod, Needs]]
    ) -> Refusal | None:
        """Return what the filters say of a Node without some Pods and with its guests."""
        neighbours, there = self._neighbours, info
        if (gone or guests) and self._namespaces is not None:
            infos = self._infos.copy()
            for uid in gone:
                infos.remove(uid)
            for guest, needs in guests:
                infos.add(_as_on(guest, info.name), needs)
            there = infos.get(info.name) or info
            neighbours = Neighbours(self._pod, self._needs, infos, self._namespaces)
        elif gone or guests:
            there = with_guests(info, guests)
            for uid in gone:
                there.remove(uid)
        no = refusal(self._needs, there)
        if no is None and self._volumes is not None:
            no = self._volumes.refusal(there, gone)
        if no is None and neighbours is not None:
            no = neighbours.refusal(there)
        return no


def with_guests(info: NodeInfo, guests: Sequence[tuple[Pod, Needs]]) -> NodeInfo:
    """Return an account of a Node on which certain Pods run as well.

    Args:
        info: the Node, which stays as it is.
        guests: the Pods, with what they need.
    """
    there = info.copy()
    for guest, needs in guests:
        there.add(_as_on(guest, info.name), needs)
    return there


def _as_on(pod: Pod, node: str) -> Pod:
    """Return a Pod as it would be on a Node."""
    return Pod({**pod.raw, "spec": {**pod.spec, "nodeName": node}})


class Candidates:
    """Every Node, filtered and scored for one Pod.

    Args:
        pod: the Pod that wants a Node.
        needs: what it needs, see `needs_of`.
        infos: the Nodes, with the Pods that are on them.
        namespaces: the labels of each Namespace, None if it does not matter which other Pods run where.
        volumes: its volumes, where Nodes differ for them.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/#kube-scheduler-implementation
    """

    def __init__(
        self,
        pod: Pod,
        needs: Needs,
        infos: NodeInfos,
        namespaces: Namespaces | None = None,
        volumes: PodVolumes | None = None,
    ) -> None:
        self._pod, self.needs, self._infos = pod, needs, infos
        self.trial = Trial(pod, needs, infos, namespaces, volumes)
        self._alone = namespaces is None and volumes is None  # only the Node itself matters
        self._named = named_nodes(needs.spec)
        self._owner = text((pod.owner or {}).get("uid"))
        self._refusals: dict[str, Refusal] = {}
        self._scores: dict[str, int] = {}
        self._best_first: list[tuple[int, int, str]] = []
        self._failure = ""
        self._alike: dict[tuple[Any, ...], tuple[Refusal | None, int]] | None = None
        if self._alone and not infos.nominated and caches.enabled() and not _minds_labels_or_ports(needs):
            self._alike = {}
        for info in infos:
            self.look_at(info)
        self._alike = None  # later, Nodes are looked at one by one

    @property
    def count(self) -> int:
        """How many Nodes fit."""
        return len(self._scores)

    @property
    def refusals(self) -> Mapping[str, Refusal]:
        """Why each Node that cannot take the Pod cannot, by its name."""
        return self._refusals

    def best(self) -> NodeInfo | None:
        """Return the Node with the highest score, the emptiest, then the first by name among equals.

        None where no Node fits.
        """
        while self._best_first:
            negative, _, name = self._best_first[0]
            if self._scores.get(name) == -negative:
                return self._infos.get(name)
            heapq.heappop(self._best_first)  # an older score of this Node
        return None

    def fitting(self, name: str) -> NodeInfo | None:
        """Return the Node of this name if it fits, else None."""
        return self._infos.get(name) if name in self._scores else None

    def failure(self) -> str:
        """Return in the scheduler's words why no Node fits."""
        if not self._failure:
            never = self.needs.spec.get("preemptionPolicy") == "Never"
            self._failure = failure_message(list(self._refusals.values()), never_preempts=never)
        return self._failure

    def reasons(self) -> str:
        """Return the first part of `failure()`: how many Nodes refuse the Pod, and for which reasons."""
        return reasons_text(list(self._refusals.values()))

    def look_at(self, info: NodeInfo) -> None:
        """Filter one Node and, if it fits, score it."""
        name = info.name
        self._failure = ""
        reason, points = self._judged(info)
        if reason is not None:
            self._refusals[name] = reason
            self._scores.pop(name, None)
            return
        self._refusals.pop(name, None)
        self._scores[name] = points
        heapq.heappush(self._best_first, (-points, len(info.pods), name))

    def _judged(self, info: NodeInfo) -> tuple[Refusal | None, int]:
        """Return why a Node cannot take the Pod, or None and how good it is; Nodes of one state are judged once."""
        state = None if self._alike is None else info.state(self._owner)
        if self._alike is None or state is None:
            reason = self._refusal(info)
            return reason, 0 if reason is not None else score(self._pod, self.needs, info)
        judged = self._alike.get(state)
        if judged is None:
            reason = self._refusal(info)
            points = 0 if reason is not None else score(self._pod, self.needs, info)
            judged = self._alike[state] = reason, points
        return judged

    def _refusal(self, info: NodeInfo) -> Refusal | None:
        """Return why a Node cannot take the Pod, None if it can."""
        if self._named is not None and info.name not in self._named:
            return _NOT_NAMED
        if self._alone and not self._infos.nominated:
            return refusal(self.needs, info)
        return self.trial.refusal(info)


def _minds_labels_or_ports(needs: Needs) -> bool:
    """Whether Nodes may differ for a Pod in more than in what is free."""
    return bool(needs.ports or needs.spec.get("nodeSelector") or needs.spec.get("affinity"))


class CandidatesOfAlike:
    """Candidates that serve the next Pod of the same owner and specification too.

    A thousand equal Pods are placed as fast as they come: every Node is filtered and scored once, after
    that only the Nodes that have taken, or lost, a Pod since.
    """

    def __init__(self) -> None:
        self._infos: NodeInfos | None = None
        self._changed = 0, 0
        self._kept: dict[tuple[int, str], tuple[Candidates, Needs, int]] = {}

    def of(self, pod: Pod, needs: Needs, infos: NodeInfos) -> Candidates:
        """Return the candidates for a Pod, to which its neighbours do not matter."""
        if not caches.enabled() or pod.uid in infos.nominated:
            return Candidates(pod, needs, infos)
        changed = infos.nodes_changed, infos.nominations_changed
        if self._infos is not infos or self._changed != changed or self._is_full(infos):
            self._infos, self._changed, self._kept = infos, changed, {}
        kind = id(needs), text((pod.owner or {}).get("uid"))  # the needs are kept, so no others get their id
        candidates, _, seen = self._kept.get(kind, (None, needs, 0))
        if candidates is None:
            candidates = Candidates(pod, needs, infos)
        else:
            for name in dict.fromkeys(infos.touched[seen:]):
                info = infos.get(name)
                if info is not None:
                    candidates.look_at(info)
        self._kept[kind] = candidates, needs, len(infos.touched)
        return candidates

    def _is_full(self, infos: NodeInfos) -> bool:
        """Whether no more is to be kept."""
        return len(self._kept) > min(_MOST_KINDS, max(1, _MOST_SCORES // max(1, len(infos))))
