"""The objects that a command is about: "pods", "pod/web svc/web", "pods,svc -l app=web", looked up in the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds, find_resource
from k8snotes.api.selector import Selector
from k8snotes.control_plane.heartbeats import LEASES, leases
from k8snotes.errors import ApiError, SelectorSyntaxError
from k8snotes.kubectl.component_status import (
    COMPONENT_STATUSES,
    DEPRECATED,
    component_status,
    component_statuses,
)
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.field_selector import field_selector
from k8snotes.kubectl.files import check_paths, from_files
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session

__all__ = [
    "NO_RESOURCE",
    "PROVIDE",
    "Resources",
    "check_sources",
    "display",
    "find",
    "got",
    "in_files",
    "kind_named",
    "known_kinds",
    "listed",
    "lookup",
    "search",
    "targets",
]

_ONE_SLASH = "arguments in resource/name form may not have more than one slash"
_BOTH_PARTS = "arguments in resource/name form must have a single resource and name"
_NO_TYPE_BESIDE = (
    "there is no need to specify a resource type as a separate argument when passing arguments in "
    "resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of "
    "'kubectl get resource resource/<resource_name>'"
)
PROVIDE = (
    "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
    "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"
)
_BOTH_SOURCES = (
    "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
)
NO_RESOURCE = "at least one resource must be specified to use a selector"
_PATH_AND_PAIRS = "resource/name arguments cannot be provided when a path is specified"
_NAME_AND_SELECTOR = "name cannot be provided when a selector is specified"
_PAIRS_AND_SELECTOR = "selectors and the all flag cannot be used when passing resource/name arguments"
_NOT_FOUND = 404
_ASKED_ONLY = ("authentication.k8s.io", "authorization.k8s.io")  # their objects are answered, and not stored
_NOT_ALLOWED = (
    "Error from server (MethodNotAllowed): the server does not allow this method on the requested resource"
)
_ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"


class Resources(NamedTuple):
    """What the words of a command name.

    Args:
        lists: kinds of which all objects are meant.
        named: single objects, by kind and name.
        pairs: whether each word names one of them, as kind/name.
    """

    lists: tuple[Kind, ...] = ()
    named: tuple[tuple[Kind, str], ...] = ()
    pairs: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that are meant, each once, in order."""
        return tuple(dict.fromkeys([*self.lists, *(kind for kind, _ in self.named)]))


def known_kinds(session: Session) -> list[Kind]:
    """Return all kinds that the cluster knows: the built-in ones, and the custom ones that it has.

    Kubernetes would know a custom kind by its CustomResourceDefinition; here the first object of it is
    enough.
    """
    store = session.api.store
    defined = session.api.defined_kinds()
    names = {kind.qualified for kind in defined}
    stored = [store.list(name)[0].resource for name in store.resources()]
    return [
        *all_kinds(),
        *defined,
        *(kind for kind in stored if not kind.builtin and kind.qualified not in names),
    ]


def kind_named(session: Session, word: str) -> Kind:
    """Return the kind that kubectl takes a word for ("po", "deploy.apps"). Raises Stopped if there is none."""
    builtin = find_resource(word)
    if builtin is not None:
        return builtin
    for kind in known_kinds(session):
        if word.lower() in (*kind.names, kind.qualified):
            return kind
    raise Stopped(f"the server doesn't have a resource type {quoted(word.partition('.')[0])}")


def _kinds_named(session: Session, word: str) -> list[Kind]:
    """Return the kinds of a list such as "pods,svc"; "all" means all kinds of this category."""
    kinds: list[Kind] = []
    for name in filter(None, word.split(",")):
        if name.lower() == "all":
            kinds += [kind for kind in all_kinds() if kind.in_all]
        else:
            kinds.append(kind_named(session, name))
    return list(dict.fromkeys(kinds))


def lookup(session: Session, words: Sequence[str]) -> Resources:
    """Read the words that name objects.

    Raises:
        Stopped: they make no sense together, in kubectl's words.

    Source of the rule: `Builder` of k8s.io/cli-runtime/pkg/resource.
    """
    if any("/" in word for word in words):
        if not all("/" in word for word in words):
            raise Stopped(_NO_TYPE_BESIDE)
        return Resources(named=tuple(_pair(session, word) for word in words), pairs=True)
    if not words:
        return Resources()
    kinds, names = _kinds_named(session, words[0]), words[1:]
    if not names:
        return Resources(lists=tuple(kinds))
    return Resources(named=tuple((kind, name) for kind in kinds for name in names))


