"""The client: it sends GET to one API server, and can send nothing else.

lightkube knows what a kubeconfig says of TLS and of credentials. Only this module imports it, and only `kn.connect`
loads this module.
"""

from __future__ import annotations

import base64
import json
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import getproxies, proxy_bypass

import httpx2 as httpx
import msgspec
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ConfigError

from k8snotes.api.base import Manifest, mapping, sequence, text
from k8snotes.catalogue import _
from k8snotes.errors import ConnectError
from k8snotes.live.answers import Lost, Refused
from k8snotes.live.certificate import holds_until
from k8snotes.live.kubeconfig import Entry
from k8snotes.live.plugin import Plugin

__all__ = ["Client", "OnlyGet"]

_TRIES = 5
_LONGEST_PAUSE = 30.0  # seconds: no server is waited for longer than that at once
_FIRST_PAUSE = 0.2
_AGAIN = (500, 502, 503, 504)  # a server that starts, or a proxy whose server does not answer yet
_STREAMS = 200
_JSON = "application/json"
_sleep = time.sleep


class OnlyGet(httpx.HTTPTransport):
    """A connection that sends GET and nothing else: whatever uses it, nothing else leaves this Python."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a GET. Raises ConnectError for every other method, before anything is sent."""
        if request.method != "GET":
            raise ConnectError(
                _("k8snotes only reads a live cluster, and sends no {method}.", method=request.method),
                code="closed",
            )
        return super().handle_request(request)


