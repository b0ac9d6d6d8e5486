"""What the Tab key offers while a kubectl line is typed in a cell: verbs, kinds, names, flags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds, find_resource
from k8snotes.kubectl.creating import KINDS
from k8snotes.kubectl.flags import GLOBAL
from k8snotes.kubectl.verbs import ROLLOUT, VERBS

if TYPE_CHECKING:
    from k8snotes.simulation import Simulation

__all__ = ["completions"]

# verbs whose first word is a kind, and verbs whose words are Nodes or Pods
_KIND_FIRST = (
    *("get", "describe", "delete", "label", "annotate", "scale", "expose", "patch", "wait", "explain", "set"),
    *("rollout", "taint"),
)
_OF_KIND = {"cordon": "nodes", "uncordon": "nodes", "drain": "nodes", "exec": "pods"}
_FORMATS = ("wide", "yaml", "json", "name", "jsonpath=", "custom-columns=")


def completions(words: Sequence[str], typed: str, cluster: Simulation | None) -> list[str]:
    """Return what may stand in place of `typed`, after the words before it (from the verb on).

    >>> completions([], "des", None)
    ['describe']
    """
    before = [word for word in words if word]
    if before and before[-1] in ("-n", "--namespace") and cluster is not None:
        return _fitting(typed, [obj.name for obj in cluster.api.list("namespaces")])
    if before and before[-1] in ("-o", "--output"):
        return _fitting(typed, _FORMATS)
    if typed.startswith("-"):
        return _fitting(typed, _flags(before))
    plain = _plain(before)
    if not plain:
        return _fitting(typed, VERBS)
    verb, rest = plain[0], plain[1:]
    if verb == "rollout" and not rest:
        return _fitting(typed, ROLLOUT)
    if verb == "set" and not rest:
        return _fitting(typed, ["image"])
    if verb == "create":
        return _fitting(typed, sorted({kind.partition(" ")[0] for kind in KINDS})) if not rest else []
    if verb in ("rollout", "set"):
        rest = rest[1:]
    namespace = _namespace(before)
    if verb in _OF_KIND:
        resource = find_resource(_OF_KIND[verb])
        return _fitting(typed, _names(cluster, resource, namespace)) if resource else []
    if verb not in _KIND_FIRST:
        return []
    if "/" in typed:
        kind = typed.partition("/")[0]
        resource = find_resource(kind)
        names = _names(cluster, resource, namespace) if resource else []
        return _fitting(typed, [f"{kind}/{name}" for name in names])
    if not rest:
        return _fitting(typed, _kinds(cluster))
    resource = find_resource(rest[0].partition(",")[0])
    return _fitting(typed, _names(cluster, resource, namespace)) if resource else []


def _fitting(typed: str, options: Iterable[str]) -> list[str]:
    return [option for option in options if option.startswith(typed)]


def _plain(words: Sequence[str]) -> list[str]:
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in (
                "-n",
                "--namespace",
                "-o",
                "--output",
                "-l",
                "--selector",
                "-f",
                "--filename",
                "-L",
            )
        else:
            found.append(word)
    return found


def _namespace(words: Sequence[str]) -> str:
    for flag_, value in pairwise(words):
        if flag_ in ("-n", "--namespace"):
            return value
    return "default"


def _flags(words: Sequence[str]) -> list[str]:
    plain = _plain(words)
    verb = VERBS.get(plain[0]) if plain else None
    names = [f"--{item.name}" for item in (*(verb.flags if verb else ()), *GLOBAL)]
    return sorted(dict.fromkeys(names))


def _kinds(cluster: Simulation | None) -> list[str]:
    """Return the kinds that there are objects of first, then the others; plurals, as they are typed most."""
    there = [] if cluster is None else cluster.api.store.resources()
    stored = [item.plural for item in all_kinds() if item.qualified in there]
    return [*stored, *(item.plural for item in all_kinds() if item.plural not in stored)]


def _names(cluster: Simulation | None, resource: Kind, namespace: str) -> list[str]:
    if cluster is None:
        return []
    home = namespace if resource.namespaced else None
    return [obj.name for obj in cluster.api.list(resource.qualified, home)]
