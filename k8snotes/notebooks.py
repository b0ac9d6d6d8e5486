"""Finds the notebooks of the course, with their pictures and pages, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["chapters", "files", "folder"]

_CHAPTERS = "[0-9][0-9]-*.ipynb"
_READ = (_CHAPTERS, "*.md", "pictures/*.svg")  # what a reader opens, and what that shows


def folder() -> Path:
    """Return the folder of the notebooks: English at its top, every other language in a folder of its own.

    What the site is made from lies there too, in the folder `site`. The folder need not exist: whoever has only copied
    the code has no notebooks.
    """
    here = Path(__file__).resolve().parent
    packaged = here / "_notebooks"
    return packaged if packaged.is_dir() else here.parent / "notebooks"


def chapters(language: str = "en") -> list[str]:
    """Return the chapters in a language, in their order; in English where the language has none.

    Args:
        language: its name, such as "zh".

    Returns:
        Their paths in the folder of the notebooks.

    >>> chapters()[0], chapters("zh")[6], chapters("tlh") == chapters()
    ('00-start-here.ipynb', 'zh/06-labels.ipynb', True)
    """
    return _below(folder() / language, _CHAPTERS) or _below(folder(), _CHAPTERS)


def files() -> list[str]:
    """Return the paths, in the folder of the notebooks, of all that readers open: chapters, pictures and pages.

    Every language is among them: a chapter links to the same chapter in the other language.

    >>> {"06-labels.ipynb", "glossary.md", "pictures/scaler.svg", "zh/06-labels.ipynb"} <= set(files())
    True
    """
    places = [folder(), *sorted({path.parent for path in folder().glob(f"[!.]*/{_CHAPTERS}")})]
    return [name for place in places for pattern in _READ for name in _below(place, pattern)]


def _below(place: Path, pattern: str) -> list[str]:
    return sorted(path.relative_to(folder()).as_posix() for path in place.glob(pattern))
