"""The resolver: what a program on a machine is answered when it asks for a name, and the two files that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _, clauses, named, ngettext, sentences
from k8snotes.control_plane import caches
from k8snotes.control_plane.addresses import DNS_IP
from k8snotes.errors import AddressError, NotFoundError, did_you_mean
from k8snotes.network import dns
from k8snotes.network.policy import Party
from k8snotes.network.sender import Sender
from k8snotes.network.state import NetworkState
from k8snotes.node.addresses import is_ipv4, node_ip
from k8snotes.node.hostname import full_hostname, host_domain, hostname
from k8snotes.screen import printable

__all__ = ["HostsFile", "Lookup", "ResolvConf", "Resolver", "resolver_of"]

_MOST_SERVERS, _MOST_SEARCHES = 3, 32
_MOST_NAMES = 12
_DNS_PORT = 53
_Line = tuple[str, tuple[str, ...]]  # an address, and the names that lead to it
_LOCAL: tuple[_Line, ...] = (("127.0.0.1", ("localhost",)),)
_LOCAL_IN_A_POD: tuple[_Line, ...] = (
    *_LOCAL,
    ("::1", ("localhost", "ip6-localhost", "ip6-loopback")),
    ("fe00::0", ("ip6-localnet",)),
    ("fe00::0", ("ip6-mcastprefix",)),
    ("fe00::1", ("ip6-allnodes",)),
    ("fe00::2", ("ip6-allrouters",)),
)
_NODES_FILE = (
    "# Kubernetes-managed hosts file (host network).",
    _("# k8snotes: the other lines of the Node's own file are not known here"),
)
_NODES_RESOLV_CONF = _(
    "# k8snotes: the first lines are those of the Node's own file, which are not known here"
)
_MACHINES = _("DNS of the machines")


class HostsFile:
    r"""`/etc/hosts` of a machine: the names that are known without asking. Printed, it is the file.

    For a Pod the kubelet writes it: its own name, and its `hostAliases`. A Pod on the network of its Node
    gets the Node's file, and its `hostAliases` below; of a Node's file, only `localhost` is known here.

    >>> pod = Pod({"metadata": {"name": "web"}, "status": {"podIP": "10.244.1.2"},
    ...     "spec": {"hostAliases": [{"ip": "192.0.2.7", "hostnames": ["db", "cache"]}]}})
    >>> HostsFile(Sender.of_pod(pod)).find("cache")
    '192.0.2.7'
    >>> str(HostsFile(Sender.of_pod(pod))).splitlines()[-4:]
    ['10.244.1.2\tweb', '', '# Entries added by HostAliases.', '192.0.2.7\tdb\tcache']

    Source of the rule: `managedHostsFileContent` of the kubelet, and
    https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/
    """

    def __init__(self, sender: Sender) -> None:
        self._header: tuple[str, ...] = ()
        self._local = _LOCAL
        self._own: tuple[_Line, ...] = ()
        self._aliases: tuple[_Line, ...] = ()
        pod = sender.pod
        if pod is None:
            return
        self._header = _NODES_FILE
        if not pod.host_network:
            self._header, self._local = ("# Kubernetes-managed hosts file.",), _LOCAL_IN_A_POD
            name, domain = hostname(pod), host_domain(pod)
            names = (f"{name}.{domain}", name) if domain else (name,)
            self._own = tuple((ip, names) for ip in _pod_ips(pod))
        self._aliases = tuple(
            (text(alias.get("ip")), tuple(text(name) for name in sequence(alias.get("hostnames"))))
            for alias in mappings(pod.spec.get("hostAliases"))
        )

    def _lines(self, name: str) -> list[_Line]:
        """Return the lines that have a name, in order; letters of either case are the same."""
        lines = (*self._local, *self._own, *self._aliases)
        return [line for line in lines if name.lower() in map(str.lower, line[1])]

    def find(self, name: str) -> str:
        """Return the address of a name, one of IPv4 if there is one; "" for a name that is not in the file."""
        ips = [ip for ip, _names in self._lines(name)]
        return next((ip for ip in ips if is_ipv4(ip)), ips[0] if ips else "")

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names of the line that a name is found in, () if it is in none."""
        ip = self.find(name)
        return next((names for there, names in self._lines(name) if there == ip), ())

    def is_alias(self, name: str) -> bool:
        """Whether a name is one of the Pod's `hostAliases`, and no other line has it."""
        return bool(self._lines(name)) and all(line in self._aliases for line in self._lines(name))

    @printable
    def __str__(self) -> str:
        header = [f"{line}\n" for line in self._header]
        local = [f"{ip}\t{' '.join(names)}\n" for ip, names in self._local]
        own = ["\t".join((ip, *names)) + "\n" for ip, names in self._own]
        aliases = ["\t".join((ip, *names)) + "\n" for ip, names in self._aliases]
        if aliases:
            aliases = ["\n# Entries added by HostAliases.\n", *aliases]
        return "".join([*header, *local, *own, *aliases])


