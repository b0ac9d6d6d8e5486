"""`kubectl config get-clusters`: prints the names of the clusters in the kubeconfig."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.kubeconfig import kubeconfig
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def get_clusters(session: Session, _parsed: Parsed) -> None:
    """Print the names of the clusters in the kubeconfig.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_get-clusters/
    """
    names = [item["name"] for item in kubeconfig(session.simulation)["clusters"]]
    session.out("".join(f"{name}\n" for name in ["NAME", *names]))


VERB = Verb(
    get_clusters,
    _("Print the names of the clusters in the kubeconfig."),
    example="kubectl config get-clusters",
)
