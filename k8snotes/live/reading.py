"""Reads the objects of a cluster, as far as one may; what could not be read is kept as a fact, and said in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.kind import split_api_version
from k8snotes.api.kinds.secret import Secret, without_values
from k8snotes.api.registry import kinds_named
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane.dump import fitted
from k8snotes.errors import ConnectError, did_you_mean
from k8snotes.live.answers import Refused, Server
from k8snotes.live.resources import Resource, resources

__all__ = ["Gap", "Place", "Reading", "Unread", "read_object"]

_PAGE = 500
_AT_ONCE = 8
_MOST_NAMED = 6
_GONE, _FORBIDDEN, _MISSING, _NO_LIST = 410, 403, 404, 405
_TIMES_ANEW = 3
Id = tuple[str, str]  # the Namespace and the name of an object


class Gap(NamedTuple):
    """A list that could not be read.

    Args:
        resource: the kind.
        namespace: the Namespace; "" for all of them, and for kinds without.
        code: "forbidden", "missing" (the server has no such kind), or "fault" (of the server).
    """

    resource: Resource
    namespace: str
    code: str


class Place:
    """One list that was read: the objects of a kind, in one Namespace or in all.

    Attributes:
        resource: the kind.
        namespace: the Namespace; "" for all.
        version: the resourceVersion of the list, from which it can be watched.
        objects: its objects.
        notes: values that had the wrong type.
    """

    __slots__ = ("namespace", "notes", "objects", "resource", "version")

    def __init__(self, resource: Resource, namespace: str) -> None:
        self.resource, self.namespace = resource, namespace
        self.version = ""
        self.objects: dict[Id, KubeObject] = {}
        self.notes: list[str] = []

    @property
    def path(self) -> str:
        """The path of the list."""
        return self.resource.at(self.namespace)

    def take(self, raw: Manifest) -> KubeObject:
        """Keep an object in the place of its earlier state, and return it."""
        obj, notes = read_object(raw, self.resource)
        self.notes += notes
        self.objects[_id_of(obj.raw)] = obj
        return obj

    def drop(self, raw: Manifest) -> KubeObject | None:
        """Forget an object, and return its last state; None if it was not known."""
        return self.objects.pop(_id_of(raw), None)

    def known(self, raw: Manifest) -> KubeObject | None:
        """Return the earlier state of an object; None if it was not known."""
        return self.objects.get(_id_of(raw))

    def list(self, server: Server) -> None:
        """Read the whole list anew. Raises Refused."""
        version, items = _listed(server, self.path)
        self.notes = []
        self.objects = {}
        for raw in items:
            self.take(raw)
        self.version = version


def _id_of(raw: Manifest) -> Id:
    metadata = mapping(raw.get("metadata"))
    return text(metadata.get("namespace")), text(metadata.get("name"))


def read_object(raw: Manifest, resource: Resource) -> tuple[KubeObject, list[str]]:
    """Return an object as it is kept, and what was wrong with its types: the values of a Secret are left behind.

    Args:
        raw: the object as the server sends it; in a list it does not name its kind.
        resource: its kind.

    >>> secrets = Resource("/api/v1", "secrets", "Secret", "v1", True, True)
    >>> read_object({"metadata": {"name": "db"}, "data": {"password": "czNjcjN0"}}, secrets)[0].raw["data"]
    {'password': '<hidden>'}
    """
    whole = {"apiVersion": resource.api_version, "kind": resource.kind, **raw}
    metadata = mapping(whole.get("metadata"))
    if "managedFields" in metadata:  # kubectl does not show them either
        whole["metadata"] = {key: value for key, value in metadata.items() if key != "managedFields"}
    obj, notes = fitted(view(whole))
    if isinstance(obj, Secret):
        obj = view(without_values(obj.raw))
    return obj, notes


def _listed(server: Server, path: str) -> tuple[str, list[Manifest]]:
    """Return the version and the items of a list, page by page; if the next page is no longer there, all is read anew."""
    for attempt in range(_TIMES_ANEW + 1):
        items: list[Manifest] = []
        # as client-go does: a list that cannot be read page by page in time is read at once
        params = {"limit": str(_PAGE)} if attempt < _TIMES_ANEW else {}
        try:
            while True:
                answer = mapping(server.get(path, params))
                items += mappings(answer.get("items"))
                metadata = mapping(answer.get("metadata"))
                token = text(metadata.get("continue"))
                if not token:
                    return text(metadata.get("resourceVersion")), items
                params = {"limit": str(_PAGE), "continue": token}
        except Refused as refused:
            if refused.status != _GONE or attempt == _TIMES_ANEW:
                raise
    raise Refused(_GONE)  # the last attempt has returned or raised


class Unread(NamedTuple):
    """What is not known of a cluster, because it could not be read, or was not asked for.

    Args:
        words: what could not be read, a sentence each.
        kinds: the kinds that the server has, as plural with the group.
        seen: the lists that were read: of which kind, and in which Namespace ("" for all).
    """

    words: tuple[Text, ...]
    kinds: frozenset[str]
    seen: frozenset[tuple[str, str]]

    def doubt(self, kind: str, namespace: str | None) -> str:
        """Say that there may be more objects of a kind in a Namespace (None for all) than are known; "" if all are.

        >>> Unread((), frozenset({"pods"}), frozenset({("pods", "shop")})).doubt("pods", "vault")
        'Not all pods could be read, so there may be more: see .notes.'
        """
        if kind not in self.kinds or {(kind, ""), (kind, namespace)} & self.seen:
            return ""
        return _("Not all {kind} could be read, so there may be more: see .notes.", kind=kind)


class Reading:
    """All that may be read of a cluster, and what may not.

    Args:
        server: the server.
        namespaces: the Namespaces to read; () for all.
        home: the Namespace of the context, which is read if the Namespaces cannot be listed.
        kinds: the kinds to read, by any name that kubectl knows; () for all.
    """

    def __init__(
        self, server: Server, namespaces: Sequence[str] = (), home: str = "default", kinds: Sequence[str] = ()
    ) -> None:
        self.server, self.asked, self.home, self.kinds = server, tuple(namespaces), home, tuple(kinds)
        self.places: list[Place] = []
        self.gaps: list[Gap] = []
        self.there: tuple[Resource, ...] = ()
        self.silent: tuple[str, ...] = ()
        self.guessed: tuple[str, ...] = ()  # the Namespaces that were read because none could be listed

    @property
    def objects(self) -> list[KubeObject]:
        """All objects, by kind."""
        return [obj for place in self.places for obj in place.objects.values()]

    def read(self) -> None:
        """Read everything anew. Raises ConnectError if nothing can be read."""
        self.places, self.gaps, self.guessed = [], [], ()
        try:
            there, self.silent = resources(self.server)
        except Refused as refused:
            raise self._not_read(refused) from None
        self.there = there
        if not there:
            raise ConnectError(
                _("The server has no kinds that could be listed, so it is no API server of Kubernetes."),
                code="no-api-server",
            )
        wanted = _wanted(there, self.kinds)
        first = [item for item in there if item.name == "namespaces"]
        self._take(first, [""])
        spaces = self._namespaces()
        if spaces and (unknown := [name for name in self.asked if name not in spaces]):
            raise ConnectError(
                _(
                    "The cluster has no Namespace {name}. Its Namespaces are: {names}.{suggestion}",
                    name=unknown[0],
                    names=_row(spaces),
                    suggestion=did_you_mean(unknown[0], spaces),
                ),
                code="namespace",
            )
        rest = [item for item in wanted if item.name != "namespaces"]
        wide = [item for item in rest if not item.namespaced or not self.asked]
        self._take(wide, [""])
        if self.asked:
            self._take([item for item in rest if item.namespaced], self.asked)
            return self._look()
        closed = [gap for gap in self.gaps if gap.code == "forbidden" and gap.resource.namespaced]
        if closed:
            if not spaces:
                spaces = self.guessed = tuple(dict.fromkeys((self.home, "default")))
            self.gaps = [gap for gap in self.gaps if gap not in closed]
            self._take([gap.resource for gap in closed], spaces)
        return self._look()

    def _look(self) -> None:
        """Raise ConnectError if there is nothing to look at."""
        if not self.places:
            if any(gap.code == "fault" for gap in self.gaps):
                raise self._not_read(None)
            raise ConnectError(
                _(
                    "You may list nothing in this cluster. `kubectl auth can-i --list` shows your rights. If you may read one "
                    'Namespace, name it: kn.connect(namespace="shop").'
                ),
                code="forbidden",
            )

    def _not_read(self, refused: Refused | None) -> ConnectError:
        if refused is not None and refused.status == _FORBIDDEN:
            return ConnectError(
                _(
                    "You may not ask this server which kinds it has. `kubectl auth can-i --list` shows your rights."
                ),
                code="forbidden",
            )
        if refused is not None and refused.status < 500:
            return ConnectError(
                _("The server answers, but not as an API server of Kubernetes does."), code="no-api-server"
            )
        return ConnectError(
            _("The server answers every question with a fault of its own. Try again later."), code="server"
        )

    def _namespaces(self) -> tuple[str, ...]:
        return tuple(
            obj.name for place in self.places for obj in place.objects.values() if obj.kind == "Namespace"
        )

    def _take(self, kinds: Iterable[Resource], namespaces: Sequence[str]) -> None:
        """Read the lists of some kinds in some Namespaces, several at once."""
        asked = [Place(kind, space) for kind in kinds for space in namespaces]
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kn.connect")
        try:
            answers = list(pool.map(self._one, asked))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # who interrupts does not wait for answers
        self.places += [place for place, code in zip(asked, answers, strict=True) if not code]
        self.gaps += [
            Gap(place.resource, place.namespace, code)
            for place, code in zip(asked, answers, strict=True)
            if code and code != "no-list"
        ]

    def _one(self, place: Place) -> str:
        """Read one list, and return why it cannot be read; "" if it can."""
        try:
            place.list(self.server)
        except Refused as refused:
            return {_FORBIDDEN: "forbidden", _MISSING: "missing", _NO_LIST: "no-list"}.get(
                refused.status, "fault"
            )
        return ""

    @property
    def unread(self) -> Unread:
        """What is not known."""
        seen = frozenset((place.resource.name, place.namespace) for place in self.places)
        return Unread(self.words(), frozenset(item.name for item in self.there), seen)

    # ---- in words

    def words(self) -> tuple[Text, ...]:
        """Return what could not be read, a sentence for each reason and Namespace."""
        said: list[Any] = []
        grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        homes: dict[tuple[str, str], list[str]] = {}
        for gap in self.gaps:
            homes.setdefault((gap.code, gap.resource.kind), []).append(gap.namespace)
        for (code, kind), where in homes.items():
            grouped.setdefault((code, tuple(sorted(where))), []).append(kind)
        for (code, spaces), kinds in sorted(grouped.items()):
            said.append(self._sentence(code, tuple(space for space in spaces if space), sorted(kinds)))
        if self.guessed:
            said.append(
                _(
                    "You may not list the Namespaces, so only these were looked into: {namespaces}. "
                    'kn.connect(namespace="NAME") looks into another one.',
                    namespaces=named(self.guessed),
                )
            )
        if self.silent:
            said.append(
                _(
                    "The server cannot say at the moment which kinds these groups have: {groups}.",
                    groups=_row(self.silent),
                )
            )
        return tuple(said)

    def _sentence(self, code: str, spaces: tuple[str, ...], kinds: list[str]) -> Any:
        parts = {"kinds": _row(kinds), "namespaces": _row(spaces)}
        if code == "missing":
            return _("The server says that it has these kinds, but has no list of them: {kinds}.", **parts)
        if code == "fault":
            return _("The server has failed to list these kinds: {kinds}.", **parts)
        if not spaces:
            return _("You may not list these kinds: {kinds}.", **parts)
        if set(spaces) >= set(self.asked or self.guessed or self._namespaces()):
            return _("You may not list these kinds in any Namespace: {kinds}.", **parts)
        if self._some_wide() or set(spaces) & {place.namespace for place in self.places}:
            return ngettext(
                "You may not list these kinds in the Namespace {namespaces}: {kinds}.",
                "You may not list these kinds in {n} Namespaces ({namespaces}): {kinds}.",
                len(spaces),
                **parts,
            )
        return ngettext(
            "You may list nothing in the Namespace {namespaces}.",
            "You may list nothing in {n} Namespaces: {namespaces}.",
            len(spaces),
            namespaces=parts["namespaces"],
        )

    def _some_wide(self) -> bool:
        """Whether a kind that is in Namespaces could be listed for all of them at once."""
        return any(place.resource.namespaced and not place.namespace for place in self.places)


def _row(names: Sequence[str]) -> Any:
    """Return the first names in a row, and how many more there are."""
    row, more = named(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    return ngettext("{items} and {n} more", "{items} and {n} more", more, items=row) if more > 0 else row


def _wanted(there: Sequence[Resource], kinds: Sequence[str]) -> list[Resource]:
    """Return the kinds that a reader names. Raises ConnectError for one that the server does not have."""
    if not kinds:
        return list(there)
    by_name: dict[str, Resource] = {}
    for item in reversed(there):
        names = {item.name, item.plural, item.kind.lower()}
        for known in kinds_named(item.kind):
            if known.group == split_api_version(item.api_version)[0]:
                names |= set(known.names)
        by_name |= dict.fromkeys(names, item)
    unknown = [name for name in kinds if name.lower() not in by_name]
    if unknown:
        raise ConnectError(
            _(
                'The server has no kind "{kind}" that could be listed.{suggestion}',
                kind=unknown[0],
                suggestion=did_you_mean(unknown[0], by_name),
            ),
            code="kind",
        )
    return list(dict.fromkeys(by_name[name.lower()] for name in kinds))
