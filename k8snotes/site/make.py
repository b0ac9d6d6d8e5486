"""The whole site: the pages to read in every language, the edition to run, and what a server is told about them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from k8snotes import __version__, notebooks
from k8snotes.catalogue import _, speaking
from k8snotes.errors import SiteError
from k8snotes.site import gallery, own, reading, reference, teaching, tree
from k8snotes.site.links import LANGUAGES, Links
from k8snotes.site.lite import Lite
from k8snotes.site.pyodide import Pyodide
from k8snotes.site.stack import Stack
from k8snotes.site.tools import Tools
from k8snotes.site.wheel import NAME, wheel

__all__ = ["make"]

# how Sphinx calls a language
_SPHINX = {"en": "en", "zh": "zh_CN"}
_MARK = ".k8snotes-site"  # lies in every folder that was made here, so that no other folder is ever cleared


def make(
    folder: Path,
    *,
    work: Path | None = None,
    pyodide: Path | None = None,
    extra: Path | None = None,
    say: Callable[[str], None] = lambda _text: None,
) -> None:
    """Make the site in a folder, from nothing; what is fetched for it is kept beside it.

    Args:
        folder: where the site is made; what was made there before goes.
        work: where tools and fetched files are kept; by default beside the folder.
        pyodide: a folder that has files of Pyodide; None to take all from npm and from its release.
        extra: a folder with chapters of one's own; None for none.
        say: told what is being done.

    Raises:
        SiteError: something that the site needs is missing, or one of the tools fails; the folder is as it was.
    """
    folder, sources = folder.resolve(), notebooks.folder() / "site"
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise SiteError(
            _(
                "{folder} holds something else than a site. Name an empty folder, or one that is not there yet.",
                folder=folder,
            )
        )
    stack = _stack(sources)
    work = (work or folder.parent / f"{folder.name}-work").resolve()
    work.mkdir(parents=True, exist_ok=True)
    say(_("The tools: {folder}", folder=work))
    tools = Tools.installed(stack, work)
    files = {**_run_files(), **(own.files(extra) if extra else {})}
    edition = _edition(files, sources)
    new = work / "new"
    shutil.rmtree(new, ignore_errors=True)
    say(_("The edition to run: {edition}", edition=edition))
    lite = Lite(Pyodide(stack, tools, work / "fetched", pyodide), edition, sources)
    lite.write(new / "run" / edition, files, work / "lite")
    (work / NAME).write_bytes(wheel(whole=True))
    tools.install(work / NAME)
    for language in LANGUAGES:
        say(_("The pages to read: {language}", language=language))
        links = Links(language, edition)
        pages = work / "pages" / language
        shutil.rmtree(pages, ignore_errors=True)
        tree.write(_pages(language, links, extra), pages)
        _sphinx(tools, sources, pages, links, new / language)
    _join(new)
    shutil.copyfile(sources / "server" / "_headers", new / "_headers")
    (new / ".nojekyll").touch()
    (new / _MARK).write_text(f"{edition}\n", encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(new, folder)
    say(_("The site: {folder}", folder=folder))


def _stack(sources: Path) -> Stack:
    try:
        return Stack.read(sources / "stack.toml")
    except (OSError, ValueError, KeyError) as error:
        raise SiteError(_("{file} cannot be read: {why}", file=sources / "stack.toml", why=error)) from error


def _run_files() -> dict[str, bytes]:
    """Return what readers of the running edition find: chapters, pages, pictures, and the notebooks of the gallery."""
    there = {name: (notebooks.folder() / name).read_bytes() for name in notebooks.files()}
    made = dict(_made_notebooks())
    return there | made | teaching.files()


def _made_notebooks() -> Iterator[tuple[str, bytes]]:
    for language in LANGUAGES:
        home = Links(language, "").folder
        for maker in (gallery, reference):
            for name, text in maker.notebooks(language).items():
                yield f"{home}{name}", text.encode()


def _edition(files: Mapping[str, bytes], sources: Path) -> str:
    """Return the name of an edition: the version, and eight digits that change with whatever is in it."""
    digest = hashlib.sha256(wheel())
    for name, text in sorted(files.items()):
        digest.update(name.encode() + b"\0" + text)
    makers = (Path(__file__).with_name(f"{name}.py") for name in ("compiled", "lite", "pyodide"))
    for path in (
        sources / "stack.toml",
        sources / "compile.mjs",
        *sorted((sources / "lite").iterdir()),
        *makers,
    ):
        digest.update(path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:8]}"


def _pages(language: str, links: Links, extra: Path | None) -> dict[str, str | bytes]:
    pages: dict[str, str | bytes] = {}
    with speaking(language):
        for maker in (reading, reference, gallery, teaching):
            pages |= maker.pages(language, links)
        if extra:
            pages |= own.pages(extra, links)
            pages["index.md"] = str(pages["index.md"]) + "\n```{toctree}\n:hidden:\n\nown/index\n```\n"
    return pages


def _sphinx(tools: Tools, sources: Path, pages: Path, links: Links, out: Path) -> None:
    """Let Sphinx make pages of their sources."""
    # -W: whatever Sphinx does not understand is an error; -E: nothing of an earlier time is used again
    words = (
        "-W",
        "--keep-going",
        "-q",
        "-E",
        "-b",
        "html",
        "-c",
        sources,
        "-d",
        pages.parent / f"read-{links.language}",
    )
    said = ("-D", f"language={_SPHINX[links.language]}", "-D", f"edition={links.edition}")
    tools.run("sphinx-build", *words, *said, pages, out)
    for needless in (".buildinfo", ".doctrees", "objects.inv", "_sources", "jupyter_execute"):
        path = out / needless
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(
        out.parent / "jupyter_execute", ignore_errors=True
    )  # MyST-NB leaves it beside what it is asked for


def _join(site: Path) -> None:
    """Put the pages of the first language at the root, where those of the others have a folder each."""
    first = site / LANGUAGES[0]
    for path in first.iterdir():
        shutil.move(path, site / path.name)
    first.rmdir()
