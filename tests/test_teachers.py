"""For teachers: the worked example runs and judges, the files that the page shows are whole, and the page says what is so."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
import yaml

import k8snotes as kn
from k8snotes.course import own
from k8snotes.course.chapters import chapter, chapters
from k8snotes.site import teaching
from k8snotes.site.links import LANGUAGES, Links

sys.path.insert(0, str(Path(__file__).parent))
from execute_notebooks import KERNEL, LANGUAGE, WIDGET_VIEW, execute
from lessons import Lesson, shape_faults

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "notebooks" / "site"
TEACHERS = SITE / "teachers"
CANTEEN = TEACHERS / "canteen"
BOOK = CANTEEN / "canteen-01.ipynb"
WORDS = tomllib.loads((CANTEEN / "exercises" / "canteen-01.toml").read_text(encoding="utf-8"))
BELIEFS = [(item["id"], key) for item in WORDS["exercise"] for key in item.get("beliefs", {})]
PAGES = {language: teaching.pages(language, Links(language, "0.1.0-ab")) for language in LANGUAGES}
SHOWN = sorted(path.name for path in TEACHERS.iterdir() if path.is_file())

every_page = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def _canteen(monkeypatch):
    """The folder of the example is the current folder, as it is in its notebook."""
    monkeypatch.chdir(CANTEEN)
    monkeypatch.delenv("K8SNOTES_EXERCISES", raising=False)


in_canteen = pytest.mark.usefixtures("_canteen")


def page(language):
    return PAGES[language]["teachers.md"]


# ---- the worked example


def test_the_example_runs_from_its_own_folder():
    """A fresh kernel in the folder of the example gives the committed outputs, and writes no progress."""
    committed = nbformat.read(BOOK, as_version=4)
    fresh = execute(BOOK)
    assert [cell.source for cell in fresh.cells] == [cell.source for cell in committed.cells]
    for cell, before in zip(fresh.cells, committed.cells, strict=True):
        assert cell.get("outputs") == before.get("outputs"), cell.source
    assert not (CANTEEN / ".k8snotes-progress.json").exists()


def test_the_notebook_is_clean():
    """The example's notebook is as those of the course: no widget state, no view, cells in order."""
    book = nbformat.read(BOOK, as_version=4)
    nbformat.validate(book)
    assert book.metadata == {"kernelspec": KERNEL, "language_info": LANGUAGE}
    codes = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in codes] == [*range(1, len(codes) + 1)]
    assert not any(WIDGET_VIEW in output.get("data", {}) for cell in codes for output in cell.outputs)
    assert not any(output.output_type == "error" for cell in codes for output in cell.outputs)


def test_the_example_is_made_as_chapters_are():
    """A picture, a prediction whose answer is hidden and comes back, exercises of three kinds; simple cells."""
    lesson = Lesson.read(BOOK)
    assert any(cell.figure for cell in lesson.codes)
    assert [answer.hidden for _asked, answer in lesson.answers()] == [True]
    assert [cell.checks for cell in lesson.codes if "guess" in cell.checks] == ["canteen-01/guess-1"]
    asked = {cell.asks or cell.checks for cell in lesson.codes} - {""}
    assert asked == {item["id"] for item in WORDS["exercise"]}
    assert [fault for cell in lesson.codes for fault in shape_faults(cell.source)] == []
    said = "*{low} to {high} minutes, and about {more} more for the {n} exercises.*".format(**lesson.times())
    assert said in lesson.texts[0].source


def test_the_question_in_the_notebook_is_that_of_the_file():
    """What is answered in a cell has its question above it, word for word."""
    text = "\n".join(cell.source for cell in nbformat.read(BOOK, as_version=4).cells)
    question = next(item["question"] for item in WORDS["exercise"] if item["id"] == "canteen-01/3")
    assert f"**3.** {question}" in text


