"""Reader: whatever lists objects as an API server does, and its Pods, Nodes and Services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from k8snotes.api.base import KubeObject
from k8snotes.api.furniture import is_furniture
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service

__all__ = ["Reader", "nodes_of", "pods_of", "services_of"]


class Reader(Protocol):
    """Whatever can list objects: the API server, or the objects of a dump."""

    def list(self, resource: str, namespace: str | None = None) -> Sequence[KubeObject]:
        """Return the objects of a kind, sorted by Namespace and name.

        Args:
            resource: its plural, with the group where it has one ("pods", "deployments.apps").
            namespace: the Namespace that is looked at; None means all of them.
        """
        ...


def pods_of(reader: Reader, namespace: str | None = None) -> list[Pod]:
    """Return the Pods, of one Namespace or of all."""
    return [obj for obj in reader.list("pods", namespace) if isinstance(obj, Pod)]


def nodes_of(reader: Reader) -> list[Node]:
    """Return the Nodes."""
    return [obj for obj in reader.list("nodes") if isinstance(obj, Node)]


def services_of(reader: Reader, namespace: str | None = None) -> list[Service]:
    """Return the Services that a user made: all but default/kubernetes, which every cluster has."""
    return [
        obj
        for obj in reader.list("services", namespace)
        if isinstance(obj, Service) and not is_furniture(obj)
    ]
