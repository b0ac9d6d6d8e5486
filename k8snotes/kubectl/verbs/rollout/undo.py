"""`kubectl rollout undo`: the way back to an earlier revision."""

from __future__ import annotations

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.control_plane.controllers.revisions import HASH
from k8snotes.control_plane.etcd import clone
from k8snotes.kubectl.dry_run import DRY_RUN, answer, dry_run, edited, suffix
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import CHANGING, not_versioned, workloads
from k8snotes.kubectl.verbs.rollout.history import described_template, revisions

_APPLIED = (
    f"was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may "
    "cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous "
    "configuration file instead."
)


def undo(session: Session, parsed: Parsed) -> None:
    """Go back to the template of an earlier revision.

    Without --to-revision it is the one before the present one. The old template becomes a new revision,
    as its number shows afterwards.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_undo/
    """
    how = dry_run(session, parsed)
    for obj in workloads(session, parsed):
        if not obj.resource.rolls_out:
            session.fail(not_versioned(obj, "rollbacker", "rollbacker"))
            continue
        if LAST_APPLIED in obj.annotations:
            session.err(f"Warning: resource {obj.resource.plural}/{obj.name} {_APPLIED}\n")
        if obj.spec.get("paused") is True:
            session.fail(
                "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
            )
        else:
            _undo(session, parsed, obj, how)


def _undo(session: Session, parsed: Parsed, obj: KubeObject, how: str) -> None:
    known = revisions(session.api, obj)
    number = parsed["to-revision"]
    if number < 0:
        session.fail(f"revision must be a positive integer: {number}")
        return
    if number and number not in known:
        session.fail(f"unable to find specified revision {number} in history")
        return
    if not number:
        if len(known) < 2:
            session.fail(f"no rollout history found for {obj.resource.singular} {quoted(obj.name)}")
            return
        number = list(known)[-2]
    if how == "client" and not parsed.text("output"):
        # kubectl then shows the template, and calls it the result
        session.out(f"{display(obj)} {described_template(session, known[number])}{suffix(how)}\n")
        return
    template = clone(known[number].template)
    mapping(mapping(template.get("metadata")).get("labels")).pop(HASH, None)
    if template == obj.spec.get("template"):
        session.out(f"{display(obj)} skipped rollback (current template already matches revision {number})\n")
        return

    def edit(manifest: Manifest) -> None:
        manifest["spec"]["template"] = template

    with session.trying():
        stored = edited(
            session, how, obj, edit, verb="rollback", why=_("back to revision {number}", number=number)
        )
        answer(session, parsed, stored, "rolled back", how)


VERB = Verb(
    undo,
    _("Go back to the Pod template of an earlier revision."),
    (*DRY_RUN, *CHANGING, flag("to-revision", "int", 0)),
    "kubectl rollout undo deploy/web",
    takes=KINDS,
)
