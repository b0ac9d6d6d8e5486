"""`k8snotes lab`: the reader's copies of the chapters, and how JupyterLab is started with them."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from k8snotes import __main__ as command
from k8snotes import notebooks
from k8snotes.commands import lab
from k8snotes.commands.copied import FILE, Copied

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small course that a test may change, in the place of the real one."""
    folder = tmp_path / "course"
    for place in (folder, folder / "zh"):
        (place / "pictures").mkdir(parents=True)
        (place / "pictures" / "one.svg").write_text("<svg/>")
        (place / "glossary.md").write_text("# Words\n")
        for name in ("00-start", "01-service"):
            write(place / f"{name}.ipynb", f"# {name}")
    for name in ("site/conf.py", "zh/units/00-start.po", ".ipynb_checkpoints/00-start-checkpoint.ipynb"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    monkeypatch.setattr(notebooks, "folder", lambda: folder)
    return folder


@pytest.fixture
def mine(course, tmp_path):  # noqa: ARG001  # the course is there first
    """The reader's folder, with a copy of the small course."""
    folder = tmp_path / "my chapters"
    assert command.main(["lab", str(folder), "--copy-only"]) == 0
    return folder


def write(path: Path, *sources: str, count: int | None = None, **metadata: object) -> None:
    """Write a notebook with these cells."""
    cells = [
        {"cell_type": "code", "execution_count": count, "metadata": {}, "outputs": [], "source": [source]}
        for source in sources
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))


def again(mine: Path, capsys, *words: str) -> str:
    """What a second `lab` says."""
    capsys.readouterr()
    assert command.main(["lab", str(mine), "--copy-only", *words]) == 0
    return capsys.readouterr().out


def test_readers_get_what_they_open_and_nothing_else(mine):
    """Chapters, pictures and pages of both languages; neither translators' units nor the sources of the site."""
    there = {path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file()}
    names = {"00-start.ipynb", "01-service.ipynb", "glossary.md", "pictures/one.svg"}
    assert there == names | {f"zh/{name}" for name in names} | {FILE}


