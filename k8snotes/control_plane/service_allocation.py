"""What the API server gives a Service: Cluster IPs and node ports, and takes back when its type changes."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.registry import find_resource
from k8snotes.control_plane.addresses import AddressError, NodePorts, ServiceIPs
from k8snotes.control_plane.kinds.service import cluster_ips, externally_accessible, needs_health_check
from k8snotes.control_plane.validation.metadata import path_segment
from k8snotes.control_plane.validation.wording import Path, internal_error, invalid, invalid_value, required
from k8snotes.errors import Cause

__all__ = ["Allocation", "begin_create", "begin_update", "release", "repair"]

SPEC = Path("spec")


class Allocation:
    """What was given out for one request: `revert` if the request fails, else `commit`."""

    def __init__(self, ips: ServiceIPs, ports: NodePorts) -> None:
        self.ips, self.ports = ips, ports
        self.taken_ips: list[str] = []
        self.taken_ports: list[int] = []
        self.freed_ips: list[str] = []
        self.freed_ports: list[int] = []

    def commit(self) -> None:
        """Take back what the Service no longer has."""
        _release(self.ips, self.ports, self.freed_ips, self.freed_ports)

    def revert(self) -> None:
        """Take back what the request got."""
        _release(self.ips, self.ports, self.taken_ips, self.taken_ports)

    def take_ip(self, ip: str = "") -> str:
        """Give out one Cluster IP."""
        taken = self.ips.allocate(ip)
        self.taken_ips.append(taken)
        return taken

    def take_port(self, port: int = 0) -> int:
        """Give out one node port."""
        taken = self.ports.allocate(port)
        self.taken_ports.append(taken)
        return taken


def _release(ips: ServiceIPs, ports: NodePorts, gone_ips: list[str], gone_ports: list[int]) -> None:
    """Take addresses and ports back."""
    for ip in gone_ips:
        ips.release(ip)
    for port in gone_ports:
        ports.release(port)


def begin_create(service: Manifest, allocation: Allocation) -> None:
    """Give a new, defaulted Service its addresses, in place, and note them in `allocation`.

    Kubernetes does this before it validates, so a refusal here (ApiError) is the only one that is seen.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
    """
    spec = service["spec"]
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    _families(service, None)
    _cluster_ips(service, allocation)
    if spec.get("type", "ClusterIP") in ("NodePort", "LoadBalancer"):
        _new_node_ports(service, allocation)
    if needs_health_check(spec):
        _health_check_port(spec, allocation)


def begin_update(new: Manifest, old: Manifest, allocation: Allocation) -> None:
    """Keep the addresses of a Service that is replaced, and give or free what the change asks for, in place.

    Args:
        new: the Service as it was sent, with its defaults.
        old: the Service as it is stored.
        allocation: notes what is given out and what is to be freed when the change is stored.

    Raises:
        ApiError: 422 for an address that is taken or outside of its range.
    """
    _keep_allocated(new["spec"], old["spec"])
    _families(new, old)
    _change_cluster_ips(new, old, allocation)
    _change_node_ports(new, old, allocation)
    _drop_fields_of_type(new["spec"], old["spec"])


def release(service: Manifest, ips: ServiceIPs, ports: NodePorts) -> None:
    """Take back everything that a deleted Service had."""
    spec = mapping(service.get("spec"))
    # an ExternalName Service may name node ports, which are not its own
    gone = _all_ports(spec) if spec.get("type") in ("NodePort", "LoadBalancer") else []
    _release(ips, ports, [ip for ip in sequence(spec.get("clusterIPs")) if ip != "None"], gone)


def repair(services: Iterable[Manifest], ips: ServiceIPs, ports: NodePorts) -> None:
    """Let exactly those addresses be given out that these Services have."""
    ips.clear()
    ports.clear()
    for service in services:
        spec = mapping(service.get("spec"))
        for ip in sequence(spec.get("clusterIPs")):
            ips.reserve(ip)
        for port in _all_ports(spec) if spec.get("type") in ("NodePort", "LoadBalancer") else ():
            ports.reserve(port)


def _invalid(service: Manifest, causes: list[Cause]) -> Exception:
    """Make the answer to a Service whose addresses cannot be given: 422, Invalid."""
    resource = find_resource("services")
    return (
        invalid(resource, service["metadata"].get("name", ""), causes) if resource else ValueError("services")
    )


def _needs_cluster_ip(spec: Manifest) -> bool:
    """Whether a Service of this type has a Cluster IP (or says that it wants none)."""
    return spec.get("type", "ClusterIP") in ("ClusterIP", "NodePort", "LoadBalancer")


def _needs_node_port(spec: Manifest) -> bool:
    """Whether each port of a Service gets a number on every Node."""
    return spec.get("type") == "NodePort" or (
        spec.get("type") == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False
    )


def _families(service: Manifest, old: Manifest | None) -> None:
    """Settle which families of addresses a Service has, in a cluster that has IPv4 only (initIPFamilyFields).

    Raises:
        ApiError: 422 for families that this cluster does not have.
    """
    spec = service["spec"]
    if spec.get("type", "ClusterIP") == "ExternalName":
        return
    bare = spec.get("clusterIP") == "None" and not spec.get("selector")
    if spec.get("ipFamilyPolicy") is None:
        kept = old["spec"].get("ipFamilyPolicy") if old else None
        spec["ipFamilyPolicy"] = kept or ("RequireDualStack" if bare else "SingleStack")
    if causes := cluster_ips(spec):
        raise _invalid(service, causes)
    policy, ips, families = (
        spec["ipFamilyPolicy"],
        sequence(spec.get("clusterIPs")),
        sequence(spec.get("ipFamilies")),
    )
    causes = []
    if policy == "SingleStack":
        for values, what in ((ips, "cluster IPs"), (families, "IP families")):
            if len(values) == 2:
                detail = f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
                causes.append(invalid_value(SPEC / "ipFamilyPolicy", policy, detail))
    for i, ip in enumerate(ips):
        if ip == "None":
            break
        if i >= len(families) and ":" in ip:
            detail = "IPv6 is not configured on this cluster"
            causes.append(invalid_value(SPEC / "clusterIPs" @ i, ips, detail))
        elif i >= len(families):
            families = [*families, "IPv4"]
    if causes:
        raise _invalid(service, causes)
    if bare:
        families = families or ["IPv4"]
        if len(families) == 1 and policy != "SingleStack":
            families = [*families, "IPv6" if families[0] == "IPv4" else "IPv4"]
        spec["ipFamilies"] = families
        return
    if policy == "RequireDualStack":
        detail = "this cluster is not configured for dual-stack services"
        causes.append(invalid_value(SPEC / "ipFamilyPolicy", policy, detail, "dual-stack"))
    causes += [
        invalid_value(SPEC / "ipFamilies" @ i, family, "not configured on this cluster", "dual-stack")
        for i, family in enumerate(families)
        if family != "IPv4"
    ]
    if causes:
        raise _invalid(service, causes)
    spec["ipFamilies"] = families or ["IPv4"]


def _cluster_ips(service: Manifest, allocation: Allocation) -> None:
    """Give a Service the Cluster IP that it names, or the next free one; none if it is headless."""
    spec = service["spec"]
    wished = sequence(spec.get("clusterIPs"))
    if spec.get("type", "ClusterIP") == "ExternalName" or wished[:1] == ["None"]:
        return
    ip = wished[0] if wished else ""
    try:
        taken = allocation.take_ip(ip)
    except AddressError as error:
        if not ip:
            raise internal_error(f"failed to allocate a serviceIP: {error}") from error
        detail = f"failed to allocate IP {ip}: {error}"
        rule = f"cluster-ip-{error.rule}"
        raise _invalid(service, [invalid_value(SPEC / "clusterIPs", wished, detail, rule)]) from error
    _record(service, ip, taken)
    spec["clusterIP"], spec["clusterIPs"] = taken, [taken]


def _record(service: Manifest, wished: str, taken: str) -> None:
    """Check the IPAddress that notes whose an address is: it names the Service, before the Service's name is checked.

    Raises:
        ApiError: 422 for a Service without a name, or with one that cannot stand in a path.

    Source of the rule: `createIPAddress` in k8s.io/kubernetes/pkg/registry/core/service/ipallocator
    """
    name, path = service["metadata"].get("name", ""), Path("spec.parentRef.name")
    faults = [invalid_value(path, name, fault) for fault in path_segment(name)]
    causes = faults if name else [required(path)]
    resource = find_resource("ipaddresses")
    if causes and resource is not None:
        told = invalid(resource, taken, causes).message
        detail = f"failed to allocate IP {wished}: {told}" if wished else f"failed to allocate IP: {told}"
        raise _invalid(service, [invalid_value(SPEC / "clusterIPs", [wished], detail, "cluster-ip-unnamed")])


def _take_port(service: Manifest, allocation: Allocation, number: int, index: int) -> int:
    """Give out a node port: a certain number, or with 0 the next free one."""
    try:
        return allocation.take_port(number)
    except AddressError as error:
        if not number:
            raise internal_error(f"failed to allocate a nodePort: {error}") from error
        place = SPEC / "ports" @ index / "nodePort"
        cause = invalid_value(place, number, str(error), f"node-port-{error.rule}")
        raise _invalid(service, [cause]) from error


def _new_node_ports(service: Manifest, allocation: Allocation) -> None:
    """Give each port its node port; the same port over TCP and UDP gets one number (initNodePorts)."""
    spec = service["spec"]
    by_port: dict[int, int] = {}
    ports = sequence(spec.get("ports"))
    for i, port in enumerate(ports):
        wish, number = port.get("nodePort", 0), port.get("port", 0)
        if not wish and not _needs_node_port(spec):
            continue
        if number not in by_port:
            wishes = (p["nodePort"] for p in ports if p.get("port") == number and p.get("nodePort"))
            by_port[number] = port["nodePort"] = _take_port(service, allocation, next(wishes, 0), i)
        elif wish != by_port[number]:
            port["nodePort"] = _take_port(service, allocation, wish, i) if wish else by_port[number]


def _health_check_port(spec: Manifest, allocation: Allocation) -> None:
    """Give a Service the port on which load balancers ask each Node for healthy Pods."""
    wish = spec.get("healthCheckNodePort", 0)
    try:
        spec["healthCheckNodePort"] = allocation.take_port(wish)
    except AddressError as error:
        what = f"requested HealthCheck NodePort {wish}" if wish else "a HealthCheck NodePort 0"
        raise internal_error(f"failed to allocate {what}: {error}") from error


def _keep_allocated(new: Manifest, old: Manifest) -> None:
    """Keep what was given: a client that replaces a Service need not repeat it (patchAllocatedValues, normalizeClusterIPs)."""
    if _needs_cluster_ip(old) and _needs_cluster_ip(new):
        if not new.get("clusterIP") and old.get("clusterIP"):
            new["clusterIP"] = old["clusterIP"]
        if (
            not new.get("clusterIPs")
            and new.get("clusterIP") == old.get("clusterIP")
            and old.get("clusterIPs")
        ):
            new["clusterIPs"] = list(old["clusterIPs"])
    if _needs_node_port(old) and _needs_node_port(new):
        used = {p.get("nodePort") for p in sequence(old.get("ports"))} & {
            p.get("nodePort") for p in sequence(new.get("ports"))
        }
        by_name = {p.get("name", ""): p.get("nodePort", 0) for p in sequence(old.get("ports"))}
        for port in sequence(new.get("ports")):
            number = by_name.get(port.get("name", ""), 0)
            if not port.get("nodePort") and number and number not in used:
                port["nodePort"] = number
                used.add(number)
    if needs_health_check(old) and needs_health_check(new) and not new.get("healthCheckNodePort"):
        new["healthCheckNodePort"] = old.get("healthCheckNodePort", 0)
    one = new.get("clusterIP")
    if one and one != old.get("clusterIP") and new.get("clusterIPs") in (None, [], old.get("clusterIPs")):
        new["clusterIPs"] = [one, *sequence(new.get("clusterIPs"))[1:]]


def _change_cluster_ips(new: Manifest, old: Manifest, allocation: Allocation) -> None:
    """Give or free the Cluster IP where a Service becomes, or was, an ExternalName."""
    before, after = old["spec"], new["spec"]
    if before.get("type", "ClusterIP") == "ExternalName" and after.get("type", "ClusterIP") != "ExternalName":
        _cluster_ips(new, allocation)
    elif (
        before.get("type", "ClusterIP") != "ExternalName" and after.get("type", "ClusterIP") == "ExternalName"
    ):
        allocation.freed_ips += [ip for ip in sequence(before.get("clusterIPs")) if ip != "None"]


def _all_ports(spec: Manifest) -> list[int]:
    """Return all numbers on the Nodes that a Service has."""
    numbers = [port["nodePort"] for port in sequence(spec.get("ports")) if port.get("nodePort")]
    return numbers + ([spec["healthCheckNodePort"]] if spec.get("healthCheckNodePort") else [])


def _change_node_ports(new: Manifest, old: Manifest, allocation: Allocation) -> None:
    """Give or free node ports where ports or the type have changed."""
    before, after = old["spec"], new["spec"]
    had = {port["nodePort"] for port in sequence(before.get("ports")) if port.get("nodePort")}
    if before["type"] not in ("NodePort", "LoadBalancer"):
        had = set()  # an ExternalName Service may name numbers, and owns none
    if after.get("type", "ClusterIP") in ("NodePort", "LoadBalancer"):
        taken: set[int] = set()
        for i, port in enumerate(sequence(after.get("ports"))):
            wish = port.get("nodePort", 0)
            if wish in had | taken or (not wish and not _needs_node_port(after)):
                continue
            port["nodePort"] = _take_port(new, allocation, wish, i)
            taken.add(port["nodePort"])
        kept = {port.get("nodePort") for port in sequence(after.get("ports"))}
        allocation.freed_ports += sorted(had - kept)
    elif before.get("type", "ClusterIP") in ("NodePort", "LoadBalancer"):
        allocation.freed_ports += sorted(had)
    if needs_health_check(after) and not needs_health_check(before):
        _health_check_port(after, allocation)
    elif needs_health_check(before) and not needs_health_check(after):
        port = before.get("healthCheckNodePort", 0)
        allocation.freed_ports += [port] if port else []
        if after.get("healthCheckNodePort") == port:
            after.pop("healthCheckNodePort", None)


def _drop_fields_of_type(new: Manifest, old: Manifest) -> None:
    """Drop what only the old type needed and the author did not change (dropTypeDependentFields)."""

    def same(name: str) -> bool:
        return new.get(name) == old.get(name)

    if _needs_cluster_ip(old) and not _needs_cluster_ip(new):
        if same("clusterIPs"):
            new.pop("clusterIP", None)
            new.pop("clusterIPs", None)
        for name in ("ipFamilies", "ipFamilyPolicy"):
            if same(name):
                new.pop(name, None)
    types = ("NodePort", "LoadBalancer")
    if old.get("type") in types and new.get("type") not in types:
        now, before = ({p.get("nodePort", 0) for p in sequence(spec.get("ports"))} for spec in (new, old))
        if now - {0} <= before:  # ports may go; a number that the author has added stays, and is refused
            for port in sequence(new.get("ports")):
                port.pop("nodePort", None)
    if old.get("type") == "LoadBalancer" != new.get("type"):
        for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if same(name):
                new.pop(name, None)
    if externally_accessible(old) and not externally_accessible(new) and same("externalTrafficPolicy"):
        new.pop("externalTrafficPolicy", None)
