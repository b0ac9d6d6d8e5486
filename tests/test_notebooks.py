"""The chapters: built as a chapter is built, with fresh outputs that every reader can see."""

import ast
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest

import k8snotes as kn
from k8snotes.course.chapters import chapters, exercises
from k8snotes.errors import K8sNotesError

sys.path.insert(0, str(Path(__file__).parent))
from execute_notebooks import KERNEL, LANGUAGE, WIDGET_VIEW, execute
from lessons import NOTEBOOKS, python

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BOOKS = {path: nbformat.read(path, as_version=4) for path in PATHS}
MOST_LINES = 8  # of Python
MOST_YAML = 30  # of a cell with a manifest
MOST_LETTERS = 440  # four lines in JupyterLab
MOST_BYTES = 1_500_000
MOST_SECONDS = 8  # of processor time, the kernel's start included

every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def code_cells(path):
    return [cell for cell in BOOKS[path].cells if cell.cell_type == "code"]


def words(path):
    return [cell.source for cell in BOOKS[path].cells if cell.cell_type == "markdown"]


def outputs(path):
    return [(cell, output) for cell in code_cells(path) for output in cell.outputs]


def tags(cell):
    return cell.metadata.get("tags", [])


def shown(output):
    """Return all that an output says as text, by kind."""
    if output.output_type == "stream":
        return {"text/plain": output.text}
    if output.output_type == "error":
        return {"text/plain": "\n".join(output.traceback), "ename": output.ename}
    return dict(output.data)


def test_every_chapter_is_there():
    """Each chapter that has exercises has its notebook, and no notebook is without."""
    assert [path.stem for path in PATHS] == list(chapters())


@every
def test_notebook_is_clean(path):
    """A notebook holds no widget state, no widget view, no second copy of a picture, and no times."""
    book = BOOKS[path]
    nbformat.validate(book)
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert book.metadata == {"kernelspec": KERNEL, "language_info": LANGUAGE}
    for cell in book.cells:
        assert set(cell.metadata) <= {"tags", "jupyter"}
        assert set(cell.metadata.get("jupyter", {})) <= {"outputs_hidden", "source_hidden"}
    for _, output in outputs(path):
        assert not {WIDGET_VIEW, "image/svg+xml"} & set(shown(output))
    assert path.stat().st_size < MOST_BYTES


@every
def test_every_cell_was_run_in_order(path):
    """The committed outputs come from one run, from top to bottom."""
    assert [cell.execution_count for cell in code_cells(path)] == [*range(1, len(code_cells(path)) + 1)]


@every
def test_cells_are_short(path):
    """A code cell has at most eight lines, one with a manifest some more, and a paragraph has at most four."""
    for cell in code_cells(path):
        most = MOST_YAML if "kind:" in cell.source else MOST_LINES
        assert len(cell.source.splitlines()) <= most, cell.source
    for text in words(path):
        for paragraph in re.split(r"\n\s*\n|\n(?=(?:> )?[-|\d])|\n> *\n", text):
            assert len(paragraph) <= MOST_LETTERS, paragraph


@every
def test_chapter_stands_alone(path):
    """The first cell imports the package, and builds the cluster; all are Python, or lines of kubectl."""
    first = code_cells(path)[0]
    assert re.match(
        r"import k8snotes as kn\n\nc = kn\.load\(\"(guestbook|shop)\"(, nodes=\d)?\)", first.source
    )
    for cell in code_cells(path):
        ast.parse(python(cell.source))


@every
def test_only_intended_errors(path):
    """A cell ends in an error only if it says so, and then the error is one of the package, in its own words."""
    for cell in code_cells(path):
        errors = [output for output in cell.outputs if output.output_type == "error"]
        assert len(errors) == ("raises-exception" in tags(cell)), cell.source
        for error in errors:
            assert issubclass(getattr(kn, error.ename), K8sNotesError)
            # its lines are broken between words
            assert " ".join("\n".join(error.traceback).split()) == " ".join(
                f"✗ {error.ename}: {error.evalue}".split()
            )


@every
def test_outputs_name_no_machine(path):
    """No output has a path, an address in memory, or a warning of some library."""
    for cell, output in outputs(path):
        for kind, text in shown(output).items():
            said = re.sub(r"base64,[A-Za-z0-9+/=]+", "", str(text))
            found = re.search(
                r"0x[0-9a-f]{6,}|/home/|/root/|/usr/|/Users/|site-packages|[A-Z]:\\|/tmp(?!/LIVE-|/MERGED-)|\wWarning:",
                said,
            )
            assert not found, (kind, found, cell.source)
        assert output.get("name") != "stderr", cell.source


@every
def test_figures_can_be_seen_and_read(path):
    """Every picture is a figure with a drawing, an alternative text, a caption, and its outline."""
    figures = [
        shown(output) for _, output in outputs(path) if "<figure" in str(shown(output).get("text/html"))
    ]
    assert len(figures) >= 3
    for bundle in figures:
        html = bundle["text/html"]
        assert re.search(r'<img alt="[^"]{40,}" src="data:image/svg\+xml;base64,', html)
        assert "<figcaption>" in html
        assert "<details>" in html
        assert len(bundle["text/plain"].splitlines()) > 3
    assert "<svg" not in "".join(bundle["text/html"] for bundle in figures)


@every
def test_pictures_are_not_compared_by_nbval(path):
    """nbval runs a cell with a picture and does not compare it: its drawing as SVG is not committed, only its page is."""
    for cell, output in outputs(path):
        if "<figure" in str(shown(output).get("text/html")):
            assert "nbval-check-output" not in tags(cell), cell.source


