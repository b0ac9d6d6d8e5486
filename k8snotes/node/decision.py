"""What the rules of a Node make of the first packet of a connection, in whichever mode kube-proxy has written them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["CAUSES", "MODES", "Backend", "Decision", "Printed"]

MODES = ("iptables", "nftables")
"""The modes of kube-proxy: by which tool of the kernel it writes its rules."""


CAUSES = ("no-endpoints", "no-local-endpoints", "source-ranges", "loopback", "wrong-port", "unassigned")
"""Why rules refuse or drop a packet.

"wrong-port" and "unassigned" (a Cluster IP that no Service has) are refused in nftables mode alone.
"""


class Printed(Protocol):
    """A rule that acted on a packet, as the tool that lists the rules prints it."""

    @property
    def text(self) -> str:
        """The rule and where it is, with names as they are."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint that the packet may be sent to.

    `probability` is its chance, from 0 to 1; `masquerade` is the rule by which the source becomes the Node's
    address, None where it stays; `chain` is the name under which session affinity remembers the client.
    """

    ip: str
    port: int
    probability: float
    masquerade: Printed | None
    chain: str
    steps: tuple[Printed, ...]

    @property
    def masqueraded(self) -> bool:
        """Whether the source becomes the Node's address."""
        return self.masquerade is not None

    @property
    def address(self) -> str:
        """Address and port: "10.244.1.2:8080"."""
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules of one Node make of the first packet of a connection.

    `outcome` is "dnat" (it goes on to one of `backends`), "reject" (the sender is told at once),
    "drop" (the sender hears nothing) or "no rule" (kube-proxy leaves it as it is: the network decides).
    `steps` are the rules that led there; those of each backend are with the backend. Where one was
    chosen at random, `backends` has only that one, and `of` says among how many it was. `cause` is one of
    CAUSES where the packet ends here, and `external` says whether it was sent to an address outside the
    Services' range: a node port, an external IP, a balancer.
    """

    outcome: str
    backends: tuple[Backend, ...] = ()
    steps: tuple[Printed, ...] = ()
    of: int = 0
    cause: str = ""
    external: bool = False

    @property
    def masqueraded(self) -> bool:
        """Whether every backend sees the Node's address instead of the sender's."""
        return bool(self.backends) and all(backend.masqueraded for backend in self.backends)
