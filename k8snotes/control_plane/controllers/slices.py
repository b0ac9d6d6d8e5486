"""How endpoints are laid out in EndpointSlices: those with the same ports together, a hundred to a slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.controllers.pods import owner_reference
from k8snotes.control_plane.etcd import clone

__all__ = ["MANAGED_BY", "SERVICE_NAME", "Ports", "fill", "slice_of"]

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"
_MOST = 100

Ports = tuple[tuple[str, int, str], ...]  # name, number, protocol
Endpoint = dict[str, Any]


def slice_of(obj: KubeObject, controller: str) -> Manifest:
    """Return an EndpointSlice without its endpoints: for a Service, or for the Endpoints that it mirrors."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{obj.name}-",
            "namespace": obj.namespace,
            "labels": {**obj.labels, MANAGED_BY: f"{controller}.k8s.io", SERVICE_NAME: obj.name},
            "ownerReferences": [owner_reference(obj)],
        },
        "addressType": "IPv4",
    }


def fill(
    api: ApiServer,
    template: Manifest,
    there: Sequence[EndpointSlice],
    wanted: Mapping[Ports, list[Endpoint]],
    *,
    by: str,
    why: str,
) -> None:
    """Make the slices hold the wanted endpoints: keep what is right, fill what has room, add, delete.

    An endpoint stays in the slice that it is in, so that a change of one Pod changes one slice.
    """
    left = list(there)
    for ports, endpoints in wanted.items():
        mine = [item for item in left if _ports(item) == ports] if endpoints else left[:1]
        left = [item for item in left if item not in mine]
        for old, held in _share(mine, endpoints):
            manifest = {**template, "endpoints": held, "ports": [_port(port) for port in ports]}
            if old is None:
                api.create(manifest, by=by, why=why)
            elif not held and (endpoints or len(mine) > 1):
                api.delete(old, by=by, why=why)
            else:
                _update(api, old, manifest, by, why)
    for old in left:
        api.delete(old, by=by, why=why)


def _share(
    mine: Sequence[EndpointSlice], endpoints: list[Endpoint]
) -> list[tuple[EndpointSlice | None, list[Endpoint]]]:
    """Share endpoints out among slices: each stays in its own, the rest goes where there is room, then into new ones."""
    by_address = {item["addresses"][0]: item for item in endpoints}
    shares: list[tuple[EndpointSlice | None, list[Endpoint]]] = []
    for old in mine:
        addresses = [text(item["addresses"][0]) for item in old.endpoints]
        shares.append((old, [by_address.pop(address) for address in addresses if address in by_address]))
    rest = list(by_address.values())
    for _, held in shares:
        room = _MOST - len(held)
        held.extend(rest[:room])
        del rest[:room]
    shares += [(None, rest[at : at + _MOST]) for at in range(0, len(rest), _MOST)]
    if not shares:
        shares.append((None, []))
    return shares


def _update(api: ApiServer, old: EndpointSlice, manifest: Manifest, by: str, why: str) -> None:
    """Write what a slice holds now, if it is something else."""

    def edit(new: Manifest) -> None:
        new["metadata"]["labels"] = clone(manifest["metadata"]["labels"])
        new["endpoints"], new["ports"] = manifest["endpoints"], manifest["ports"]

    api.change(old, edit, by=by, verb="update", why=why)


def _ports(item: EndpointSlice) -> Ports:
    """Return the ports of a slice in a form that can be compared."""
    return tuple(
        (text(port.get("name")), int(port.get("port") or 0), text(port.get("protocol")) or "TCP")
        for port in item.ports
    )


def _port(port: tuple[str, int, str]) -> dict[str, Any]:
    """Return one port as a slice lists it."""
    return {"name": port[0], "port": port[1], "protocol": port[2]}
