"""What the Tab key offers while a kubectl line is typed in a cell: verbs, kinds, names, flags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds, find_resource
from k8snotes.kubectl.flags import GLOBAL, Flag, Parsed, plain_words
from k8snotes.kubectl.kubeconfig import namespace_of
from k8snotes.kubectl.verb import KINDS, Verb, subcommand
from k8snotes.kubectl.verbs import VERBS
from k8snotes.simulation import Simulation

__all__ = ["completions"]

_NAMESPACE = ("-n", "--namespace")
_OUTPUT = ("-o", "--output")
_FORMATS = ("wide", "yaml", "json", "name", "jsonpath=", "custom-columns=")


def completions(words: Sequence[str], typed: str, simulation: Simulation | None) -> list[str]:
    """Return the words that can replace `typed`.

    Args:
        words: the words before it, from the verb on.
        typed: the beginning of a word.
        simulation: the cluster with the names that are offered; None if there is no cluster.

    >>> completions([], "des", None)
    ['describe']
    >>> completions(["rollout"], "un", None)
    ['undo']
    """
    before = [word for word in words if word]
    if before and before[-1] in _NAMESPACE and simulation is not None:
        return _fitting(typed, [obj.name for obj in simulation.api.list("namespaces")])
    if before and before[-1] in _OUTPUT:
        return _fitting(typed, _FORMATS)
    verb, rest, following = _command(before)
    if typed.startswith("-"):
        flags = (*(verb.flags if verb else ()), *GLOBAL)
        return _fitting(typed, sorted({f"--{item.name}" for item in flags}))
    if not rest and following:
        return _fitting(typed, following)
    return _objects(verb, rest, typed, simulation, _namespace(before, _current(simulation))) if verb else []


def _command(words: Sequence[str]) -> tuple[Verb | None, list[str], Mapping[str, Verb]]:
    """Return the verb of a line, the plain words after it, and the verbs that may follow."""
    verb: Verb | None = None
    flags: tuple[Flag, ...] = GLOBAL
    following: Mapping[str, Verb] = VERBS
    used = 0
    while len(plain := plain_words(words, flags)[used:]) and (name := subcommand(following, plain[0])):
        verb = following[name]
        flags, following, used = (*GLOBAL, *verb.flags), verb.subcommands, used + 1
    return verb, plain, following


def _objects(
    verb: Verb, words: Sequence[str], typed: str, simulation: Simulation | None, namespace: str
) -> list[str]:
    """Return the kinds or the names of objects that may follow a verb and the words after it."""
    if not verb.takes:
        return []
    if verb.takes != KINDS:
        return _fitting(typed, _names(simulation, verb.takes, namespace))
    if "/" in typed:
        kind = typed.partition("/")[0]
        return _fitting(typed, [f"{kind}/{name}" for name in _names(simulation, kind, namespace)])
    if not words:
        return _fitting(typed, [kind.plural for kind in _kinds(simulation)])
    return _fitting(typed, _names(simulation, words[0].partition(",")[0], namespace))


def _fitting(typed: str, options: Iterable[str]) -> list[str]:
    return [option for option in options if option.startswith(typed)]


def _namespace(words: Sequence[str], default: str) -> str:
    return next((value for name, value in pairwise(words) if name in _NAMESPACE), None) or default


def _current(simulation: Simulation | None) -> str:
    held = getattr(simulation, "simulation", simulation)  # a Cluster holds one
    return "default" if held is None else namespace_of(held, Parsed())


def _kinds(simulation: Simulation | None) -> list[Kind]:
    """Return the kinds that there are objects of first, then the others."""
    stored = set() if simulation is None else set(simulation.api.store.resources())
    return sorted(all_kinds(), key=lambda kind: kind.qualified not in stored)


def _names(simulation: Simulation | None, word: str, namespace: str) -> list[str]:
    kind = find_resource(word)
    if kind is None or simulation is None:
        return []
    return [obj.name for obj in simulation.api.list(kind.qualified, namespace if kind.namespaced else None)]
