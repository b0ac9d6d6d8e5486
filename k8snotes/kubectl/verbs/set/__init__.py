"""`kubectl set`: changes one field of workloads, each by a subcommand of its own."""

from __future__ import annotations

from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

_INSTEAD = "kubectl set image is there; kubectl patch changes any field."
_VERBS = Verbs(__name__, __path__)


def set_(session: Session, parsed: Parsed) -> None:
    """Change a field of workloads: of all that `kubectl set` can do, the image of a container.

    Without a subcommand it shows which there are, on the standard error as kubectl does.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl___init__/
    """
    run_subcommands(session, parsed, _VERBS, session.err)


VERB = Verb(
    set_,
    example="kubectl set image deploy/web web=nginx:1.28",
    subcommands=_VERBS,
    not_done=dict.fromkeys(("env", "resources", "selector", "serviceaccount", "subject"), _INSTEAD),
)
