"""`kubectl create secret generic key --from-literal=password=x`: a Secret of one of its types, each by a file of its own."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

_TYPES = Verbs(__name__, __path__)


def secret(session: Session, parsed: Parsed) -> None:
    """Create a Secret.

    Values are stored in base64, which hides nothing; k8snotes never shows them.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret/
    """
    run_subcommands(session, parsed, _TYPES, session.err)


VERB = Verb(
    secret,
    _("Create a Secret."),
    example="kubectl create secret generic key --from-literal=password=x",
    subcommands=_TYPES,
)
