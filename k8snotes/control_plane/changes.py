"""Changes, with their authors and reasons: the log that the API server keeps of every write."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from k8snotes.api.base import KubeObject
from k8snotes.catalogue import _
from k8snotes.face import offered, unknown_name
from k8snotes.screen import printable, wrapped

__all__ = ["Change", "Changes", "Log", "Why", "component"]


class Why(str):
    """The reason for a change, in words; and the references of the objects because of which it was made.

    Words that are a message of the catalogue are said in the language in force whenever the reason is shown.

    >>> why = Why("replicationcontroller/web wants 3 Pods and has 2", "replicationcontroller/web")
    >>> why, why.about
    ('replicationcontroller/web wants 3 Pods and has 2', ('replicationcontroller/web',))
    """

    __slots__ = ("about", "words")
    about: tuple[str, ...]
    words: str

    def __new__(cls, words: str, *about: KubeObject | str) -> Self:
        """Make a reason.

        Args:
            words: the reason.
            about: the objects that it names, or their references.
        """
        why = super().__new__(cls, words)
        why.words = words
        why.about = tuple(item if isinstance(item, str) else item.ref for item in about)
        return why

    def __str__(self) -> str:
        return str(self.words)

    def __format__(self, spec: str) -> str:
        return format(self.words, spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.words, *self.about)


# the verbs of the log, as they are said; the others are kubectl's own
_SAID = {
    "adopt": _("adopt"),
    "bind": _("bind"),
    "cordon": _("cordon"),
    "create": _("create"),
    "delete": _("delete"),
    "evict": _("evict"),
    "label": _("label"),
    "orphan": _("orphan"),
    "patch": _("patch"),
    "preempt": _("preempt"),
    "reject": _("reject"),
    "release": _("release"),
    "renew": _("renew"),
    "resize": _("resize"),
    "restart": _("restart"),
    "rollback": _("rollback"),
    "scale": _("scale"),
    "start": _("start"),
    "status": _("status"),
    "taint": _("taint"),
    "unbind": _("unbind"),
    "update": _("update"),
}


def component(who: str) -> str:
    """Return the name of a component for a reader.

    Args:
        who: the component as the log has it: "kube-scheduler", "kubelet on node-1".
    """
    name, of, node = who.partition(" on ")
    return _("{component} on {node}", component=name, node=node) if of else who


class Change(NamedTuple):
    """One write.

    Args:
        time: when, in seconds since the cluster's first moment.
        component: the author: "replication-controller", "kubectl", ...
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

    @property
    def who(self) -> str:
        """The author, as a reader is told of it."""
        return component(self.component)

    @property
    def does(self) -> str:
        """What was done, in a word of the language in force."""
        return _SAID.get(self.verb, self.verb)

    @property
    def about(self) -> tuple[str, ...]:
        """The references of the objects because of which it was done, as far as the reason names them."""
        return self.why.about if isinstance(self.why, Why) else ()

    @printable
    def __str__(self) -> str:
        done = _("{who}: {does} {ref}", who=self.who, does=self.does, ref=self.ref)
        return wrapped(_("{done} ({why})", done=done, why=self.why) if self.why else done)


class Changes(list[Change]):
    """Changes in their order; shown one a line.

    `.note` says which component keeps writing what, where the cluster has not come to rest; "" where it has.
    `.limits` says what is not done here for new objects, which a real cluster would do.
    `.waits` says what happens next if time passes.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> _ = c.scale("deploy/cache", 3)
    >>> changes = c.settle()
    >>> changes[0].component, changes[0].ref, changes.note, changes.limits, changes.waits
    ('deployment-controller', 'replicaset/cache-6d6db877f4', '', (), ())
    """

    note = ""
    limits: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()

    # what a list can do to itself is not for the record of what has happened
    __dir__ = offered("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort")
    __getattr__ = unknown_name

    @printable
    def __repr__(self) -> str:
        lines = "\n".join(map(str, self)) or _("nothing to do")
        limits = [_("note: {note}", note=note) for note in self.limits]
        waits = [_("waiting for time to pass (c.wait):"), *(f"  {line}" for line in self.waits)]
        rest = [
            *([str(self.note)] if self.note else []),
            *map(str, limits),
            *(map(str, waits) if self.waits else ()),
        ]
        return "\n".join([lines, *rest])


class Log(list[Change]):
    """Every write, in order; of a cluster that lives long the latest.

    `.forgotten` says how many came before the first that is kept.
    """

    forgotten = 0

    def copy(self) -> Log:
        """Return an independent log of the same changes."""
        other = Log(self)
        other.forgotten = self.forgotten
        return other

    def age(self, keep: int) -> None:
        """Forget the oldest changes, as soon as there are twice as many as are to be kept.

        Args:
            keep: how many of the latest changes are kept.

        >>> log = Log([Change(time, "kubectl", "create", "pod/web") for time in range(5)])
        >>> log.age(2)
        >>> len(log), log.forgotten
        (2, 3)
        """
        if len(self) > 2 * keep:
            self.forgotten += len(self) - keep
            del self[:-keep]
