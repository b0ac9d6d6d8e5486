"""Finds sentences that stand outside the catalogue: `python tests/sentences.py [FILE or FOLDER ...]` lists them.

A sentence is a string with at least two words that are told apart by a space. It may stand outside the catalogue if it
is a docstring, or if it is not k8snotes that says it: what Kubernetes and kubectl say is theirs. Some folders hold the
words of Kubernetes, of kubectl and of readers alone (`THEIRS`); sentences of other files are listed in `tests/outside_catalogue`, a
file for each room, a line each: `path: sentence`, with {} for each place. There, too, stands what only looks like a
sentence, such as the names of fonts.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "k8snotes"
LISTED = ROOT / "tests" / "outside_catalogue"
MARKS = {"_", "ngettext"}
THEIRS = (
    "course/exercises/",  # answers, as readers give them; what is said stands in the files of words
    "control_plane/controllers/",
    "control_plane/kinds/",
    "control_plane/scheduling/",
    "control_plane/validation/",
    "facts/columns/",
    "kubectl/describe/",
    "kubectl/output/",
    "kubectl/verbs/",
)
_TAGS = re.compile(r"<[^<>]*>?|&[a-z]+;|[\w-]+:[^;\s]+;?|https?:\S+")
_STYLE = re.compile(r"[^{}]*\{(?:\{\}|[\w-]+:\S)(?:[^{}]|\{\})*\}|@[^{}]*\{")  # the rules of a style sheet
_WORD = re.compile(r"(?<![\w./=-])[A-Za-z][a-z']+(?![\w/=(])")


class Sentence(NamedTuple):
    """A sentence outside of the catalogue: where it stands, and what it says, with {} for each place."""

    path: str
    line: int
    text: str

    @property
    def key(self) -> str:
        """The line that lists it."""
        return f"{self.path}: {' '.join(self.text.split())}"


def is_sentence(text: str) -> bool:
    """Whether a string reads like words: two of them at least, told apart by a space."""
    bare = _TAGS.sub(" ", _STYLE.sub(" ", text))
    return " " in text.strip() and len(_WORD.findall(bare)) >= 2


def _docstrings(tree: ast.AST) -> set[int]:
    """The strings that stand alone as a statement: docstrings, of attributes too."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def strings(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield each string that is neither a docstring nor in the catalogue, with {} for the places of an f-string."""
    skipped = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            skipped |= {id(argument) for argument in node.args}
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            yield (
                node,
                "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def listed() -> set[str]:
    """What may stand outside."""
    lines = (
        line
        for path in sorted(LISTED.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def outside(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a file that stand outside the catalogue, listed or not."""
    name = path.relative_to(PACKAGE).as_posix()
    if name.startswith(THEIRS):
        return
    for node, text in strings(ast.parse(path.read_text(encoding="utf-8"))):
        if is_sentence(text):
            yield Sentence(name, node.lineno, text)


def main(arguments: list[str]) -> int:
    """List what stands outside and is not listed."""
    places = [Path(argument).resolve() for argument in arguments] or [PACKAGE]
    files = [
        file for place in places for file in (sorted(place.rglob("*.py")) if place.is_dir() else [place])
    ]
    allowed = listed()
    found = [sentence for file in files for sentence in outside(file) if sentence.key not in allowed]
    for sentence in found:
        print(f"k8snotes/{sentence.path}:{sentence.line}: {' '.join(sentence.text.split())}")
    print(f"{len(found)} sentences outside the catalogue")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
