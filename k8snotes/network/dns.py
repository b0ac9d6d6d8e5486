"""Cluster DNS: its records, and which whole names a resolver asks it for when a short one is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from k8snotes.api.base import mapping, sequence, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _, named, ngettext
from k8snotes.errors import RefError, did_you_mean, nearest, suggestion
from k8snotes.node.hostname import DOMAIN
from k8snotes.screen import printable

__all__ = ["DOMAIN", "Answer", "Record", "Zone", "candidates", "lookup", "resolve", "search_path"]

_TTL = 30  # seconds; what kubeadm writes into CoreDNS' Corefile
_MOST_ALIASES = 8
_TYPES = ("A", "AAAA", "CNAME", "SRV")
# Ends of names that no DNS outside can know: .local is kept for link-local use, the others are no top-level domains.
_INSIDE_ONLY = ("cluster", "local", "pod", "svc")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a DNS answer: `value` is an address (A), a name (CNAME) or a place (SRV).

    >>> print(Record("web.default.svc.cluster.local", "A", "10.96.0.20"))
    web.default.svc.cluster.local. 30 IN A 10.96.0.20
    """

    name: str
    type: str
    value: str
    ttl: int = _TTL

    @printable
    def __str__(self) -> str:
        dot = "." if self.type in ("CNAME", "SRV") else ""
        return f"{self.name}. {self.ttl} IN {self.type} {self.value}{dot}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS answers to a name: `status` is "NOERROR", "NXDOMAIN" or "FORWARDED".

    "NOERROR" without records: the name is there, but not with this type. "FORWARDED": the name is none
    of the cluster's, so the DNS server beyond it is asked; `forwarded` is the whole name that it is asked
    for. `tried` are the names that were asked, in order; `near` is the name that was probably meant, "" if
    none is near, and `hint` says so, or what else keeps the name from having an address.
    """

    name: str
    status: str
    records: tuple[Record, ...] = ()
    tried: tuple[str, ...] = ()
    hint: str = ""
    forwarded: str = ""
    near: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of its A records."""
        return tuple(record.value for record in self.records if record.type == "A")

    @property
    def alias(self) -> str:
        """The name that the asked one stands for at last (CNAME), "" if it stands for itself."""
        names = [record.value for record in self.records if record.type == "CNAME"]
        return names[-1] if names else ""

    @printable
    def __str__(self) -> str:
        lines = [str(record) for record in self.records] or [f"{self.name}: {self.status}"]
        return "\n".join([*lines, self.hint] if self.hint else lines)


@dataclass(frozen=True)
class Zone:
    """All that cluster DNS knows: the Services, and for the headless ones the addresses behind them.

    `upstream` is what the DNS server beyond is known to know: names and their IPv4 addresses. With
    `domain` "" it is only that server.

    >>> web = Service({"metadata": {"name": "web", "namespace": "shop"},
    ...     "spec": {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}})
    >>> zone = Zone((web,), ())
    >>> lookup(zone, "web.shop.svc.cluster.local").addresses
    ('10.96.0.20',)
    >>> resolve(zone, "web", namespace="shop").addresses
    ('10.96.0.20',)
    >>> resolve(zone, "web").hint
    'Service "web" is in another namespace. Did you mean "web.shop"?'
    """

    services: tuple[Service, ...]
    endpoint_slices: tuple[EndpointSlice, ...]
    namespaces: frozenset[str] = frozenset()
    domain: str = DOMAIN
    upstream: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[tuple[str, str], Service]:
        """The Services by namespace and name."""
        return {(service.namespace, service.name): service for service in self.services}

    @cached_property
    def slices_of(self) -> dict[tuple[str, str], list[EndpointSlice]]:
        """The EndpointSlices by namespace and Service."""
        by_service: dict[tuple[str, str], list[EndpointSlice]] = {}
        for item in self.endpoint_slices:
            by_service.setdefault((item.namespace, item.service), []).append(item)
        return by_service

    @cached_property
    def all_namespaces(self) -> frozenset[str]:
        """The namespaces; those of the Services are always there."""
        return self.namespaces | {namespace for namespace, _name in self.by_name}


