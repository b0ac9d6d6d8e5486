"""`kubectl rollout resume`: lets a Deployment roll out again."""

from __future__ import annotations

from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import FLAGS
from k8snotes.kubectl.verbs.rollout.pause import set_paused


def resume(session: Session, parsed: Parsed) -> None:
    """Let a Deployment roll out again."""
    set_paused(session, parsed, wanted=False)


VERB = Verb(resume, FLAGS, "kubectl rollout resume deploy/web", takes=KINDS)
