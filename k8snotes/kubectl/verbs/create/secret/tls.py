"""`kubectl create secret tls web --cert=tls.crt --key=tls.key`."""

from __future__ import annotations

import re
import ssl

from k8snotes.api.base import Manifest
from k8snotes.api.files import printable
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import content
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator
from k8snotes.kubectl.verbs.create.secret.generic import secret_of

_BLOCK = re.compile(r"^-----BEGIN ([A-Z0-9 ]+)-----\s.*?^-----END \1-----\s*$", re.MULTILINE | re.DOTALL)


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Secret of type kubernetes.io/tls from a certificate and its private key, both in PEM files.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret_tls/
    """
    if not parsed.text("key") or not parsed.text("cert"):
        raise Stopped("key and cert must be specified")
    values = {}
    for key, option in (("tls.crt", "cert"), ("tls.key", "key")):
        file = parsed.text(option)
        values[key] = content(session.folder / file, file, f"Cannot read file {printable(file)}, open")
    _check_pair(session, parsed, values["tls.crt"], values["tls.key"])
    return secret_of(parsed, name, values, "kubernetes.io/tls")


def _check_pair(session: Session, parsed: Parsed, certificate: str, key: str) -> None:
    """Raise Stopped, in Go's words, for what is no certificate, no key, or two that do not belong together.

    Source of the rule: `tls.X509KeyPair` of Go
    """
    for label, text, wanted in (("certificate", certificate, "CERTIFICATE"), ("key", key, "PRIVATE KEY")):
        found = _BLOCK.findall(text)
        fitting = [
            kind for kind in found if kind == wanted or (label == "key" and kind.endswith(f" {wanted}"))
        ]
        if not found:
            raise Stopped(f"tls: failed to find any PEM data in {label} input")
        if fitting:
            continue
        other = "PRIVATE KEY" if label == "certificate" else "CERTIFICATE"
        if found[0] == other or found[0].endswith(f" {other}"):
            if label == "certificate":
                raise Stopped(
                    "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
                    "PEM inputs may have been switched"
                )
            raise Stopped("tls: found a certificate rather than a key in the PEM for the private key")
        what = (
            'failed to find "CERTIFICATE" PEM block in certificate input'
            if label == "certificate"
            else 'failed to find PEM block with type ending in "PRIVATE KEY" in key input'
        )
        raise Stopped(f"tls: {what} after skipping PEM blocks of the following types: [{' '.join(found)}]")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(
            session.folder / parsed.text("cert"), session.folder / parsed.text("key"), password=lambda: ""
        )
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise Stopped("tls: private key does not match public key") from None
        if error.reason == "KEY_TYPE_MISMATCH":
            raise Stopped("tls: private key type does not match public key type") from None
        raise Stopped("tls: failed to parse private key") from None


VERB = creator(
    build,
    _("Create a Secret from a certificate and its private key."),
    (flag("cert"), flag("key"), flag("append-hash", "bool")),
    example="kubectl create secret tls web --cert=tls.crt --key=tls.key",
    failing="secret: ",
)