@dataclass(frozen=True, slots=True)
class _Labels:
    """A name of the cluster, taken apart: `port`, `protocol` and `host` are "" where it names none."""

    service: str
    namespace: str
    port: str = ""
    protocol: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a Service's name leads: an address and a port; `owner` is the name that has this address."""

    ip: str
    port: int | None
    owner: str


def search_path(namespace: str, domain: str = DOMAIN) -> tuple[str, ...]:
    """Return what the kubelet writes as `search` into the `/etc/resolv.conf` of a Pod.

    >>> search_path("shop")
    ('shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local')

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#namespaces-of-services
    """
    return (f"{namespace}.svc.{domain}", f"svc.{domain}", domain)


def candidates(
    name: str,
    namespace: str = "default",
    domain: str = DOMAIN,
    ndots: int = 5,
    search: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """Return the whole names that a Pod's resolver asks for, in order, until one is known.

    A name with fewer than `ndots` dots goes through the search path first; a dot at its end says that
    it is whole.

    Args:
        namespace: That of the Pod, whose search path counts where `search` is None.
        ndots: The option of `/etc/resolv.conf`; the kubelet writes 5.
        search: The search path that the Pod has by `dnsConfig`.

    >>> candidates("web.shop")
    ('web.shop.default.svc.cluster.local', 'web.shop.svc.cluster.local', 'web.shop.cluster.local', 'web.shop')
    >>> candidates("web.shop.")
    ('web.shop',)
    """
    if name.endswith("."):
        return (name[:-1],)
    path = search_path(namespace, domain) if search is None else search
    # "." in a search path is the root: the name as it is
    longer = tuple(f"{name}.{end}" if end != "." else name for end in path)
    return (name, *longer) if name.count(".") >= ndots else (*longer, name)


def resolve(
    zone: Zone,
    name: str,
    namespace: str = "default",
    record_type: str = "A",
    *,
    ndots: int = 5,
    search: Sequence[str] | None = None,
) -> Answer:
    """Answer a name as it is typed in a Pod of `namespace`, search path and all.

    Returns the first answer with records, else the last one, with a hint. A name that the DNS beyond is
    asked for counts as unknown there while others are left to try.

    Args:
        namespace, ndots, search: As for `candidates`.
        record_type: "A", "AAAA", "CNAME" or "SRV".

    Raises:
        RefError: For a type of record that is not known here.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-config
    """
    kind = _checked(record_type)
    tried: list[str] = []
    known = forwarded = ""
    for candidate in candidates(name.lower(), namespace, zone.domain, ndots, search):
        tried.append(candidate)
        status, records = _followed(zone, candidate, kind)
        if records:
            return Answer(name, "NOERROR", records, tuple(tried))
        known = known or (status if status == "NOERROR" else "")
        forwarded = forwarded or (candidate if status == "FORWARDED" else "")
    near, hint = ("", "") if known else _meant(zone, name.lower(), namespace)
    status = known or ("FORWARDED" if forwarded else status)
    return Answer(name, status, tried=tuple(tried), hint=hint, forwarded=forwarded, near=near)


def lookup(zone: Zone, name: str, record_type: str = "A") -> Answer:
    """Answer a whole name ("web.shop.svc.cluster.local"), as CoreDNS does; the search path plays no part.

    Returns the records of `record_type` ("A", "AAAA", "CNAME", "SRV"), and the aliases on the way to
    them. Raises RefError for other types.

    Source of the rule: https://github.com/kubernetes/dns/blob/master/docs/specification.md
    """
    whole = name.lower().removesuffix(".")
    status, records = _followed(zone, whole, _checked(record_type))
    near, hint = _meant(zone, whole, "default") if status == "NXDOMAIN" else ("", "")
    forwarded = whole if status == "FORWARDED" else ""
    return Answer(name, status, records, (whole,), hint, forwarded, near)


def _checked(record_type: str) -> str:
    kind = record_type.upper()
    if kind not in _TYPES:
        near = did_you_mean(record_type, _TYPES)
        raise RefError(
            _(
                'Cluster DNS has no records of type "{type}". Ask for one of {types}.{suggestion}',
                type=record_type,
                types=named(_TYPES),
                suggestion=near,
            )
        )
    return kind


def _followed(zone: Zone, name: str, kind: str) -> tuple[str, tuple[Record, ...]]:
    """Return the status and the records of a name, through all its aliases."""
    status, last = _answer(zone, name, kind)
    records = list(last)
    seen = {name}
    while kind != "CNAME" and last and last[0].type == "CNAME" and len(seen) < _MOST_ALIASES:
        target = last[0].value
        if target in seen:
            break
        seen.add(target)
        last = _answer(zone, target, kind)[1]
        records += last
    return status, tuple(records)


def _answer(zone: Zone, name: str, kind: str) -> tuple[str, list[Record]]:
    """Return the status and the records of one name, aliases not followed."""
    if not zone.domain or (name != zone.domain and not name.endswith(f".{zone.domain}")):
        return _upstream_answer(zone, name, kind)
    if name == zone.domain:
        return "NOERROR", []
    *rest, branch = name.removesuffix(f".{zone.domain}").split(".")
    if branch not in ("svc", "pod") or not all(rest) or len(rest) > 4:
        return "NXDOMAIN", []
    if len(rest) < 2:
        return "NOERROR" if not rest or rest[0] in zone.all_namespaces else "NXDOMAIN", []
    if branch == "pod":
        return _pod_answer(name, rest, kind)
    return _service_answer(zone, _taken_apart(rest), name, kind)


def _upstream_answer(zone: Zone, name: str, kind: str) -> tuple[str, list[Record]]:
    """Return what the DNS server beyond the cluster's says: "FORWARDED" where that is not known here."""
    if name in zone.upstream:
        return "NOERROR", [Record(name, "A", zone.upstream[name])] if kind == "A" else []
    outside = "." in name and name.rpartition(".")[2] not in _INSIDE_ONLY
    return "FORWARDED" if outside else "NXDOMAIN", []


def _pod_answer(name: str, rest: Sequence[str], kind: str) -> tuple[str, list[Record]]:
    # kubeadm's "pods insecure": any address is spelled back, whether a Pod has it or not
    parts = rest[0].split("-")
    if len(rest) != 2 or len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):
        return "NXDOMAIN", []
    return "NOERROR", [Record(name, "A", ".".join(parts))] if kind == "A" else []


