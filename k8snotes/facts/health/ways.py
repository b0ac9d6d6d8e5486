"""Ways to Pods: backends of Ingresses and HTTPRoutes, and NetworkPolicies that find nothing or let nothing through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.gateway_api import GATEWAYS, GROUP, ROUTES
from k8snotes.api.kinds.networkpolicy import NetworkPolicy, PolicyPeer
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.selector import Selector
from k8snotes.catalogue import named
from k8snotes.control_plane.gateway_rules import backend_problem, parents_of
from k8snotes.control_plane.ingress_rules import CLASSES, class_of
from k8snotes.facts.health.issue import Issue, issue
from k8snotes.facts.health.reading import Reading, owned

__all__ = ["policy_issues", "web_issues"]

_EVERYTHING = Selector("")


def web_issues(reading: Reading) -> Iterator[Issue]:
    """Yield backends of Ingresses and HTTPRoutes that are not there.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/
    """
    for ingress in reading.api.list("ingresses.networking.k8s.io"):
        yield from _ingress_issues(reading, ingress)
    gateways = reading.api.list(GATEWAYS)
    for route in reading.api.list(ROUTES):
        look = ("routes", route.namespace)
        for i, rule in enumerate(mappings(route.spec.get("rules"))):
            for j, ref in enumerate(mappings(rule.get("backendRefs"))):
                problem = backend_problem(reading.api, route, ref, f"spec.rules[{i}].backendRefs[{j}]")
                if problem is not None and problem.reason in ("BackendNotFound", "InvalidKind"):
                    yield issue("route-backend", route, look, message=problem.message)
        parents = [
            ref
            for ref in mappings(route.spec.get("parentRefs"))
            if ref.get("kind", "Gateway") == "Gateway" and ref.get("group", GROUP) == GROUP
        ]
        if parents and not parents_of(route, gateways) and (gateways or not reading.snapshot):
            names = named(text(ref.get("name")) for ref in parents)
            yield issue("route-no-gateway", route, look, gateways=names)


def _ingress_issues(reading: Reading, ingress: KubeObject) -> Iterator[Issue]:
    look = ("routes", ingress.namespace)
    services = reading.named("services", ingress.namespace)
    told: set[tuple[str, str]] = set()
    for backend in _backends(ingress):
        wanted = mapping(backend.get("service"))
        name, port = text(wanted.get("name")), mapping(wanted.get("port"))
        asked = text(port.get("number")) or text(port.get("name"))
        if not name or (name, asked) in told or not reading.knows("services"):
            continue
        told.add((name, asked))
        service = services.get(name)
        if not isinstance(service, Service):
            yield issue("ingress-no-service", ingress, look, name=name)
        elif service.type != "ExternalName" and asked not in {
            word for own in service.ports for word in (own.name, str(own.port))
        }:
            ports = named(str(own.port) for own in service.ports)
            yield issue("ingress-no-port", ingress, look, name=name, port=asked, ports=ports)
    name = class_of(ingress)
    classes = reading.named(CLASSES)
    if name and name not in classes and (classes or not reading.snapshot):
        yield issue("ingress-no-class", ingress, look, "get ingressclasses", name=name)
    for entry in mappings(mapping(ingress.status.get("loadBalancer")).get("ingress")):
        for item in mappings(entry.get("ports")):
            if item.get("error"):
                number, error = text(item.get("port")), text(item["error"])
                yield issue("ingress-port-error", ingress, look, port=number, error=error)


def _backends(ingress: KubeObject) -> Iterator[Manifest]:
    yield mapping(ingress.spec.get("defaultBackend"))
    for rule in mappings(ingress.spec.get("rules")):
        for path in mappings(mapping(rule.get("http")).get("paths")):
            yield mapping(path.get("backend"))


# ---- NetworkPolicies


def policy_issues(reading: Reading) -> Iterator[Issue]:
    """Yield NetworkPolicies that find no Pods or no peers, those that close or open all, and Pods without one.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """
    secured: dict[str, set[int]] = {}
    for policy in reading.api.list("networkpolicies.networking.k8s.io"):
        if not isinstance(policy, NetworkPolicy):
            continue
        home, selector = policy.namespace, policy.pod_selector
        pods = reading.select(home, selector)
        secured.setdefault(home, set()).update(map(id, pods))
        if not pods:
            line = f"get pods -l '{selector}'" if selector.requirements else "get pods"
            parts: dict[str, Any] = {"selector": str(selector), "namespace": home}
            yield issue("policy-selects-none", policy, ("selection", str(selector)), line, **parts)
        yield from _peer_issues(reading, policy)
        yield from _open_or_closed(policy, pods)
    for home, covered in secured.items():
        pods = [pod for pod in reading.pods_in(home) if id(pod) not in covered and not pod.host_network]
        if pods and not owned(home):
            names = named(pod.name for pod in pods[:3])
            look = ("policies", pods[0].ref)
            line = "get networkpolicies"
            yield issue("pods-without-policy", pods[0], look, line, n=len(pods), pods=names, namespace=home)


def _peer_issues(reading: Reading, policy: NetworkPolicy) -> Iterator[Issue]:
    told: set[str] = set()
    for direction in policy.directions:
        for rule in policy.rules(direction):
            for peer in rule.peers:
                words = f"{direction} {peer}"
                if peer.block or words in told:
                    continue
                told.add(words)
                code = _lacks(reading, policy, peer)
                if code:
                    look = ("reach", policy.namespace)
                    yield issue(code, policy, look, direction=direction, peer=str(peer))


def _lacks(reading: Reading, policy: NetworkPolicy, peer: PolicyPeer) -> str:
    """Return the code for a peer that nothing is, "" if something is."""
    homes = [policy.namespace]
    if peer.namespaces is not None:
        homes = [name for name, labels in reading.namespaces.items() if peer.namespaces.matches(labels)]
        if not homes:
            return "policy-namespace-none"
    selector = peer.pods if peer.pods is not None else _EVERYTHING
    if any(reading.select(home, selector) for home in homes):
        return ""
    return "policy-peer-none"


def _open_or_closed(policy: NetworkPolicy, pods: list[Pod]) -> Iterator[Issue]:
    """Note a policy that lets nothing through to its Pods, or everything."""
    if not pods:
        return
    look = ("policies", pods[0].ref)
    closed = [direction for direction in policy.directions if not policy.rules(direction)]
    opened = [
        direction
        for direction in policy.directions
        if any(not rule.peers and not rule.ports for rule in policy.rules(direction))
    ]
    for code, directions in (("policy-denies-all", closed), ("policy-allows-all", opened)):
        if directions:
            yield issue(code, policy, look, count=len(pods), n=len(pods), directions=named(directions))
