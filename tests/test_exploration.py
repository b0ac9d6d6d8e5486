"""The facts of the explorer: what a selector finds while it is typed, without any widget."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.api.label_index import LabelIndex
from k8snotes.api.requirement import Requirement
from k8snotes.api.selector import Selector
from k8snotes.errors import SelectorSyntaxError
from k8snotes.facts.exploration import COLUMNS, ROWS, VALUES, LabelTable, queries
from k8snotes.widgets.selector_text import ask_presence, replace_requirement, toggle_value

SETS = [
    {"app": "web", "tier": "frontend"},
    {"app": "web", "tier": "frontend", "canary": "true"},
    {"app": "web", "tier": "frontnd"},
    {"app": "db", "tier": "backend", "weight": "7"},
    {"app": "db", "tier": "backend", "weight": "3"},
    {},
]


def table_of(sets):
    return LabelTable(LabelIndex(sets), sets.__getitem__)


@pytest.fixture(scope="module")
def table():
    return table_of(SETS)


def facet(facts, key):
    return next(facet for facet in facts.facets if facet.key == key)


def counts(facts, key):
    return {value.value: value.count for value in facet(facts, key).values}


def asked(facts, key):
    return [value.value for value in facet(facts, key).values if value.asked]


def test_what_matches_is_counted_and_marked(table):
    """The rows that match come with a ✓ at each label that the selector asks about."""
    facts = table.explore("app=web,!canary")
    assert facts.summary == "2 of 6 match"
    assert [row.position for row in facts.rows] == [0, 2]
    assert [str(label) for label in facts.rows[0].labels] == ["✓ app=web", "tier=frontend"]
    assert all(not row.reasons for row in facts.rows)


def test_left_out_rows_say_why(table):
    """Rows that are left out follow on demand, each with the requirement that fails and the near miss."""
    facts = table.explore("tier=frontend", unmatched=True)
    assert [row.position for row in facts.rows] == [0, 1, 2, 3, 4, 5]
    assert [row.matches for row in facts.rows] == [True, True, False, False, False, False]
    typo = facts.rows[2]
    assert [str(label) for label in typo.labels] == ["app=web", "✗ tier=frontnd"]
    assert "differs from frontend in one letter" in typo.reasons[0]
    assert "there is no label tier" in facts.rows[5].reasons[0]


def test_a_wrong_selector_keeps_the_last_good_rows(table):
    """Text that is no selector is a problem with its place; the rows are those of the last good one."""
    facts = table.explore("app in (web", "app=db")
    assert isinstance(facts.problem, SelectorSyntaxError)
    assert facts.problem.position == len("app in (web")
    assert facts.problem.hint
    assert (facts.typed, facts.text, facts.count) == ("app in (web", "app=db", 2)


def test_facets_count_the_current_selection(table):
    """Each value is counted among the rows that the other requirements find, so that a click is foretold."""
    assert counts(table.explore(""), "tier") == {"backend": 2, "frontend": 2, "frontnd": 1}
    facts = table.explore("app=web")
    assert counts(facts, "tier") == {"backend": 0, "frontend": 2, "frontnd": 1}
    assert counts(facts, "app") == {"web": 3, "db": 2}
    assert asked(facts, "app") == ["web"]
    assert (facet(facts, "canary").present, facet(facts, "canary").absent) == (1, 2)


@pytest.mark.parametrize(
    "text", ["", "app=web", "tier in (frontend, frontnd)", "!canary", "app", "weight>4", "tier!=backend"]
)
def test_a_facet_foretells_what_its_click_finds(table, text):
    """The count on a value that is not asked for, where its key is not either, is what a click finds."""
    before = table.explore(text)
    for each in before.facets:
        for value in each.values:
            if not each.written:
                after = table.explore(toggle_value(text, each.key, value.value))
                assert after.count == value.count
                assert asked(after, each.key) == [value.value]


def test_presence_is_read_from_the_selector(table):
    """A facet says whether its key is asked to be there, not to be there, or something else."""
    said = {
        text: facet(table.explore(text), "tier").presence
        for text in ("app", "tier", "!tier", "tier!=db,tier")
    }
    assert said == {
        "app": "any",
        "tier": "exists",
        "!tier": "does not exist",
        "tier!=db,tier": "tier!=db,tier",
    }


def test_many_values_are_cut_and_those_asked_for_stay():
    """A key shows its most frequent values, how many more there are, and every value that is asked for."""
    table = table_of([{"n": f"v{i:02}"} for i in range(20)] + [{"n": "v19"}])
    first = facet(table.explore(""), "n")
    assert [value.value for value in first.values] == ["v19", *(f"v{i:02}" for i in range(VALUES - 1))]
    assert first.more == 20 - VALUES
    with_rare = facet(table.explore("n in (v15,nowhere)"), "n")
    assert [value.value for value in with_rare.values][-1] == "v15"
    assert with_rare.more == 20 - VALUES - 1
    assert len(facet(table.explore("", values={"n": 100}), "n").values) == 20


def test_many_keys_are_cut_and_those_asked_about_stay():
    """A table with many keys shows the first of them, and each that the selector names."""
    table = table_of([{f"k{i:02}": "x" for i in range(20)}])
    facts = table.explore("k17", keys=3)
    assert [each.key for each in facts.facets] == ["k00", "k01", "k02", "k17"]
    assert facts.more_facets == 16


def test_common_keys_come_first_and_those_that_controllers_make_up_last():
    """Facets and columns begin with the keys that most rows have; what controllers make up is folded until it is asked."""
    table = table_of(
        [{"pod-template-hash": str(at), "tier": "x", "app": "web"} for at in range(3)]
        + [{"tier": "y", "apps.kubernetes.io/pod-index": "0"}]
    )
    assert table.keys == ("tier", "app", "pod-template-hash", "apps.kubernetes.io/pod-index")
    folded = table.explore("", made_up=False)
    assert ([each.key for each in folded.facets], folded.folded) == (["tier", "app"], 2)
    assert folded.keys == ("tier", "app")
    asked = table.explore("pod-template-hash=1", made_up=False)
    assert [each.key for each in asked.facets] == ["tier", "app", "pod-template-hash"]
    assert (asked.folded, asked.facets[-1].made_up) == (1, True)
    assert asked.keys == ("tier", "app", "pod-template-hash")


def test_label_keys_have_a_few_columns_and_those_asked_about_always():
    """The most common keys have a column each, and so has a rare one that the selector names."""
    table = table_of([{f"k{at}": "x" for at in range(length)} for length in range(9)])
    assert table.explore("").keys == ("k0", "k1", "k2", "k3")
    assert table.explore("k7").keys == ("k0", "k1", "k2", "k7")
    every = table.explore(",".join(f"k{at}" for at in range(8))).keys
    assert len(every) == 2 * COLUMNS


def test_the_first_rows_of_a_long_table():
    """Of many rows the first are listed; where others are asked for, both sorts have room."""
    table = table_of([{"app": "web"}] * 100 + [{"app": "db"}] * 100)
    facts = table.explore("app=web")
    assert ([row.position for row in facts.rows], facts.listed) == (list(range(ROWS)), 100)
    both = table.explore("app=web", unmatched=True)
    assert [row.matches for row in both.rows] == [True] * (ROWS // 2) + [False] * (ROWS // 2)
    assert both.listed == 200
    few = table_of([{"app": "web"}] * 100 + [{"app": "db"}] * 2).explore("app=web", unmatched=True)
    assert sum(not row.matches for row in few.rows) == 2
    assert len(few.rows) == ROWS


@pytest.mark.parametrize(
    ("text", "requirement", "rest", "meant"),
    [
        ("app=web,tier=frontned", "tier=frontned", "app=web", ("tier=frontend", 2)),
        ("tier=backend,app=wbe", "app=wbe", "tier=backend", (None, 0)),
        ("app=wbe", "app=wbe", "", ("app=web", 3)),
        ("teir=backend", "teir=backend", "", ("tier=backend", 2)),
        ("app=backend", "app=backend", "", ("tier=backend", 2)),
        ("tier in (bakend,none)", "tier in (bakend,none)", "", ("tier in (backend,none)", 2)),
        ("app=db,canary", "canary", "app=db", (None, 0)),
        ("t", "t", "", (None, 0)),
        ("weight>9", "weight>9", "", (None, 0)),
    ],
)
def test_what_finds_nothing_says_the_nearest_that_does(table, text, requirement, rest, meant):
    """The part that fails, the rows of the rest, and what was probably meant, with what that finds beside the rest."""
    facts = table.explore(text)
    missed = facts.missed
    assert (str(missed.requirement), str(missed.rest)) == (requirement, rest)
    assert (None if missed.near is None else str(missed.near), missed.near_count) == meant
    rows = [at for at, labels in enumerate(SETS) if Selector(rest).matches(labels)]
    assert ([row.position for row in facts.rows], facts.listed, missed.count) == (rows, len(rows), len(rows))
    assert (facts.count, len(facts.found)) == (0, 0)
    assert not any(row.matches or row.reasons for row in facts.rows)
    if missed.near is not None:
        written = replace_requirement(text, missed.requirement, missed.near)
        assert table.explore(written).count == missed.near_count


def test_a_misspelt_label_that_is_left_out_is_told(table):
    """Where something is found, a row that is left out for one letter alone is a near miss."""
    facts = table.explore("tier=frontend,!canary")
    assert (facts.near, facts.near_count) == ("tier=frontnd", 1)
    assert not table.explore("tier=frontend,canary").near
    assert not table.explore("tier in (frontend,frontnd)").near


def test_many_requirements_of_which_a_late_one_fails(table):
    """Of a long selector, too, it is the part that fails that is told."""
    facts = table.explore(",".join([*(f"!a{at}" for at in range(30)), "z=none"]))
    assert (str(facts.missed.requirement), facts.missed.alone) == ("z=none", True)
    assert len(facts.missed.rest.requirements) == 30


def test_what_no_selector_can_ask_for_is_shown_with_the_reason():
    """Values that are not text, and values and keys that Kubernetes would refuse, are counted but not to be asked."""
    table = table_of([{"v": 5, "bad key!": "x"}, {"v": "5"}, {"v": "a b"}, {"v": None}, {"n": 7}])
    values = {value.value: value for value in facet(table.explore(""), "v").values}
    assert (values["5"].count, values["5"].problem) == (1, "")
    assert (values[""].count, values[""].problem) == (1, "")
    assert values["a b"].count == 1
    assert "a valid label must be" in values["a b"].problem
    assert "not text" in facet(table.explore(""), "n").values[0].problem
    assert facet(table.explore(""), "n").values[0].count == 1
    assert facet(table.explore(""), "bad key!").problem
    assert facet(table.explore(""), "bad key!").present == 1


def test_queries_say_the_same():
    """The kubectl line, the YAML and the Python hold the selector; > and < have a note in place of YAML."""
    said = queries(Selector("app=web, tier in (b, a), !canary"), "pods", "kn.select(table, {})")
    assert said.kubectl == "kubectl get pods -l 'app=web,!canary,tier in (a,b)'"
    assert said.python == 'kn.select(table, "app=web,!canary,tier in (a,b)")'
    assert said.yaml.startswith("selector:\n  matchLabels:\n    app: web\n  matchExpressions:\n")
    assert not said.note
    number = queries(Selector("weight>5"), "nodes", 'c.get("nodes", {})', every_namespace=True)
    assert number.kubectl == "kubectl get nodes -l 'weight>5' -A"
    assert not number.yaml
    assert "no > and no <" in number.note
    assert queries(Selector(""), "pods", "{}").kubectl == "kubectl get pods"


def test_printed_facts_are_an_outline(table):
    """Printing the facts gives the count, the rows and the reasons."""
    lines = str(table.explore("app=db,weight>5", unmatched=True)).splitlines()
    assert lines[0] == "1 of 6 matches app=db,weight>5"
    assert lines[1] == "  ✓ ✓ app=db, tier=backend, ✓ weight=7"
    assert any("weight is 3, not greater than 5" in line for line in lines)


def test_many_failed_requirements_are_cut(table):
    """A row gives the first reasons, and how many more there are."""
    text = ",".join(f"k{i}=v" for i in range(9))
    row = table.explore(text, unmatched=True).rows[0]
    assert len(row.reasons) == 5
    assert row.reasons[-1] == "and 5 more requirements are not met"


def texts(number, seed=11):
    """Texts as fingers make them: pieces of selectors, half-typed selectors, noise, and any characters."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    pieces = [
        "app",
        "tier",
        "=",
        "==",
        "!=",
        "!",
        ",",
        " ",
        "in",
        "notin",
        "(",
        ")",
        "web",
        "frontend",
        ">",
        "<",
        "5",
    ]
    pieces += [
        "a/b",
        "/",
        "-",
        "_x",
        "'",
        '"',
        "\0",
        "\n",
        "\t",
        "é",
        "前",
        "<b>",
        "&",
        "\u202e",
        "weight",
        "{",
        "}",
        "{0}",
    ]
    for number_ in range(number):
        kind = number_ % 4
        if kind == 0:
            yield "".join(rng.choices(pieces, k=rng.randrange(1, 12)))
        elif kind == 1:
            whole = "app=web,tier in (frontend, backend),!canary,weight>5,env notin (dev)"
            yield whole[: rng.randrange(len(whole))] + rng.choice(pieces)
        elif kind == 2:
            text = list("app=web, tier in (frontend,backend), !canary")
            for _ in range(rng.randrange(1, 4)):
                text[rng.randrange(len(text))] = rng.choice(pieces)
            yield "".join(text)
        else:
            yield "".join(
                chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x3000))))
                for _ in range(rng.randrange(20))
            )


