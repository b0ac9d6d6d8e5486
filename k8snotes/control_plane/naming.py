"""Names that the cluster makes up: Kubernetes' alphabet and shape, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

__all__ = [
    "epoch_of",
    "generated_name",
    "rfc1123",
    "seconds_at",
    "seconds_of",
    "template_hash",
    "timestamp",
    "uid",
]

# no vowels and no 0, 1, 3: no bad words, nothing to mistake (k8s.io/apimachinery/pkg/util/rand)
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_MAX_BASE = 63 - 5
_YEAR_2026 = 1_767_225_600


def generated_name(base: str, number: int) -> str:
    """Return `base` with a suffix of five characters, chosen by `number`.

    >>> len(generated_name("web-", 1)), generated_name("web-", 1) == generated_name("web-", 1)
    (9, True)
    """
    digest = hashlib.blake2b(f"{base} {number}".encode("utf-8", "replace"), digest_size=5).digest()
    return base[:_MAX_BASE] + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)


def template_hash(template: Any, collisions: int = 0) -> str:
    """Return the `pod-template-hash` of a Pod template: equal templates, equal hash."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"), default=str)
    if collisions:
        text += str(collisions)
    number = 2166136261  # FNV-1a, 32 bits, as Kubernetes takes it
    for byte in text.encode("utf-8", "surrogatepass"):
        number = (number ^ byte) * 16777619 % 2**32
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(number))


def uid(number: int) -> str:
    """Return an identifier in the shape of a UUID."""
    return f"00000000-0000-4000-8000-{number:012x}"


@lru_cache(maxsize=1024)
def timestamp(seconds: int) -> str:
    """Return the moment `seconds` after the cluster's first, as manifests write it.

    >>> timestamp(61)
    '2026-01-01T00:01:01Z'
    """
    return datetime.fromtimestamp(_YEAR_2026 + seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(moment: str) -> int:
    """Return the seconds from the cluster's first moment to `moment`; 0 for what is no moment.

    >>> seconds_of("2026-01-01T00:01:01Z")
    61
    """
    try:
        return int(datetime.fromisoformat(moment).timestamp()) - _YEAR_2026
    except ValueError:
        return 0


def epoch_of(seconds: int) -> int:
    """Return a moment of the cluster's clock in seconds since 1970.

    >>> epoch_of(60) % 86_400
    60
    """
    return _YEAR_2026 + seconds


def seconds_at(epoch: int) -> int:
    """Return a moment in seconds since 1970 as one of the cluster's clock.

    >>> seconds_at(epoch_of(60))
    60
    """
    return epoch - _YEAR_2026


def rfc1123(moment: datetime) -> str:
    """Return a moment as Go's `time.RFC1123Z` writes it, as descriptions and some Events have it.

    >>> rfc1123(datetime(2026, 1, 1, 0, 0, 11, tzinfo=UTC))
    'Thu, 01 Jan 2026 00:00:11 +0000'
    """
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day}, {moment.day:02} {months[moment.month - 1]} {moment.year:04} {moment:%H:%M:%S} {moment:%z}"
