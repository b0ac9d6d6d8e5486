"""The chapters in other languages: every text is translated, nothing has drifted, and what they show is in the language."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from k8snotes import languages
from k8snotes.course.chapters import chapters
from k8snotes.course.glossary import glossary

sys.path.insert(0, str(Path(__file__).parents[1] / ".ci"))
import editions
from editions import COMMON, LANGUAGES, NOTEBOOKS, Unit, path_of, told, units

ROOT = NOTEBOOKS.parent
BOOKS = {name: json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")) for name in chapters()}
EDITIONS = [(code, name) for code in LANGUAGES for name in chapters()]
every = pytest.mark.parametrize(("code", "name"), EDITIONS, ids=lambda part: part)
NUMERALS = dict(zip("1234567890", "一二三四五六七八九零", strict=True))  # a number may be said in a word
KUBERNETES = {"Pod IP, Cluster IP"}  # words of Kubernetes in messages of ours
LEAST_WORDS = 4  # of a piece of a message that tells a sentence of ours from one of Kubernetes
_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d+(?:[.,:]\d+)*")
# in a Chinese text: a space is missing beside a Latin letter, or a half-width sign stands after a Chinese one
_SPACING = re.compile(r"[\u4e00-\u9fff](?=[A-Za-z0-9`])|[A-Za-z0-9`%](?=[\u4e00-\u9fff])")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!](?:\s|$)")


def book_of(code, name):
    return json.loads((NOTEBOOKS / code / f"{name}.ipynb").read_text(encoding="utf-8"))


def catalog(code, name):
    wanted = editions.common_units(told(*first())) if name == COMMON else units(told(name, BOOKS[name]))
    return editions.merged(code, name, wanted)


def first():
    return next(iter(BOOKS.items()))


def said(code, name):
    """Yield the units of a chapter with their translations."""
    yield from editions.translations(catalog(code, name)).items()


# ---- nothing drifts


def test_the_editions_are_fresh():
    """Units, chapters, glossaries and links are as they are written from the English chapters."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "editions.py", "--check"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: make notebooks"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_of_every_chapter_is_translated(code):
    """No unit is missing, empty, or the translation of an older text; what is wrong is named by its cell."""
    lacking = [
        f"{path_of(code, name).name}: {where}"
        for name in (COMMON, *chapters())
        for where in editions.lacking(catalog(code, name))
    ]
    assert lacking == []


def test_a_changed_text_makes_its_unit_stale(tmp_path, monkeypatch):
    """The unit keeps its translation and the old text, is named by its cell, and a text that is gone leaves no unit."""
    monkeypatch.setattr(editions, "NOTEBOOKS", tmp_path)
    old = [Unit("a", "One Pod."), Unit("b", "Two Pods."), Unit("c", "# a note")]
    path = path_of("zh", "99-web")
    path.parent.mkdir(parents=True)
    made = editions.merged("zh", "99-web", old)
    for message in made:
        message.string = f"译 {message.id}"
    path.write_text(editions.written(made, "zh"), encoding="utf-8")
    assert editions.lacking(editions.merged("zh", "99-web", old)) == []
    new = editions.merged("zh", "99-web", [Unit("a", "One Pod!"), Unit("c", "# a note"), Unit("d", "New.")])
    assert editions.lacking(new) == ["a: its text has changed", "d: not translated"]
    stale = next(message for message in new if message.context == "a")
    assert (stale.string, stale.previous_id) == ("译 One Pod.", ["One Pod."])
    assert "b" not in {message.context for message in new}


@every
def test_the_code_is_that_of_the_english_chapter(code, name):
    """Cell by cell: the same kind, id, tags and code, but for comments and the line that chooses the language."""
    ours, theirs = book_of(code, name)["cells"], BOOKS[name]["cells"]
    assert [(cell["id"], cell["cell_type"], cell["metadata"]) for cell in ours] == [
        (cell["id"], cell["cell_type"], cell["metadata"]) for cell in theirs
    ]
    for cell, other in zip(ours, theirs, strict=True):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"]).replace(f'\nkn.language("{code}")', "", 1)
            plain = [re.sub(r"(?<!\S)#.*", "#", text) for text in (source, "".join(other["source"]))]
            assert plain[0] == plain[1], cell["id"]
    assert sum("kn.language(" in "".join(cell["source"]) for cell in ours) >= 1


@every
def test_numbers_and_code_are_the_same(code, name):
    """Both texts of a unit have the same code, the same links, and the same numbers."""
    for unit, text in said(code, name):
        for what in (spans, blocks, links):
            assert what(unit.english) == what(text), unit.context
        english, chinese = numbers(unit.english), numbers(text)
        assert [
            number for number in english if number not in chinese and NUMERALS.get(number, "-") not in text
        ] == []
        assert [number for number in chinese if number not in english] == [], unit.context


def spans(text):
    """Return the code in a text."""
    return sorted(set(_SPAN.findall(_FENCE.sub("", text))))


