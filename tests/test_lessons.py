"""The chapters as lessons: nothing is given away, terms come before their use, the rhythm holds, the minutes are true."""

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.deeds import Deed, Prints, Repair
from k8snotes.course.selectors import Finds

sys.path.insert(0, str(Path(__file__).parent))
from execute_notebooks import VEIL
from lessons import AFTER, BOX, FAST, SLOW, lessons, pattern, plain, shape_faults, words_in

COURSE = {lesson.name: lesson for lesson in lessons()}
every = pytest.mark.parametrize("lesson", COURSE.values(), ids=COURSE)
later = pytest.mark.parametrize("lesson", [*COURSE.values()][1:], ids=[*COURSE][1:])

MOST_CELLS = 6  # code cells in a row without something to look at or to touch
MOST_NEW = 5  # words a section
MOST_WORDS = 20.0  # a sentence, on the average
FEWEST_EXERCISES = 12
PRODUCED = 0.4  # of the exercises: the least part in which a reader writes what a cluster understands
FEWEST_KUBECTL = 60  # cells of all chapters together
WITHIN = 0.25  # how far the short path may be from what is said of it


def sections(lesson):
    return lesson.sections[1:]


# ---- nothing is given away


@every
def test_what_answers_a_prediction_is_hidden(lesson):
    """The output of a cell that answers a prediction is hidden until the cell is run, and its first line says nothing."""
    answers = list(lesson.answers())
    assert len(answers) >= len(sections(lesson))
    for asked, cell in answers:
        assert cell.hidden, (asked.source, cell.source)
        first = cell.cell.outputs[0] if cell.cell.outputs else {}
        if first.get("output_type") == "error":
            continue
        # JupyterLab shows the first line of the first output beside the dots
        assert first.get("data", {}).get("text/html", "").startswith(VEIL), cell.source


@every
def test_only_answers_are_hidden(lesson):
    """Whatever answers no prediction is seen at once, on GitHub and on a first open."""
    answers = [cell.source for _asked, cell in lesson.answers()]
    hidden = [cell.source for cell in lesson.codes if cell.hidden]
    assert [source for source in hidden if source not in answers] == []


@every
def test_each_section_has_a_prediction_that_comes_back(lesson):
    """In each section a prediction is given with kn.ask, and after the cell that answers it, kn.check brings it back."""
    for cells in sections(lesson):
        codes = [cell for cell in cells if cell.is_code]
        given = [cell for cell in codes if "/guess" in cell.asks]
        assert given, cells[0].source
        for asked in given:
            at = codes.index(asked)
            back = [place for place, cell in enumerate(codes) if cell.checks == asked.asks]
            assert back, asked.source
            assert any(cell.hidden for cell in codes[at + 1 : back[0]]), asked.source


@every
def test_a_prediction_asks_one_question(lesson):
    """A prediction has one question mark."""
    for cell in lesson.texts:
        for block in re.findall(r"> \*\*Your prediction first\.\*\*.*(?:\n>.*)*", cell.source):
            assert block.count("?") == 1, block
    for item in exercises(lesson.name).values():
        if item.guess:
            assert item.question.count("?") == 1, item.question


@every
def test_no_exercise_is_asked_twice(lesson):
    """Each exercise of a chapter is asked or checked in one cell of it, a prediction is asked once and comes back once."""
    asked = [cell.asks for cell in lesson.codes if cell.asks]
    checked = [cell.checks for cell in lesson.codes if cell.checks]
    known = exercises(lesson.name)
    guesses = [name for name, item in known.items() if item.guess]
    assert sorted([*asked, *(name for name in checked if name not in guesses)]) == sorted(known)
    assert sorted(name for name in checked if name in guesses) == sorted(guesses)
    in_order = [cell.asks or cell.checks for cell in lesson.codes]
    seen = [*dict.fromkeys(name for name in in_order if name)]
    assert seen == list(known)


def test_no_question_is_asked_in_two_chapters():
    """Two exercises of the course do not ask the same."""
    questions = [item.question for name in chapters() for item in exercises(name).values()]
    assert len(set(questions)) == len(questions)


# ---- what is learnt, in what order


