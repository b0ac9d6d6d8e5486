"""What a site is built from: versions in one file, files that only their sha256 lets in, a wheel and a lock for the browser."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from k8snotes import notebooks
from k8snotes.errors import SiteError
from k8snotes.site import own
from k8snotes.site.links import Links
from k8snotes.site.make import make
from k8snotes.site.pyodide import Pyodide, locked
from k8snotes.site.serve import served
from k8snotes.site.stack import Stack
from k8snotes.site.tools import Tools
from k8snotes.site.wheel import packed, unzipped, wheel, zipped

SOURCES = notebooks.folder() / "site"
CANTEEN = SOURCES / "teachers" / "canteen"


def test_all_versions_stand_in_one_file_and_are_exact():
    """Each tool and package has one version, and each fetched file its sha256."""
    stack = Stack.read(SOURCES / "stack.toml")
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", each) for each in (*stack.tools, *stack.wheels))
    assert all(
        re.fullmatch(r"[0-9a-f]{64}", each) for each in (*stack.files.values(), *stack.wheels.values())
    )
    assert stack.version in stack.release


def test_the_wheel_for_the_browser_has_the_package_and_its_data_and_nothing_else():
    """Chapters, commands and the builder stay away, and so do the sources of the languages."""
    with zipfile.ZipFile(io.BytesIO(wheel())) as archive:
        names = archive.namelist()
    assert {
        "k8snotes/__init__.py",
        "k8snotes/_data/guestbook.yaml",
        "k8snotes/course/exercises/02-pod.toml",
    } <= set(names)
    assert "k8snotes/locale/zh/LC_MESSAGES/k8snotes.mo" in names
    assert not [
        name for name in names if re.search(r"\.(po|pot|pyc|ipynb)$|/(site|commands|_notebooks)/", name)
    ]


def test_the_last_pattern_decides_what_is_left_out_of_a_package():
    """A pattern leaves out, one with "!" keeps, and what no pattern fits is kept."""
    stack = replace(
        Stack.read(SOURCES / "stack.toml"), left_out={"pens": ["pens/*", "!*/red.py", "pens/old/*"]}
    )
    paths = ["pens/blue.py", "pens/red.py", "pens/old/red.py", "pens.py"]
    assert [stack.leaves_out("pens", path) for path in paths] == [True, False, True, False]
    assert not stack.leaves_out("ink", "pens/blue.py")


def test_an_archive_gives_back_what_was_put_in(tmp_path):
    """Files go into an archive and come out of it, whatever is in them; folders are no files."""
    files = {"web/__init__.py": b"", "web/data.bin": bytes(range(256))}
    (tmp_path / "web.zip").write_bytes(zipped({"web/": b"", **files}))
    assert unzipped(tmp_path / "web.zip") == files


def test_what_python_reads_first_puts_the_notebooks_folder_last(tmp_path):
    """After the first import the folder is the last place that is asked, and a module there is still found."""
    (tmp_path / "mine.py").write_text("found = True", encoding="utf-8")
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong one')", encoding="utf-8")
    first = (SOURCES / "lite" / "sitecustomize.py").read_text(encoding="utf-8")
    code = f"import sys\nsys.path[0] = ''\n{first}\nimport json, mine\nprint(sys.path[-1] == '', mine.found)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "True True"


def test_a_lock_names_what_lies_there_and_drops_what_does_not(tmp_path):
    """A wheel is entered with what it brings and needs; a package that is not in the folder is no dependency."""
    path = tmp_path / "web-1.0-py3-none-any.whl"
    path.write_bytes(packed("web", "1.0", {"web/__init__.py": b"", "web/pages.py": b""}))
    official = {"numpy": {"file_name": "numpy.whl", "depends": ["openblas"], "sha256": "1"}}
    lock = locked(official, [path])
    assert lock["web"]["imports"] == ["web"]
    assert lock["web"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert lock["numpy"]["depends"] == []


def test_only_the_sha256_lets_a_file_of_pyodide_in(tmp_path, monkeypatch):
    """A file with another content is as good as none, and all that are missing are named."""
    monkeypatch.setattr(Pyodide, "_from_npm", lambda _self, _name: None)
    monkeypatch.setattr(Pyodide, "_from_release", lambda _self, _name: b"something else")
    given = tmp_path / "given"
    given.mkdir()
    stack = Stack.read(SOURCES / "stack.toml")
    for name in stack.files:
        (given / name).write_bytes(b"changed on the way")
    pyodide = Pyodide(stack, Tools(tmp_path / "tools"), tmp_path / "cache", given)
    with pytest.raises(SiteError) as caught:
        pyodide.write(tmp_path / "out")
    assert all(name in str(caught.value) for name in stack.files)
    assert stack.release in str(caught.value)


def test_no_folder_is_cleared_that_is_no_site(tmp_path):
    """A site replaces a site, and never something else."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(SiteError):
        make(tmp_path, work=tmp_path / "work")
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_teachers_folder_becomes_part_of_the_site(tmp_path):
    """Notebook, exercises and manifests are in the running edition, and a page leads to the notebook."""
    folder = tmp_path / "canteen"
    shutil.copytree(CANTEEN, folder)
    (folder / ".k8snotes-progress.json").write_text("{}", encoding="utf-8")
    files = own.files(folder)
    assert {"own/canteen-01.ipynb"} < set(files)
    assert any(name.startswith("own/exercises/") for name in files)
    assert not any("/." in name for name in files)
    pages = own.pages(folder, Links("zh", "1-a"))
    page = "".join("".join(cell["source"]) for cell in json.loads(pages["own/canteen-01.ipynb"])["cells"])
    assert "../../run/1-a/lab/index.html?path=own/canteen-01.ipynb" in page
    assert "canteen-01" in pages["own/index.md"]


def test_a_folder_without_a_notebook_is_refused(tmp_path):
    """The message names the folder."""
    with pytest.raises(SiteError, match=re.escape(str(tmp_path))):
        own.files(tmp_path)


def test_a_server_says_how_long_a_file_may_be_kept(tmp_path):
    """What lies in an edition never changes; a page may. Scripts and WebAssembly have their types."""
    for name in (
        "index.html",
        "run/1-a/static/python.wasm",
        "run/1-a/lab/index.html",
        "run/1-a/build/lab.mjs",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    with served(tmp_path) as address:
        said = {
            name: urlopen(address + name).headers  # noqa: S310  # this machine
            for name in (
                "index.html",
                "run/1-a/static/python.wasm",
                "run/1-a/lab/index.html",
                "run/1-a/build/lab.mjs",
            )
        }
        with pytest.raises(HTTPError):
            urlopen(f"{address}nothing.html")  # noqa: S310  # this machine
    assert said["index.html"]["Cache-Control"] == "no-cache"
    assert said["run/1-a/lab/index.html"]["Cache-Control"] == "no-cache"
    assert "immutable" in said["run/1-a/static/python.wasm"]["Cache-Control"]
    assert said["run/1-a/static/python.wasm"]["Content-Type"] == "application/wasm"
    assert said["run/1-a/build/lab.mjs"]["Content-Type"] == "text/javascript"


def test_the_rules_for_servers_name_what_never_changes():
    """The file of headers agrees with the server of this package."""
    text = (SOURCES / "server" / "_headers").read_text(encoding="utf-8")
    for part in ("static", "build", "extensions"):
        assert f"/run/*/{part}/*\n  Cache-Control: public, max-age=31536000, immutable" in text


def test_the_same_files_make_the_same_wheel():
    """Two builds of one state have one name, so a browser keeps what it has."""
    assert wheel() == wheel()