def blocks(text):
    """Return the blocks of code without their comments; of what is drawn with signs only the names and addresses."""
    return [
        sorted(re.findall(r"[\w-]*\d[\w.:-]*", block)) if "─" in block else re.sub(r"\s*#.*", "", block)
        for block in _FENCE.findall(text)
    ]


def links(text):
    """Return where the links of a text lead to."""
    return sorted(re.findall(r"\]\(([^)]+)\)", text))


def numbers(text):
    """Return the numbers of a text, outside of its code."""
    plain = re.sub(r"\]\([^)]+\)", "", _SPAN.sub("", _FENCE.sub("", text)))
    return sorted(set(_NUMBER.findall(plain)))


# ---- one term, one translation


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_are_those_of_the_glossary(code):
    """The table of words and the boxes of a chapter have the glossary's words, in their order."""
    languages.language(code)
    known = {term.english: (term.chinese, str(term.meaning)) for term in glossary().terms}
    languages.language("en")
    for name in chapters():
        for unit, text in said(code, name):
            rows = [row(line) for line in table(unit.english)]
            assert [(row(line)[1], row(line)[0], row(line)[2]) for line in table(text)] == [
                (english, *known[english]) for english, _chinese, _meaning in rows
            ], f"{name}: {unit.context}"


@every
def test_new_words_are_those_of_the_glossary(code, name):
    """The box of a section has the same words as the English one, as the glossary calls them, each bold where it is explained."""
    known = {term.english: re.sub(r"（.*?）", "", term.chinese) for term in glossary().terms}
    for unit, text in said(code, name):
        english, ours = box(unit.english, "> **New words:**"), box(text, "> **新词：**")
        assert [known[word] for word in english] == [re.sub(r"（.*?）", "", word) for word in ours], (
            unit.context
        )


def box(text, head):
    """Return the words of the box of a section."""
    line = next((line for line in text.splitlines() if line.startswith(head)), "")
    return [word.strip("* .") for word in line.removeprefix(head).split("·") if word.strip()]


def table(text):
    """Return the rows of the table of words in a text."""
    found = re.search(r"^## (?:Words|词汇)\n\n\|.*\n\|[-|]+\n((?:\|.*\n?)+)", text, re.MULTILINE)
    return found[1].splitlines() if found else []


def row(line):
    return tuple(cell.strip() for cell in line.strip("| ").split(" | "))


@every
def test_chinese_is_set_as_chinese(code, name):
    """A space between Chinese and Latin, and full-width signs after Chinese."""
    if code != "zh":
        pytest.skip("the rule is one of Chinese")
    faults = [
        (unit.context, text[max(0, found.start() - 8) : found.end() + 8])
        for unit, text in said(code, name)
        for pattern in (_SPACING, _HALF_WIDTH)
        for found in pattern.finditer(re.sub(r"\]\([^)]+\)", "]", _FENCE.sub("", text)))
    ]
    assert faults == []


# ---- what the chapters show


@pytest.fixture(scope="module")
def english():
    """Return the longest piece of each message of ours that has another form in Chinese, if it is long enough to tell."""
    catalogue = read_po((ROOT / "k8snotes" / "locale" / "zh" / "LC_MESSAGES" / "k8snotes.po").open("rb"))
    pieces = {}
    for message in catalogue:
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, str) else message.string[0]
        for form in forms:
            piece = max(re.split(r"\{\w*\}|`[^`]*`|\n", form), key=len).strip()
            if len(piece.split()) >= LEAST_WORDS and piece not in said and piece not in KUBERNETES:
                pieces[piece] = form
    return pieces


@every
def test_what_is_shown_is_in_the_language(code, name, english):
    """No sentence of ours is shown in English: neither text, pictures and their outlines, nor exercises and errors."""
    shown = "\n".join(
        text(part)
        for cell in book_of(code, name)["cells"]
        for output in cell.get("outputs", [])
        for part in (output.get("text", ""), *output.get("data", {}).values(), output.get("evalue", ""))
    )
    plain = re.sub(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]*", "", shown)
    assert [form for piece, form in english.items() if piece in plain] == []


def text(part):
    return part if isinstance(part, str) else "".join(part)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_editions_link_to_each_other(code):
    """Each chapter leads to the same chapter in the other language, and all links lead to a file."""
    for name in chapters():
        ours = text(book_of(code, name)["cells"][0]["source"])
        theirs = text(BOOKS[name]["cells"][0]["source"])
        assert f"](../{name}.ipynb)" in ours
        assert f"]({code}/{name}.ipynb)" in theirs
    for path in (NOTEBOOKS / code).glob("*.*"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).is_file(), (path.name, target)


def test_what_is_shown_in_chinese_says_its_language():
    """A screen reader on an English page is told that a picture, a table or a question is Chinese."""
    for name in chapters():
        html = "\n".join(
            text(output["data"]["text/html"])
            for cell in book_of("zh", name)["cells"]
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        )
        assert 'class="kn" lang="zh"' in html
        assert not re.search(r'class="kn"(?! lang="zh")', html), name
