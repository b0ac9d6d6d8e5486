"""Rules for Services: ports, types, addresses, affinity and traffic policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.control_plane.validation import ip
from k8snotes.control_plane.validation.cluster_ips import (
    cluster_ips,
    cluster_ips_change,
    families_change,
    is_headless,
)
from k8snotes.control_plane.validation.meta import (
    dns_label,
    dns_subdomain,
    labels,
    metadata,
    metadata_update,
    name_rule,
    qualified_name,
)
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    not_supported,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

__all__ = ["externally_accessible", "needs_health_check", "protocol", "service", "service_update"]

SPEC = Path("spec")
PROTOCOLS = ("SCTP", "TCP", "UDP")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_TRAFFIC_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
_MAX_AFFINITY_SECONDS = 86400
_TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
_NOT_EXTERNAL_NAME = "may not be set for ExternalName services"


def externally_accessible(spec: Mapping[str, Any]) -> bool:
    """Whether traffic from outside the cluster is meant to reach a Service."""
    type_ = spec.get("type")
    return type_ in ("LoadBalancer", "NodePort") or (type_ == "ClusterIP" and bool(spec.get("externalIPs")))


def needs_health_check(spec: Mapping[str, Any]) -> bool:
    """Whether load balancers ask each Node for healthy Pods, on a port of its own."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def service(manifest: Mapping[str, Any]) -> list[Cause]:
    """Check a Service (ValidateService)."""
    spec = manifest["spec"]
    causes = metadata(manifest["metadata"], name_rule("v1", "Service"), namespaced=True)
    causes += _topology_annotations(manifest["metadata"].get("annotations") or {})
    if not spec.get("ports") and not is_headless(spec) and spec.get("type") != "ExternalName":
        causes.append(required(SPEC / "ports"))
    causes += _by_type(spec)
    causes += _ports(spec)
    causes += labels(spec.get("selector"), SPEC / "selector")
    causes += _session_affinity(spec)
    causes += cluster_ips(spec)
    for i, address in enumerate(spec.get("externalIPs") or ()):
        path = SPEC / "externalIPs" @ i
        causes += ip.ip(address, path) or ip.usable_ip(address, path)
    causes += _type(spec)
    causes += _node_ports(spec)
    causes += _repeated_ports(spec)
    causes += _source_ranges(manifest)
    causes += _load_balancer(spec)
    causes += _load_balancer_class(spec, None)
    causes += _external_traffic(spec)
    causes += _internal_traffic(spec)
    return causes + _distribution(spec)


