"""What is done with manifests: apply, create -f, replace; and delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.errors import ApiError
from k8snotes.kubectl.asked import display, find, lookup
from k8snotes.kubectl.dry_run import DRY_RUN, answer, changed, created, dry_run, suffix
from k8snotes.kubectl.files import FILES, Document, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.printing import OUTPUT, check_format, print_objects
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, Undone, api_trouble, error_text

__all__ = [
    "APPLY_FLAGS",
    "CREATE_FLAGS",
    "DELETE_FLAGS",
    "REPLACE_FLAGS",
    "apply",
    "create_files",
    "delete",
    "replace",
]

_COMMON = (*DRY_RUN, *OUTPUT, *FILES, flag("validate", default="strict", bare="strict"), flag("selector/l"))
APPLY_FLAGS = (
    *_COMMON,
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
CREATE_FLAGS = (*_COMMON, flag("save-config", "bool"), flag("edit", "bool"), flag("raw"))
REPLACE_FLAGS = (
    *_COMMON,
    flag("force", "bool"),
    flag("save-config", "bool"),
    flag("cascade", default="background", bare="background"),
    flag("grace-period", "int", -1),
    flag("timeout", "duration", 0.0),
    flag("wait", "bool"),
)
DELETE_FLAGS = (
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
_NO_FILE = "must specify one of -f and -k"
_NOT_APPLIED = (
    "resource {plural}/{name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is "
    "required by kubectl apply. kubectl apply should only be used on resources created declaratively by either "
    "kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)
_FORCED = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely.\n"
)


def _documents(session: Session, parsed: Parsed) -> Iterable[Document]:
    if not parsed["filename"] and not parsed["kustomize"]:
        raise Stopped(error_text(_NO_FILE))
    for name in ("server-side", "prune", "edit"):
        if parsed.values.get(name):
            raise Undone(
                f"--{name}", "kubectl apply -f and kubectl delete -f do the rest of it in two steps."
            )
    for document in from_files(session, parsed):
        if not parsed["selector"] or _selects(parsed["selector"], document.view()):
            yield document


def _selects(selector: str, obj: KubeObject) -> bool:
    from k8snotes.api.selector import Selector  # noqa: PLC0415
    from k8snotes.errors import SelectorSyntaxError  # noqa: PLC0415

    try:
        return Selector(selector).matches(obj.labels)
    except SelectorSyntaxError as error:
        raise Stopped(error_text(error.message)) from None


def apply(session: Session, parsed: Parsed) -> None:
    """Create what is not there and change what is: `kubectl apply -f web.yaml`."""
    if parsed.words:
        raise Stopped(
            error_text(
                f"Unexpected args: [{' '.join(parsed.words)}]\nSee 'kubectl apply -h' for help and examples"
            )
        )
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    done: list[KubeObject] = []
    for document in _documents(session, parsed):
        home = document.namespace(session, parsed)
        old = session.api.store.get((document.resource.qualified, home, document.name))
        doing = "creating" if old is None else "applying patch to"
        said: list[str] = []
        if old is not None and LAST_APPLIED not in old.annotations:
            session.warn(_NOT_APPLIED.format(plural=old.resource.plural, name=old.name))

        def write(
            api: ApiServer, document: Document = document, home: str = home, said: list[str] = said
        ) -> KubeObject:
            obj, word = api.apply(document.manifest, namespace=home or "default")
            said.append(word)
            return obj

        with session.trying(_while(doing, document)):
            obj = changed(session, how, write)
            if how == "client" and said == ["unchanged"]:
                said = ["configured"]  # without the server kubectl cannot know
            done.append(obj)
            if not parsed.text("output"):
                session.out(f"{display(obj)} {said[0]}{suffix(how)}\n")
    if parsed.text("output") and done:
        print_objects(session, parsed, done, one=len(done) == 1)


def _while(doing: str, document: Document) -> str:
    """Return what an error message begins with: what was done to which file."""
    source = document.source
    if doing != "applying patch to":
        return f'error when {doing} "{source}": '
    resource, obj = document.resource, document.view()
    version = f"{resource.group}/{resource.version}"
    return (
        f'error when applying patch:\nto:\nResource: "{version}, Resource={resource.plural}", '
        f'GroupVersionKind: "{version}, Kind={resource.kind}"\nName: "{obj.name}", '
        f'Namespace: "{obj.namespace}"\nfor: "{source}": error when patching "{source}": '
    )


def create_files(session: Session, parsed: Parsed) -> None:
    """Create what files describe; what is there already is an error: `kubectl create -f web.yaml`."""
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    for document in _documents(session, parsed):
        home = document.namespace(session, parsed)
        with session.trying(_while("creating", document)):
            obj = changed(
                session, how, _creator(document.manifest, home, save=bool(parsed.values.get("save-config")))
            )
            answer(session, parsed, obj, "created", how)


def _creator(manifest: Manifest, home: str, *, save: bool) -> Callable[[ApiServer], KubeObject]:
    def write(api: ApiServer) -> KubeObject:
        if save:
            return api.apply(manifest, namespace=home or "default")[0]
        return api.create(manifest, namespace=home or "default")

    return write


def replace(session: Session, parsed: Parsed) -> None:
    """Put what files describe in place of what is there: `kubectl replace -f web.yaml`."""
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    for document in _documents(session, parsed):
        home = document.namespace(session, parsed)
        key = (document.resource.qualified, home, document.name)
        old = session.api.store.get(key)
        if parsed["force"] and old is not None:
            session.api.delete(old)
            session.wait()
            session.out(f"{_deleted(old, 'deleted')}\n")
        with session.trying(_while("replacing", document)):
            if parsed["force"]:
                obj = created(session, how, document.manifest, home)
            else:
                obj = changed(session, how, _replacer(document.manifest, home))
            answer(session, parsed, obj, "replaced", how)


def _replacer(manifest: Manifest, home: str) -> Callable[[ApiServer], KubeObject]:
    return lambda api: api.replace(manifest, namespace=home or "default")


# ---- delete


def delete(session: Session, parsed: Parsed) -> None:
    """Delete objects, and wait until they are gone: `kubectl delete pod web`."""
    how = dry_run(session, parsed)
    cascade = parsed["cascade"]
    cascade = {"true": "background", "false": "orphan"}.get(cascade, cascade)
    if cascade not in ("background", "foreground", "orphan"):
        message = (
            f'invalid cascade value ({parsed["cascade"]}). Must be "background", "foreground", or "orphan"'
        )
        raise Stopped(error_text(message))
    if parsed.text("output") not in ("", "name"):
        raise Stopped(error_text(f"unexpected -o output mode: {parsed['output']}. We only support '-o name'"))
    if parsed["interactive"]:
        raise Undone("--interactive", "Nobody can be asked here: leave the flag out.")
    if parsed["all"] and parsed["selector"]:
        raise Stopped(error_text("setting 'all' parameter but found a non empty selector. "))
    found, names = _meant(session, parsed)
    if parsed["force"] and found:
        session.err(_FORCED)
    if parsed.has("namespace") and any(not obj.resource.namespaced for obj in found):
        session.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n")
    for obj in found:
        _delete(session, parsed, obj, "background" if cascade == "foreground" else cascade, how)
    if found and not how and parsed["wait"]:
        session.wait()
    if not found and not names and not session.failed:
        session.out("No resources found\n")


def _meant(session: Session, parsed: Parsed) -> tuple[list[KubeObject], bool]:
    """Return what is to be deleted, and whether it was named."""
    found: list[KubeObject] = []
    if parsed["filename"]:
        for document in from_files(session, parsed):
            try:
                found.append(
                    session.api.get(document.resource, document.namespace(session, parsed), document.name)
                )
            except ApiError as error:
                if not parsed["ignore-not-found"]:
                    session.fail(api_trouble(error, _while("deleting", document)))
        return found, True
    asked = lookup(session, parsed.words)
    if not asked.resources:
        raise Stopped(
            error_text(
                "You must provide one or more resources by argument or filename.\n"
                "Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n"
                "   '<resource> <name>'\n   '<resource>'"
            )
        )
    narrowed = parsed["all"] or parsed["selector"] or parsed["field-selector"]
    if asked.lists and not narrowed:
        raise Stopped(error_text("resource(s) were provided, but no name was specified"))
    if asked.named and parsed["all"]:
        raise Stopped(error_text("name cannot be provided when a selector is specified"))
    before = len(session.pieces)
    found = find(session, parsed, asked, everywhere=parsed["all-namespaces"])
    if parsed["ignore-not-found"]:
        session.pieces[before:] = [piece for piece in session.pieces[before:] if "(NotFound)" not in piece[1]]
        session.failed = False
    else:
        errors = [piece for piece in session.pieces[before:] if "(NotFound)" in piece[1]]
        session.pieces[before:] = [piece for piece in session.pieces[before:] if piece not in errors]
        session.later += errors
    return found, bool(asked.named)


def _delete(session: Session, parsed: Parsed, obj: KubeObject, cascade: str, how: str) -> None:
    if not how:
        with session.asking():
            session.wrote = True
            session.api.delete(obj, cascade=cascade)
            if parsed["force"] and isinstance(obj, Pod):
                left = session.api.store.get(obj.key)
                if left is not None:
                    session.api.remove(left, by="kubectl", why="it is deleted without waiting for its Node")
    if parsed.text("output") == "name":
        session.out(f"{display(obj)}\n")
        return
    word = "force deleted" if parsed["force"] else "deleted"
    session.out(f"{_deleted(obj, word + suffix(how))}\n")


def _deleted(obj: KubeObject, word: str) -> str:
    kind = display(obj).partition("/")[0]
    place = f" from {obj.namespace} namespace" if obj.resource.namespaced else ""
    return f"{kind} {quoted(obj.name)} {word}{place}"
