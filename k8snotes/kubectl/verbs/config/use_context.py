"""`kubectl config use-context`: chooses the context in which commands work."""

from __future__ import annotations

from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.kubeconfig import contexts, kubeconfig, save
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def use_context(session: Session, parsed: Parsed) -> None:
    """Choose the context in which commands work: its namespace is that of the commands that follow.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_use-context/
    """
    if len(parsed.words) != 1:
        raise Stopped(f"Unexpected args: [{' '.join(parsed.words)}]")
    config = kubeconfig(session.simulation)
    if parsed.words[0] not in contexts(config):
        raise Stopped(f"no context exists with the name: {quoted(parsed.words[0])}")
    config["current-context"] = parsed.words[0]
    save(session.simulation, config)
    session.out(f"Switched to context {quoted(parsed.words[0])}.\n")


VERB = Verb(
    use_context,
    _("Choose the context in which commands work."),
    example="kubectl config use-context kubernetes-admin@kubernetes",
    aliases=("use",),
)
