"""`python -m k8snotes`: what it says, and the exit code of `examine`."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

import k8snotes as kn
from k8snotes import __main__ as command

GOOD = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"
BAD = "apiVersion: v1\nkind: Namespace\nmetadata:\n  nmae: shop\n"


def test_without_a_command_it_says_how_to_go_on(capsys):
    """The version, the page of the helpers, and the way to the chapters."""
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert kn.__version__ in said
    assert "c.service_map()" in said
    assert "jupyter lab" in said


def test_a_package_without_chapters_names_the_repository(capsys, monkeypatch, tmp_path):
    """Installed from a wheel, there are no notebooks beside the package."""
    monkeypatch.setattr(command, "_NOTEBOOKS", tmp_path)
    assert command.main([]) == 0
    assert "in its repository: http" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)])
def test_the_exit_code_says_whether_something_is_refused(tmp_path, capsys, text, code):
    """0 for a file that the API server accepts, 1 for one that it refuses."""
    path = tmp_path / "my file.yaml"
    path.write_text(text)
    assert command.main(["examine", str(path)]) == code
    assert str(kn.examine(path)) == capsys.readouterr().out.rstrip("\n")


def test_the_input_is_examined_and_mended(capsys, monkeypatch):
    """`-` reads the input, and --fixed prints the text with its fixes."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(BAD))
    assert command.main(["examine", "-", "--fixed"]) == 1
    assert capsys.readouterr().out.rstrip("\n") == GOOD.rstrip("\n")


def test_what_cannot_be_read_is_told_apart(capsys):
    """2 if there is no such file: a message on the standard error, and no traceback."""
    assert command.main(["examine", "no-such-file"]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "no-such-file" in said.err


def test_it_runs_as_a_module():
    """As a program it has a version and an exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "k8snotes", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"k8snotes {kn.__version__}"
    done = subprocess.run(
        [sys.executable, "-m", "k8snotes", "examine", "examples/tickets", "-q"], check=False
    )
    assert done.returncode == 1
