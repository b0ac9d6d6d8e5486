"""`kubectl create serviceaccount robot`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object


def build(_session: Session, _parsed: Parsed, name: str) -> Manifest:
    """Create a ServiceAccount.

    Pods that name it authenticate to the API server with it.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_serviceaccount/
    """
    return new_object("v1", "ServiceAccount", name)


VERB = creator(
    build,
    about=_("Create a ServiceAccount."),
    example="kubectl create serviceaccount robot",
    aliases=("sa",),
    failing="serviceaccount: ",
)