class ResolvConf:
    """`/etc/resolv.conf` of a machine: which name servers it asks, and for which names. Printed, it is the file.

    `nameservers` are asked in this order, `searches` are what is tried behind a short name, `options` what
    else it says, such as {"ndots": "5"}. Where `of_node` is true the file begins with what the Node's own
    one says, which is not known here.

    Args:
        pod: The Pod; None for a Node or a machine outside.
        dns_ip: The address of cluster DNS.

    >>> pod = Pod({"metadata": {"name": "web", "namespace": "shop"},
    ...     "spec": {"dnsConfig": {"searches": ["example.com"], "options": [{"name": "ndots", "value": "2"}]}}})
    >>> print(ResolvConf(pod, "10.96.0.10"))
    search shop.svc.cluster.local svc.cluster.local cluster.local example.com
    nameserver 10.96.0.10
    options ndots:2
    <BLANKLINE>

    Source of the rule: `GetPodDNS` of the kubelet, and
    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
    """

    def __init__(self, pod: Pod | None, dns_ip: str) -> None:
        servers: list[str] = []
        searches: list[str] = []
        self.options: dict[str, str] = {}
        self.policy = _policy(pod) if pod is not None else "Default"
        self.of_node = self.policy == "Default"
        if pod is not None and self.policy == "ClusterFirst":
            servers, searches = [dns_ip], [*dns.search_path(pod.namespace)]
            self.options = {"ndots": "5"}
        config = mapping(pod.spec.get("dnsConfig")) if pod is not None else {}
        servers += map(text, sequence(config.get("nameservers")))
        searches += map(text, sequence(config.get("searches")))
        self.options |= {
            text(option.get("name")): text(option.get("value")) for option in mappings(config.get("options"))
        }
        self.nameservers = tuple(dict.fromkeys(servers))[:_MOST_SERVERS]
        self.searches = tuple(dict.fromkeys(searches))[:_MOST_SEARCHES]

    @property
    def ndots(self) -> int:
        """How many dots a name must have to be asked for as it is first; the resolver's own default is 1."""
        value = self.options.get("ndots", "")
        return min(int(value), 15) if value.isdecimal() else 1

    @printable
    def __str__(self) -> str:
        lines: list[str] = [_NODES_RESOLV_CONF] if self.of_node else []
        if self.searches:
            lines.append(f"search {' '.join(self.searches)}")
        lines += [f"nameserver {ip}" for ip in self.nameservers]
        options = [f"{name}:{value}" if value else name for name, value in self.options.items()]
        if options:
            lines.append(f"options {' '.join(options)}")
        return "".join(f"{line}\n" for line in lines)