def _pair(session: Session, word: str) -> tuple[Kind, str]:
    kind, name, *more = word.split("/")
    if more:
        raise Stopped(_ONE_SLASH)
    if not kind or not name or "," in kind:
        raise Stopped(_BOTH_PARTS)
    return kind_named(session, kind), name


def search(
    session: Session, parsed: Parsed, resources: Resources, *, everywhere: bool = False, asks: str = "get"
) -> tuple[list[KubeObject], list[ApiError]]:
    """Return the objects that are meant, and a refusal for each that is not there.

    Args:
        session: the command at work.
        parsed: its flags; kinds are listed with --selector and --field-selector.
        resources: what its words name.
        everywhere: whether kinds are listed in all Namespaces.
        asks: the API verb by which kubectl gets at a single object; see `Session.named`.

    Raises:
        Stopped: the words and the flags make no sense together.
    """
    selector, fields = parsed.text("selector"), parsed.text("field-selector")
    if resources.named and (selector or fields):
        raise Stopped(_PAIRS_AND_SELECTOR if resources.pairs else _NAME_AND_SELECTOR)
    if resources.named and everywhere and any(kind.namespaced for kind, _ in resources.named):
        raise Stopped("a resource cannot be retrieved by name across all namespaces")
    if any(kind.qualified == "endpoints" for kind in resources.kinds):
        session.warn(_ENDPOINTS)
    namespace = session.namespace(parsed)
    objects: list[KubeObject] = []
    missing: list[ApiError] = []
    if any(kind.qualified == COMPONENT_STATUSES for kind in resources.kinds):
        session.warn(DEPRECATED)
    for kind in resources.kinds:
        if kind.group in _ASKED_ONLY:
            raise Stopped(_NOT_ALLOWED, head="")
    for kind, name in resources.named:
        try:
            objects.append(got(session, kind, namespace, name, asks))
        except ApiError as error:
            missing.append(error)
    for kind in resources.lists:
        try:
            objects += listed(session, kind, None if everywhere else namespace, selector, fields)
        except ApiError as error:
            missing.append(error)
        except Stopped as stopped:
            if len(resources.lists) == 1:
                raise
            session.fail(stopped.message, head=stopped.head)
    return objects, missing


def find(
    session: Session, parsed: Parsed, resources: Resources, *, everywhere: bool = False
) -> list[KubeObject]:
    """Return the objects that are meant, as `search` does, and report the missing ones."""
    objects, missing = search(session, parsed, resources, everywhere=everywhere)
    for error in missing:
        session.refused(error)
    return objects


def listed(
    session: Session, kind: Kind, namespace: str | None, selector: str = "", fields: str = ""
) -> list[KubeObject]:
    """Return the objects of a kind that two selectors find.

    Args:
        session: the command at work.
        kind: the kind.
        namespace: the Namespace that is looked into; None for all of them.
        selector: as `-l` has it; "" for all.
        fields: as `--field-selector` has it; "" for all.

    Raises:
        Stopped: a selector that the API server refuses, in its words.
    """
    try:
        labels = Selector(selector) if selector else None
        has_fields = field_selector(fields, kind) if fields else None
    except (SelectorSyntaxError, ApiError) as error:
        version = f"{kind.group}/{kind.version}"
        what = (
            f'Unable to find "{version}, Resource={kind.plural}" that match label selector '
            f"{quoted(selector)}, field selector {quoted(fields)}: {error.message}"
        )
        raise Stopped(f"Error from server (BadRequest): {what}", head="") from None
    home = namespace if kind.namespaced else None
    session.api.permit("list", kind, home or "", _only_name(fields))
    return [
        obj
        for obj in _every(session, kind, home)
        if (labels is None or labels.matches(obj.labels)) and (has_fields is None or has_fields(obj))
    ]


def check_sources(session: Session, parsed: Parsed, words: Sequence[str]) -> None:
    """Raise Stopped if a command that reads files names objects, too."""
    if words:
        check_paths(session, parsed)
        raise Stopped(_PATH_AND_PAIRS if any("/" in word for word in words) else _BOTH_SOURCES)


