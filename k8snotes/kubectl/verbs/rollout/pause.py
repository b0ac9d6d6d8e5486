"""`kubectl rollout pause` and `resume`: whether changes of a Deployment's template begin a rollout."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import answer, dry_run, edited
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import CHANGING, workloads

__all__ = ["VERB", "set_paused"]


def pause(session: Session, parsed: Parsed) -> None:
    """Pause a Deployment: changes of its template start no rollout.

    Several changes can then be made for one rollout, which begins with `kubectl rollout resume`.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_pause/
    """
    set_paused(session, parsed, wanted=True)


def set_paused(session: Session, parsed: Parsed, *, wanted: bool) -> None:
    """Pause the Deployments that a command names, or resume them where that is not wanted."""
    how = dry_run(session, parsed)

    def edit(manifest: Manifest) -> None:
        manifest["spec"].pop("paused", None)
        if wanted:
            manifest["spec"]["paused"] = True

    for obj in workloads(session, parsed):
        name = f"{obj.resource.qualified} {quoted(obj.name)}"
        if obj.kind != "Deployment":
            session.fail(f"error: {name} {'pausing' if wanted else 'resuming'} is not supported", head="")
        elif (obj.spec.get("paused") is True) == wanted:
            session.fail(f"error: {name} is {'already' if wanted else 'not'} paused", head="")
        else:
            with session.failing("failed to patch: "):
                stored = edited(session, how, obj, edit)
                answer(session, parsed, stored, "paused" if wanted else "resumed", how)


VERB = Verb(
    pause,
    _("Pause a Deployment, so that changes of its template start no rollout."),
    CHANGING,
    "kubectl rollout pause deploy/web",
    takes=KINDS,
)
