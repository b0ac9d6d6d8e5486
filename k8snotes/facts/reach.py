"""Reach: which Pods may open connections to which others, per port, as far as NetworkPolicies decide.

Pods that no policy can tell apart are looked at once: those of one Namespace that the same selectors and ranges of
addresses find, and that have the same ports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from k8snotes.api.kinds.networkpolicy import DIRECTIONS, PolicyPeer, PolicyRule
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.label_index import LabelIndex
from k8snotes.api.reader import Reader
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.workloads import Workloads
from k8snotes.network.policy import Party, Policies, Verdict, opens
from k8snotes.network.state import NetworkState
from k8snotes.screen import printable

__all__ = ["ANY_PORT", "Group", "Reach", "ReachCell", "groups_of", "port_name", "reach"]

PortKey = tuple[int, str]
ANY_PORT: PortKey = (0, "TCP")
"""What stands for the ports of a Pod of which none is known: a port that no rule names."""

_MOST_LINES = 40


class Group(NamedTuple):
    """Pods of one workload, or alike Pods without one, that no policy tells apart.

    Args:
        name: the workload ("Deployment/web"), or the reference of the first Pod ("pod/client").
        namespace: their Namespace.
        pods: the references of the Pods.
        ports: the ports on which they are taken to listen, as number and protocol; `ANY_PORT` if none is known.
        kind: the number of its class: groups of one class are alike to every policy.
    """

    name: str
    namespace: str
    pods: tuple[str, ...]
    ports: tuple[PortKey, ...]
    kind: int

    @property
    def short(self) -> str:
        """The name without the kind, and how many Pods it has if these are several: "web × 3"."""
        name = self.name.rpartition("/")[2]
        return f"{name} × {len(self.pods)}" if len(self.pods) > 1 else name

    @property
    def ref(self) -> str:
        """The reference of the workload or of the Pod: "deployment/web", "shop/pod/client"."""
        kind, _slash, name = self.name.rpartition("/")
        home = "" if self.namespace == "default" else f"{self.namespace}/"
        return f"{home}{kind.rpartition('/')[2].lower()}/{name}"


class ReachCell(NamedTuple):
    """Whether one group may open connections to a port of another.

    Args:
        source: the group that opens the connection.
        target: the group that is called.
        port: the port, as number and protocol.
        allowed: whether NetworkPolicies let it pass.
        policy: the name of the policy that decides: the one that lets it in or out, or one that isolates the end that
            drops it; "" if no policy isolates either end.
        drops: which end drops it: "egress" (of the source), "ingress" (of the target), or "".
        reason: why, in a clause.
    """

    source: Group
    target: Group
    port: PortKey
    allowed: bool
    policy: str
    drops: str
    reason: Text

    @printable
    def __str__(self) -> str:
        sign = "✓" if self.allowed else "✗"
        return f"{sign} {self.source.name} → {self.target.name}:{port_name(self.port)}  {self.reason}"


class _Known(Pod):
    """A Pod of which the same is read a thousand times: it is read once."""

    @cached_property
    def name(self) -> str:  # as a Pod has it
        return super().name

    @cached_property
    def namespace(self) -> str:  # as a Pod has it
        return super().namespace

    @cached_property
    def labels(self) -> dict[str, str]:  # as a Pod has it
        return super().labels

    @cached_property
    def key(self) -> tuple[str, str, str]:  # as a Pod has it
        return super().key

    @cached_property
    def ref(self) -> str:  # as a Pod has it
        return super().ref


class Reach:
    """Who may reach whom: for each group as a source and each port of each group as a target.

    Args:
        groups: the groups, sorted by Namespace and name.
        masks: for a class and a port, the classes that may reach it: bit n stands for class n.
        samples: the first Pods of each group, at most two.
        policies: the policies.

    Attributes:
        namespace: the Namespace that was asked for, None for all.
        on_host: how many Pods are left out because they are on the network of their Node.
        enforced: whether the network plugin enforces policies.
        guarded: the number of policies.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        masks: dict[tuple[int, PortKey], int],
        samples: dict[Group, tuple[Pod, ...]],
        policies: Policies,
    ) -> None:
        self.groups = tuple(groups)
        self._masks, self._policies = masks, policies
        self._samples = {group: tuple(_Known(pod.raw) for pod in pods) for group, pods in samples.items()}
        self.namespace: str | None = None
        self.on_host, self.guarded, self.enforced = 0, 0, True

    def __len__(self) -> int:
        return len(self.groups)

    def __repr__(self) -> str:
        return f"<Reach: {len(self.groups)} groups>"

    def group(self, name: str, namespace: str = "default") -> Group:
        """Return the group of a workload ("Deployment/web", "web") or of a Pod ("pod/client", "client").

        Raises:
            KeyError: there is no such group.
        """
        for group in self.groups:
            pods = {*group.pods, *(pod.rpartition("/")[2] for pod in group.pods)}
            if group.namespace == namespace and name in {group.name, group.name.rpartition("/")[2], *pods}:
                return group
        raise KeyError(name)

    def allows(self, source: Group, target: Group, port: PortKey) -> bool:
        """Whether policies let one group open connections to a port of another.

        For a group and itself this is about two different Pods of it; a Pod alone can always reach itself.

        Args:
            source: the group that opens the connection.
            target: the group that is called.
            port: one of the target's ports, as number and protocol.
        """
        if source == target and len(source.pods) == 1:
            return True
        return bool(self._masks[target.kind, port] >> source.kind & 1)

    def isolated(self, group: Group) -> bool:
        """Whether a policy isolates the Pods of a group in any direction."""
        pod = self._samples[group][0]
        return any(self._policies.isolating(pod, direction) for direction in DIRECTIONS)

    def cell(self, source: Group, target: Group, port: PortKey) -> ReachCell:
        """Return whether one group may open connections to a port of another, and what decides.

        Args:
            source: the group that opens the connection.
            target: the group that is called.
            port: one of the target's ports, as number and protocol.
        """
        out, into = self._verdicts(source, target, port)
        drops = "" if out.allowed and into.allowed else "ingress" if out.allowed else "egress"
        deciding = into if drops == "ingress" or (not drops and into.policies) else out
        reason = _reason(out, into, deciding)
        return ReachCell(source, target, port, not drops, deciding.decides, drops, reason)

    def _verdicts(self, source: Group, target: Group, port: PortKey) -> tuple[Verdict, Verdict]:
        one, other = self._samples[source][0], self._samples[target][-1]
        number, protocol = port
        out = self._policies.judge("egress", one, Party(other.ip, other), number, protocol)
        into = self._policies.judge("ingress", other, Party(one.ip, one), number, protocol)
        return out, into

    def cells(self) -> Iterator[ReachCell]:
        """Yield all cells, by source and target.

        What lets a connection pass is the same for all groups of a class; only the Pod that its sentence names differs.
        """
        refs = [(pods[0].ref, pods[-1].ref) for pods in map(self._samples.__getitem__, self.groups)]
        passing: dict[tuple[int, int, PortKey], tuple[str, Verdict | None, Text]] = {}
        told: dict[tuple[int, int, PortKey, str], Text] = {}
        for source, (caller, _last) in zip(self.groups, refs, strict=True):
            for target, (_first, called) in zip(self.groups, refs, strict=True):
                for port in target.ports:
                    passes = self._masks[target.kind, port] >> source.kind & 1
                    if source is target or not passes:
                        yield self.cell(source, target, port)
                        continue
                    key = (source.kind, target.kind, port)
                    if key not in passing:
                        out, into = self._verdicts(source, target, port)
                        deciding = into if into.policies else out
                        named = deciding if deciding.policies else None
                        passing[key] = deciding.decides, named, _reason(out, into, deciding)
                    policy, deciding_one, reason = passing[key]
                    if deciding_one is not None:
                        pod = called if deciding_one.direction == "ingress" else caller
                        if (*key, pod) not in told:
                            told[*key, pod] = deciding_one._replace(pod=pod).reason
                        reason = told[*key, pod]
                    yield ReachCell(source, target, port, True, policy, "", reason)

    @property
    def counted(self) -> tuple[int, int]:
        """How many of the connections between different Pods are allowed, and how many there are.

        A connection is from a group to a port of a group.
        """
        sources = Counter(group.kind for group in self.groups)
        targets = Counter((group.kind, port) for group in self.groups for port in group.ports)
        allowed = sum(
            number * sum(count for kind, count in sources.items() if self._masks[key] >> kind & 1)
            for key, number in targets.items()
        )
        total = len(self.groups) * sum(targets.values())
        for group in self.groups:  # a Pod alone is no other Pod
            if len(group.pods) == 1:
                allowed -= sum(self._masks[group.kind, port] >> group.kind & 1 for port in group.ports)
                total -= len(group.ports)
        return allowed, total

    @printable
    def __str__(self) -> str:
        cells = [str(cell) for _number, cell in zip(range(_MOST_LINES), self.cells(), strict=False)]
        total = sum(len(target.ports) for target in self.groups) * len(self.groups)
        rest = total - len(cells)
        return "\n".join([*cells, *([ngettext("and {n} more", "and {n} more", rest)] if rest > 0 else [])])


