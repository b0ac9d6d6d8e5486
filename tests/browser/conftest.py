"""A real JupyterLab and a real browser, for tests that type and click as a reader does.

`lab` starts one JupyterLab for all tests of the run, with empty settings; `notebook` writes a notebook of some
cells, opens it, runs it all and returns the page; `theme`
changes the theme. Where Chromium or Playwright is absent the tests are
skipped; K8SNOTES_REQUIRE_BROWSER=1 makes that a failure.
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
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60
ANSWERS_WITHIN = 30_000  # milliseconds, as Playwright counts

_RUN_ALL = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
}"""


def _absent(reason: str) -> None:
    if os.environ.get("K8SNOTES_REQUIRE_BROWSER") == "1":
        pytest.fail(f"K8SNOTES_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(f"no browser test: {reason}")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it answers, and the folder of its notebooks."""

    url: str
    folder: Path


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
        yield Lab(f"http://127.0.0.1:{port}", folder)
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
def context(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[object]:
    """A browser with an empty profile."""
    try:
        from playwright.sync_api import sync_playwright  # may be absent
    except ImportError:
        _absent("playwright is not installed (pip install playwright)")
    options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    options += ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=chromium,
            headless=True,
            args=options,
            viewport={"width": 1280, "height": 1400},
        )
        context.set_default_timeout(ANSWERS_WITHIN)
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
        page = context.new_page()
        pages.append(page)
        page.goto(f"{lab.url}/lab/tree/{name}?reset")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
        if run:
            page.evaluate(_RUN_ALL)
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

    def change(page, name: str) -> None:
        page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        light = "true" if name.endswith("Light") else "false"
        page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")

    return change
