"""Pod: how it is, where it runs, its containers, and the Services that lead to it."""

from __future__ import annotations

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.facts.card import Asked, Body, Fact, Piece, State, codes, fact
from k8snotes.facts.pod_status import pod_status
from k8snotes.facts.states import container_state, state_of

__all__ = ["body", "role_of"]


_FAULTS = ("Err", "BackOff", "OOM", "Invalid", "Failed", "Evicted")


def body(pod: Pod, asked: Asked) -> Body:
    """Return what the card of a Pod says."""
    ready, status, restarts = pod_status(pod)
    role = role_of(pod)
    facts = [*_place(pod)]
    for item in pod.containers:
        state = container_state(pod.status_of(item.name))
        words = () if state == "running" else (Piece(_("({why})", why=state), "muted"),)
        facts.append(fact(_("container"), item.name, Piece(item.image, "", "code"), *words))
    if restarts:
        facts.append(fact(_("restarts"), str(restarts)))
    scheduled = mapping(pod.condition("PodScheduled"))
    if scheduled.get("status") == "False":
        facts.append(fact(_("waits"), text(scheduled.get("message"))))
    services = [item.name for item in asked.api.list("services", pod.namespace) if _leads_to(item.spec, pod)]
    if services:
        facts.append(fact(_("Services"), *codes(services, "service")))
    how = State(f"{status}, {ready}", role)
    return Body(tuple(facts), how, role, (), _tries(pod, asked))


def role_of(pod: Pod) -> str:
    """Return the role that says how a Pod is: "pod" where it is ready, "fault", "off" (it has ended), or "waiting"."""
    status = pod_status(pod)[1]
    if pod.phase == "Failed" or any(word in status for word in _FAULTS):
        return "fault"
    if pod.phase == "Succeeded":
        return "off"
    return "pod" if state_of(pod) == "ready" else "waiting"


def _place(pod: Pod) -> list[Fact]:
    none = Piece(_("none yet"), "waiting")
    return [
        fact(_("Pod IP"), *(codes([pod.ip], "pod") if pod.ip else (none,))),
        fact(_("Node"), *([Piece(pod.node_name, "node")] if pod.node_name else [none])),
    ]


def _leads_to(spec: dict[str, object], pod: Pod) -> bool:
    selector, labels = mapping(spec.get("selector")), pod.labels
    return bool(selector) and all(labels.get(key) == text(value) for key, value in selector.items())


def _tries(pod: Pod, asked: Asked) -> tuple[str, ...]:
    if not pod.node_name:
        return (asked.call("why_pending", asked.ref),)
    return asked.call("diagnose", asked.ref), asked.call("inside", asked.ref)
