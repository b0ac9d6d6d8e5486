"""`kubectl config view`: prints the kubeconfig."""

from __future__ import annotations

from k8snotes.api.base import mapping, text
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.kubeconfig import context_of, contexts, kubeconfig
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_value
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    *OUTPUT,
    flag("minify", "bool"),
    flag("flatten", "bool"),
    flag("raw", "bool"),
    flag("merge", default="true"),
)


def view(session: Session, parsed: Parsed) -> None:
    """Print the kubeconfig: its clusters, users and contexts. --minify leaves out what the current context does not use.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_view/
    """
    form = check_format(parsed, tables=False) or "yaml"
    if parsed.words:
        raise Stopped(f"unexpected arguments: [{' '.join(parsed.words)}]")
    context_of(session.simulation, parsed)
    config = kubeconfig(session.simulation)
    if parsed.text("context"):
        config["current-context"] = parsed["context"]
    if parsed["minify"]:
        current = text(config["current-context"])
        known = contexts(config)
        if not current:
            raise Stopped("current-context must exist in order to minify")
        if current not in known:
            raise Stopped(f"cannot locate context {current}")
        used = known[current]
        config["contexts"] = [item for item in config["contexts"] if item["name"] == current]
        for plural, key in (("clusters", "cluster"), ("users", "user")):
            config[plural] = [item for item in config[plural] if item["name"] == mapping(used).get(key)]
    print_value(session, parsed, form, config)


VERB = Verb(view, _("Print the kubeconfig."), _FLAGS, "kubectl config view --minify")