def _taken_apart(rest: Sequence[str]) -> _Labels:
    service, namespace = rest[-2], rest[-1]
    if len(rest) == 3:
        return _Labels(service, namespace, host=rest[0])
    if len(rest) == 4:
        return _Labels(service, namespace, rest[0].removeprefix("_"), rest[1].removeprefix("_"))
    return _Labels(service, namespace)


def _service_answer(zone: Zone, labels: _Labels, name: str, kind: str) -> tuple[str, list[Record]]:
    service = zone.by_name.get((labels.namespace, labels.service))
    if service is None:
        return "NXDOMAIN", []
    if service.type == "ExternalName":
        target = service.external_name.lower().removesuffix(".")
        if labels.host or not target or target.replace(".", "").isdecimal():
            return "NXDOMAIN", []
        return "NOERROR", [Record(name, "CNAME", target)]
    own = f"{service.name}.{service.namespace}.svc.{zone.domain}"
    if service.headless or labels.host:
        places = list(_behind(zone, service, labels, own))
    else:
        places = list(_at_cluster_ip(service, labels, own))
    if not places:
        return "NXDOMAIN", []
    return "NOERROR", _records(name, places, kind)


def _at_cluster_ip(service: Service, labels: _Labels, own: str) -> Iterator[_Place]:
    if not service.cluster_ip:
        return
    for port in service.ports:
        if _is_port(labels, port.name, port.protocol):
            yield _Place(service.cluster_ip, port.port, own)


