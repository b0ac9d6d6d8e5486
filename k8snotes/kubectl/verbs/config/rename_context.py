"""`kubectl config rename-context`: gives a context another name."""

from __future__ import annotations

from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.kubeconfig import KUBECONFIG, contexts, kubeconfig, save
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def rename_context(session: Session, parsed: Parsed) -> None:
    """Give a context another name; the current one stays the current one.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_rename-context/
    """
    if len(parsed.words) != 2:
        raise Stopped(f"Unexpected args: [{' '.join(parsed.words)}]")
    old, new = parsed.words
    config = kubeconfig(session.simulation)
    known = contexts(config)
    if old not in known:
        raise Stopped(f"cannot rename the context {quoted(old)}, it's not in {KUBECONFIG}")
    if new in known:
        raise Stopped(
            f"cannot rename the context {quoted(old)}, the context {quoted(new)} already exists in {KUBECONFIG}"
        )
    for item in config["contexts"]:
        if item["name"] == old:
            item["name"] = new
    if config["current-context"] == old:
        config["current-context"] = new
    save(session.simulation, config)
    session.out(f"Context {quoted(old)} renamed to {quoted(new)}.\n")


VERB = Verb(
    rename_context,
    _("Give a context another name."),
    example="kubectl config rename-context kubernetes-admin@kubernetes notes",
)
