"""Exercises, progress, glossary and doctor: what was made before the language changed is shown in the new one."""

import html
import re

import pytest
from beginners import BEGINNERS
from pseudo import Brackets

import k8snotes as kn
from k8snotes import catalogue
from k8snotes.api.foreign import NAMES
from k8snotes.api.masking import HIDDEN
from k8snotes.course import check, glossary, record
from k8snotes.course.answers import _SENTENCES, MISSING, Fields, UnreadableAnswerError
from k8snotes.course.chapters import FOLDER, chapter, chapters, exercises, messages
from k8snotes.course.glossary import messages as meanings
from k8snotes.course.progress import ChapterProgress, Progress
from k8snotes.course.result import CheckResult
from k8snotes.doctor import words

ALL = [item for name in chapters() for item in exercises(name).values()]
# what the API server, kubectl, or whatever reads YAML says of a text, in its own words
THEIRS = {
    "fields-not-known",
    *("api-warning", "doubled-key", "kind-missing", "no-match", "no-meaning", "no-time", "refused"),
    *("unknown-field", "version-missing"),
}
every_chapter = pytest.mark.parametrize("name", chapters())
every = pytest.mark.parametrize("exercise", ALL, ids=lambda item: item.id)


@pytest.fixture
def marked(monkeypatch):
    """Return what brings the language of brackets into force, after which there is no English but in them."""

    def switch():
        monkeypatch.setattr(catalogue._State, "name", "marked")
        monkeypatch.setattr(catalogue._State, "translations", Brackets())

    return switch


def outside(text):
    """Return what of a text is in no brackets."""
    kept, depth = [], 0
    for char in str(text):
        depth += char == "⟦"
        if not depth:
            kept.append(char)
        depth -= char == "⟧"
    assert depth == 0
    return "".join(kept)


def words_outside(shown, *allowed):
    """Return the words that are in no brackets, but for those of names and of what others say."""
    known = set(re.findall(r"[^\W\d_]{2,}", " ".join(map(str, allowed))))
    return set(re.findall(r"[^\W\d_]{2,}", outside(shown))) - known


def page(shown):
    """Return what is read of the HTML that something shows, titles included."""
    made = re.sub(r"<style>.*?</style>", " ", shown)
    made = re.sub(r'<span title="([^"]*)"[^>]*>', r"\1 ", made)
    return html.unescape(re.sub(r"<[^>]*>", " ", made))


def handed_out(name):
    """Return every text that a chapter, its exercises and their beliefs hand out."""
    found = [chapter(name).title, chapter(name).understand, chapter(name).say]
    for item in exercises(name).values():
        found += [item.markdown, item.because, *([item.hint] if item.hint else [])]
        for table in (item.options, item.fields, item.facts):
            found += table.values()
        if isinstance(item.reads, Fields):
            found += map(item.reads.called, item.reads.kinds)
        for belief in item.beliefs:
            found += [belief.belief, belief.hint]
    return found


@every_chapter
def test_what_a_chapter_says_is_what_is_translated(name):
    """The texts that are extracted from a chapter's file are those that it hands out, all of them and no other."""
    assert {text for _, text in messages(FOLDER / f"{name}.toml")} == set(handed_out(name))


@every_chapter
def test_each_place_of_a_chapter_is_named_once(name):
    """The places of the texts differ, so that a translator can tell them apart."""
    places = [place for place, _ in messages(FOLDER / f"{name}.toml")]
    assert len(set(places)) == len(places)


@every_chapter
def test_a_chapter_that_was_read_speaks_the_new_language(name, marked):
    """Chapters are kept, and what they hand out is said in the language in force."""
    before = handed_out(name)
    marked()
    assert all(str(text).startswith("⟦") for text in before)
    assert all(text.startswith("⟦") for text in handed_out(name))


def results(exercise):
    """Check an exercise in each way: right, with each belief, blank, and in forms that it does not ask for."""
    answers = []
    if not exercise.guess:
        right, wrong = exercise.right(), [exercise.wrong(belief) for belief in exercise.beliefs]
        answers = [
            right,
            *({**right, **each} if isinstance(exercise.reads, Fields) else each for each in wrong),
        ]
    return [
        check(exercise.id, answer) for answer in [*answers, ..., {"x": 1}, ["x"], "x", object(), 10**5000]
    ]


@every
def test_a_result_speaks_the_language_in_which_it_is_shown(exercise, marked):
    """A result that was made before the language changed has no word of the old one when it is shown after it."""
    made = results(exercise)
    assert {result.status for result in made} >= {"not yet", "no answer yet"}
    marked()
    for result in made:
        for shown in (result, page(result._repr_html_()), result.message, result.hint, result.misconception):
            assert not words_outside(shown), shown


@pytest.mark.parametrize("asked", ["", "01-service/99", "99-none/1", "01-servise/2", None, 3])
def test_an_unknown_exercise_is_answered_in_the_new_language(asked, marked):
    """What is said of an unknown exercise changes with the language, too."""
    result = check(asked, 1)
    marked()
    assert not words_outside(result)
    assert not words_outside(page(result._repr_html_()))