def test_any_text_gives_a_table_or_a_message(table):
    """20,000 texts: each gives rows of its own, or a problem with a place and the rows of the last good text."""
    last, good, bad = "", 0, 0
    for text in texts(20_000):
        facts = table.explore(text, last, unmatched=good % 2 == 0)
        assert facts.total == len(SETS)
        if facts.problem is None:
            good += 1
            last = text
            assert facts.count == sum(Selector(text).matches(labels) for labels in SETS)
        else:
            bad += 1
            assert facts.text == last
            assert 0 <= facts.problem.position <= len(text)
            assert facts.problem.message
            assert facts.problem.hint
    assert good > 2_000
    assert bad > 2_000


@pytest.mark.parametrize(
    ("text", "key", "value", "after"),
    [
        ("", "app", "web", "app=web"),
        ("app = web , tier", "env", "dev", "app = web , tier, env=dev"),
        ("app=web", "app", "web", ""),
        ("app=web,tier=db", "app", "web", "tier=db"),
        (" app in ( web, db ) ,x", "app", "db", " app=web ,x"),
        ("tier!=db,app=web", "tier", "db", "tier=db,app=web"),
        ("tier notin (db,cache)", "tier", "db", "tier!=cache,tier=db"),
        ("!tier", "tier", "db", "tier=db"),
        ("tier", "tier", "db", "tier=db"),
        ("tier,tier=db", "tier", "db", "tier"),
        ("weight>5", "weight", "3", "weight=3"),
        ("weight>5", "weight", "7", "weight>5,weight=7"),
        ("tier=db,tier in (db,web)", "tier", "cache", "tier in (db,cache),tier in (db,web,cache)"),
    ],
)
def test_a_click_on_a_value_changes_its_requirement_alone(text, key, value, after):
    """A click asks for a value, or no longer; what the reader typed otherwise stays."""
    assert toggle_value(text, key, value) == after


