"""Says whether the tests notice: changes one sign of the package at a time, and looks whether a test fails.

    make mutants                                       # 200 of them, 30 minutes at most; the seed is printed
    make mutants COUNT=50 SEED=7 MINUTES=10
    python tests/mutants.py --only scheduling/taints   # those of some files

A mutant is one comparison, condition, boolean operator, number, True or False, or sign of `api`, `control_plane`, `node`,
`network` or `facts`, exchanged. Words, type hints and decorators are left alone. It stands in a copy of the checkout in a
temporary folder. The tests that run through its line come first (a map, measured once by coverage.py and kept in the
user's cache folder), then those that run through its function, the fastest file first; the others when all mutants
have had their turn, as long as there is time. The first failure ends it.

`tests/mutants.toml` lists mutants that change nothing that one could see, each with its reason; they are passed over.
The browser's tests and the chapters take no part. It needs `fork`, so it runs on Linux and macOS.
"""

# ruff: noqa: T201  # it says what it does
from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import importlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("api", "control_plane", "node", "network", "facts")
EQUIVALENT = Path(__file__).with_suffix(".toml")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "k8snotes-mutants"
LEFT_OUT = (".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
LOADED_BEFORE = ("hypothesis", "pandas", "yaml", "ipywidgets", "graphviz", "IPython", "coverage")
PATIENCE = 20.0, 15.0  # seconds that any test may take, and how many times as long as without a mutant
EACH = 60.0  # seconds for one mutant, before the others have had their turn
MEMORY = 4 << 30
MEASURED = (
    5,
    0.5,
)  # parameters of each test that are run for the map, and the seconds that further ones may take
ALWAYS = ["-q", "-x", "-p", "no:cacheprovider", "--doctest-modules", "--hypothesis-profile=mutants"]

COMPARISONS = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: (r"not\s+in", ("in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: (r"is\s+not", ("is",)),
}
SIGNS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "//"), ast.FloorDiv: ("//", "*")}
UNSEEN_KEYWORDS = {
    "strict",
    "maxsize",
    "repr",
    "slots",
    "frozen",
}  # of zip, caches and dataclasses: they change no answer
TEXT_METHODS = {"__repr__", "__str__"}


@dataclass(frozen=True)
class Mutant:
    """One change: `before` of a file, from byte `start` to byte `end`, becomes `after`."""

    file: str  # below the checkout
    function: str  # its dotted name within the file, or "" outside every function
    line: int
    start: int
    end: int
    before: str
    after: str
    source: str = field(compare=False)  # the whole file

    def text(self) -> str:
        """The file with the change in it."""
        data = self.source.encode()
        return (data[: self.start] + self.after.encode() + data[self.end :]).decode()

    @property
    def lines(self) -> tuple[str, str]:
        """The line of source before and after: how `tests/mutants.toml` names a mutant."""
        data = self.source.encode()
        first, last = data.rfind(b"\n", 0, self.start) + 1, data.find(b"\n", self.end)
        before = data[first:last].decode()
        after = (data[first : self.start] + self.after.encode() + data[self.end : last]).decode()
        return " ".join(before.split()), " ".join(after.split())

    def __str__(self) -> str:
        before, after = self.lines
        return f"{self.file}:{self.line} {self.function}\n        - {before}\n        + {after}"