def _policy(pod: Pod) -> str:
    """Return the dnsPolicy that is in force: on the network of its Node, ClusterFirst means Default."""
    policy = text(pod.spec.get("dnsPolicy")) or "ClusterFirst"
    if policy == "ClusterFirst" and pod.host_network:
        return "Default"
    return "ClusterFirst" if policy == "ClusterFirstWithHostNet" else policy


def _pod_ips(pod: Pod) -> tuple[str, ...]:
    ips = (text(item.get("ip")) for item in mappings(pod.status.get("podIPs")))
    return tuple(dict.fromkeys(ip for ip in (pod.ip, *ips) if ip))


@dataclass(frozen=True, slots=True)
class Lookup:
    """What came of asking for a name.

    `outcome` is "address", "beyond" (only the DNS outside the cluster may know it: `beyond` is the whole
    name that it is asked for), "unresolved" (there is no address, and `reason` says why), "unknown" (the
    name leads nowhere; `reason` says what there is instead) or "IPv6" (it has no IPv4 address). `where`
    says what answered, `what` is the name that the answer is about (for the outcome "beyond" what happens then),
    `hint` says what else may have been meant; `answer` is that of DNS, None where DNS was not asked.

    `known_as` says what kind of name it is: "host-alias", "own-name" (both of the Pod), "Node", "web" (the host of
    an Ingress or a Gateway), "load-balancer", or "" for any other; `aliases` are the names that it stands for, one after the other.
    """

    outcome: str
    where: str
    what: str = ""
    addresses: tuple[str, ...] = ()
    reason: str = ""
    beyond: str = ""
    hint: str = ""
    answer: dns.Answer | None = None
    known_as: str = ""
    aliases: tuple[str, ...] = ()

    def sentence(self, address: str) -> str:
        """Return the answer with the address that was taken from it."""
        name = self.what
        match self.known_as:
            case "host-alias":
                return _("{name} is {address} in the Pod's hostAliases", name=name, address=address)
            case "own-name":
                return _("{name} is the Pod's own name, for {address}", name=name, address=address)
            case "Node":
                return _(
                    "{name} is {address} (a Node's name, which the DNS of the machines is assumed to know)",
                    name=name,
                    address=address,
                )
            case "web":
                return _(
                    "{name} is {address} (the host of an Ingress or a Gateway, which the DNS of the machines is assumed "
                    "to know)",
                    name=name,
                    address=address,
                )
            case "load-balancer":
                return _("{name} is the name of a load balancer", name=name)
        aliases, several = " → ".join(self.aliases), len(self.addresses)
        if several == 1:
            if aliases:
                return _("{name} stands for {aliases}, which is {ip}", name=name, aliases=aliases, ip=address)
            return _("{name} is {ip}", name=name, ip=address)
        if aliases:
            return ngettext(
                "{name} stands for {aliases}, which is {address}, one of its {n} addresses",
                "{name} stands for {aliases}, which is {address}, one of its {n} addresses",
                several,
                name=name,
                aliases=aliases,
                address=address,
            )
        return ngettext(
            "{name} is {address}, one of its {n} addresses",
            "{name} is {address}, one of its {n} addresses",
            several,
            name=name,
            address=address,
        )

    def check(self) -> None:
        """Raise NotFoundError for a name that leads nowhere, AddressError for one that has no IPv4 address."""
        if self.outcome == "unknown":
            raise NotFoundError(self.reason)
        if self.outcome == "IPv6":
            raise AddressError(self.reason)


