"""`kubectl create serviceaccount robot`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object


def build(_: Session, __: Parsed, name: str) -> Manifest:
    """Create a ServiceAccount."""
    return new_object("v1", "ServiceAccount", name)


VERB = creator(
    build, example="kubectl create serviceaccount robot", aliases=("sa",), failing="serviceaccount: "
)
