"""`kubectl create secret generic key --from-literal=password=x`."""

from __future__ import annotations

import base64

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.create.configmap import DATA, data_of, with_hash

__all__ = ["VERB", "encoded", "secret_of"]


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Secret from literals and files.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret_generic/
    """
    return secret_of(parsed, name, data_of(session, parsed, secret=True), parsed.text("type"))


def secret_of(parsed: Parsed, name: str, values: dict[str, str], kind: str) -> Manifest:
    """Return a Secret.

    Args:
        parsed: the flags; --append-hash puts a hash of the values after the name.
        name: its name.
        values: its values, as they are, by key.
        kind: its type; "" for none.
    """
    data = {key: encoded(value) for key, value in values.items()}
    made = new_object("v1", "Secret", name, **({"data": data} if data else {}))
    if kind:
        made["type"] = kind
    return with_hash(parsed, made)


def encoded(value: str) -> str:
    """Return a value in base64.

    >>> encoded("x")
    'eA=='
    """
    return base64.b64encode(value.encode(errors="surrogateescape")).decode()


VERB = creator(
    build,
    _("Create a Secret from literals and files."),
    (*DATA, flag("type")),
    example="kubectl create secret generic key --from-literal=password=x",
    failing="secret ",
)
