"""Binder, as near as one comes without an image: its install lines in a clean environment, its badge in a browser.

repo2docker writes the Dockerfile; what it does with this repository there, is done here in a virtual environment that
has what its image has (JupyterLab and the kernel, in the image's versions) and nothing else. Only pip's cache is used,
which an image does not have. The environment is kept in pytest's cache until a pin changes; the package itself is
installed anew each time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from lab_server import Lab, running_lab
from pages import open_notebook, run_all

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
MOST_MEGABYTES = 400  # of all that is installed on top of the image
# what the image brings along; the rest of it plays no part in showing a chapter
IMAGE = ("ipykernel", "jupyter_server", "jupyterlab", "nbclient")
_SIZE = """
import importlib.metadata as m, re, sys
mine = {re.sub("[-_.]+", "-", name).lower() for name in sys.argv[1:]}
files = [f.locate() for d in m.distributions() if re.sub("[-_.]+", "-", d.name).lower() in mine for f in d.files or ()]
print(sum(f.stat().st_size for f in files if f.is_file()))
"""


@dataclass(frozen=True)
class Image:
    """What Binder would make: the folder with the repository, and the Python beside it."""

    folder: Path
    python: Path


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory) -> str:
    """The Dockerfile that repo2docker writes for this repository."""
    pytest.importorskip("repo2docker", reason="jupyter-repo2docker is not installed on this platform")
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=tmp_path_factory.mktemp("dockerfile"),
    )
    return done.stdout + done.stderr


def _versions() -> dict[str, str]:
    import repo2docker

    lock = next(Path(repo2docker.__file__).parent.glob("buildpacks/conda/environment.py-3.12-linux-64.lock"))
    found = re.findall(r"/([a-z0-9_.-]+)-(\d[^-/]*)-[^-/]+\.conda", lock.read_text(encoding="utf-8"))
    return {name: version for name, version in found if name in IMAGE}


def _run(line: str, folder: Path, prefix: Path) -> None:
    env = {
        "KERNEL_PYTHON_PREFIX": str(prefix),
        "NB_PYTHON_PREFIX": str(prefix),
        "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    # pip's cache spares the network what it gave before
    line = line.replace(" --no-cache-dir", "")
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if re.search(r"NewConnectionError|Temporary failure in name resolution|No route to host", done.stderr):
        pytest.skip("the registry of Python packages cannot be reached, and pip's cache has not all of it")
    assert done.returncode == 0, (line, done.stderr[-2000:])


@pytest.fixture(scope="module")
def image(request, tmp_path_factory, dockerfile) -> Image:
    """The repository after the lines that the Dockerfile runs for it."""
    lines = re.findall(r"^RUN (.*binder/.*)$", dockerfile, re.MULTILINE)
    assert [re.sub(r".*/bin/", "", line) for line in lines] == [
        'pip install --no-cache-dir -r "binder/requirements.txt"',
        "chmod +x binder/postBuild",
        "./binder/postBuild",
    ]
    folder = tmp_path_factory.mktemp("binder") / "repository"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
    shutil.copytree(ROOT, folder, ignore=ignored)
    versions = [f"{name}=={version}" for name, version in sorted(_versions().items())]
    assert len(versions) == len(IMAGE)
    key = repr((sys.version, versions, lines[0], (ROOT / "binder" / "requirements.txt").read_text()))
    prefix = request.config.cache.mkdir("binder") / hashlib.sha256(key.encode()).hexdigest()[:16]
    if not (prefix / "complete").exists():
        shutil.rmtree(prefix, ignore_errors=True)
        venv.create(prefix, with_pip=True)
        _run(f"pip install {' '.join(versions)}", folder, prefix)
        _run(lines[0], folder, prefix)
        (prefix / "complete").touch()
    for line in lines[1:]:
        _run(line, folder, prefix)
    return Image(folder, prefix / "bin" / "python")


@pytest.fixture(scope="module")
def binder_lab(image, tmp_path_factory) -> Iterator[Lab]:
    """The JupyterLab of the image."""
    with running_lab(
        tmp_path_factory.mktemp("binder-lab"), image.folder, image.python, {"PYTHONPATH": ""}
    ) as lab:
        yield lab


def _badges() -> list[str]:
    return re.findall(
        r"\]\((https://mybinder\.org/v2/[^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")
    )


def test_every_badge_opens_its_chapter_in_lab():
    """README's badges open a release in JupyterLab: the first one chapter 00, and one each chapter of the table."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    opened = []
    for badge in _badges():
        address = urlsplit(badge)
        assert address.path.endswith(f"/v{version}")
        (path,) = parse_qs(address.query)["urlpath"]
        assert path.startswith("lab/tree/notebooks/")
        opened.append(path.removeprefix("lab/tree/notebooks/"))
    chapters = [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    assert opened == [chapters[0], *chapters]


def test_what_is_installed_is_small(image, record_property):
    """What Binder installs for the course stays small."""
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "binder" / "requirements.txt").read_text(), re.MULTILINE)
    done = subprocess.run(
        [image.python, "-c", _SIZE, *pins, "k8snotes"],
        capture_output=True,
        text=True,
        check=True,
        cwd=image.folder.parent,
    )
    megabytes = int(done.stdout) / 1e6
    record_property("megabytes", round(megabytes))
    print(f"installed on top of the image: {megabytes:.0f} MB")  # noqa: T201  # pytest -rP shows it
    assert 10 < megabytes < MOST_MEGABYTES


def test_chapter_00_opens_and_runs(binder_lab, context):
    """The page behind the badge is chapter 00 in JupyterLab; it shows its pictures, and runs to its end."""
    page = open_notebook(
        context, binder_lab, parse_qs(urlsplit(_badges()[0]).query)["urlpath"][0].removeprefix("lab/tree/")
    )
    page.wait_for_selector(".jp-OutputArea-output img")
    assert "00 · Start here" in page.locator("h1").first.inner_text()
    run_all(page)
    assert page.locator(".k8snotes-explorer input").first.is_visible()
    assert (
        page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 1
    )  # the one that is meant
    assert not binder_lab.connections.exists()
    page.close()
