"""The running edition in Firefox, as Debian has it: the same answers as in Chromium, and as in the committed notebooks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from firefox import Page, firefox
from lessons import NOTEBOOKS, notebooks
from running import assert_same_answers, edition

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

# a page of a browser without a window has no focus, and then JupyterLab has no current notebook
_NOTEBOOK = "[...(window.jupyterapp?.shell?.widgets('main') ?? [])].find(widget => widget.context)"
_STARTS_WITHIN = 240  # seconds


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, firefox_program: str) -> Iterator[Page]:
    """The page of a Firefox."""
    with firefox(firefox_program, tmp_path_factory.mktemp("firefox")) as page:
        yield page


def _tried() -> list[Path]:
    everything = os.environ.get("K8SNOTES_SITE_CHAPTERS") == "all"
    return [path for path in notebooks() if everything or path.stem == "06-labels"]


@pytest.mark.parametrize(
    "path", _tried(), ids=lambda path: path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
)
def test_a_chapter_gives_the_same_answers_in_firefox(site, page, path):
    """After one Run All every cell has run, and says and shows what the committed notebook has; no other host is asked."""
    name = path.relative_to(NOTEBOOKS).as_posix()
    page.goto(f"{site.address}run/{edition(site.folder).name}/lab/index.html?path={name}")
    kernel = "?.sessionContext?.session?.kernel"
    page.wait_for(f"['idle', 'busy'].includes(({_NOTEBOOK}){kernel}?.status)", _STARTS_WITHIN)
    page.evaluate(
        f"""(() => {{ const opened = {_NOTEBOOK}; window.ran = false;
        window.jupyterapp.shell.activateById(opened.id);
        window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => {{ window.ran = true; }}); }})()"""
    )
    page.wait_for(f"window.ran && ({_NOTEBOOK}){kernel}.status === 'idle'", _STARTS_WITHIN)
    model = f"({_NOTEBOOK}).content.model.toJSON()"
    assert_same_answers(path, page.evaluate(f"{model}.cells.filter(cell => cell.cell_type === 'code')"))
    hosts = {
        urlsplit(url).hostname for url in page.asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")
    }
    assert hosts == {"127.0.0.1"}
