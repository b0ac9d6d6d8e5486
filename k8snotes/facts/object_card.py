"""The card of an object: what its kind says in `cards/`, else what `kubectl get -o wide` prints; its labels and its owner."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kind import Kind
from k8snotes.api.registry import find_kind, find_resource
from k8snotes.catalogue import _
from k8snotes.facts import cards as files
from k8snotes.facts.card import Asked, Body, Card, Fact, Piece, State, chips, fact, printed
from k8snotes.facts.rows import age, columns, row

__all__ = ["object_card", "short_ref"]

_TYPED = re.compile(r"[\w.:/-]+", re.ASCII)
_BY_CONTROLLERS = ("-hash", "controller-uid", "job-name", "pod-index", "pod-name", "-generation")


def short_ref(obj: KubeObject) -> str:
    """Return a reference that finds an object, as a reader would type it: "svc/web", "shop/pod/web-1".

    >>> from k8snotes.api.base import view
    >>> short_ref(view({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}))
    'svc/web'
    """
    kind = obj.resource
    home = "" if obj.namespace in ("", "default") else f"{obj.namespace}/"
    return f"{home}{_word(kind)}/{obj.name}"


def _word(kind: Kind) -> str:
    """Return how a reader names a kind: by its only short name, unless that has but two letters."""
    if find_resource(kind.singular) not in (kind, None):  # a custom kind has the name of a built-in one
        return kind.qualified
    return kind.short[0] if len(kind.short) == 1 and len(kind.short[0]) > 2 else kind.singular


def object_card(obj: KubeObject, asked: Asked) -> Card:
    """Return the card of an object of any kind.

    Args:
        obj: the object, as it was read.
        asked: where it is asked about.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> card = object_card(c["svc/cache"], Asked(c.api, "c", "svc/cache"))
    >>> card.title, card.body.state.words, card.body.tries[0]
    ('Service cache', '2 of 2 Pods ready', 'c.endpoints("svc/cache")')
    """
    file = _file(obj)
    body: Body = file.body(obj, asked) if file else Body(printed(obj, asked))
    home = [_("in namespace {namespace}", namespace=obj.namespace)] if obj.namespace else []
    made = text(obj.metadata.get("creationTimestamp"))
    old = [_("{age} old", age=age(made, asked.api.timestamp))] if made else []
    body = body._replace(
        facts=(*_since(obj, asked), *body.facts, *_common(obj)),
        tries=(*body.tries, *_everywhere(obj, asked)) if _TYPED.fullmatch(asked.ref) else (),
        state=State(_("is being deleted"), "waiting") if obj.terminating else body.state,
    )
    return Card(f"{obj.kind} {obj.name}", (*home, *body.about, *old), body, _terminal(obj, asked))


def _since(obj: KubeObject, asked: Asked) -> tuple[Fact, ...]:
    """Say so if it is no longer what the cluster holds."""
    now = asked.api.store.get(obj.key)
    if now is None:
        return (fact(_("since then"), Piece(_("it was deleted"), "fault")),)
    if now.metadata.get("resourceVersion") != obj.metadata.get("resourceVersion"):
        call = f'{asked.cluster}["{asked.ref}"]'
        return (
            fact(_("since then"), Piece(_("it has changed: {call} shows how it is now", call=call), "muted")),
        )
    return ()


def _common(obj: KubeObject) -> tuple[Fact, ...]:
    """Return what is said of every object: its owner, and its labels; those of controllers only as a number."""
    lines = []
    owner = obj.owner
    if owner:
        maker = f"{text(owner.get('kind'))} {text(owner.get('name'))}"
        lines.append(fact(_("made by"), maker))
    own = {key: value for key, value in obj.labels.items() if not key.endswith(_BY_CONTROLLERS)}
    if own:
        lines.append(fact(_("labels"), *chips(own)))
    return tuple(lines)


def _everywhere(obj: KubeObject, asked: Asked) -> tuple[str, ...]:
    where = f" -n {obj.namespace}" if obj.namespace not in ("", "default") else ""
    word = asked.ref.split("/")[-2]
    return (
        f'{asked.cluster}["{asked.ref}"].manifest',
        f'{asked.cluster}.kubectl("describe {word} {obj.name}{where}")',
    )


def _terminal(obj: KubeObject, asked: Asked) -> str:
    """Return what `kubectl get` prints of it."""
    names = columns(obj.resource)
    cells: dict[str, Any] = row(obj, asked.api.timestamp)
    table = [(name, str(cells[name])) for name in names]
    wide = [max(map(len, pair)) + 3 for pair in table]
    lines = (
        "".join(pair[at].ljust(width) for pair, width in zip(table, wide, strict=True)).rstrip()
        for at in (0, 1)
    )
    return "\n".join(lines)


def _file(obj: KubeObject) -> ModuleType | None:
    """Return the file of its kind, or the one that all of its sort share; None for what has none."""
    kind = find_kind(obj.api_version, obj.kind)
    if kind is None or not isinstance(obj, kind.view or KubeObject):
        return None
    if kind.is_workload and not kind.runs_to_end and kind.makes in ("Pod", "ReplicaSet"):
        return _named("workload")
    return _named(kind.singular)


@cache
def _named(name: str) -> ModuleType | None:
    full = f"{files.__name__}.{name}"
    try:
        return import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        return None
