"""What the fields of manifests are for, in the words of these notes: a text file a kind, which `kubectl explain` prints.

A line begins with the name of a struct, or of a struct and a field ("ServiceSpec.selector: ..."), and goes on in
lines that are indented; `*` means any struct.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["words_for"]

_FOLDER = Path(__file__).parent


def words_for(struct: str, field: str = "") -> str:
    """Return what a field of a struct is for, or the struct itself where no field is named; "" if unsaid.

    Args:
        struct: a name of Kubernetes' Go types: "ServiceSpec".
        field: a field of it, as manifests spell it: "selector".

    >>> words_for("ServiceSpec", "selector")[:44]
    'The labels that a Pod must carry to stand be'
    """
    words = _words()
    return words.get(f"{struct}.{field}") or words.get(f"*.{field}", "") if field else words.get(struct, "")


@cache
def _words() -> dict[str, str]:
    words: dict[str, str] = {}
    for file in sorted(_FOLDER.glob("*.txt")):
        name = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(" "):
                words[name] += f" {line.strip()}"
            elif line:
                name, _, words[name] = line.partition(": ")
    return words
