"""Numbers with their nouns, as English writes them: 1 Pod, 3 Pods, 2 addresses."""

from __future__ import annotations

__all__ = ["count"]


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Args:
        number: how many there are.
        one: the noun for one thing.
        many: the noun for any other number; without it, `one` with an "s".

    >>> count(1, "Pod"), count(3, "Pod"), count(2, "address", "addresses")
    ('1 Pod', '3 Pods', '2 addresses')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
