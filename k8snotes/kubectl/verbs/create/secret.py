"""`kubectl create secret generic key --from-literal=password=x`."""

from __future__ import annotations

import base64

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, run_subcommands
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.create.configmap import DATA, data_of

_INSTEAD = _("Use kubectl create secret generic, or a manifest with -f.")


def secret(session: Session, parsed: Parsed) -> None:
    """Create a Secret; here only the type generic is simulated.

    Values are stored in base64, which hides nothing; k8snotes never shows them.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret/
    """
    run_subcommands(session, parsed, _TYPES, session.err)


def _generic(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Return a Secret from literals and files."""
    written = data_of(session, parsed, secret=True)
    data = {key: base64.b64encode(value.encode()).decode() for key, value in written.items()}
    made = new_object("v1", "Secret", name, **({"data": data} if data else {}))
    if parsed["type"]:
        made["type"] = parsed["type"]
    return made


_TYPES = {
    "generic": creator(
        _generic,
        _("Create a Secret from literals and files."),
        (*DATA, flag("type")),
        example="kubectl create secret generic key --from-literal=password=x",
        failing="secret ",
    )
}

VERB = Verb(
    secret,
    _("Create a Secret."),
    example="kubectl create secret generic key --from-literal=password=x",
    subcommands=_TYPES,
    not_done=dict.fromkeys(("docker-registry", "tls"), _INSTEAD),
)
