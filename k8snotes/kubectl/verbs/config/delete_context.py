"""`kubectl config delete-context`: forgets a context."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.kubeconfig import KUBECONFIG, contexts, kubeconfig, save
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def delete_context(session: Session, parsed: Parsed) -> None:
    """Forget a context; without a current one, commands work in the namespace default.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_delete-context/
    """
    if len(parsed.words) != 1:
        raise Stopped("you must specify a context to delete")
    name = parsed.words[0]
    config = kubeconfig(session.simulation)
    if name not in contexts(config):
        raise Stopped(f"cannot delete context {name}, not in {KUBECONFIG}")
    if config["current-context"] == name:
        session.err(
            'warning: this removed your active context, use "kubectl config use-context" to select a different one\n'
        )
    config["contexts"] = [item for item in config["contexts"] if item["name"] != name]
    save(session.simulation, config)
    session.out(f"deleted context {name} from {KUBECONFIG}\n")


VERB = Verb(
    delete_context,
    _("Forget a context."),
    example="kubectl config delete-context kubernetes-admin@kubernetes",
)
