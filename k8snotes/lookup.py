"""Finds objects by what a reader types: a kind, a name, a Namespace, a reference; and says what there is instead."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.ref import parse_ref
from k8snotes.api.registry import find_resource
from k8snotes.api.selector import Selector
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.errors import NotFoundError, did_you_mean

__all__ = ["Lookup"]

_COMMON = ("pods", "services", "deployments", "replicasets", "replicationcontrollers", "nodes", "namespaces")
_MOST = 12  # names that a message lists


class Lookup:
    """Looks objects up in one API server.

    Args:
        api: the API server.
        snapshot: whether it holds a dump, which may name Namespaces that it does not hold.
    """

    def __init__(self, api: ApiServer, *, snapshot: bool) -> None:
        self.api = api
        self.snapshot = snapshot

    def at(self, ref: str) -> KubeObject:
        """Return the object of a reference such as "svc/web" or "shop/pod/web-1".

        Raises:
            RefError: the text is no reference.
            NotFoundError: there is no such object; the message says what there is instead.
        """
        place = parse_ref(ref)
        return self.object(place.resource, place.name, place.namespace or "default")

    def object(self, kind: str, name: str, namespace: str = "default") -> KubeObject:
        """Return one object by kind, name and Namespace. Raises NotFoundError with what there is instead."""
        resource = self.kind(kind)
        home = namespace if resource.namespaced else ""
        obj = self.api.store.get((resource.qualified, home, name))
        if obj is None:
            raise NotFoundError(self._instead(resource, home, name))
        return obj

    def objects(
        self, kind: str, selector: str | Selector | None = None, namespace: str | None = None
    ) -> list[KubeObject]:
        """Return the objects of a kind, of all Namespaces or of one, that a selector finds (None: all).

        Raises:
            NotFoundError: there is no such kind.
            SelectorSyntaxError: the selector cannot be read.
        """
        objects = self.api.list(self.kind(kind).qualified, namespace)
        if selector is None:
            return objects
        wanted = selector if isinstance(selector, Selector) else Selector(selector)
        return [obj for obj in objects if wanted.matches(obj.labels)]

    def kind(self, word: str) -> Kind:
        """Return the kind that a word names: a built-in one, or that of an object that is stored."""
        if not isinstance(word, str):
            raise NotFoundError(f'A kind is text such as "pods" or "svc"; this is a {type(word).__name__}.')
        builtin = find_resource(word)
        if builtin is not None:
            return builtin
        stored = [self.api.list(name)[0].resource for name in self.api.store.resources()]
        for kind in stored:
            if word.lower() in (kind.plural, kind.singular, kind.qualified):
                return kind
        names = [kind.plural for kind in stored]
        near = did_you_mean(word, [*names, *_COMMON])
        raise NotFoundError(
            f'There is no resource type "{word}".{near} This cluster has: {", ".join(sorted(names))}.'
        )

    def namespace(self, name: str | None) -> str | None:
        """Return the name of a Namespace that is there; None, which means all of them, stays None."""
        if name is None:
            return None
        if not isinstance(name, str):
            raise NotFoundError(f"A Namespace is named by text; this is a {type(name).__name__}.")
        if self.api.store.get(("namespaces", "", name)) is not None:
            return name
        known = sorted(obj.name for obj in self.api.list("namespaces"))
        if self.snapshot:  # `kubectl get all` leaves the Namespaces themselves out
            homes = {obj.namespace for kind in self.api.store.resources() for obj in self.api.list(kind)}
            known = sorted({*known, *(home for home in homes if home)})
            if name in known:
                return name
        raise NotFoundError(
            f'There is no Namespace "{name}".{did_you_mean(name, known)} There are: {", ".join(known)}.'
        )

    def _instead(self, kind: Kind, namespace: str, name: str) -> str:
        everywhere = self.api.list(kind.qualified)
        elsewhere = [obj.ref for obj in everywhere if obj.name == name]
        place = f" in namespace {namespace}" if kind.namespaced else ""
        message = f'{kind.qualified} "{name}" not found{place}.'
        if elsewhere:
            return f"{message} There is {_some(elsewhere)}."
        names = [obj.name for obj in everywhere if not kind.namespaced or obj.namespace == namespace]
        if not names:
            homes = sorted({obj.namespace for obj in everywhere})
            hint = f" There are some in: {', '.join(homes)}." if homes else ""
            return f"{message} There are no {kind.plural}{place}.{hint}"
        return f"{message}{did_you_mean(name, names)} There are: {_some(names)}."


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_MOST]) + (f" and {len(listed) - _MOST} more" if len(listed) > _MOST else "")
