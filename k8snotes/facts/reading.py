"""What facts read a cluster with, and who made a Pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service

__all__ = ["Reader", "Workloads", "pods_of", "services_of", "state_of", "taint_words"]


class Reader(Protocol):
    """Whatever can list objects: the API server, or the objects of a dump."""

    def list(self, resource: str, namespace: str | None = None) -> Sequence[KubeObject]:
        """Return the objects of a resource ("pods"), of one namespace or of all, by namespace and name."""
        ...


def pods_of(reader: Reader, namespace: str | None = None) -> list[Pod]:
    """Return the Pods, of one namespace or of all."""
    return [obj for obj in reader.list("pods", namespace) if isinstance(obj, Pod)]


class Workloads:
    """Finds the workload that a reader would name as the maker of a Pod.

    A Pod of a Deployment is owned by a ReplicaSet, and that by the Deployment: the answer is the last.
    """

    def __init__(self, reader: Reader) -> None:
        self._above: dict[tuple[str, str, str], str] = {}
        for resource in ("replicasets", "jobs"):
            for obj in reader.list(resource):
                owner = obj.owner
                if owner:
                    self._above[obj.namespace, obj.kind, obj.name] = _short(owner)

    def of(self, pod: KubeObject) -> str:
        """Return "Deployment/web", or "" for a Pod that nobody controls."""
        owner = pod.owner
        if not owner:
            return ""
        above = self._above.get((pod.namespace, text(owner.get("kind")), text(owner.get("name"))))
        return above or _short(owner)


def _short(owner: dict[str, object]) -> str:
    return f"{text(owner.get('kind'))}/{text(owner.get('name'))}"


def services_of(reader: Reader, namespace: str | None = None) -> list[Service]:
    """Return the Services that somebody made: all but default/kubernetes, which every cluster has."""
    return [
        obj
        for obj in reader.list("services", namespace)
        if isinstance(obj, Service) and (obj.namespace, obj.name) != ("default", "kubernetes")
    ]


def state_of(pod: Pod) -> str:
    """Say in a word or two how a Pod is: "ready", "not ready", "terminating", "Pending", "Succeeded"."""
    if pod.terminating:
        return "terminating"
    if pod.phase != "Running":
        return "no Node yet" if pod.phase == "Pending" and not pod.node_name else pod.phase
    return "ready" if pod.ready else "not ready"


def taint_words(taint: Mapping[str, object]) -> str:
    """Return a taint as kubectl writes it.

    >>> taint_words({"key": "dedicated", "value": "db", "effect": "NoSchedule"})
    'dedicated=db:NoSchedule'
    """
    value = text(taint.get("value"))
    return f"{text(taint.get('key'))}{'=' + value if value else ''}:{text(taint.get('effect'))}"
