"""The folder of Pyodide: Python for the browser, and the packages of the course, with a lock that names no other.

Each file is taken from the first place that has it as the lock says: a folder that is given, what was fetched before,
npm, and the release. Only the sha256 decides, so it does not matter where a file comes from.

What is needed at every start then goes together, compiled, into the archive of Python's own modules: a browser has
nothing of it to unpack and nothing to compile, which takes half of the time of a start.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from k8snotes import notebooks
from k8snotes.catalogue import _, named
from k8snotes.errors import SiteError
from k8snotes.site.compiled import Compiler
from k8snotes.site.stack import Stack
from k8snotes.site.tools import Tools
from k8snotes.site.wheel import NAME, packed, unzipped, wheel, with_code, zipped

__all__ = ["Pyodide", "locked"]

LOCK = "pyodide-lock.json"
_NPM = "pyodide"
# the kernel brings its own stand-ins for these, or has no use for them
_NOT_NEEDED = frozenset({"jupyterlab-widgets", "widgetsnbextension", "ipython-pygments-lexers", "pexpect"})
# What of our own a browser needs at once. pandas and ipywidgets are fetched when they are first imported.
_DEPENDS = {"k8snotes": ["pyyaml"], "pyodide-kernel": ["ipython", "ipykernel", "comm", "traitlets"]}
_KERNEL = ("ipykernel", "piplite", "pyodide_kernel")
# The kernel asks for these at its start, and the course for none of them: an empty package stands there, and the true one
# is fetched by whoever imports it.
_LATER = ("jedi", "ssl")
_EMPTY = "empty-0-py3-none-any.whl"
_STDLIB = "python_stdlib.zip"
_FIRST_READ = "sitecustomize.py"  # Python reads it before it does anything else
_PURE = "-none-any.whl"  # the end of the name of a wheel without compiled code
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Pyodide:
    """What the folder is made from.

    Args:
        stack: the versions.
        tools: where the kernel's own packages are.
        cache: a folder for what is fetched.
        given: a folder that has some of the files; None for none.
    """

    stack: Stack
    tools: Tools
    cache: Path
    given: Path | None = None

    def write(self, folder: Path) -> None:
        """Write the folder.

        Raises:
            SiteError: a file is in none of the places; it names all that are missing. Or what compiles fails.
        """
        folder.mkdir(parents=True)
        core = self._all(self.stack.files)
        lock = json.loads(core[LOCK].read_text(encoding="utf-8"))
        packages = lock["packages"]
        taken = {name: packages[name] for name in with_dependencies(self.stack.packages, packages)}
        official = self._all({each["file_name"]: each["sha256"] for each in taken.values()})
        for path in [*core.values(), *official.values(), *self._wheels(), *self._kernel_wheels()]:
            self._copy(path, folder)
        (folder / NAME).write_bytes(wheel())
        entries = locked(taken, sorted(folder.glob("*.whl")))
        (folder / _EMPTY).write_bytes(packed("empty", "0", {}))
        empty = _entry(folder / _EMPTY)
        lock["packages"] = entries | _put_off(entries, empty)
        _write(lock, folder)
        self._compile(folder, lock["packages"], empty)
        _write(lock, folder)

    def _compile(self, folder: Path, entries: dict[str, Any], empty: Mapping[str, Any]) -> None:
        """Compile what is needed until the first picture, and put what is needed at once among Python's own modules."""
        first = self.stack.first
        script = notebooks.folder() / "site" / "compile.mjs"
        code = Compiler(self.tools, script, self.cache / "compiled").compiled(folder, first)
        version = self.stack.python
        archive, site = f"/lib/python{version.replace('.', '')}.zip/", f"/lib/python{version}/site-packages/"
        compiled = {name.removeprefix(archive).removeprefix(site): text for name, text in code.items()}
        files = unzipped(folder / _STDLIB)
        files[_FIRST_READ] = (notebooks.folder() / "site" / "lite" / _FIRST_READ).read_bytes()
        for name in with_dependencies(first, entries):
            path = folder / entries[name]["file_name"]
            # this package has files of its own to read
            if path.name.endswith(_PURE) and path.name not in (NAME, _EMPTY):
                files |= unzipped(path)
                path.unlink()
                entries[name] = _stands_for(entries[name], empty)
        shown = {name: text for name, text in files.items() if not name.endswith(".dist-info/RECORD")}
        # Python finds a package without __init__ only where its folder has an entry of its own
        folders = {f"{each}/": b"" for name in shown for each in PurePosixPath(name).parents if each.name}
        (folder / _STDLIB).write_bytes(zipped({**folders, **with_code(shown, compiled)}))
        (folder / NAME).write_bytes(wheel(compiled=compiled))

    def _copy(self, path: Path, folder: Path) -> None:
        """Copy a file into the folder; an archive without what is left out of it."""
        package = path.name.split("-")[0].removesuffix(".zip")
        if package not in self.stack.left_out:
            shutil.copyfile(path, folder / path.name)
            return
        files = unzipped(path)
        kept = {name: text for name, text in files.items() if not self.stack.leaves_out(package, name)}
        (folder / path.name).write_bytes(zipped(kept))

    def _all(self, files: Mapping[str, str]) -> dict[str, Path]:
        """Return where each file is, from its name and its sha256."""
        found = {name: self._found(name, digest) for name, digest in files.items()}
        missing = [name for name, path in found.items() if path is None]
        if missing:
            raise SiteError(
                _(
                    "these files of Pyodide {version} are missing, or are not as its lock says: {files}. Put them into "
                    "a folder and name it with --pyodide. They are in the release: {address}",
                    version=self.stack.version,
                    files=named(missing),
                    address=self.stack.release,
                )
            )
        return {name: path for name, path in found.items() if path is not None}

    def _found(self, name: str, digest: str) -> Path | None:
        """Return a file with that sha256, from the first place that has it."""
        kept = self.cache / name
        for path in filter(None, (self.given and self.given / name, kept)):
            if path.is_file() and _digest(path.read_bytes()) == digest:
                return path
        places: tuple[Callable[[str], bytes | None], ...] = (self._from_npm, self._from_release)
        for place in places:
            text = place(name)
            if text is not None and _digest(text) == digest:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(text)
                return kept
        return None

    def _from_npm(self, name: str) -> bytes | None:
        """Return one of Pyodide's own files, where npm is there and has it."""
        npm = shutil.which("npm")
        if npm is None or name not in self.stack.files:
            return None
        packed = self.cache / f"{_NPM}-{self.stack.version}.tgz"
        if not packed.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            words = [npm, "pack", "--silent", f"{_NPM}@{self.stack.version}"]
            subprocess.run(words, cwd=self.cache, capture_output=True, check=False)  # noqa: S603
        try:
            with tarfile.open(packed) as archive:
                file = archive.extractfile(f"package/{name}")
                return file.read() if file else None
        except (OSError, KeyError, tarfile.TarError):
            return None

    def _from_release(self, name: str) -> bytes | None:
        """Return a file of the release, where the network allows it."""
        try:
            with urllib.request.urlopen(f"{self.stack.release}{name}", timeout=_SECONDS) as answer:  # noqa: S310
                text: bytes = answer.read()
        except (OSError, urllib.error.URLError):
            return None
        return text

    def _wheels(self) -> Iterable[Path]:
        """Return the packages from PyPI, fetched or built once."""
        folder = self.cache / f"wheels-{_digest(repr(sorted(self.stack.wheels.items())).encode())[:12]}"
        done = folder / "fetched"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            asked = folder / "requirements.txt"
            lines = [f"{name} --hash=sha256:{digest}" for name, digest in self.stack.wheels.items()]
            asked.write_text("\n".join([*lines, ""]), encoding="utf-8")
            words = (
                "wheel",
                "--no-deps",
                "--require-hashes",
                "--no-binary",
                "PyYAML",
                "--requirement",
                asked,
            )
            # without the C library there is nothing to compile, and the wheel is one of Python alone
            environment = {"PYYAML_FORCE_LIBYAML": "0"}
            self.tools.pip(*words, "--wheel-dir", folder, environment=environment)
            done.touch()
        return sorted(folder.glob("*.whl"))

    def _kernel_wheels(self) -> Iterable[Path]:
        """Return the packages of the kernel, which are installed with it."""
        extension = self.tools.labextensions / "@jupyterlite" / "pyodide-kernel-extension" / "static" / "pypi"
        return [next(iter(sorted(extension.glob(f"{name}-*.whl")))) for name in _KERNEL]


