"""`kubectl cordon` and `kubectl uncordon`: keep new Pods away from Nodes, and let them come again."""

from __future__ import annotations

from k8snotes import actions
from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, changed, dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import display, lookup, search
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

__all__ = ["FLAGS", "VERB", "cordon_nodes", "nodes_named"]

FLAGS = (*DRY_RUN, flag("selector/l"))


def cordon(session: Session, parsed: Parsed) -> None:
    """Keep new Pods away from Nodes.

    Pods that run there continue to run. The scheduler skips the Node from now on, but DaemonSets still place
    their Pods on it.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cordon/
    """
    cordon_nodes(session, nodes_named(session, parsed), dry_run(session, parsed), wanted=True)


def nodes_named(session: Session, parsed: Parsed) -> list[KubeObject]:
    """Return the Nodes that a command names, or that its selector finds.

    Raises:
        Stopped: none is named, or one of them is not there; then nothing is done to the others.
    """
    verb = session.verb
    if not parsed.words and not parsed["selector"]:
        raise Stopped(f"USAGE: {verb} NODE [flags]\nSee 'kubectl {verb} -h' for help and examples")
    if parsed.words and parsed["selector"]:
        usage = f"See 'kubectl {verb} -h' for help and examples"
        raise Stopped(f"cannot specify both a node name and a --selector option\n{usage}")
    words = [word if "/" in word else f"node/{word}" for word in parsed.words]
    nodes, missing = search(session, parsed, lookup(session, words or ["nodes"]))
    if missing:  # kubectl stops at the first one
        session.refused(missing[0])
        raise Stopped
    return nodes


def cordon_nodes(session: Session, nodes: list[KubeObject], how: str, *, wanted: bool) -> None:
    """Cordon Nodes, or uncordon them if that is not wanted, and report each.

    Args:
        session: the command at work.
        nodes: the Nodes.
        how: what `dry_run` has returned.
        wanted: whether they are to be cordoned.
    """
    word = "cordoned" if wanted else "uncordoned"
    for node in nodes:
        already = (node.spec.get("unschedulable") is True) == wanted
        if not already:
            try:
                with session.warnings():
                    changed(session, how, lambda api, node=node: actions.cordon(api, node, wanted=wanted))  # type: ignore[misc]
            except ApiError as error:  # kubectl goes on with the next Node, and its exit code is 0
                verb = word.removesuffix("ed")
                session.err(f"error: unable to {verb} node {quoted(node.name)}: {error.message}\n")
                continue
        session.out(f"{display(node)} {'already ' if already else ''}{word}{suffix(how)}\n")


VERB = Verb(cordon, _("Keep new Pods away from Nodes."), FLAGS, "kubectl cordon node-1", takes="nodes")
