"""`kubectl config get-contexts`: prints the contexts."""

from __future__ import annotations

from k8snotes.api.base import text
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.kubeconfig import contexts, kubeconfig
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (flag("output/o"), flag("no-headers", "bool"))
_HEAD = ("CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE")


def get_contexts(session: Session, parsed: Parsed) -> None:
    """Print the contexts, or those that are named; a star marks the current one.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_get-contexts/
    """
    form = parsed.text("output")
    if form not in ("", "name"):
        raise Stopped(
            f"--output {form} is not available in kubectl config get-contexts; resetting to default output format"
        )
    config = kubeconfig(session.simulation)
    known = contexts(config)
    rows = [] if parsed["no-headers"] or form == "name" else [_HEAD]
    names = sorted(name for name in (parsed.words or known) if name in known)
    for name in names:
        item = known[name]
        star = "*" if name == config["current-context"] else ""
        places = (text(item.get("cluster")), text(item.get("user")), text(item.get("namespace")))
        rows.append((star, name, *places))
    if form == "name":
        session.out("".join(f"{name}\n" for name in names))
    else:
        session.out(table(rows))
    for name in parsed.words:
        if name not in known:
            session.fail(f"context {name} not found")


VERB = Verb(get_contexts, _("Print the contexts."), _FLAGS, "kubectl config get-contexts")
