"""Where the pages of the site are, seen from each other: every address is relative, so the folder works wherever it is put."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from k8snotes import __version__
from k8snotes.repository import binder

__all__ = ["LANGUAGES", "Links"]

LANGUAGES = ("en", "zh")  # English stands at the root of the site, each other language in its folder


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that pages of one language have.

    Args:
        language: "en" or "zh".
        edition: the name of the running edition, as its folder has it ("0.1.0-1a2b3c4d").

    >>> links = Links("zh", "0.1.0-1a2b3c4d")
    >>> links.run("06-labels.ipynb", depth=1)
    '../../run/0.1.0-1a2b3c4d/lab/index.html?path=zh/06-labels.ipynb'
    >>> links.other("chapters/06-labels.html", depth=1)
    '../../chapters/06-labels.html'
    >>> Links("en", "0.1.0-1a2b3c4d").other("index.html", depth=0)
    'zh/index.html'
    """

    language: str
    edition: str

    @property
    def folder(self) -> str:
        """The folder of the language, in the site and in the running edition: "" or "zh/"."""
        return "" if self.language == LANGUAGES[0] else f"{self.language}/"

    def root(self, depth: int) -> str:
        """Return the way to the root of the site, from a page so many folders below its language's root."""
        return "../" * (depth + self.folder.count("/"))

    def run(self, notebook: str, depth: int) -> str:
        """Return where a notebook of this language is run in the browser: "06-labels.ipynb", "gallery/trace.ipynb"."""
        path = quote(f"{self.folder}{notebook}")
        return f"{self.root(depth)}run/{self.edition}/lab/index.html?path={path}"

    def run_in_english(self, notebook: str, depth: int) -> str:
        """Return where a notebook is run that there is only once, beside the English ones: "teachers/canteen/canteen-01.ipynb"."""
        return f"{self.root(depth)}{Links(LANGUAGES[0], self.edition).run(notebook, 0)}"

    def source(self, name: str) -> str:
        """Return the file of the site's sources that has a page in this language: "index.md", "index.zh.md"."""
        return f"{name}.md" if self.language == LANGUAGES[0] else f"{name}.{self.language}.md"

    def binder(self, notebook: str) -> str:
        """Return where a notebook of this language is opened on Binder: another machine, which a reader has to choose."""
        return binder(f"notebooks/{self.folder}{notebook}", __version__)

    def other(self, page: str, depth: int) -> str:
        """Return the same page in the other language, from a page so many folders below its language's root."""
        other = next(each for each in LANGUAGES if each != self.language)
        return f"{self.root(depth)}{'' if other == LANGUAGES[0] else f'{other}/'}{page}"
