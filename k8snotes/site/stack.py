"""The versions of all that a site is made of, read from the one file that has them: `notebooks/site/stack.toml`."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

__all__ = ["Stack"]


@dataclass(frozen=True, slots=True)
class Stack:
    """What a site is made of.

    Args:
        tools: the requirements of the tools, as pip reads them.
        version: the version of Pyodide.
        python: the version of its Python, such as "3.12".
        release: the address of Pyodide's release.
        files: Pyodide's own files, each with its sha256.
        packages: the packages that are taken of Pyodide's release; what they need is taken, too.
        first: the packages that are loaded with the kernel.
        wheels: packages from PyPI, as pip reads them, each with its sha256.
        left_out: what is left out of packages, by the name of a package: patterns of paths; "!" before one keeps what
            it fits.
    """

    tools: tuple[str, ...]
    version: str
    python: str
    release: str
    files: Mapping[str, str]
    packages: tuple[str, ...]
    first: tuple[str, ...]
    wheels: Mapping[str, str]
    left_out: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, path: Path) -> Stack:
        """Return what a file says.

        Raises:
            OSError, ValueError, KeyError: there is no such file, or it is no stack.
        """
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        pyodide = table["pyodide"]
        return cls(
            tools=tuple(table["tools"]["requirements"]),
            version=pyodide["version"],
            python=pyodide["python"],
            release=pyodide["release"],
            files=pyodide["files"],
            packages=tuple(pyodide["packages"]),
            first=tuple(pyodide["first"]),
            wheels=table["wheels"],
            left_out=table["left_out"],
        )

    def leaves_out(self, package: str, path: str) -> bool:
        """Whether a file of a package is left out: the last pattern that fits its path decides."""
        found = [each for each in self.left_out.get(package, ()) if fnmatchcase(path, each.removeprefix("!"))]
        return bool(found) and not found[-1].startswith("!")

    @property
    def tools_digest(self) -> str:
        """A name for an environment that has just these tools."""
        return hashlib.sha256("\n".join(self.tools).encode()).hexdigest()[:12]