def _reason(out: Verdict, into: Verdict, deciding: Verdict) -> Text:
    if not out.policies and not into.policies and out.code != "itself":
        return _("no NetworkPolicy isolates either end")
    return deciding.reason


def port_name(port: PortKey) -> str:
    """Return a port as it is shown.

    >>> port_name((80, "TCP")), port_name((53, "UDP")), str(port_name(ANY_PORT))
    ('80', '53/UDP', 'other ports')
    """
    number, protocol = port
    if port == ANY_PORT:
        return _("other ports")
    return str(number) if protocol == "TCP" else f"{number}/{protocol}"


def reach(reader: Reader, state: NetworkState, namespace: str | None = None) -> Reach:
    """Work out who may reach whom.

    Args:
        reader: the cluster.
        state: its network.
        namespace: the only Namespace that is shown; the policies of all Namespaces count. None for all.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> facts = reach(c.api, c.simulation.network.state)
    >>> facts.allows(facts.group("mysql"), facts.group("cache"), (6379, "TCP"))
    True
    """
    policies = state.policies
    samples = dict(groups_of(reader, state, namespace))
    kinds: dict[int, Pod] = {}
    for group, pods in samples.items():
        kinds.setdefault(group.kind, pods[0])
    masks = _masks(policies, kinds, {(group.kind, port) for group in samples for port in group.ports})
    facts = Reach(tuple(samples), masks, samples, policies)
    facts.namespace = namespace
    facts.on_host = sum(
        pod.host_network and not pod.ended and namespace in (None, pod.namespace) for pod in state.pods
    )
    facts.enforced, facts.guarded = state.network_policies, len(policies.all())
    return facts


