"""The only place where files are read: what is read has an end and is text, and otherwise a message says what is wrong.

`kn.load`, `kn.examine` and kubectl's flags that name a file (`-f`, `--from-file`, `--patch-file`, ...) all read here.
"""

from __future__ import annotations

import os
from collections.abc import Container
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

from k8snotes.catalogue import _

__all__ = [
    "MOST_BYTES",
    "Unreadable",
    "decoded",
    "files_below",
    "path_of",
    "printable",
    "read_open",
    "read_text",
]

MOST_BYTES = 100_000_000
"""A file of more bytes is not read: no manifest is that long, and an endless one would fill the memory."""

_MOST_ENTRIES = 50_000
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Unreadable(Exception):  # noqa: N818  # the caller makes an error of its own from it
    """A source cannot be read.

    Args:
        code: "missing" (no such file or folder), "folder" (where a file is needed), "no-end" (a device or a pipe),
            "denied" (the system refuses, and says why), "size", "encoding", "closed", or "content" (an open file
            gives neither text nor bytes).
        message: what is wrong, in words.
        hint: the next step.
        line: the line, from 1, with the first byte that is not text; None where the encoding is not the problem.
        column: the column, from 1, in bytes.
    """

    def __init__(
        self, code: str, message: str, hint: str = "", line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.line, self.column = line, column


def printable(name: str) -> str:
    r"""Return the name of a file as a message may show it: in one line, with signs that every terminal writes.

    >>> printable("a\0b\ud800.yaml")
    'a\\x00b\\ud800.yaml'
    """
    clean = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)
    return clean[:200]


def path_of(name: str | os.PathLike[str], folder: Path | None = None) -> Path:
    """Return the path that a name means.

    Args:
        name: the name, as a reader types it; "~" is the home folder.
        folder: the folder that it counts from, None for the present one.

    Raises:
        Unreadable: there is no such file or folder.
    """
    given = os.fspath(name)
    try:
        path = Path(given).expanduser()
        path = folder / path if folder is not None else path
        path.stat()
    except OSError as error:
        if isinstance(error, PermissionError):
            raise _denied(error) from None
        raise _missing() from None
    except (ValueError, RuntimeError):  # NUL in a name, a lone surrogate; a user whose home is not known
        raise _missing() from None
    return path


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or UTF-16.

    Raises:
        Unreadable: it does not exist, has no end, is too long, cannot be read, or is not text.
    """
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise Unreadable("folder", _("it is a folder, not a file"), _("Give the path of a file."))
        if not S_ISREG(mode):
            # reading a pipe or a device might never end, or never begin
            raise Unreadable(
                "no-end", _("it is a device or a pipe, not a file"), _("Save its content in a file.")
            )
        # some files of /proc are regular files, but reading them still waits for content
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123  # by its descriptor
            content = file.read(MOST_BYTES + 1) or b""
    except FileNotFoundError:
        raise _missing() from None
    except OSError as error:
        raise _denied(error) from None
    except ValueError:
        raise _missing() from None
    return decoded(_bounded(content))


def read_open(file: Any) -> str:
    r"""Return the text of an open file.

    Args:
        file: whatever has a method `read` that gives text or bytes.

    Raises:
        Unreadable: it is closed, was not opened for reading, is not text, or has no end.

    >>> import io
    >>> read_open(io.BytesIO(b"\xef\xbb\xbfkind: Pod"))
    'kind: Pod'
    """
    try:
        try:
            content = file.read(MOST_BYTES + 1)
        except TypeError:  # a `read` that takes no size
            content = file.read()
    except Unreadable:  # a file of an archive says by itself what is wrong
        raise
    except UnicodeDecodeError as error:
        raise _no_text(error.object, error.start) from None
    except ValueError:
        raise Unreadable(
            "closed", _("the file is closed"), _("Open the file again, or give its path.")
        ) from None
    except OSError as error:
        raise _denied(error) from None
    except Exception as error:
        message = _("it cannot be read: {why}", why=type(error).__name__)
        raise Unreadable("denied", message, _("Give the path of the file.")) from error
    if isinstance(content, (bytes, bytearray, memoryview)):
        return decoded(_bounded(bytes(content)))
    if isinstance(content, str):
        _bounded(content)
        return content
    message = _("reading it gives a value of type {type}, not text", type=type(content).__name__)
    raise Unreadable("content", message, _("Give text, or a path."))


def decoded(content: bytes) -> str:
    r"""Return the text of bytes in UTF-8, or in UTF-16 with its mark.

    Raises:
        Unreadable: they are not text in UTF-8.

    >>> decoded(b"\xff\xfea\x00")
    'a'
    >>> try:
    ...     decoded("name: caf\u00e9".encode("cp1252"))
    ... except Unreadable as error:
    ...     error.line, error.column, error.hint
    (1, 10, 'Save the file as UTF-8.')
    """
    try:
        return content.decode(_MARKS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _no_text(content, error.start) from None


def files_below(folder: Path, endings: Container[str], *, deep: bool, hidden: bool) -> list[Path]:
    """Return the files in a folder with one of these suffixes, sorted; links to folders are not followed.

    Args:
        folder: the folder.
        endings: the suffixes, in lower case, as ".yaml".
        deep: whether the folders in it are looked into as well.
        hidden: whether names that begin with a dot count.

    Raises:
        Unreadable: the folder cannot be read, or it holds too many files.
    """
    found: list[Path] = []
    seen = 0
    try:
        os.scandir(folder).close()  # os.walk passes over folders that cannot be read
        for place, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if deep and (hidden or not name.startswith("."))]
            seen += len(folders) + len(files)
            if seen > _MOST_ENTRIES:
                message = _("the folder holds more than {most} files and folders", most=f"{_MOST_ENTRIES:,}")
                raise Unreadable("size", message, _("Give the folder that holds the manifests."))
            found += [
                path
                for name in files
                if (hidden or not name.startswith("."))
                and (path := Path(place, name)).suffix.lower() in endings
                and path.is_file()
            ]
    except OSError as error:
        raise _denied(error) from None
    return sorted(found)


def _bounded(content: Any) -> Any:
    if len(content) > MOST_BYTES:
        megabytes = MOST_BYTES // 1_000_000
        message = _("it is longer than {megabytes} MB, or it has no end", megabytes=megabytes)
        raise Unreadable("size", message, _("Split it into smaller files."))
    return content


def _missing() -> Unreadable:
    return Unreadable("missing", _("there is no such file or folder"))


def _denied(error: OSError) -> Unreadable:
    why = error.strerror or type(error).__name__
    hint = _("Check that it is a file and that you may read it.")
    return Unreadable("denied", _("it cannot be read: {why}", why=why), hint)


def _no_text(content: bytes, start: int) -> Unreadable:
    line = content.count(b"\n", 0, start) + 1
    column = start - content.rfind(b"\n", 0, start)
    message, hint = _("this is not text in UTF-8"), _("Save the file as UTF-8.")
    return Unreadable("encoding", message, hint, line, column)
