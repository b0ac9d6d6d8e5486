"""Service: ports, types, addresses, affinity and traffic policies.

The addresses themselves are given by `service_allocation.py`, before the check.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/service/, `ValidateServiceCreate`
and `ValidateServiceUpdate` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_label
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Amounts, Rules
from k8snotes.control_plane.validation.ip import (
    cidr,
    ip,
    is_ipv6,
    port_number,
    port_number_or_name,
    protocol,
    usable_ip,
)
from k8snotes.control_plane.validation.metadata import (
    dns_label,
    dns_subdomain,
    labels,
    metadata,
    metadata_update,
    qualified_name,
)
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    not_supported,
    one_of,
    required,
    unique,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES", "cluster_ips", "externally_accessible", "needs_health_check"]

SPEC = Path("spec")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_AFFINITIES = ("ClientIP", "None")
_TRAFFIC_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_MAX_AFFINITY_SECONDS = 86400
_TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
_NOT_EXTERNAL_NAME = "may not be set for ExternalName services"
_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_AFFINITY_SECONDS = 10800


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a Service.

    Source of the rule: `SetDefaults_Service` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    spec = manifest["spec"]
    set_missing(spec, sessionAffinity="None", type="ClusterIP")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    if spec["sessionAffinity"] == "ClientIP":
        client = mapping(mapping(spec.get("sessionAffinityConfig")).get("clientIP"))
        if client.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": _AFFINITY_SECONDS}}
    for port in sequence(spec.get("ports")):
        set_missing(port, protocol="TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    type_ = spec["type"]
    if type_ in ("NodePort", "LoadBalancer") or (type_ == "ClusterIP" and spec.get("externalIPs")):
        set_missing(spec, externalTrafficPolicy="Cluster")
    if type_ in ("ClusterIP", "NodePort", "LoadBalancer"):
        set_missing(spec, internalTrafficPolicy="Cluster")
    if type_ == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


def externally_accessible(spec: Manifest) -> bool:
    """Whether traffic from outside the cluster is meant to reach a Service."""
    type_ = spec.get("type")
    return type_ in ("LoadBalancer", "NodePort") or (type_ == "ClusterIP" and bool(spec.get("externalIPs")))


def needs_health_check(spec: Manifest) -> bool:
    """Whether load balancers ask each Node for healthy Pods, on a port of its own."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def is_headless(spec: Manifest) -> bool:
    """Whether a Service has no Cluster IP by choice (`clusterIP: None`)."""
    return spec.get("clusterIPs") == ["None"]


