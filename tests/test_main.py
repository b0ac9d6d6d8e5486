"""`k8snotes` in a terminal: its commands, what they say, and their exit codes."""

from __future__ import annotations

import importlib
import io
import json
import re
import subprocess
import sys
import tomllib
import types
from pathlib import Path

import pytest
import yaml

import k8snotes as kn
from k8snotes import __main__ as command
from k8snotes import notebooks
from k8snotes.course import record

ROOT = Path(__file__).resolve().parents[1]
GOOD = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"
BAD = "apiVersion: v1\nkind: Namespace\nmetadata:\n  nmae: shop\n"
# a Service that selects a Pod but for one letter: a warning
LONELY = """apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: wbe}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx:1.27, ports: [{containerPort: 80}]}]}
"""


def run(capsys, *words: str) -> tuple[int, str, str]:
    """The exit code of a command line, and what it prints on its two outputs."""
    code = command.main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder of the present one with a good file, a bad one, and one of two documents of which the second is bad."""
    folder = tmp_path / "my files"
    folder.mkdir()
    (folder / "good.yaml").write_text(GOOD)
    (folder / "bad.yaml").write_text(BAD)
    (folder / "two.yaml").write_text(f"{GOOD.replace('shop', 'one')}---\n{BAD.replace('shop', 'two')}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return Path("my files")


def test_without_a_command_it_says_how_to_go_on(capsys):
    """The version, the page of the helpers, and the way to the chapters."""
    code, said, _err = run(capsys)
    assert code == 0
    assert kn.__version__ in said
    assert "c.service_map()" in said
    assert "k8snotes lab" in said


def test_a_package_without_chapters_names_the_repository(capsys, monkeypatch, tmp_path):
    """Where only the code was copied, there are no notebooks: the first page and `lab` say where they are."""
    monkeypatch.setattr(notebooks, "folder", lambda: tmp_path)
    assert "in its repository: http" in run(capsys)[1]
    code, said, wrong = run(capsys, "lab", str(tmp_path / "mine"))
    assert (code, said) == (2, "")
    assert "in its repository: http" in wrong


@pytest.mark.parametrize("name", command.COMMANDS)
def test_every_command_has_help_in_both_languages(capsys, name):
    """The help says what the command does; in Chinese it is Chinese, wherever --language stands."""
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    english = capsys.readouterr().out
    assert ended.value.code == 0
    assert str(command.command(name).about) in " ".join(english.split())
    for words in ([name, "--help", "--language", "zh"], ["--language=zh", name, "-h"]):
        with pytest.raises(SystemExit):
            command.main(words)
        chinese = capsys.readouterr().out
        assert chinese.startswith("用法：")
        assert "print" not in chinese
        assert re.search("[一-龥]{4}", chinese)
    assert kn.language() == "en"


def test_every_command_has_a_file_and_every_file_is_one():
    """The folder of commands holds those that the help names, the first page, and what they share."""
    shared = {"command", "copied", "formats", "picture", "welcome"}
    there = {path.stem for path in (ROOT / "k8snotes" / "commands").glob("[a-z]*.py")}
    assert there - shared == set(command.COMMANDS)
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _colon, function = scripts["k8snotes"].partition(":")
    assert getattr(importlib.import_module(module), function) is command.main


@pytest.mark.parametrize(
    "words", [["frobnicate"], ["examine"], ["map", "guestbook", "--colour"], ["trace", "guestbook"]]
)
def test_a_wrong_line_is_told_with_code_2(capsys, words):
    """An unknown command or option, and a missing argument."""
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_an_unknown_language_is_told_with_code_2(capsys):
    """The languages that there are are named."""
    code, said, wrong = run(capsys, "--language", "tlh", "map", "guestbook")
    assert (code, said) == (2, "")
    assert '"en", "zh"' in wrong


# ---- examine


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)])
def test_the_exit_code_says_whether_something_is_refused(tmp_path, capsys, text, code):
    """0 for a file that the API server accepts, 1 for one that it refuses."""
    path = tmp_path / "my file.yaml"
    path.write_text(text)
    assert command.main(["examine", str(path)]) == code
    said, findings = capsys.readouterr().out.rstrip("\n").splitlines(), str(kn.examine(path)).splitlines()
    assert said[1:] == findings[1:]
    assert said[0] == findings[0].replace("The text in .fixed has", "The option --fixed prints the text with")


def test_the_input_is_examined_and_mended(capsys, monkeypatch):
    """`-` reads the input, and --fixed prints the text with its fixes."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(BAD))
    assert command.main(["examine", "-", "--fixed"]) == 1
    assert capsys.readouterr().out.rstrip("\n") == GOOD.rstrip("\n")


