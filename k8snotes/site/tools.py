"""The tools of the ecosystem that make a site, in an environment of their own: Sphinx and JupyterLite.

Their versions fit each other and not what is installed beside k8snotes, so they never meet it.
"""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from k8snotes.catalogue import _
from k8snotes.errors import SiteError
from k8snotes.site.stack import Stack

__all__ = ["Tools"]

_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


@dataclass(frozen=True, slots=True)
class Tools:
    """An environment with the tools.

    Args:
        folder: where it is.
    """

    folder: Path

    @classmethod
    def installed(cls, stack: Stack, below: Path) -> Tools:
        """Return the tools of a stack, installed below a folder; at once if they are there.

        Raises:
            SiteError: pip cannot install them.
        """
        tools = cls(below / f"tools-{stack.tools_digest}")
        done = tools.folder / "installed"
        if not done.exists():
            venv.create(tools.folder, with_pip=True, clear=True)
            tools.pip("install", *stack.tools)
            done.touch()
        return tools

    @property
    def labextensions(self) -> Path:
        """The folder of the extensions of JupyterLab that are installed with the tools."""
        return self.folder / "share" / "jupyter" / "labextensions"

    def install(self, wheel: Path) -> None:
        """Install a wheel in place of the one that was there, and nothing that it needs.

        Raises:
            SiteError: pip cannot install it.
        """
        self.pip("install", "--no-deps", "--force-reinstall", wheel)

    def pip(self, *words: str | Path, environment: Mapping[str, str] | None = None) -> None:
        """Run pip in the environment; `words` and `environment` as for `run`.

        Raises:
            SiteError: pip fails; with what it said last.
        """
        self.run("python", *_PIP, *words, environment=environment)

    def run(
        self,
        program: str,
        *words: str | Path,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run one of the tools to its end.

        Args:
            program: its name, such as "sphinx-build".
            words: its arguments.
            folder: where it is run; by default the current folder.
            environment: what it is told beside what this process was told.

        Raises:
            SiteError: it failed, or it is not there; with what it said last.
        """
        suffix = ".exe" if os.name == "nt" else ""
        path = self.folder / _SCRIPTS / f"{program}{suffix}"
        try:
            done = subprocess.run(  # noqa: S603  # the tools of the stack, with words of the builder
                [path, *words],
                cwd=folder,
                env={**_clean(os.environ), **(environment or {})},
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise SiteError(
                _("{program} cannot be started: {why}", program=path.name, why=error.strerror or "")
            ) from error
        if done.returncode:
            said = "\n".join(_last_lines(f"{done.stdout}\n{done.stderr}"))
            raise SiteError(_("{program} failed:\n{said}", program=program, said=said))


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what would lead one Python to the packages of another."""
    return {name: value for name, value in environment.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _last_lines(text: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line.strip()][-20:]
