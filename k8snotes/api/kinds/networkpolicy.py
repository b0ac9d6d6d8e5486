"""NetworkPolicy: which sources may reach the Pods that it selects, and what these may reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.kind import Kind
from k8snotes.api.selector import Selector
from k8snotes.errors import LabelSelectorError

__all__ = ["DIRECTIONS", "KIND", "NetworkPolicy", "PolicyPeer", "PolicyPort", "PolicyRule"]

DIRECTIONS = {"ingress": "from", "egress": "to"}
"""The field with the rules of each direction, and the field with the peers of such a rule."""


class PolicyPort(NamedTuple):
    """A port of a rule.

    Args:
        protocol: "TCP", "UDP" or "SCTP".
        port: a number, the name of a container port, or None for every port of the protocol.
        end: the last port of a range that begins at `port`; None if it is no range.
    """

    protocol: str
    port: int | str | None = None
    end: int | None = None

    def __str__(self) -> str:
        if self.port is None:
            return self.protocol
        last = f"-{self.end}" if self.end is not None else ""
        return f"{self.port}{last}" if self.protocol == "TCP" else f"{self.port}{last}/{self.protocol}"


class PolicyPeer(NamedTuple):
    """A peer of a rule: Pods of some Namespaces, or addresses.

    Args:
        pods: which Pods; None for every Pod of the Namespaces.
        namespaces: which Namespaces; None for the Namespace of the policy.
        block: a range of addresses in CIDR notation, "" for a peer that is Pods.
        excepts: the ranges that are left out of the block.
    """

    pods: Selector | None = None
    namespaces: Selector | None = None
    block: str = ""
    excepts: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.block:
            return " ".join(
                [f"ipBlock={self.block}", *(["except", ",".join(self.excepts)] if self.excepts else [])]
            )
        parts = (("namespaceSelector", self.namespaces), ("podSelector", self.pods))
        return " ".join(f"{name}={{{selector}}}" for name, selector in parts if selector is not None)


class PolicyRule(NamedTuple):
    """A rule of a policy: it allows what both its peers and its ports fit.

    Args:
        direction: "ingress" or "egress".
        number: its place in the list of rules, from 0.
        peers: one of them must fit; () for every source or destination.
        ports: one of them must fit; () for every port.
    """

    direction: str
    number: int
    peers: tuple[PolicyPeer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()


class NetworkPolicy(KubeObject):
    """A NetworkPolicy: the Pods that it isolates, and what it allows to them.

    >>> policy = NetworkPolicy({"metadata": {"name": "web"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
    ...     "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 80}]}]}})
    >>> policy.directions, [str(peer) for peer in policy.rules("ingress")[0].peers]
    (('ingress',), ['podSelector={app=web}'])

    >>> policy.pod_selector.matches({"app": "any"})
    True

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """

    __slots__ = ()

    @property
    def pod_selector(self) -> Selector:
        """Which Pods of its Namespace it is for; an empty one selects all of them."""
        return _selector(mapping(self.spec.get("podSelector")))

    @property
    def directions(self) -> tuple[str, ...]:
        """In which directions it isolates its Pods: "ingress", "egress".

        Without `policyTypes` that is "ingress", and "egress" if the policy has rules for it.
        """
        kinds = [text(kind).lower() for kind in sequence(self.spec.get("policyTypes"))]
        if not kinds:
            kinds = ["ingress", "egress"] if self.spec.get("egress") else ["ingress"]
        return tuple(direction for direction in DIRECTIONS if direction in kinds)

    def rules(self, direction: str) -> tuple[PolicyRule, ...]:
        """Return its rules for a direction, () where it allows nothing or does not isolate.

        Args:
            direction: "ingress" or "egress".
        """
        if direction not in self.directions:
            return ()
        return tuple(
            PolicyRule(
                direction,
                number,
                tuple(map(_peer, mappings(rule.get(DIRECTIONS[direction])))),
                tuple(map(_port, mappings(rule.get("ports")))),
            )
            for number, rule in enumerate(mappings(self.spec.get(direction)))
        )


def _selector(obj: Mapping[str, Any]) -> Selector:
    """Return the selector of an object; one that Kubernetes would refuse, as a dump may hold it, selects nothing."""
    try:
        return Selector.from_label_selector(obj)
    except LabelSelectorError:
        return Selector.from_label_selector(None)


def _peer(peer: Mapping[str, Any]) -> PolicyPeer:
    block = mapping(peer.get("ipBlock"))
    if block:
        return PolicyPeer(
            block=text(block.get("cidr")), excepts=tuple(map(text, sequence(block.get("except"))))
        )
    pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
    return PolicyPeer(
        None if pods is None else _selector(mapping(pods)),
        None if namespaces is None else _selector(mapping(namespaces)),
    )


def _port(port: Mapping[str, Any]) -> PolicyPort:
    number, end = port.get("port"), port.get("endPort")
    named = number if isinstance(number, int | str) and not isinstance(number, bool) else None
    return PolicyPort(text(port.get("protocol")) or "TCP", named, end if isinstance(end, int) else None)


KIND = Kind(
    "NetworkPolicy",
    "networkpolicies",
    "networking.k8s.io",
    short=("netpol",),
    removed=(("extensions/v1beta1", "1.16"),),
    selector=("spec", "podSelector"),
    counts_generation=True,
    view=NetworkPolicy,
)