class _Finder(ast.NodeVisitor):
    """Walks one file and collects every mutant of it, in the order of the source."""

    def __init__(self, file: str, source: str) -> None:
        self.file, self.source, self.data = file, source, source.encode()
        self.offsets = [0]
        for line in self.data.split(b"\n"):
            self.offsets.append(self.offsets[-1] + len(line) + 1)
        self.names: list[str] = []
        self.found: list[Mutant] = []
        self.visit(ast.parse(source))

    def _span(self, node: ast.expr) -> tuple[int, int]:
        return (
            self.offsets[node.lineno - 1] + node.col_offset,
            self.offsets[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0),
        )

    def _add(self, start: int, end: int, after: str) -> None:
        line = self.data.count(b"\n", 0, start) + 1
        before = self.data[start:end].decode()
        name = ".".join(self.names)
        self.found.append(Mutant(self.file, name, line, start, end, before, after, self.source))

    def _between(self, left: ast.expr, right: ast.expr, pattern: str, afters: Iterable[str]) -> None:
        """Exchange an operator, which stands somewhere between two operands."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.data[start:end].decode()
        found = re.search(pattern, gap)
        if found and "#" not in gap:
            for after in afters:
                self._add(
                    start + len(gap[: found.start()].encode()),
                    start + len(gap[: found.end()].encode()),
                    after,
                )

    def _negated(self, test: ast.expr) -> None:
        if isinstance(test, (ast.Compare, ast.Constant)) or (
            isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        ):
            return  # turned round by itself
        start, end = self._span(test)
        self._add(start, end, f"(not ({self.data[start:end].decode()}))")

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if node.name in TEXT_METHODS or node.name.startswith("_repr_"):
            return
        self.names.append(node.name)
        if not isinstance(node, ast.ClassDef):
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                self.visit(default)
        for part in node.body:
            self.visit(part)
        self.names.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition  # noqa: N815

    def visit_Raise(self, node: ast.Raise) -> None:
        """What is said when something is refused is words."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A text with values in it is words."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """What cannot be otherwise has no test."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Look at the value, not at the type."""
        if node.value:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Look at every value but the list of public names."""
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            self.visit(node.value)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Pass over keywords that change no answer."""
        if node.arg not in UNSEEN_KEYWORDS:
            self.visit(node.value)

    def visit_If(self, node: ast.If | ast.While | ast.IfExp) -> None:
        """Negate a condition."""
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self._negated(node.test)
            self.generic_visit(node)

    visit_While = visit_IfExp = visit_If  # noqa: N815

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Negate the conditions of a comprehension."""
        for test in node.ifs:
            self._negated(test)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Exchange `and` and `or`."""
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, rf"\b{old}\b", [new])
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Move a bound by one, or turn the comparison round."""
        operands = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            pattern, afters = COMPARISONS[type(operator)]
            self._between(left, right, pattern, afters)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Exchange a sign, unless texts or lists are joined."""
        joined = (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp)
        texts = any(
            isinstance(part, joined) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
            for part in (node.left, node.right)
        )
        if type(node.op) in SIGNS and not texts:
            old, new = SIGNS[type(node.op)]
            self._between(node.left, node.right, re.escape(old), [new])
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Take a `not` or a minus away."""
        if isinstance(node.op, (ast.USub, ast.Not)):
            start = self._span(node)[0]
            self._add(start, start + len("-" if isinstance(node.op, ast.USub) else "not "), "")
        self.visit(node.operand)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Move a number by one; exchange True and False."""
        start, end = self._span(node)
        if isinstance(node.value, bool):
            self._add(start, end, str(not node.value))
        elif isinstance(node.value, (int, float)):
            self._add(start, end, repr(node.value + 1))
            if node.value > 0:
                self._add(start, end, repr(node.value - 1))


def mutants_of(file: Path, root: Path = ROOT) -> list[Mutant]:
    """Every mutant of one file, in the order of the source."""
    found = _Finder(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")).found
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.after))


def all_mutants(only: str = "") -> list[Mutant]:
    """Every mutant of the rooms, in the order of the files."""
    files = [path for room in ROOMS for path in sorted((ROOT / "k8snotes" / room).rglob("*.py"))]
    return [mutant for file in files if only in file.as_posix() for mutant in mutants_of(file)]


