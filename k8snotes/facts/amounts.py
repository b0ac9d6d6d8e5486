"""Amounts of CPU, memory and everything else that is counted, as one reads them."""

from __future__ import annotations

__all__ = ["amount_text", "in_bytes", "order", "percent", "unit"]

_BINARY = ((1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))
_DECIMAL = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
_FIRST = ("cpu", "memory", "pods", "ephemeral-storage")


def in_bytes(name: str) -> bool:
    """Whether a resource is counted in bytes.

    >>> in_bytes("memory"), in_bytes("hugepages-2Mi"), in_bytes("nvidia.com/gpu")
    (True, True, False)
    """
    return name in ("memory", "ephemeral-storage", "storage") or name.startswith("hugepages-")


def unit(name: str) -> str:
    """Return the bare resource of a name that a quota uses.

    >>> unit("requests.cpu"), unit("limits.memory"), unit("pods")
    ('cpu', 'memory', 'pods')
    """
    for prefix in ("requests.", "limits."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return "storage" if name.endswith("/requests.storage") else name


def amount_text(name: str, amount: int) -> str:
    """Return an amount as text. What no suffix leaves whole is rounded, and says so (≈).

    Args:
        name: the resource: "cpu", "memory", "pods", "nvidia.com/gpu".
        amount: millicores of CPU, bytes of memory and storage, pieces of anything else.

    >>> amount_text("cpu", 250), amount_text("cpu", 2000), amount_text("memory", 96 << 20), amount_text("memory", 128_000_000)
    ('250m', '2', '96Mi', '128M')
    >>> amount_text("memory", 100_000_001), amount_text("pods", 12)
    ('≈95.4Mi', '12')
    """
    sign, size = ("−" if amount < 0 else ""), abs(amount)
    if name == "cpu":
        return sign + (f"{size}m" if size % 1000 else str(size // 1000))
    if not in_bytes(name) or size < 1000:
        return f"{sign}{size}"
    for table in (_BINARY, _DECIMAL):
        for one, suffix in table:
            if size >= one and size % one == 0 and size // one < 100_000:
                return f"{sign}{size // one}{suffix}"
    for one, suffix in _BINARY:
        if size >= one:
            return f"≈{sign}{size / one:.1f}{suffix}"
    return f"{sign}{size}"


def percent(part: int, of: int) -> int:
    """Return a part in percent, cut off as `kubectl describe node` does; of nothing it is 0.

    >>> percent(250, 4000), percent(1, 0)
    (6, 0)
    """
    return int(part * 100 / of) if of else 0


def order(name: str) -> tuple[int, str]:
    """Return the place of a resource in a list: CPU and memory first; a key for `sorted`.

    >>> sorted(["storage", "memory", "cpu"], key=order)
    ['cpu', 'memory', 'storage']
    """
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST)), name
