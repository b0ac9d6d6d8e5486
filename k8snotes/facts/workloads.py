"""Workloads: which workload a reader would name as the maker of a Pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kind import Kind
from k8snotes.api.reader import Reader
from k8snotes.api.registry import all_kinds

__all__ = ["Workloads", "workload_kinds"]


class Workloads:
    """Finds the workload that a reader would name as the maker of a Pod.

    A Pod of a Deployment is owned by a ReplicaSet, and the ReplicaSet by the Deployment: the answer is the last.

    Args:
        reader: the cluster; its owner references are read once, when this is made.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
    """

    def __init__(self, reader: Reader) -> None:
        kinds = workload_kinds()
        between = {kind.makes for kind in kinds}  # kinds that are made from templates, as Pods are
        self._above: dict[tuple[str, str, str], str] = {}
        for kind in kinds:
            if kind.kind in between:
                for obj in reader.list(kind.qualified):
                    if obj.owner:
                        self._above[obj.namespace, obj.kind, obj.name] = _named(obj.owner)

    def of(self, pod: KubeObject) -> str:
        """Return the workload as "Deployment/web", or "" for a Pod without a controller."""
        owner = pod.owner
        if not owner:
            return ""
        above = self._above.get((pod.namespace, text(owner.get("kind")), text(owner.get("name"))))
        return above or _named(owner)


def workload_kinds() -> list[Kind]:
    """Return the kinds that make Pods from a template, in the order in which they are listed.

    >>> [kind.plural for kind in workload_kinds()][:4]
    ['deployments', 'replicasets', 'replicationcontrollers', 'statefulsets']
    """

    def place(kind: Kind) -> tuple[int, bool, bool, str]:
        return kind.rank, kind.runs_to_end, kind.per_node, kind.kind

    return sorted((kind for kind in all_kinds() if kind.is_workload), key=place)


def _named(owner: Mapping[str, Any]) -> str:
    return f"{text(owner.get('kind'))}/{text(owner.get('name'))}"
