"""An API server over TLS for tests: it serves the objects of a cluster, and does what real servers do when they fail.

It knows bearer tokens, client certificates, pages, watches and discovery, and keeps what it was asked. It is no mock of a
client: whoever asks it opens a connection, checks its certificate and reads JSON.
"""

from __future__ import annotations

import base64
import copy
import json
import queue
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

import trustme
import yaml

from k8snotes.api.registry import all_kinds, find_kind

TOKEN = "tok3n-of-jane-that-nobody-may-see"  # noqa: S105  # of a server that lives for a test
NOW = "Thu, 01 Jan 2026 09:00:00 GMT"
VERBS = ["get", "list", "watch"]


class Shop:
    """What a server holds, and how it behaves.

    Attributes:
        asked: the requests, as (method, path, query).
        forbidden: says of a resource ("pods", "deployments.apps") and a Namespace ("" for all) whether it may not be listed.
        fail: what happens instead of an answer: a function of path and query, which returns (status, headers) or "drop", or None.
        aggregated: whether discovery answers all at once, as servers do from v1.30 on.
    """

    def __init__(self, manifests: Iterable[dict] = ()) -> None:
        self.lock = threading.Lock()
        self.objects: dict[tuple[str, str, str], dict] = {}
        self.asked: list[tuple[str, str, dict]] = []
        self.headers: list[dict] = []
        self.version = 1000
        self.forbidden: Callable[[str, str], bool] = lambda _resource, _namespace: False
        self.fail: Callable[[str, dict], object] = lambda _path, _query: None
        self.users = {f"Bearer {TOKEN}"}
        self.certificates = {"jane"}
        self.page = 500
        self.expired: set[str] = set()  # continue tokens that are gone
        self.oldest = 0  # watches from before are gone
        self.aggregated = True
        self.missing: set[str] = set()  # what discovery has, and no list
        self.kinds = {kind.qualified: kind for kind in all_kinds() if kind.qualified != "bindings"}
        self.watchers: list[tuple[str, str, queue.Queue]] = []
        self.history: list[tuple[int, tuple[str, str, str], dict]] = []
        for manifest in manifests:
            self.put(manifest)

    def put(self, manifest: dict, what: str = "") -> None:
        """Store an object, and tell those who watch."""
        manifest = copy.deepcopy(manifest)
        kind = find_kind(manifest["apiVersion"], manifest["kind"]) or self._custom(manifest)
        metadata = manifest["metadata"]
        space = metadata.get("namespace", "default") if kind.namespaced else ""
        if kind.namespaced:
            metadata["namespace"] = space
        key = (kind.qualified, space, metadata["name"])
        with self.lock:
            self.version += 1
            metadata["resourceVersion"] = str(self.version)
            known = self.objects.get(key, manifest)["metadata"]
            metadata.setdefault("uid", known.get("uid", f"uid-{self.version}"))
            metadata.setdefault("creationTimestamp", "2026-01-01T08:00:00Z")
            what = what or ("MODIFIED" if key in self.objects else "ADDED")
            self.objects[key] = manifest
        self._tell(key, what, manifest)

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """Delete an object, and tell those who watch."""
        with self.lock:
            self.version += 1
            manifest = self.objects.pop((resource, namespace, name))
            manifest["metadata"]["resourceVersion"] = str(self.version)
        self._tell((resource, namespace, name), "DELETED", manifest)

    def tell(self, resource: str, event: dict) -> None:
        """Send an event of a watch as it is."""
        for kind, _space, told in [*self.watchers]:
            if kind == resource:
                told.put(event)

    def drop_watches(self) -> None:
        """Cut the connection of every watch."""
        for _kind, _space, told in [*self.watchers]:
            told.put("drop")

    def _tell(self, key: tuple[str, str, str], what: str, manifest: dict) -> None:
        self.history.append((self.version, key, {"type": what, "object": copy.deepcopy(manifest)}))
        for kind, space, told in [*self.watchers]:
            if kind == key[0] and space in ("", key[1]):
                told.put({"type": what, "object": manifest})

    def _custom(self, manifest: dict):
        from k8snotes.api.registry import custom_kind

        kind = custom_kind(manifest["apiVersion"], manifest["kind"])
        self.kinds[kind.qualified] = kind
        return kind

    def until_watched(self, resource: str = "pods", seconds: float = 10) -> None:
        """Wait until somebody watches a resource."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(kind == resource for kind, _space, _told in [*self.watchers]):
                return
            time.sleep(0.01)
        raise AssertionError("nobody watches")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shop: Shop

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        _ = timestamp
        return NOW

    def answer(
        self, code: int, body: object, headers: dict | None = None, kind: str = "application/json"
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def status(self, code: int, reason: str, message: str, headers: dict | None = None) -> None:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message}
        self.answer(code, {**body, "reason": reason, "code": code}, headers)

    def handle_any(self) -> None:
        shop, url = self.shop, urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        with shop.lock:
            shop.asked.append((self.command, url.path, query))
            shop.headers.append(dict(self.headers))
        match shop.fail(url.path, query):
            case "drop":
                self.close_connection = True
                return None
            case (int(code), dict(headers)):
                return self.status(code, "TooManyRequests", f"try later, {TOKEN}", headers)
        if not self.known():
            return self.status(401, "Unauthorized", f"Unauthorized: {self.headers.get('Authorization')}")
        if self.command != "GET":
            return self.status(405, "MethodNotAllowed", "no")
        if url.path == "/version":
            return self.answer(200, {"major": "1", "minor": "36", "gitVersion": "v1.36.2"})
        parts = url.path.strip("/").split("/")
        if len(parts) <= (2 if parts[0] == "api" else 3) and parts[0] in ("api", "apis"):
            return self.discovery(parts)
        return self.objects(parts, query)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  # the names of http.server

    def known(self) -> bool:
        if self.headers.get("Authorization") in self.shop.users:
            return True
        certificate = self.connection.getpeercert() or {}
        names = [value for row in certificate.get("subject", ()) for key, value in row if key == "commonName"]
        names += [value for _kind, value in certificate.get("subjectAltName", ())]
        return bool(set(names) & self.shop.certificates)

    def discovery(self, parts: list[str]) -> None:
        groups: dict[str, dict[str, list]] = {}
        for kind in self.shop.kinds.values():
            groups.setdefault(kind.group, {}).setdefault(kind.version, []).append(kind)
        if len(parts) == 1 and self.shop.aggregated and "APIGroupDiscoveryList" in self.headers["Accept"]:
            wanted = [name for name in groups if bool(name) == (parts[0] == "apis")]
            items = [
                {
                    "metadata": {"name": name},
                    "versions": [
                        {
                            "version": version,
                            "freshness": "Current",
                            "resources": [
                                {
                                    "resource": kind.plural,
                                    "responseKind": {"kind": kind.kind},
                                    "scope": "Namespaced" if kind.namespaced else "Cluster",
                                    "verbs": VERBS,
                                    "subresources": [{"subresource": "status", "verbs": ["get", "patch"]}],
                                }
                                for kind in kinds
                            ],
                        }
                        for version, kinds in groups[name].items()
                    ],
                }
                for name in wanted
            ]
            body = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}
            return self.answer(200, body)
        if parts == ["api"]:
            return self.answer(200, {"kind": "APIVersions", "versions": ["v1"]})
        if parts == ["apis"]:
            rows = [
                {
                    "name": name,
                    "versions": [
                        {"groupVersion": f"{name}/{version}", "version": version} for version in versions
                    ],
                    "preferredVersion": {"groupVersion": f"{name}/{next(iter(versions))}"},
                }
                for name, versions in groups.items()
                if name
            ]
            return self.answer(200, {"kind": "APIGroupList", "groups": rows})
        group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2])
        rows = [
            {"name": name, "kind": kind.kind, "namespaced": kind.namespaced, "verbs": verbs}
            for kind in groups.get(group, {}).get(version, [])
            for name, verbs in ((kind.plural, VERBS), (f"{kind.plural}/status", ["get", "patch"]))
        ]
        return self.answer(
            200, {"kind": "APIResourceList", "groupVersion": "/".join(parts[1:]), "resources": rows}
        )

    def objects(self, parts: list[str], query: dict) -> None:
        shop = self.shop
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        group = "" if parts[0] == "api" else parts[1]
        space = ""
        if len(rest) > 2 and rest[0] == "namespaces":
            space, rest = rest[1], rest[2:]
        resource = f"{rest[0]}.{group}" if group else rest[0]
        kind = shop.kinds.get(resource)
        if kind is None or resource in shop.missing:
            return self.status(404, "NotFound", "the server could not find the requested resource")
        if shop.forbidden(resource, space):
            words = f'{resource} is forbidden: User "jane" cannot list resource "{rest[0]}" in API group "{group}"'
            return self.status(403, "Forbidden", words)
        if len(rest) == 2:
            found = shop.objects.get((resource, space, rest[1]))
            return self.answer(200, found) if found else self.status(404, "NotFound", "not found")
        if query.get("watch") == "true":
            return self.watch(resource, space, query)
        with shop.lock:
            there = [
                manifest
                for (name, home, _name), manifest in sorted(shop.objects.items())
                if name == resource and space in ("", home)
            ]
            version = shop.version
        start = int(query.get("continue", "c0")[1:])
        if query.get("continue", "") in shop.expired:
            return self.status(410, "Expired", "The provided continue parameter is too old")
        limit = min(int(query["limit"]), shop.page) if "limit" in query else len(there) + 1
        page = [
            {k: v for k, v in item.items() if k not in ("kind", "apiVersion")}
            for item in there[start:][:limit]
        ]
        metadata = {"resourceVersion": str(version)}
        if start + limit < len(there):
            metadata["continue"] = f"c{start + limit}"
        listed = {
            "kind": f"{kind.kind}List",
            "apiVersion": kind.api_version,
            "metadata": metadata,
            "items": page,
        }
        return self.answer(200, listed)

    def watch(self, resource: str, space: str, query: dict) -> None:
        shop, told = self.shop, queue.Queue()
        if int(query["resourceVersion"]) < shop.oldest:
            return self.status(410, "Expired", "too old resource version")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        end = time.monotonic() + float(query["timeoutSeconds"])
        watcher = (resource, space, told)
        since = int(query["resourceVersion"])
        with shop.lock:  # what has happened since the list
            for version, (kind, home, _name), event in shop.history:
                if version > since and kind == resource and space in ("", home):
                    told.put(event)
            shop.watchers.append(watcher)
        try:
            while (left := end - time.monotonic()) > 0:
                try:
                    event = told.get(timeout=left)
                except queue.Empty:
                    break
                if event == "drop":
                    self.close_connection = True
                    return None
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True
        finally:
            shop.watchers.remove(watcher)
        return None


class ApiServer:
    """A running server.

    Attributes:
        shop: what it holds.
        ca: its certificate authority.
        address: "https://127.0.0.1:PORT".
    """

    def __init__(self, shop: Shop, *, certificate_days: int = 1, name: str = "127.0.0.1") -> None:
        self.shop, self.ca = shop, trustme.CA()
        until = datetime.now(UTC) + timedelta(days=certificate_days)
        begins = datetime.now(UTC) - timedelta(days=90)
        own = self.ca.issue_cert(name, not_before=begins, not_after=until)
        handler = type("Handler", (_Handler,), {"shop": shop})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_args: None  # a client that leaves is no news
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.configure_cert(context)
        self.ca.configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL
        self.http.socket = context.wrap_socket(
            self.http.socket, server_side=True, do_handshake_on_connect=False
        )
        self.address = f"https://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        with suppress(OSError):
            self.http.shutdown()
            self.http.server_close()

    def cluster(self) -> dict:
        """What a kubeconfig says of it."""
        data = base64.b64encode(self.ca.cert_pem.bytes()).decode()
        return {"server": self.address, "certificate-authority-data": data}

    def person(self, name: str, days: int = 1) -> dict:
        """What a kubeconfig says of a user with a client certificate."""
        until = datetime.now(UTC) + timedelta(days=days)
        begins = datetime.now(UTC) - timedelta(days=90)
        made = self.ca.issue_cert(f"{name}@example.com", common_name=name, not_before=begins, not_after=until)
        chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
        return {
            "client-certificate-data": base64.b64encode(chain).decode(),
            "client-key-data": base64.b64encode(made.private_key_pem.bytes()).decode(),
        }

    def kubeconfig(self, user: dict | None = None, namespace: str = "", **cluster: object) -> dict:
        """A whole kubeconfig with the context "shop"."""
        context = {
            "cluster": "shop-cluster",
            "user": "jane",
            **({"namespace": namespace} if namespace else {}),
        }
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "shop",
            "clusters": [{"name": "shop-cluster", "cluster": {**self.cluster(), **cluster}}],
            "users": [{"name": "jane", "user": {"token": TOKEN} if user is None else user}],
            "contexts": [{"name": "shop", "context": context}],
        }

    def write(self, path, user: dict | None = None, **options: object):
        """Write a kubeconfig to a path, and return the path."""
        path.write_text(yaml.safe_dump(self.kubeconfig(user, **options)))
        return path