def _write(lock: Mapping[str, Any], folder: Path) -> None:
    """Write a lock, with the sha256 of the files that lie beside it."""
    for entry in lock["packages"].values():
        entry["sha256"] = _digest((folder / entry["file_name"]).read_bytes())
    (folder / LOCK).write_text(json.dumps(lock, indent=1), encoding="utf-8", newline="\n")


def with_dependencies(names: Iterable[str], packages: Mapping[str, Any]) -> list[str]:
    """Return packages of a lock, and all that they need.

    >>> with_dependencies(["pandas"], {"pandas": {"depends": ["numpy"]}, "numpy": {"depends": []}, "scipy": {}})
    ['numpy', 'pandas']
    """
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += map(_normal, packages[name]["depends"])
    return sorted(found)


def locked(official: Mapping[str, Any], wheels: Iterable[Path]) -> dict[str, Any]:
    """Return the packages of a lock: the official ones as they are, and each other wheel with what it says of itself.

    Args:
        official: the packages that are taken of the release, by name.
        wheels: all wheels that lie in the folder.
    """
    known = {each["file_name"] for each in official.values()}
    entries = dict(official) | {
        entry["name"]: entry for path in wheels if path.name not in known for entry in (_entry(path),)
    }
    for entry in entries.values():
        entry["depends"] = [name for name in map(_normal, entry["depends"]) if name in entries]
    return dict(sorted(entries.items()))


