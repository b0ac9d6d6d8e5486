"""`kubectl create namespace shop`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object


def build(_session: Session, _parsed: Parsed, name: str) -> Manifest:
    """Create a Namespace.

    Objects can be created in it from now on; -n names it.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_namespace/
    """
    return new_object("v1", "Namespace", name, spec={}, status={})


VERB = creator(
    build, about=_("Create a Namespace."), example="kubectl create namespace shop", aliases=("ns",)
)
