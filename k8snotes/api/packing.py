"""How a file is packed. Every file is asked, so the modules that unpack are loaded only for an archive."""

from __future__ import annotations

import stat
import zlib
from pathlib import Path

__all__ = ["packing"]

_START = 8192  # bytes, of which those of a tar follow when they are unpacked


def packing(path: Path) -> str:
    """Return how a file is packed: "gzip", "zip", "tar"; "" if it is not. Its first bytes tell, not its name.

    >>> packing(Path(__file__))
    ''
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return ""
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return ""
    if start[:2] == b"\x1f\x8b":
        return "tar" if _is_tar(_unpacked(start)) else "gzip"
    if start[:4] == b"PK\x03\x04":
        return "zip"
    packed = start[:3] == b"BZh" or start[:6] == b"\xfd7zXZ\x00"
    return "tar" if packed or _is_tar(start) else ""


def _unpacked(start: bytes) -> bytes:
    """Return what a file of gzip begins with, b"" if it is broken."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, 512)
    except zlib.error:
        return b""


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"