@pytest.mark.parametrize(
    ("text", "presence", "after"),
    [
        ("app=web", "exists", "app=web,tier"),
        ("app=web", "does not exist", "app=web,!tier"),
        ("app=web", "any", "app=web"),
        ("tier=a, app=web", "does not exist", "!tier, app=web"),
        ("tier=a, app=web", "any", "app=web"),
        ("tier!=a,x,tier", "exists", "tier,x"),
    ],
)
def test_the_choice_of_a_key_changes_its_requirements_alone(text, presence, after):
    """A key can be asked to be there, not to be there, or nothing; the rest stays as it was typed."""
    assert ask_presence(text, "tier", presence) == after


def test_a_requirement_is_written_anew_and_the_rest_stays():
    """What was probably meant stands where the requirement was; blanks and other parts stay as they were typed."""
    old, new = Requirement("tier", "=", ("frontnd",)), Requirement("tier", "=", ("frontend",))
    assert replace_requirement("app = web,  tier = frontnd , x", old, new) == "app = web,  tier=frontend, x"


KEYS = st.sampled_from(["app", "tier", "a.b/c"])
VALUE = st.sampled_from(["web", "db", "7", ""])
BLANK = st.sampled_from(["", " ", "  "])
VALUE_LIST = st.builds(
    lambda values, blank: f"({f',{blank}'.join(values)})", st.lists(VALUE, min_size=1, max_size=3), BLANK
)
REQUIREMENT = st.one_of(
    st.builds("{0}{1}{2}{1}{3}".format, KEYS, BLANK, st.sampled_from(["=", "==", "!="]), VALUE),
    st.builds("{}{} {} {}".format, BLANK, KEYS, st.sampled_from(["in", "notin"]), VALUE_LIST),
    st.builds("{}{}{}".format, st.sampled_from(["", "!"]), KEYS, BLANK),
    st.builds("{}{}5".format, KEYS, st.sampled_from("<>")),
    st.just("app\0"),
)
SELECTORS = st.lists(REQUIREMENT, max_size=4).map(",".join)