def groups_of(
    reader: Reader, state: NetworkState, namespace: str | None = None
) -> Iterator[tuple[Group, tuple[Pod, ...]]]:
    """Yield the groups of Pods, each with its first Pods (two, if it has so many).

    Pods that have ended, and Pods on the network of their Node, belong to no group.

    Args:
        reader: the cluster.
        state: its network.
        namespace: the only Namespace that is looked at, None for all.
    """
    pods = [
        pod
        for pod in state.pods
        if not pod.ended and not pod.host_network and namespace in (None, pod.namespace)
    ]
    workloads = Workloads(reader)
    found: dict[tuple[object, int], list[Pod]] = {}
    classes: dict[tuple[object, ...], int] = {}
    for pod, marks in zip(pods, _marks(state.policies, pods), strict=True):
        number = classes.setdefault((pod.namespace, marks, _ports_of(pod, state), pod.ports), len(classes))
        alike = workloads.of(pod) or tuple(sorted(pod.labels.items()))
        found.setdefault((alike, number), []).append(pod)
    made = [
        (
            Group(
                workloads.of(members[0]) or f"pod/{members[0].name}",
                members[0].namespace,
                tuple(pod.ref for pod in members),
                _ports_of(members[0], state),
                number,
            ),
            tuple(members[:2]),
        )
        for (_alike, number), members in found.items()
    ]
    yield from sorted(made, key=lambda item: (item[0].namespace, item[0].name, item[0].pods))


