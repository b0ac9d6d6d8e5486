"""Who sends a packet, and what he is answered when he asks for a name."""

from __future__ import annotations

from dataclasses import dataclass

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.addresses import DNS_IP
from k8snotes.errors import AddressError, NotFoundError, did_you_mean
from k8snotes.network import dns
from k8snotes.network.ground import Ground, bridge_ip, node_ip
from k8snotes.network.targets import is_address

__all__ = ["OUTSIDE_IP", "Lookup", "Sender", "look_up"]

OUTSIDE_IP = "203.0.113.5"  # a machine somewhere else (the range is kept for documentation)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: `kind` is "pod", "node" or "outside"; a Pod on its Node's network sends as the Node does."""

    kind: str
    ref: str
    ip: str
    node: str = ""
    pod: Pod | None = None

    @classmethod
    def of_pod(cls, pod: Pod) -> Sender:
        """Return a Pod as a sender."""
        return cls("node" if pod.host_network else "pod", pod.ref, pod.ip, pod.node_name, pod)

    @classmethod
    def of_node(cls, node: Node) -> Sender:
        """Return a program on a Node as a sender."""
        return cls("node", node.ref, node_ip(node), node.name)

    @classmethod
    def outside(cls, ip: str = OUTSIDE_IP) -> Sender:
        """Return a machine that is no Node as a sender."""
        return cls("outside", "outside", ip)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What came of asking for a name: `where` it was answered, and `what` the answer speaks of, or says.

    `addresses` is empty where nobody knows one: `failed` then says why, or `beyond` is the name that
    only the DNS outside the cluster knows, and `hint` what else may have been meant.
    """

    where: str
    what: str
    addresses: tuple[str, ...] = ()
    failed: str = ""
    beyond: str = ""
    hint: str = ""

    def said(self, address: str) -> str:
        """Return the answer with the address that was taken from it."""
        several = f", one of its {len(self.addresses)} addresses" if len(self.addresses) > 1 else ""
        return f"{self.what} is {address}{several}"


def look_up(ground: Ground, sender: Sender, name: str) -> Lookup:
    """Ask for a name as `sender` would: a Pod asks cluster DNS, a Node and the outside do not.

    Raises NotFoundError for a name that leads nowhere, with what there is instead.
    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    known = _own_names(sender, name)
    if known:
        return known
    pod = sender.pod
    if pod is not None and _asks_cluster_dns(ground, pod):
        return _in_a_pod(ground, pod, name)
    return _elsewhere(ground, sender, name)


def _own_names(sender: Sender, name: str) -> Lookup | None:
    """Return what `/etc/hosts` says."""
    if name == "localhost":
        return Lookup(f"{sender.ref}: /etc/hosts", "localhost", ("127.0.0.1",))
    pod = sender.pod
    if pod is None:
        return None
    where = f"{pod.ref}: /etc/hosts"
    for alias in mappings(pod.spec.get("hostAliases")):
        if name in (text(item).lower() for item in sequence(alias.get("hostnames"))):
            return Lookup(where, f"by the Pod's hostAliases, {name}", (text(alias.get("ip")),))
    own = text(pod.spec.get("hostname")) or pod.name
    if name == own.lower() and not pod.host_network:
        return Lookup(where, f"the Pod's own name {name}", (pod.ip,))
    return None


def _asks_cluster_dns(ground: Ground, pod: Pod) -> bool:
    policy = text(pod.spec.get("dnsPolicy")) or "ClusterFirst"
    if policy == "None":
        servers = sequence(mapping(pod.spec.get("dnsConfig")).get("nameservers"))
        return (ground.dns_ip or DNS_IP) in servers
    return policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not pod.host_network)


def _search(pod: Pod) -> tuple[str, ...]:
    """Return the search path of a Pod: `dnsConfig.searches` come after those of its namespace, or stand alone."""
    own = tuple(
        text(item).rstrip(".") for item in sequence(mapping(pod.spec.get("dnsConfig")).get("searches"))
    )
    if pod.spec.get("dnsPolicy") == "None":
        return own
    return tuple(dict.fromkeys((*dns.search_path(pod.namespace), *own)))


def _ndots(pod: Pod) -> int:
    for option in mappings(mapping(pod.spec.get("dnsConfig")).get("options")):
        value = text(option.get("value"))
        if option.get("name") == "ndots" and value.isdecimal():
            return int(value)
    return 1 if pod.spec.get("dnsPolicy") == "None" else 5  # the resolver's own default, and the kubelet's


