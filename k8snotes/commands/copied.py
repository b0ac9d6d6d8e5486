"""The reader's copies of the chapters: what was copied, what the reader has changed since, and what is newer.

A file of the folder remembers what was copied. So a copy that the reader has not changed becomes the newer one, and one that
was changed is never written over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from k8snotes import notebooks

__all__ = ["FILE", "Copied", "Kept"]

FILE = ".k8snotes-chapters.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that the reader has changed.

    Args:
        file: its path in the folder.
        outdated: whether the package is known to have a newer one than that from which the reader's was made.
        moved_to: where it is now, because a new copy has taken its place; "" if it has stayed.
    """

    file: str
    outdated: bool
    moved_to: str = ""


class Copied:
    """The copies in a folder.

    Args:
        folder: the reader's folder; it need not exist.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     first, again = Copied(Path(place, "mine")).take(), Copied(Path(place, "mine")).take()
    >>> first == len(notebooks.files()), again
    (True, 0)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: list[Kept] = []
        self._digests = self._read()

    def take(self, again: Collection[str] = ()) -> int:
        """Copy whatever is missing or newer, and keep what the reader has changed.

        Args:
            again: the files that are copied anew; one that was changed gets another name.

        Returns:
            How many files were written. `.kept` has those that the reader has changed.

        Raises:
            OSError: a file cannot be read or written.
        """
        self.kept = []
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            return sum(self._take(name, anew=name in again) for name in notebooks.files())
        finally:
            self._write(self.folder / FILE, json.dumps(self._digests, indent=1).encode())

    def _take(self, name: str, *, anew: bool) -> bool:
        """Copy one file, if it is to be copied; say whether it was written."""
        content = (notebooks.folder() / name).read_bytes()
        new, target = _digest(name, content), self.folder / name
        if target.exists():
            mine = _digest(name, target.read_bytes())
            copied = self._digests.get(name)
            if mine == new:
                self._digests[name] = new
                return False
            if mine != copied:
                moved_to = self._moved(target) if anew else ""
                self.kept.append(Kept(name, outdated=copied not in (None, new), moved_to=moved_to))
                if not anew:
                    return False
        target.parent.mkdir(parents=True, exist_ok=True)
        self._write(target, content)
        self._digests[name] = new
        return True

    def _moved(self, target: Path) -> str:
        """Give the reader's own file another name, which no file has, and return it."""
        number, other = 1, target.with_stem(f"{target.stem}-mine")
        while other.exists():
            number += 1
            other = target.with_stem(f"{target.stem}-mine-{number}")
        target.rename(other)
        return other.relative_to(self.folder).as_posix()

    def _read(self) -> dict[str, str]:
        try:
            kept = json.loads((self.folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return (
            {name: digest for name, digest in kept.items() if isinstance(digest, str)}
            if isinstance(kept, dict)
            else {}
        )

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        """Write a file wholly or not at all."""
        unfinished = path.with_name(f".{path.name}.new")
        unfinished.write_bytes(content)
        os.replace(unfinished, path)  # noqa: PTH105  # as on every system


def _digest(name: str, content: bytes) -> str:
    """Return what tells a file from a changed one.

    Of a notebook its cells count, with their outputs: JupyterLab writes the name of the kernel into a notebook that was only
    opened, and numbers the cells that were run.
    """
    if name.endswith(".ipynb"):
        try:
            cells = json.loads(content)["cells"]
            told = [(cell["cell_type"], "".join(cell["source"]), cell.get("outputs", [])) for cell in cells]
            content = json.dumps(told, sort_keys=True).encode()
        except (ValueError, KeyError, TypeError, RecursionError):
            pass  # the reader's own business: it is compared as it is
    return sha256(content).hexdigest()