@given(SELECTORS, KEYS, VALUE)
def test_every_click_gives_a_good_selector(text, key, value):
    """Whatever stands in the field, a click asks for the value or no longer does, and leaves other keys alone."""
    before = Selector(text)
    mine = [part for part in before.requirements if part.key == key]
    positive = any(part.operator in ("=", "==", "in") for part in mine)
    was_asked = positive and all(part.accepts(value) for part in mine)
    after = Selector(toggle_value(text, key, value))
    now = [part for part in after.requirements if part.key == key]
    others = [part for part in before.requirements if part.key != key]
    assert [part for part in after.requirements if part.key != key] == others
    if was_asked:
        assert not any(part.accepts(value) for part in now if part.operator in ("=", "==", "in"))
    else:
        assert any(part.operator in ("=", "==", "in") for part in now)
        assert all(part.accepts(value) for part in now)


@given(SELECTORS, KEYS, st.sampled_from(["any", "exists", "does not exist"]))
def test_every_choice_gives_a_good_selector(text, key, presence):
    """Whatever stands in the field, the choice for a key is then all that is asked of it."""
    after = Selector(ask_presence(text, key, presence))
    now = [str(part) for part in after.requirements if part.key == key]
    assert now == {"any": [], "exists": [key], "does not exist": [f"!{key}"]}[presence]
    others = [part for part in Selector(text).requirements if part.key != key]
    assert [part for part in after.requirements if part.key != key] == others