class Resolver:
    """Answers the programs of one machine that ask for a name: first `/etc/hosts`, then DNS.

    A Pod asks cluster DNS, unless its `dnsPolicy` or `dnsConfig` says otherwise; a Node and a machine
    outside ask the DNS server beyond the cluster's.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> resolver = c.simulation.network.resolver("pod/client")
    >>> resolver.look_up("cache").addresses == (c["svc/cache"].cluster_ip,)
    True
    >>> resolver.look_up("cash").reason.partition("(")[0]
    'Cluster DNS does not know "cash" '

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """

    def __init__(self, state: NetworkState, sender: Sender) -> None:
        self._state, self._sender = state, sender
        self._dns_ip = state.dns_ip or DNS_IP

    @cached_property
    def hosts(self) -> HostsFile:
        """The machine's `/etc/hosts`."""
        return HostsFile(self._sender)

    @cached_property
    def config(self) -> ResolvConf:
        """The machine's `/etc/resolv.conf`."""
        return ResolvConf(self._sender.pod, self._dns_ip)

    @property
    def asks_cluster_dns(self) -> bool:
        """Whether the first name server that is asked is cluster DNS; the others are asked if it is silent."""
        return not self.config.of_node and self.config.nameservers[:1] == (self._dns_ip,)

    @property
    def server(self) -> str:
        """The name server that is asked first, "" where it is the Node's own, which is not known here."""
        return "" if self.config.of_node else next(iter(self.config.nameservers), "127.0.0.1")

    @property
    def hostname(self) -> str:
        """The host name that programs see on this machine: with `setHostnameAsFQDN` its domain comes after it."""
        pod = self._sender.pod
        if pod is None:
            return self._sender.node
        return full_hostname(pod)

    def look_up(self, name: str) -> Lookup:
        """Answer a program that wants to call a name (`getaddrinfo`): curl, wget, ping, getent."""
        name = name.lower()
        ip = self.hosts.find(name)
        if not ip:
            return self.query(name)
        where = _("{machine}: /etc/hosts", machine=self._sender.ref)
        if not is_ipv4(ip):
            return Lookup("IPv6", where, reason=_only_ipv6(name, ip))
        known_as = ""
        if self._sender.pod is not None and name != "localhost":
            known_as = "host-alias" if self.hosts.is_alias(name) else "own-name"
        return Lookup("address", where, name, (ip,), known_as=known_as)

    def query(self, name: str) -> Lookup:
        """Answer a program that asks DNS for the address of a name, and no file: nslookup, dig."""
        name = name.lower()
        if reason := self.silence:
            hint = _let_dns_out() if self.dropped else ""
            return Lookup("unresolved", self._where, reason, reason=reason, hint=hint)
        answer = self.ask(name)
        if answer.addresses:
            return self._address(answer)
        return (
            self._nothing_inside(name, answer)
            if self.asks_cluster_dns
            else self._nothing_beyond(name, answer)
        )

    @property
    def silence(self) -> str:
        """Why the name server that is asked does not answer this sender, "" if it does.

        Cluster DNS may have no Pod that is ready, and NetworkPolicies may drop the query.
        """
        service = self._state.silent_dns if self.asks_cluster_dns else None
        if service is None:
            return self.dropped
        return _("cluster DNS does not answer, because no Pod behind {service} is ready", service=service.ref)

    @cached_property
    def dropped(self) -> str:
        """Why NetworkPolicies drop what this sender asks its name server, "" if they let it pass."""
        policies, pod = self._state.policies, self._sender.pod
        if not policies or pod is None or self._sender.kind != "pod":
            return ""
        ip, port, server = self.server, _DNS_PORT, None
        if self.asks_cluster_dns:
            ip, port, server = self._state.dns_server()
        verdict = policies.judge("egress", pod, Party(ip, server), port, "UDP")
        if verdict.allowed and server is not None:
            verdict = policies.judge("ingress", server, Party(pod.ip, pod), port, "UDP")
        if verdict.allowed:
            return ""
        why = verdict.reason if len(verdict.misses) == 1 else verdict.outcome
        return _("no DNS server answers, because the network plugin drops the query: {why}", why=why)

    def ask(self, name: str, record_type: str = "A") -> dns.Answer:
        """Return what DNS answers, with its records; a dot at the end of `name` says that it is whole.

        Args:
            record_type: "A", "AAAA", "CNAME" or "SRV".

        Raises:
            RefError: For a type of record that is not known here.
        """
        zone = self._state.zone if self.asks_cluster_dns else self._state.zone_beyond
        searches = [end.rstrip(".") or "." for end in self.config.searches]
        return dns.resolve(zone, name, self._namespace, record_type, ndots=self.config.ndots, search=searches)

    @property
    def _namespace(self) -> str:
        return self._sender.pod.namespace if self._sender.pod is not None else "default"

    @property
    def _where(self) -> str:
        if not self.asks_cluster_dns:
            return _MACHINES
        ip = self._state.dns_ip
        return _("cluster DNS at {ip}", ip=ip) if ip else _("cluster DNS")

    def _address(self, answer: dns.Answer) -> Lookup:
        whole = answer.tried[-1]
        if whole in self._state.zone.upstream and not answer.alias:
            known_as = "Node" if whole in map(str.lower, self._state.node_named) else "web"
            return Lookup("address", _MACHINES, whole, answer.addresses, answer=answer, known_as=known_as)
        aliases = tuple(record.value for record in answer.records if record.type == "CNAME")
        return Lookup("address", self._where, whole, answer.addresses, answer=answer, aliases=aliases)

    # ---- names without an address

    def _nothing_inside(self, name: str, answer: dns.Answer) -> Lookup:
        """Say what comes of a name for which cluster DNS has no address."""
        state, where = self._state, self._where
        ipv6 = next((record.value for record in self.ask(name, "AAAA").records if record.type == "AAAA"), "")
        if ipv6:
            return Lookup("IPv6", where, reason=_only_ipv6(name, ipv6), answer=answer)
        reason = _bad_alias(answer)
        if not answer.alias:
            reason = reason or _no_such_host(state, answer) or _numbers(state, answer)
        if reason:
            return Lookup("unresolved", where, reason, reason=reason, answer=answer)
        beyond = answer.alias or answer.forwarded
        if beyond in state.at_outer_ip:
            return Lookup("address", where, beyond, (beyond,), answer=answer, known_as="load-balancer")
        if answer.near and _is_no_service_of(state, beyond):
            reason = _nowhere(state, name, answer, beyond.partition(".")[2])
            return Lookup("unknown", where, reason=reason, answer=answer)
        if beyond:
            what: str = _(
                "cluster DNS does not know {name}, so it asks the DNS server outside the cluster", name=beyond
            )
            if answer.alias:
                alias = _("{alias} stands for {name} (ExternalName)", alias=answer.tried[-1], name=beyond)
                what = clauses(alias, what)
            return Lookup("beyond", where, what, beyond=beyond, hint=answer.hint, answer=answer)
        if name in state.node_named:
            return Lookup("IPv6", _MACHINES, reason=_no_ipv4(state, name), answer=answer)
        if _is_headless(state, answer):
            return Lookup("unresolved", where, answer.hint, reason=answer.hint, answer=answer)
        return Lookup("unknown", where, reason=_nowhere(state, name, answer, self._namespace), answer=answer)

    def _nothing_beyond(self, name: str, answer: dns.Answer) -> Lookup:
        """Say what comes of a name where cluster DNS is not asked."""
        state, name = self._state, name.removesuffix(".")
        if name in state.node_named and not node_ip(state.node_named[name]):
            return Lookup("IPv6", _MACHINES, reason=_no_ipv4(state, name), answer=answer)
        if name in state.at_outer_ip:
            return Lookup("address", _MACHINES, name, (name,), answer=answer, known_as="load-balancer")
        service = next((item for item in state.services if item.name == name.partition(".")[0]), None)
        inside = "." not in name or ".svc" in name or bool(dns.resolve(state.zone, name).addresses)
        if service is not None and inside and answer.forwarded in ("", name):
            reason = clauses(
                self._why_not_cluster_dns(),
                _("no other DNS server knows the name {name} of {service}", name=name, service=service.ref),
                _("the Cluster IP of {service} is {ip}", service=service.ref, ip=service.cluster_ip)
                if self._sender.kind == "node" and is_ipv4(service.cluster_ip)
                else "",
            )
            return Lookup("unresolved", _MACHINES, reason, reason=reason, answer=answer)
        if answer.forwarded:
            what = _("{name} is no name of this cluster", name=answer.forwarded)
            return Lookup("beyond", _MACHINES, what, beyond=answer.forwarded, answer=answer)
        near = did_you_mean(name, [*state.node_named, *(item.name for item in state.services)])
        reason = sentences(
            _('No DNS server knows the name "{name}".{suggestion}', name=name, suggestion=near),
            _("The names of the Nodes are {names}.", names=named(state.node_named))
            if state.node_named
            else _("There are no Nodes."),
        )
        return Lookup("unknown", _MACHINES, reason=reason, answer=answer)

    def _why_not_cluster_dns(self) -> str:
        """Say why this sender does not ask cluster DNS."""
        pod = self._sender.pod
        if self._sender.kind == "outside":
            return _("a machine outside the cluster does not ask cluster DNS")
        if pod is None:
            return _("a Node does not ask cluster DNS")
        policy = text(pod.spec.get("dnsPolicy")) or "ClusterFirst"
        first = next(iter(self.config.nameservers), "")
        if self._dns_ip in self.config.nameservers and first != self._dns_ip:
            return _(
                "with dnsPolicy {policy} this Pod asks {server} before cluster DNS",
                policy=policy,
                server=first,
            )
        if pod.host_network:
            return _(
                "with dnsPolicy {policy} this Pod does not ask cluster DNS "
                "(hostNetwork needs dnsPolicy: ClusterFirstWithHostNet)",
                policy=policy,
            )
        return _("with dnsPolicy {policy} this Pod does not ask cluster DNS", policy=policy)


