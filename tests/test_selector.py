"""Label selectors: reading, writing, matching, and what is said about wrong ones."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.api.label_selector import format_label_selector, validate_label_selector
from k8snotes.api.requirement import Requirement
from k8snotes.api.selector import Selector
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "golden"


def recorded(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def shared(name):
    if not (SHARED / name).exists():
        pytest.skip("the recorded answers of a real Kubernetes are not beside this checkout")
    return recorded(SHARED, name)


def answer(make):
    try:
        selector = make()
    except (SelectorSyntaxError, LabelSelectorError) as error:
        return None, getattr(error, "message", str(error))
    return selector, None


def read(text):
    try:
        return Selector(text), None
    except SelectorSyntaxError as error:
        return None, error


def check_text(row):
    selector, error = answer(lambda: Selector(row["selector"]))
    assert (selector is not None) == row["ok"]
    assert error in (row.get("error_alternatives") or [row["error"]])
    if selector is not None:
        assert str(selector) == row["canonical"]
        assert [selector.matches(labels) for labels, _ in row["matches"]] == [ok for _, ok in row["matches"]]
        assert [bool(selector.explain(labels)) for labels, _ in row["matches"]] == [
            ok for _, ok in row["matches"]
        ]


def check_object(row):
    obj = row["label_selector"]
    selector, error = answer(lambda: Selector.from_label_selector(obj))
    assert (selector is not None) == row["ok"]
    assert error in (row.get("error_alternatives") or [row["error"]])
    causes = [f"{cause.field}: {cause.message}" for cause in validate_label_selector(obj, "selector")]
    assert sorted(causes) == sorted(row["validation_errors"])
    if selector is not None:
        assert (str(selector), format_label_selector(obj)) == (row["canonical"], row["formatted"])
        assert [selector.matches(labels) for labels, _ in row["matches"]] == [ok for _, ok in row["matches"]]


@pytest.mark.parametrize(
    "row", recorded(HERE / "golden", "selectors.json"), ids=lambda row: ascii(row["selector"])[:40]
)
def test_a_selector_is_read_as_kubernetes_reads_it(row):
    """Accepted or not, canonical form, error text and matches are those of `labels.Parse`."""
    check_text(row)


def test_every_recorded_selector_agrees():
    """All recorded selectors agree, where the recordings lie beside the checkout."""
    for row in shared("selectors.json"):
        check_text(row)


@pytest.mark.parametrize("number", range(len(recorded(HERE / "golden", "label_selectors.json"))))
def test_a_label_selector_object_is_read_as_kubernetes_reads_it(number):
    """Objects with matchLabels and matchExpressions are accepted, written, refused and validated as in Kubernetes."""
    check_object(recorded(HERE / "golden", "label_selectors.json")[number])


def test_every_recorded_label_selector_agrees():
    """All recorded LabelSelector objects agree, where the recordings lie beside the checkout."""
    for row in shared("label_selectors.json"):
        check_object(row)


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("app=web tier=x", 8, "Write: app=web,tier=x"),
        ("a=1 b=2 c=3", 4, "Write: a=1,b=2,c=3"),
        ('app = "web"', 6, "Write: app = web"),
        ("app:web", 0, "Write: app=web"),
        ('{"app": "web", "tier": "db"}', 0, "Write: app=web, tier=db"),
        ("app=web && tier=db", 8, "Write: app=web,tier=db"),
        ("app=web,", 8, "Write: app=web"),
        ("app=web,,tier=db", 8, "Write: app=web,tier=db"),
        ("app in web", 7, "Write: app in (web)"),
        ("app in [a,b]", 7, "Write: app in (a,b)"),
        ("app in (a b)", 10, "Write: app in (a,b)"),
        ("app in (a", 9, "Write: app in (a)"),
        ("app IN (web)", 4, "Write: app in (web)"),
        ("app not in (web)", 4, "Write: app notin (web)"),
        ("not app", 4, "Write: !app"),
        ("app exists", 4, "Write: app"),
        ("app===web", 5, "Write: app=web"),
        ("app<>web", 4, "Write: app!=web"),
        ("weight>=5", 7, "Write: weight>4"),
        ("weight<=5", 7, "Write: weight<6"),
        ("(app=web)", 0, "Write: app=web"),
        ("a=x || a=y", 4, "Write: a in (x,y)"),
        ("app=web || tier=db", 8, "There is no or between requirements"),
        ("matchLabels:\n  app: web", 0, "Write: app=web"),
        ("matchExpressions: []", 0, "Selector.from_label_selector"),
        ("-l app=web", 0, "Write: app=web"),
        ("app=*", 4, "no wildcards"),
        ("weight>-3", 7, "cannot begin with a sign"),
        ("weight>five", 7, "one whole number"),
        ("Example.com/x=1", 0, "Write: example.com/x=1"),
        ("app=-web", 4, "begins and ends with a letter or digit"),
        ("a/b/c=1", 0, "at most one slash"),
        ("=web", 0, "A selector is written"),
        ("env in (a, -3)", 11, "begins and ends with a letter or digit"),
    ],
)
def test_a_wrong_selector_says_where_and_what_to_type(text, position, hint):
    """The error points at the word or symbol in the way, and the hint is something that can be typed."""
    with pytest.raises(SelectorSyntaxError) as caught:
        Selector(text)
    error = caught.value
    assert (error.selector, error.position) == (text, position)
    assert hint in error.hint
    if "Write: " in error.hint:
        Selector(error.hint.split("Write: ")[1])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("app=web tier=x", "comma"),
        ("=web", "key"),
        ("app=web,", "key"),
        ("app ~ web", "operator"),
        ("app=(web)", "value"),
        ("app in web", "open"),
        ("app in (a b)", "close"),
        ("app in (a,(", "value"),
        ("-app=web", "key-name"),
        ("Example.com/x=1", "key-prefix"),
        ("a/b/c=1", "key-slash"),
        ("app=-web", "value-shape"),
        ("app=" + "x" * 64, "value-length"),
        ("weight>five", "number"),
        ("weight>", "number"),
    ],
)
def test_a_wrong_selector_says_by_a_code_what_is_wrong(text, code):
    """What a program wants to know of a refused selector stands in `.code`, and the hint is chosen by it."""
    with pytest.raises(SelectorSyntaxError) as caught:
        Selector(text)
    assert caught.value.code == code


def test_what_is_no_text_is_no_selector():
    """A map is no selector, and the error says so by a code too."""
    with pytest.raises(SelectorSyntaxError) as caught:
        Selector({"app": "web"})
    assert caught.value.code == "no-text"


def test_a_selector_cannot_be_changed():
    """A selector is a key of dictionaries, so its parts cannot be set."""
    selector = Selector("app=web")
    with pytest.raises(AttributeError, match="never changes"):
        selector.requirements = ()
    assert str(selector) == "app=web"


def test_an_unknown_field_of_a_label_selector_has_the_near_one_beside_it():
    """The field that was probably meant is data, not only a word of the message."""
    with pytest.raises(LabelSelectorError) as caught:
        Selector.from_label_selector({"matchLabel": {"app": "web"}})
    assert caught.value.near == "matchLabels"
    assert str(caught.value).endswith('Did you mean "matchLabels"?')
    with pytest.raises(LabelSelectorError) as caught:
        Selector.from_label_selector({"matchExpressions": [{"key": "app", "operators": "Exists"}]})
    assert caught.value.near == "operator"


def test_the_place_is_shown_under_the_text():
    """Printed, the error has the selector and a caret under the place."""
    with pytest.raises(SelectorSyntaxError) as caught:
        Selector("app=web tier=x")
    lines = str(caught.value).splitlines()
    assert lines[1].strip() == "app=web tier=x"
    assert lines[1][lines[2].index("^") :] == "tier=x"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("x in (a,,)", "x in (,a)"),
        ("x in (,,)", "x in ()"),
        ("x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"),
        ("a\0=b", "a=b"),
        ("a=b\0\0,c", "a=b"),
        ("\0rubbish", ""),
    ],
)
def test_the_lexer_is_that_of_kubernetes(text, canonical):
    """Commas in a row are one empty value; a NUL ends a word, and the text where it stands alone."""
    assert str(Selector(text)) == canonical


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\v", "\f"])
def test_only_four_characters_are_blanks(blank):
    """Space, tab, CR and LF part words; any other blank belongs to the word."""
    with pytest.raises(SelectorSyntaxError):
        Selector(f"app{blank}=web")


@pytest.mark.parametrize("value", ["5", "+5", "007", "9223372036854775807", "-9223372036854775808"])
def test_a_whole_number_of_64_bits_is_compared(value):
    """The value of a label is read in base 10, with a sign and leading zeros."""
    assert Selector("n>4").matches({"n": value}) == (value != "-9223372036854775808")
    assert Selector("n<4").matches({"n": value}) == (value == "-9223372036854775808")


@pytest.mark.parametrize("value", ["", "x", "5.0", "0x5", "1_000", " 5", "9223372036854775808", "٥", 5, None])
def test_what_is_no_whole_number_is_neither_more_nor_less(value):
    """A label that cannot be read as a number meets neither > nor <."""
    assert not Selector("n>4").matches({"n": value})
    assert not Selector("n<4").matches({"n": value})


def test_no_selector_and_an_empty_one_are_opposites():
    """None matches nothing, {} and the empty text match everything, even no labels."""
    assert not Selector.from_label_selector(None).matches({"app": "web"})
    assert Selector.from_label_selector({}).matches({})
    assert Selector("").matches(None)
    assert Selector.from_label_selector(None) != Selector.from_label_selector({})


def test_a_value_that_is_not_text_is_there_but_equals_nothing():
    """A number or a truth value in labels equals no text; null is the empty text."""
    assert Selector("v,v!=1").matches({"v": 1})
    assert not Selector("v=1").matches({"v": 1})
    assert not Selector("v in (True,true)").matches({"v": True})
    assert Selector("v=").matches({"v": None})
    assert not Selector("v=1").matches({"v": ["1"]})


def test_a_service_map_becomes_equalities():
    """The map of a Service asks for each of its labels; a bad entry is refused in Kubernetes' words."""
    assert Selector.from_map({"tier": "db", "app": "web"}) == Selector("app=web,tier=db")
    assert Selector.from_map({}).matches({})
    with pytest.raises(LabelSelectorError, match=r'^values\[0\]\[app\]: Invalid value: "a b": a valid label'):
        Selector.from_map({"app": "a b"})
    with pytest.raises(LabelSelectorError, match="Write it in quotes"):
        Selector.from_map({"version": 1})


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({"app": "web"}, "Selector.from_map"),
        ({"matchLabel": {"app": "web"}}, 'Did you mean "matchLabels"'),
        ({"matchLabels": ["app"]}, "a mapping"),
        ({"matchLabels": {"v": 1}}, "in quotes"),
        ({"matchExpressions": {"key": "a"}}, "a list"),
        ({"matchExpressions": ["a"]}, "key, operator and values"),
        ({"matchExpressions": [{"key": "a", "operater": "In"}]}, 'Did you mean "operator"'),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": "b"}]}, "a list"),
        ("app=web", "it is text"),
        ([], "it is a list"),
    ],
)
def test_an_object_of_another_shape_is_refused_with_the_way_out(obj, message):
    """What is no LabelSelector never becomes a selector that matches everything."""
    with pytest.raises(LabelSelectorError) as caught:
        Selector.from_label_selector(obj)
    assert message in str(caught.value)


