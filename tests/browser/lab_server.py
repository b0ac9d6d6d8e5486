"""Starts a JupyterLab with empty settings, of this Python or of another one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN = 60

# every kernel notes where its program would connect to; Jupyter's own sockets are on this machine
_WATCH_KERNELS = """
import sys

def _note_connection(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and not str(args[1][0]).startswith(("127.", "::1")):
        with open({path!r}, "a", encoding="utf-8") as notes:
            notes.write(str(args[1]) + "\\n")

sys.addaudithook(_note_connection)
"""


class LabError(Exception):
    """JupyterLab did not start; the message says why."""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it answers, the folder of its notebooks, and where kernels note connections."""

    url: str
    folder: Path
    connections: Path


@contextmanager
def running_lab(home: Path, folder: Path, python: Path, env: Mapping[str, str]) -> Iterator[Lab]:
    """Run JupyterLab on `folder` with its settings in `home`; raises LabError."""
    config = home / "config" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    config.write_text(json.dumps(disabled))
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
            [python, "-m", "jupyterlab", *options],
            env={**os.environ, **{name: str(home / place) for name, place in places.items()}, **env},
            cwd=folder,
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
            raise LabError(f"JupyterLab ended at once: {log.read_text()[-400:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # our own server
                return
        except OSError:
            time.sleep(0.1)
    raise LabError(f"JupyterLab did not answer within {STARTS_WITHIN} s: {log.read_text()[-400:]}")
