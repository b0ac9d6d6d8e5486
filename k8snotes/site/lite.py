"""The edition to run: JupyterLab as static files, whose kernel is Python in the browser.

It is put together by JupyterLite, from nothing each time: an incremental build silently asks the network for Python again.

Source of the settings: https://jupyterlite.readthedocs.io/en/0.6/reference/config.html
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from k8snotes.catalogue import _, speaking
from k8snotes.site import tree
from k8snotes.site.links import LANGUAGES
from k8snotes.site.pyodide import Pyodide

__all__ = ["Lite"]

_KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
_APPS = ("lab",)
_BUILD = {
    "LiteBuildConfig": {
        "contents": ["files"],
        "apps": list(_APPS),
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
        tree.write(files, work / "files")
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
        """Put the line that says what is happening into each page, and a way into this edition beside it."""
        words = json.dumps({language: _words(language) for language in LANGUAGES}, ensure_ascii=False)
        said = f'<script type="application/json" id="k8snotes-words">{words}</script>'
        for page in (folder / app / "index.html" for app in _APPS):
            text = page.read_text(encoding="utf-8")
            head, end, rest = text.partition("</head>")
            page.write_text(
                f'{head}{said}<script defer src="../status.js"></script>{end}{rest}', encoding="utf-8"
            )
        shutil.copyfile(self.sources / "lite" / "status.js", folder / "status.js")
        way = (self.sources / "lite" / "index.html").read_text(encoding="utf-8")
        (folder.parent / "index.html").write_text(way.replace("EDITION", self.edition), encoding="utf-8")


def _words(language: str) -> dict[str, str]:
    """Return what the line at the foot says in a language, by the name that its script has for it."""
    with speaking(language):
        return {
            key: str(text)
            for key, text in {
                "opening": _("The notebook is being opened."),
                "starting": _(
                    "Python is starting in your browser. The first time, that takes about half a minute: you can read meanwhile."
                ),
                "running": _("Running."),
                "ready": _("Ready. Shift+Enter runs a cell. Nothing leaves your browser."),
                "unkept": _(
                    "Ready. Shift+Enter runs a cell. Your progress cannot be kept here: the browser keeps it only for "
                    "pages with https."
                ),
                "fetching": _(
                    "The first table needs more of Python: {name} is being fetched.", name="{name}"
                ),
                "choose": _("Choose a chapter on the left."),
                "read": _("Read this chapter"),
                "home": _("All chapters"),
                "afresh": _("Start this chapter afresh"),
                "sure": _(
                    "Your changes of this chapter will be lost. What you have solved is kept. Start afresh?"
                ),
            }.items()
        }


def _write(path: Path, table: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
