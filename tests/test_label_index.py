"""Selecting among many label sets at once."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8snotes.api.label_index import LabelIndex
from k8snotes.api.selector import Selector
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "golden"


def plainly_matches(requirement, labels):
    """Say what one requirement says about labels, as slowly and plainly as possible."""
    key, operator, values = requirement
    there = key in labels
    value = labels.get(key)
    value = "" if there and value is None else value
    if operator == "exists":
        return there
    if operator == "!":
        return not there
    if operator == "in":
        return there and any(type(value) is str and value == wanted for wanted in values)
    if operator == "notin":
        return not there or all(type(value) is not str or value != wanted for wanted in values)
    if not there or type(value) is not str or not value.isascii() or "_" in value or value != value.strip():
        return False
    try:
        number = int(value)
    except ValueError:
        return False
    if not -(2**63) <= number <= 2**63 - 1:
        return False
    return number > int(values[0]) if operator == ">" else number < int(values[0])


def written(requirement):
    key, operator, values = requirement
    if operator in {"in", "notin"}:
        return f"{key} {operator} ({','.join(values)})"
    return {"exists": key, "!": f"!{key}"}.get(operator) or f"{key}{operator}{values[0]}"


KEYS = st.sampled_from(["app", "tier", "n"])
TEXTS = st.sampled_from(["", "web", "db", "5", "+7", "-3", "1_0", "99999999999999999999", "09"])
ODD = st.none() | st.integers(0, 9) | st.booleans() | st.lists(st.just("web"), max_size=1)
WANTED = st.lists(st.sampled_from(["", "web", "db", "5", "none"]), min_size=1, max_size=3)
REQUIREMENTS = st.one_of(
    st.tuples(KEYS, st.sampled_from(["in", "notin", "exists", "!"]), WANTED),
    st.tuples(KEYS, st.sampled_from([">", "<"]), st.sampled_from([["5"], ["0"], ["8"]])),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.none() | st.dictionaries(KEYS, TEXTS, max_size=3), max_size=40)
    | st.lists(st.none() | st.dictionaries(KEYS, TEXTS | ODD, max_size=3), max_size=12),
    st.lists(st.lists(REQUIREMENTS, max_size=3), min_size=1, max_size=3),
)
def test_select_answers_as_the_plain_reading_does(sets, selectors):
    """The index, Selector.matches and a plain reading of the rules agree on every row."""
    index = LabelIndex(sets)
    for requirements in selectors:
        selector = Selector(",".join(map(written, requirements)))
        expected = [i for i, s in enumerate(sets) if all(plainly_matches(r, s or {}) for r in requirements)]
        assert index.select(selector).tolist() == expected
        assert [i for i, labels in enumerate(sets) if selector.matches(labels)] == expected


@pytest.fixture(scope="module")
def many():
    rng = random.Random(3)  # noqa: S311 - no secret
    sets = []
    for i in range(20_000):
        labels = {
            "app": f"app{rng.randrange(400)}",
            "tier": rng.choice("abcd"),
            "weight": str(rng.randrange(1000)),
        }
        if rng.random() < 0.3:
            labels["canary"] = rng.choice(["true", "yes"])
        if i % 1000 == 0:
            labels["rare"] = f"r{i}"
        sets.append(labels)
    return sets


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app=app7",
        "app=app7,tier in (a,b),!canary",
        "tier in (a,b),!canary",
        "tier!=a,tier!=b",
        "canary",
        "!canary",
        "canary=true",
        "rare",
        "rare,tier=a",
        "rare in (r0,r1000)",
        "!rare,app=app3",
        "weight>990",
        "weight>10",
        "weight<500,tier=a",
        "weight>10,app!=app3",
        "weight<0",
        "weight>998,weight<2",
        "app in (app1,app2,app3,nobody)",
        "app notin (app1,app2,app3,nobody),tier=c",
        "app=nobody",
        "app!=nobody",
        "nokey",
        "!nokey",
        "nokey!=x,tier=d",
        "nokey>1",
        "nokey in (a),tier=d",
        "tier in (a,b,c,d)",
        "tier notin (a,b,c,d)",
        "canary notin (true,yes)",
    ],
)
def test_every_way_through_the_index_gives_the_same_rows(many, text):
    """Rare and frequent values, numbers, absent keys and absent values: always the rows that match, ascending."""
    selector = Selector(text)
    index = LabelIndex(many)
    expected = [i for i, labels in enumerate(many) if selector.matches(labels)]
    assert index.select(selector).tolist() == expected
    assert index.select(text).tolist() == expected


def test_more_values_than_sixteen_bits():
    """A key with a value of its own in each of 70,000 rows is indexed like any other."""
    sets = [{"pod": f"web-{i}", "app": f"app{i % 3}"} for i in range(70_000)]
    index = LabelIndex(sets)
    assert index.select("pod=web-69999").tolist() == [69_999]
    assert index.select("pod notin (web-0,web-1),app!=app2").tolist()[:3] == [3, 4, 6]
    assert index.facets([5, 8])["pod"] == [("web-5", 1), ("web-8", 1)]


def test_recorded_matches_agree():
    """The index agrees with every recorded match of a real Kubernetes."""
    path = SHARED / "selectors.json"
    rows = json.loads(
        (path if path.exists() else HERE / "golden" / "selectors.json").read_text(encoding="utf-8")
    )
    sets = [labels for row in rows for labels, _ in row["matches"]]
    index = LabelIndex(sets)
    start = 0
    for row in rows:
        chosen = set(index.select(row["selector"]).tolist()) if row["ok"] else set()
        expected = {start + i for i, (_, ok) in enumerate(row["matches"]) if ok}
        end = start + len(row["matches"])
        assert {i for i in chosen if start <= i < end} == expected
        start = end


def test_recorded_label_selectors_agree():
    """LabelSelector objects, null and empty ones included, select the recorded label sets."""
    for row in json.loads((HERE / "golden" / "label_selectors.json").read_text(encoding="utf-8")):
        if row["ok"]:
            index = LabelIndex([labels for labels, _ in row["matches"]])
            selector = Selector.from_label_selector(row["label_selector"])
            assert index.select(selector).tolist() == [i for i, (_, ok) in enumerate(row["matches"]) if ok]


@pytest.mark.parametrize("nothing", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_null_is_no_labels(nothing):
    """A null label set matches as an empty one does."""
    index = LabelIndex([{"app": "web"}, nothing])
    assert index.select("!app").tolist() == [1]
    assert index.select("").tolist() == [0, 1]


def test_values_that_are_not_text_are_there_and_equal_nothing():
    """Numbers, truth values and lists are told apart, match no value, and null is the empty text."""
    index = LabelIndex([{"v": 1}, {"v": True}, {"v": "1"}, {"v": ["1"]}, {"v": None}, {5: "1"}])
    assert index.select("v").tolist() == [0, 1, 2, 3, 4]
    assert index.select("v=1").tolist() == [2]
    assert index.select("v!=1").tolist() == [0, 1, 3, 4, 5]
    assert index.select("v=").tolist() == [4]
    assert index.facets()["v"] == [("", 1), ("1", 1), ("1", 1), ("True", 1), ("['1']", 1)]
    assert index.keys == ("v",)


def test_a_row_that_is_no_mapping_is_named():
    """The error says which row it is."""
    with pytest.raises(LabelSelectorError, match="The labels of row 1"):
        LabelIndex([{"app": "web"}, "app=web"])


def test_it_takes_any_iterable():
    """A generator, a Series and an empty list make an index too."""
    assert LabelIndex({"n": str(i)} for i in range(5)).select("n>2").tolist() == [3, 4]
    assert LabelIndex(pd.Series([{"a": "b"}, None])).select("a=b").tolist() == [0]
    empty = LabelIndex([])
    assert (len(empty), empty.keys, empty.facets()) == (0, (), {})
    assert empty.select("!a").tolist() == empty.select("").tolist() == empty.select("a").tolist() == []
    assert LabelIndex([{}, {}]).select("!a").tolist() == [0, 1]


def test_the_answer_belongs_to_the_caller(many):
    """Changing an answer, or the mappings, changes nothing in the index."""
    sets = [dict(labels) for labels in many[:200]]
    index = LabelIndex(sets)
    for text in ("", "tier=a", "canary", "app=app7", "!canary"):
        before = index.select(text).tolist()
        index.select(text)[:] = 0
        for labels in sets:
            labels["tier"] = "z"
        assert index.select(text).tolist() == before


def test_positions_are_integers_that_pandas_takes(many):
    """The answer is an integer array, good for `iloc`."""
    index = LabelIndex(many)
    for text in ("", "nokey", "tier=a", "app=app7", "weight>10"):
        found = index.select(text)
        assert found.dtype == np.intp
        assert len(pd.DataFrame({"labels": many}).iloc[found]) == len(found)


def test_text_that_is_no_selector_is_refused():
    """A wrong selector is refused as Selector refuses it."""
    with pytest.raises(SelectorSyntaxError):
        LabelIndex([]).select("a b")


def test_facets_count_the_chosen_rows(many):
    """Facets count the values of the chosen rows, most frequent first, ties in alphabetical order."""
    index = LabelIndex(many)
    chosen = index.select("canary,tier in (a,b)")
    counted = {}
    for i in chosen.tolist():
        for key, value in many[i].items():
            counted.setdefault(key, {}).setdefault(value, 0)
            counted[key][value] += 1
    expected = {
        key: sorted(values.items(), key=lambda item: (-item[1], item[0])) for key, values in counted.items()
    }
    facets = index.facets(chosen)
    assert facets == {key: expected.get(key, []) for key in index.keys}
    assert index.facets(chosen.tolist(), limit=2)["tier"] == expected["tier"][:2]
    assert index.facets() == index.facets(range(len(many)))
    assert index.facets([]) == {key: [] for key in index.keys}


def test_it_prints_what_it_is():
    """The repr has the size and the number of keys."""
    assert repr(LabelIndex([{"a": "b"}, {}])) == "<LabelIndex of 2 label sets with 1 keys>"