def _check(manifest: Manifest) -> list[Cause]:
    """Check a Service (ValidateService)."""
    spec = manifest["spec"]
    causes = metadata(manifest["metadata"], dns1123_label, namespaced=True)
    causes += _topology_annotations(mapping(manifest["metadata"].get("annotations")))
    if not spec.get("ports") and not is_headless(spec) and spec.get("type") != "ExternalName":
        causes.append(required(SPEC / "ports"))
    causes += _by_type(spec)
    causes += _ports(spec)
    causes += labels(spec.get("selector"), SPEC / "selector")
    causes += _session_affinity(spec)
    causes += cluster_ips(spec)
    for i, address in enumerate(sequence(spec.get("externalIPs"))):
        path = SPEC / "externalIPs" @ i
        causes += ip(address, path) or usable_ip(address, path)
    causes += _type(spec)
    causes += _node_ports(spec)
    causes += _repeated_ports(spec)
    causes += _source_ranges(manifest)
    causes += _load_balancer(spec)
    causes += _load_balancer_class(spec, None)
    causes += _external_traffic(spec)
    causes += _internal_traffic(spec)
    return causes + _distribution(spec)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check what may change in a Service, then the Service itself (ValidateServiceUpdate)."""
    causes = metadata_update(new["metadata"], old["metadata"])
    causes += _cluster_ips_change(new["spec"], old["spec"])
    causes += _families_change(new["spec"], old["spec"])
    causes += _load_balancer_class(new["spec"], old["spec"])
    both = needs_health_check(new["spec"]) and needs_health_check(old["spec"])
    if both and new["spec"].get("healthCheckNodePort", 0) != old["spec"].get("healthCheckNodePort", 0):
        causes.append(forbidden_field(SPEC / "healthCheckNodePort", "field is immutable"))
    return causes + _check(new)


def _topology_annotations(annotations: Mapping[str, str]) -> list[Cause]:
    """Check that the old and the new annotation say the same where both are there."""
    mode, hints = annotations.get(_TOPOLOGY_MODE), annotations.get(_TOPOLOGY_HINTS)
    if mode is None or hints is None or mode == hints:
        return []
    detail = f"must match annotations[{_TOPOLOGY_HINTS}] when both are specified"
    return [invalid_value((Path("metadata") / "annotations").key(_TOPOLOGY_MODE), mode, detail)]


def _by_type(spec: Manifest) -> list[Cause]:
    """Check what each type forbids: no headless NodePort, no addresses for an ExternalName."""
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


def _ports(spec: Manifest) -> list[Cause]:
    """Check each port: number, protocol, target, and a name where there are several."""
    causes: list[Cause] = []
    ports = sequence(spec.get("ports"))
    names: set[str] = set()
    for i, port in enumerate(ports):
        path = SPEC / "ports" @ i
        name = port.get("name", "")
        if not name and len(ports) > 1:
            causes.append(required(path / "name"))
        elif name:
            causes += dns_label(name, path / "name")
            causes += unique(name, path / "name", names)
        causes += port_number(port.get("port", 0), path / "port")
        causes += protocol(port.get("protocol", ""), path / "protocol")
        causes += port_number_or_name(port.get("targetPort", 0), path / "targetPort")
        if "appProtocol" in port:
            causes += qualified_name(port["appProtocol"], path / "appProtocol")
    return causes


def _session_affinity(spec: Manifest) -> list[Cause]:
    """Check whether, and for how long, a client keeps its Pod."""
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


def _type(spec: Manifest) -> list[Cause]:
    """Check the type; a ClusterIP Service has no node ports."""
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
        for i, port in enumerate(sequence(spec.get("ports")))
        if port.get("nodePort")
    ]


def _node_ports(spec: Manifest) -> list[Cause]:
    """Check that a node port is named once for each protocol."""
    causes: list[Cause] = []
    seen: set[tuple[str, int]] = set()
    for i, port in enumerate(sequence(spec.get("ports"))):
        node_port = port.get("nodePort", 0)
        key = (port.get("protocol", ""), node_port)
        if node_port and key in seen:
            causes.append(duplicate(SPEC / "ports" @ i / "nodePort", node_port))
        seen.add(key)
    return causes


def _repeated_ports(spec: Manifest) -> list[Cause]:
    """Check that a port is there once for each protocol."""
    causes: list[Cause] = []
    seen: set[tuple[str, int]] = set()
    for i, port in enumerate(sequence(spec.get("ports"))):
        key = (port.get("protocol", ""), port.get("port", 0))
        if key in seen:
            # the message shows Kubernetes' internal form of a ServicePort, with only these two set
            shown = GoStruct(
                Name="", Protocol=key[0], AppProtocol=None, Port=key[1], TargetPort=0, NodePort=0
            )
            causes.append(duplicate(SPEC / "ports" @ i, shown))
        seen.add(key)
    return causes


def _source_ranges(manifest: Manifest) -> list[Cause]:
    """Check from where a load balancer may be reached."""
    spec = manifest["spec"]
    ranges = spec.get("loadBalancerSourceRanges")
    noted = mapping(manifest["metadata"].get("annotations")).get(_SOURCE_RANGES)
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
            causes += cidr(text.strip(), path @ i)
    elif noted and noted.strip():
        for text in noted.strip().split(","):
            causes += cidr(text.strip(), path)
    return causes


def _load_balancer(spec: Manifest) -> list[Cause]:
    """Check that only load balancers say whether they need node ports."""
    is_load_balancer = spec.get("type") == "LoadBalancer"
    if is_load_balancer and spec.get("allocateLoadBalancerNodePorts") is None:
        return [required("allocateLoadBalancerNodePorts")]
    if not is_load_balancer and spec.get("allocateLoadBalancerNodePorts") is not None:
        return [forbidden_field(SPEC / "allocateLoadBalancerNodePorts", _ONLY_LOAD_BALANCER)]
    return []


def _load_balancer_class(spec: Manifest, old: Manifest | None) -> list[Cause]:
    """Check the class of a load balancer: it stays once it is set (validateLoadBalancerClassField)."""
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


def _external_traffic(spec: Manifest) -> list[Cause]:
    """Check the policy for traffic from outside, and the port that goes with "Local" (validateServiceExternalTrafficPolicy)."""
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
        return causes + (port_number(port, path) if port else [required(path)])
    if port:
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        causes.append(invalid_value(path, port, detail))
    return causes


def _internal_traffic(spec: Manifest) -> list[Cause]:
    """Check the policy for traffic from within (validateServiceInternalTrafficFieldsValue)."""
    policy, path = spec.get("internalTrafficPolicy"), SPEC / "internalTrafficPolicy"
    if policy is None:
        return [required(path)] if spec.get("type") in ("NodePort", "LoadBalancer", "ClusterIP") else []
    return one_of(policy, path, _TRAFFIC_POLICIES)


def _distribution(spec: Manifest) -> list[Cause]:
    """Check which endpoints are preferred (validateServiceTrafficDistribution)."""
    return one_of(spec.get("trafficDistribution"), SPEC / "trafficDistribution", _DISTRIBUTIONS)


def cluster_ips(spec: Manifest) -> list[Cause]:
    """Check clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy (ValidateServiceClusterIPsRelatedFields)."""
    if spec.get("type") == "ExternalName":
        return []
    ips, one, path = sequence(spec.get("clusterIPs")), spec.get("clusterIP", ""), SPEC / "clusterIPs"
    causes: list[Cause] = []
    if one and not ips:
        causes.append(required(path))
    elif one and ips[0] != one:
        causes.append(invalid_value(path, ips, "first value must match `clusterIP`"))
    elif not one and ips:
        causes.append(invalid_value(path, ips, "must be empty when `clusterIP` is not specified"))
    causes += _families(spec)
    wrong: list[Cause] = []
    for i, address in enumerate(ips):
        if i == 0 and address == "None":
            if len(ips) > 1:
                wrong.append(invalid_value(path, ips, "'None' must be the first and only value"))
            continue
        wrong += ip(address, path @ i)
    causes += wrong
    if len(ips) > 2:
        causes.append(invalid_value(path, ips, "may only hold up to 2 values"))
    if wrong:
        return causes
    if len(ips) > 1 and len({is_ipv6(address) for address in ips}) < 2:
        causes.append(invalid_value(path, ips, "may specify no more than one IP for each IP family"))
    if not is_headless(spec):
        for i, (address, family) in enumerate(zip(ips, sequence(spec.get("ipFamilies")), strict=False)):
            if family in _FAMILIES and (family == "IPv6") != is_ipv6(address):
                detail = f"expected an {family} value as indicated by `ipFamilies[{i}]`"
                causes.append(invalid_value(path @ i, address, detail))
    return causes


def _families(spec: Manifest) -> list[Cause]:
    """Check the families of addresses, and the policy by which they are chosen."""
    causes: list[Cause] = []
    families = sequence(spec.get("ipFamilies"))
    for i, family in enumerate(families):
        causes += one_of(family, SPEC / "ipFamilies" @ i, _FAMILIES)
        if family in families[:i]:
            causes.append(duplicate(SPEC / "ipFamilies" @ i, family))
    policy = spec.get("ipFamilyPolicy")
    causes += one_of(policy, SPEC / "ipFamilyPolicy", _FAMILY_POLICIES)
    return causes


def _either_is_external_name(new: Manifest, old: Manifest) -> bool:
    """Whether the Service is, or was, only another DNS name."""
    return "ExternalName" in (new.get("type"), old.get("type"))


def _cluster_ips_change(new: Manifest, old: Manifest) -> list[Cause]:
    """Check that a Service keeps its Cluster IP (validateUpgradeDowngradeClusterIPs)."""
    if _either_is_external_name(new, old) or (is_headless(new) and is_headless(old)):
        return []
    now, before, path = sequence(new.get("clusterIPs")), sequence(old.get("clusterIPs")), SPEC / "clusterIPs"
    once = "may not change once set"
    if len(now) == len(before):
        return [invalid_value(path @ i, now, once) for i, ip_ in enumerate(before) if ip_ != now[i]]
    causes: list[Cause] = []
    if not now:
        # an empty list, not null: the field is there for Kubernetes
        causes.append(invalid_value(path @ 0, new.get("clusterIPs"), "primary clusterIP can not be unset"))
    elif before and now[0] != before[0]:
        causes.append(invalid_value(path @ 0, now, once))
    if len(before) > len(now) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        detail = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        causes.append(invalid_value(SPEC / "ipFamilyPolicy", new.get("ipFamilyPolicy"), detail))
    return causes


def _families_change(new: Manifest, old: Manifest) -> list[Cause]:
    """Check that a Service keeps its first kind of address (validateUpgradeDowngradeIPFamilies)."""
    if _either_is_external_name(new, old) or is_headless(new) or is_headless(old):
        return []
    now, before, path = (
        sequence(new.get("ipFamilies")),
        sequence(old.get("ipFamilies")),
        SPEC / "ipFamilies" @ 0,
    )
    once = "may not change once set"
    if len(now) == len(before):
        return [invalid_value(path, now, once) for i, family in enumerate(before) if family != now[i]]
    causes: list[Cause] = []
    if len(before) > len(now) and not new.get("clusterIPs"):
        causes.append(invalid_value(path, now, "primary ipFamily can not be unset"))
    if now and before and now[0] != before[0]:
        causes.append(invalid_value(path, new.get("clusterIPs"), once))
    if len(before) > len(now) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        detail = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        causes.append(invalid_value(SPEC / "ipFamilyPolicy", new.get("ipFamilyPolicy"), detail))
    return causes


def _warnings(manifest: Manifest, _old: Manifest | None) -> Iterator[ApiWarning]:
    """Warn of what is ignored for this type of Service, or deprecated."""
    spec, annotations = manifest["spec"], mapping(manifest["metadata"].get("annotations"))
    hints = "service.kubernetes.io/topology-aware-hints"
    if hints in annotations:
        detail = f"annotation {hints} is deprecated, please use service.kubernetes.io/topology-mode instead"
        yield ApiWarning(detail)
    external, headless = spec.get("externalIPs"), is_headless(spec) and spec.get("type") == "ClusterIP"
    if headless:
        if spec.get("loadBalancerIP"):
            yield ApiWarning("spec.loadBalancerIP is ignored for headless services")
        if external:
            yield ApiWarning("spec.externalIPs is ignored for headless services")
        if spec.get("sessionAffinity") != "None":
            yield ApiWarning("spec.SessionAffinity is ignored for headless services")
    is_name = spec.get("type") == "ExternalName"
    if external and not headless and not is_name:
        yield ApiWarning("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if is_name and external:
        yield ApiWarning('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if not is_name and spec.get("externalName"):
        yield ApiWarning('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        yield ApiWarning('"PreferClose" is deprecated; use "PreferSameZone"', "spec.trafficDistribution")


def _amounts(manifest: Manifest) -> Amounts:
    """Count node ports and load balancers.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota
    """
    spec = mapping(manifest.get("spec"))
    ports, balanced = sequence(spec.get("ports")), spec.get("type") == "LoadBalancer"
    if balanced and spec.get("allocateLoadBalancerNodePorts") is False:
        ports = [port for port in ports if port.get("nodePort")]
    opened = len(ports) if balanced or spec.get("type") == "NodePort" else 0
    return {
        "services.nodeports": Quantity(opened),
        "services.loadbalancers": Quantity(1 if balanced else 0),
    }


RULES = Rules(
    complete=_complete,
    status={"loadBalancer": {}},
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
    amounts=_amounts,
)
