"""Workloads: what makes Pods from a template, from the ReplicationController to the Job."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, text

__all__ = [
    "DaemonSet",
    "Deployment",
    "Job",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "Workload",
]


class Workload(KubeObject):
    """Something that makes Pods from a template."""

    __slots__ = ()

    @property
    def template(self) -> dict[str, Any]:
        """`spec.template`: the Pod that it makes."""
        return mapping(self.spec.get("template"))

    @property
    def template_labels(self) -> dict[str, str]:
        """The labels that its Pods are born with."""
        metadata = mapping(self.template.get("metadata"))
        return {text(k): text(v) for k, v in mapping(metadata.get("labels")).items()}

    @property
    def replicas(self) -> int:
        """How many Pods it wants; 1 where it says nothing."""
        value = self.spec.get("replicas", 1)
        return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its selector in the shape of a LabelSelector object, or None if it has none."""
        selector = self.spec.get("selector")
        return selector if isinstance(selector, dict) else None


class ReplicationController(Workload):
    """A ReplicationController: keeps so many Pods alive that its equality map selects."""

    KIND = "ReplicationController"
    __slots__ = ()

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its equality map, in the shape of a LabelSelector; the template's labels where it is left out."""
        selector = mapping(self.spec.get("selector")) or self.template_labels
        return {"matchLabels": {text(k): text(v) for k, v in selector.items()}} if selector else None


class ReplicaSet(Workload):
    """A ReplicaSet: what the ReplicationController became."""

    KIND, GROUP = "ReplicaSet", "apps"
    __slots__ = ()


class Deployment(Workload):
    """A Deployment: makes ReplicaSets, and rolls from one to the next."""

    KIND, GROUP = "Deployment", "apps"
    __slots__ = ()


class StatefulSet(Workload):
    """A StatefulSet: Pods with numbers and names that stay."""

    KIND, GROUP = "StatefulSet", "apps"
    __slots__ = ()


class DaemonSet(Workload):
    """A DaemonSet: one Pod on each Node that fits."""

    KIND, GROUP = "DaemonSet", "apps"
    __slots__ = ()


class Job(Workload):
    """A Job: Pods that run to their end."""

    KIND, GROUP = "Job", "batch"
    __slots__ = ()

    @property
    def replicas(self) -> int:
        """How many Pods run at once: `parallelism`, 1 where it says nothing."""
        value = self.spec.get("parallelism", 1)
        return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1
