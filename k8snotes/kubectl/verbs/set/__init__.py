"""`kubectl set`: changes one field of workloads, each by a subcommand of its own."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

_SUBJECT = _("Use kubectl patch, or write the subjects of the binding and use kubectl apply -f.")
_VERBS = Verbs(__name__, __path__)


def set_(session: Session, parsed: Parsed) -> None:
    """Change a field of workloads or of Services, such as the image of a container.

    Without a subcommand it lists the subcommands, on the standard error as kubectl does.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/
    """
    run_subcommands(session, parsed, _VERBS, session.err)


VERB = Verb(
    set_,
    _("Change one field of objects, such as the image of containers."),
    example="kubectl set image deploy/web web=nginx:1.28",
    subcommands=_VERBS,
    not_done={"subject": _SUBJECT},
)
