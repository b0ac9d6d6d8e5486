"""Endpoints: the old list of the addresses behind a Service."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mappings
from k8snotes.api.kind import Kind


class Endpoints(KubeObject):
    """Endpoints: the old list of the addresses behind a Service.

    >>> import k8snotes as kn
    >>> len(kn.load("guestbook")["ep/cache"].subsets[0]["addresses"])
    2
    """

    __slots__ = ()

    @property
    def subsets(self) -> tuple[dict[str, Any], ...]:
        """Groups of addresses that share the same ports."""
        return tuple(mappings(self.raw.get("subsets")))


KIND = Kind("Endpoints", "endpoints", short=("ep",), view=Endpoints)