def resolver_of(state: NetworkState, sender: Sender) -> Resolver:
    """Return the resolver of a sender; at one moment of the network it is made once."""
    if not caches.enabled():
        return Resolver(state, sender)
    resolver: Resolver | None = state.resolvers.get(sender)
    if resolver is None:
        resolver = state.resolvers[sender] = Resolver(state, sender)
    return resolver


def _let_dns_out() -> str:
    return _(
        "Allow DNS in an egress rule: ports 53/UDP and 53/TCP to the Pods of cluster DNS ({peer}).",
        peer="namespaceSelector kubernetes.io/metadata.name=kube-system, podSelector k8s-app=kube-dns",
    )


def _only_ipv6(name: str, ip: str) -> str:
    return _('"{name}" has only the IPv6 address {ip}, and only IPv4 is simulated here.', name=name, ip=ip)


def _no_ipv4(state: NetworkState, name: str) -> str:
    node = state.node_named[name].ref
    return _("{node} has no IPv4 address, and only IPv4 is simulated here.", node=node)


def _is_no_service_of(state: NetworkState, name: str) -> bool:
    """Whether a name is that of no Service in a Namespace that is there: rather a typo than a name of the world outside."""
    first, _dot, last = name.partition(".")
    return last in state.zone.all_namespaces and (last, first) not in state.zone.by_name


