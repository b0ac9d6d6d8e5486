"""`kubectl delete`: deletes objects, and waits until they are gone."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text, view
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, dry_run, suffix
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import NO_RESOURCE, PROVIDE, Resources, check_sources, display, lookup, search
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

__all__ = ["VERB", "cascade_of", "deleted"]

_FLAGS = (
    *DRY_RUN,
    *FILES,
    flag("output/o"),
    flag("selector/l"),
    flag("field-selector"),
    flag("all", "bool"),
    flag("all-namespaces/A", "bool"),
    flag("force", "bool"),
    flag("now", "bool"),
    flag("wait", "bool", default=True),
    flag("ignore-not-found", "bool"),
    flag("grace-period", "int", -1),
    flag("timeout", "duration", 0.0),
    flag("cascade", default="background", bare="background"),
    flag("interactive/i", "bool"),
    flag("raw"),
)
_NOT_FOUND = 404
_CASCADES = ("background", "foreground", "orphan")
_FORCED = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely.\n"
)


def delete(session: Session, parsed: Parsed) -> None:
    """Delete objects, and wait until they are gone: `kubectl delete pod web`.

    When it returns, the objects are gone: kubelets have ended the Pods, and controllers may have created new
    ones. --cascade says what happens to the objects that they own; with "foreground" these are deleted first.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_delete/
    """
    how = dry_run(session, parsed)
    cascade = cascade_of(parsed)
    if parsed.text("output") not in ("", "name"):
        raise Stopped(f"unexpected -o output mode: {parsed['output']}. We only support '-o name'")
    if parsed.has("raw"):
        raise NotDone("--raw", _("Name the kind and the object, as in kubectl delete pod web."))
    if parsed["interactive"]:
        raise NotDone("--interactive", _("A cell cannot ask you a question. Leave the flag out."))
    if parsed["all"] and (parsed["selector"] or parsed["field-selector"]):
        raise Stopped("setting 'all' parameter but found a non empty selector. ")
    grace = _grace(parsed)
    objects, by_name = _meant(session, parsed, how)
    if grace == 0 and objects:
        session.err(_FORCED)
    if parsed.has("namespace") and any(not obj.resource.namespaced for obj in objects):
        session.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n")
    for obj in objects:
        _delete(session, parsed, obj, cascade=cascade, grace=grace, how=how)
    if objects and not how and parsed["wait"]:
        session.wait()
    if not objects and not by_name and not session.failures:
        session.out("No resources found\n")


def cascade_of(parsed: Parsed) -> str:
    """Return what becomes of what an object owns. Raises Stopped for a value that there is not."""
    cascade = {"true": "background", "false": "orphan"}.get(parsed["cascade"], text(parsed["cascade"]))
    if cascade not in _CASCADES:
        raise Stopped(
            f'invalid cascade value ({parsed["cascade"]}). Must be "background", "foreground", or "orphan"'
        )
    return cascade


def _meant(session: Session, parsed: Parsed, how: str) -> tuple[list[KubeObject], bool]:
    """Return what is to be deleted, and whether it was named one by one."""
    patient = parsed["ignore-not-found"]
    if parsed["filename"]:
        check_sources(session, parsed, parsed.words)
        objects = []
        for document in from_files(session, parsed):
            try:
                objects.append(document.stored(session, parsed, "delete"))
            except ApiError as error:
                if not patient or error.code != _NOT_FOUND:
                    session.refused(error, document.doing("deleting"))
        return objects, True
    resources = lookup(session, parsed.words)
    if not resources.kinds and (parsed["all"] or parsed["selector"] or parsed["field-selector"]):
        raise Stopped(NO_RESOURCE)
    if not resources.kinds:
        raise Stopped(PROVIDE)
    if resources.lists and not (parsed["all"] or parsed["selector"] or parsed["field-selector"]):
        raise Stopped("resource(s) were provided, but no name was specified")
    if resources.named and parsed["all"]:
        raise Stopped("name cannot be provided when a selector is specified")
    if how == "client" and resources.named:  # kubectl then asks nobody whether they are there
        home = session.namespace(parsed)
        search(session, parsed, Resources(), everywhere=parsed["all-namespaces"])
        return [_named(kind, name, home) for kind, name in resources.named], True
    objects, missing = search(session, parsed, resources, everywhere=parsed["all-namespaces"], asks="delete")
    for refusal in missing:
        if not patient or refusal.code != _NOT_FOUND:
            session.refused(refusal)
    return objects, bool(resources.named)


def _named(kind: Kind, name: str, namespace: str) -> KubeObject:
    metadata = {"name": name, **({"namespace": namespace} if kind.namespaced else {})}
    return view({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata})


def _grace(parsed: Parsed) -> int | None:
    """Return how many seconds a Pod is given to stop, None for as long as it asks for itself.

    Source of the rule: `DeleteOptions.Complete` and `Validate` of k8s.io/kubectl/pkg/cmd/delete
    """
    grace, force = int(parsed["grace-period"]), bool(parsed["force"])
    if parsed["now"]:
        if grace != -1:
            raise Stopped("--now and --grace-period cannot be specified together")
        grace = 1
    if grace == 0 and not force:
        grace = 1  # 0 asks for --force, too
    if force and grace < 0:
        grace = 0
    if force and grace > 0:
        raise Stopped("--force and --grace-period greater than 0 cannot be specified together")
    return None if grace < 0 else grace


def _delete(
    session: Session, parsed: Parsed, obj: KubeObject, *, cascade: str, grace: int | None, how: str
) -> None:
    if not how:
        failed = session.failures
        with session.trying():
            session.wrote = True
            session.api.delete(obj, cascade=cascade, grace=grace)
        if session.failures > failed:  # the others go all the same
            return
    if parsed.text("output") == "name":
        session.out(f"{display(obj)}\n")
        return
    word = "force deleted" if grace == 0 else "deleted"
    session.out(f"{deleted(obj, word)}{suffix(how)}\n")


def deleted(obj: KubeObject, word: str) -> str:
    """Return what is printed of an object that is gone: 'pod "web" deleted from default namespace'."""
    kind = display(obj).partition("/")[0]
    place = f" from {obj.namespace} namespace" if obj.resource.namespaced else ""
    return f"{kind} {quoted(obj.name)} {word}{place}"


VERB = Verb(
    delete, _("Delete objects, and wait until they are gone."), _FLAGS, "kubectl delete pod web", takes=KINDS
)
