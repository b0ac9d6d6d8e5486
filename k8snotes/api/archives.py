"""Files that are packed: gzip, zip and tar, read where they lie. Nothing is unpacked on a disk, so no name in one can escape."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from k8snotes.api.files import Unreadable
from k8snotes.catalogue import _

__all__ = ["Member", "broken", "members"]

MOST_UNPACKED = 4_000_000_000
"""An archive of more bytes than this, unpacked, is not read further."""

_SMALL = 100_000_000
_MOST_TIMES = 100  # a dump is packed to a twentieth; what is packed to far less was made to fill the memory
_MOST_MEMBERS = 50_000
_ENDINGS = {".yaml", ".yml", ".json"}
_FAULTS: tuple[type[Exception], ...] = (
    *(EOFError, OSError, RuntimeError),
    *(zlib.error, tarfile.TarError, zipfile.BadZipFile),
)
with contextlib.suppress(ImportError):  # in a browser, Python has no xz, and tarfile says so itself
    from lzma import LZMAError

    _FAULTS += (LZMAError,)


class Member(NamedTuple):
    """A file in an archive.

    Args:
        name: its path in the archive; that of the archive for the only one of gzip.
        size: how long it is in bytes, unpacked; 0 if that is not known.
        file: the open file.
    """

    name: str
    size: int
    file: io.BufferedReader[Any]


class _Account:
    """How many bytes an archive has become so far."""

    def __init__(self, packed: int) -> None:
        self._most = min(MOST_UNPACKED, max(_SMALL, packed * _MOST_TIMES))
        self._so_far = 0

    def add(self, size: int) -> None:
        self._so_far += size
        if self._so_far > self._most:
            megabytes = f"{self._most // 1_000_000:,}"
            message = _("it unpacks to more than {megabytes} MB", megabytes=megabytes)
            raise Unreadable("size", message, _("Unpack it, look at what it holds, and give the files."))


class _Counted(io.RawIOBase):
    """A file of an archive, whose bytes are counted, and whose faults have words."""

    def __init__(self, inner: Any, account: _Account) -> None:
        super().__init__()
        self._inner, self._account = inner, account

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._inner.read(len(buffer))
        except _FAULTS as error:
            raise broken(error) from None
        self._account.add(len(content))
        buffer[: len(content)] = content
        return len(content)


def broken(error: Exception) -> Unreadable:
    """Return what is said of an archive that cannot be unpacked."""
    message = _("it cannot be unpacked: {why}", why=str(error)[:120] or type(error).__name__)
    return Unreadable("archive", message, _("Copy it again, or unpack it and give the folder."))


def members(path: Path, sort: str) -> Iterator[Member]:
    """Yield the files of an archive that may hold manifests, in its order; each is closed when the next is asked for.

    Args:
        path: the archive.
        sort: how it is packed, as `packing` says it.

    Raises:
        Unreadable: it cannot be unpacked, or it would unpack to far too much.
    """
    account = _Account(path.stat().st_size)
    try:
        if sort == "gzip":
            with gzip.open(path) as single:
                yield Member(path.name, 0, _counted(single, account))
        elif sort == "zip":
            with zipfile.ZipFile(path) as archive:
                for number, info in enumerate(archive.infolist()):
                    _bounded(number)
                    if not info.is_dir() and _may_hold(info.filename):
                        with archive.open(info) as file:
                            yield Member(info.filename, info.file_size, _counted(file, account))
        else:
            with tarfile.open(path) as tape:
                for number, entry in enumerate(tape):
                    _bounded(number)
                    account.add(0 if _may_hold(entry.name) and entry.isfile() else entry.size)
                    if entry.isfile() and _may_hold(entry.name) and (inside := tape.extractfile(entry)):
                        with inside:
                            yield Member(entry.name, entry.size, _counted(inside, account))
    except _FAULTS as error:
        raise broken(error) from None


def _counted(file: Any, account: _Account) -> io.BufferedReader[Any]:
    return io.BufferedReader(_Counted(file, account), 1 << 20)


def _bounded(number: int) -> None:
    if number >= _MOST_MEMBERS:
        message = _("the archive holds more than {most} files", most=f"{_MOST_MEMBERS:,}")
        raise Unreadable("size", message, _("Unpack it, look at what it holds, and give the files."))


def _may_hold(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in path.parts)
    return path.suffix.lower() in _ENDINGS and not hidden
