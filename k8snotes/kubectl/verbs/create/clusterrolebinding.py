"""`kubectl create clusterrolebinding admins --clusterrole=cluster-admin --group=ops`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator
from k8snotes.kubectl.verbs.create.rolebinding import SUBJECTS, binding


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a ClusterRoleBinding, which gives a ClusterRole in the whole cluster.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_clusterrolebinding/
    """
    return binding("ClusterRoleBinding", name, "ClusterRole", parsed.text("clusterrole"), parsed)


VERB = creator(
    build,
    _("Create a ClusterRoleBinding."),
    (flag("clusterrole"), *SUBJECTS),
    example="kubectl create clusterrolebinding admins --clusterrole=cluster-admin --group=ops",
    required=("clusterrole",),
    failing="clusterrolebinding: ",
)