def _in_a_pod(ground: Ground, pod: Pod, name: str) -> Lookup:
    where = f"cluster DNS at {ground.dns_ip}" if ground.dns_ip else "cluster DNS"
    answer = dns.resolve(ground.zone, name, pod.namespace, ndots=_ndots(pod), search=_search(pod))
    if answer.addresses:
        steps = [record for record in answer.records if record.type == "CNAME"]
        alias = "".join(f" stands for {record.value}, which" for record in steps)
        return Lookup(where, answer.tried[-1] + alias, answer.addresses)
    _check_ipv6(ground, pod, name)
    nobody = _bad_alias(answer) or (
        "" if answer.alias else _no_such_host(ground, answer) or _numbers(ground, answer)
    )
    if nobody:
        return Lookup(where, nobody, failed=nobody)
    forwarded = next((item for item in answer.tried if not item.endswith(f".{dns.DOMAIN}")), "")
    beyond = answer.alias or (forwarded if answer.status == "FORWARDED" else "")
    if beyond in ground.at_outer_ip:
        return Lookup(where, f"{beyond}, a load balancer's name,", (beyond,))
    if answer.hint and _is_no_service_of(ground, beyond):
        raise NotFoundError(_nowhere(ground, name, answer, beyond.partition(".")[2]))
    if beyond:
        alias = f"{answer.tried[-1]} stands for {beyond} (ExternalName): " if answer.alias else ""
        what = f"{alias}the cluster does not know {beyond}, so the DNS server beyond it is asked"
        return Lookup(where, what, beyond=beyond, hint=answer.hint)
    if name in ground.node_named:
        return _of_node(ground, name)
    if _is_headless(ground, name, pod.namespace):
        return Lookup(where, answer.hint, failed=answer.hint)
    raise NotFoundError(_nowhere(ground, name, answer, pod.namespace))


def _is_no_service_of(ground: Ground, name: str) -> bool:
    """Whether a name is that of no Service in a Namespace that is there: rather a typo than of the wide world."""
    first, _, last = name.partition(".")
    return last in ground.zone.all_namespaces and (last, first) not in ground.zone.by_name


def _check_ipv6(ground: Ground, pod: Pod, name: str) -> None:
    """Raise AddressError for a name that has addresses, but none of IPv4."""
    found = dns.resolve(ground.zone, name, pod.namespace, "AAAA", ndots=_ndots(pod), search=_search(pod))
    if any(record.type == "AAAA" for record in found.records):
        raise AddressError(
            f'"{name}" has the IPv6 address {found.records[-1].value} alone, and packets are followed here over IPv4 only.'
        )


def _bad_alias(answer: dns.Answer) -> str:
    """Say why an ExternalName leads nowhere: to a name that is not whole, or round in a circle."""
    end = answer.alias
    if not end or ("." in end and end.rpartition(".")[2] not in ("svc", "local")):
        return ""
    told = f"{answer.tried[-1]} stands for {end} (ExternalName), "
    if end.endswith(f".{dns.DOMAIN}"):
        return f"{told}which leads back to itself, or to nothing: no address is found"
    whole = f"{end}.default.svc" if "." not in end else end
    return (
        f"{told}and an alias must be a whole name: no search path is added to it, so nobody knows it "
        f'(is it "{whole.removesuffix(".local")}.{dns.DOMAIN}" that is meant?)'
    )


def _numbers(ground: Ground, answer: dns.Answer) -> str:
    """Say that an ExternalName of digits is no address, "" for any other name."""
    for whole in answer.tried:
        name, _, namespace = whole.removesuffix(f".svc.{dns.DOMAIN}").partition(".")
        service = ground.zone.by_name.get((namespace, name))
        if service is not None and service.type == "ExternalName" and is_address(service.external_name):
            return (
                f'{service.ref} is an ExternalName for "{service.external_name}": that is taken for a name, not for an '
                "address, and DNS knows no such name. A Service without selector and an EndpointSlice lead to an address"
            )
    return ""


