"""A packet under way: its addresses as they are now, the hops behind it, and how it comes to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.network.dice import Dice
from k8snotes.network.ground import Ground
from k8snotes.network.listening import Ears
from k8snotes.network.packet import Hop, Share, Trace
from k8snotes.network.sender import Sender
from k8snotes.network.targets import Target

__all__ = ["End", "Question", "Remembered", "Surroundings", "Walk"]


@dataclass(frozen=True)
class Surroundings:
    """What besides the stored objects decides how a packet fares.

    `ears` says who listens where, `silent` which Nodes have lost their power, `why` how a Service
    stands, in words.
    """

    ears: Ears = field(default_factory=Ears)
    silent: frozenset[str] = frozenset()
    why: Callable[[Service], str] = lambda service: f"{service.ref} has none"


class Question(NamedTuple):
    """What is asked: who sends to where, on which ground."""

    ground: Ground
    sender: Sender
    target: Target
    around: Surroundings


Remembered = dict[str, set[str]]  # by Node, the chains of the endpoints that know this sender


@dataclass(frozen=True, slots=True)
class End:
    """How a way ended; `server` is the Pod that answered, `ip` the address, None where nobody did."""

    outcome: str
    reason: str
    hint: str = ""
    server: Pod | None = None
    ip: str | None = None


class Walk:
    """A packet under way: where it is, its addresses as they are now, and the hops behind it."""

    def __init__(self, asked: Question, dice: Dice, remembered: Remembered) -> None:
        self.ground, self.sender, self.target, self.around = asked
        self.dice, self.remembered = dice, remembered
        self.source, self.ip, self.port = self.sender.ip, self.target.host, self.target.port
        self.protocol = self.target.protocol
        self.hops: list[Hop] = []
        self.translated: list[str] = []  # the Nodes whose conntrack turns the answer round again
        self.client = ""
        self.sticky = False  # whether a Service on the way remembers its clients
        self.outer: set[str] = set()  # addresses before the Nodes that it has been at
        self.assumed: list[str] = []  # what is taken for granted on the way

    def sends_as(self, source: str) -> None:
        """Set the sender's own address: which one it is, he knows only when he knows where to send."""
        self.source = source
        self.hops = [replace(hop, source_before=source, source_after=source) for hop in self.hops]

    def who(self) -> str:
        """Say who sends from a Node."""
        return (
            f"{self.sender.ref} (on its Node's network)"
            if self.sender.pod
            else "a program on the Node itself"
        )

    def destination(self) -> str:
        """Return where the packet is sent to now."""
        return self.ip if self.port is None else f"{self.ip}:{self.port}"

    def hop(
        self,
        kind: str,
        place: str,
        what: str,
        *,
        source: str | None = None,
        ip: str | None = None,
        port: int | None = None,
        node: str = "",
        rules: tuple[str, ...] = (),
        ends: str = "",
    ) -> None:
        """Add a hop; `source`, `ip` and `port` are what it changes of the packet's addresses."""
        before = self.source, self.destination()
        self.source = self.source if source is None else source
        self.ip, self.port = self.ip if ip is None else ip, self.port if port is None else port
        self.hops.append(
            Hop(
                kind,
                place,
                what,
                *before,
                self.source,
                self.destination(),
                node=node,
                rules=rules,
                ends=ends,
            )
        )

    def end(
        self,
        outcome: str,
        reason: str,
        hint: str = "",
        *,
        kind: str,
        place: str,
        what: str = "",
        server: Pod | None = None,
        node: str = "",
        rules: tuple[str, ...] = (),
    ) -> End:
        """Add the last hop, and return how it ended; a ping has outcomes of its own."""
        if self.port is None:
            outcome = {"connected": "reply", "refused": "no reply", "timeout": "no reply"}.get(
                outcome, outcome
            )
        node = node or (server.node_name if server else "")
        self.hop(kind, place, what or reason, node=node, rules=rules, ends=outcome)
        answered = outcome in ("connected", "reply")
        return End(outcome, reason, hint, server, self.ip if answered else None)

    def told(self, end: End, times: int, spread: tuple[Share, ...]) -> Trace:
        """Return all that is to be told of this way."""
        answered = end.ip is not None
        typed = str(self.target)
        return Trace(
            target=typed,
            protocol=self.protocol,
            source=self.sender.ref if self.sender.kind != "outside" else f"outside ({self.sender.ip})",
            outcome=end.outcome,
            hops=tuple(self.hops),
            reason=end.reason,
            hint=end.hint,
            server=end.server,
            server_ip=end.ip,
            client_seen=self.client if answered else "",
            answer=self._answer() if answered else "",
            times=times,
            spread=spread,
            notes=tuple(self._notes(end)),
        )

    def _answer(self) -> str:
        first = next((hop for hop in self.hops if hop.kind != "name"), None)
        if not self.translated or first is None:
            return "The answer goes straight back: no address was changed on the way."
        where = " and ".join(dict.fromkeys(self.translated))
        return (
            f"The answer comes back by way of {where}, which remembers the connection (conntrack) and undoes "
            f"what it changed: to the sender it comes from {first.destination_before}."
        )

    def _notes(self, end: End) -> list[str]:
        notes = [*self.assumed, *self.ground.notes]
        homes = {pod.namespace for pod in (self.sender.pod, end.server) if pod is not None}
        guarded = sorted(homes & self.ground.guarded)
        if guarded:
            notes.append(
                f"There are NetworkPolicies in namespace {', '.join(guarded)}; they are not followed here, and may forbid this."
            )
        return notes

    def as_a_pod(self, destination: str) -> None:
        """Note that a Pod's address goes to a machine: whether it is seen there is up to the network plugin."""
        if self.source in self.ground.pod_at:
            self.assumed.append(
                f"{destination} is taken to see the Pod's own address. Many network plugins put its Node's address there "
                "when a packet leaves the Pod network; rules over there then take it for one from outside."
            )
