"""Python in a browser: what is fetched when, and what a reader is told. Pyodide's own objects are stood in for here."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import io
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest

from k8snotes import browser
from k8snotes.errors import FetchError, K8sNotesError


def _wheel(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{name}.py", f"NAME = {name!r}\n")
    return packed.getvalue()


class Site:
    """The files of an edition, what was asked of it, and what the page heard."""

    def __init__(self) -> None:
        self.files = {f"{name}.whl": _wheel(name) for name in ("kn_lines", "kn_tables")}
        self.asked: list[str] = []
        self.heard: list[str] = []
        self.loaded = SimpleNamespace(to_py=lambda: vars(self.loaded))
        digest = {name: hashlib.sha256(text).hexdigest() for name, text in self.files.items()}
        packages = {
            "lines": {
                "imports": ["kn_lines"],
                "depends": [],
                "file_name": "kn_lines.whl",
                "sha256": digest["kn_lines.whl"],
            },
            "tables": {
                "imports": ["kn_tables"],
                "depends": ["lines"],
                "file_name": "kn_tables.whl",
                "sha256": digest["kn_tables.whl"],
            },
        }
        lock = SimpleNamespace(to_py=lambda: packages)
        api = SimpleNamespace(lockfile_packages=lock, config=SimpleNamespace(indexURL="https://here/"))
        self.pyodide = SimpleNamespace(_api=api, loadedPackages=self.loaded)
        self.js = SimpleNamespace(
            XMLHttpRequest=SimpleNamespace(new=self._request),
            BroadcastChannel=SimpleNamespace(
                new=lambda _name: SimpleNamespace(postMessage=self.heard.append, close=lambda: None)
            ),
        )

    def _request(self) -> SimpleNamespace:
        request = SimpleNamespace(status=0, response=None)

        def opened(_method: str, address: str, _asynchronous: object) -> None:
            name = address.removeprefix("https://here/")
            self.asked.append(name)
            request.status = 200 if name in self.files else 404
            request.response = SimpleNamespace(to_bytes=lambda: self.files[name])

        request.open, request.send = opened, lambda: None
        return request


@pytest.fixture
def site(tmp_path, monkeypatch) -> Site:
    made = Site()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, browser.Fetching(made.pyodide, made.js, tmp_path)])
    yield made
    for name in ("kn_lines", "kn_tables"):
        sys.modules.pop(name, None)


def test_an_import_fetches_what_it_needs_once_and_says_so(site):
    """Dependencies come first; the page hears each name, and that it is over; nothing is fetched twice."""
    assert importlib.import_module("kn_tables").NAME == "kn_tables"
    assert importlib.import_module("kn_lines").NAME == "kn_lines"
    assert site.asked == ["kn_lines.whl", "kn_tables.whl"]
    assert site.heard == ["fetching lines", "fetching tables", ""]


def test_what_is_in_no_package_is_missing_as_everywhere(site):
    """Nothing is asked for a module that the edition does not know."""
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("kn_nothing")
    assert site.asked == []


@pytest.mark.parametrize("spoiled", [None, b"another file"])
def test_a_file_that_cannot_be_had_is_said_in_words(site, spoiled):
    """A file that is gone, or is another one, is an error of ours and an ImportError; its name is in it."""
    if spoiled is None:
        del site.files["kn_lines.whl"]
    else:
        site.files["kn_lines.whl"] = spoiled
    with pytest.raises(FetchError, match=r"kn_lines\.whl") as caught:
        importlib.import_module("kn_lines")
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value, K8sNotesError)


def test_a_cell_that_is_no_python_is_taken_as_it_is():
    """The kernel cuts no cell into words of Python unless somebody wants to change them."""

    async def refuses(_lines: list[str]) -> list[str]:
        raise IndentationError

    manager = SimpleNamespace(token_transformers=[], do_token_transforms=refuses)
    browser._take_any_cell(SimpleNamespace(lite_transform_manager=manager))
    lines = ["%%kubectl apply -f -\n", "  - a:\n", " b\n"]
    assert asyncio.run(manager.do_token_transforms(lines)) == lines
    manager.token_transformers.append("mine")
    with pytest.raises(IndentationError):
        asyncio.run(manager.do_token_transforms(lines))


def test_an_error_of_ours_is_printed_and_fails_no_cell(capsys):
    """The handler says the error's own words, and no traceback."""
    kept = {}
    browser._go_on_after_answers(
        SimpleNamespace(set_custom_exc=lambda kinds, does: kept.update(kinds=kinds, does=does))
    )
    assert kept["kinds"] == (K8sNotesError,)
    kept["does"](None, FetchError, FetchError("it is gone"), None, tb_offset=0)
    assert capsys.readouterr().err.strip().endswith("FetchError: it is gone")


def test_pictures_questions_and_kubectl_need_no_pandas():
    """Only a table loads pandas, which is most of what a browser would have to fetch."""
    code = (
        "import sys, k8snotes as kn\n"
        "c = kn.load('guestbook')\n"
        "c.service_map()._repr_mimebundle_(); str(c.kubectl('get pods')); kn.ask('06-labels/recall'); str(kn.progress())\n"
        "kn.scaler(c, 'deploy/frontend'); str(kn.check('06-labels/1', 'x'))\n"
        "print('pandas' in sys.modules)\n"
        "c.get('pods')\n"
        "print('pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_an_application_is_read_where_python_has_no_xz():
    """Python in a browser comes without lzma; a file is loaded without it."""
    code = "import sys\nsys.modules['lzma'] = None\nimport k8snotes as kn\nprint(len(kn.load('guestbook').objects('pods')))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "9"
