"""Finds objects by what a reader types: a kind, a name, a Namespace, a reference; errors say which objects there are."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject
from k8snotes.api.furniture import counts
from k8snotes.api.kind import Kind
from k8snotes.api.ref import Ref, parse_ref
from k8snotes.api.registry import all_kinds, find_resource
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.heartbeats import LEASES, leases
from k8snotes.errors import NotFoundError, RefError, did_you_mean, nearest, suggestion
from k8snotes.takes import takes

__all__ = ["Lookup"]

_COMMON = ("pods", "services", "deployments", "replicasets", "replicationcontrollers", "nodes", "namespaces")
_MOST = 12  # names that a message lists
_MOST_MEANT = 2  # references that a message proposes
_IN_FULL = ("Pod", "Node")  # whose names are short enough without kubectl's short names


def _names_near(word: str, stored: Iterable[Kind]) -> tuple[str, ...]:
    """Return the names of the kind that a misspelt word comes nearest to: of a kind of the cluster, else of any."""
    for kinds in (
        [*stored],
        [kind for name in _COMMON if (kind := find_resource(name)) is not None],
        all_kinds(),
    ):
        kind_of = {name: kind for kind in reversed(kinds) for name in kind.names}
        near = nearest(word, kind_of, 0.65)
        if near:
            plural = kind_of[near].plural
            return (near, plural) if near in kind_of[near].short else (plural,)
    return ()


def _word(kind: Kind) -> str:
    """Return the word for a kind in a reference, as the chapters write it: "pod", "svc", "deploy"."""
    return kind.singular if kind.kind in _IN_FULL or not kind.short else kind.short[0]


class Lookup:
    """Looks objects up in one API server.

    Args:
        api: the API server.
        snapshot: whether it holds a dump, which may name Namespaces that it does not hold.
    """

    def __init__(self, api: ApiServer, *, snapshot: bool) -> None:
        self.api = api
        self.snapshot = snapshot

    def at(self, ref: str, helper: str = "") -> KubeObject:
        """Return the object of a reference such as "svc/web" or "shop/pod/web-1".

        Args:
            ref: the reference.
            helper: the helper of a cluster that was called with it: a message names what this helper takes.

        Raises:
            RefError: the text is not a reference; the message has the references that were probably meant.
            NotFoundError: there is no such object; the message says which objects there are.
        """
        place = self.ref(ref, helper)
        return self.object(place.resource, place.name, place.namespace or "default")

    def ref(self, ref: str, helper: str = "") -> Ref:
        """Read a reference. Raises RefError as `at` does: of a bare name it says whose name it is."""
        try:
            return parse_ref(ref)
        except RefError as error:
            meant = self._meant(ref, helper) if isinstance(ref, str) else []
            if not meant:
                raise
            wrong = error.args[0]
            raise RefError(
                _("{wrong}{did_you_mean}", wrong=wrong, did_you_mean=suggestion(*meant[:_MOST_MEANT])),
                near=meant[0],
            ) from None

    @staticmethod
    def takes(helper: str, obj: KubeObject) -> bool:
        """Say whether a helper of a cluster takes an object: `c.overview` takes no Pod."""
        return takes(helper, obj.resource)

    def references(self, helper: str = "", typed: str = "") -> list[str]:
        """Return the references of all objects that a helper of a cluster takes, in the order of their kinds.

        Args:
            helper: the helper; "" for every kind.
            typed: the beginning of a reference. A kind is named as it is there.

        >>> from k8snotes.simulation import Simulation
        >>> lookup = Simulation(nodes=1).lookup
        >>> lookup.references("cordon"), lookup.references("endpoints", "service/k")
        (['node/node-1'], ['service/kubernetes'])
        """
        words = typed.split("/")[:-1]
        asked = find_resource(words[-1]) if words else None
        found = []
        for kind in self._kinds():
            if not takes(helper, kind) or (kind.only_reports and kind is not asked):
                continue
            word = words[-1] if kind is asked and words else _word(kind)
            for obj in filter(counts, self.api.list(kind.qualified)):
                away = kind.namespaced and (obj.namespace != "default" or typed.startswith("default/"))
                found.append(f"{obj.namespace}/{word}/{obj.name}" if away else f"{word}/{obj.name}")
        return [ref for ref in found if ref.startswith(typed)]

    def _kinds(self) -> list[Kind]:
        """Return the kinds of the stored objects, those first that a reader looks at first."""
        stored = [self.api.list(name)[0].resource for name in self.api.store.resources()]
        return sorted(stored, key=lambda kind: (kind.rank, kind.plural))

    def _meant(self, name: str, helper: str) -> list[str]:
        """Return the references of the objects of this name, else of the name that comes nearest."""
        by_name: dict[str, list[str]] = {}
        for ref in self.references(helper):
            by_name.setdefault(ref.rpartition("/")[2], []).append(ref)
        bare = name.strip().rpartition("/")[2]
        return by_name.get(bare) or by_name.get(nearest(bare, by_name), [])

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
            NotFoundError: there is no such kind, or no such Namespace.
            SelectorSyntaxError: the selector cannot be read.
        """
        resource = self.kind(kind)
        qualified, namespace = resource.qualified, self.namespace(namespace) if resource.namespaced else None
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
        stored = self._kinds()
        for kind in (*self.api.defined_kinds(), *stored):
            if word.lower() in (*kind.names, kind.qualified):
                return kind
        raise NotFoundError(
            _(
                'There is no resource type "{word}".{did_you_mean} This cluster has objects of these types: {names}.',
                word=word,
                did_you_mean=suggestion(*_names_near(word, stored)),
                names=named(sorted(kind.plural for kind in stored)),
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
                names=named(known),
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
        homes = named(sorted({obj.namespace for obj in everywhere}))
        return _(
            "{not_found} There are no {kind} in namespace {namespace}, but in these namespaces: {homes}.",
            **parts,
            homes=homes,
        )


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    begin, rest = named(listed[:_MOST]), len(listed) - _MOST
    return ngettext("{items} and {n} more", "{items} and {n} more", rest, items=begin) if rest > 0 else begin
