"""How addresses are laid out in an Endpoints object: those that offer the same ports are together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import mapping, mappings, text

__all__ = ["repacked"]

_FIELDS = {True: "addresses", False: "notReadyAddresses"}


def repacked(subsets: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same addresses and ports, with as few subsets as there are sets of addresses.

    The ports that the same addresses offer share a subset. So a Pod that lacks one of two named ports
    is in one subset with the Pods that have both, and these are in another one as well.
    Source of the rule: `RepackSubsets` in k8s.io/kubernetes/pkg/api/v1/endpoints.

    >>> a, b = {"ip": "10.244.0.1"}, {"ip": "10.244.0.2"}
    >>> http, admin = {"name": "http", "port": 80}, {"name": "admin", "port": 81}
    >>> for subset in repacked([{"addresses": [a], "ports": [http, admin]}, {"addresses": [b], "ports": [http]}]):
    ...     print([item["ip"] for item in subset["addresses"]], [port["name"] for port in subset["ports"]])
    ['10.244.0.1', '10.244.0.2'] ['http']
    ['10.244.0.1'] ['admin']
    """
    addresses: dict[tuple[str, str], dict[str, Any]] = {}
    offered: dict[str, dict[tuple[str, str], bool]] = {}
    ports: dict[str, list[dict[str, Any]]] = {}
    for subset in subsets:
        for port in mappings(subset.get("ports")) or [{}]:
            written = json.dumps(port, sort_keys=True)
            ports[written] = [port] if port else []
            ready_at = offered.setdefault(written, {})
            for ready, field in _FIELDS.items():
                for address in mappings(subset.get(field)):
                    key = text(address.get("ip")), text(mapping(address.get("targetRef")).get("uid"))
                    addresses.setdefault(key, address)
                    ready_at[key] = ready and ready_at.get(key, True)
    shared: dict[tuple[tuple[tuple[str, str], bool], ...], list[dict[str, Any]]] = {}
    for written, ready_at in offered.items():
        shared.setdefault(tuple(sorted(ready_at.items())), []).extend(ports[written])
    subsets_again = []
    for pairs, together in shared.items():
        held = frozenset(pairs)
        result: dict[str, Any] = {}
        for ready, field in _FIELDS.items():
            listed = [address for key, address in addresses.items() if (key, ready) in held]
            if listed:
                result[field] = listed
        if together:
            result["ports"] = together
        subsets_again.append(result)
    return subsets_again