@in_canteen
def test_right_answers_are_right():
    """Each exercise takes the right answer, as a student would write it."""
    assert own.faults() == ()
    for answer in ("b", "(B)"):
        assert kn.check("canteen-01/1", answer)
    assert kn.check("canteen-01/2", "three")
    assert kn.check("canteen-01/3", own.chapter("canteen-01").module.SOLUTIONS["3"].right)
    assert kn.check("canteen-01/3", "kubectl expose deployment menu --port=80 --target-port=8080")
    kn.check("canteen-01/guess-1", "c")
    assert kn.check("canteen-01/guess-1")


@in_canteen
@pytest.mark.parametrize(("exercise", "key"), BELIEFS)
def test_each_belief_is_told_of(exercise, key):
    """The answer that a belief leads to is wrong, and is answered with that belief and its hint."""
    item = next(item for item in own.chapter("canteen-01").exercises.values() if item.id == exercise)
    belief = next(each for each in item.beliefs if each.key == key)
    result = kn.check(exercise, item.wrong(belief))
    result = kn.check(exercise) if item.guess else result
    assert not result
    assert result.misconception == belief.belief


@in_canteen
def test_the_example_is_told_what_its_service_lacks():
    """A manifest that is right in one thing and wrong in the other is told which is which."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: menu}\nspec:\n  selector: {part: menu}\n  ports: [{port: 81, targetPort: 8080}]\n"
    said = kn.check("canteen-01/3", service).message
    assert said == "✓ the Service has exactly the two Pods of the menu, ✗ the tablet reaches http://menu."
    assert "Nothing" not in kn.check("canteen-01/3", "kind: Nothing\na: b\n").hint


def test_the_example_is_whole_in_the_running_edition():
    """All files of the example, and nothing else, go into the running edition, at the place to which the page leads."""
    there = teaching.files()
    assert set(there) == {
        "teachers/canteen/canteen-01.ipynb",
        "teachers/canteen/canteen.yaml",
        "teachers/canteen/exercises/canteen-01.toml",
        "teachers/canteen/exercises/canteen_01.py",
    }
    for language in LANGUAGES:
        target = re.search(r'<a href="([^"]+)"', page(language))[1]
        assert parse_qs(urlsplit(target).query)["path"][0] in there
        assert target.startswith("../run/" if language == "zh" else "run/")


@in_canteen
def test_the_manifests_of_the_example_have_no_fault():
    """The doctor finds no error in what a teacher is asked to copy."""
    assert not [item for item in kn.examine("canteen.yaml") if item.severity == "error"]


# ---- the page


@every_page
def test_the_page_shows_every_file(language):
    """Each file of configuration is shown on the page, and what the page shows is there."""
    shown = set(re.findall(r"^```\{literalinclude\} (\S+)$", page(language), re.MULTILINE))
    assert shown == set(PAGES[language]) - {"teachers.md"}
    assert {f"teachers/{name}" for name in SHOWN} <= shown


def test_both_pages_show_the_same():
    """English and Chinese have the same sections, files, code, links and numbers."""
    texts = [page(language) for language in LANGUAGES]
    for pattern in (
        r"^```.*$",
        r"^#{1,3} ",
        r"\{literalinclude\} \S+",
        r"https?://[\w./%?=&-]+",
        r"^\| (\d) \|.*\| (\d+) \|",
        r"\d+ (?:MB|GB)",
        r"`[A-Z]\w+`",
    ):
        found = [re.findall(pattern, text, re.MULTILINE) for text in texts]
        if pattern.startswith(("https", r"`", r"\d")):
            found = [sorted(set(each)) for each in found]
        assert found[0] == found[1], pattern


@every_page
def test_nothing_is_left_to_be_filled_in(language):
    """No place of a template stays in a page, and the address of the repository comes from the project file."""
    text = page(language)
    assert not re.search(r"\{(?:minutes|repository)|<!--|\]\((?:run|repo):", text)
    assert "/blob/main/LICENSE)" in text


@every_page
def test_the_links_inside_of_the_page_have_their_sections(language):
    """A link to a section finds its heading, or its name."""
    text = page(language)
    heads = re.findall(r"^#{1,3} (.+)$", text, re.MULTILINE)
    names = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    names |= set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= names


def test_the_minutes_are_those_of_the_chapters():
    """The table and the plan have the numbers that the chapters say, and each lesson leaves time for exercises."""
    text = page("en")
    for name in chapters():
        times = Lesson.read(ROOT / "notebooks" / f"{name}.ipynb").times()
        row = f"| {times['low']}–{times['high']} | {times['short']} | {times['more']} | {times['n']} |"
        assert re.search(
            rf"^\| \[{name[:2]} .*\]\(chapters/{name}\.ipynb\) {re.escape(row)}$", text, re.MULTILINE
        )
    plan = re.findall(r"^\| (\d) \| (.+?) \| (\d+) \|", text, re.MULTILINE)
    assert [number for number, _names, _minutes in plan] == ["1", "2", "3", "4", "5"]
    assert all(int(minutes) <= 80 for _number, _names, minutes in plan)
    slow = {name[:2]: Lesson.read(ROOT / "notebooks" / f"{name}.ipynb").times() for name in chapters()}
    for _number, names, minutes in plan:
        parts = re.findall(r"(\d\d) [^,]*?(\(short\))?(?:,|$)", names)
        assert int(minutes) == sum(slow[each]["short" if short else "high"] for each, short in parts)


@every_page
def test_the_plan_names_the_chapters_as_they_are_called(language):
    """Each chapter of the plan stands there with its number and its title."""
    try:
        kn.language(language)
        called = {name[:2]: str(chapter(name).title) for name in chapters()}
    finally:
        kn.language("en")
    rows = "\n".join(re.findall(r"^\| \d \| (.+?) \| \d+ \|", page(language), re.MULTILINE))
    for number in re.findall(r"\b\d\d\b", rows):
        assert f"{number} {called[number]}" in rows, number


def test_a_saved_picture_has_its_own_background(tmp_path):
    """A picture on a slide is as the page says: it has a background of its own, a text, and is larger where that is asked."""
    figure = kn.load("guestbook").service_map()
    small, large = (
        figure.save(tmp_path / f"{scale}.svg", scale=scale).read_text("utf-8") for scale in (1, 2)
    )
    width, height = (re.search(rf'<svg[^>]* {side}="([\d.]+)', small)[1] for side in ("width", "height"))
    assert float(re.search(r'<svg[^>]* width="([\d.]+)', large)[1]) == 2 * float(width)
    back = re.search(r"<rect [^>]*>", small)[0]
    assert f'width="{width}"' in back
    assert f'height="{height}"' in back
    assert re.search(r'fill="#f', back)
    assert figure.alt
    assert figure.text


@every_page
def test_the_kinds_of_answers_that_the_page_names_are_there(language):
    """Every kind that the page names can be imported as the example imports its own."""
    from k8snotes.course import making

    named = {
        "Number",
        "Choice",
        "Choices",
        "Word",
        "YES_NO",
        "Names",
        "Address",
        "Fields",
        "Prints",
        "Deed",
        "Repair",
    }
    assert named <= set(making.__all__)
    assert all(hasattr(making, name) and f"`{name}`" in page(language) for name in named)


def test_the_progress_file_holds_what_the_page_says(tmp_path, monkeypatch):
    """The file has ids with "right" or "not yet", and nothing else."""
    from k8snotes.course import record

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record, "keeps", lambda: True)
    right = next(item for item in "abcd" if kn.check("01/4", item))
    kn.check("01/2", 1)
    kept = json.loads((tmp_path / record.FILE).read_text(encoding="utf-8"))
    assert kept == {"exercises": {"01-service/2": "not yet", "01-service/4": "right"}}
    assert right not in kept
    shown = json.loads(re.search(r"```json\n(.+)\n", page("en"))[1])
    assert set(shown) == {"exercises"}
    assert set(shown["exercises"].values()) == {"right", "not yet"}


# ---- the files of configuration


def test_the_values_of_jupyterhub_fit_the_image():
    """The values are YAML, and name the image, the folder and the command that image.sh makes."""
    values = yaml.safe_load((TEACHERS / "values.yaml").read_text(encoding="utf-8"))
    assert set(values) == {"hub", "proxy", "singleuser", "cull", "prePuller"}
    image = values["singleuser"]["image"]
    script = (TEACHERS / "image.sh").read_text(encoding="utf-8")
    assert f'image="{image["name"]}:{image["tag"]}"' in script
    folder = re.search(r"--target-repo-dir (\S+)", script)[1]
    copied = values["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"][-1]
    assert copied.startswith(f"cp -rn {folder}/notebooks /home/jovyan/")
    assert values["hub"]["config"]["KubeSpawner"]["working_dir"] == "/home/jovyan"
    assert values["singleuser"]["defaultUrl"].endswith(f"notebooks/{chapters()[0]}.ipynb")
    assert values["singleuser"]["memory"] == {"guarantee": "384M", "limit": "1G"}
    assert image["tag"] == kn.__version__


def test_the_image_is_built_from_binder():
    """repo2docker takes the options of image.sh, and makes a Dockerfile with the folder and with nbgitpuller."""
    script = (TEACHERS / "image.sh").read_text(encoding="utf-8").replace("\\\n", " ")
    line = next(line for line in script.splitlines() if line.startswith("jupyter-repo2docker"))
    options = [part for part in shlex.split(line.replace("$image", "k8snotes"))[1:] if part != "--no-run"]
    command = [Path(sys.executable).with_name("jupyter-repo2docker"), "--no-build", "--debug", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-2000:]
    assert "WORKDIR ${REPO_DIR}" in said, "the folder is given to the build as an argument"
    assert "RUN ./binder/postBuild" in said
    assert re.search(r"RUN python -m pip install --no-cache-dir nbgitpuller==\d", said)


@pytest.mark.parametrize("name", ["image.sh", "hub.sh"])
def test_the_scripts_are_shell(name):
    """A shell reads each script to its end."""
    done = subprocess.run(["sh", "-n", TEACHERS / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_workflow_builds_and_publishes_the_site():
    """The workflow is YAML; it builds the site by the command and publishes the folder that it built."""
    flow = yaml.safe_load((TEACHERS / "pages.yml").read_text(encoding="utf-8"))
    steps = flow["jobs"]["site"]["steps"]
    built = next(step["run"] for step in steps if "k8snotes site" in step.get("run", "")).split()[-1]
    published = next(
        step["with"]["path"] for step in steps if "upload-pages-artifact" in step.get("uses", "")
    )
    assert built == published == "build/site"
    assert flow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}


@pytest.mark.parametrize("name", ["nginx.conf", "apache.conf", "Caddyfile"])
def test_the_servers_say_the_same(name):
    """Each configuration closes its braces and tags, compresses, knows wasm, and keeps an edition for a year and pages not."""
    text = (TEACHERS / name).read_text(encoding="utf-8")
    bare = re.sub(r"#.*|\"[^\"]*\"", "", text)
    assert bare.count("{") == bare.count("}")
    opened = re.findall(r"<(\w+)[ >]", bare)
    assert sorted(opened) == sorted(re.findall(r"</(\w+)>", bare))
    assert "application/wasm" in text
    assert re.search(r"gzip|DEFLATE", text)
    assert "no-cache" in text
    assert "public, max-age=31536000, immutable" in text
    expression = re.search(r"\^/run/\S+?\)/", text)[0]
    assert re.match(expression, "/run/0.1.0-1a2b3c4d/static/pyodide/pyodide.asm.wasm")
    assert re.match(expression, "/run/0.1.0-1a2b3c4d/build/1.js")
    assert not re.match(expression, "/run/0.1.0-1a2b3c4d/service-worker.js")
    assert not re.match(expression, "/chapters/06-labels.html")


def test_the_servers_say_what_the_headers_of_the_site_say():
    """The same policy stands in all configurations and in the file that comes with the site."""
    headers = (SITE / "server" / "_headers").read_text(encoding="utf-8")
    policy = re.search(r"Content-Security-Policy: (.+)", headers)[1].strip()
    for name in ("nginx.conf", "apache.conf", "Caddyfile"):
        assert f'"{policy}"' in (TEACHERS / name).read_text(encoding="utf-8"), name
