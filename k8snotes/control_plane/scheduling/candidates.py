"""The Nodes that can take a Pod, best first; and of the others, why they cannot."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from k8snotes.api.base import text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane import caches
from k8snotes.control_plane.scheduling.failure import failure_message, reasons_text
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.neighbours import Neighbours
from k8snotes.control_plane.scheduling.node_affinity import named_nodes
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos
from k8snotes.control_plane.scheduling.scores import score
from k8snotes.control_plane.scheduling.volumes import PodVolumes

__all__ = ["Candidates", "CandidatesOfAlike"]

_NOT_NAMED = Refusal(("node(s) didn't satisfy plugin(s) [NodeAffinity]",))
_MOST_KINDS = 256


class Candidates:
    """Every Node, filtered and scored for one Pod.

    Args:
        pod: the Pod that wants a Node.
        needs: what it needs, see `needs_of`.
        infos: the Nodes, with the Pods that are on them.
        neighbours: what the Pods that run say about it, where their places matter.
        volumes: its volumes, where Nodes differ for them.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/#kube-scheduler-implementation
    """

    def __init__(
        self,
        pod: Pod,
        needs: Needs,
        infos: NodeInfos,
        neighbours: Neighbours | None = None,
        volumes: PodVolumes | None = None,
    ) -> None:
        self._pod, self.needs, self._infos = pod, needs, infos
        self._neighbours, self._volumes = neighbours, volumes
        self._named = named_nodes(needs.spec)
        self._refusals: dict[str, Refusal] = {}
        self._scores: dict[str, int] = {}
        self._best_first: list[tuple[int, int, str]] = []
        self._failure = ""
        for info in infos:
            self.look_at(info)

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
        reason = self._refusal(info)
        if reason is not None:
            self._refusals[name] = reason
            self._scores.pop(name, None)
            return
        self._refusals.pop(name, None)
        self._scores[name] = score(self._pod, self.needs, info)
        heapq.heappush(self._best_first, (-self._scores[name], len(info.pods), name))

    def _refusal(self, info: NodeInfo) -> Refusal | None:
        """Return why a Node cannot take the Pod, None if it can."""
        if self._named is not None and info.name not in self._named:
            return _NOT_NAMED
        reason = refusal(self.needs, info)
        if reason is None and self._volumes is not None:
            reason = self._volumes.refusal(info)
        if reason is None and self._neighbours is not None:
            reason = self._neighbours.refusal(info)
        return reason


class CandidatesOfAlike:
    """Candidates that serve the next Pod of the same owner and specification too.

    A thousand equal Pods are placed as fast as they come: every Node is filtered and scored once, after
    that only the Nodes that have taken, or lost, a Pod since.
    """

    def __init__(self) -> None:
        self._infos: NodeInfos | None = None
        self._nodes = 0
        self._kept: dict[tuple[int, str], tuple[Candidates, Needs, int]] = {}

    def of(self, pod: Pod, needs: Needs, infos: NodeInfos) -> Candidates:
        """Return the candidates for a Pod, to which its neighbours do not matter."""
        if not caches.enabled():
            return Candidates(pod, needs, infos)
        if self._infos is not infos or self._nodes != infos.nodes_changed or len(self._kept) > _MOST_KINDS:
            self._infos, self._nodes, self._kept = infos, infos.nodes_changed, {}
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
