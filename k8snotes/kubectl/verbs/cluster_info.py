"""`kubectl cluster-info`: prints where the API server is reached."""

from __future__ import annotations

from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import NotDone, refusal
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_SYSTEM = "kube-system"


def cluster_info(session: Session, parsed: Parsed) -> None:
    """Print the address of the API server; kubectl first asks for the Services of the system.

    The address is the Master's own, beside those of the Nodes.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cluster-info/
    """
    if parsed.words[:1] == ["dump"]:
        what = f"cluster-info {' '.join(parsed.words)}"
        raise NotDone(what, _("Use kubectl get all -A -o yaml to print the objects of the cluster."))
    services = find_resource("services")
    try:
        if services is not None:
            session.api.permit("list", services, _SYSTEM)
    except ApiError as error:
        session.fail(refusal(error).rstrip(), head="")
    else:
        session.out(f"Kubernetes control plane is running at https://{API_SERVER_IP}:6443\n")
    session.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n")


VERB = Verb(cluster_info, _("Print the address of the API server."), (), "kubectl cluster-info")