@pytest.mark.parametrize("thing", [None, 5, b"app=web", {"app": "web"}, ["app"]])
def test_a_selector_is_made_of_text(thing):
    """Anything else is refused with a message that names its type and the other ways to make one."""
    with pytest.raises(SelectorSyntaxError, match=type(thing).__name__) as caught:
        Selector(thing)
    assert "from_map" in caught.value.hint


def test_a_selector_is_a_value():
    """Selectors are compared, hashed, copied and pickled by what they say, and cannot be changed."""
    selector = Selector(" tier in (b, a),app")
    assert selector == Selector("app,tier in (a,b)") == Selector(selector)
    assert hash(selector) == hash(Selector(selector))
    assert pickle.loads(pickle.dumps(selector)) == copy.deepcopy(selector) == selector  # noqa: S301 - its own
    assert Selector("app=web") != Selector("app==web")
    assert selector.requirements == (Requirement("app", "exists"), Requirement("tier", "in", ("a", "b")))
    assert repr(selector) == "Selector('app,tier in (a,b)')"
    with pytest.raises(AttributeError):
        selector.requirements = ()


def test_labels_are_a_mapping():
    """Labels of another type are refused, not taken for no labels."""
    with pytest.raises(LabelSelectorError, match="mapping"):
        Selector("app").matches("app=web")


