"""`kubectl config current-context`: prints the name of the context in which commands work."""

from __future__ import annotations

from k8snotes.api.base import text
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.kubeconfig import kubeconfig
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def current_context(session: Session, _parsed: Parsed) -> None:
    """Print the name of the context in which commands work.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_current-context/
    """
    name = text(kubeconfig(session.simulation)["current-context"])
    if not name:
        raise Stopped("current-context is not set")
    session.out(f"{name}\n")


VERB = Verb(
    current_context,
    _("Print the name of the context in which commands work."),
    example="kubectl config current-context",
)
