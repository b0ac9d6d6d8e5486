"""`kubectl rollout resume`: lets a Deployment roll out again."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import CHANGING
from k8snotes.kubectl.verbs.rollout.pause import set_paused


def resume(session: Session, parsed: Parsed) -> None:
    """Let a paused Deployment roll out again.

    If its template was changed while it rested, the rollout begins now.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_resume/
    """
    set_paused(session, parsed, wanted=False)


VERB = Verb(
    resume,
    _("Let a paused Deployment roll out again."),
    CHANGING,
    "kubectl rollout resume deploy/web",
    takes=KINDS,
)