def test_every_link_of_the_real_copy_leads_to_a_file(tmp_path):
    """Links between chapters, to the other language, to pages and to pictures work in the reader's folder."""
    Copied(tmp_path).take()
    broken, seen = [], 0
    for path in [*tmp_path.rglob("*.md"), *tmp_path.rglob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        for link in re.findall(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"", text):
            target = "".join(link).partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                seen += 1
                if not (path.parent / target).exists():
                    broken.append(f"{path.relative_to(tmp_path)}: {target}")
    assert not broken
    assert seen > 500


def test_nothing_is_copied_twice(mine, capsys):
    """The second time all chapters are there already."""
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")}
    assert "already" in again(mine, capsys)
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")} == before


def test_what_is_missing_is_copied(mine, capsys):
    """A chapter that the reader has deleted comes back."""
    (mine / "zh" / "01-service.ipynb").unlink()
    assert "Copied 1 file" in again(mine, capsys)
    assert (mine / "zh" / "01-service.ipynb").exists()


def test_what_a_reader_has_changed_is_never_written_over(mine, course, capsys):
    """It is named with a way to get a new one; also where the package has a newer one."""
    write(mine / "01-service.ipynb", "# mine")
    said = again(mine, capsys)
    assert "01-service.ipynb was not copied, because you have changed it." in said
    assert "--again 01-service.ipynb" in said
    write(course / "01-service.ipynb", "# newer")
    assert "there is a newer one" in again(mine, capsys)
    assert "# mine" in (mine / "01-service.ipynb").read_text()


def test_what_a_reader_has_not_changed_becomes_the_newer_one(mine, course, capsys):
    """A chapter that was only opened is written anew, and so is a picture."""
    write(
        mine / "00-start.ipynb",
        "# 00-start",
        kernelspec={"name": "python3"},
        language_info={"version": "3.13"},
    )
    write(course / "00-start.ipynb", "# newer")
    (course / "pictures" / "one.svg").write_text("<svg>newer</svg>")
    assert "Copied 2 files" in again(mine, capsys)
    assert (mine / "00-start.ipynb").read_bytes() == (course / "00-start.ipynb").read_bytes()
    assert "newer" in (mine / "pictures" / "one.svg").read_text()


def test_a_chapter_that_was_run_with_other_outputs_is_changed(mine, course, capsys):
    """What a reader computed is the reader's; the numbers of the cells that were run are nothing."""
    write(mine / "00-start.ipynb", "# 00-start", count=7)
    assert "already" in again(mine, capsys)
    notebook = json.loads((mine / "00-start.ipynb").read_text())
    notebook["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["6\n"]}]
    (mine / "00-start.ipynb").write_text(json.dumps(notebook))
    write(course / "00-start.ipynb", "# newer")
    assert "00-start.ipynb was not copied" in again(mine, capsys)


@pytest.mark.parametrize("word", ["01", "01-service", "01-service.ipynb"])
def test_a_chapter_is_copied_anew_beside_the_changed_one(mine, capsys, word):
    """The reader's own gets another name, which no file has; a second time as well."""
    for number, own in enumerate(["01-service-mine.ipynb", "01-service-mine-2.ipynb"]):
        write(mine / "01-service.ipynb", f"# mine {number}")
        said = again(mine, capsys, "--again", word)
        assert own in said
        assert f"# mine {number}" in (mine / own).read_text()
        assert "# 01-service" in (mine / "01-service.ipynb").read_text()


def test_a_number_means_the_chapter_of_the_language(mine, capsys):
    """With Chinese in force, 01 is the Chinese chapter, and the English one stays as the reader has it."""
    for place in (mine, mine / "zh"):
        write(place / "01-service.ipynb", "# mine")
    said = again(mine, capsys, "--again", "01", "--language", "zh")
    assert "zh/01-service-mine.ipynb" in said
    assert "# mine" in (mine / "01-service.ipynb").read_text()


def test_an_unchanged_chapter_that_is_copied_anew_has_no_second_copy(mine, capsys):
    """There is nothing of the reader's to be kept."""
    again(mine, capsys, "--again", "01")
    assert not list(mine.rglob("*-mine*"))


def test_a_chapter_that_there_is_not_is_told(mine, capsys):
    """Nothing is copied, and the message has the chapter that was probably meant."""
    (mine / "glossary.md").unlink()
    assert command.main(["lab", str(mine), "--copy-only", "--again", "01-servce"]) == 2
    assert 'Did you mean "01-service"?' in capsys.readouterr().err
    assert not (mine / "glossary.md").exists()


@pytest.mark.parametrize("spoiled", ["", "[]", '{"00-start.ipynb": 3}', "\x00", "[" * 100_000])
def test_without_its_record_a_changed_chapter_is_still_kept(mine, course, capsys, spoiled):
    """A file that differs is taken for the reader's if nothing says that it is not."""
    (mine / FILE).write_text(spoiled)
    write(course / "00-start.ipynb", "# newer")
    write(mine / "01-service.ipynb", "# mine")
    said = again(mine, capsys)
    assert "00-start.ipynb was not copied" in said
    assert "01-service.ipynb was not copied" in said


@pytest.mark.parametrize("content", [b"no JSON", b"[]", b'{"cells": [1]}', b"\xff\xfe", b""])
def test_a_spoiled_notebook_is_the_readers(mine, capsys, content):
    """It is kept as it is."""
    (mine / "00-start.ipynb").write_bytes(content)
    assert "00-start.ipynb was not copied" in again(mine, capsys)
    assert (mine / "00-start.ipynb").read_bytes() == content


def test_a_folder_that_is_a_file_is_told(course, tmp_path, capsys):  # noqa: ARG001
    """2, in words."""
    (tmp_path / "taken").write_text("")
    assert command.main(["lab", str(tmp_path / "taken"), "--copy-only"]) == 2
    assert "cannot be copied" in capsys.readouterr().err


def started(monkeypatch, *words: str) -> list[str]:
    """The command that starts JupyterLab."""
    commands = []
    monkeypatch.setattr(lab, "find_spec", lambda _name: object())
    monkeypatch.setattr(lab, "_start", lambda command: commands.append(command) or 0)
    assert command.main(["lab", *words]) == 0
    return commands[0]


def test_jupyterlab_opens_the_first_chapter_of_the_language(mine, monkeypatch):
    """The folder with both languages is its root, so that links between them work."""
    english = started(monkeypatch, str(mine))
    assert english[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={mine.resolve()}" in english
    assert "--LabApp.default_url=/lab/tree/00-start.ipynb" in english
    assert "--no-browser" not in english
    chinese = started(monkeypatch, str(mine), "--language", "zh", "--no-browser")
    assert "--LabApp.default_url=/lab/tree/zh/00-start.ipynb" in chinese
    assert "--no-browser" in chinese


def test_jupyterlab_knows_every_word_of_the_command(mine, monkeypatch):
    """Its own parser takes the settings, so none is misspelt."""
    labapp = pytest.importorskip("jupyterlab.labapp", reason="JupyterLab is not installed")
    settings = [word for word in started(monkeypatch, str(mine)) if word.startswith("--LabApp.")]
    app = labapp.LabApp()
    app.parse_command_line(settings)
    assert (app.news_url, app.default_url) == (None, "/lab/tree/00-start.ipynb")
    assert app.check_for_updates_class.__name__ == "NeverCheckForUpdate"


def test_without_jupyterlab_the_line_that_installs_it_is_said(mine, monkeypatch, capsys):
    """The chapters are copied, and the version is that of the extra `lab`."""
    monkeypatch.setattr(lab, "find_spec", lambda _name: None)
    assert command.main(["lab", str(mine)]) == 2
    assert "-m pip install 'jupyterlab>=4.2,<5'" in capsys.readouterr().err
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["lab"] == [lab.JUPYTERLAB]


def test_the_real_course_is_found():
    """In this checkout: fifteen chapters in each language, and where the site is made from."""
    assert notebooks.folder() == ROOT / "notebooks"
    assert len(notebooks.chapters()) == len(notebooks.chapters("zh")) == 15
    assert all((notebooks.folder() / name).is_file() for name in notebooks.files())


def test_a_wheel_brings_chapters_and_applications(tmp_path):
    """What readers open and what the site is made from is in it; translators' units and saved copies are not."""
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    from zipfile import ZipFile

    [path] = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = set(ZipFile(path).namelist())
    assert {f"k8snotes/_notebooks/{name}" for name in notebooks.files()} <= names
    assert {"k8snotes/_data/guestbook.yaml", "k8snotes/__main__.py", "k8snotes/py.typed"} <= names
    assert not [name for name in names if "/units/" in name or "checkpoint" in name or name.endswith(".pyc")]
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"k8snotes"}
    assert Path(path).stat().st_size < 8_000_000  # bytes; the chapters are more than half of them
