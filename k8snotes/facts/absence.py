"""Why a question finds no objects: which kind, which selector, which Namespace, and what there is instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from k8snotes.api.base import KubeObject
from k8snotes.api.explanation import Explanation
from k8snotes.api.kind import Kind
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _, named, ngettext, sentences
from k8snotes.facts.timeline import several

__all__ = ["absence", "no_match"]

_MOST_LOOKED_AT = 2000
_MOST_NAMES = 8
_POSITIVE = ("=", "==", "in")


def absence(
    kind: Kind,
    selector: Selector | None,
    namespace: str | None,
    objects: Sequence[KubeObject],
    no_namespace: str = "",
) -> str:
    """Say that there are no objects of a kind that a selector finds in a Namespace, and what there is instead.

    Args:
        kind: the kind.
        selector: the selector; None if all objects are asked for.
        namespace: the Namespace; None for all.
        objects: all objects of the kind, in all Namespaces.
        no_namespace: the sentence that says that there is no such Namespace; "" if there is.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> pods = c.objects("pods")
    >>> print(absence(pods[0].resource, Selector("tier=fronten"), "default", pods))
    No Pods match tier=fronten in namespace default. The nearest is pod/frontend-5485b98b67-2ktfm: tier is frontend, but the selector wants fronten (frontend differs from fronten in one letter).
    """
    text = str(selector) if selector is not None else ""
    head = _head(several(kind.kind), text, namespace if kind.namespaced else None)
    if no_namespace:
        return sentences(head, no_namespace)
    found = [obj for obj in objects if selector is None or selector.matches(obj.labels)]
    if found:  # in other Namespaces
        homes = list(dict.fromkeys(obj.namespace for obj in found))
        return sentences(head, _("There are some in: {names}.", names=_listed(homes)))
    if selector is None:
        return head
    here = (obj for obj in objects if namespace in (None, obj.namespace))
    return sentences(head, _instead(selector, ((obj.ref, obj.labels) for obj in here)))


def no_match(kind: str, selector: Selector, rows: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Say that a selector finds none of the rows of a table, and what there is instead.

    Args:
        kind: what the rows are: "Pod"; "" if that is not known.
        selector: the selector.
        rows: the name and the labels of each row.

    >>> print(no_match("Pod", Selector("tier=db"), [("web-1", {"tier": "web"}), ("cache", {"tier": "cache"})]))
    No Pods match tier=db. The values of tier are: cache, web.
    """
    head = (
        _head(several(kind), str(selector), None)
        if kind
        else _("No row matches {selector}.", selector=selector)
    )
    return sentences(head, _instead(selector, rows))


def _head(kinds: str, selector: str, namespace: str | None) -> Text:
    if selector and namespace is not None:
        return _(
            "No {kinds} match {selector} in namespace {namespace}.",
            kinds=kinds,
            selector=selector,
            namespace=namespace,
        )
    if selector:
        return _("No {kinds} match {selector}.", kinds=kinds, selector=selector)
    if namespace is not None:
        return _("There are no {kinds} in namespace {namespace}.", kinds=kinds, namespace=namespace)
    return _("There are no {kinds}.", kinds=kinds)


class _Near(NamedTuple):
    name: str
    answer: Explanation


def _instead(selector: Selector, rows: Iterable[tuple[str, Mapping[str, str]]]) -> Text | str:
    """Say which row a selector nearly finds; else which values there are of the first key that it asks for."""
    looked = list(islice(rows, _MOST_LOOKED_AT))
    near = [
        _Near(name, answer)
        for name, labels in looked
        for answer in (selector.explain(labels),)
        if answer.near
    ]
    if near:
        best = min(near, key=_distance)
        return _("The nearest is {object}: {why}.", object=best.name, why=best.answer.why_not)
    for part in selector.requirements:
        if part.operator in _POSITIVE and looked:
            values = sorted({str(labels[part.key]) for _name, labels in looked if part.key in labels})
            if not values:
                return _("None has a label {key}.", key=part.key)
            if not {*part.values} & {*values}:
                return _("The values of {key} are: {values}.", key=part.key, values=_listed(values))
    return ""


def _distance(item: _Near) -> tuple[int, int]:
    """Return how many requirements are not met, and how many would not even be with the key spelt as the labels have it."""
    wrong = [part for part in item.answer.parts if not part.ok]
    return len(wrong), sum(
        item.answer.labels.get(part.close) not in part.requirement.values for part in wrong
    )


def _listed(names: Sequence[str]) -> str:
    items = named(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return ngettext("{items} and {n} more", "{items} and {n} more", more, items=items) if more > 0 else items
