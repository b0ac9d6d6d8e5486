"""Service: its addresses, what it selects, and the Pods that it sends to."""

from __future__ import annotations

from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.facts.card import Asked, Body, Fact, Piece, State, amount, chips, codes, fact
from k8snotes.network.endpoints import ServiceEndpoints, endpoints

__all__ = ["body"]


def body(service: Service, asked: Asked) -> Body:
    """Return what the card of a Service says."""
    found = endpoints(asked.api, service, found=asked.snapshot)
    state = _state(service, found)
    facts = [*_addresses(service)]
    if service.type != "ExternalName":
        nothing = (Piece(_("nothing: it has no selector"), "muted"),)
        facts.append(fact(_("selects"), *(chips(service.selector) or nothing)))
    if found.ready:
        facts += _sends_to(service, found)
    if state is None or state.role != "pod":
        facts.append(fact(_("endpoints"), found.note))
    tries = (asked.call("endpoints", asked.ref), asked.call("diagnose", asked.ref))
    return Body(tuple(facts), state, "service", (service.type,), tries)


def _state(service: Service, found: ServiceEndpoints) -> State | None:
    if not service.selector or service.type == "ExternalName":
        return None
    selected = len(found.ready) + len(found.not_ready)
    return amount(len(found.ready), selected) if selected else State(_("no Pod to send to"), "fault")


def _addresses(service: Service) -> list[Fact]:
    if service.type == "ExternalName":
        return [fact(_("DNS name"), Piece(service.external_name, "", "code"))]
    address = service.cluster_ip
    if address in ("", "None"):
        none = Piece(_("none: DNS answers with the Pod IPs") if address else _("none yet"), "muted")
        facts = [fact(_("Cluster IP"), none)]
    else:
        ports = (f"{address}:{port.port}{_protocol(port.protocol)}" for port in service.ports)
        facts = [fact(_("Cluster IP"), *codes(ports, "service"))]
    node_ports = [port.node_port for port in service.ports if port.node_port]
    if node_ports:
        facts.append(fact(_("Node port"), *codes(node_ports, "node"), _("on every Node IP")))
    if service.type == "LoadBalancer":
        waits = Piece(_("none yet"), "waiting")
        facts.append(fact(_("External IP"), *(codes(service.load_balancer_ips) or (waits,))))
    return facts


def _protocol(name: str) -> str:
    return "" if name == "TCP" else f"/{name}"


def _sends_to(service: Service, found: ServiceEndpoints) -> list[Fact]:
    """Return the target ports, and the address of each Pod; with its port, where there is but one."""
    targets = dict.fromkeys(str(port.target_port) for port in service.ports)
    pods = (
        f"{item.address}:{item.ports[0].port}" if len(item.ports) == 1 else item.address
        for item in found.ready
    )
    facts = [fact(_("target port"), *codes(targets))] if targets else []
    return [*facts, fact(_("sends to"), *codes(pods, "pod"))]
