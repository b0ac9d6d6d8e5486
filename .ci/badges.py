"""Write the badges of README.md from the one place that knows where the project lives: [project.urls]."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote, urlparse

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- badges -->\n).*?(<!-- /badges -->)", re.DOTALL)
CHAPTER = re.compile(r"\[!\[open\]\([^)]*\)\]\([^)]*notebooks/(\d\d-[a-z0-9-]+)\.ipynb[^)]*\)")
BINDER = "https://mybinder.org"


def binder_url(repository: str, version: str, path: str) -> str:
    """Return the address at which Binder opens a file of the release in JupyterLab."""
    owner_and_name = urlparse(repository).path.strip("/").removesuffix(".git")
    return f"{BINDER}/v2/gh/{owner_and_name}/v{version}?urlpath={quote('lab/tree/' + path, safe='/')}"


def badges(repository: str, version: str) -> str:
    """Return the block of badges: Binder, and the repository's licence."""
    start = binder_url(repository, version, "notebooks/00-start-here.ipynb")
    return (
        f"[![Open on Binder]({BINDER}/badge_logo.svg)]({start})\n"
        f"[![Licence: BSD-3-Clause](https://img.shields.io/badge/licence-BSD--3--Clause-blue)]({repository})\n"
    )


def written(readme: str, repository: str, version: str) -> str:
    """Return README's text with its badges as they should be."""

    def chapter(match: re.Match[str]) -> str:
        url = binder_url(repository, version, f"notebooks/{match[1]}.ipynb")
        return f"[![open]({BINDER}/badge_logo.svg)]({url})"

    readme = BLOCK.sub(lambda match: match[1] + badges(repository, version) + match[2], readme)
    return CHAPTER.sub(chapter, readme)


def main(arguments: list[str]) -> int:
    """Rewrite README.md; with --check, only say whether it is as it should be."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    path = ROOT / "README.md"
    before = path.read_text(encoding="utf-8")
    after = written(before, project["urls"]["Repository"], project["version"])
    if "--check" in arguments:
        return int(before != after)
    path.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
