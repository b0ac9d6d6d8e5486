"""The NetworkPolicies of one Pod: who may reach it and whom it may reach, by which rule, and why the others may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.api.kinds.networkpolicy import PolicyPeer
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader
from k8snotes.catalogue import Text, _, named
from k8snotes.facts.reach import Group, groups_of, port_name
from k8snotes.heap import unswept
from k8snotes.network.policy import Party, Verdict, port_words
from k8snotes.network.resolver import resolver_of
from k8snotes.network.sender import Sender, can_send
from k8snotes.network.state import NetworkState
from k8snotes.node.addresses import is_ipv4
from k8snotes.screen import printable

__all__ = ["PeerGroups", "PodPolicies", "PodSide", "RuleGroups", "Unselecting", "Way", "pod_policies"]


class Way(NamedTuple):
    """Whether a connection between the Pod and a group passes, on one port.

    Args:
        group: the other end.
        port: the port that is called, as it is shown: "8080", "53/UDP", "other ports".
        allowed: whether both ends let it pass.
        policy: the name of the policy that lets it pass, or that isolates the end that drops it; "" if none isolates.
        rule: the number of the policy's rule that lets it pass, from 0; None if there is none.
        by_other: whether the other end drops it, and not the Pod.
        reason: why, in a clause.
        verdict: what the policies of the Pod, or of the other end if that drops it, make of it.
    """

    group: Group
    port: str
    allowed: bool
    policy: str
    rule: int | None
    by_other: bool
    reason: Text
    verdict: Verdict

    @printable
    def __str__(self) -> str:
        return f"{'✓' if self.allowed else '✗'} {self.group.name} {self.port}  {self.reason}"


class PeerGroups(NamedTuple):
    """A peer of a rule, and the groups that it finds.

    Args:
        words: the peer as manifests have it: "podSelector={app=web}"; "" for every source or destination.
        groups: the groups that it finds now.
        block: whether it is a range of addresses, which may find more than Pods.
    """

    words: str
    groups: tuple[Group, ...]
    block: bool


class RuleGroups(NamedTuple):
    """A rule that applies to the Pod.

    Args:
        policy: the name of the policy.
        number: its place among the rules of the policy for this direction, from 0.
        ports: its ports: "80, 53/UDP"; "" for every port.
        peers: its peers.
    """

    policy: str
    number: int
    ports: str
    peers: tuple[PeerGroups, ...]


class PodSide(NamedTuple):
    """One direction.

    Args:
        direction: "ingress" or "egress".
        policies: the names of the policies that isolate the Pod in this direction; () if it is not isolated.
        rules: their rules.
        ways: for each group and port whether a connection passes.
    """

    direction: str
    policies: tuple[str, ...]
    rules: tuple[RuleGroups, ...]
    ways: tuple[Way, ...]

    @property
    def isolated(self) -> bool:
        """Whether only what a rule allows passes in this direction."""
        return bool(self.policies)

    def of(self, name: str, port: str = "") -> Way:
        """Return the way from or to a group.

        Args:
            name: the workload ("Deployment/web", "web") or the Pod ("pod/client", "client").
            port: the port as it is shown, "" for the first.

        Raises:
            KeyError: there is no such group, or no such port.
        """
        for way in self.ways:
            names = {way.group.name, way.group.name.rpartition("/")[2], *way.group.pods}
            if name in names and port in ("", way.port):
                return way
        raise KeyError(name)


class Unselecting(NamedTuple):
    """A policy of the Pod's Namespace that does not select the Pod.

    Args:
        policy: its name.
        why: which requirement of its podSelector the Pod does not meet.
        near: the near miss, such as a letter that differs; "" if there is none.
        pods: how many Pods of the Namespace it selects.
    """

    policy: str
    why: Text | str
    near: str
    pods: int


class PodPolicies(NamedTuple):
    """The policies of one Pod.

    Args:
        pod: the Pod.
        ingress: who may reach it.
        egress: whom it may reach.
        others: the policies of its Namespace that do not select it.
        dns: why it gets no answer of a DNS server because of policies, "" if it does.
        enforced: whether the network plugin enforces policies.
        on_host: whether the Pod is on the network of its Node, where policies are the choice of the plugin.
    """

    pod: Pod
    ingress: PodSide
    egress: PodSide
    others: tuple[Unselecting, ...]
    dns: str
    enforced: bool = True
    on_host: bool = False

    @property
    def isolated(self) -> bool:
        """Whether a policy isolates the Pod in any direction."""
        return self.ingress.isolated or self.egress.isolated

    @printable
    def __str__(self) -> str:
        lines = [self.pod.ref]
        for side in (self.ingress, self.egress):
            policies = named(side.policies) or "-"
            lines.append(str(_("{head}: {text}", head=side.direction, text=policies)))
            lines += [f"  {way}" for way in side.ways]
        return "\n".join(lines)


@unswept()
def pod_policies(reader: Reader, state: NetworkState, pod: Pod) -> PodPolicies:
    """Work out who may reach a Pod and whom it may reach.

    Args:
        reader: the cluster.
        state: its network.
        pod: the Pod.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> _ = c.apply('''{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: db},
    ...   spec: {podSelector: {matchLabels: {app: mysql}}, ingress: []}}''')
    >>> facts = pod_policies(c.api, c.simulation.network.state, c["pod/mysql-0"])
    >>> facts.ingress.policies, facts.egress.isolated
    ((), False)
    """
    there = list(groups_of(reader, state))
    sides = {
        direction: PodSide(
            direction,
            tuple(policy.name for policy in state.policies.isolating(pod, direction)),
            tuple(_rules(state, pod, direction, there)),
            tuple(_ways(state, pod, direction, there)),
        )
        for direction in ("ingress", "egress")
    }
    dns = ""
    if sides["egress"].isolated and can_send(pod) and is_ipv4(pod.ip):
        dns = resolver_of(state, Sender.of_pod(pod)).dropped
    return PodPolicies(
        pod,
        sides["ingress"],
        sides["egress"],
        tuple(_others(state, pod)),
        dns,
        state.network_policies,
        pod.host_network,
    )


_There = Sequence[tuple[Group, tuple[Pod, ...]]]


def _ways(state: NetworkState, pod: Pod, direction: str, there: _There) -> Iterator[Way]:
    own = next((group for group, _pods in there if pod.ref in group.pods), None)
    for group, pods in there:
        other = next((item for item in pods if item.key != pod.key), None)
        if other is None:
            continue
        target = own if direction == "ingress" else group
        for port in target.ports if target is not None else ():
            yield _way(state, direction, (pod, other), group, port)


def _way(
    state: NetworkState, direction: str, ends: tuple[Pod, Pod], group: Group, port: tuple[int, str]
) -> Way:
    pod, other = ends
    number, protocol = port
    mine = state.policies.judge(direction, pod, Party(other.ip, other), number, protocol)
    opposite = "egress" if direction == "ingress" else "ingress"
    theirs = state.policies.judge(opposite, other, Party(pod.ip, pod), number, protocol)
    by_other = mine.allowed and not theirs.allowed
    verdict = theirs if by_other else mine
    return Way(
        group,
        port_name(port),
        mine.allowed and theirs.allowed,
        verdict.decides,
        verdict.rule.number if verdict.allowed and verdict.rule is not None else None,
        by_other,
        verdict.reason,
        verdict,
    )


def _rules(state: NetworkState, pod: Pod, direction: str, there: _There) -> Iterator[RuleGroups]:
    for policy in state.policies.isolating(pod, direction):
        for rule in policy.rules(direction):
            target = pod if direction == "ingress" else None
            peers = tuple(_peer(state, pod, peer, there) for peer in rule.peers or (None,))
            yield RuleGroups(policy.name, rule.number, port_words(rule.ports, target), peers)


def _peer(state: NetworkState, pod: Pod, peer: PolicyPeer | None, there: _There) -> PeerGroups:
    found = tuple(
        group
        for group, pods in there
        for other in pods[:1]
        if peer is None or state.policies.fits(peer, pod.namespace, Party(other.ip, other))
    )
    return PeerGroups("" if peer is None else str(peer), found, bool(peer and peer.block))


def _others(state: NetworkState, pod: Pod) -> Iterator[Unselecting]:
    if pod.host_network:
        return
    home = [item for item in state.pods if item.namespace == pod.namespace and not item.ended]
    for policy, selector, _directions in state.policies.read(pod.namespace):
        if not selector.matches(pod.labels):
            answer = selector.explain(pod.labels)
            pods = sum(selector.matches(item.labels) for item in home)
            yield Unselecting(policy.name, answer.why_not, answer.near, pods)