class _Login(httpx.Auth):
    """Sends the token that a plugin has given; if the server refuses it, the plugin is asked once more."""

    def __init__(self, token: Callable[[bool], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request with the token in its header."""
        if token := self._token(False):
            request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED and (token := self._token(True)):
            request.headers["Authorization"] = f"Bearer {token}"
            yield request


class Client:
    """Asks one API server. Neither its repr nor its errors have a credential in them.

    Args:
        entry: the server and the user.
        timeout: how many seconds an answer may take.

    Raises:
        ConnectError: a file or a credential of the kubeconfig cannot be used.
    """

    def __init__(self, entry: Entry, timeout: float = 10) -> None:
        self.entry, self.moment = entry, ""
        self._timeout = timeout
        self._plugin = Plugin(entry) if entry.user.get("exec") else None
        self._lock = threading.Lock()
        self._open: set[Any] = set()  # the sockets of streams
        self._http: httpx.Client | None = None
        if self._plugin is not None:
            self._plugin.ask()
        self._http = self._made()

    def __repr__(self) -> str:
        return f"<Client of {self.entry.server}>"

    # ---- asking

    def get(self, path: str, params: Mapping[str, str] | None = None, accept: str = _JSON) -> Any:
        """Return the JSON at a path; what a server wants asked later is asked later, for some time.

        Raises:
            Refused: the server refuses.
            ConnectError: it cannot be reached, or does not know the user.
        """
        pause = _FIRST_PAUSE
        for tried in range(1, _TRIES + 1):
            last = tried == _TRIES
            try:
                response = self._send(path, params or {}, accept)
            except Lost as lost:
                if last or lost.code in ("name", "certificate", "certificate-over", "refused"):
                    raise self._error(lost.code) from None
                self._pause(pause)
                pause *= 2
                continue
            status = response.status_code
            wanted = _seconds_to_wait(response)
            later = status == httpx.codes.TOO_MANY_REQUESTS or status in _AGAIN
            if later and not last:
                self._pause(pause if wanted is None else wanted)
                pause *= 2
                continue
            return self._read(response)
        raise self._error("unreachable")  # the last try has returned or raised

    def _read(self, response: httpx.Response) -> Any:
        if response.status_code == httpx.codes.OK:
            try:
                return json.loads(response.content)
            except ValueError:
                raise self._error("no-api-server") from None
        raise self._refused(response)

    def _refused(self, response: httpx.Response) -> Exception:
        """Return the refusal of a server, without its sentence."""
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return self._error("unauthorized")
        with suppress(ValueError):
            return Refused(response.status_code, text(mapping(json.loads(response.content)).get("reason")))
        return Refused(response.status_code)

    @contextmanager
    def lines(self, path: str, params: Mapping[str, str], seconds: float) -> Iterator[Iterator[bytes]]:
        """Open a stream of lines, and end it after the block."""
        limit = httpx.Timeout(self._timeout, read=seconds + self._timeout)
        request = self._client().build_request(
            "GET", path, params=dict(params), timeout=limit, headers={"Accept": _JSON}
        )
        connection: Any = None
        try:
            response = self._client().send(request, stream=True)
            self._note_moment(response)
            stream = response.extensions.get("network_stream")
            connection = stream.get_extra_info("socket") if stream is not None else None
            with self._lock:
                self._open.add(connection)
            try:
                if response.status_code != httpx.codes.OK:
                    response.read()
                    raise self._refused(response)
                yield _lines(response)
            finally:
                with self._lock:
                    self._open.discard(connection)
                response.close()
        except httpx.HTTPError as error:
            raise Lost(_code_of(error)) from None

    def hang_up(self) -> None:
        """End all streams, also those that other threads are reading."""
        with self._lock:
            for connection in self._open - {None}:
                with suppress(OSError):
                    # that of the SSLSocket would take the TLS session from the thread that reads
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def close(self) -> None:
        """End all connections."""
        self.hang_up()
        if self._http is not None:
            self._http.close()
        self._http = None

    def _send(self, path: str, params: Mapping[str, str], accept: str) -> httpx.Response:
        try:
            response = self._client().get(path, params=dict(params), headers={"Accept": accept})
        except httpx.HTTPError as error:
            raise Lost(_code_of(error)) from None
        except httpx.InvalidURL:
            raise Lost("name") from None
        self._note_moment(response)
        return response

    def _note_moment(self, response: httpx.Response) -> None:
        with suppress(ValueError, TypeError):
            moment = parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC)
            self.moment = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _pause(self, seconds: float) -> None:
        # many who were sent away at once do not come back at once
        _sleep(min(seconds, _LONGEST_PAUSE) * random.uniform(1, 1.2))  # noqa: S311

    # ---- making

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._http is None:
                raise ConnectError(
                    _(
                        "The connection to {server} was closed. kn.connect() opens a new one.",
                        server=self.entry.server,
                    ),
                    code="closed",
                )
            if self._plugin is not None and self._plugin.is_over:
                self._plugin.ask()
                if self._plugin.certificate():
                    self._http = self._made()
            return self._http

    def _token(self, anew: bool) -> str:
        plugin = self._plugin
        if plugin is None:
            return ""
        if anew:
            with self._lock:
                plugin.ask()
        return plugin.token()

    def _made(self) -> httpx.Client:
        entry = self.entry
        user = {**entry.user, **(self._plugin.certificate() if self._plugin else {})}
        if user.get("auth-provider"):
            raise ConnectError(
                _(
                    "The context {context} logs in by auth-provider, which Kubernetes no longer has. "
                    "Your provider's tool writes a kubeconfig with exec: instead.",
                    context=entry.context,
                ),
                code="auth-provider",
            )
        config = self._config(user)
        try:
            verified = verify_cluster(config.cluster, config.user, config.abs_file)
            self._check_certificate(user)
            auth = _Login(self._token) if self._plugin else user_auth(config.user)
            headers = list(_impersonated(entry.user))
        except (ConfigError, OSError, ValueError):  # ssl.SSLError is an OSError, binascii.Error a ValueError
            raise self._bad_credentials() from None
        server = text(entry.cluster.get("server"))
        limits = httpx.Limits(max_connections=_STREAMS, max_keepalive_connections=_STREAMS // 10)
        client = httpx.Client(
            base_url=server,
            auth=auth,
            headers=headers,
            timeout=self._timeout,
            trust_env=False,
            transport=OnlyGet(verify=verified, limits=limits, proxy=_proxy(entry.cluster)),
        )
        if name := text(entry.cluster.get("tls-server-name")):
            client.event_hooks = {"request": [lambda request: request.extensions.update(sni_hostname=name)]}
        return client

    def _config(self, user: Manifest) -> Any:
        mine = {key: value for key, value in user.items() if key != "exec"}
        parts = {
            "clusters": [{"name": "it", "cluster": self.entry.cluster}],
            "users": [{"name": "me", "user": mine}],
            "contexts": [{"name": "here", "context": {"cluster": "it", "user": "me"}}],
            "current-context": "here",
        }
        try:
            return KubeConfig.from_dict(parts, fname=Path("kubeconfig")).get()
        except msgspec.ValidationError:
            raise self._bad_credentials() from None

    def _bad_credentials(self) -> ConnectError:
        return ConnectError(
            _(
                "A certificate, a key or a token that the kubeconfig has for the context {context} cannot be used: "
                "its file is missing, or it is written in another way than Kubernetes does.",
                context=self.entry.context,
            ),
            code="credentials",
        )

    def _check_certificate(self, user: Manifest) -> None:
        """Raise ConnectError if the client certificate is over: the server would say only that it does not know you."""
        file, data = text(user.get("client-certificate")), text(user.get("client-certificate-data"))
        if not file and not data:
            return
        pem = base64.b64decode(data) if data else Path(file).read_bytes()
        until = holds_until(pem)
        if until is not None and until < datetime.now(UTC):
            raise ConnectError(
                _(
                    "The client certificate of the context {context} was valid until {moment}, so the server no longer "
                    "takes it. Ask for a new one, as you got this one.",
                    context=self.entry.context,
                    moment=until.strftime("%Y-%m-%d %H:%M UTC"),
                ),
                code="client-certificate",
            )

    def _error(self, code: str) -> ConnectError:
        """Return the error for a server that cannot be read."""
        parts = {"server": self.entry.server, "context": self.entry.context}
        if code == "certificate":
            words = _(
                "The certificate of the server {server} is not one to trust: it is over, was made for another name, or was "
                "signed by an authority that the kubeconfig does not name for the context {context}. Nothing was sent.",
                **parts,
            )
        elif code == "certificate-over":
            code, words = (
                "certificate",
                _(
                    "The certificate of the server {server} is over, so nothing was sent. "
                    "Whoever runs the cluster has to renew it.",
                    **parts,
                ),
            )
        elif code == "name":
            words = _(
                "The server {server} of the context {context} has no address. Are you in the right network?",
                **parts,
            )
        elif code == "refused":
            words = _(
                "Nothing listens at {server}, the server of the context {context}. Is the cluster running?",
                **parts,
            )
        elif code == "timeout":
            words = _(
                "The server {server} of the context {context} does not answer within {seconds} s. Are you in the right "
                "network? kn.connect(..., timeout=60) waits longer.",
                **parts,
                seconds=f"{self._timeout:g}",
            )
        elif code == "unauthorized":
            words = _(
                "The server {server} does not accept the credentials of the context {context}: they are over, or of "
                "another cluster. Log in again as you do for kubectl.",
                **parts,
            )
        elif code == "no-api-server":
            words = _(
                "{server} answers, but not as an API server of Kubernetes does. See the server of the context {context}.",
                **parts,
            )
        else:
            code, words = (
                "unreachable",
                _(
                    "The connection to the server {server} of the context {context} is lost again and again.",
                    **parts,
                ),
            )
        return ConnectError(words, code=code)


def _lines(response: httpx.Response) -> Iterator[bytes]:
    """Yield the lines of a stream, each as soon as it is whole."""
    rest = b""
    for piece in response.iter_bytes():
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line for line in whole if line.strip())


def _seconds_to_wait(response: httpx.Response) -> float | None:
    """Return how long the server wants to be left alone; None if it does not say."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _code_of(error: BaseException) -> str:
    """Return why a connection failed: what Python's own errors say behind that of the client."""
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return (
                "certificate-over" if seen.verify_code == 10 else "certificate"
            )  # X509_V_ERR_CERT_HAS_EXPIRED
        if isinstance(seen, socket.gaierror):
            return "name"
        if isinstance(seen, ConnectionRefusedError):
            return "refused"
        seen = seen.__cause__ or seen.__context__
    return "name" if isinstance(error, httpx.UnsupportedProtocol) else "unreachable"


def _proxy(cluster: Manifest) -> str | None:
    """Return the proxy to the server, as kubectl finds it; None for none."""
    if given := text(cluster.get("proxy-url")):
        return given
    url = httpx.URL(text(cluster.get("server")))
    return None if proxy_bypass(url.host) else getproxies().get(url.scheme)


def _impersonated(user: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the headers with which a user acts as another one."""
    if name := text(user.get("as")):
        yield "Impersonate-User", name
    if uid := text(user.get("as-uid")):
        yield "Impersonate-Uid", uid
    for group in sequence(user.get("as-groups")):
        yield "Impersonate-Group", text(group)
    for key, values in mapping(user.get("as-user-extra")).items():
        for value in sequence(values):
            yield f"Impersonate-Extra-{quote(text(key).lower(), safe='')}", text(value)
