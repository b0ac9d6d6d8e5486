"""Finds objects by what a reader types: a kind, a name, a Namespace, a reference; errors say which objects there are."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.ref import parse_ref
from k8snotes.api.registry import find_resource
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.heartbeats import LEASES, leases
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
            RefError: the text is not a reference.
            NotFoundError: there is no such object; the message says which objects there are.
        """
        place = parse_ref(ref)
        return self.object(place.resource, place.name, place.namespace or "default")

    def object(self, kind: str, name: str, namespace: str = "default") -> KubeObject:
        """Return one object by kind, name and Namespace. Raises NotFoundError, which says what there is instead."""
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
        qualified = self.kind(kind).qualified
        of_nodes = qualified == LEASES and not self.snapshot
        objects = leases(self.api, namespace) if of_nodes else self.api.list(qualified, namespace)
        if selector is None:
            return objects
        wanted = selector if isinstance(selector, Selector) else Selector(selector)
        return [obj for obj in objects if wanted.matches(obj.labels)]

    def kind(self, word: str) -> Kind:
        """Return the kind that a word names: a built-in one, one with a definition, or that of an object that is stored."""
        if not isinstance(word, str):
            raise NotFoundError(
                _(
                    'A kind is text such as "pods" or "svc", not a value of type {type}.',
                    type=type(word).__name__,
                )
            )
        builtin = find_resource(word)
        if builtin is not None:
            return builtin
        stored = [self.api.list(name)[0].resource for name in self.api.store.resources()]
        for kind in (*self.api.defined_kinds(), *stored):
            if word.lower() in (*kind.names, kind.qualified):
                return kind
        names = [kind.plural for kind in stored]
        raise NotFoundError(
            _(
                'There is no resource type "{word}".{did_you_mean} This cluster has objects of these types: {names}.',
                word=word,
                did_you_mean=did_you_mean(word, [*names, *_COMMON]),
                names=", ".join(sorted(names)),
            )
        )

    def namespace(self, name: str | None) -> str | None:
        """Return the name of a Namespace that is there; None, which means all of them, stays None."""
        if name is None:
            return None
        if not isinstance(name, str):
            raise NotFoundError(
                _(
                    'The name of a Namespace is text such as "default", not a value of type {type}.',
                    type=type(name).__name__,
                )
            )
        if self.api.store.get(("namespaces", "", name)) is not None:
            return name
        known = sorted(obj.name for obj in self.api.list("namespaces"))
        if self.snapshot:  # `kubectl get all` leaves the Namespaces themselves out
            homes = {obj.namespace for kind in self.api.store.resources() for obj in self.api.list(kind)}
            known = sorted({*known, *(home for home in homes if home)})
            if name in known:
                return name
        raise NotFoundError(
            _(
                'There is no Namespace "{name}".{did_you_mean} The Namespaces are: {names}.',
                name=name,
                did_you_mean=did_you_mean(name, known),
                names=", ".join(known),
            )
        )

    def _instead(self, kind: Kind, namespace: str, name: str) -> str:
        everywhere = self.api.list(kind.qualified)
        elsewhere = [obj.ref for obj in everywhere if obj.name == name]
        names = [obj.name for obj in everywhere if not kind.namespaced or obj.namespace == namespace]
        missing = (
            _(
                '{kind} "{name}" not found in namespace {namespace}.',
                kind=kind.qualified,
                name=name,
                namespace=namespace,
            )
            if kind.namespaced
            else _('{kind} "{name}" not found.', kind=kind.qualified, name=name)
        )
        if elsewhere:
            return _("{not_found} There is {names}.", not_found=missing, names=_some(elsewhere))
        if names:
            return _(
                "{not_found}{did_you_mean} There are: {names}.",
                not_found=missing,
                did_you_mean=did_you_mean(name, names),
                names=_some(names),
            )
        if not kind.namespaced:
            return _("{not_found} There are no {kind}.", not_found=missing, kind=kind.plural)
        parts = {"not_found": missing, "kind": kind.plural, "namespace": namespace}
        if not everywhere:
            return _("{not_found} There are no {kind} in namespace {namespace}.", **parts)
        homes = ", ".join(sorted({obj.namespace for obj in everywhere}))
        return _(
            "{not_found} There are no {kind} in namespace {namespace}, but in these namespaces: {homes}.",
            **parts,
            homes=homes,
        )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    begin, rest = ", ".join(listed[:_MOST]), len(listed) - _MOST
    return ngettext("{items} and {n} more", "{items} and {n} more", rest, items=begin) if rest > 0 else begin
