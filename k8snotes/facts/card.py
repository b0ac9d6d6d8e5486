"""Card: what a reader wants to know of one thing at a glance, in a few facts, and what to try with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.facts.columns.cells import NONE, UNSET
from k8snotes.facts.rows import row

__all__ = [
    "Asked",
    "Body",
    "Card",
    "Fact",
    "Piece",
    "State",
    "amount",
    "chips",
    "codes",
    "fact",
    "first",
    "printed",
]

_MOST = 6


class Piece(NamedTuple):
    """A piece of what a fact says.

    Args:
        text: its words.
        role: what it is about, which gives it its colour: "service", "pod", "node", "waiting", "fault", "off",
            "muted"; "" for plain words.
        form: "code" for what can be pasted, "chip" for a label; "" for words.
    """

    text: str
    role: str = ""
    form: str = ""


class Fact(NamedTuple):
    """A line of a card: a name, and what there is to say."""

    name: str
    pieces: tuple[Piece, ...]


class State(NamedTuple):
    """How a thing is: its words ("Running, 1/1 ready"), and a role, which also says what its sign is."""

    words: str
    role: str


class Body(NamedTuple):
    """What a card says because of the kind of its object.

    Args:
        facts: its lines, in order.
        state: how it is, None where that is no question.
        frame: the role whose frame the card has, "" for a plain one.
        about: what stands after the Namespace in the first line: ("NodePort",).
        tries: calls that work on it: 'c.endpoints("svc/web")'.
    """

    facts: tuple[Fact, ...] = ()
    state: State | None = None
    frame: str = ""
    about: tuple[str, ...] = ()
    tries: tuple[str, ...] = ()


class Card(NamedTuple):
    """A thing at a glance: `title`, what it is `about`, and the parts of its `body`; `terminal` is kubectl's own text."""

    title: str
    about: tuple[str, ...]
    body: Body
    terminal: str = ""


class Asked(NamedTuple):
    """Where an object is asked about.

    Args:
        api: the API server that holds it.
        cluster: the name that the reader's cluster has: "c".
        ref: the reference by which it is found there: "svc/web".
        snapshot: whether the cluster is a dump.
    """

    api: ApiServer
    cluster: str
    ref: str
    snapshot: bool = False

    def call(self, helper: str, *given: str, more: str = "") -> str:
        """Return a call of a helper, as a reader would type it.

        >>> Asked(ApiServer(), "c", "svc/web").call("endpoints", "svc/web")
        'c.endpoints("svc/web")'
        """
        arguments = [*map(_quoted, given), *([more] if more else [])]
        return f"{self.cluster}.{helper}({', '.join(arguments)})"

    def in_namespace(self, obj: KubeObject, helper: str, more: str = "") -> str:
        """Return a call that draws the Namespace of an object."""
        return self.call(helper, obj.namespace, more=more)


def _quoted(text: str) -> str:
    return f'"{text}"'


def fact(name: str, *pieces: Piece | str) -> Fact:
    """Return a line of a card; text becomes a piece of plain words."""
    return Fact(name, tuple(item if isinstance(item, Piece) else Piece(item) for item in pieces))


def first(items: Iterable[Piece], most: int = _MOST) -> tuple[Piece, ...]:
    """Return the first pieces, and how many more there are.

    >>> [piece.text for piece in first(map(Piece, "abcd"), most=2)]
    ['a', 'b', 'and 2 more']
    """
    listed = list(items)
    more = len(listed) - most
    return (
        *listed[:most],
        *([Piece(ngettext("and {n} more", "and {n} more", more), "muted")] if more > 0 else []),
    )


def codes(texts: Iterable[Any], role: str = "", most: int = _MOST) -> tuple[Piece, ...]:
    """Return what can be pasted, each as a piece: the first of them, and how many more there are."""
    return first((Piece(str(item), role, "code") for item in texts), most)


def chips(labels: Mapping[str, str], most: int = _MOST) -> tuple[Piece, ...]:
    """Return labels as pieces.

    >>> chips({"app": "web"})
    (Piece(text='app=web', role='', form='chip'),)
    """
    return first((Piece(f"{key}={value}", "", "chip") for key, value in labels.items()), most)


def amount(ready: int, wanted: int) -> State:
    """Return how many Pods are ready, as a state."""
    role = "pod" if ready >= wanted else "waiting" if ready else "fault"
    return State(_("{ready} of {n} Pods ready", ready=ready, n=wanted), role if wanted else "off")


def printed(obj: KubeObject, asked: Asked) -> tuple[Fact, ...]:
    """Return what `kubectl get -o wide` prints of an object, under kubectl's own names."""
    cells = {name: str(value) for name, value in row(obj, asked.api.timestamp, wide=True).items()}
    told = {name: value for name, value in cells.items() if name not in ("NAME", "AGE", "CREATED AT")}
    return tuple(
        Fact(name, (Piece(value),)) for name, value in told.items() if value not in (NONE, UNSET, "")
    )