def equivalent() -> dict[tuple[str, str, str, str], str]:
    """The mutants that change nothing: why, by file, function, and the line before and after."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return {(item["file"], item["function"], item["before"], item["after"]): item["why"] for item in entries}


def key(mutant: Mutant) -> tuple[str, str, str, str]:
    """How `tests/mutants.toml` names a mutant."""
    return (mutant.file, mutant.function, *mutant.lines)


# --- the map: which tests run through which lines -----------------------------------------------------------------


@dataclass
class TestMap:
    """Which tests run through each line and each function, how long each takes, and which fail without a mutant."""

    __test__ = False
    seconds: dict[str, float] = field(default_factory=dict)  # by test
    failing: list[str] = field(default_factory=list)
    through: dict[str, dict[str, dict[str, list[str]]]] = field(
        default_factory=dict
    )  # file, function, line: tests

    def rounds(self, mutant: Mutant, tests: Iterable[str]) -> list[list[str]]:
        """The tests that run through the mutant's line, those of its function, and the rest.

        A test that the map does not know is new: it goes with those of the line.
        """
        known = self.through.get(mutant.file, {})
        lines = known.get(mutant.function, {})
        first = _first_line(mutant.source, mutant.function)
        on_line = {test for near in (-1, 0, 1) for test in lines.get(str(mutant.line - first + near), ())}
        inside = {test for tests_ in lines.values() for test in tests_}
        if (
            not inside
        ):  # run when the file is imported, as a class or a constant is: whoever uses the file may notice
            inside |= {test for part in known.values() for tests_ in part.values() for test in tests_}
        wanted = [test for test in tests if test not in self.failing]
        new = {test for test in wanted if test not in self.seconds}
        sorts = [[], [], []]
        for test in wanted:
            sorts[0 if test in on_line or test in new else 1 if test in inside else 2].append(test)
        return sorts

    def by_file(self, tests: Iterable[str]) -> list[list[str]]:
        """Tests by their file, the file with the fastest first; within it the fastest test first."""
        files = defaultdict(list)
        for test in sorted(tests, key=lambda test: self.seconds.get(test, 0.0)):
            files[test.partition("::")[0]].append(test)
        return sorted(files.values(), key=lambda part: sum(self.seconds.get(test, 0.0) for test in part))


def _functions(source: str) -> list[tuple[int, int, str]]:
    """First line, last line and dotted name of every function and class, the outer before the inner."""
    found = []

    def walk(node: ast.AST, names: tuple[str, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.append((child.lineno, child.end_lineno or child.lineno, ".".join((*names, child.name))))
                walk(child, (*names, child.name))
            else:
                walk(child, names)

    walk(ast.parse(source), ())
    return found


def _first_line(source: str, function: str) -> int:
    return next((first for first, _, name in _functions(source) if name == function), 0)


class _Measuring:
    """Tells coverage.py which test runs, and notes how long it took."""

    def __init__(self, coverage) -> None:
        self.coverage, self.map = coverage, TestMap()
        self.count: Counter[str] = Counter()  # parameters of each test: all of them, and those that were run
        self.run: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        """Let a few parameters of each test, from all over its table, come before the others."""
        of_test = defaultdict(list)
        for item in items:
            of_test[base(item.nodeid)].append(item)
        self.count.update({name: len(part) for name, part in of_test.items()})
        least, _seconds = MEASURED
        items[:] = [
            item
            for part in of_test.values()
            for item in dict.fromkeys([*part[:: -(-len(part) // least)], *part])
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        """Pass over the others of a test that has taken long enough: it is a map, no test run."""
        name, (least, seconds) = base(item.nodeid), MEASURED
        if self.run[name] >= least and self.map.seconds.get(name, 0.0) > seconds:
            pytest.skip("enough for the map")
        self.run[name] += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.coverage.switch_context(base(item.nodeid))
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report):
        name = base(report.nodeid)
        self.map.seconds[name] = self.map.seconds.get(name, 0.0) + report.duration
        if report.failed:
            self.map.failing.append(name)

    def pytest_sessionfinish(self):
        """Let the seconds be those of all parameters."""
        for name, run in self.run.items():
            self.map.seconds[name] *= self.count[name] / run


def base(test: str) -> str:
    """The name of a test without its parameters."""
    return test.partition("[")[0]


def measure(tree: Path, to: Path) -> None:
    """Run every test once and write the map; called in a process of its own."""
    import coverage

    data = to.with_suffix(".coverage")
    measured = coverage.Coverage(
        data_file=str(data), source=[str(tree / "k8snotes" / room) for room in ROOMS]
    )
    measured.start()
    plugin = _Measuring(measured)
    pytest.main([*(part for part in ALWAYS if part != "-x"), *_all_files(tree)], plugins=[plugin])
    measured.stop()
    for path in sorted(measured.get_data().measured_files()):
        source = Path(path).read_text(encoding="utf-8")
        functions = _functions(source)
        part: dict[str, dict[str, list[str]]] = {}
        for line, tests in measured.get_data().contexts_by_lineno(path).items():
            inner = [(first, name) for first, last, name in functions if first <= line <= last]
            first, name = inner[-1] if inner else (0, "")
            part.setdefault(name, {})[str(line - first)] = sorted(set(tests) - {""})
        plugin.map.through[Path(path).relative_to(tree).as_posix()] = part
    to.write_text(json.dumps(vars(plugin.map)), encoding="utf-8")
    data.unlink(missing_ok=True)


def _all_files(tree: Path) -> list[str]:
    tests = sorted(path.relative_to(tree).as_posix() for path in (tree / "tests").glob("test_*.py"))
    return [*tests, *(f"k8snotes/{room}" for room in ROOMS)]


# --- one mutant ---------------------------------------------------------------------------------------------------


class _InOrder:
    """Keeps the wanted tests only, in the wanted order; ends a test that takes far too long; stops when time is up."""

    def __init__(self, tests: list[str], map_: TestMap, until: float, note: Path) -> None:
        self.rank = {test: number for number, test in enumerate(tests)}
        self.map, self.until, self.note = map_, until, note
        self.failed = ""
        self.late = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = sorted(
            (item for item in items if base(item.nodeid) in self.rank),
            key=lambda item: self.rank[base(item.nodeid)],
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if time.monotonic() > self.until:
            self.late = True
            pytest.exit("time is up", returncode=0)
        self.note.write_text(item.nodeid, encoding="utf-8")
        least, times = PATIENCE
        signal.setitimer(signal.ITIMER_REAL, least + times * self.map.seconds.get(base(item.nodeid), 1.0))

    def pytest_runtest_logreport(self, report):
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report):
        if report.failed and not self.failed:
            self.failed = f"{report.nodeid} cannot be imported"


def _try(tree: Path, map_: TestMap, tests: list[str], until: float, note: Path) -> str:
    """Run tests in this process; return which failed, "late", or "" if all passed."""
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ["PYTHONPATH"] = str(tree)
    os.environ["K8SNOTES_PROGRESS"] = "off"
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    files = map_.by_file(tests)
    for part in filter(None, (files[:1], files[1:4], files[4:12], files[12:])):
        plugin = _InOrder([test for file in part for test in file], map_, until, note)
        names = [file[0].partition("::")[0] for file in part]
        note.write_text(f"import of {names}", encoding="utf-8")
        signal.setitimer(signal.ITIMER_REAL, 5 * PATIENCE[0])
        code = pytest.main([*ALWAYS, *names], plugins=[plugin])
        signal.setitimer(signal.ITIMER_REAL, 0)
        if plugin.failed or code not in {0, 5}:
            return plugin.failed or f"pytest ended with {code}: {names}"
        if plugin.late:
            return "late"
    return ""


def in_a_child(work) -> tuple[int, str]:
    """Run `work()` in a forked process with its output thrown away; return how it ended and what it returned."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(BaseException):
            os.close(read)
            nothing = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nothing, number)
            answer = work()
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.write(write, (answer or "").encode()[:2000])
            code = 0
        os._exit(code)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return status, answer


