"""Files of a folder by their paths: read from there, and written somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["below", "write"]


def below(folder: Path, called: str) -> dict[str, bytes]:
    """Return what lies in a folder, by its path below another name; hidden files, and what Python leaves, stay away.

    Args:
        folder: the folder; one that is not there has no files.
        called: the folder's name among the files that are returned: "own", "teachers/canteen".
    """
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    shown = [path for path in paths if not any(part.startswith((".", "__")) for part in path.parts)]
    return {f"{called}/{path.as_posix()}": (folder / path).read_bytes() for path in shown}


def write(files: Mapping[str, str | bytes], folder: Path) -> None:
    """Write files into a folder, which is made where it is needed.

    Args:
        files: what each holds, by its path; text is written as UTF-8.
        folder: the folder.
    """
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
