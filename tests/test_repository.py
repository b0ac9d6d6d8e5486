"""The house itself: its doors, what importing costs, and what a repository promises."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import house
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "k8snotes"
OUTSIDE = {
    "graphviz": "nowhere",
    "yaml": "api/manifest.py",
    "pandas": "tables.py",
    "ipywidgets": "widgets/",
    "lightkube": "live/client.py",
    "httpx2": "live/client.py",
}
# Which rooms a room may go to: a row for every room. A room is a folder, or a module beside the folders.
SIMULATED = {"api", "errors", "control_plane", "node", "network"}
# What every room may go to, and what itself goes nowhere: text made fit for a screen, and the words of the package.
EVERYWHERE = {"screen", "catalogue", "heap", "progress_bar", "face"}
DOORS = {
    "screen": set(),
    "heap": set(),
    "progress_bar": set(),
    "catalogue": set(),
    "face": {"errors"},
    "languages": {"errors"},
    "tracebacks": set(),
    "errors": {"tracebacks"},
    "datasets": set(),
    "notebooks": set(),
    "repository": set(),
    # where Python runs in a browser: it is loaded by its name
    "browser": {"errors"},
    "api": {"errors"},
    "control_plane": {"api", "errors"},
    "node": {"api", "control_plane", "errors"},
    # a trace follows the rules of the Nodes' kube-proxy
    "network": {"api", "control_plane", "node", "limits", "errors"},
    # the simulation: state, time and actions; it knows no view
    "bootstrap": {"api", "control_plane", "errors"},
    "takes": {"api"},
    "lookup": {"api", "control_plane", "errors", "takes"},
    # what is not done here; the simulation is asked for it, and traces have its words
    "limits": {"api", "control_plane", "errors"},
    "simulation": SIMULATED | {"bootstrap", "lookup", "limits"},
    "actions": SIMULATED | {"simulation"},
    "loading": SIMULATED | {"actions", "datasets", "simulation", "limits"},
    # what a reader asks, in plain values, and the views of it
    "facts": SIMULATED,
    # the facts of a trace and of a Service's endpoints are the network's own; the look of tables is of the one visual
    # language
    "tables": {"api", "facts", "figures", "network", "errors"},
    "figures": {"api", "facts", "network", "tables", "errors"},
    # what is an error is decided by the API server's own pipeline, and shown in the one visual language
    "doctor": {"api", "control_plane", "facts", "tables", "figures", "datasets", "errors"},
    "kubectl": SIMULATED | {"facts", "limits", "bootstrap", "lookup", "simulation", "actions"},
    # the face, and what is handed it
    "widgets": {"api", "facts", "network", "tables", "figures", "doctor", "errors"},
    "cluster": SIMULATED
    | {
        "datasets",
        "limits",
        "lookup",
        "simulation",
        "actions",
        "loading",
        "facts",
        "tables",
        "figures",
        "kubectl",
        "widgets",
    },
    "course": {
        "api",
        "control_plane",
        "datasets",
        "doctor",
        "errors",
        "facts",
        "figures",
        "cluster",
        "widgets",
    },
    # the Tab key, which asks what a cluster holds and what the course has
    "tab": SIMULATED | {"cluster", "course", "datasets", "kubectl"},
    # the page that describes the package
    "guide": {"cluster", "errors"},
    # the site is made of all that readers see; only the command `site` loads it, by its name
    "site": {
        "cluster",
        "course",
        "datasets",
        "errors",
        "figures",
        "guide",
        "notebooks",
        "repository",
        "tables",
        "widgets",
    },
    # a live cluster is one like any other; its client, and lightkube with it, are loaded by name
    "live": {
        "api",
        "control_plane",
        "network",
        "errors",
        "facts",
        "figures",
        "limits",
        "lookup",
        "simulation",
        "actions",
        "cluster",
    },
    # the commands in a terminal, each loaded by its name
    "commands": {
        "api",
        "cluster",
        "course",
        "datasets",
        "doctor",
        "errors",
        "figures",
        "guide",
        "notebooks",
        "repository",
    },
    # python -m k8snotes
    "__main__": {"commands", "errors", "languages"},
    "__init__": {
        "api",
        "cluster",
        "course",
        "doctor",
        "errors",
        "figures",
        "guide",
        "kubectl",
        "languages",
        "live",
        "tab",
        "tables",
        "tracebacks",
        "widgets",
    },
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The names of all modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_each_outside_library_has_one_door():
    """Only api/manifest.py imports PyYAML, tables.py pandas, widgets/ ipywidgets; the package graphviz is for tests."""
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {library}"
        for path in modules()
        for library, home in OUTSIDE.items()
        if any(name.split(".")[0] == library for name in imports(path))
        and not path.relative_to(PACKAGE).as_posix().startswith(home)
        and not _only_for_types(path, library)
    ]
    assert not wrong, wrong


def _only_for_types(path: Path, library: str) -> bool:
    """Whether a library is imported for annotations alone (under TYPE_CHECKING)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                node.__class__ = ast.Pass  # what is left is what runs
                node._fields = ()
    names = [
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    ]
    return not any(name.split(".")[0] == library for name in names)


