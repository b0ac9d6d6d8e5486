"""Until when a client certificate holds: the one thing of it that an error has to say."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

__all__ = ["holds_until"]

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _UTC_TIME, _TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


def holds_until(pem: bytes) -> datetime | None:
    """Return the moment after which the first certificate of a PEM text no longer holds; None where there is none.

    >>> holds_until(b"no certificate") is None
    True

    Source of the rule: RFC 5280, section 4.1: TBSCertificate, Validity.
    """
    found = _PEM.search(pem)
    if found is None:
        return None
    try:
        der = base64.b64decode(found[1])
        _tag, certificate, _rest = _element(der)
        _tag, signed, _rest = _element(certificate)
        tag, _value, rest = _element(signed)
        if tag == _VERSION:
            _tag, _value, rest = _element(rest)  # the serial number
        for _name in ("signature", "issuer"):
            _tag, _value, rest = _element(rest)
        tag, validity, _rest = _element(rest)
        _tag, _from, rest = _element(validity)
        kind, until, _rest = _element(rest)
        written = until.decode("ascii")
        form = {_UTC_TIME: "%y%m%d%H%M%SZ", _TIME: "%Y%m%d%H%M%SZ"}[kind]
        return datetime.strptime(written, form).replace(tzinfo=UTC) if tag == _SEQUENCE else None
    except (ValueError, IndexError, KeyError):
        return None


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Split DER into the tag and the value of its first element, and what follows it."""
    tag, size, start = der[0], der[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[2:start], "big")
    return tag, der[start : start + size], der[start + size :]
