"""A kubectl line in a cell: the cluster it works on, the reader's variables in it, and what the Tab key offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from k8snotes.catalogue import _
from k8snotes.errors import did_you_mean
from k8snotes.kubectl.cli import kubectl, words_of
from k8snotes.kubectl.completion import completions
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.live import live
from k8snotes.kubectl.output import Output
from k8snotes.simulation import Simulation

__all__ = ["complete", "run"]

_VARIABLE = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})")  # two braces are a Go template's
_CLUSTER = re.compile(r"(?<!\S)--cluster(?:=|\s+)([A-Za-z_]\w*)(?!\S)")
_LIVE = re.compile(r"(?<!\S)--live(?!\S)")
_NO_CLUSTER = _(
    'There is no cluster in this notebook yet. c = kn.load("guestbook") makes a cluster with an application, '
    "and c = kn.Cluster() makes an empty cluster. %kubectl then works on this cluster."
)


class _Options(NamedTuple):
    """The magic's own options, and the rest of the line."""

    cluster: str  # the name of a variable, "" where none is named
    live: bool
    rest: str


class _Chosen(NamedTuple):
    """The cluster that a line works on, and its name in the notebook."""

    name: str
    simulation: Simulation
    certain: bool  # whether it was named


def run(namespace: Mapping[str, Any], line: str, cell: str | None) -> Output:
    """Run the kubectl line of a cell.

    Args:
        namespace: the notebook's variables.
        line: the text after `%kubectl`.
        cell: the lines below `%%kubectl`, which `-f -` reads; None for `%kubectl`. If there is no line, each line of
            the cell is a command.
    """
    options = _options(line)
    rest = _VARIABLE.sub(lambda match: _value(namespace, match), options.rest)
    try:
        if options.live:
            return _live(rest, cell or "", options.cluster)
        chosen = _cluster(namespace, options.cluster)
    except Stopped as stopped:
        return Output([("err", stopped.text)], stopped.exit_code)
    if rest or cell is None:
        output = kubectl(chosen.simulation, rest, stdin=cell or "")
    else:
        output = _each_line(chosen.simulation, cell)
    if not chosen.certain:
        which = _("# {cluster}, the cluster made last", cluster=chosen.name)
        output.note = f"{which}\n{output.note}" if output.note else which
    return output


def _live(line: str, cell: str, cluster: str) -> Output:
    if cluster:
        raise Stopped(
            _(
                "--cluster {cluster} names a cluster of this notebook, but --live asks the real cluster. "
                "Leave one of the two flags out. Use --context NAME to choose among real clusters.",
                cluster=cluster,
            )
        )
    if cell.strip():
        raise Stopped(
            _(
                "--live only reads from a cluster, so it does not use the lines of the cell. "
                "Write %kubectl --live and the command on one line."
            )
        )
    return live(words_of(line))


def complete(namespace: Mapping[str, Any], line: str, word: str) -> tuple[str, list[str]]:
    """Return what has been typed of the last word, and the words that can replace it.

    Args:
        namespace: the notebook's variables.
        line: the line up to the cursor, from `%kubectl` on.
        word: the word at the cursor, as IPython sees it.
    """
    typed_line = line.lstrip().lstrip("%").removeprefix("kubectl").lstrip()
    begun = bool(typed_line) and not typed_line[-1].isspace()
    options = _options(typed_line)
    words = options.rest.split()
    typed = word if begun else ""
    if words and begun:
        last = words.pop()
        typed = last if last.endswith(typed) else typed
    try:
        simulation = None if options.live else _cluster(namespace, options.cluster).simulation
    except Stopped:
        simulation = None
    own = [option for option in ("--cluster", "--live") if not words and typed and option.startswith(typed)]
    return typed, [*completions(words, typed, simulation), *own]


def _each_line(simulation: Simulation, cell: str) -> Output:
    pieces: list[tuple[str, str]] = []
    notes: dict[str, None] = {}
    code = 0
    for command in cell.replace("\\\n", " ").splitlines():
        if command.strip() and not command.lstrip().startswith("#"):
            output = kubectl(simulation, command)
            pieces += [("out", output.stdout), ("err", output.stderr)]
            notes |= dict.fromkeys(filter(None, output.note.split("\n")))
            code = code or output.exit
    return Output(pieces, code, "\n".join(notes))


def _options(line: str) -> _Options:
    """Take the magic's own options out of a line; the words after a lone -- are left alone."""
    own, dashes, after = line.strip().partition(" -- ")
    named = _CLUSTER.search(own)
    own = _CLUSTER.sub("", own)
    is_live = _LIVE.search(own) is not None
    own = _LIVE.sub("", own)
    return _Options(named[1] if named else "", is_live, own.strip() + dashes + after)


def _value(namespace: Mapping[str, Any], match: re.Match[str]) -> str:
    value = namespace.get(match[1])
    known = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if known and match[1] not in ("range", "end") else match[0]


def _cluster(namespace: Mapping[str, Any], name: str) -> _Chosen:
    """Return the cluster that is named, or the cluster made last if none is named. Raises Stopped."""
    held = {key: simulation for key, value in namespace.items() if (simulation := _held(value)) is not None}
    if name in held:
        return _Chosen(name, held[name], certain=True)
    if name:
        names = [key for key in held if not key.startswith("_")]
        wrong = (
            _(
                '--cluster needs the name of a cluster, but "{name}" is of type {type}.',
                name=name,
                type=type(namespace[name]).__name__,
            )
            if name in namespace
            else _('--cluster needs the name of a cluster, but there is no variable "{name}".', name=name)
        )
        there = (
            _(
                "The clusters of this notebook are: {names}.{did_you_mean}",
                names=", ".join(names),
                did_you_mean=did_you_mean(name, names),
            )
            if names
            else _NO_CLUSTER
        )
        raise Stopped(f"{wrong} {there}")
    if not held:
        raise Stopped(_NO_CLUSTER)
    # the reader's own names come before IPython's _ and _3, and copies come last
    last = max(held, key=lambda key: (held[key].serial, not key.startswith("_")))
    return _Chosen(last, held[last], certain=False)


def _held(value: object) -> Simulation | None:
    """Return the simulation that a variable of the notebook holds, if it is a cluster."""
    simulation = getattr(value, "simulation", None)
    return simulation if isinstance(simulation, Simulation) else None