def test_the_input_is_never_taken_for_a_name(monkeypatch):
    """The input is text, also if it has one word, which is the name of an application."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("guestbook"))
    assert command.main(["examine", "-", "--quiet"]) == 1


def test_what_cannot_be_read_is_told_apart(capsys):
    """2 if there is no such file: a message on the standard error, and no traceback."""
    code, said, wrong = run(capsys, "examine", "no-such-file")
    assert (code, said) == (2, "")
    assert "no-such-file" in wrong


def test_the_others_are_examined_where_a_file_is_missing(capsys, files):
    """The code is 2, and what is wrong with the files that are there is said."""
    code, said, wrong = run(capsys, "examine", "no-such-file", str(files / "bad.yaml"), "--quiet")
    assert (code, said) == (2, "1 error\n")
    assert "no-such-file" in wrong


def test_several_files_are_examined_together_and_each_once(capsys, files):
    """A Namespace of one file is known to the others, and a file that is named twice counts once."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: a, image: b}]}\n"
    (files / "pod.yaml").write_text(pod)
    alone, together = str(files / "pod.yaml"), [str(files / "good.yaml"), str(files / "pod.yaml")]
    assert "note" in run(capsys, "examine", alone, "-q")[1]
    assert run(capsys, "examine", *together, "-q") == (0, "nothing found\n", "")
    assert run(capsys, "examine", str(files), str(files / "bad.yaml"), "-q")[1].startswith("2 errors")


def test_files_of_a_folder_have_names_that_lead_to_them(capsys, files):
    """The folder stands in the name of each file, in text and in JSON."""
    assert f"{files / 'bad.yaml'}, line 4" in run(capsys, "examine", str(files))[1]
    said = json.loads(run(capsys, "examine", str(files), "--format", "json")[1])
    assert [file["file"] for file in said["files"]] == [
        f"my files/{name}.yaml" for name in ("bad", "good", "two")
    ]


def test_json_has_codes_and_places_of_every_document(capsys, files):
    """The place is that in the file, also in its second document; every file is there, also one without findings."""
    code, said, wrong = run(
        capsys, "examine", str(files / "good.yaml"), str(files / "two.yaml"), "--format", "json"
    )
    assert (code, wrong) == (1, "")
    whole = json.loads(said)
    good, two = whole.pop("files")
    assert whole == {"edition": 1, "ok": False, "errors": 1, "warnings": 0, "notes": 0}
    assert good == {"file": "my files/good.yaml", "findings": []}
    [finding] = two["findings"]
    assert (finding["line"], finding["column"], finding["document"]) == (9, 3, 1)
    assert (finding["severity"], finding["code"], finding["because"]) == (
        "error",
        "unknown-field",
        "misspelt",
    )
    assert (finding["field"], finding["fix"], finding["certain"]) == ("metadata.nmae", "name: two", True)
    assert finding["message"] == 'unknown field "metadata.nmae"'