def _no_such_host(ground: Ground, answer: dns.Answer) -> str:
    """Say that a name such as "mysql-2.mysql" leads to no Pod of a Service that is there, "" for any other name."""
    for whole in answer.tried:
        host, _, rest = whole.removesuffix(f".svc.{dns.DOMAIN}").partition(".")
        name, _, namespace = rest.partition(".")
        service = ground.zone.by_name.get((namespace, name))
        if service is None or not whole.endswith(f".svc.{dns.DOMAIN}") or service.type == "ExternalName":
            continue
        if host.startswith("_"):
            return ""
        hosts = sorted(
            text(entry.get("hostname"))
            for item in ground.zone.slices_of.get((namespace, name), ())
            for entry in item.endpoints
            if entry.get("hostname") and mapping(entry.get("conditions")).get("ready") is not False
        )
        there = f"it has {', '.join(hosts[:5])}" if hosts else "it has none"
        return f'no ready Pod behind Service "{name}" has the name "{host}" there ({there}), so DNS knows no such name'
    return ""


def _is_headless(ground: Ground, name: str, namespace: str) -> bool:
    wholes = dns.candidates(name, namespace)
    owns = {f"{item.name}.{item.namespace}.svc.{dns.DOMAIN}" for item in ground.services if item.headless}
    return not owns.isdisjoint(wholes)


def _of_node(ground: Ground, name: str) -> Lookup:
    node = ground.node_named[name]
    if not node_ip(node):
        raise AddressError(f"{node.ref} tells no IPv4 address: packets are followed here over IPv4 alone.")
    what = f"{name} (a Node's name: the DNS of the machines is taken to know it)"
    return Lookup("DNS of the machines", what, (node_ip(node),))


def _elsewhere(ground: Ground, sender: Sender, name: str) -> Lookup:
    """Answer where cluster DNS is not asked."""
    if name in ground.node_named:
        return _of_node(ground, name)
    where = "DNS of the machines"
    if name in ground.at_outer_ip:
        return Lookup(where, f"{name}, a load balancer's name,", (name,))
    answer = dns.resolve(ground.zone, name)
    service = next((item for item in ground.services if item.name == name.partition(".")[0]), None)
    if service is not None and (answer.addresses or "." not in name or ".svc" in name):
        who = _who_asks(sender)
        ip = service.cluster_ip if "." in service.cluster_ip else ""
        instead = f"; its Cluster IP is {ip}" if ip and sender.kind == "node" else ""
        failed = f"{who} cluster DNS, and no other DNS knows the name {name} of {service.ref}{instead}"
        return Lookup(where, failed, failed=failed)
    if answer.status == "FORWARDED":
        return Lookup(where, f"{name} is no name of this cluster", beyond=name)
    names = [*ground.node_named, *(item.name for item in ground.services)]
    raise NotFoundError(
        f'Nobody knows the name "{name}".{did_you_mean(name, names)} Nodes: {", ".join(ground.node_named) or "none"}.'
    )


def _who_asks(sender: Sender) -> str:
    if sender.kind == "outside":
        return "from outside nobody asks"
    if sender.pod is None:
        return "a Node does not ask"
    policy = text(sender.pod.spec.get("dnsPolicy")) or "ClusterFirst"
    on_host = " (hostNetwork: write dnsPolicy: ClusterFirstWithHostNet)" if sender.pod.host_network else ""
    return f"with dnsPolicy {policy}{on_host} this Pod does not ask"


def _nowhere(ground: Ground, name: str, answer: dns.Answer, namespace: str) -> str:
    asked = ", ".join(answer.tried)
    hint = f" {answer.hint}" if answer.hint else ""
    pod = next((item for item in ground.pods if (item.namespace, item.name) == (namespace, name)), None)
    if pod is not None:
        at = f"; its address is {pod.ip}" if pod.ip else ""
        subdomain = text(pod.spec.get("subdomain"))
        whole = f', its name "{text(pod.spec.get("hostname")) or name}.{subdomain}"' if subdomain else ""
        hint += f" {pod.ref} is a Pod, and DNS knows Services, not Pods{at}{whole}."
    here = sorted(item.name for item in ground.services if item.namespace == namespace)
    there = ", ".join(here[:12]) + (f" and {len(here) - 12} more" if len(here) > 12 else "")
    return (
        f'Cluster DNS does not know "{name}" (asked for {asked}).{hint} '
        f"Services in namespace {namespace}: {there or 'none'}."
    )


def own_address(ground: Ground, node: str, destination: str) -> str:
    """Return the address that a packet from a Node itself has: that of the card it leaves by."""
    here = ground.node_named[node]
    target = ground.pod_at.get(destination)
    if destination.startswith("127."):
        return "127.0.0.1"
    if target is not None and target.node_name == node:
        return bridge_ip(here) or node_ip(here)
    return node_ip(here)