def _bad_alias(answer: dns.Answer) -> str:
    """Say why an ExternalName leads nowhere: to a name that is not whole, or round in a circle."""
    end = answer.alias
    if not end or ("." in end and end.rpartition(".")[2] not in ("svc", "local")):
        return ""
    name = answer.tried[-1]
    if end.endswith(f".{dns.DOMAIN}"):
        return _(
            "{name} stands for {alias} (ExternalName), which leads back to itself or to nothing, "
            "so DNS finds no address",
            name=name,
            alias=end,
        )
    whole = f"{end}.default.svc" if "." not in end else end
    return _(
        "{name} stands for {alias} (ExternalName), but an alias must be a whole name. DNS adds no search path "
        'to it, so no DNS server knows it (did you mean "{whole}"?)',
        name=name,
        alias=end,
        whole=f"{whole.removesuffix('.local')}.{dns.DOMAIN}",
    )


def _numbers(state: NetworkState, answer: dns.Answer) -> str:
    """Say that an ExternalName of digits is no address, "" for any other name."""
    for whole in answer.tried:
        name, _dot, namespace = whole.removesuffix(f".svc.{dns.DOMAIN}").partition(".")
        service = state.zone.by_name.get((namespace, name))
        if service is not None and service.type == "ExternalName" and is_ipv4(service.external_name):
            return _(
                '{service} is an ExternalName for "{address}". DNS takes that for a name, not for an address, and knows '
                "no such name. To lead to an address, use a Service without selector and an EndpointSlice",
                service=service.ref,
                address=service.external_name,
            )
    return ""