def tried(mutant: Mutant, tree: Path, map_: TestMap, tests: list[str], until: float) -> str:
    """Put a mutant into the copy, run the tests, take it out again; return what noticed it, "late" or ""."""
    if not tests:
        return ""
    place, note = tree / mutant.file, tree.parent / "note"
    try:
        _write(place, mutant.text())
        status, answer = in_a_child(lambda: _try(tree, map_, tests, until, note))
    finally:
        _write(place, mutant.source)
    if os.WIFSIGNALED(status):
        return f"no end: {note.read_text(encoding='utf-8')}"
    return answer if not status else f"process ended: {note.read_text(encoding='utf-8')}"


def _write(place: Path, text: str) -> None:
    place.write_text(text, encoding="utf-8")
    for compiled in (place.parent / "__pycache__").glob(
        f"{place.stem}.*.pyc"
    ):  # as old to the second, as long
        compiled.unlink()


# --- all of them --------------------------------------------------------------------------------------------------


def copied(folder: Path) -> Path:
    """Copy the checkout, with the recorded answers beside it where there are some."""
    tree = folder / "checkout"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT))
    if (ROOT.parent / "shared").is_dir():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    return tree


def known_tests(tree: Path, map_: TestMap) -> list[str]:
    """Every test by name: those of the map that are still there, and those that are new."""
    there = set()
    for path in (tree / "tests").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                there.add(f"tests/{path.name}::{node.name}")
    doctests = {name for name in map_.seconds if not name.startswith("tests/")}
    in_classes = {name for name in map_.seconds if name.count("::") > 1}
    return sorted(there | doctests | in_classes)


