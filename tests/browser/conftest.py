"""A real JupyterLab and a real browser, for tests that type and click as a reader does.

`lab` starts one JupyterLab for all tests of the run, with empty settings, and `context` one browser. `notebook`
writes a notebook of some cells, opens it, runs it all and returns the page; `theme` changes the theme. Whatever a
page or a kernel asks of another machine fails the test that did it (`nothing_leaves`). Where Chromium or Playwright
is absent the tests are skipped; K8SNOTES_REQUIRE_BROWSER=1 makes that a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from lab_server import Lab, LabError, running_lab
from pages import change_theme, open_notebook, run_all

from k8snotes.errors import SiteError
from k8snotes.site.make import make
from k8snotes.site.serve import served

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ROOT.parent / "shared" / "pyodide"  # files of Pyodide, where they lie beside the project
ANSWERS_WITHIN = 30_000  # milliseconds, as Playwright counts


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, where several run at a time; those of a chapter have a group already."""
    for item in items:
        if not any(item.iter_markers("xdist_group")):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def _absent(reason: str) -> None:
    if os.environ.get("K8SNOTES_REQUIRE_BROWSER") == "1":
        pytest.fail(f"K8SNOTES_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(f"no browser test: {reason}")


_HERE = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True)
class Traffic:
    """What the browser asked for, and how often; `strangers` are addresses of other machines."""

    asked: list[str] = field(default_factory=list)

    def note(self, url: str) -> None:
        """Take note of a request or a WebSocket; pages that carry their data with them ask nobody."""
        if urlsplit(url).scheme not in ("data", "blob", "about"):
            self.asked.append(url)

    @property
    def strangers(self) -> list[str]:
        """Addresses that are not of this machine."""
        return [url for url in self.asked if urlsplit(url).hostname not in _HERE]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    _absent("there is no Chromium (Debian: apt-get install chromium)")
    raise AssertionError


@pytest.fixture(scope="session")
def firefox_program() -> str:
    """The path of Firefox."""
    for name in ("firefox-esr", "firefox"):
        found = shutil.which(name)
        if found:
            return found
    _absent("there is no Firefox (Debian: apt-get install firefox-esr)")
    raise AssertionError


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Lab]:  # noqa: ARG001  # no browser, no server
    """A JupyterLab of its own, stopped with all its kernels at the end."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    try:
        with running_lab(home, folder, Path(sys.executable), {"PYTHONPATH": str(ROOT)}) as lab:
            yield lab
    except LabError as error:
        _absent(str(error))


@pytest.fixture(scope="session")
def traffic() -> Traffic:
    """All that pages ask for."""
    return Traffic()


@pytest.fixture(autouse=True)
def nothing_leaves(lab: Lab, traffic: Traffic) -> Iterator[None]:
    """Fail a test in which a page or a kernel asked another machine for something."""
    yield
    strangers, traffic.asked[:] = traffic.strangers, []
    assert not strangers, f"asked other machines: {strangers}"
    called = lab.connections.read_text(encoding="utf-8") if lab.connections.exists() else ""
    lab.connections.unlink(missing_ok=True)
    assert not called, f"a kernel called other machines: {called}"


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory, chromium: str, traffic: Traffic) -> Iterator[object]:
    """A browser with an empty profile, which knows no name but that of this machine."""
    try:
        from playwright.sync_api import sync_playwright  # may be absent
    except ImportError:
        _absent("playwright is not installed (pip install playwright)")
    options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    options += ["--disable-background-networking", "--disable-component-update"]
    options += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=chromium,
            headless=True,
            args=options,
            viewport={"width": 1280, "height": 1400},
        )
        context.set_default_timeout(ANSWERS_WITHIN)
        context.on("request", lambda request: traffic.note(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: traffic.note(socket.url)))
        yield context
        context.close()


@pytest.fixture
def notebook(lab: Lab, context) -> Iterator[Callable[..., object]]:
    """Opens a notebook of the given cells (or a file's, with `path=`), runs it all, and returns the page."""
    pages = []

    def opened(*cells: str, path: Path | None = None, run: bool = True) -> object:
        name = f"test-{len(list(lab.folder.iterdir()))}.ipynb"
        text = path.read_text(encoding="utf-8") if path else json.dumps(_notebook(cells))
        (lab.folder / name).write_text(text, encoding="utf-8")
        page = open_notebook(context, lab, name)
        pages.append(page)
        if run:
            run_all(page)
        return page

    yield opened
    for page in pages:
        page.close()


def _notebook(cells: tuple[str, ...]) -> dict[str, object]:
    made = [
        {
            "cell_type": "code",
            "id": f"cell-{i}",
            "metadata": {},
            "source": cell,
            "outputs": [],
            "execution_count": None,
        }
        for i, cell in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def theme() -> Callable[..., None]:
    """Changes to a theme of JupyterLab: "JupyterLab Light", "JupyterLab Dark"."""
    return change_theme


@dataclass
class Served:
    """A site and the address where it is served."""

    folder: Path
    address: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Served]:  # noqa: ARG001  # no browser, no site
    """The site, built from nothing, and served."""
    built = os.environ.get("K8SNOTES_SITE")
    folder = Path(built).resolve() if built else tmp_path_factory.mktemp("site") / "site"
    if not built:
        # tools and what was fetched are kept from run to run; the site is not
        work = ROOT / "build" / "site-work"
        try:
            make(folder, work=work, pyodide=GIVEN if GIVEN.is_dir() else None)
        except SiteError as error:
            if GIVEN.is_dir():
                raise
            pytest.skip(f"the site cannot be built here: {error}")
    with served(folder) as address:
        yield Served(folder, address)