def test_a_defect_is_told_in_the_new_language(monkeypatch, marked):
    """Where the check itself has failed, this is said in the language in which it is shown."""
    monkeypatch.setattr("k8snotes.course.exercises.service.shared", lambda: 1 / 0)
    result = check("01-service/2", 80)
    marked()
    assert not words_outside(result)


PARTS = {
    "keys": "a",
    "key": "a",
    "near": "",
    "letters": "a",
    "path": "a",
    "name": "a",
    "type": "a",
    "words": "a",
}


@pytest.mark.parametrize("code", _SENTENCES)
@pytest.mark.parametrize("more", [{}, {"field": "port"}, {"hint": "b"}])
def test_an_unreadable_answer_is_told_in_the_new_language(code, more, marked):
    """Each sentence about the form of an answer is a message, that about one of several fields included."""
    error = UnreadableAnswerError(code, **PARTS, error="c", count=99, **more)
    result = CheckResult("01-service/2", "no answer yet" if code == MISSING else "not yet", error.sentence)
    assert words_outside(error)
    marked()
    assert not words_outside(error)
    assert not words_outside(result)


def test_progress_speaks_the_language_in_which_it_is_shown(monkeypatch, marked):
    """Names of chapters and exercises stay, and all else is said in the new language, in text as in HTML."""
    states = ("solved", "tried", "open")
    made = [
        kn.progress(),
        kn.progress("nowhere"),
        Progress(
            (ChapterProgress("00-start-here", tuple((f"00-start-here/{n}", states[n]) for n in range(3))),)
        ),
        Progress((ChapterProgress("00-start-here", (("00-start-here/1", "solved"),)),)),
    ]
    monkeypatch.setattr(record, "keeps", lambda: True)
    monkeypatch.setattr("os.access", lambda *_: False)
    made.append(kn.progress("00"))
    assert made[-1].note
    marked()
    for shown in made:
        assert not words_outside(shown, *chapters())
        assert not words_outside(page(shown._repr_html_()), *chapters(), *(item.id for item in ALL))


def test_the_glossary_speaks_the_language_in_which_it_is_shown(marked):
    """The two names of a term stay, and its meaning is said in the new language."""
    made = glossary()
    missing = glossary("kublet")
    names = [name for term in made.terms for name in (term.english, term.chinese)]
    assert [(term.english, term.meaning) for term in made.terms] == meanings()
    marked()
    assert not words_outside(made, *names)
    assert not words_outside(page(made._repr_html_()), *names, "中文")
    assert not words_outside(missing)
    assert not words_outside(page(missing._repr_html_()))


def test_a_term_is_found_in_both_languages(marked):
    """A word of the meaning finds a term in English and in the language in force."""
    marked()
    assert "Service" in [term.english for term in glossary("steady").terms]
    assert len(glossary("⟦")) == len(glossary())


def said_by_others(finding):
    """Return what of a finding is no message of the doctor: the reader's own text, and what other rooms say."""
    theirs = [finding.what] if finding.code in THEIRS else []
    return [finding.write, finding.field, finding.file, *theirs, *finding.parts.values()]


@pytest.mark.parametrize("name", BEGINNERS)
def test_findings_speak_the_language_in_which_they_are_shown(name, marked):
    """An examination that was made before the language changed has no word of the old one when it is shown after it."""
    found = kn.examine(BEGINNERS[name], url="http://node-1:31003")
    theirs = [each for finding in found for each in said_by_others(finding)]
    theirs += [BEGINNERS[name], found.kubectl, HIDDEN]
    marked()
    for finding in found:
        assert not words_outside(finding, *said_by_others(finding))
        assert not words_outside(finding.why)
        assert not words_outside(finding.where)
    assert not words_outside(found.summary)
    assert not words_outside(found, *theirs)
    assert not words_outside(page(found._repr_mimebundle_()["text/html"]), *theirs)
    for column in ("what", "why", "fix"):
        assert not words_outside(" ".join(found.table()[column]), *theirs)


@pytest.mark.parametrize("number", range(1, 11))
def test_a_locked_repair_says_so_in_the_new_language(number, marked, monkeypatch):
    """What is said of a text that is locked is a message."""
    monkeypatch.setattr(record, "tried", lambda _: False)
    found = kn.examine(f"repairs/{number}")
    marked()
    assert found.exercise
    assert not words_outside(str(found).split("\n")[0])


class Places(dict):
    """A value for each place of a sentence."""

    def __getitem__(self, name):
        if name in ("is", "wanted", "shape"):
            return "text"
        if name == "sort":
            return next(iter(NAMES))
        return 2 if name in ("here", "column", "bytes") else self.get(name, "")

    def __contains__(self, name):
        return True


@pytest.mark.parametrize("table", ["WHAT", "WHY", "FIX"])
def test_each_sentence_of_the_doctor_is_a_message(table, marked):
    """Of each code, what the doctor says is in the catalogue; only what others say is not."""
    marked()
    for code, sentence in getattr(words, table).items():
        theirs = table == "WHAT" and code in THEIRS
        said = words._sentence(sentence, Places(names=("",)) if code == "odd-character" else Places())
        assert theirs or not words_outside(said), code
