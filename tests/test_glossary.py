"""The glossary: found in English and Chinese, and shown in words and as a table."""

import pytest

import k8snotes as kn
from k8snotes.course.glossary import Glossary, Term


def test_all_words_in_alphabetical_order():
    """Without a word there are all of them, each with a Chinese word, a meaning and its chapters."""
    terms = kn.glossary().terms
    assert len(terms) > 40
    assert [term.english.lower() for term in terms] == sorted({term.english.lower() for term in terms})
    assert all(term.chinese and term.meaning and term.chapters for term in terms)


@pytest.mark.parametrize("asked", ["kubelet", "KUBELET", "  kubelet ", "标签选择器", "label selector"])
def test_a_word_is_found_in_both_languages(asked):
    """A word is found by its name in either language, whatever the case."""
    assert asked.strip().lower() in str(kn.glossary(asked)).lower()


def test_the_name_comes_before_the_meaning():
    """Where a name fits, words that are only explained with it stay away; else they are what is found."""
    assert "controller" not in [term.english for term in kn.glossary("node").terms]
    assert [term.english for term in kn.glossary("steady").terms] == ["Service"]


@pytest.mark.parametrize(
    ("asked", "said"), [("ppod", 'Did you mean "Pod"?'), ("xyzzyx", 'do not have "xyzzyx"')]
)
def test_an_unknown_word_is_answered(asked, said):
    """A word that is not there is answered with a sentence, and with the nearest one."""
    found = kn.glossary(asked)
    assert len(found) == 0
    assert said in str(found)
    assert "<table" not in found._repr_html_()


def test_what_is_shown_is_escaped():
    """Neither a question nor a term can bring HTML along; backticks become code."""
    assert "<script" not in kn.glossary("<script>")._repr_html_()
    html = Glossary((Term("<b>", "中", "a `x<y` of it", ("00",)),))._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<code>x&lt;y</code>" in html
