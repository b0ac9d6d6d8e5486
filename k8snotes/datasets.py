"""Finds the applications in data/, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find", "folder", "names"]


_REPAIRS, _EXAMPLES = (
    "repairs",
    "examples",
)  # texts with faults: to be repaired by readers, and to be shown in a chapter


def folder() -> Path:
    """Return the folder that holds the applications of the course."""
    here = Path(__file__).resolve().parent
    packaged = here / "_data"
    return packaged if packaged.is_dir() else here.parent / "data"


def names() -> list[str]:
    """Return the names that `kn.load` knows: each a file or a folder in data/.

    >>> "guestbook" in names()
    True
    """
    entries = [entry for entry in folder().iterdir() if not entry.name.startswith((".", "README"))]
    return sorted({entry.stem for entry in entries} - {_REPAIRS, _EXAMPLES})


def find(name: str) -> Path | None:
    """Return the path of the application `name`, or None if data/ has none of that name.

    "repairs/5" is the fifth manifest that readers repair, "examples/tickets" a manifest that a chapter examines.

    >>> find("repairs/5").name
    '05-payments.yaml'
    """
    kind, _, number = name.partition("/")
    if kind == _REPAIRS and number.isdecimal() and len(number) < 3:
        return next(iter(sorted((folder() / _REPAIRS).glob(f"{int(number):02}-*.yaml"))), None)
    if kind == _EXAMPLES:
        path = folder() / _EXAMPLES / f"{number}.yaml"
        return path if path in (folder() / _EXAMPLES).glob("*.yaml") else None
    if name in names():
        for candidate in (folder() / name, folder() / f"{name}.yaml"):
            if candidate.exists():
                return candidate
    return None