def room_of(module: house.Module) -> str:
    """The room of a module; the package's own face is a room of its own."""
    return module.room


def test_the_table_of_doors_has_a_row_for_every_room():
    """No room is forgotten in the table, and no row speaks of a room that is gone."""
    assert {room_of(module) for module in house.modules().values()} == set(DOORS)


def test_rooms_keep_their_doors():
    """A room imports only from the rooms that the map of the house gives it, also inside functions."""
    found = house.modules()
    wrong = [
        f"{module.name} -> {name}"
        for module in found.values()
        for name in sorted(module.imports - {"k8snotes"})
        if room_of(found[name]) not in DOORS[room_of(module)] | {room_of(module)} | EVERYWHERE
    ]
    assert not wrong, "\n".join(wrong)


def test_there_are_no_circles():
    """No module needs itself, directly or through others; imports inside functions count."""
    assert house.circles(house.modules()) == []


def test_types_are_imported_where_they_are_used():
    """A TYPE_CHECKING block holds heavy libraries and, in the faces, what is loaded late; nothing else."""
    late = {"cluster.py", "simulation.py", "__init__.py"}
    wrong = []
    for path in modules():
        here = path.relative_to(PACKAGE).as_posix()
        for block in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING" and here not in late:
                names = [ast.unparse(line) for line in block.body]
                wrong += [
                    f"{here}: {name}"
                    for name in names
                    if not name.startswith(("import pandas", "import ipywidgets", "from ipywidgets"))
                ]
    assert not wrong, "\n".join(wrong)


DIALECT = {
    r"\(\w[\w.\[\]\"']*\.get\([^()]*\) or (\{\}|\(\)|\[\])\)": "mapping(...), mappings(...) or sequence(...) reads what may be missing",
    r"^ *Rule: ": '"Source of the rule:" names a source',
    r"^ *msg = ": "an error is raised with its words",
    r"^Manifest = (?!dict\[str, Any\]$)|^ +Manifest = ": "Manifest is imported from api.base",
}


@pytest.mark.parametrize("habit", DIALECT)
def test_the_house_speaks_one_dialect(habit):
    """One way to read a nested value, to raise, to name a source, to say Manifest."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(habit, line)
    ]
    assert not wrong, DIALECT[habit] + "\n" + "\n".join(wrong)


def test_importing_the_package_imports_nothing_heavy():
    """`import k8snotes` loads neither pandas, yaml, graphviz nor ipywidgets."""
    code = (
        "import sys, k8snotes; "
        "print([n for n in ('pandas', 'numpy', 'yaml', 'graphviz', 'ipywidgets') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("use", ["k8snotes.Selector('a=b')", "k8snotes.Cluster(nodes=1)"])
def test_the_rules_need_no_views(use):
    """Selectors and clusters work without pandas, graphviz and ipywidgets being loaded."""
    code = (
        f"import sys, k8snotes; {use}; "
        "print([n for n in ('pandas', 'graphviz', 'ipywidgets') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    """Each name of the face loads."""
    import k8snotes as kn

    for name in kn.__all__:
        assert getattr(kn, name) is not None
    with pytest.raises(AttributeError):
        _ = kn.nothing_of_this_name


def test_every_error_is_on_the_face():
    """Each exception of errors.py can be caught as kn.Name."""
    import k8snotes as kn
    from k8snotes import errors

    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, (Exception, Warning)) and not name.startswith("_"):
            assert getattr(kn, name) is value


def test_the_badges_come_from_the_project_file():
    """README's badges and the chapters' cell for Colab are those that `make badges` writes."""
    done = subprocess.run([sys.executable, ROOT / ".ci" / "badges.py", "--check"], check=False)
    assert done.returncode == 0, "run: make badges"


def test_the_address_of_the_repository_stands_in_one_place():
    """Only pyproject.toml, and what `make badges` makes from it, name the repository's address."""
    address = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    name = address.removeprefix("https://github.com/")
    folders = [ROOT / "k8snotes", ROOT / "notebooks", ROOT / "data", ROOT / "binder"]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    files += [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "Makefile"]
    named = [path for path in files if name.encode() in path.read_bytes() and path.suffix != ".ipynb"]
    assert not named
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        cells = [cell for cell in cells if "colab" not in cell["metadata"].get("tags", [])]
        assert name not in json.dumps(cells), path.name


def test_binder_pins_what_the_package_needs():
    """binder/requirements.txt pins each dependency of pyproject.toml, flat."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    for dependency in project["dependencies"]:
        assert dependency.split(">")[0].strip() in pins
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == "python-3.12"


def test_binder_renders_without_an_engine(tmp_path):
    """repo2docker takes binder/ and writes a Dockerfile that installs the pins and runs postBuild."""
    pytest.importorskip("repo2docker", reason="jupyter-repo2docker is not installed on this platform")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text[-2000:]
    assert "binder/requirements.txt" in text
    assert "binder/postBuild" in text
    assert "python-3-2e12" in text or "py-3-2e12" in text or "3.12" in text
