"""The one door for reading files: what is read has an end, is text, and is told in words where it is not.

`kn.load`, `kn.examine` and kubectl's flags that name a file (`-f`, `--from-file`, `--patch-file`, ...) all read here.
"""

from __future__ import annotations

import os
from collections.abc import Container
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

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


class Unreadable(Exception):  # noqa: N818  # whoever asked makes an error of it, in words of its own
    """What should be read cannot be.

    Args:
        code: "missing" (no such file or folder), "folder" (where a file is needed), "no-end" (a device or a pipe),
            "denied" (the system refuses, and says why), "size", "encoding", "closed", or "content" (an open file
            gives neither text nor bytes).
        message: what is wrong, in words.
        hint: the next step.
        line: the line, from 1, at which the text ends to be text; None where it is not that.
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
    """Return the path that a name stands for.

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
        Unreadable: it is not there, has no end, is too long, may not be read, or is no text.
    """
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise Unreadable("folder", "it is a folder, not a file", "Give the path of a file.")
        if not S_ISREG(mode):
            # a pipe or a device might never end, and might not even begin
            raise Unreadable("no-end", "it is no file with an end", "Save its content in a file.")
        # some files of /proc are regular, and wait for content all the same
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
        Unreadable: it is closed, was not opened for reading, is no text, or has no end.

    >>> import io
    >>> read_open(io.BytesIO(b"\xef\xbb\xbfkind: Pod"))
    'kind: Pod'
    """
    try:
        try:
            content = file.read(MOST_BYTES + 1)
        except TypeError:  # a `read` that takes no size
            content = file.read()
    except UnicodeDecodeError as error:
        raise _no_text(error.object, error.start) from None
    except ValueError:
        raise Unreadable("closed", "the file is closed", "Open it again, or give its path.") from None
    except OSError as error:
        raise _denied(error) from None
    except Exception as error:
        raise Unreadable("denied", f"it cannot be read: {type(error).__name__}", "Give its path.") from error
    if isinstance(content, (bytes, bytearray, memoryview)):
        return decoded(_bounded(bytes(content)))
    if isinstance(content, str):
        _bounded(content)
        return content
    raise Unreadable("content", f"it gives {type(content).__name__}, and not text", "Give text, or a path.")


def decoded(content: bytes) -> str:
    r"""Return the text of bytes in UTF-8, or in UTF-16 with its mark.

    Raises:
        Unreadable: they are no text in UTF-8.

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
    """Return the files in a folder whose names end so, sorted; links to folders are not followed.

    Args:
        folder: the folder.
        endings: the suffixes, in lower case, as ".yaml".
        deep: whether the folders in it are looked into as well.
        hidden: whether names that begin with a dot count.

    Raises:
        Unreadable: the folder may not be read, or there is no end of files in it.
    """
    found: list[Path] = []
    seen = 0
    try:
        os.scandir(folder).close()  # os.walk passes over what may not be read
        for place, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if deep and (hidden or not name.startswith("."))]
            seen += len(folders) + len(files)
            if seen > _MOST_ENTRIES:
                message = f"a folder with more than {_MOST_ENTRIES:,} files and folders"
                raise Unreadable("size", message, "Give the folder that holds the manifests.")
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
        message = f"it is longer than {MOST_BYTES // 1_000_000} MB, or has no end"
        raise Unreadable("size", message, "Split it into smaller files.")
    return content


def _missing() -> Unreadable:
    return Unreadable("missing", "there is no such file or folder")


def _denied(error: OSError) -> Unreadable:
    why = error.strerror or type(error).__name__
    hint = "Check that it is a file and that you may read it."
    return Unreadable("denied", f"it cannot be read: {why}", hint)


def _no_text(content: bytes, start: int) -> Unreadable:
    line = content.count(b"\n", 0, start) + 1
    column = start - content.rfind(b"\n", 0, start)
    return Unreadable("encoding", "this is not text in UTF-8", "Save the file as UTF-8.", line, column)
