"""Where the project lives, as the installed package has it: the one place that knows is `[project.urls]` in pyproject.toml."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from urllib.parse import quote, urlsplit

__all__ = ["BINDER", "binder", "repository"]

BINDER = "https://mybinder.org"


@cache
def repository() -> str:
    """Return the address of the repository; "" where the package is only lying there, not installed.

    >>> repository().startswith("https://")
    True
    """
    try:
        urls = metadata("k8snotes").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    return next((url.partition(", ")[2] for url in urls if url.startswith("Repository")), "")


def binder(path: str, version: str, address: str = "") -> str:
    """Return where Binder opens a file of a release in JupyterLab.

    Args:
        path: the file in the repository, such as "notebooks/06-labels.ipynb".
        version: the release, such as "0.1.0".
        address: the repository; by default that of the installed package.

    >>> binder("notebooks/06-labels.ipynb", "0.1.0", "https://github.com/you/course")
    'https://mybinder.org/v2/gh/you/course/v0.1.0?urlpath=lab/tree/notebooks/06-labels.ipynb'
    """
    owner_and_name = urlsplit(address or repository()).path.strip("/").removesuffix(".git")
    return f"{BINDER}/v2/gh/{owner_and_name}/v{version}?urlpath={quote(f'lab/tree/{path}')}"
