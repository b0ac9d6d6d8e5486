"""`kubectl apply`: creates what is not there, and changes what is."""

from __future__ import annotations

from k8snotes.api.base import LAST_APPLIED, KubeObject, mapping, text
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, changed, dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES, Document, manifests
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, as_listed, check_format, print_objects, print_value
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs

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
    if parsed["all"] and parsed.text("selector"):
        raise Stopped("cannot set --all and --selector at the same time")
    how = dry_run(session, parsed)
    form = check_format(parsed, tables=False)
    applied: list[KubeObject] = []
    none = True
    for document in manifests(session, parsed):
        none = False
        if not document.name:
            session.fail(_nameless(document))
            continue
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
            if how == "client":
                obj, word = _unsent(session, document, home, old)
            else:
                obj, word = _applied(session, how, document, home)
            applied.append(obj)
            session.show([obj], "apply")
            if not form:
                session.out(f"{display(obj)} {word}{suffix(how)}\n")
    if none and not session.failures:
        raise Stopped("no objects passed to apply")
    if len(applied) == 1 and form:
        print_objects(session, parsed, applied, one=True)
    elif form == "name":
        print_objects(session, parsed, applied, one=False)
    elif form and applied:
        print_value(session, parsed, form, {**as_listed(applied), "metadata": {}})


def _nameless(document: Document) -> str:
    """Return what kubectl says of an object without a name, which it cannot look for."""
    metadata, kind = mapping(document.manifest.get("metadata")), document.resource
    if metadata.get("generateName"):
        return f"from {text(metadata['generateName'])}: cannot use generate name with apply"
    version = f"{kind.group}/{kind.version}"
    return (
        f'error when retrieving current configuration of:\nResource: "{version}, Resource={kind.plural}", '
        f'GroupVersionKind: "{version}, Kind={kind.kind}"\nName: "", Namespace: '
        f'"{text(metadata.get("namespace")) or "default"}"\nfrom server for: "{document.source}": '
        "resource name may not be empty"
    )


def _applied(session: Session, how: str, document: Document, home: str) -> tuple[KubeObject, str]:
    """Apply a manifest; returns the object as it is stored then, and what became of it: "created", ..."""
    word = ""

    def write(api: ApiServer) -> KubeObject:
        nonlocal word
        obj, word = api.apply(document.manifest, namespace=home or "default")
        return obj

    obj = changed(session, how, write)
    return obj, word


def _unsent(
    session: Session, document: Document, home: str, old: KubeObject | None
) -> tuple[KubeObject, str]:
    """Return what kubectl would send, and what it says of it: it asks nobody whether it would be accepted.

    Source of the rule: `applyOneObject` in k8s.io/kubectl/pkg/cmd/apply
    """
    try:
        stored, word = _applied(session, "client", document, home)
    except ApiError:
        return (document.at(home), "created") if old is None else (old, "configured")
    if old is not None:
        return stored, word
    obj = document.at(home)
    note = stored.annotations.get(LAST_APPLIED, "")
    obj.raw["metadata"]["annotations"] = {**obj.annotations, LAST_APPLIED: note}
    return obj, "created"


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
    apply,
    _("Create or change the objects that files describe."),
    _FLAGS,
    "kubectl apply -f web.yaml",
    subcommands=Verbs(__name__, __path__),
    not_done={
        "edit-last-applied": _(
            "A notebook has no editor. Use kubectl apply view-last-applied, and then kubectl apply -f -."
        ),
        "set-last-applied": _("Use kubectl apply -f, which keeps what it is given."),
    },
)
