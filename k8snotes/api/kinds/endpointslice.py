"""EndpointSlice: up to a hundred of the addresses behind a Service, with their conditions."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mappings
from k8snotes.api.kind import Kind


class EndpointSlice(KubeObject):
    """An EndpointSlice: up to a hundred of the addresses behind a Service, with their conditions.

    >>> import k8snotes as kn
    >>> piece = kn.load("guestbook").objects("endpointslices", "kubernetes.io/service-name=cache")[0]
    >>> piece.service, len(piece.endpoints), piece.ports[0]["port"]
    ('cache', 2, 6379)
    """

    __slots__ = ()

    @property
    def service(self) -> str:
        """The Service that it belongs to, by its label `kubernetes.io/service-name`."""
        return self.labels.get("kubernetes.io/service-name", "")

    @property
    def endpoints(self) -> tuple[dict[str, Any], ...]:
        """The addresses with their conditions, targets and Nodes."""
        return tuple(mappings(self.raw.get("endpoints")))

    @property
    def ports(self) -> tuple[dict[str, Any], ...]:
        """The ports that all its endpoints share."""
        return tuple(mappings(self.raw.get("ports")))


KIND = Kind(
    "EndpointSlice",
    "endpointslices",
    "discovery.k8s.io",
    removed=(("discovery.k8s.io/v1beta1", "1.25"),),
    counts_generation=True,
    view=EndpointSlice,
)