def _ports_of(pod: Pod, state: NetworkState) -> tuple[PortKey, ...]:
    """Return the ports on which a Pod is taken to listen."""
    opened = {key for container in pod.containers for key in state.programs.opened_by(pod, container)}
    if not opened and pod.ip:
        opened = set(state.sent_to(pod.ip))
    return tuple(sorted((number, protocol) for protocol, number in opened)) or (ANY_PORT,)


def _marks(policies: Policies, pods: Sequence[Pod]) -> list[object]:
    """Return for each Pod what policies can tell of it: the selectors and the ranges of addresses that find it."""
    if not policies:
        return [None] * len(pods)
    selectors: dict[Selector, None] = {}
    blocks: dict[PolicyPeer, None] = {}
    for namespace in dict.fromkeys(policy.namespace for policy in policies.all()):
        for _policy, selector, rules in policies.read(namespace):
            selectors[selector] = None
            for peer in (peer for own in rules.values() for rule in own for peer in rule.peers):
                if peer.block:
                    blocks[peer] = None
                elif peer.pods is not None:
                    selectors[peer.pods] = None
    index = LabelIndex(pod.labels for pod in pods)
    masks = [0] * len(pods)
    for number, selector in enumerate(selectors):
        for at in index.select(selector).tolist():
            masks[at] |= 1 << number
    if not blocks:
        return [*masks]
    return [
        (mask, tuple(policies.fits(block, "", Party(pod.ip)) for block in blocks))
        for mask, pod in zip(masks, pods, strict=True)
    ]


def _masks(
    policies: Policies, kinds: dict[int, Pod], asked: Iterable[tuple[int, PortKey]]
) -> dict[tuple[int, PortKey], int]:
    """Return for each port of each class which classes may reach it, as bits."""
    everything = (1 << (max(kinds, default=0) + 1)) - 1
    asked = sorted(asked)
    if not policies:
        return dict.fromkeys(asked, everything)
    parties = [(1 << kind, Party(pod.ip, pod)) for kind, pod in kinds.items()]
    known: dict[tuple[PolicyPeer, str], int] = {}

    def peers_of(rule: PolicyRule, home: str) -> int:
        if not rule.peers:
            return everything
        mask = 0
        for peer in rule.peers:
            key = peer, home
            if key not in known:
                known[key] = sum(bit for bit, party in parties if policies.fits(peer, home, party))
            mask |= known[key]
        return mask

    rules = {
        direction: {
            kind: [
                (rule, peers_of(rule, pod.namespace))
                for policy in isolating
                for rule in policy.rules(direction)
            ]
            for kind, pod in kinds.items()
            if (isolating := policies.isolating(pod, direction))
        }
        for direction in DIRECTIONS
    }
    masks = {}
    for kind, port in asked:
        number, protocol = port
        target = kinds[kind]
        mask = everything
        if kind in rules["ingress"]:
            mask = 0
            for rule, peers in rules["ingress"][kind]:
                if opens(rule, number, protocol, target):
                    mask |= peers
        for source, own in rules["egress"].items():
            if mask >> source & 1 and not any(
                peers >> kind & 1 and opens(rule, number, protocol, target) for rule, peers in own
            ):
                mask &= ~(1 << source)
        masks[kind, port] = mask
    return masks
