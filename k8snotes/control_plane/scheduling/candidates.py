"""Nodes for Pods of one kind, best first, so that a thousand equal Pods are placed as fast as they come."""

from __future__ import annotations

import heapq

from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.node_affinity import named_nodes
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos
from k8snotes.control_plane.scheduling.scores import score

__all__ = ["Candidates"]

_NOT_NAMED = Refusal(("node(s) didn't satisfy plugin(s) [NodeAffinity]",))


class Candidates:
    """The Nodes that fit Pods of one owner and one specification, with their scores.

    Every Node is filtered and scored once; after that only the Nodes that have taken a Pod since.
    `taken` is the list of those, which all Candidates of one round share.
    """

    def __init__(self, pod: Pod, needs: Needs, infos: NodeInfos, taken: list[str]) -> None:
        self._pod, self._needs = pod, needs
        self._infos, self._taken = infos, taken
        self._seen = len(taken)
        self._entries: dict[str, int] = {}
        self._heap: list[tuple[int, int, str]] = []
        only = named_nodes(needs.spec)
        if only is None:
            self._names = [info.name for info in infos]
        else:
            self._names = [info.name for info in infos if info.name in only]
        for name in self._names:
            self._look_at(name)

    @property
    def count(self) -> int:
        """How many Nodes fit."""
        return len(self._entries)

    def best(self) -> NodeInfo | None:
        """Return the Node with the highest score, the first by name among equals; None where none fits."""
        for name in self._taken[self._seen :]:
            if name in self._entries:
                self._look_at(name)
        self._seen = len(self._taken)
        while self._heap:
            negative, _, name = self._heap[0]
            if self._entries.get(name) == -negative:
                return self._infos.get(name)
            heapq.heappop(self._heap)
        return None

    def refusals(self) -> list[Refusal]:
        """Return the reason of each Node that does not fit."""
        found = []
        for info in self._infos:
            reason = refusal(self._needs, info) if info.name in self._names else _NOT_NAMED
            if reason is not None:
                found.append(reason)
        return found

    def _look_at(self, name: str) -> None:
        info = self._infos.get(name)
        if info is None or refusal(self._needs, info) is not None:
            self._entries.pop(name, None)
            return
        value = score(self._pod, self._needs, info)
        self._entries[name] = value
        heapq.heappush(self._heap, (-value, len(info.pods), name))