def test_a_selector_goes_back_to_an_object():
    """Equalities become matchLabels, the rest matchExpressions; > and < cannot be said there."""
    selector = Selector("app=web,app=db,env!=prod,tier in (a,b),zone notin (x),canary,!old")
    obj = selector.to_label_selector()
    assert obj["matchLabels"] == {"app": "web"}
    assert {"key": "app", "operator": "In", "values": ["db"]} in obj["matchExpressions"]
    assert validate_label_selector(obj) == []
    assert Selector("").to_label_selector() == {}
    assert Selector.from_label_selector(None).to_label_selector() is None
    with pytest.raises(LabelSelectorError, match="weight>5"):
        Selector("weight>5").to_label_selector()


def test_a_refused_object_is_printed_as_an_error():
    """`kubectl describe` prints <error> for a selector that cannot be read."""
    assert format_label_selector({"matchExpressions": [{"key": "a", "operator": "Gt"}]}) == "<error>"


def test_causes_have_the_reasons_of_the_api_server():
    """Required, forbidden and invalid values are told apart by their reason."""
    obj = {
        "matchExpressions": [
            {"key": "a", "operator": "In"},
            {"key": "a", "operator": "Exists", "values": ["b"]},
            {"key": "a", "operator": "<"},
        ]
    }
    causes = validate_label_selector(obj, "spec.selector")
    assert [c.reason for c in causes] == ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid"]
    assert causes[2].field == "spec.selector.matchExpressions[2].operator"
    assert causes[2].message == 'Invalid value: "\\u003c": not a valid selector operator'