@every
def test_the_parts_come_in_their_order(lesson):
    """Title and promise, the opening, sections from 1 on, a picture of it all, the notes, exercises, words, what is next."""
    text = "\n\n".join(cell.source for cell in lesson.texts)
    first = lesson.texts[0].source
    assert re.match(rf"# {lesson.name[:2]} · .+\n\n\*\*After this chapter\*\* you can .+", first), first
    assert lesson.said_minutes() in first, lesson.said_minutes()
    numbers = [int(number) for number in re.findall(r"^## (\d) · ", text, re.MULTILINE)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(numbers) >= 3
    places = [text.find(part) for part in ("## In one picture", *AFTER, "**Next:**")]
    assert -1 not in places
    assert places == sorted(places)
    assert lesson.codes[0].source.startswith("import k8snotes as kn\n")
    assert lesson.name == "00-start-here" or "**Recap.**" in first


@every
def test_a_chapter_has_one_summary_picture(lesson):
    """Under "In one picture" there is one cell with one picture."""
    cells = lesson.cells
    at = next(place for place, cell in enumerate(cells) if "## In one picture" in cell.source)
    codes = []
    for cell in cells[at + 1 :]:
        if not cell.is_code:
            break
        codes.append(cell)
    assert [cell.figure for cell in codes] == [True]


@later
def test_a_chapter_begins_with_three_questions_about_the_last_one(lesson):
    """In the opening, one widget asks three things about the chapter before."""
    (recalled,) = [cell for cell in lesson.sections[0] if cell.asks == f"{lesson.name}/recall"]
    assert len(exercises(lesson.name)[recalled.asks].reads.kinds) == 3


@every
def test_a_chapter_has_something_to_touch(lesson):
    """Beside the questions, each chapter has a widget."""
    assert any(cell.widget and not cell.asks for cell in lesson.codes)


@every
def test_the_rhythm(lesson):
    """Not more than six code cells in a row have nothing to look at or to touch."""
    row = 0
    for cell in lesson.codes:
        row = 0 if cell.figure or cell.widget else row + 1
        assert row <= MOST_CELLS, cell.source


@every
def test_a_section_introduces_at_most_five_words(lesson):
    """The box of a section has at most five words, and those of all boxes are the chapter's table of words."""
    boxes = [lesson.boxes(number) for number in range(len(lesson.sections))]
    assert all(len(box) <= MOST_NEW for box in boxes), boxes
    words = [word for box in boxes for word in box]
    assert sorted(words) == sorted(english for english, _chinese, _meaning in lesson.words_table())
    assert len(set(words)) == len(words)


def _used(cell):
    """Return what a reader reads of a cell: its text, the question that it asks, or the outline of its picture."""
    if not cell.is_code:
        lines = (line for line in cell.source.splitlines() if not line.startswith((BOX, "**Next:**")))
        return plain("\n".join(lines))
    if cell.asks:
        item = exercises(cell.asks.partition("/")[0])[cell.asks]
        said = [item.markdown, *item.options.values(), *item.fields.values()]
        return plain("\n".join(map(str, said)))
    return "\n".join(line for line in cell.outline.splitlines() if "labels:" not in line)


def _introduced():
    """Return for each word of the course where it is introduced: chapter and section."""
    return {
        word: (at, number)
        for at, lesson in enumerate(COURSE.values())
        for number in range(len(lesson.sections))
        for word in lesson.boxes(number)
    }


@every
def test_words_come_before_their_use(lesson):
    """A word of the glossary is used, in text and in pictures, not before the section that introduces it."""
    at = [*COURSE].index(lesson.name)
    faults = []
    for word, (chapter, number) in _introduced().items():
        found = pattern(word)
        for cell in lesson.cells:
            if cell.section >= 0 and (at, cell.section) < (chapter, number) and found.search(_used(cell)):
                where = f"chapter {at:02}, section {cell.section}"
                faults.append(f"{word!r} is used in {where}: {cell.source[:60]!r}")
                break
    assert not faults, "\n".join(faults)


@every
def test_a_new_word_is_bold_where_it_is_explained(lesson):
    """Each word of a section's box stands in that section in bold letters, beside the box."""
    for number in range(len(lesson.sections)):
        texts = [cell.source for cell in lesson.sections[number] if not cell.is_code]
        text = "\n".join(line for part in texts for line in part.splitlines() if not line.startswith(BOX))
        bold = [part.lower() for part in re.findall(r"\*\*([^*]+)\*\*", text)]
        for word in lesson.boxes(number):
            assert any(pattern(word).search(part) or pattern(word.lower()).search(part) for part in bold), (
                number,
                word,
            )


# ---- in the fingers


@every
def test_a_cell_is_a_call_an_assignment_or_a_loop(lesson):
    """Cells need no other Python: what needs more is a helper."""
    for cell in lesson.codes:
        assert shape_faults(cell.source) == [], cell.source


@every
def test_manifests_are_written_as_people_write_them(lesson):
    """A manifest in a cell is block YAML: no braces."""
    for cell in lesson.codes:
        if "apiVersion" in cell.source:
            assert "{" not in cell.source.replace("{}", ""), cell.source


def test_kubectl_stands_beside_the_helpers():
    """Each chapter types kubectl, and all of them together do so in at least sixty cells."""
    typed = {
        name: sum("kubectl" in cell.source for cell in lesson.codes if "exercise" not in cell.tags)
        for name, lesson in COURSE.items()
    }
    assert min(typed.values()) >= 3, typed
    assert sum(typed.values()) >= FEWEST_KUBECTL, typed


@every
def test_there_are_enough_exercises_and_enough_to_write(lesson):
    """At least twelve exercises, and in two of five a reader writes a manifest, a selector, or lines of kubectl."""
    judged = [exercises(lesson.name)[cell.asks or cell.checks] for cell in lesson.exercise_cells]
    assert len(judged) >= FEWEST_EXERCISES
    written = [item for item in judged if isinstance(item.reads, (Deed, Prints, Repair, Finds))]
    assert len(written) >= PRODUCED * len(judged), (len(written), len(judged))


# ---- minutes, and the short path


@every
def test_the_short_path_takes_what_it_says(lesson):
    """Read fast or slowly, the short path takes what is said of it, within a quarter, and never more than twelve minutes."""
    said = lesson.short_minutes()
    assert said <= 12
    for pace in (FAST, SLOW):
        assert abs(lesson.minutes(lesson.short_cells, pace) - said) <= WITHIN * said + 0.5


@every
def test_the_short_path_runs_by_itself(lesson):
    """The cells of the short path run without the others, and end in errors only where they are meant."""
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.from_dict(dict(cell.cell)) for cell in lesson.short_cells]
    assert sum(cell.cell_type == "code" for cell in book.cells) >= 4
    os.environ["K8SNOTES_PROGRESS"] = "off"
    client = NotebookClient(book, timeout=60, resources={"metadata": {"path": str(lesson.path.parent)}})
    client.execute()  # raises where a cell fails that is not tagged raises-exception


