"""What NetworkPolicies make of a connection: which of them isolate a Pod, which rule allows it, and what the nearest one misses.

Policies are additive: a Pod that one of them selects for a direction is isolated in this direction, and whatever any of
their rules allows there is allowed. A connection between two Pods needs the egress of the one and the ingress of the other.
What is not here: replies, which always pass, and the kubelet's probes, which no policy stops.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mappings
from k8snotes.api.kinds.networkpolicy import NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _, named, ngettext

__all__ = ["Miss", "Party", "Policies", "Verdict", "named_port", "opens", "port_words", "rule_words"]

_NAME_LABEL = "kubernetes.io/metadata.name"
_MOST_MISSES = 2  # a rule that misses more things is not named as the nearest one
_MOST_NAMES = 4
_FAR = 3  # what a peer that is Pods costs an address, in requirements that are not met


class Party(NamedTuple):
    """The other end of a connection, as a policy sees it.

    Args:
        ip: its address, "" if that is not known: then only a rule for all addresses fits it.
        pod: the Pod; None for a Node, a Pod on its Node's network, and a machine that is not of the cluster.
    """

    ip: str
    pod: Pod | None = None

    @property
    def name(self) -> str:
        """What it is called: the reference of the Pod, else the address."""
        return self.pod.ref if self.pod is not None else self.ip


class Miss(NamedTuple):
    """One thing by which a rule misses a connection.

    Args:
        code: "port", "protocol", "icmp", "pod", "namespace", "home" (a podSelector alone stays in its Namespace),
            "address", "except", "no-pod", or "selector" (the policy does not select the isolated Pod).
        words: what is missed: "port 8080 (allowed: 80)".
    """

    code: str
    words: Text


class Verdict(NamedTuple):
    """What the policies of one Pod make of a connection in one direction.

    Args:
        allowed: whether the connection passes.
        code: "not-isolated", "allowed", "denied", or why no policy is asked: "itself" (a Pod may always reach itself).
        direction: "ingress" or "egress".
        pod: the reference of the Pod whose policies were asked.
        policies: the policies that isolate it in this direction.
        policy: the policy that allows the connection, or the nearest one; None if there is none.
        rule: its rule that allows the connection, or the nearest one.
        peer: the peer of this rule that fits or comes nearest; None if the rule names no peers.
        misses: what the nearest rule misses.
    """

    allowed: bool
    code: str
    direction: str
    pod: str
    policies: tuple[NetworkPolicy, ...] = ()
    policy: NetworkPolicy | None = None
    rule: PolicyRule | None = None
    peer: PolicyPeer | None = None
    misses: tuple[Miss, ...] = ()

    @property
    def reason(self) -> Text:
        """Why the connection passes or not, in a clause; where no rule allows it, what the nearest one misses."""
        if self.allowed or self.policy is None or not 0 < len(self.misses) <= _MOST_MISSES:
            return self.outcome
        what = _joined([miss.words for miss in self.misses])
        if self.direction == "ingress":
            return _(
                "{pod} is isolated for ingress by NetworkPolicy {policies}, and no policy allows it; "
                "nearest: {policy} misses {what}",
                pod=self.pod,
                policies=_names(self.policies),
                policy=self.policy.name,
                what=what,
            )
        return _(
            "{pod} is isolated for egress by NetworkPolicy {policies}, and no policy allows it; "
            "nearest: {policy} misses {what}",
            pod=self.pod,
            policies=_names(self.policies),
            policy=self.policy.name,
            what=what,
        )

    @property
    def decides(self) -> str:
        """The name of the policy that decides, "" if none isolates the Pod.

        That is the one that allows the connection. For a connection that no rule allows, it is the first of those that
        isolate the Pod; a policy without rules, whose only purpose is to isolate, comes before the others.
        """
        if self.allowed:
            return self.policy.name if self.policy is not None else ""
        bare = (policy for policy in self.policies if not policy.spec.get(self.direction))
        policy = next(bare, None) or next(iter(self.policies), None)
        return policy.name if policy is not None else ""

    @property
    def outcome(self) -> Text:
        """Why the connection passes or not, in a clause, without the nearest rule."""
        ingress = self.direction == "ingress"
        if self.code == "itself":
            return _("a Pod can always reach itself, whatever its policies say")
        if self.code == "not-isolated":
            if ingress:
                return _("no NetworkPolicy isolates {pod} for ingress", pod=self.pod)
            return _("no NetworkPolicy isolates {pod} for egress", pod=self.pod)
        if self.allowed and self.policy is not None and self.rule is not None:
            name, rule = self.policy.name, rule_words(self.rule, self.peer)
            if ingress:
                return _(
                    "NetworkPolicy {policy} lets it in to {pod}: {rule}", policy=name, pod=self.pod, rule=rule
                )
            return _(
                "NetworkPolicy {policy} lets it out of {pod}: {rule}", policy=name, pod=self.pod, rule=rule
            )
        names = _names(self.policies)
        if self.rule is None and ingress:
            return _(
                "{pod} is isolated for ingress by NetworkPolicy {policies}, and no policy allows it: "
                "there is no rule for ingress",
                pod=self.pod,
                policies=names,
            )
        if self.rule is None:
            return _(
                "{pod} is isolated for egress by NetworkPolicy {policies}, and no policy allows it: "
                "there is no rule for egress",
                pod=self.pod,
                policies=names,
            )
        if ingress:
            return _(
                "{pod} is isolated for ingress by NetworkPolicy {policies}, and no policy allows it",
                pod=self.pod,
                policies=names,
            )
        return _(
            "{pod} is isolated for egress by NetworkPolicy {policies}, and no policy allows it",
            pod=self.pod,
            policies=names,
        )


class _Read(NamedTuple):
    """A policy, with its selector and its rules as they were read."""

    policy: NetworkPolicy
    selector: Selector
    rules: dict[str, tuple[PolicyRule, ...]]  # by direction; one in which it does not isolate is not there


class _Candidate(NamedTuple):
    """A rule that may be the nearest one, and how far off it is."""

    cost: int
    item: _Read
    rule: PolicyRule
    peer: PolicyPeer | None


class Policies:
    """The NetworkPolicies of a cluster at one moment; false if there are none.

    Args:
        policies: the policies.
        namespaces: the Namespaces; of one that is not there only its name is known, and the label that has it.

    >>> policy = NetworkPolicy({"metadata": {"name": "db", "namespace": "shop"}, "spec": {"podSelector": {}, "ingress": [
    ...     {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]}]}})
    >>> pods = {name: Pod({"metadata": {"name": name, "namespace": "shop", "labels": {"app": name}}}) for name in ("db", "web")}
    >>> policies = Policies([policy], [])
    >>> policies.judge("ingress", pods["db"], Party("10.244.1.2", pods["web"]), 5432, "TCP").allowed
    True
    >>> verdict = policies.judge("ingress", pods["db"], Party("10.244.1.2", pods["web"]), 80, "TCP")
    >>> verdict.code, [str(miss.words) for miss in verdict.misses]
    ('denied', ['port 80 (allowed: 5432)'])
    """

    def __init__(self, policies: Iterable[KubeObject], namespaces: Iterable[KubeObject]) -> None:
        self._by_namespace: dict[str, list[NetworkPolicy]] = {}
        for policy in policies:
            if isinstance(policy, NetworkPolicy):
                self._by_namespace.setdefault(policy.namespace, []).append(policy)
        self._labels: dict[str, Mapping[str, str]] = {}
        if self._by_namespace:
            self._labels = {obj.name: obj.labels for obj in namespaces}
        self._read: dict[str, tuple[_Read, ...]] = {}
        self._isolating: dict[tuple[str, str, str], tuple[_Read, ...]] = {}
        self._almost: dict[tuple[str, str], tuple[_Read, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_namespace)

    def __repr__(self) -> str:
        return f"<Policies: {sum(map(len, self._by_namespace.values()))}>"

    def all(self, namespace: str | None = None) -> tuple[NetworkPolicy, ...]:
        """Return the policies of a Namespace, of all Namespaces for None."""
        if namespace is not None:
            return tuple(self._by_namespace.get(namespace, ()))
        return tuple(policy for policies in self._by_namespace.values() for policy in policies)

    def labels_of(self, namespace: str) -> Mapping[str, str]:
        """Return the labels of a Namespace; one that is not there has the label with its name."""
        labels = self._labels.get(namespace)
        return {_NAME_LABEL: namespace} if labels is None else labels

    def isolating(self, pod: Pod, direction: str) -> tuple[NetworkPolicy, ...]:
        """Return the policies that isolate a Pod in a direction, () for a Pod that is not isolated.

        A Pod on the network of its Node is never isolated here: what happens to it is the network plugin's choice, and
        most plugins ignore it.
        """
        return tuple(item.policy for item in self._isolation(pod, direction))

    def judge(
        self, direction: str, pod: Pod, other: Party, port: int | None, protocol: str, *, nearest: bool = True
    ) -> Verdict:
        """Hold a connection against the policies of one Pod.

        Args:
            direction: "ingress" (the connection comes to the Pod) or "egress" (the Pod opens it).
            pod: the Pod.
            other: the other end: the source for ingress, the destination for egress.
            port: the port of the destination, as it is when the packet comes to it; None for a ping, 0 for a port
                that no rule names.
            protocol: "TCP", "UDP", "SCTP"; for a ping "ICMP", which only a rule without ports allows here. The API does not
                say what plugins do with it.
            nearest: whether to look for the nearest rule where none allows the connection.
        """
        if other.pod is not None and other.pod.key == pod.key:
            return Verdict(True, "itself", direction, pod.ref)
        isolating = self._isolation(pod, direction)
        if not isolating:
            return Verdict(True, "not-isolated", direction, pod.ref)
        target = pod if direction == "ingress" else other.pod
        policies = tuple(item.policy for item in isolating)
        for item in isolating:
            for rule in item.rules[direction]:
                if not opens(rule, port, protocol, target):
                    continue
                if not rule.peers:
                    return Verdict(True, "allowed", direction, pod.ref, policies, item.policy, rule)
                for peer in rule.peers:
                    if self.fits(peer, pod.namespace, other):
                        return Verdict(True, "allowed", direction, pod.ref, policies, item.policy, rule, peer)
        denied = Verdict(False, "denied", direction, pod.ref, policies)
        return self._nearest(denied, pod, other, port, protocol) if nearest else denied

    def fits(self, peer: PolicyPeer, home: str, party: Party) -> bool:
        """Whether a peer of a rule is the other end of a connection.

        Args:
            peer: the peer.
            home: the Namespace of the policy.
            party: the other end. A Pod is found by its labels, and by its address as well.
        """
        if peer.block:
            return _in_block(peer, party.ip)
        pod = party.pod
        if pod is None:
            return False
        if peer.namespaces is None:
            if pod.namespace != home or peer.pods is None:
                return False
        elif not peer.namespaces.matches(self.labels_of(pod.namespace)):
            return False
        return peer.pods is None or peer.pods.matches(pod.labels)

    def read(
        self, namespace: str
    ) -> Iterator[tuple[NetworkPolicy, Selector, Mapping[str, tuple[PolicyRule, ...]]]]:
        """Yield the policies of a Namespace as they were read once: selector, and rules by direction of isolation."""
        yield from self._in(namespace)

    # ---- isolation

    def _in(self, namespace: str) -> tuple[_Read, ...]:
        if namespace not in self._read:
            self._read[namespace] = tuple(
                _Read(
                    policy,
                    policy.pod_selector,
                    {direction: policy.rules(direction) for direction in policy.directions},
                )
                for policy in self._by_namespace.get(namespace, ())
            )
        return self._read[namespace]

    def _isolation(self, pod: Pod, direction: str) -> tuple[_Read, ...]:
        if pod.namespace not in self._by_namespace or pod.host_network:
            return ()
        key = pod.namespace, pod.name, direction
        if key not in self._isolating:
            labels = pod.labels
            self._isolating[key] = tuple(
                item
                for item in self._in(pod.namespace)
                if direction in item.rules and item.selector.matches(labels)
            )
        return self._isolating[key]

    def _almost_selecting(self, pod: Pod) -> tuple[_Read, ...]:
        """Return the policies that miss a Pod by one requirement alone, and by little."""
        key = pod.namespace, pod.name
        if key not in self._almost:
            labels = pod.labels
            self._almost[key] = tuple(
                item
                for item in self._in(pod.namespace)
                if _unmet(item.selector, labels) == 1 and item.selector.explain(labels).near
            )
        return self._almost[key]

    # ---- the nearest rule

    def _nearest(self, denied: Verdict, pod: Pod, other: Party, port: int | None, protocol: str) -> Verdict:
        """Return the verdict with the rule that comes nearest to allowing the connection.

        A policy that nearly selects the Pod counts as well, if no rule of those that isolate it misses one thing alone.
        """
        target = pod if denied.direction == "ingress" else other.pod
        best: _Candidate | None = None
        ends, connection = (pod, other, target), (port, protocol)
        for item in self._isolation(pod, denied.direction):
            best = self._better(best, item, item.rules[denied.direction], ends, connection)
        for item in self._almost_selecting(pod) if best is None or best.cost > 1 else ():
            best = self._better(best, item, item.rules.get(denied.direction, ()), ends, connection)
        if best is None:
            return denied
        misses = [
            *(_selector_misses(best.item, pod)),
            *_port_misses(best.rule, port, protocol, target),
            *(self._peer_misses(best.peer, pod.namespace, other) if best.peer is not None else ()),
        ]
        return denied._replace(policy=best.item.policy, rule=best.rule, peer=best.peer, misses=tuple(misses))

    def _better(
        self,
        best: _Candidate | None,
        item: _Read,
        rules: tuple[PolicyRule, ...],
        ends: tuple[Pod, Party, Pod | None],
        connection: tuple[int | None, str],
    ) -> _Candidate | None:
        """Return the rule of a policy that misses less than the best one so far, else this."""
        pod, other, target = ends
        already = 0 if item.selector.matches(pod.labels) else 1
        for rule in rules:
            ports = already + _port_cost(rule, *connection, target)
            if best is not None and ports >= best.cost:
                continue
            for peer in rule.peers or (None,):
                cost = ports + (self._peer_cost(peer, pod.namespace, other) if peer is not None else 0)
                if best is None or cost < best.cost:
                    best = _Candidate(cost, item, rule, peer)
        return best

    def _peer_cost(self, peer: PolicyPeer, home: str, party: Party) -> int:
        """Return how far off a peer is: 0 if it fits, else the number of requirements that are not met."""
        if peer.block:
            if _in_block(peer, party.ip):
                return 0
            return 1 if party.pod is None or _within(party.ip, peer.block) else 2
        if party.pod is None:
            return _FAR
        cost = int(peer.namespaces is None and party.pod.namespace != home)
        if peer.namespaces is not None:
            cost += _unmet(peer.namespaces, self.labels_of(party.pod.namespace))
        return cost + (_unmet(peer.pods, party.pod.labels) if peer.pods is not None else 0)

    def _peer_misses(self, peer: PolicyPeer, home: str, party: Party) -> list[Miss]:
        if self.fits(peer, home, party):
            return []
        if peer.block:
            ip = party.ip
            around = next((part for part in peer.excepts if _within(party.ip, part)), "")
            if around and _within(party.ip, peer.block):
                return [Miss("except", _("address {ip} (it excepts {block})", ip=ip, block=around))]
            if not ip:
                words = _(
                    "a destination of which no address is known here (allowed: {block})", block=peer.block
                )
                return [Miss("address", words)]
            return [Miss("address", _("address {ip} (allowed: {block})", ip=ip, block=peer.block))]
        pod = party.pod
        if pod is None:
            words = _("address {ip} (only Pods are allowed, and no Pod has this address)", ip=party.ip)
            return [Miss("no-pod", words)]
        misses = []
        if peer.namespaces is None:
            if pod.namespace != home:
                words = _(
                    "namespace {namespace} (without a namespaceSelector, only Pods of namespace {home} are allowed)",
                    namespace=pod.namespace,
                    home=home,
                )
                misses.append(Miss("home", words))
        else:
            answer = peer.namespaces.explain(self.labels_of(pod.namespace))
            if not answer:
                words = _("namespace {namespace} ({why})", namespace=pod.namespace, why=answer.why_not)
                misses.append(Miss("namespace", words))
        if peer.pods is not None and not peer.pods.matches(pod.labels):
            why = peer.pods.explain(pod.labels).why_not
            misses.append(Miss("pod", _("{pod} ({why})", pod=pod.ref, why=why)))
        return misses


# ---- ports


def opens(rule: PolicyRule, port: int | None, protocol: str, target: Pod | None) -> bool:
    """Whether the ports of a rule fit a connection.

    Args:
        rule: the rule.
        port: the port of the destination, None for a ping.
        protocol: "TCP", "UDP", "SCTP" or "ICMP".
        target: the Pod that is the destination; None if it is no Pod, which has no port by a name.

    >>> opens(PolicyRule("ingress", 0, ports=(PolicyPort("TCP", 8000, 8010),)), 8005, "TCP", None)
    True
    """
    return not rule.ports or any(_fits(item, port, protocol, target) for item in rule.ports)


def _fits(item: PolicyPort, port: int | None, protocol: str, target: Pod | None) -> bool:
    if port is None or item.protocol != protocol:
        return False
    if item.port is None:
        return True
    if isinstance(item.port, str):
        return target is not None and port in named_port(target, item.port, protocol)
    return item.port == port if item.end is None else item.port <= port <= item.end


def named_port(pod: Pod, name: str, protocol: str) -> list[int]:
    """Return the numbers of the container ports of a Pod that have a name, with this protocol."""
    return [
        port["containerPort"]
        for container in _lasting(pod)
        for port in mappings(container.get("ports"))
        if port.get("name") == name
        and (port.get("protocol") or "TCP") == protocol
        and isinstance(port.get("containerPort"), int)
    ]


def _lasting(pod: Pod) -> list[Manifest]:
    """Return the containers that run as long as the Pod does: sidecars are among the init containers."""
    sidecars = (item for item in mappings(pod.spec.get("initContainers")) if Container(item).is_sidecar)
    return [*mappings(pod.spec.get("containers")), *sidecars]


def _port_cost(rule: PolicyRule, port: int | None, protocol: str, target: Pod | None) -> int:
    """Return how far off the ports of a rule are: 0 if they fit, 2 if both port and protocol are wrong, else 1."""
    if opens(rule, port, protocol, target):
        return 0
    if port is None or any(item.protocol == protocol for item in rule.ports):
        return 1
    other = (item._replace(protocol=protocol) for item in rule.ports)
    return 1 if any(_fits(item, port, protocol, target) for item in other) else 2


def _port_misses(rule: PolicyRule, port: int | None, protocol: str, target: Pod | None) -> list[Miss]:
    if opens(rule, port, protocol, target):
        return []
    allows = port_words(rule.ports, target)
    if port is None:
        return [Miss("icmp", _("ICMP (allowed: {ports})", ports=allows))]
    if not port:
        return [Miss("port", _("other ports (allowed: {ports})", ports=allows))]
    if any(item.protocol == protocol for item in rule.ports):
        return [Miss("port", _("port {port} (allowed: {ports})", port=port, ports=allows))]
    return [Miss("protocol", _("protocol {protocol} (allowed: {ports})", protocol=protocol, ports=allows))]


def port_words(ports: Sequence[PolicyPort], target: Pod | None = None) -> str:
    """Return the ports of a rule as a list; a name comes with its numbers in the Pod that is the destination.

    >>> port_words([PolicyPort("TCP", 80), PolicyPort("UDP", 53), PolicyPort("TCP", 8000, 8010), PolicyPort("SCTP")])
    '80, 53/UDP, 8000-8010, SCTP'
    """
    words = []
    for item in ports:
        numbers = (
            named_port(target, item.port, item.protocol) if target and isinstance(item.port, str) else []
        )
        words.append(f"{item} = {', '.join(map(str, numbers))}" if numbers else str(item))
    return named(words)


# ---- addresses


def _in_block(peer: PolicyPeer, ip: str) -> bool:
    return _within(ip, peer.block) and not any(_within(ip, part) for part in peer.excepts)


def _within(ip: str, cidr: str) -> bool:
    network = _network(cidr)
    if network is None:
        return False
    if not ip:  # an address that is not known
        return network.prefixlen == 0
    address = _address(ip)
    return address is not None and address.version == network.version and address in network


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _address(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(ip)
    except ValueError:
        return None


# ---- words


def rule_words(rule: PolicyRule, peer: PolicyPeer | None = None) -> str:
    """Return what a rule allows, as manifests have it.

    Args:
        rule: the rule.
        peer: the peer that fits; None for all of its peers.

    >>> print(rule_words(PolicyRule("ingress", 0, ports=(PolicyPort("TCP", 80),))))
    any source, port 80
    """
    peers = " | ".join(map(str, rule.peers if peer is None else (peer,)))
    if not peers:
        peers = _("any source") if rule.direction == "ingress" else _("any destination")
    if not rule.ports:
        return _("{peers}, any port", peers=peers)
    return _("{peers}, port {ports}", peers=peers, ports=port_words(rule.ports))


def _selector_misses(item: _Read, pod: Pod) -> list[Miss]:
    if item.selector.matches(pod.labels):
        return []
    why = item.selector.explain(pod.labels).why_not
    return [Miss("selector", _("{pod} itself, which it does not select ({why})", pod=pod.ref, why=why))]


def _names(policies: Sequence[NetworkPolicy]) -> str:
    names = named(policy.name for policy in policies[:_MOST_NAMES])
    rest = len(policies) - _MOST_NAMES
    return ngettext("{items} and {n} more", "{items} and {n} more", rest, items=names) if rest > 0 else names


def _unmet(selector: Selector, labels: Mapping[str, str]) -> int:
    """Return how many requirements of a selector labels do not meet."""
    if selector.matches_nothing:
        return _FAR
    return sum(not requirement.matches(labels) for requirement in selector.requirements)


def _joined(words: Sequence[Text]) -> Text | str:
    joined: Text | str = words[0] if words else ""
    for word in words[1:]:
        joined = _("{first} and {second}", first=joined, second=word)
    return joined
