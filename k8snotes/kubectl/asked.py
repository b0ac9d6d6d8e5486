"""What a command speaks of: "pods", "pod/web svc/web", "pods,svc -l app=web", looked up in the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds, find_resource
from k8snotes.api.selector import Selector
from k8snotes.errors import ApiError, SelectorSyntaxError
from k8snotes.kubectl.field_selector import field_selector
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, api_trouble, error_text

__all__ = ["ALL", "Asked", "display", "find", "lookup", "resource_named", "resources_named"]

# the kinds of the category "all", in the order in which kubectl finds them
ALL = (
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets.apps",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "horizontalpodautoscalers.autoscaling",
    "cronjobs.batch",
    "jobs.batch",
)
_ONE_SLASH = "arguments in resource/name form may not have more than one slash"
_BOTH_PARTS = "arguments in resource/name form must have a single resource and name"
_NO_TYPE_BESIDE = (
    "there is no need to specify a resource type as a separate argument when passing arguments in "
    "resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of "
    "'kubectl get resource resource/<resource_name>'"
)
_ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the words of a command name: kinds to be listed, or single objects by kind and name."""

    lists: tuple[Kind, ...] = ()
    named: tuple[tuple[Kind, str], ...] = ()

    @property
    def resources(self) -> tuple[Kind, ...]:
        """The kinds that are asked for, each once, in order."""
        return tuple(dict.fromkeys([*self.lists, *(resource for resource, _ in self.named)]))


def resource_named(session: Session, word: str) -> Kind:
    """Return the resource that kubectl takes a word for ("po", "deploy.apps"); raises Stopped if none."""
    found = find_resource(word)
    if found is not None:
        return found
    store = session.api.store
    for name in store.resources():  # custom resources: what is stored tells how they are called
        resource = store.list(name)[0].resource
        if word.lower() in (resource.plural, resource.singular, resource.qualified, *resource.short):
            return resource
    head = word.partition(".")[0]
    raise Stopped(error_text(f"the server doesn't have a resource type {quoted(head)}"))


def resources_named(session: Session, word: str) -> list[Kind]:
    """Return the resources of a list such as "pods,svc" or "all"."""
    names = [name for name in dict.fromkeys(word.split(",")) if name]
    expanded = [one for name in names for one in (ALL if name.lower() == "all" else (name,))]
    return [resource_named(session, name) for name in dict.fromkeys(expanded)]


def lookup(session: Session, words: Sequence[str]) -> Asked:
    """Read the words that name objects. Raises Stopped with kubectl's words where they make no sense.

    Source of the rule: `Builder` of k8s.io/cli-runtime/pkg/resource.
    """
    if any("/" in word for word in words):
        if not all("/" in word for word in words):
            raise Stopped(error_text(_NO_TYPE_BESIDE))
        return Asked(named=tuple(pair for word in words for pair in _pairs(session, word)))
    if not words:
        return Asked()
    resources = resources_named(session, words[0])
    names = words[1:]
    if not names:
        return Asked(lists=tuple(dict.fromkeys(resources)))
    return Asked(named=tuple((resource, name) for resource in resources for name in names))


def _pairs(session: Session, word: str) -> Iterator[tuple[Kind, str]]:
    parts = word.split("/")
    if len(parts) > 2:
        raise Stopped(error_text(_ONE_SLASH))
    kinds, name = parts
    if not kinds or not name or "," in kinds:
        raise Stopped(error_text(_BOTH_PARTS))
    yield resource_named(session, kinds), name


def find(
    session: Session,
    parsed: Parsed,
    asked: Asked,
    *,
    everywhere: bool = False,
    patient: bool = True,
) -> list[KubeObject]:
    """Return the objects that were asked for; what is missing is told as kubectl tells it.

    With `patient` a missing one does not keep the others from being found. Kinds are listed with
    the flags --selector and --field-selector of `parsed`, in one namespace or `everywhere`.
    """
    selector, fields = parsed.text("selector"), parsed.text("field-selector")
    if asked.named and (selector or fields):
        raise Stopped(error_text("name cannot be provided when a selector is specified"))
    if asked.named and everywhere and any(resource.namespaced for resource, _ in asked.named):
        raise Stopped(error_text("a resource cannot be retrieved by name across all namespaces"))
    namespace = session.namespace(parsed)
    found: list[KubeObject] = []
    missing: list[str] = []
    for resource in asked.resources:
        if resource.qualified == "endpoints":
            session.warn(_ENDPOINTS)
    for resource, name in asked.named:
        try:
            found.append(session.api.get(resource, namespace, name))
        except ApiError as error:
            missing.append(api_trouble(error))
            if not patient:
                break
    for resource in asked.lists:
        found += listed(session, resource, None if everywhere else namespace, selector, fields)
    for text in missing if patient or not found else ():
        session.fail(text)
    return found


def listed(
    session: Session, resource: Kind, namespace: str | None, selector: str = "", fields: str = ""
) -> list[KubeObject]:
    """Return the objects of a kind that two selectors find; raises Stopped as the API server refuses them."""
    home = namespace if resource.namespaced else None
    objects = session.api.list(resource.qualified, home)
    try:
        wanted = Selector(selector) if selector else None
        asked = field_selector(fields, resource) if fields else None
    except (SelectorSyntaxError, ApiError) as error:
        version = f"{resource.group}/{resource.version}"
        what = (
            f'Unable to find "{version}, Resource={resource.plural}" that match label selector '
            f"{quoted(selector)}, field selector {quoted(fields)}: {error.message}"
        )
        raise Stopped(f"Error from server (BadRequest): {what}\n") from None
    return [
        obj
        for obj in objects
        if (wanted is None or wanted.matches(obj.labels)) and (asked is None or asked(obj))
    ]


def display(obj: KubeObject) -> str:
    """Return an object's name as kubectl's answers have it: "pod/web", "deployment.apps/web"."""
    return named(obj.resource, obj.name)


def named(resource: Kind, name: str) -> str:
    """Return a name as kubectl's answers have it."""
    group = f".{resource.group}" if resource.group else ""
    return f"{resource.singular}{group}/{name}"


def known_resources(session: Session) -> list[Kind]:
    """Return all kinds that the cluster knows, custom ones included."""
    store = session.api.store
    stored = [store.list(name)[0].resource for name in store.resources()]
    return [*all_kinds(), *(resource for resource in stored if not resource.builtin)]
