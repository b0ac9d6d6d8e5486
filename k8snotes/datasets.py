"""Finds the applications in data/, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find", "folder", "names"]


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
    return sorted({entry.stem for entry in folder().iterdir() if not entry.name.startswith((".", "README"))})


def find(name: str) -> Path | None:
    """Return the path of the application `name`, or None if data/ has none of that name."""
    if name in names():
        for candidate in (folder() / name, folder() / f"{name}.yaml"):
            if candidate.exists():
                return candidate
    return None
