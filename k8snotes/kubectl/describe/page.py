"""A page of `kubectl describe`: lines at levels, cells that end with tabs, labels one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from k8snotes.api.base import LAST_APPLIED, KubeObject, mapping, mappings, sequence, text
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.naming import rfc1123
from k8snotes.facts.columns.cells import age
from k8snotes.facts.events import EventsByUid, seen, time_order
from k8snotes.kubectl.output.tabs import described

__all__ = ["Page", "joined", "moment", "or_none", "true_false"]

_LONGEST_ANNOTATION = 140


def moment(stamp: Any) -> str:
    """Return a timestamp as descriptions have it.

    >>> moment("2026-01-01T00:00:11Z")
    'Thu, 01 Jan 2026 00:00:11 +0000'
    """
    try:
        when = datetime.fromisoformat(text(stamp))
    except ValueError:
        when = datetime(1, 1, 1, tzinfo=UTC)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return rfc1123(when)


def or_none(value: str) -> str:
    """Return a text, "<none>" for an empty one."""
    return value or "<none>"


def joined(values: Any, between: str = ",") -> str:
    """Return the scalars of a list in one line; "" for what is no list.

    >>> joined(["a", 1]), joined(None)
    ('a,1', '')
    """
    return between.join(map(text, sequence(values)))


def true_false(value: Any) -> str:
    """Return "True" or "False"."""
    return "True" if value is True else "False"


class Page:
    """What is written about one object.

    `now` is the moment up to which ages are counted, and `told` has the Events by object, or is None without Events.
    """

    def __init__(self, api: ApiServer, events: EventsByUid | None = None) -> None:
        self.api = api
        self.now = api.timestamp
        self._events = events
        self._done: list[str] = []
        self._open: list[str] = []

    def write(self, level: int, line: str) -> None:
        """Write text, indented by two spaces a level.

        Args:
            level: how far it is indented.
            line: the text, with its end of line; cells end with a tab.
        """
        self._open.append("  " * level + line)

    def line(self, name: str, value: Any, level: int = 0) -> None:
        """Write "Name:" and its value.

        Args:
            name: the text before the colon.
            value: the text in the second column.
            level: how far the line is indented.
        """
        self.write(level, f"{name}:\t{value}\n")

    def flush(self) -> None:
        """End the columns: what follows has its own."""
        self._done.append(described("".join(self._open)))
        self._open.clear()

    def raw(self) -> str:
        """Return what is written with its tabs, as `kubectl rollout history` prints it."""
        return "".join(self._open)

    def __str__(self) -> str:
        self.flush()
        return "".join(self._done)

    # ---- what many kinds have

    def head(self, obj: KubeObject, *, namespace: bool = True) -> None:
        """Write the name, and the namespace."""
        self.line("Name", obj.name)
        if namespace:
            self.line("Namespace", obj.namespace)

    def labels_and_annotations(self, obj: KubeObject) -> None:
        """Write both."""
        self.labels("Labels", obj.labels)
        self.annotations("Annotations", obj.annotations)

    def labels(self, title: str, labels: Mapping[str, Any], indent: str = "") -> None:
        """Write a map of labels, one a line.

        Args:
            title: the text before them; "<none>" follows if there are none.
            labels: the map.
            indent: the text before each line.
        """
        self.lines(title, [f"{key}={text(labels[key])}" for key in sorted(labels)], indent)

    def lines(self, title: str, values: Sequence[str], indent: str = "") -> None:
        """Write several values of one name, one below the other.

        Args:
            title: the text before the first one.
            values: the values; "<none>" is written where there are none.
            indent: the text before each line.
        """
        for number, value in enumerate(values or ["<none>"]):
            head = f"{title}:" if number == 0 else ""
            self.write(0, f"{indent}{head}\t{value}\n")

    def phase(self, obj: KubeObject) -> None:
        """Write the phase of a claim or a volume, or since when it is being deleted."""
        since = obj.metadata.get("deletionTimestamp")
        phase = (
            f"Terminating (lasts {age(text(since), self.now)})" if since else text(obj.status.get("phase"))
        )
        self.line("Status", phase)

    def annotations(self, title: str, annotations: Mapping[str, str]) -> None:
        """Write annotations; the manifest that kubectl keeps among them is left out, long ones are cut.

        Args:
            title: the text before the first one.
            annotations: all annotations of an object or of a template.
        """
        keys = sorted(key for key in annotations if key != LAST_APPLIED)
        if not keys:
            self.write(0, f"{title}:\t<none>\n")
        for number, key in enumerate(keys):
            head = f"{title}:\t" if number == 0 else "\t"
            value = annotations[key].removesuffix("\n")
            if len(value) + len(key) + 2 > _LONGEST_ANNOTATION or "\n" in value:
                self.write(0, f"{head}{key}:\n")
                for part in value.split("\n"):
                    cut = _LONGEST_ANNOTATION - 2
                    self.write(0, f"\t  {part[:cut] + '...' if len(part) > cut else part}\n")
            else:
                self.write(0, f"{head}{key}: {value}\n")

    def tolerations(self, tolerations: Iterable[Mapping[str, Any]], indent: str = "") -> None:
        """Write the taints that are tolerated, by key."""
        ordered = sorted(tolerations, key=lambda item: text(item.get("key")))
        self.lines("Tolerations", [_toleration(item) for item in ordered], indent)

    def conditions(self, obj: KubeObject) -> None:
        """Write the conditions of a workload."""
        conditions = mappings(obj.status.get("conditions"))
        if not conditions:
            return
        self.write(0, "Conditions:\n  Type\tStatus\tReason\n")
        self.write(1, "----\t------\t------\n")
        for item in conditions:
            self.write(
                1, f"{text(item.get('type'))} \t{text(item.get('status'))}\t{text(item.get('reason'))}\n"
            )

    def controller(self, obj: KubeObject) -> None:
        """Write which object controls this one, if any does."""
        owner = obj.owner
        if owner:
            self.line("Controlled By", f"{text(owner.get('kind'))}/{text(owner.get('name'))}")

    def events(self, obj: KubeObject) -> None:
        """Write the Events about the object, in the order of time."""
        if self._events is None:
            return
        events = sorted(self._events.get(obj.uid, ()), key=time_order)
        if not events:
            self.write(0, "Events:\t<none>\n")
            return
        self.flush()
        self.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n")
        self.write(1, "----\t------\t----\t----\t-------\n")
        for event in events:
            part = text(mapping(event.raw.get("involvedObject")).get("fieldPath"))
            message = text(event.raw.get("message")).strip()
            cells = (
                text(event.raw.get("type")),
                text(event.raw.get("reason")),
                seen(event, self.now, alone="firstTimestamp"),
                text(mapping(event.raw.get("source")).get("component")),
                f"{part}: {message}" if part else message,
            )
            self.write(1, "\t".join(cells) + "\n")


def _toleration(item: Mapping[str, Any]) -> str:
    key, value, effect = (text(item.get(name)) for name in ("key", "value", "effect"))
    line = key + (f"={value}" if value else "") + (f":{effect}" if effect else "")
    if item.get("operator") == "Exists" and not value:
        line += " op=Exists" if key or effect else "op=Exists"
    seconds = item.get("tolerationSeconds")
    return f"{line} for {seconds}s" if seconds is not None else line
