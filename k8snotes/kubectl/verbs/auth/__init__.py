"""`kubectl auth`: who may do what, and who you are; each subcommand is a file."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

_VERBS = Verbs(__name__, __path__)


def auth(session: Session, parsed: Parsed) -> None:
    """Ask the API server about access; without a subcommand it lists the subcommands.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_auth/
    """
    run_subcommands(session, parsed, _VERBS, session.err)


VERB = Verb(
    auth,
    _("Ask the API server what a user may do."),
    example="kubectl auth can-i delete pods --as tom",
    subcommands=_VERBS,
)