# ---- how it is said

_NAMELESS = re.compile(r"\b(nobody|somebody)\b", re.IGNORECASE)


def prose(lesson):
    """Return the paragraphs of a chapter that are sentences."""
    for cell in lesson.texts:
        if "colab" in cell.tags:
            continue
        for part in re.split(r"\n\s*\n|\n(?=[-|>\d#])", plain(cell.source).replace(BOX, "")):
            text = re.sub(r"[*_>▶]+", "", part).strip(" -|")
            if text and not part.lstrip().startswith(("|", "#")):
                yield text


@every
def test_a_text_does_not_begin_with_an_ellipsis(lesson):
    """An explanation begins with a whole sentence, which has a subject and a verb."""
    for cell in lesson.texts:
        lines = [
            line for line in cell.source.splitlines() if line.strip() and not line.startswith(("#", ">"))
        ]
        if not lines or lines[0].startswith(("|", "-", "1.")):
            continue
        told = re.sub(r"^▶? ?\*\*[^*]+[.:]\*\* ", "", lines[0])  # "**Break it.**", "**Monday, 9:10.**"
        first = re.split(r"(?<=[.?!:])\s", re.sub(r"[*▶`]", "", told).strip())[0]
        assert words_in(first) >= 3 or first.endswith(":"), cell.source


def test_sentences_are_short_and_people_have_names():
    """Sentences have fewer than twenty words on the average; nobody and somebody hardly ever act."""
    sentences = [
        sentence
        for lesson in COURSE.values()
        for text in prose(lesson)
        for sentence in re.split(r"(?<=[.?!])\s+", text)
        if words_in(sentence) > 1
    ]
    assert sum(map(words_in, sentences)) / len(sentences) <= MOST_WORDS
    nameless = [text for lesson in COURSE.values() for text in prose(lesson) if _NAMELESS.search(text)]
    assert len(nameless) < 10, nameless


# ---- the hosts


@pytest.mark.parametrize("lesson", COURSE.values(), ids=COURSE)
def test_no_cell_at_the_top_is_for_one_host_alone(lesson):
    """What only Google Colab needs is the last cell of a chapter."""
    places = [at for at, cell in enumerate(lesson.cells) if "colab" in cell.tags]
    assert places == [len(lesson.cells) - 2, len(lesson.cells) - 1]
