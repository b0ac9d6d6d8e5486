"""`kubectl config set-context --current --namespace=shop`: changes a context, or makes one."""

from __future__ import annotations

from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.kubeconfig import contexts, kubeconfig, save
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (flag("current", "bool"), flag("cluster"), flag("user"))


def set_context(session: Session, parsed: Parsed) -> None:
    """Change a context, or make one: the commands that follow work in the namespace of the current one.

    The namespace need not exist, as in a real cluster: commands then find nothing there.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_set-context/
    """
    if len(parsed.words) > 1:
        raise Stopped(f"Unexpected args: [{' '.join(parsed.words)}]")
    if not parsed.words and not parsed["current"]:
        raise Stopped("you must specify a non-empty context name or --current")
    if parsed.words and parsed["current"]:
        raise Stopped("you cannot specify both a context name and --current")
    config = kubeconfig(session.simulation)
    name = parsed.words[0] if parsed.words else config["current-context"]
    if not name:
        raise Stopped("no current context is set")
    known = contexts(config)
    context = known.get(name, {})
    for key in ("cluster", "namespace", "user"):
        if parsed.has(key):
            context[key] = parsed[key]
            if not parsed[key]:
                del context[key]
    if name not in known:
        config["contexts"].append({"context": context, "name": name})
    save(session.simulation, config)
    session.out(f"Context {quoted(name)} {'modified' if name in known else 'created'}.\n")


VERB = Verb(
    set_context,
    _("Change a context, such as the namespace of later commands."),
    _FLAGS,
    "kubectl config set-context --current --namespace=shop",
)
