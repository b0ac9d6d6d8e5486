"""A static server on this machine alone, for looking at a site: it says of each file what a published one should say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

__all__ = ["serve", "served"]

_HOST = "127.0.0.1"
_NEVER_CHANGES = ("/static/", "/build/", "/extensions/")  # below an edition, whose name is of its own


class _Files(SimpleHTTPRequestHandler):
    """Answers with the files of a folder."""

    extensions_map = {  # noqa: RUF012  # the base class's own way
        **SimpleHTTPRequestHandler.extensions_map,
        ".ipynb": "application/json",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/zip",
    }

    def end_headers(self) -> None:
        """Say how long the file may be kept."""
        path = self.path.partition("?")[0]
        kept = path.startswith("/run/") and any(part in path for part in _NEVER_CHANGES)
        self.send_header("Cache-Control", "public, max-age=31536000, immutable" if kept else "no-cache")
        super().end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing of each request."""


class _Server(ThreadingHTTPServer):
    """A server that says nothing when a browser has changed its mind."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a connection that the browser has closed; say anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as it was given


def serve(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a folder, which answers once `serve_forever` is called.

    Args:
        folder: the site.
        port: where it listens on this machine; 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """
    return _Server((_HOST, port), partial(_Files, directory=folder))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder for as long as it is needed, and say its address ("http://127.0.0.1:41234/")."""
    server = serve(folder)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{_HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
