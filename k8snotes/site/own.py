"""Chapters of one's own on the site: a teacher's notebooks, with their exercises, manifests and data."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from k8snotes.catalogue import _
from k8snotes.errors import SiteError
from k8snotes.site import tree
from k8snotes.site.links import Links

__all__ = ["files", "pages"]

_FOLDER = "own"  # in the running edition, and among the pages


def files(folder: Path) -> dict[str, bytes]:
    """Return what lies in a folder, by its path in the running edition; files whose name begins with a dot stay away.

    Args:
        folder: the folder with the notebooks.

    Raises:
        SiteError: there is no such folder, or no notebook in it.
    """
    found = tree.below(folder, _FOLDER)
    if not any(name.endswith(".ipynb") for name in found):
        raise SiteError(_("{folder} has no notebook (a file that ends in .ipynb).", folder=folder))
    return found


def pages(folder: Path, links: Links) -> dict[str, str | bytes]:
    """Return a page for each notebook of the folder, and the list of them.

    Args:
        folder: the folder with the notebooks.
        links: where other editions are, seen from the pages of this language.
    """
    made: dict[str, str | bytes] = {}
    for path in sorted(folder.glob("*.ipynb")):
        book = json.loads(path.read_text(encoding="utf-8"))
        address = links.run_in_english(f"{_FOLDER}/{path.name}", depth=1)
        door = f'<div class="kn-doors"><a class="kn-door kn-run" href="{escape(address)}">{escape(_("Run this chapter here"))}</a></div>'
        _after_the_title(book, door)
        made[f"{_FOLDER}/{path.name}"] = json.dumps(book, ensure_ascii=False, indent=1) + "\n"
    names = "\n".join(Path(name).stem for name in made)
    title = _("Chapters of your own")
    made[f"{_FOLDER}/index.md"] = f"# {title}\n\n```{{toctree}}\n{names}\n```\n"
    return made


def _after_the_title(book: dict[str, list[dict[str, object]]], html: str) -> None:
    """Put HTML below the title of a notebook, or at its head where it has none."""
    first = book["cells"][0] if book["cells"] else None
    text = "".join(first["source"]) if first and first["cell_type"] == "markdown" else ""  # type: ignore[arg-type]
    if first is not None and text.startswith("# "):
        title, _newline, rest = text.partition("\n")
        first["source"] = f"{title}\n\n{html}\n{rest}"
    else:
        book["cells"].insert(
            0, {"cell_type": "markdown", "metadata": {}, "source": html, "id": "k8snotes-doors"}
        )
