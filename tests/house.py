"""Counts the house: files, lines, docstrings, modules with one importer, circles. Run it as a script.

python tests/house.py              today's figures, room by room
python tests/house.py OTHER/k8snotes   beside those of another checkout
"""

from __future__ import annotations

# ruff: noqa: T201
import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "k8snotes"


@dataclass
class Module:
    """One file of the package: what it imports of the package, and its lines by sort."""

    path: Path
    name: str
    tree: ast.Module
    lines: int = 0
    code: int = 0
    docstrings: int = 0
    comments: int = 0
    imports: set[str] = field(default_factory=set)

    @property
    def room(self) -> str:
        """The folder, or the module beside the folders, that it belongs to."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "__init__"


def modules(package: Path = PACKAGE) -> dict[str, Module]:
    """Read every module of a package, by its dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        module = Module(path, name, ast.parse(text))
        _count(module, text)
        found[name] = module
    for module in found.values():
        module.imports = {_known(name, found) for name in _imported(module)} - {"", module.name}
    return found


def _count(module: Module, text: str) -> None:
    docstring_lines: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if ast.get_docstring(node, clean=False) is not None and first is not None:
                docstring_lines |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    comments, code = set(), set()
    skipped = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments.add(token.start[0])
        elif token.type not in skipped:
            code |= set(range(token.start[0], token.end[0] + 1))
    module.lines = text.count("\n")
    module.docstrings = len(docstring_lines)
    module.code = len(code - docstring_lines)
    module.comments = len(comments - code)


def _imported(module: Module) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it, also inside functions."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _known(name: str, found: dict[str, Module]) -> str:
    """Return the module of the package that an imported name stands in, "" if in none."""
    while name and name not in found:
        name = name.rpartition(".")[0]
    return name


def importers(found: dict[str, Module]) -> dict[str, set[str]]:
    """Return for each module who imports it; the package's own faces (`__init__`) count as importers too."""
    users: dict[str, set[str]] = {name: set() for name in found}
    for module in found.values():
        for name in module.imports:
            users[name].add(module.name)
    return users


def circles(found: dict[str, Module]) -> list[list[str]]:
    """Return the circles: groups of modules of which each needs each, imports inside functions counted.

    That a module of a folder makes Python run the folder's own `__init__` counts for nothing: that file is loaded
    already, and it is only looked at where it is imported by name.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(found[name].imports):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = []
            while True:
                group.append(stack.pop())
                if group[-1] == name:
                    break
            if len(group) > 1:
                groups.append(sorted(group))

    for name in sorted(found):
        if name not in index:
            visit(name)
    return groups


def figures(found: dict[str, Module]) -> dict[str, float]:
    """Return the figures of a house, by what they count."""
    lines = sum(module.lines for module in found.values())
    code = sum(module.code for module in found.values())
    docstrings = sum(module.docstrings for module in found.values())
    users = importers(found)
    return {
        "files": len(found),
        "code lines": code,
        "docstring lines": docstrings,
        "docstring share of all lines, %": round(100 * docstrings / lines, 1),
        "comment lines": sum(module.comments for module in found.values()),
        "modules with one importer": sum(len(those) == 1 for those in users.values()),
        "circles, imports inside functions counted": len(circles(found)),
        "largest file, code lines": max(module.code for module in found.values()),
        "modules with a TYPE_CHECKING block": sum(
            "TYPE_CHECKING" in module.path.read_text(encoding="utf-8") for module in found.values()
        ),
    }


def main(arguments: list[str]) -> None:
    """Print the figures, beside those of another checkout where one is named."""
    now = modules()
    before = modules(Path(arguments[0]).resolve()) if arguments else {}
    others = figures(before) if before else {}
    for what, number in figures(now).items():
        print(f"{what:<44}{f'{others[what]:>10,}' if others else ''}{number:>10,}")
    print()
    for room in sorted({module.room for module in now.values()}):
        inside = [module for module in now.values() if module.room == room]
        lines, code = sum(m.lines for m in inside), sum(m.code for m in inside)
        share = 100 * sum(m.docstrings for m in inside) / max(lines, 1)
        print(f"{room:<20}{len(inside):>5} files {code:>7,} code lines {share:>6.1f} % docstrings")
    for circle in circles(now):
        print("circle:", ", ".join(circle))


if __name__ == "__main__":
    main(sys.argv[1:])
