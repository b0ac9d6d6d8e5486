"""What a trace needs to know of a cluster: the ground that packets move on, and how each Service stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from k8snotes.api.base import Manifest, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.plural import count
from k8snotes.facts.endpoints import Endpoint, EndpointIndex, endpoints
from k8snotes.facts.reading import Reader
from k8snotes.network.ground import Ground
from k8snotes.network.packet import Hop, Share, Trace

__all__ = ["Hop", "Share", "Trace", "ground_of", "standing"]


def ground_of(reader: Reader, *, pod_range: str, service_range: str, derive: bool = False) -> Ground:
    """Collect from a cluster what decides where packets go.

    The ranges are in CIDR notation, "" where they are not known. With `derive`, the EndpointSlices of
    Services that have none are worked out from the Pods: a dump often leaves them out.
    """
    services = tuple(obj for obj in reader.list("services") if isinstance(obj, Service))
    pods = tuple(obj for obj in reader.list("pods") if isinstance(obj, Pod))
    nodes = tuple(obj for obj in reader.list("nodes") if isinstance(obj, Node))
    unknown: frozenset[tuple[str, str]] = frozenset()
    notes: tuple[str, ...] = ()
    slices = tuple(
        obj for obj in reader.list("endpointslices.discovery.k8s.io") if isinstance(obj, EndpointSlice)
    )
    if derive:
        there = {(item.namespace, item.service) for item in slices}
        without = [item for item in services if (item.namespace, item.name) not in there]
        told = {(item.namespace, item.name) for item in reader.list("endpoints")}
        # without a selector nobody can work out where a Service leads: its slices must be there
        unknown = frozenset((s.namespace, s.name) for s in without if not s.selector) - told
        slices = (*slices, *_worked_out(reader, without))
        made_up = tuple(_named_by(pods, {node.name for node in nodes}))
        if made_up:
            names = ", ".join(node.name for node in made_up[:3]) + (", ..." if len(made_up) > 3 else "")
            notes = (f"Not in the dump, but named by Pods, and taken to be well: Node {names}.",)
        nodes = (*nodes, *made_up)
    return Ground(
        pods=pods,
        nodes=nodes,
        services=services,
        slices=slices,
        namespaces=frozenset(obj.name for obj in reader.list("namespaces")),
        pod_range=pod_range,
        service_range=service_range,
        guarded=frozenset(obj.namespace for obj in reader.list("networkpolicies.networking.k8s.io")),
        unknown=unknown,
        notes=notes,
    )


def _named_by(pods: Iterable[Pod], known: set[str]) -> Iterator[Node]:
    """Yield the Nodes that Pods name and a dump leaves out (`kubectl get all` does), with the address that they tell."""
    ips: dict[str, str] = {}
    for pod in pods:
        if pod.node_name and pod.node_name not in known:
            told = text(pod.status.get("hostIP")) or (pod.ip if pod.host_network else "")
            ips[pod.node_name] = ips.get(pod.node_name) or told
    for name, ip in sorted(ips.items()):
        addresses = [{"type": "InternalIP", "address": ip}] if ip else []
        ready = {"type": "Ready", "status": "True"}
        yield Node(
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": name},
                "status": {"addresses": addresses, "conditions": [ready]},
            }
        )


def standing(reader: Reader) -> Callable[[Service], str]:
    """Return what says in words how a Service stands: which Pods it selects, and why none of them serves."""

    @cache
    def index() -> EndpointIndex:
        return EndpointIndex(reader)

    @cache
    def say(service: Service) -> str:
        found = index().of(service)
        if found.not_ready or found.selected_without_endpoint:
            told = [*found.not_ready, *found.selected_without_endpoint]
            why = "; ".join(f"{item.pod.ref}: {item.reason}" for item in told[:3] if item.pod)
            more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
            return f"it selects {count(len(told), 'Pod')}, and none serves ({why}{more})"
        return endpoints(reader, service).note

    return say


def _worked_out(reader: Reader, services: Iterable[Service]) -> Iterator[EndpointSlice]:
    index = EndpointIndex(reader)
    for service in services:
        found = index.of(service)
        for ready, items in ((True, found.ready), (False, found.not_ready)):
            for item in items:
                yield EndpointSlice(_slice(service, item, ready=ready))


def _slice(service: Service, item: Endpoint, *, ready: bool) -> Manifest:
    pod = item.pod
    conditions = {
        "ready": ready,
        "serving": ready or (pod is not None and pod.ready),
        "terminating": pod is not None and pod.terminating,
    }
    node = {"nodeName": pod.node_name} if pod else {}
    ports = [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in item.ports]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": service.namespace,
            "labels": {"kubernetes.io/service-name": service.name},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [item.address], "conditions": conditions, **node}],
        "ports": ports,
    }
