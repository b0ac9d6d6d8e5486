"""What a Namespace allows its Pods: the ResourceQuotas and LimitRanges of a source, held against its workloads."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.doctor.findings import WARNING
from k8snotes.doctor.rules.source import Placed, PodGroup, Source
from k8snotes.doctor.server import Rehearsal
from k8snotes.doctor.text.fault import Fault, fault_at
from k8snotes.errors import ApiError

__all__ = ["Allowances"]

_RULES = ("ResourceQuota", "LimitRange")
# what was broken -> why it matters
_REFUSED = {"quota": "quota", "quota-unspecified": "quota-needs-amounts", "limit-range": "limit-range"}


class Allowances:
    """The Pods of a source as an API server takes them that has the quotas and limit ranges of their Namespace.

    Args:
        source: all objects.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stored: dict[int, KubeObject | None] = {}
        self._faults: list[tuple[Placed, Fault]] = []
        homes = dict.fromkeys(item.obj.namespace for item in source.objects if item.obj.kind in _RULES)
        for home in homes:
            self._rehearse(home)

    def faults(self) -> Iterator[tuple[Placed, Fault]]:
        """Yield the workloads whose Pods would be refused: nothing but an Event says so."""
        yield from self._faults

    def completed(self, group: PodGroup) -> Manifest:
        """Return a Pod with what the LimitRanges of its Namespace fill in.

        Args:
            group: the Pods, of which all are the same.
        """
        stored = self._stored.get(id(group))
        return stored.raw if stored is not None else group.pod.raw

    def _rehearse(self, home: str) -> None:
        """Create the Pods of a Namespace where its rules are, as their controllers do."""
        rules = [item.obj for kind in _RULES for item in self._source.named(kind, home).values()]
        classes = [item.obj for item in self._source.named("PriorityClass").values()]
        rehearsal = Rehearsal(home, [obj.raw for obj in (*classes, *rules)])
        for group in self._source.pods(home):
            number = 1 if group.replicas is None else group.replicas
            stored, refused, count = rehearsal.create(_bare(group.pod.raw, classes), number)
            self._stored[id(group)] = stored
            if refused is not None and refused.rule in _REFUSED:
                self._faults.append((group.item, _refused(group, number, refused, count)))


def _bare(pod: Manifest, classes: list[KubeObject]) -> Manifest:
    """Return a Pod without the names of what the rehearsal does not have, which is nothing that a quota counts."""
    spec = dict(mapping(pod.get("spec")))
    spec.pop("runtimeClassName", None)
    if spec.get("priorityClassName") not in {obj.name for obj in classes}:
        spec.pop("priorityClassName", None)
    return {**pod, "spec": spec}


def _refused(group: PodGroup, number: int, refused: ApiError, count: int) -> Fault:
    """Return the fault of Pods that a quota or a limit range does not let in."""
    in_part = 0 < count < number
    parts = {**group.parts, "message": refused.detail, "count": count, "number": number}
    return fault_at(
        group.item.node,
        ("spec", "replicas") if in_part else (*group.path, "containers"),
        "pods-refused-in-part" if in_part else "pods-refused",
        because=_REFUSED[refused.rule],
        parts=parts,
        severity=WARNING,
    )