def _behind(zone: Zone, service: Service, labels: _Labels, own: str) -> Iterator[_Place]:
    """Yield the ready addresses behind a Service: publishNotReadyAddresses makes them ready in the slices."""
    for item in zone.slices_of.get((service.namespace, service.name), ()):
        for entry in item.endpoints:
            if mapping(entry.get("conditions")).get("ready") is False:
                continue
            for address in sequence(entry.get("addresses")):
                ip = text(address)
                label = text(entry.get("hostname")).lower() or ip.replace(".", "-").replace(":", "-")
                if labels.host not in ("", label):
                    continue
                # an address without ports has a name all the same
                for port in item.ports or ({},):
                    if _is_port(labels, text(port.get("name")), text(port.get("protocol")) or "TCP"):
                        number = port.get("port")
                        yield _Place(ip, number if isinstance(number, int) else None, f"{label}.{own}")


def _is_port(labels: _Labels, name: str, protocol: str) -> bool:
    return labels.port in ("", name.lower()) and labels.protocol in ("", protocol.lower())


def _records(name: str, places: Sequence[_Place], kind: str) -> list[Record]:
    if kind == "A":
        return [Record(name, "A", ip) for ip in dict.fromkeys(place.ip for place in places) if ":" not in ip]
    if kind == "AAAA":
        return [Record(name, "AAAA", ip) for ip in dict.fromkeys(place.ip for place in places) if ":" in ip]
    if kind == "CNAME":
        return []
    # priority, weight, port, target; CoreDNS shares a hundred among all places
    weight = max(1, 100 // len(places))
    values = [f"0 {weight} {place.port} {place.owner}" for place in places if place.port is not None]
    return [Record(name, "SRV", value) for value in dict.fromkeys(values)]


def _meant(zone: Zone, name: str, namespace: str) -> tuple[str, str]:
    """Return what was probably meant by a name that leads nowhere ("" if nothing is near), and the hint that says so."""
    typed = name.removesuffix(".")
    inner = typed.removesuffix(f".{zone.domain}").partition(".svc")[0]
    labels = [label for label in inner.split(".") if not label.startswith("_")] or [inner]
    wanted, where = (labels[-2], labels[-1]) if len(labels) > 1 else (labels[0], namespace)
    service = zone.by_name.get((where, wanted))
    if service is not None:
        return _why_not_known(zone, service, typed)
    homes = sorted(home for home, there in zone.by_name if there == wanted)
    if homes:
        names = [f"{wanted}.{home}" for home in homes[:3]]
        return names[0], ngettext(
            'Service "{service}" is in another namespace.{suggestion}',
            'Service "{service}" is in other namespaces.{suggestion}',
            len(homes),
            service=wanted,
            suggestion=suggestion(*names),
        )
    near = nearest(wanted, sorted(there for home, there in zone.by_name if home == where))
    if near:
        return near, _(
            'Namespace "{namespace}" has no Service "{service}".{suggestion}',
            namespace=where,
            service=wanted,
            suggestion=suggestion(near),
        )
    near = nearest(wanted, sorted({there for _home, there in zone.by_name}))
    if not near:
        return "", ""
    return near, _(
        'No Service is called "{service}".{suggestion}', service=wanted, suggestion=suggestion(near)
    )


def _why_not_known(zone: Zone, service: Service, typed: str) -> tuple[str, str]:
    """Return what was probably meant by a name that has a Service's name in it, and why it leads nowhere."""
    own = f"{service.name}.{service.namespace}.svc.{zone.domain}"
    if service.headless and not any(_behind(zone, service, _Labels(service.name, service.namespace), own)):
        return "", _(
            'Service "{service}" is headless, and no Pod behind it is ready. '
            "Its name has no address until one of them is ready.",
            service=service.name,
        )
    if typed.startswith("_"):
        ports = named(f"_{port.name}._{port.protocol.lower()}" for port in service.ports if port.name)
        if not ports:
            return "", _('Service "{service}" has no named ports.', service=service.name)
        return "", _(
            'Service "{service}" has no port of that name. Its named ports are {ports}.',
            service=service.name,
            ports=ports,
        )
    return ("", "") if typed == own else (own, _('Did you mean "{name}"?', name=own))