def got(session: Session, kind: Kind, namespace: str, name: str, asks: str = "get") -> KubeObject:
    """Return an object by its name, also one that the API server makes when it is asked.

    Args:
        session: the running command.
        kind: its kind.
        namespace: its Namespace.
        name: its name.
        asks: the API verb that kubectl sends for it: "get", or "delete" where it deletes without looking.

    Raises:
        ApiError: 403 or 404, in Kubernetes' words. If kubectl reads the object and its Namespace is not
            there either, the Namespace is what is missing.

    Source of the rule: `Info.Get` of k8s.io/cli-runtime/pkg/resource
    """
    if kind.qualified not in (COMPONENT_STATUSES, LEASES):
        try:
            return session.named(kind, namespace, name, asks)
        except ApiError as error:
            unusual = kind.namespaced and namespace not in ("", "default")
            if asks == "get" and error.code == _NOT_FOUND and unusual:
                _check_home(session, namespace)
            raise
    session.api.permit(asks, kind, namespace, name)
    if kind.qualified == COMPONENT_STATUSES:
        return component_status(name)
    for obj in _every(session, kind, namespace):
        if obj.name == name:
            return obj
    return session.simulation.api.get(kind, namespace, name)


def _check_home(session: Session, namespace: str) -> None:
    """Raise ApiError if a Namespace is not there, as far as the user may know that."""
    home = find_resource("namespaces")
    try:
        if home is not None:
            session.named(home, "", namespace)
    except ApiError as error:
        if error.code == _NOT_FOUND:
            raise


def _every(session: Session, kind: Kind, namespace: str | None) -> list[KubeObject]:
    """Return all objects of a kind, those included that the API server makes when it is asked."""
    if kind.qualified == COMPONENT_STATUSES:
        return component_statuses()
    if kind.qualified == LEASES and not session.simulation.snapshot:
        return leases(session.simulation.api, namespace)
    return session.simulation.api.list(kind.qualified, namespace)


def _only_name(fields: str) -> str:
    """Return the name that a field selector asks for, by which a rule may allow a list; "" if it asks for none.

    Source of the rule: `RequestInfoFactory.NewRequestInfo` of k8s.io/apiserver/pkg/endpoints/request
    """
    for part in fields.split(","):
        field, equals, name = part.partition("=")
        if field.strip() == "metadata.name" and equals:
            return name.removeprefix("=").strip()
    return ""


def in_files(session: Session, parsed: Parsed) -> list[KubeObject]:
    """Return the stored objects that the manifests of `-f` name, and report the missing ones."""
    objects = []
    for document in from_files(session, parsed):
        with session.trying():
            objects.append(document.stored(session, parsed))
    return objects


def targets(
    session: Session,
    parsed: Parsed,
    words: Sequence[str],
    *,
    missing_is_fine: bool = False,
) -> list[KubeObject]:
    """Return the objects that a changing command means: by name, by file, by selector, or all of a kind.

    Args:
        session: the command at work.
        parsed: its flags.
        words: the words that name objects.
        missing_is_fine: whether missing objects are not reported.

    Raises:
        Stopped: none is named, and nothing says that all of a kind are meant.
    """
    if parsed.get("filename"):
        check_sources(session, parsed, words)
        return in_files(session, parsed)
    resources = lookup(session, words)
    if not resources.kinds and any(map(parsed.get, ("all", "selector", "field-selector"))):
        raise Stopped(NO_RESOURCE)
    if not resources.kinds:
        raise Stopped(PROVIDE)
    whole_kinds = parsed.get("all") or parsed.text("selector") or parsed.text("field-selector")
    if resources.lists and not whole_kinds:
        raise Stopped("resource(s) were provided, but no name was specified")
    objects, missing = search(session, parsed, resources, everywhere=bool(parsed.get("all-namespaces")))
    for error in missing:
        if not missing_is_fine or error.code != _NOT_FOUND:
            session.refused(error)
    return objects


def display(obj: KubeObject) -> str:
    """Return an object's name as kubectl's answers have it.

    >>> display(KubeObject({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}))
    'deployment.apps/web'
    """
    kind = obj.resource
    group = f".{kind.group}" if kind.group else ""
    return f"{kind.singular}{group}/{obj.name or '<unknown>'}"
