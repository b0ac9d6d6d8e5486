"""`kubectl describe`: prints the details of objects, each with the page of its kind."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.describe import descriptions
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import check_sources, in_files, listed, lookup, search
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *FILES,
    flag("selector/l"),
    flag("all-namespaces/A", "bool"),
    flag("show-events", "bool", default=True),
    flag("chunk-size", "int", 500),
)
_NO_TYPE = (
    'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of '
    "supported resources."
)


def describe(session: Session, parsed: Parsed) -> None:
    """Print the details of objects: `kubectl describe pod web`.

    If no object has the given name, all objects whose names begin with it are described, as kubectl does for the
    long names of Pods.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_describe/
    """
    if parsed["filename"]:
        check_sources(session, parsed, parsed.words)
        _print(session, parsed, in_files(session, parsed))
        return
    if not parsed.words:
        raise Stopped(_NO_TYPE)
    everywhere = parsed["all-namespaces"]
    resources = lookup(session, parsed.words)
    objects, missing = search(session, parsed, resources, everywhere=everywhere)
    if missing and len(parsed.words) == 2:
        near = _begin_with(session, parsed, *resources.named[0]) if len(resources.named) == 1 else []
        if near:
            session.out("".join(f"{page}\n" for page in _pages(session, parsed, near)))
            session.show(near, "describe")
            return
    if not missing or len(parsed.words) != 2:
        _print(session, parsed, objects)
    for error in missing:
        session.refused(error)
    if not objects and not missing:
        in_one = not everywhere and all(kind.namespaced for kind in resources.kinds)
        where = f" in {session.namespace(parsed)} namespace." if in_one else ""
        session.err(f"No resources found{where}\n")


def _pages(session: Session, parsed: Parsed, objects: list[KubeObject]) -> list[str]:
    return descriptions(session.related, objects, events=parsed["show-events"])


def _print(session: Session, parsed: Parsed, objects: list[KubeObject]) -> None:
    session.out("\n\n".join(_pages(session, parsed, objects)))
    session.show(objects, "describe")


def _begin_with(session: Session, parsed: Parsed, kind: Kind, name: str) -> list[KubeObject]:
    """Return the objects whose names begin with a name, for the case that no object has exactly this name."""
    try:
        return [obj for obj in listed(session, kind, session.namespace(parsed)) if obj.name.startswith(name)]
    except ApiError:  # it may not be listed: the first refusal is told
        return []


VERB = Verb(describe, _("Print the details of objects."), _FLAGS, "kubectl describe svc/web", takes=KINDS)
