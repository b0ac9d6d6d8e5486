"""`make mutants`: what it changes, what it leaves alone, and which of the listed ones are still there."""

from __future__ import annotations

import ast

import mutants
import pytest

SOURCE = '''
def f(a: int = 1, *, b: bool = True) -> int:
    """Returns 1 + 1."""
    if a < 10 and not b:  # 3 and 4
        return -a
    raise ValueError(f"{a + 1} is no number", 5)


@cache(maxsize=7)
def __repr__(self):
    return 1
'''


def changed(tmp_path, source):
    (tmp_path / "m.py").write_text(source, encoding="utf-8")
    return mutants.mutants_of(tmp_path / "m.py", tmp_path)


def test_one_sign_is_exchanged_at_a_time(tmp_path):
    """Comparisons, conditions, operators, numbers and truth values are exchanged; words, types and decorators are not."""
    found = [(mutant.line, mutant.before, mutant.after) for mutant in changed(tmp_path, SOURCE)]
    assert sorted(found) == [
        (2, "1", "0"),
        (2, "1", "2"),
        (2, "True", "False"),
        (4, "10", "11"),
        (4, "10", "9"),
        (4, "<", "<="),
        (4, "<", ">="),
        (4, "a < 10 and not b", "(not (a < 10 and not b))"),
        (4, "and", "or"),
        (4, "not ", ""),
        (5, "-", ""),
    ]


def test_every_mutant_of_the_package_is_python():
    """The changed files can be read, and each differs from the file in one place."""
    found = mutants.all_mutants("scheduling")
    for mutant in found:
        ast.parse(mutant.text())
        assert mutant.text() != mutant.source
    assert len(found) > 300


def test_what_is_listed_as_changing_nothing_is_still_there():
    """Each entry of tests/mutants.toml names a mutant that can be made today, and says why it changes nothing."""
    listed = mutants.equivalent()
    there = {mutants.key(mutant) for mutant in mutants.all_mutants()}
    assert not [entry for entry in listed if entry not in there]
    assert all(len(why) > 20 for why in listed.values())


@pytest.mark.parametrize("function", ["", "f"])
def test_the_tests_of_a_line_come_before_those_of_its_function(tmp_path, function):
    """First the tests that run through the line, then those of the function (else of the file), then the others."""
    mutant = next(item for item in changed(tmp_path, SOURCE) if item.line == 4 and item.function == "f")
    lines = {"2": ["tests/t.py::test_line"], "9": ["tests/t.py::test_inside"]}
    seconds = dict.fromkeys(
        ("tests/t.py::test_line", "tests/t.py::test_inside", "tests/t.py::test_other"), 1.0
    )
    map_ = mutants.TestMap(seconds=seconds, through={"m.py": {function: lines}})
    rounds = map_.rounds(mutant, [*seconds, "tests/t.py::test_new"])
    if function:
        assert rounds == [
            ["tests/t.py::test_line", "tests/t.py::test_new"],
            ["tests/t.py::test_inside"],
            ["tests/t.py::test_other"],
        ]
    else:
        # no test runs through the function: those that use the file may notice
        using = ["tests/t.py::test_line", "tests/t.py::test_inside"]
        assert rounds == [["tests/t.py::test_new"], using, ["tests/t.py::test_other"]]
