"""`kubectl rollout restart`: new Pods take over from the old ones, with the same template but for a note."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import answer, dry_run, edited
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import CHANGING, workloads

_RESTARTED = "kubectl.kubernetes.io/restartedAt"


def restart(session: Session, parsed: Parsed) -> None:
    """Replace the Pods of a workload by new ones; only an annotation of the template changes.

    The note is the annotation kubectl.kubernetes.io/restartedAt of the template: a changed template
    begins a rollout.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_restart/
    """
    how = dry_run(session, parsed)
    for obj in workloads(session, parsed):
        name = f"{obj.resource.qualified} {quoted(obj.name)}"
        if not obj.resource.rolls_out:
            session.fail(f"error: {name} restarting is not supported", head="")
        elif obj.spec.get("paused") is True:
            session.fail(f"error: {name} can't restart paused deployment (run rollout resume first)", head="")
        else:
            with session.failing("failed to patch: "):
                _restart(session, parsed, obj, how)


def _restart(session: Session, parsed: Parsed, obj: KubeObject, how: str) -> None:
    def edit(manifest: Manifest) -> None:
        metadata = manifest["spec"]["template"].setdefault("metadata", {})
        metadata.setdefault("annotations", {})[_RESTARTED] = session.api.timestamp

    stored = edited(session, how, obj, edit, verb="restart")
    if stored.spec.get("template") == obj.spec.get("template") and not how:
        session.fail(
            f"failed to create patch for {obj.name}: if restart has already been triggered within the past "
            "second, please wait before attempting to trigger another"
        )
        return
    answer(session, parsed, stored, "restarted", how)


VERB = Verb(
    restart,
    _("Replace the Pods of a workload by new Pods."),
    CHANGING,
    "kubectl rollout restart deploy/web",
    takes=KINDS,
)
