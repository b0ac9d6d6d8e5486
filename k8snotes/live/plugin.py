"""The program that a kubeconfig names to get a credential from: it is run, and what it answers is shown nowhere."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.catalogue import _
from k8snotes.errors import ConnectError
from k8snotes.live.kubeconfig import Entry

__all__ = ["Plugin"]

_SPOKEN = tuple(f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1"))
# what a program is told of its cluster, where it wants to know
_OF_CLUSTERS = (
    *("server", "tls-server-name", "insecure-skip-tls-verify"),
    *("certificate-authority-data", "proxy-url"),
)
_LONGEST = 60  # seconds
_SPARE = timedelta(seconds=10)  # a credential is asked for anew so long before it is over


class Plugin:
    """A program that gives a bearer token, a client certificate, or both.

    Args:
        entry: the context whose user names the program in `exec`.

    Raises:
        ConnectError: the program cannot be used here.

    Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
    """

    __slots__ = ("_certificate", "_entry", "_key", "_token", "_until")

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._token = self._certificate = self._key = ""
        self._until: datetime | None = None
        spec = self._spec
        if text(spec.get("apiVersion")) not in _SPOKEN:
            raise self._error(_("it speaks a version of the protocol that is not known here"))
        if text(spec.get("interactiveMode")) == "Always":
            raise self._error(_("it asks questions in a terminal, and a notebook is none"))

    def __repr__(self) -> str:
        return "<Plugin>"

    @property
    def _spec(self) -> Manifest:
        return mapping(self._entry.user.get("exec"))

    def _error(self, why: str) -> ConnectError:
        command = Path(text(self._spec.get("command"))).name
        return ConnectError(
            _(
                "The program {command}, which the context {context} names for logging in, gives no credential: {why}. "
                "Run `kubectl get namespaces` in a terminal: kubectl asks the same program.",
                command=command,
                context=self._entry.context,
                why=why,
            ),
            code="plugin",
        )

    @property
    def is_over(self) -> bool:
        """Whether the credential has to be asked for anew."""
        return self._until is not None and datetime.now(UTC) + _SPARE >= self._until

    def token(self) -> str:
        """Return the bearer token that was given; "" for none."""
        return self._token

    def certificate(self) -> Manifest:
        """Return the client certificate that was given, as a kubeconfig has it; {} for none."""
        if not self._certificate:
            return {}
        return {
            "client-certificate-data": base64.b64encode(self._certificate.encode()).decode(),
            "client-key-data": base64.b64encode(self._key.encode()).decode(),
        }

    def ask(self) -> None:
        """Run the program. Raises ConnectError if it gives no credential; the error has nothing that the program says."""
        spec = self._spec
        command = [text(spec.get("command")), *map(text, sequence(spec.get("args")))]
        extra = {text(item.get("name")): text(item.get("value")) for item in mappings(spec.get("env"))}
        asked = {"KUBERNETES_EXEC_INFO": json.dumps(self._question(spec))}
        try:
            done = subprocess.run(  # noqa: S603  # the reader's kubeconfig names it, as for kubectl
                command,
                env={**os.environ, **extra, **asked},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LONGEST,
                check=False,
            )
        except FileNotFoundError:
            raise self._error(_("it is not installed")) from None
        except (OSError, ValueError):
            raise self._error(_("it cannot be run")) from None
        except subprocess.TimeoutExpired:
            raise self._error(_("it has not ended within {seconds} s", seconds=_LONGEST)) from None
        if done.returncode:
            raise self._error(_("it ends with exit code {code}", code=done.returncode))
        try:
            answer: Any = json.loads(done.stdout)
        except ValueError:
            answer = None
        status = mapping(mapping(answer).get("status"))
        self._token = text(status.get("token"))
        self._certificate = text(status.get("clientCertificateData"))
        self._key = text(status.get("clientKeyData"))
        if not self._token and not (self._certificate and self._key):
            raise self._error(_("its answer has neither a token nor a certificate"))
        try:
            self._until = datetime.fromisoformat(text(status.get("expirationTimestamp")))
        except ValueError:
            self._until = None

    def _question(self, spec: Manifest) -> Manifest:
        """Return what the program is told of the cluster."""
        asked: Manifest = {"interactive": False}
        cluster = self._entry.cluster
        if spec.get("provideClusterInfo"):
            asked["cluster"] = {key: cluster[key] for key in _OF_CLUSTERS if key in cluster}
        return {"apiVersion": text(spec.get("apiVersion")), "kind": "ExecCredential", "spec": asked}
