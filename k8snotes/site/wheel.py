"""This package as a wheel for the browser, made from the files that lie here: the same bytes from the same files.

Source of the format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from k8snotes import __version__
from k8snotes.datasets import folder

__all__ = ["NAME", "packed", "unzipped", "wheel", "with_code", "zipped"]

NAME = f"k8snotes-{__version__}-py3-none-any.whl"
_PACKAGE = Path(__file__).resolve().parents[1]
_DATA = "_data"  # where an installed package has its data
# what a browser has no use for: commands, what makes this site, the sources of the languages, and chapters as files
_LEFT_OUT = ("site", "commands")
_NEVER = (
    "_notebooks",
    "_data",
)  # notebooks are files of the edition, and data stand beside the code in a checkout
_SOURCES = (".po", ".pot", ".pyc")
_ANY_TIME = (1980, 1, 1, 0, 0, 0)


def wheel(*, whole: bool = False, compiled: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return the wheel.

    Args:
        whole: with all code, as the tools need it that make the pages; without what a browser has no use for otherwise.
        compiled: compiled code, by the path of a module; it stands in the place of its source.

    >>> wheel() == wheel(), zipfile.ZipFile(io.BytesIO(wheel())).testzip()
    (True, None)
    """
    return packed("k8snotes", __version__, with_code(dict(_files(whole=whole)), compiled))


def with_code(files: Mapping[str, bytes], compiled: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files with compiled code in the place of the sources that it was made from.

    >>> with_code({"a.py": b"a = 1", "b.py": b"b = 1"}, {"a.py": b"..."})
    {'a.pyc': b'...', 'b.py': b'b = 1'}
    """
    return dict(
        (f"{path}c", compiled[path]) if path in compiled else (path, text) for path, text in files.items()
    )


def packed(name: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """Return a wheel of Python files, packed as small as a wheel can be.

    Args:
        name: the package's name.
        version: its version.
        files: what is in it, by its path.
    """
    info = f"{name}-{version}.dist-info"
    said = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: k8snotes\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    whole = {**files, **said}
    record = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in whole.items()]
    whole[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    return zipped(whole)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files in an archive, packed as small as can be: the same bytes from the same files.

    Args:
        files: what is in it, by its path.
    """
    packing, out = {"compress_type": zipfile.ZIP_DEFLATED, "compresslevel": 9}, io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, _ANY_TIME), text, **packing)
    return out.getvalue()


def unzipped(archive: Path) -> dict[str, bytes]:
    """Return the files of an archive, by their paths."""
    with zipfile.ZipFile(archive) as opened:
        return {each.filename: opened.read(each) for each in opened.infolist() if not each.is_dir()}


def _files(*, whole: bool) -> Iterator[tuple[str, bytes]]:
    """Yield each file, as it is called in the wheel."""
    for root, called in ((_PACKAGE, "k8snotes"), (folder(), f"k8snotes/{_DATA}")):
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if not path.is_file() or path.suffix in _SOURCES or "__pycache__" in inside.parts:
                continue
            top = inside.parts[0]
            if root == _PACKAGE and (top in _NEVER or (top in _LEFT_OUT and not whole)):
                continue
            yield f"{called}/{inside.as_posix()}", path.read_bytes()


def _digest(text: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