def test_two_faults_of_one_requirement_are_both_named():
    """A value that is neither a number nor a label value is named twice, in brackets."""
    with pytest.raises(SelectorSyntaxError) as caught:
        Selector("a>b:c")
    assert caught.value.message.startswith(
        "unable to parse requirement: [values[0]: Invalid value: \"b:c\": for 'Gt', 'Lt' operators, "
        'the value must be an integer, values[0][a]: Invalid value: "b:c": a valid label must be'
    )


KEYS = st.sampled_from(["app", "tier", "in", "notin", "example.com/x", "App"])
VALUES = st.sampled_from(["", "web", "db", "5", "007", "in", "x.y_z"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=4)
CONDITIONS = st.one_of(
    st.builds("{}{}{}".format, KEYS, st.sampled_from(["=", "==", "!=", " = ", "\n!=\t"]), VALUES),
    st.builds("{}{}{}".format, KEYS, st.sampled_from([">", "<", " > "]), st.sampled_from(["5", "007", "0"])),
    st.builds(
        lambda key, word, values: f"{key} {word} ({','.join(values)})",
        KEYS,
        st.sampled_from(["in", "notin"]),
        st.lists(VALUES, max_size=3),
    ),
    KEYS,
    KEYS.map("!{}".format),
)
SELECTORS = st.lists(CONDITIONS, max_size=4).map(",".join)


@given(SELECTORS, LABELS)
def test_the_canonical_form_says_the_same(text, labels):
    """Reading the canonical form gives the same selector, the same text and the same matches."""
    selector = Selector(text)
    again = Selector(str(selector))
    assert (again, str(again)) == (selector, str(selector))
    assert again.matches(labels) == selector.matches(labels)


@given(SELECTORS, LABELS)
def test_a_selector_survives_the_object_form(text, labels):
    """A selector without > and < matches the same labels after matchLabels and matchExpressions."""
    selector = Selector(text)
    if not any(r.operator in {"gt", "lt"} for r in selector.requirements):
        again = Selector.from_label_selector(selector.to_label_selector())
        assert again.matches(labels) == selector.matches(labels)


@given(st.text() | st.text(alphabet="ab=!<>(),in not\"':&|.-/\0\n", max_size=30))
def test_any_text_is_read_or_refused(text):
    """Whatever is typed, the answer is a selector or a SelectorSyntaxError with a place within the text."""
    selector, refused = read(text)
    if refused:
        assert 0 <= refused.position <= len(text)
        assert refused.message
        assert refused.hint
    else:
        assert str(Selector(str(selector))) == str(selector)


@pytest.mark.parametrize("unit", ["a,", "a", " ", "(", "a in (", "=", "!", "a=b ", '"', "a-", "a.", "\ud800"])
def test_a_very_long_text_is_answered(unit):
    """A text of 300,000 characters is read or refused like any other."""
    selector, refused = read(unit * (300_000 // len(unit)))
    assert selector is not None or str(refused)


def test_labels_need_neither_numpy_nor_pandas():
    """Importing the selectors loads no table library."""
    code = "import sys, k8snotes.api.selector; print([m for m in ('numpy', 'pandas', 'yaml') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent
    )
    assert done.stdout.strip() == "[]"
