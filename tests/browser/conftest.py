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
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pages import change_theme, open_notebook, run_all

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60
ANSWERS_WITHIN = 30_000  # milliseconds, as Playwright counts


def _absent(reason: str) -> None:
    if os.environ.get("K8SNOTES_REQUIRE_BROWSER") == "1":
        pytest.fail(f"K8SNOTES_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(f"no browser test: {reason}")


# every kernel notes where its program would connect to; Jupyter's own sockets are on this machine
_WATCH_KERNELS = """
import sys

def _note_connection(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and not str(args[1][0]).startswith(("127.", "::1")):
        with open({path!r}, "a", encoding="utf-8") as notes:
            notes.write(str(args[1]) + "\\n")

sys.addaudithook(_note_connection)
"""
_HERE = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it answers, the folder of its notebooks, and where kernels note connections."""

    url: str
    folder: Path
    connections: Path


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
def lab(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Lab]:  # noqa: ARG001  # no browser, no server
    """A JupyterLab of its own, stopped with all its kernels at the end."""
    home = tmp_path_factory.mktemp("lab")
    config = home / "config"
    (config / "labconfig").mkdir(parents=True)
    disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(disabled))
    folder = home / "notebooks"
    folder.mkdir()
    # every cell is on the page, also those that are out of sight
    tracker = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text(json.dumps({"windowingMode": "none"}))
    connections = home / "connections.txt"
    startup = home / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-watch.py").write_text(_WATCH_KERNELS.format(path=str(connections)))
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    env = dict(os.environ) | {name: str(home / place) for name, place in places.items()}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH", "")]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True",
    ]
    log = home / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/api", server, log)
        yield Lab(f"http://127.0.0.1:{port}", folder, connections)
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(5)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            _absent(f"JupyterLab ended at once: {log.read_text()[-400:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # our own server
                return
        except OSError:
            time.sleep(0.1)
    _absent(f"JupyterLab did not answer within {STARTS_WITHIN} s: {log.read_text()[-400:]}")


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