def service_update(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    """Check what may change in a Service, then the Service itself (ValidateServiceUpdate)."""
    causes = metadata_update(new["metadata"], old["metadata"])
    causes += cluster_ips_change(new["spec"], old["spec"])
    causes += families_change(new["spec"], old["spec"])
    causes += _load_balancer_class(new["spec"], old["spec"])
    both = needs_health_check(new["spec"]) and needs_health_check(old["spec"])
    if both and new["spec"].get("healthCheckNodePort", 0) != old["spec"].get("healthCheckNodePort", 0):
        causes.append(forbidden_field(SPEC / "healthCheckNodePort", "field is immutable"))
    return causes + service(new)


def _topology_annotations(found: Mapping[str, str]) -> list[Cause]:
    mode, hints = found.get(_TOPOLOGY_MODE), found.get(_TOPOLOGY_HINTS)
    if mode is None or hints is None or mode == hints:
        return []
    detail = f"must match annotations[{_TOPOLOGY_HINTS}] when both are specified"
    return [invalid_value((Path("metadata") / "annotations").key(_TOPOLOGY_MODE), mode, detail)]


def _by_type(spec: Mapping[str, Any]) -> list[Cause]:
    type_ = spec.get("type")
    if type_ in ("LoadBalancer", "NodePort") and is_headless(spec):
        detail = f"may not be set to 'None' for {type_} services"
        return [invalid_value(SPEC / "clusterIPs" @ 0, "None", detail)]
    if type_ != "ExternalName":
        return []
    causes = [
        forbidden_field(SPEC / field, _NOT_EXTERNAL_NAME)
        for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
        if spec.get(field)
    ]
    # a trailing dot says that the name is complete
    name = spec.get("externalName", "").removesuffix(".")
    if not name:
        return [*causes, required(SPEC / "externalName")]
    return causes + dns_subdomain(name, SPEC / "externalName")


def _ports(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    ports = spec.get("ports") or []
    names: set[str] = set()
    for i, port in enumerate(ports):
        path = SPEC / "ports" @ i
        name = port.get("name", "")
        if not name and len(ports) > 1:
            causes.append(required(path / "name"))
        elif name:
            causes += dns_label(name, path / "name")
            if name in names:
                causes.append(duplicate(path / "name", name))
            names.add(name)
        causes += ip.port_number(port.get("port", 0), path / "port")
        causes += protocol(port.get("protocol", ""), path / "protocol")
        causes += ip.port_number_or_name(port.get("targetPort", 0), path / "targetPort")
        if "appProtocol" in port:
            causes += qualified_name(port["appProtocol"], path / "appProtocol")
    return causes


def protocol(name: str, path: Path) -> list[Cause]:
    """Check the name of a transport protocol."""
    if not name:
        return [required(path)]
    return [] if name in PROTOCOLS else [not_supported(path, name, PROTOCOLS)]


def _session_affinity(spec: Mapping[str, Any]) -> list[Cause]:
    kind, config = spec.get("sessionAffinity", ""), spec.get("sessionAffinityConfig")
    path = SPEC / "sessionAffinityConfig"
    if not kind:
        return [required(SPEC / "sessionAffinity")]
    if kind not in _AFFINITIES:
        return [not_supported(SPEC / "sessionAffinity", kind, _AFFINITIES)]
    if kind == "None":
        detail = "must not be set when session affinity is None"
        return [] if config is None else [forbidden_field(path, detail)]
    detail = "when session affinity type is ClientIP"
    if config is None:
        return [required(path, detail)]
    if config.get("clientIP") is None:
        return [required(path / "clientIP", detail)]
    seconds = config["clientIP"].get("timeoutSeconds")
    if seconds is None:
        return [required(path / "clientIP" / "timeoutSeconds", detail)]
    if not 0 < seconds <= _MAX_AFFINITY_SECONDS:
        detail = f"must be greater than 0 and less than {_MAX_AFFINITY_SECONDS}"
        return [invalid_value(path / "clientIP" / "timeoutSeconds", seconds, detail)]
    return []


def _type(spec: Mapping[str, Any]) -> list[Cause]:
    type_ = spec.get("type", "")
    if not type_:
        return [required(SPEC / "type")]
    if type_ not in _TYPES:
        return [not_supported(SPEC / "type", type_, _TYPES)]
    if type_ != "ClusterIP":
        return []
    return [
        forbidden_field(
            SPEC / "ports" @ i / "nodePort", "may not be used when `type` is 'ClusterIP'", "node-port-type"
        )
        for i, port in enumerate(spec.get("ports") or ())
        if port.get("nodePort")
    ]


def _node_ports(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[tuple[str, int]] = set()
    for i, port in enumerate(spec.get("ports") or ()):
        node_port = port.get("nodePort", 0)
        key = (port.get("protocol", ""), node_port)
        if node_port and key in seen:
            causes.append(duplicate(SPEC / "ports" @ i / "nodePort", node_port))
        seen.add(key)
    return causes


def _repeated_ports(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[tuple[str, int]] = set()
    for i, port in enumerate(spec.get("ports") or ()):
        key = (port.get("protocol", ""), port.get("port", 0))
        if key in seen:
            # the message shows Kubernetes' internal form of a ServicePort, with only these two set
            shown = GoStruct(
                Name="", Protocol=key[0], AppProtocol=None, Port=key[1], TargetPort=0, NodePort=0
            )
            causes.append(duplicate(SPEC / "ports" @ i, shown))
        seen.add(key)
    return causes


def _source_ranges(manifest: Mapping[str, Any]) -> list[Cause]:
    spec = manifest["spec"]
    ranges = spec.get("loadBalancerSourceRanges")
    noted = (manifest["metadata"].get("annotations") or {}).get(_SOURCE_RANGES)
    if not ranges and noted is None:
        return []
    path = (
        SPEC / "LoadBalancerSourceRanges"
        if ranges
        else (Path("metadata") / "annotations").key(_SOURCE_RANGES)
    )
    causes = [] if spec.get("type") == "LoadBalancer" else [forbidden_field(path, _ONLY_LOAD_BALANCER)]
    if ranges:
        for i, text in enumerate(ranges):
            causes += ip.cidr(text.strip(), path @ i)
    elif noted and noted.strip():
        for text in noted.strip().split(","):
            causes += ip.cidr(text.strip(), path)
    return causes


def _load_balancer(spec: Mapping[str, Any]) -> list[Cause]:
    is_load_balancer = spec.get("type") == "LoadBalancer"
    if is_load_balancer and spec.get("allocateLoadBalancerNodePorts") is None:
        return [required("allocateLoadBalancerNodePorts")]
    if not is_load_balancer and spec.get("allocateLoadBalancerNodePorts") is not None:
        return [forbidden_field(SPEC / "allocateLoadBalancerNodePorts", _ONLY_LOAD_BALANCER)]
    return []


def _load_balancer_class(spec: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[Cause]:
    path, name = SPEC / "loadBalancerClass", spec.get("loadBalancerClass")
    causes: list[Cause] = []
    is_load_balancer = spec.get("type") == "LoadBalancer"
    if (
        old
        and is_load_balancer
        and old.get("type") == "LoadBalancer"
        and old.get("loadBalancerClass") != name
    ):
        causes.append(invalid_value(path, name, "may not change once set"))
    if name is None:
        return causes
    if is_load_balancer:
        return causes + qualified_name(name, path)
    return [*causes, forbidden_field(path, _ONLY_LOAD_BALANCER)]


def _external_traffic(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    policy, path = spec.get("externalTrafficPolicy", ""), SPEC / "externalTrafficPolicy"
    if not externally_accessible(spec):
        if policy:
            causes.append(invalid_value(path, policy, "may only be set for externally-accessible services"))
    elif not policy:
        causes.append(required(path))
    elif policy not in _TRAFFIC_POLICIES:
        causes.append(not_supported(path, policy, _TRAFFIC_POLICIES))
    port, path = spec.get("healthCheckNodePort", 0), SPEC / "healthCheckNodePort"
    if needs_health_check(spec):
        return causes + (ip.port_number(port, path) if port else [required(path)])
    if port:
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        causes.append(invalid_value(path, port, detail))
    return causes


def _internal_traffic(spec: Mapping[str, Any]) -> list[Cause]:
    policy, path = spec.get("internalTrafficPolicy"), SPEC / "internalTrafficPolicy"
    if policy is None:
        return [required(path)] if spec.get("type") in ("NodePort", "LoadBalancer", "ClusterIP") else []
    return [] if policy in _TRAFFIC_POLICIES else [not_supported(path, policy, _TRAFFIC_POLICIES)]


def _distribution(spec: Mapping[str, Any]) -> list[Cause]:
    wish = spec.get("trafficDistribution")
    if wish is None or wish in _DISTRIBUTIONS:
        return []
    return [not_supported(SPEC / "trafficDistribution", wish, _DISTRIBUTIONS)]
