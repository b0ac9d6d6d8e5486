"""Who changed what, and why: the log that the API server keeps of every write."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Change", "Changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One write.

    Args:
        time: when, in seconds since the cluster's first moment.
        component: who wrote: "replication-controller", "kubectl", ...
        verb: what was done: "create", "bind", "scale", ...
        ref: to which object: "pod/web-1", "shop/pod/web-1".
        why: the reason, in words; "" for what a client asked for.
        owner: the uid of the controller of an object that was created, "" where it has none.
    """

    time: int
    component: str
    verb: str
    ref: str
    why: str = ""
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.component}: {self.verb} {self.ref}" + (f" ({self.why})" if self.why else "")


class Changes(list[Change]):
    """Changes in their order; shown one a line.

    `.note` says who keeps writing what, where the cluster has not come to rest; "" where it has.
    """

    note = ""

    def __repr__(self) -> str:
        lines = "\n".join(map(str, self)) or "nothing to do"
        return f"{lines}\n{self.note}" if self.note else lines
