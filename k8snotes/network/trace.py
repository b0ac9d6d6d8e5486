"""A trace: each hop of a packet's way, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.screen import printable

__all__ = ["OUTCOMES", "Hop", "Share", "Trace"]

OUTCOMES = {
    "connected": _("connected"),
    "refused": _("refused"),
    "timeout": _("timeout"),
    "unresolved": _("unresolved"),
    "leaves": _("leaves the cluster"),
    "reply": _("reply"),
    "no reply": _("no reply"),
}
"""What is said of each outcome of a trace."""


_MEANS = ("bridge", "network")  # kinds of hops that pass a packet on


@dataclass(frozen=True, slots=True)
class Hop:
    """One place on a packet's way, and what happens there.

    `source_before` and `destination_before` are its addresses as it comes in, `..._after` as it goes
    on: each hop begins as the one before it ended. A source is an address, a destination
    "address:port" (before a name is looked up, "name:port"; for a ping without the port). `kind` is
    "pod", "name", "bridge", "rules", "policy", "network", "balancer", "machine", "container" or "proxy" (which
    reads a request of HTTP, and opens a connection of its own); `rules` are the
    rules that acted there, as iptables-save prints them; `ends` is the outcome where the way ends here.
    `node` is the Node that it is on, and `between` says that it lies beyond that Node: on the network. `plain` says
    what happens without the means of the kernel, "" where `what` does.
    """

    kind: str
    place: str
    what: str
    source_before: str
    destination_before: str
    source_after: str
    destination_after: str
    node: str = ""
    rules: tuple[str, ...] = ()
    ends: str = ""
    between: bool = False
    plain: str = ""

    @property
    def rewrites_source(self) -> bool:
        """Whether the sender's address is another one from here on (SNAT, masquerade)."""
        return self.source_before != self.source_after

    @property
    def rewrites_destination(self) -> bool:
        """Whether it is sent to somewhere else from here on (DNAT, or a name that was looked up)."""
        return self.destination_before != self.destination_after

    @printable
    def __str__(self) -> str:
        ends = f"  [{OUTCOMES[self.ends]}]" if self.ends else ""
        return f"{_('{place}: {what}', place=self.place, what=self.what)}{ends}"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of several requests came to one end: `server` is the Pod's reference, "" for none.

    `chance` is the part that it should have, from 0 to 1; None where there are too many ways to tell. `status` is
    that of the answer over HTTP, None where there is none.
    """

    server: str
    address: str
    outcome: str
    requests: int
    chance: float | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One packet's way from `source` to `target`, hop by hop, and how it ended.

    `outcome` is "connected", "refused" (the sender is told at once), "timeout" (it gets no answer),
    "unresolved" (the name has no address, so nothing was sent) or "leaves" (it goes out to a machine
    that is not of this cluster, of which nothing is known here); for a ping "reply" or "no reply".
    `reason` says why, `hint` what to do. `server` is the Pod that answered, `server_ip`
    its address; `client_seen` is the address that the server takes for its client's. With several
    requests (`times`), this is the first one, and `spread` tells of all. `called` is the address that
    the sender called: the target itself, or what its name led to ("" where the name led to none).
    `status` is the status of HTTP that the sender is answered with, where a proxy of an Ingress or a
    Gateway has led its request; `url` is what it asked for then.
    `guarded` are the Namespaces at its ends with NetworkPolicies of which the plugin is not known to enforce them.
    """

    target: str
    protocol: str
    source: str
    outcome: str
    hops: tuple[Hop, ...]
    reason: str
    hint: str = ""
    server: Pod | None = None
    server_ip: str | None = None
    client_seen: str = ""
    answer: str = ""
    times: int = 1
    spread: tuple[Share, ...] = ()
    notes: tuple[str, ...] = ()
    called: str = ""
    guarded: tuple[str, ...] = ()
    status: int | None = None
    url: str = ""
    answer_in_plain: str = ""

    @property
    def in_plain(self) -> Trace:
        """The same way, told by names and addresses: without bridges, veth pairs, wires, rules and conntrack.

        Hops that only pass the packet on are left out.
        """
        hops = tuple(
            replace(hop, what=hop.plain or hop.what, rules=())
            for hop in self.hops
            if hop.ends or hop.rewrites_source or hop.rewrites_destination or hop.kind not in _MEANS
        )
        return replace(self, hops=hops, answer=self.answer_in_plain or self.answer)

    @property
    def succeeded(self) -> bool:
        """Whether the target answered, and with no error of HTTP."""
        return self.answered and (self.status is None or self.status < 400)

    @property
    def answered(self) -> bool:
        """Whether the target answered."""
        return self.outcome in ("connected", "reply")
