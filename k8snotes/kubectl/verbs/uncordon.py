"""`kubectl uncordon`: lets new Pods come to Nodes again."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import dry_run
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.cordon import FLAGS, cordon_nodes, nodes_named


def uncordon(session: Session, parsed: Parsed) -> None:
    """Allow new Pods on Nodes again.

    Pods that went elsewhere in the meantime stay there: nothing moves a running Pod back.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_uncordon/
    """
    cordon_nodes(session, nodes_named(session, parsed), dry_run(session, parsed), wanted=False)


VERB = Verb(uncordon, _("Allow new Pods on Nodes again."), FLAGS, "kubectl uncordon node-1", takes="nodes")