def test_json_can_be_read_whatever_is_in_the_text(capsys, tmp_path):
    """Signs that move the cursor, that hide, and that the terminal does not have are JSON's escapes."""
    path = tmp_path / "odd.yaml"
    path.write_text(
        'apiVersion: v1\nkind: "P\\u001b[31m\\u202e\\x7f名"\nmetadata: {name: a}\n', encoding="utf-8"
    )
    said = run(capsys, "examine", str(path), "--format", "json")[1]
    assert said.isascii()
    assert all(char.isprintable() or char == "\n" for char in said)
    assert json.loads(said)["errors"] == 1


def test_github_shows_each_finding_at_its_line(capsys, files):
    """A workflow command for each finding, and the counts as the last line."""
    bad, two = str(files / "bad.yaml"), str(files / "two.yaml")
    code, said, _err = run(capsys, "examine", bad, two, "--format", "github")
    assert code == 1
    *lines, last = said.splitlines()
    assert last == "2 errors"
    assert lines[0].startswith(
        "::error file=my files/bad.yaml,line=4,col=3,title=k8snotes%3A unknown-field::unknown"
    )
    assert lines[1].startswith("::error file=my files/two.yaml,line=9,col=3,")
    assert lines[0].endswith("%0Awrite: name: shop")


def test_github_has_words_of_its_own_for_warnings_and_notes(capsys, files):
    """A warning is a warning, and a note a notice; neither makes the command fail."""
    (files / "web.yaml").write_text(LONELY)
    (files / "values.yaml").write_text("replicas: 3\n")
    code, said, _err = run(
        capsys, "examine", str(files / "web.yaml"), str(files / "values.yaml"), "--format", "github"
    )
    assert code == 0
    assert {line.split(" ")[0] for line in said.splitlines()[:-1]} == {"::warning", "::notice"}


def test_github_reads_no_name_as_its_own_sign(capsys, files):
    """Percent, colon and comma in a file's name, and percent and ends of lines in a message, are escaped."""
    (files / "a%3A,b:c.yaml").write_text('apiVersion: v1\nkind: "%25\\n::error::x"\nmetadata: {name: a}\n')
    said = run(capsys, "examine", str(files / "a%3A,b:c.yaml"), "--format", "github")[1]
    assert "file=my files/a%253A%2Cb%3Ac.yaml,line=" in said
    assert said.count("\n") == 2
    assert "%2525" in said


