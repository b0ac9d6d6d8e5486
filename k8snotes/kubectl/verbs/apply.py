"""`kubectl apply`: creates what is not there, and changes what is."""

from __future__ import annotations

from k8snotes.api.base import LAST_APPLIED, KubeObject
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, changed, dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES, Document, manifests
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("validate", default="strict", bare="strict"),
    flag("selector/l"),
    flag("server-side", "bool"),
    flag("force-conflicts", "bool"),
    flag("prune", "bool"),
    flag("all", "bool"),
    flag("force", "bool"),
    flag("overwrite", "bool", default=True),
    flag("wait", "bool"),
    flag("timeout", "duration", 0.0),
    flag("grace-period", "int", -1),
    flag("cascade", default="background", bare="background"),
)
_NOT_APPLIED = (
    "resource {plural}/{name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is "
    "required by kubectl apply. kubectl apply should only be used on resources created declaratively by either "
    "kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)


def apply(session: Session, parsed: Parsed) -> None:
    """Create or change the objects that files describe: `kubectl apply -f web.yaml`.

    Each document is sent by itself, so that a bad one does not keep the others away. What an earlier
    apply has said and this one does not is removed; what others wrote stays (`ApiServer.apply`).

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/
    """
    if parsed.words:
        raise Stopped(
            f"Unexpected args: [{' '.join(parsed.words)}]\nSee 'kubectl apply -h' for help and examples"
        )
    how = dry_run(session, parsed)
    form = check_format(parsed, tables=False)
    applied: list[KubeObject] = []
    for document in manifests(session, parsed):
        home = document.namespace(session, parsed)
        old = session.api.store.get((document.resource.qualified, home, document.name))
        try:
            session.api.permit("get", document.resource, home, document.name)
        except ApiError as error:
            session.refused(error, _retrieving(document))
            continue
        if old is not None and LAST_APPLIED not in old.annotations:
            session.warn(_NOT_APPLIED.format(plural=old.resource.plural, name=old.name))
        with session.trying(document.doing("creating") if old is None else _patching(document)):
            obj, word = _applied(session, how, document, home)
            applied.append(obj)
            session.show([obj], "apply")
            if not form:
                session.out(f"{display(obj)} {word}{suffix(how)}\n")
    if form and applied:
        print_objects(session, parsed, applied, one=len(applied) == 1)


def _applied(session: Session, how: str, document: Document, home: str) -> tuple[KubeObject, str]:
    """Apply a manifest; returns the object as it is stored then, and what became of it: "created", ..."""
    word = ""

    def write(api: ApiServer) -> KubeObject:
        nonlocal word
        obj, word = api.apply(document.manifest, namespace=home or "default")
        return obj

    obj = changed(session, how, write)
    return obj, word


def _patching(document: Document) -> str:
    """Return what a refusal begins with where an object was there already."""
    return (
        f'error when applying patch:\nto:\n{_place(document)}\nfor: "{document.source}": '
        f"{document.doing('patching')}"
    )


def _retrieving(document: Document) -> str:
    """Return what a refusal begins with where the present object may not be read."""
    place = _place(document)
    return f'error when retrieving current configuration of:\n{place}\nfrom server for: "{document.source}": '


def _place(document: Document) -> str:
    """Return an object as kubectl names it in such messages."""
    kind, obj = document.resource, document.view()
    version = f"{kind.group}/{kind.version}"
    return (
        f'Resource: "{version}, Resource={kind.plural}", GroupVersionKind: "{version}, Kind={kind.kind}"\n'
        f'Name: "{obj.name}", Namespace: "{obj.namespace}"'
    )


VERB = Verb(
    apply, _("Create or change the objects that files describe."), _FLAGS, "kubectl apply -f web.yaml"
)