def the_map(tree: Path) -> TestMap:
    """The map of this checkout: read, or measured if there is none (`--measure` measures again)."""
    place = CACHE / f"{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}.json"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        print("measuring which tests run through which lines (once per checkout) ...", flush=True)
        start = time.monotonic()
        os.environ["K8SNOTES_PROGRESS"] = "off"

        def work() -> None:
            os.chdir(tree)
            sys.path.insert(0, str(tree))
            os.environ["PYTHONPATH"] = str(tree)
            measure(tree, place)

        in_a_child(work)
        print(f"  {time.monotonic() - start:.0f} s: {place}", flush=True)
    return TestMap(**json.loads(place.read_text(encoding="utf-8")))


def run(count: int, seed: int, minutes: float, only: str) -> None:
    """Draw mutants, try each, and say what survived."""
    end = time.monotonic() + 60 * minutes
    print(f"seed {seed}, {count} mutants, {minutes:g} minutes at most", flush=True)
    drawn = all_mutants(only)
    total = len(drawn)
    random.Random(seed).shuffle(drawn)  # noqa: S311  # a draw, no secret
    reasons = equivalent()
    passed_over = [mutant for mutant in drawn if key(mutant) in reasons]
    with tempfile.TemporaryDirectory(prefix="k8snotes-mutants-") as folder:
        tree = copied(Path(folder))
        for name in LOADED_BEFORE:
            importlib.import_module(name)
        _hypothesis_profile()
        map_ = the_map(tree)
        tests = known_tests(tree, map_)
        waiting = [mutant for mutant in drawn if key(mutant) not in reasons][:count]
        killed: Counter[str] = Counter()
        lived: list[tuple[Mutant, list[str]]] = []
        done: list[Mutant] = []
        for number, mutant in enumerate(waiting, 1):
            if time.monotonic() > end:
                break
            start = time.monotonic()
            near, inside, rest = map_.rounds(mutant, tests)
            until = min(end, start + EACH)
            answer = tried(mutant, tree, map_, near, until) or tried(mutant, tree, map_, inside, until)
            took = time.monotonic() - start
            if answer == "late" and until == end:
                break
            done.append(mutant)
            if answer == "late":
                lived.append((mutant, [*near, *inside, *rest]))
                print(f"{number:4} {took:5.1f} s not noticed so far: {mutant}", flush=True)
            elif answer:
                killed[_room(mutant)] += 1
                print(f"{number:4} {took:5.1f} s killed {mutant.file}:{mutant.line} by {answer}", flush=True)
            else:
                lived.append((mutant, rest))
                print(
                    f"{number:4} {took:5.1f} s SURVIVED {len(near)}+{len(inside)} tests: {mutant}", flush=True
                )
        survivors = []
        for mutant, rest in lived:
            answer = tried(mutant, tree, map_, rest, end)
            if answer in {"", "late"}:
                survivors.append((mutant, "all tests" if not answer else "all tests that run through it"))
            else:
                killed[_room(mutant)] += 1
                print(f"after all killed {mutant.file}:{mutant.line} by {answer}", flush=True)
    print(f"\n{total} mutants in all, {len(passed_over)} change nothing (tests/mutants.toml); seed {seed}")
    for room in ROOMS:
        of = sum(_room(mutant) == room for mutant in done)
        print(f"  {room:14} {killed[room]:4} of {of:4} killed")
    print(f"{killed.total()} of {len(done)} killed: {100 * killed.total() / max(1, len(done)):.1f} %")
    for mutant, by in survivors:
        print(f"survived {by}: {mutant}")


def _room(mutant: Mutant) -> str:
    return mutant.file.split("/")[1]


def _hypothesis_profile() -> None:
    from hypothesis import HealthCheck, Phase, settings

    settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def _arguments() -> Iterator[argparse.Namespace]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="of the draw; any when left out")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--only", default="", metavar="PART", help="only files with this in their path")
    return parser.parse_args()


if __name__ == "__main__":
    options = _arguments()
    chosen = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    run(options.count, chosen, options.minutes, options.only)