def test_github_names_files_from_the_folder_of_the_repository(capsys, files, monkeypatch):
    """Also where the command runs in a folder below it, or is given a whole path."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd()))
    whole = str((files / "bad.yaml").resolve())
    monkeypatch.chdir(files)
    for name in ("bad.yaml", whole):
        assert "file=my files/bad.yaml," in run(capsys, "examine", name, "--format", "github")[1]
    monkeypatch.setattr(sys, "stdin", io.StringIO(BAD))
    assert run(capsys, "examine", "-", "--format", "github")[1].startswith("::error line=4,col=3,")


def test_strict_counts_warnings(capsys, files):
    """A warning makes the code 1 with --strict, which is said where there is no error."""
    (files / "web.yaml").write_text(LONELY)
    web = str(files / "web.yaml")
    assert run(capsys, "examine", web, "-q") == (0, "1 warning\n", "")
    assert run(capsys, "examine", web, "-q", "--strict") == (
        1,
        "1 warning\n",
        "--strict counts warnings as errors.\n",
    )
    assert run(capsys, "examine", str(files / "good.yaml"), "-q", "--strict")[0] == 0


def test_fixed_prints_several_files_as_one_stream(capsys, files):
    """Each file after its name: what is printed can be applied, and has no more faults."""
    code, said, _err = run(capsys, "examine", str(files / "bad.yaml"), str(files / "two.yaml"), "--fixed")
    assert code == 1
    assert [line for line in said.splitlines() if line.startswith("# ")] == [
        "# my files/bad.yaml",
        "# my files/two.yaml",
    ]
    assert kn.examine(said).ok
    assert len(list(yaml.safe_load_all(said))) == 3


@pytest.mark.parametrize("flag", ["--quiet", "--fixed"])
@pytest.mark.parametrize("form", ["json", "github"])
def test_text_and_a_format_for_programs_exclude_each_other(capsys, files, flag, form):
    """2, and no output that a program would take for an answer."""
    code, said, wrong = run(capsys, "examine", str(files), flag, "--format", form)
    assert (code, said) == (2, "")
    assert form in wrong


def test_the_solution_of_an_exercise_stays_locked(capsys, monkeypatch):
    """--fixed shows no manifest that a reader is to mend, also among other files."""
    monkeypatch.setattr(record, "_answered_here", {})  # nobody has answered, whatever other tests did
    code, said, wrong = run(capsys, "examine", "repairs/1", "guestbook", "--fixed")
    assert (code, said) == (2, "")
    assert "14-your-own-cluster/1" in wrong


# ---- map, trace, diagnose


def test_a_map_is_printed_in_words(capsys):
    """The same words as the figure has; what was assumed stands on the standard error."""
    code, said, told = run(capsys, "map", "guestbook")
    assert (code, said.rstrip("\n")) == (0, kn.load("guestbook").service_map().text)
    assert told.startswith("assumed: storage")


def test_what_was_refused_is_told(capsys, files):
    """The map has the rest, and the standard error the document that is missing, with its reason."""
    with pytest.warns(kn.ManifestWarning):
        reason = kn.load(str(files / "two.yaml")).refused[0].reason
    code, _said, told = run(capsys, "map", str(files / "two.yaml"))
    assert code == 0
    assert told.startswith("refused: ")
    assert reason in told
    assert "Warning" not in told


def test_a_file_goes_before_an_application_of_the_course(capsys, files, monkeypatch):
    """A folder of the reader with the name of an application is the reader's."""
    monkeypatch.chdir(files)
    Path("guestbook").mkdir()
    Path("guestbook", "web.yaml").write_text(LONELY)
    assert "Service web" in run(capsys, "map", "guestbook")[1]
    assert "1 warning" in run(capsys, "examine", "guestbook", "-q")[1]


