"""Why labels match a selector or not, in words."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.api.explanation import _MOST_VALUES
from k8snotes.api.selector import Selector


def only(selector, labels):
    (part,) = Selector(selector).explain(labels).parts
    return part


@pytest.mark.parametrize(
    ("selector", "labels", "ok", "why"),
    [
        ("tier=frontend", {"tier": "frontend"}, True, "tier is frontend"),
        ("tier=frontend", {"tier": "db"}, False, "tier is db, but the selector wants frontend"),
        ("tier=frontend", {}, False, "there is no label tier, and the selector wants frontend"),
        ("tier in (a1,b1)", {"tier": "b1"}, True, "tier is b1, one of a1, b1"),
        ("tier in (a1,b1)", {"tier": "c1"}, False, "tier is c1, but the selector wants one of a1, b1"),
        ("tier=", {"tier": ""}, True, "tier is empty"),
        ("tier!=db", {"tier": "web"}, True, "tier is web, not db"),
        ("tier!=db", {"tier": "db"}, False, "tier is db, and the selector wants anything but db"),
        ("tier!=db", {}, True, "!= holds because the key tier is absent"),
        ("tier notin (db)", {}, True, "notin holds because the key tier is absent"),
        (
            "tier notin (a1,b1)",
            {"tier": "a1"},
            False,
            "tier is a1, and the selector wants none of a1, b1",
        ),
        ("canary", {"canary": "true"}, True, "the label canary is there, with the value true"),
        ("canary", {}, False, "there is no label canary, and the selector wants one, with any value"),
        ("!canary", {}, True, "there is no label canary, and that is what !canary asks"),
        (
            "!canary",
            {"canary": "yes"},
            False,
            "the label canary is there, with the value yes, and !canary wants no such label",
        ),
        ("n>5", {"n": "7"}, True, "n is 7, greater than 5"),
        ("n>5", {"n": "5"}, False, "n is 5, not greater than 5"),
        ("n<5", {"n": "four"}, False, "n is four, which is not a whole number to compare with 5"),
        ("n<5", {}, False, "there is no label n, and the selector wants a number less than 5"),
    ],
)
def test_each_requirement_has_a_reason(selector, labels, ok, why):
    """The reason is one plain sentence about the label, for every operator."""
    part = only(selector, labels)
    assert (part.ok, bool(part), part.why) == (ok, ok, why)


@pytest.mark.parametrize(
    ("selector", "labels", "near"),
    [
        ("tier=frontend", {"tier": "frontnd"}, "frontnd differs from frontend in one letter"),
        ("tier=frontend", {"tier": "fronntend"}, "fronntend differs from frontend in one letter"),
        ("tier=frontend", {"tier": "frontent"}, "frontent differs from frontend in one letter"),
        ("tier=frontend", {"tier": "forntend"}, "forntend has two letters swapped"),
        ("tier=frontend", {"tier": "Frontend"}, "Frontend and frontend differ only in upper and lower case"),
        ("tier=frontend", {"tier": " frontend"}, "there are blanks around the value"),
        (
            "tier=frontend",
            {"tier": "frontend-7"},
            "frontend-7 only begins with frontend, and a selector compares whole values",
        ),
        ("tier=frontend", {"teir": "frontend"}, "the key teir has two letters swapped"),
        ("tier=frontend", {"tierr": "frontend"}, "the key tierr differs from tier in one letter"),
        ("tier=frontend", {"Tier": "frontend"}, "Tier and tier differ only in upper and lower case"),
        (
            "name=web",
            {"app.kubernetes.io/name": "web"},
            "the key exists with another prefix, as app.kubernetes.io/name",
        ),
        ("app.kubernetes.io/name=web", {"name": "web"}, "the key exists without a prefix, as name"),
        ("role=db", {"tier": "db"}, "another label has that value: tier=db"),
        ("v=7", {"v": "007"}, "007 and 7 are the same number, but labels are compared as text"),
        ("v=7", {"v": 7}, 'a label value is text, so write it in quotes: "7"'),
        ("v=true", {"v": True}, 'a label value is text, so write it in quotes: "true"'),
        ("!canary", {"cannary": "true"}, "the key cannary differs from canary in one letter"),
        ("canary", {"cannary": "true"}, "the key cannary differs from canary in one letter"),
    ],
)
def test_a_near_miss_is_named(selector, labels, near):
    """What is nearly right is said: a slip of the hand, the case, the prefix, the type."""
    assert only(selector, labels).near == near


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ("tier=frontend", {"tier": "frontend"}),
        ("tier=frontend", {"tier": "cache"}),
        ("tier=frontend", {}),
        ("app=web-1", {"app": "web-2"}),
        ("v=1", {"v": "2"}),
        ("tier!=db", {"tier": "db"}),
        ("a=x", {"b": "y"}),
    ],
)
def test_what_is_plainly_different_is_no_near_miss(selector, labels):
    """Short words, numbered names and other words are taken for what they are."""
    assert only(selector, labels).near == ""


def test_an_explanation_is_true_if_the_labels_match():
    """The whole is as true as all its parts, and knows the selector and the labels."""
    selector = Selector("app=web,!canary")
    answer = selector.explain({"app": "web"})
    assert answer
    assert answer.ok
    assert (answer.selector, answer.labels) == (selector, {"app": "web"})
    assert not selector.explain({"app": "web", "canary": "x"})


def test_it_prints_each_requirement():
    """Printed, every requirement has its sign, its text, its reason and the near miss; a long one goes on below it."""
    answer = Selector("app=web,tier=frontend").explain({"app": "web", "tier": "frontnd"})
    assert str(answer).splitlines() == [
        "✓ app=web: app is web",
        "✗ tier=frontend: tier is frontnd, but the selector wants frontend (frontnd differs from frontend in",
        "  one letter)",
    ]
    assert repr(answer) == str(answer)


def test_empty_and_missing_selectors_are_explained():
    """An empty selector matches everything, no selector nothing, and both say so."""
    assert str(Selector("").explain({})).startswith("✓ the selector is empty")
    assert str(Selector.from_label_selector(None).explain({})).startswith("✗ there is no selector")


def test_strange_labels_stay_on_one_line():
    """Values with line breaks are quoted, very long ones and very long lists are cut."""
    assert '"a\\nb"' in only("app=web", {"app": "a\nb"}).why
    assert len(only("app=web", {"app": "x" * 10_000}).why) < 200
    many = ",".join(f"v{i}" for i in range(100))
    assert only(f"app in ({many})", {"app": "no"}).why.endswith("92 more")


def test_an_explanation_can_be_copied():
    """A copy of an explanation says the same."""
    answer = Selector("app=web").explain({"app": "db"})
    assert copy.deepcopy(answer) == answer


TEXTS = st.text(max_size=12) | st.sampled_from(["app", "tier", "web", "db", "frontend", "5"])


@given(
    st.sampled_from(
        ["app=web", "tier in (frontend,db)", "app notin (web)", "n>5", "n<5", "app", "!tier", "app!=web,tier"]
    ),
    st.dictionaries(TEXTS, TEXTS | st.none() | st.integers() | st.booleans(), max_size=4),
)
def test_an_explanation_agrees_with_matches(text, labels):
    """Whatever the labels are, the explanation is true exactly if they match, and has no memory address."""
    selector = Selector(text)
    answer = selector.explain(labels)
    assert bool(answer) == selector.matches(labels) == all(part.ok for part in answer.parts)
    assert not re.search(r" at 0x[0-9a-f]{6}", str(answer))
    begun = [line for line in str(answer).split("\n") if not line.startswith("  ")]
    assert len(begun) == len(selector.requirements)


@pytest.mark.parametrize(
    ("selector", "absent", "met", "not_met"),
    [  # what is said where there is no label a, where a is 5, and where a is 9
        (
            "a=5",
            "there is no label a, and the selector wants 5",
            "a is 5",
            "a is 9, but the selector wants 5",
        ),
        (
            "a==5",
            "there is no label a, and the selector wants 5",
            "a is 5",
            "a is 9, but the selector wants 5",
        ),
        (
            "a in (5,6)",
            "there is no label a, and the selector wants one of 5, 6",
            "a is 5, one of 5, 6",
            "a is 9, but the selector wants one of 5, 6",
        ),
        (
            "a in (5)",
            "there is no label a, and the selector wants 5",
            "a is 5",
            "a is 9, but the selector wants 5",
        ),
        (
            "a!=9",
            "!= holds because the key a is absent",
            "a is 5, not 9",
            "a is 9, and the selector wants anything but 9",
        ),
        (
            "a notin (8,9)",
            "notin holds because the key a is absent",
            "a is 5, none of 8, 9",
            "a is 9, and the selector wants none of 8, 9",
        ),
        (
            "a notin (9)",
            "notin holds because the key a is absent",
            "a is 5, not 9",
            "a is 9, and the selector wants anything but 9",
        ),
        (
            "a<9",
            "there is no label a, and the selector wants a number less than 9",
            "a is 5, less than 9",
            "a is 9, not less than 9",
        ),
        (
            "a",
            "there is no label a, and the selector wants one, with any value",
            "the label a is there, with the value 5",
            None,
        ),
        (
            "!a",
            "there is no label a, and that is what !a asks",
            None,
            "the label a is there, with the value 9, and !a wants no such label",
        ),
    ],
)
def test_every_operator_in_words(selector, absent, met, not_met):
    """Each operator where the label is missing, where it fits, and where it does not, with one value and with several."""
    for labels, words, ok in (
        ({}, absent, "holds" in absent or selector == "!a"),
        ({"a": "5"}, met, True),
        ({"a": "9"}, not_met, False),
    ):
        if words is not None:
            found = only(selector, labels)
            assert (found.why, found.ok) == (words, ok)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("9", "a is 9, not greater than 9"),
        ("10", "a is 10, greater than 9"),
        ("x", "a is x, which is not a whole number to compare with 9"),
        ("9.5", "a is 9.5, which is not a whole number to compare with 9"),
        (10, "a is 10 (a number, not text), which is not a whole number to compare with 9"),
        ("", "a is empty, which is not a whole number to compare with 9"),
        (True, "a is True (true or false, not text), which is not a whole number to compare with 9"),
        ([1], "a is [1] (of type list, not text), which is not a whole number to compare with 9"),
        ("a b", 'a is "a b", which is not a whole number to compare with 9'),
    ],
)
def test_a_value_as_a_reader_would_type_it(value, words):
    """Empty, text in quotes where it is no plain word, and what is no text says so."""
    assert only("a>9", {"a": value}).why == words


@pytest.mark.parametrize("count", range(2, 12))
def test_of_many_values_some_are_named(count):
    """The first of a long list, and how many more there are."""
    values = [f"v{i:02}" for i in range(count)]
    named, more = values[:_MOST_VALUES], count - _MOST_VALUES
    rest = f" and {more} more" if more > 0 else ""
    words = f"a is x, but the selector wants one of {', '.join(named)}{rest}"
    assert only(f"a in ({','.join(values)})", {"a": "x"}).why == words
