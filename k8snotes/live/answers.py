"""What a server may be asked, and how it answers: all that reading a cluster knows of the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

__all__ = ["Lost", "Refused", "Server"]


class Refused(Exception):  # noqa: N818  # an answer of the server, of which the caller makes a note or an error
    """The server answers with another status than 200.

    Its sentence is left behind, because it has the name of the user.

    Args:
        status: the status of HTTP: 403.
        reason: the reason in the API server's Status: "Forbidden"; "" where it gives none.
    """

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(status)
        self.status, self.reason = status, reason


class Lost(Exception):  # noqa: N818  # the caller tries again, or makes an error of it
    """The connection ended before the answer did.

    Args:
        code: why: one of the codes of `ConnectError`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Server(Protocol):
    """An API server, as it is read: there is nothing in it that could write."""

    moment: str
    """When the server has answered last, by its own clock: "2026-01-01T00:00:00Z"; "" before that."""

    def get(self, path: str, params: Mapping[str, str] = ..., accept: str = ...) -> Any:
        """Return the JSON at a path. Raises Refused and, where the server cannot be read at all, ConnectError."""

    def lines(
        self, path: str, params: Mapping[str, str], seconds: float
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Open a stream of lines, which is over after some seconds at most. Raises Refused and Lost."""

    def hang_up(self) -> None:
        """End all streams, also those that other threads are reading."""

    def close(self) -> None:
        """End all connections."""
