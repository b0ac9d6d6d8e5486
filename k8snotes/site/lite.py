"""The edition to run: JupyterLab as static files, whose kernel is Python in the browser.

It is put together by JupyterLite, from nothing each time: an incremental build silently asks the network for Python again.

Source of the settings: https://jupyterlite.readthedocs.io/en/0.6/reference/config.html
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from k8snotes.site.pyodide import Pyodide

__all__ = ["Lite"]

_KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
_BUILD = {
    "LiteBuildConfig": {
        "contents": ["files"],
        "apps": ["lab", "tree"],
        "no_unused_shared_packages": True,
        "no_sourcemaps": True,
    }
}


@dataclass(frozen=True, slots=True)
class Lite:
    """The edition to run.

    Args:
        pyodide: what its Python is made from.
        edition: its name, under which a browser keeps what a reader changed.
        sources: the folder of the site's sources.
    """

    pyodide: Pyodide
    edition: str
    sources: Path

    def write(self, folder: Path, files: Mapping[str, bytes], work: Path) -> None:
        """Write the edition.

        Args:
            folder: where it is written; not there yet.
            files: what readers find there, by its path.
            work: a folder in which it is put together; what is in it goes.

        Raises:
            SiteError: something is missing, or JupyterLite fails.
        """
        shutil.rmtree(work, ignore_errors=True)
        for path, text in files.items():
            (work / "files" / path).parent.mkdir(parents=True, exist_ok=True)
            (work / "files" / path).write_bytes(text)
        self.pyodide.write(work / "static" / "pyodide")
        _write(work / "jupyter_lite_config.json", _BUILD)
        _write(work / "jupyter-lite.json", self._settings())
        shutil.copyfile(self.sources / "lite" / "overrides.json", work / "overrides.json")
        words = ("lite", "build", "--lite-dir", work, "--output-dir", folder)
        self.pyodide.tools.run("jupyter", *words, folder=work)
        self._finish(folder)

    def _settings(self) -> Mapping[str, Any]:
        """Return what JupyterLite reads when its page is opened."""
        first = self.pyodide.stack.first
        kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": first}}
        return {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {
                "appName": "k8snotes",
                "contentsStorageName": f"k8snotes {self.edition}",
                "settingsStorageName": "k8snotes settings",
                "workspacesStorageName": f"k8snotes workspaces {self.edition}",
                "exposeAppInBrowser": True,
                "litePluginSettings": {_KERNEL: kernel},
            },
        }

    def _finish(self, folder: Path) -> None:
        """Put the line that says what is happening into each page, and take away what only a developer needs."""
        for page in folder.glob("*/index.html"):
            text = page.read_text(encoding="utf-8")
            page.write_text(
                text.replace("</head>", '<script defer src="../status.js"></script></head>', 1), encoding="utf-8"
            )
        shutil.copyfile(self.sources / "lite" / "status.js", folder / "status.js")


def _write(path: Path, table: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
