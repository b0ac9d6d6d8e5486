"""`kubectl replace`: puts what files describe in place of what is there."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import DRY_RUN, answer, changed, created, dry_run
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES, Document, manifests
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.delete import cascade_of, deleted

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("validate", default="strict", bare="strict"),
    flag("selector/l"),
    flag("force", "bool"),
    flag("save-config", "bool"),
    flag("cascade", default="background", bare="background"),
    flag("grace-period", "int", -1),
    flag("timeout", "duration", 0.0),
    flag("wait", "bool"),
)


def replace(session: Session, parsed: Parsed) -> None:
    """Replace objects by those that files describe: `kubectl replace -f web.yaml`.

    Unlike apply, fields that the file leaves out are gone afterwards. With --force the old object is
    deleted first, and a new one with another uid takes its place.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_replace/
    """
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    if parsed.words:
        usage = "See 'kubectl replace -h' for help and examples"
        raise Stopped(f"Unexpected args: [{' '.join(parsed.words)}]\n{usage}")
    cascade = cascade_of(parsed)
    for option in ("grace-period", "timeout"):
        if parsed.has(option) and not parsed["force"]:
            raise Stopped(f"--{option} must have --force specified")
    for document in manifests(session, parsed):
        home = document.namespace(session, parsed)
        if how == "client" and not parsed["force"]:  # kubectl then asks nobody
            answer(session, parsed, document.at(home), "replaced", how)
            continue
        old = session.api.store.get((document.resource.qualified, home, document.name))
        if parsed["force"]:
            with session.asking(document.doing("deleting")):
                session.api.permit("delete", document.resource, home, document.name)
        if parsed["force"] and old is not None:
            session.api.delete(old, cascade=cascade)
            session.wait()
            session.out(f"{deleted(old, 'deleted')}\n")
        with session.trying(document.doing("replacing")):
            obj = _replaced(session, parsed, document, home or "default", how)
            answer(session, parsed, obj, "replaced", how)
            session.show([obj], "apply")


def _replaced(session: Session, parsed: Parsed, document: Document, home: str, how: str) -> KubeObject:
    if parsed["force"]:
        return created(session, how, document.manifest, home)
    return changed(session, how, lambda api: api.replace(document.manifest, namespace=home, yaml=True))


VERB = Verb(
    replace, _("Replace objects by the objects that files describe."), _FLAGS, "kubectl replace -f web.yaml"
)