def _put_off(entries: Mapping[str, Any], empty: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of the packages that are fetched later, and of the empty ones in their place."""
    later = {f"{name}-itself": {**entries[name], "name": f"{name}-itself"} for name in _LATER}
    return later | {name: _stands_for(entries[name], empty) for name in _LATER}


def _stands_for(entry: Mapping[str, Any], empty: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of an empty package in the place of another."""
    return {**empty, "name": entry["name"], "version": entry["version"]}


def _entry(path: Path) -> dict[str, Any]:
    """Return a wheel's entry in a lock."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        metadata = next(archive.read(each).decode() for each in names if each.endswith(".dist-info/METADATA"))
    name = _normal(_said(metadata, "Name"))
    needed = [
        _normal(_required(each)) for each in re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE)
    ]
    tops = {each.split("/")[0].removesuffix(".py") for each in names}
    return {
        "name": name,
        "version": _said(metadata, "Version"),
        "file_name": path.name,
        "install_dir": "site",
        "sha256": _digest(path.read_bytes()),
        "package_type": "package",
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": _DEPENDS.get(name, [each for each in needed if each and each not in _NOT_NEEDED]),
        "unvendored_tests": False,
    }


def _said(metadata: str, key: str) -> str:
    found = re.search(rf"^{key}: (.+)$", metadata, re.MULTILINE)
    return found[1].strip() if found else ""


def _required(requirement: str) -> str:
    """Return the name of what is needed; "" for what only an extra needs."""
    name, _semicolon, marker = requirement.partition(";")
    found = re.match(r"[A-Za-z0-9_.-]+", name)
    return found[0] if found and "extra" not in marker else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