def _no_such_host(state: NetworkState, answer: dns.Answer) -> str:
    """Say that a name such as "mysql-2.mysql" leads to no Pod of a Service that is there, "" for any other name."""
    for whole in answer.tried:
        host, _dot, rest = whole.removesuffix(f".svc.{dns.DOMAIN}").partition(".")
        name, _dot, namespace = rest.partition(".")
        service = state.zone.by_name.get((namespace, name))
        if service is None or not whole.endswith(f".svc.{dns.DOMAIN}") or service.type == "ExternalName":
            continue
        if host.startswith("_"):
            return ""
        hosts = sorted(
            text(entry.get("hostname"))
            for item in state.zone.slices_of.get((namespace, name), ())
            for entry in item.endpoints
            if entry.get("hostname") and mapping(entry.get("conditions")).get("ready") is not False
        )
        if not hosts:
            return _(
                'no ready Pod of Service "{service}" has a host name, so DNS knows no name "{host}" there',
                service=name,
                host=host,
            )
        return _(
            'no ready Pod of Service "{service}" has the host name "{host}", so DNS does not know it '
            "(it knows {hosts})",
            service=name,
            host=host,
            hosts=named(hosts[:5]),
        )
    return ""


def _is_headless(state: NetworkState, answer: dns.Answer) -> bool:
    owns = {f"{item.name}.{item.namespace}.svc.{dns.DOMAIN}" for item in state.services if item.headless}
    return not owns.isdisjoint(answer.tried)


def _nowhere(state: NetworkState, name: str, answer: dns.Answer, namespace: str) -> str:
    """Say that cluster DNS does not know a name, and what there is instead."""
    here = sorted(item.name for item in state.services if item.namespace == namespace)
    names = named(here[:_MOST_NAMES])
    if len(here) > _MOST_NAMES:
        names = ngettext("{items} and {n} more", "{items} and {n} more", len(here) - _MOST_NAMES, items=names)
    return sentences(
        _(
            'Cluster DNS does not know "{name}" (asked for {names}).',
            name=name,
            names=named(answer.tried),
        ),
        answer.hint,
        *_of_a_pod(state, name, namespace),
        _("The Services in namespace {namespace} are {names}.", namespace=namespace, names=names)
        if here
        else _("Namespace {namespace} has no Services.", namespace=namespace),
    )


def _of_a_pod(state: NetworkState, name: str, namespace: str) -> list[str]:
    """Return what there is to say of a name that is a Pod's, which cluster DNS does not know; [] for any other."""
    pod = next((item for item in state.pods if (item.namespace, item.name) == (namespace, name)), None)
    if pod is None:
        return []
    said: list[str] = [_("{pod} is a Pod, but DNS knows Services, not Pods.", pod=pod.ref)]
    if pod.ip:
        said.append(_("The address of the Pod is {ip}.", ip=pod.ip))
    subdomain = text(pod.spec.get("subdomain"))
    if subdomain:
        own = f"{text(pod.spec.get('hostname')) or name}.{subdomain}"
        said.append(_('The DNS name of the Pod is "{name}".', name=own))
    return said
