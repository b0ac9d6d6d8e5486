"""What is different where Python itself runs in the browser: Pyodide, in the edition that needs no server.

There a package is fetched when it is first imported. The kernel does so for what a cell imports; `Fetching` does so for
what the package imports when it is first needed: pandas, when a table is asked for. It has to answer at once, as every
import does, so the request is a synchronous one, which a worker may make.

Source of the rule: https://pyodide.org/en/0.27.7/usage/loading-packages.html
"""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from k8snotes.catalogue import _
from k8snotes.errors import FetchError, K8sNotesError

__all__ = ["CHANNEL", "Fetching", "here", "install", "needed"]

CHANNEL = "k8snotes"  # the BroadcastChannel on which the page hears what is being fetched


def here() -> bool:
    """Whether this Python runs in a browser."""
    return sys.platform == "emscripten"


def needed(module: str, packages: Mapping[str, Any], loaded: Sequence[str]) -> list[str]:
    """Return the packages that the import of a module needs and that are not there, dependencies first.

    Args:
        module: the name of a top-level module, such as "pandas".
        packages: those that can be fetched, by name, each with its `imports` and `depends`, as `pyodide-lock.json` has them.
        loaded: the names of those that are there.

    >>> lock = {
    ...     "numpy": {"imports": ["numpy"], "depends": []},
    ...     "pandas": {"imports": ["pandas"], "depends": ["numpy"]},
    ... }
    >>> needed("pandas", lock, loaded=[]), needed("pandas", lock, loaded=["numpy"]), needed("json", lock, [])
    (['numpy', 'pandas'], ['pandas'], [])
    """
    found: list[str] = []

    def add(name: str) -> None:
        if name in loaded or name in found or name not in packages:
            return
        for each in packages[name]["depends"]:
            add(each)
        found.append(name)

    for name, package in packages.items():
        if module in package["imports"]:
            add(name)
    return found


class Fetching(MetaPathFinder):
    """Finds a module that no other finder knows in the packages of the edition, and fetches what it needs.

    Args:
        pyodide: the module `pyodide_js`, which knows the packages and which of them are there.
        page: the module `js`, the worker's own names.
        folder: where packages are put.
    """

    def __init__(self, pyodide: Any, page: Any, folder: Path) -> None:
        self._pyodide, self._page, self._folder = pyodide, page, folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, after what it needs was fetched; None if it is in none of the packages."""
        if path is not None:
            return None
        packages = self._pyodide._api.lockfile_packages.to_py()  # noqa: SLF001  # Pyodide has no other way
        loaded = list(self._pyodide.loadedPackages.to_py())
        names = needed(fullname, packages, loaded)
        if not names:
            return None
        for name, text in self._texts(names, packages):
            zipfile.ZipFile(io.BytesIO(text)).extractall(self._folder)
            setattr(self._pyodide.loadedPackages, name, "default channel")
        importlib.invalidate_caches()
        return PathFinder.find_spec(fullname, None, target)

    def _texts(self, names: Sequence[str], packages: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        channel = self._page.BroadcastChannel.new(CHANNEL)
        try:
            for name in names:
                channel.postMessage(f"fetching {name}")
                yield name, self._text(packages[name])
            channel.postMessage("")
        finally:
            channel.close()

    def _text(self, package: Mapping[str, Any]) -> bytes:
        """Return the file of a package.

        Raises:
            FetchError: it cannot be fetched, or is not the file that the edition was built with.
        """
        address = f"{self._pyodide._api.config.indexURL}{package['file_name']}"  # noqa: SLF001  # see above
        request = self._page.XMLHttpRequest.new()
        request.open("GET", address, False)  # JavaScript's own: not asynchronous
        request.responseType = "arraybuffer"
        try:
            request.send()
        except Exception as error:
            raise FetchError(
                _("{file} cannot be fetched. Is this machine still connected?", file=package["file_name"])
            ) from error
        if request.status != 200:
            raise FetchError(
                _(
                    "{file} cannot be fetched: the server answers {status}. Reload the page.",
                    file=package["file_name"],
                    status=request.status,
                )
            )
        text: bytes = request.response.to_bytes()
        if hashlib.sha256(text).hexdigest() != package["sha256"]:
            raise FetchError(
                _(
                    "{file} is not the file that this edition was built with. Reload the page.",
                    file=package["file_name"],
                )
            )
        return text


def install() -> None:
    """Make this Python, which runs in a browser, fetch what the package needs, and go on after a deliberate error."""
    pyodide, page = importlib.import_module("pyodide_js"), importlib.import_module("js")
    sysconfig = importlib.import_module("sysconfig")
    sys.meta_path.append(Fetching(pyodide, page, Path(sysconfig.get_path("purelib"))))
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        # the names of real objects are at hand, and the package that guesses others is large and fetched only on demand
        shell.Completer.use_jedi = False
        _go_on_after_answers(shell)
        _take_any_cell(shell.kernel)


def _go_on_after_answers(shell: Any) -> None:
    """Print errors of this package without failing the cell.

    JupyterLite takes back all cells that wait when one fails, also where a chapter expects that one fails. An error of this
    package is an answer, so the cells after it may run.

    Source of the rule: https://github.com/jupyterlite/jupyterlite/pull/1671
    """

    def handler(
        _shell: Any, _kind: type[BaseException], error: BaseException, _frames: Any, tb_offset: Any = None
    ) -> None:
        del tb_offset
        lines = getattr(error, "_render_traceback_", lambda: [str(error)])()
        sys.stderr.write("\n".join(map(str, lines)) + "\n")

    shell.set_custom_exc((K8sNotesError,), handler)


def _take_any_cell(kernel: Any) -> None:
    """Let the kernel take cells that are no Python, such as a manifest below `%%kubectl`.

    It cuts every cell into the words of Python before it looks what the cell is, and where that cannot be done it gives no
    answer at all. Nothing is done with these words unless somebody has added what changes them.
    """
    manager = kernel.lite_transform_manager
    before = manager.do_token_transforms

    async def transformed(lines: list[str]) -> list[str]:
        return await before(lines) if manager.token_transformers else lines

    manager.do_token_transforms = transformed