@every
def test_every_output_has_words(path):
    """Whatever a cell shows, there is a text for whom sees no HTML."""
    for cell, output in outputs(path):
        assert shown(output).get("text/plain"), cell.source
        if output.output_type == "stream":
            continue
        assert "<IPython" not in shown(output)["text/plain"]


@every
def test_exercises_are_all_there(path):
    """Each exercise of a chapter stands in it, unanswered, in order, and none of another chapter does."""
    seen = []
    for cell in code_cells(path):
        answers = {
            ast.unparse(node.targets[0]): ast.literal_eval(node.value)
            for node in ast.parse(python(cell.source)).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "answer"
        }
        for name, variable in re.findall(r'kn\.(?:check|ask)\("([^"]+)"(?:, (\w+))?\)', cell.source):
            seen.append(name)
            if variable:
                starter = ast.literal_eval(str(exercises(path.stem)[name].starter))
                given = answers[variable].strip() if isinstance(starter, str) else answers[variable]
                assert given == starter, name
    assert [*dict.fromkeys(seen)] == list(exercises(path.stem))


@every
def test_checks_are_shown_unanswered(path):
    """In a fresh notebook every check says that there is no answer yet, and every question that the cell is to be run."""
    for cell in code_cells(path):
        if "kn.check(" in cell.source:
            assert "○ no answer yet" in shown(cell.outputs[-1])["text/plain"]
        elif "kn.ask(" in cell.source:
            assert "Run this cell to answer." in shown(cell.outputs[-1])["text/html"]


@every
def test_chapter_has_its_parts(path):
    """A chapter breaks things, and closes with exercises, what one can now do, and words."""
    text = "\n".join(words(path))
    for part in (
        "## Exercises",
        "### The notes and today",
        "## You can now",
        "## Words",
        "| English | 中文 |",
        "**Next:**",
        "**Break it",
    ):
        assert part in text, part
    assert "minutes" in words(path)[0]


@every
def test_links_lead_somewhere(path):
    """Every link to another chapter finds it."""
    for text in words(path):
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith("https://") or (path.parent / target).is_file(), target


def test_addresses_in_the_text_are_those_of_the_pictures():
    """The three addresses that chapter 07 asks about are what it calls them, and the Pod is one of the frontend."""
    path = next(path for path in PATHS if path.stem == "07-three-ips")
    c = kn.load("guestbook")
    asked = re.findall(r"the (Node IP|Cluster IP|Pod IP) `([\d.]+):(\d+)`", "\n".join(words(path)))
    assert [c.three_ips().facts.whose(ip).partition(" of ")[0] for _, ip, _ in asked] == [
        kind for kind, _, _ in asked
    ]
    assert asked[2][1] in [item.address for item in c.endpoints("frontend").ready]
    port = c["svc/frontend"].ports[0]
    assert [int(number) for _, _, number in asked] == [port.node_port, port.port, 8080]


HELPERS = {
    name
    for name in kn.__all__
    if not (isinstance(getattr(kn, name), type) and issubclass(getattr(kn, name), Exception))
} - {"Finding", "Findings"}  # what examine returns: nobody makes one
METHODS = {name for name, value in vars(kn.Cluster).items() if callable(value) and not name.startswith("_")}


def test_every_helper_is_in_a_chapter_or_in_the_reference():
    """What the public face offers, the page of helpers has; what a reader calls by `kn.`, some chapter uses, too."""
    code = "\n".join(cell.source for path in PATHS for cell in code_cells(path))
    page = (NOTEBOOKS / "helpers.md").read_text(encoding="utf-8")
    assert {name for name in HELPERS if f"kn.{name}(" not in code} == set()
    assert {name for name in METHODS if f"| `c.{name}` |" not in page} == set()
    assert {name for name in HELPERS if f"| `kn.{name}` |" not in page} == set()
    named = re.findall(r"^\| `(?:kn|c)\.(\w+)` \|", page, re.MULTILINE)
    assert set(named) <= HELPERS | METHODS


def test_chapters_use_the_public_face_alone():
    """What a chapter uses, the public face offers."""
    code = re.sub(r"#.*", "", "\n".join(cell.source for path in PATHS for cell in code_cells(path)))
    assert set(re.findall(r"\bkn\.(\w+)", code)) <= HELPERS
    clusters = {*re.findall(r"^(\w+) = (?:kn\.load|kn\.Cluster|\w+\.copy)\(", code, re.MULTILINE)}
    assert {"c", "lab"} <= clusters
    used = {name for cluster in clusters for name in re.findall(rf"\b{cluster}\.(\w+)", code)}
    assert {name for name in used if not hasattr(kn.Cluster(nodes=0), name)} == set()
    imports = {line for line in code.splitlines() if re.match(r"\s*(import|from)\b", line)}
    assert imports == {
        "import k8snotes as kn",
        "import base64",
    }  # the second one is what a reader decodes a Secret with


@every
def test_outputs_are_fresh(path):
    """A run of today says what the committed outputs say, picture for picture and word for word, in seconds."""
    before = os.times()
    today = execute(path)
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    assert seconds < MOST_SECONDS
    fresh = [cell for cell in today.cells if cell.cell_type == "code"]
    for old, new in zip(code_cells(path), fresh, strict=True):
        assert [shown(o).get("text/plain") for o in new.outputs] == [
            shown(o).get("text/plain") for o in old.outputs
        ]
        assert [sorted(shown(o)) for o in new.outputs] == [sorted(shown(o)) for o in old.outputs]