def test_the_input_is_drawn(capsys, monkeypatch):
    """`-` reads the input; an empty one is an error in words."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(LONELY))
    assert "Service web" in run(capsys, "map", "-")[1]
    assert run(capsys, "map", "-")[0] == 2


@pytest.mark.parametrize("ending", ["svg", "html", "dot", "txt"])
def test_a_picture_is_saved_by_its_ending(capsys, tmp_path, ending):
    """Nothing but its path is printed; the file has what the figure has."""
    path = tmp_path / f"map.{ending}"
    code, said, _told = run(capsys, "map", "tomcat-service", "--output", str(path))
    assert (code, said) == (0, f"The picture is in {path}.\n")
    kn.load("tomcat-service").service_map().save(tmp_path / f"other.{ending}")
    assert path.read_bytes() == (tmp_path / f"other.{ending}").read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["trace", "guestbook", "http://frontend", "--from", "pod/client"], 0),
        (["trace", "guestbook-broken", "http://cache:6379", "--from", "pod/mail"], 1),
        (["trace", "guestbook", "http://nowhere", "--from", "pod/client"], 2),
        (["trace", "guestbook", "http://frontend", "--from", "pod/nobody"], 2),
        (["diagnose", "guestbook", "svc/cache"], 0),
        (["diagnose", "guestbook-broken", "svc/cache"], 1),
        (["diagnose", "guestbook", "svc/nowhere"], 1),
        (["diagnose", "guestbook", "deploy/frontend"], 2),
        (["map", "guestbok"], 2),
        (["map", "kind: Pod"], 2),
        (["map", "https://example.com/web.yaml"], 2),
        (["map", "guestbook", "--namespace", "nowhere"], 2),
        (["map", "guestbook", "--output", "map.doc"], 2),
        (["map", "guestbook", "--output", "no/such/folder/map.svg"], 2),
        (["map", "guestbook", "--output", "map.svg", "--scale", "0"], 2),
    ],
)
def test_the_exit_code_is_the_answer(capsys, files, monkeypatch, words, code):
    """0: answered, or no fault; 1: not answered, or a fault; 2: our own error, in words on the standard error."""
    monkeypatch.chdir(files)
    found, said, told = run(capsys, *words)
    assert found == code, told
    assert (said == "") == (code == 2)
    assert "Traceback" not in told


def test_a_picture_speaks_the_language_that_was_asked_for(capsys):
    """Words of ours are Chinese, and afterwards the language is as before."""
    code, said, told = run(capsys, "diagnose", "guestbook", "svc/cache", "--language", "zh")
    assert code == 0
    assert "Service" in said
    assert "是" in said
    assert told.startswith("假定")
    assert kn.language() == "en"


# ---- site


def test_site_hands_its_words_to_the_builder(capsys, monkeypatch):
    """Folders are paths; the variable names Pyodide where no option does; what the builder says is printed."""
    given = []

    def make(folder, **options):
        options.pop("say")("half of it")
        given.append((folder, options))

    monkeypatch.setitem(sys.modules, "k8snotes.site.make", types.SimpleNamespace(make=make))
    monkeypatch.setenv("K8SNOTES_PYODIDE", "here")
    assert run(capsys, "site") == (0, "half of it\n", "")
    assert run(capsys, "site", "out", "--work", "w", "--pyodide", "p", "--with", "own")[0] == 0
    monkeypatch.delenv("K8SNOTES_PYODIDE")
    run(capsys, "site")
    paths = {"work": Path("w"), "pyodide": Path("p"), "extra": Path("own")}
    assert given == [
        (Path("build/site"), {"work": None, "pyodide": Path("here"), "extra": None}),
        (Path("out"), paths),
        (Path("build/site"), {"work": None, "pyodide": None, "extra": None}),
    ]


def test_an_error_of_the_builder_is_told(capsys, monkeypatch):
    """2, and its sentence."""

    def make(_folder, **_options):
        raise kn.SiteError("there is no node")

    monkeypatch.setitem(sys.modules, "k8snotes.site.make", types.SimpleNamespace(make=make))
    assert run(capsys, "site") == (2, "", "there is no node\n")


# ---- the process


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


def test_a_version_loads_no_command():
    """What a command needs is loaded when it is asked for, and only for that one."""
    code = (
        "import sys; from k8snotes.__main__ import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name.startswith('k8snotes.')))"
    )

    def loaded(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout

    version = loaded("--version")
    assert "k8snotes.commands.command'" in version
    assert not any(name in version for name in ("cluster", "course", "doctor", "commands.examine", "yaml"))
    examined = loaded("examine", "examples/tickets", "-q")
    assert "k8snotes.commands.examine'" in examined
    assert "k8snotes.commands.map'" not in examined
    assert "k8snotes.figures.service_map'" not in examined


def test_nobody_who_reads_ends_it_quietly():
    """The other end of a pipe is closed: no traceback, and the code that a shell gives."""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from k8snotes.__main__ import main; time.sleep(1); raise SystemExit(main(['map', 'guestbook']))",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 141
    assert "Error" not in told


def test_an_interrupt_ends_it_quietly(capsys, monkeypatch):
    """Ctrl-C while it waits for its input: no traceback, and the code that a shell gives."""

    class Interrupted(io.StringIO):
        def read(self, *_size):
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert run(capsys, "map", "-") == (130, "", "")


def test_the_hook_of_pre_commit_names_a_command():
    """`.pre-commit-hooks.yaml` has the hook; its entry is the console script, with a command that there is."""
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (hook["id"], hook["language"], hook["types"]) == ("k8snotes-examine", "python", ["yaml"])
    assert hook["require_serial"] is True  # files that belong together are examined together
    program, name, *options = hook["entry"].split()
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert name in command.COMMANDS
    assert command.main([name, *options, "guestbook"]) == 0
