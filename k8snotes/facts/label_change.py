"""What a change of labels did: which selectors found the object before, which find it now, what follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.workload import Workload
from k8snotes.facts.label_askers import Answers, Asker, ask_all
from k8snotes.facts.reading import Reader

__all__ = ["Asker", "LabelChange", "LabelEdit", "label_change"]


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """One label that was to change: its values before and after, None where it is absent.

    >>> print(LabelEdit("tier", "frontend", "cache"))
    tier: frontend → cache (changed)
    """

    key: str
    before: str | None
    after: str | None

    @property
    def word(self) -> str:
        """What happened to it: "added", "changed", "removed" or "as it was"."""
        if self.before == self.after:
            return "as it was"
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def __str__(self) -> str:
        values = ("absent" if value is None else value or "empty" for value in (self.before, self.after))
        return f"{self.key}: {' → '.join(values)} ({self.word})"


@dataclass(frozen=True, slots=True)
class LabelChange:
    """The labels of an object before and after, and what that did to every selector that it concerns.

    `object` is as it stands now; `edits` are the labels that were to change, in order; `askers` those who
    found it before or find it now; `owner` is its controller, "" if it had none; `outcome` the end of it.
    """

    object: KubeObject
    before: dict[str, str]
    after: dict[str, str]
    edits: tuple[LabelEdit, ...]
    askers: tuple[Asker, ...]
    owner: str
    outcome: str

    @property
    def ref(self) -> str:
        """The reference of the object: "pod/web-1"."""
        return self.object.ref

    @property
    def added(self) -> dict[str, str]:
        """The labels that are new."""
        return {key: value for key, value in self.after.items() if key not in self.before}

    @property
    def changed(self) -> dict[str, tuple[str, str]]:
        """The labels with another value: the one before, and the one after."""
        both = ((key, value, self.before.get(key, value)) for key, value in self.after.items())
        return {key: (old, new) for key, new, old in both if old != new}

    @property
    def removed(self) -> dict[str, str]:
        """The labels that are gone, with the value that they had."""
        return {key: value for key, value in self.before.items() if key not in self.after}

    @property
    def lost(self) -> tuple[Asker, ...]:
        """Those who found it and no longer do."""
        return tuple(item for item in self.askers if item.before and not item.after)

    @property
    def gained(self) -> tuple[Asker, ...]:
        """Those who did not find it and now do."""
        return tuple(item for item in self.askers if item.after and not item.before)

    @property
    def kept(self) -> tuple[Asker, ...]:
        """Those who found it and still do."""
        return tuple(item for item in self.askers if item.before and item.after)


def label_change(
    reader: Reader, old: KubeObject, new: KubeObject, asked: Iterable[tuple[str, str | None]]
) -> LabelChange:
    """Compare an object before and after its labels were changed, as the selectors of its cluster see it.

    `reader` is the cluster after the change, `asked` the labels that were to be set, or removed (None).
    """
    keys = dict.fromkeys(key for key, _ in asked)
    edits = tuple(LabelEdit(key, old.labels.get(key), new.labels.get(key)) for key in keys)
    answers = ask_all(reader, old, new)
    return LabelChange(
        new, old.labels, new.labels, edits, answers.askers, answers.owner, _outcome(new, answers)
    )


def _outcome(obj: KubeObject, answers: Answers) -> str:
    """Say whose the object is now, and what to expect."""
    if isinstance(obj, Node):
        if not answers.askers:
            return "No Pod asks for these labels of this Node."
        leaves = any(item.kind == "DaemonSet" and not item.after for item in answers.askers)
        unless = ", unless a DaemonSet takes it away" if leaves else ""
        return f"Labels of a Node are asked when a Pod gets its Node. A Pod that has one stays there{unless}."
    if answers.takers:
        several = len(answers.takers) > 1
        who = f"one of {', '.join(answers.takers)}" if several else answers.takers[0]
        return f"On settle(), {who} makes it its own."
    if answers.keeper:
        return f"It belongs to {answers.keeper}, as before."
    if answers.owner:
        runs = "it runs on, and if it goes, nobody makes another" if isinstance(obj, Pod) else "it stays"
        return f"It is nobody's now: {runs}."
    if isinstance(obj, Pod):
        return "It belongs to nobody, as before."
    nobody = f"No object of this cluster selects objects of kind {obj.kind}."
    if isinstance(obj, Workload) and obj.template:
        return f"{nobody} Its Pods have the labels of its template, and keep them."
    return nobody
