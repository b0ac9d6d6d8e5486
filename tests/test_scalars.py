"""Unquoted words of YAML, each sort with its neighbours: what sigs.k8s.io/yaml makes of them before JSON."""

from __future__ import annotations

import math

import pytest

from k8snotes.api.document import MAX_DEPTH, json_documents
from k8snotes.api.scalars import scalar_value
from k8snotes.api.workload import Workload


@pytest.mark.parametrize("sign", ["", "-", "+"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("7", 7),
        ("9", 9),
        ("10", 10),
        ("00", 0),
        ("07", 7),
        ("010", 8),
        ("0777", 511),
        ("0o17", 15),
        ("0O17", 15),
        ("0o", 0),
        ("0x1F", 31),
        ("0Xff", 255),
        ("0b101", 5),
        ("0B10", 2),
        ("1_000", 1000),
        ("0x_1", 1),
        ("08", 8.0),
        ("09", 9.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("1e-3", 0.001),
        ("1_0.5", 10.5),
    ],
)
def test_numbers(sign, text, value):
    """Go's `strconv.ParseInt` with base 0 and YAML 1.1: prefixes, leading zeros, underscores, exponents; and signs."""
    found = scalar_value(sign + text)
    assert found == (-value if sign == "-" else value)
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), 2**63),
        (str(2**64 - 1), 2**64 - 1),
        (str(2**64), float(2**64)),
        (str(-(2**63)), -(2**63)),
        (str(-(2**63) - 1), float(-(2**63) - 1)),
        ("0x7fffffffffffffff", 2**63 - 1),
        ("0xffffffffffffffff", 2**64 - 1),
        ("9" * 308, float("9" * 308)),
        ("9" * 309, "9" * 309),
        ("1e308", 1e308),
        ("1e309", "1e309"),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
    ],
)
def test_numbers_beyond_64_bits(text, value):
    """An integer has 64 bits, signed or not; beyond that it is a float64, and beyond that text."""
    found = scalar_value(text)
    assert found == value
    assert type(found) is type(value)
    assert math.isnan(scalar_value(".nan"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0x",
            "0b",
            "0b2",
            "0xg",
            "0o8",
            "1.2.3",
            "1e",
            "e3",
            "1e3.5",
            "--1",
            "+-1",
            "-",
            "+",
            ".",
            "..",
            "1-",
            "12:30",
        ),
        *(
            "2024-01-01",
            "1.0.0.0",
            "1a",
            "_1",
            "1,5",
            "y e s",
            "yess",
            "nan",
            "inf",
            "TRue",
            "oN",
            "nULL",
            "None",
            "<<",
            "~~",
        ),
        *(".5.", "._5", "0x1.8", "infinity", ".Nan", "+.nan"),
    ],
)
def test_what_only_looks_like_something_is_text(text):
    """A word that no rule takes stays as it is written."""
    assert scalar_value(text) == text
    assert type(scalar_value(text)) is str


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("y Y yes Yes YES true True TRUE on On ON", True),
        ("n N no No NO false False FALSE off Off OFF", False),
        ("~ null Null NULL", None),
    ],
)
def test_words_of_yaml_1_1(words, value):
    """Truth values and nothing, in three ways to write each; every other way is text."""
    for word in words.split():
        assert scalar_value(word) is value, word
        for other in (word + "x", "x" + word):
            assert scalar_value(other) == other
    assert scalar_value("") is None


@pytest.mark.parametrize(
    ("digits", "type_"),
    [(19, int), (39, int), (40, int), (41, float), (308, float)],
)
def test_integers_of_json(digits, type_):
    """A number of more digits than any integer has is read as a float64; beyond 308 digits JSON has none."""
    (document,) = json_documents('{"a": ' + "9" * digits + "}", "")
    assert type(document.value["a"]) is type_
    (beyond,) = json_documents('{"a": ' + "9" * 309 + "}", "")
    assert beyond.problem is not None


@pytest.mark.parametrize(
    ("depth", "fine"), [(1, True), (MAX_DEPTH, True), (MAX_DEPTH + 1, False), (5000, False)]
)
def test_how_deep_json_may_nest(depth, fine):
    """Two hundred levels; one more is refused, and so is what Python itself cannot read."""
    (document,) = json_documents('{"a":' * depth + "1" + "}" * depth, "")
    assert (document.problem is None) is fine
    nested = "[" * (depth - 1) + "]" * (depth - 1) if depth > 1 else "1"
    (document,) = json_documents(f'{{"a":{nested}}}', "")
    assert (document.problem is None) is fine


@pytest.mark.parametrize(
    ("replicas", "wanted"), [(None, 1), (0, 0), (3, 3), (2.0, 2), (True, 1), ("3", 1), ([], 1)]
)
def test_how_many_pods_a_workload_wants(replicas, wanted):
    """One where it says nothing, or nothing that is a number: a dump may hold what the API server would refuse."""
    spec = {} if replicas is None else {"replicas": replicas}
    assert Workload({"spec": spec}).replicas == wanted


@pytest.mark.parametrize("gap", ["", " ", "\n", "\n\n \n"])
def test_where_each_json_object_begins(gap):
    """Its number from 0 and its line from 1, whatever stands between; and the places of kind and apiVersion."""
    text = f'{gap}{{"kind": "A",\n "apiVersion": "v1"}}{gap}{{"kind": "B"}}'
    first, second = json_documents(text, "")
    lines = gap.count("\n")
    assert [(item.index, item.line) for item in (first, second)] == [(0, 1 + lines), (1, 2 + 2 * lines)]
    column = len(gap.rpartition("\n")[2]) + 2
    assert first.places == {"kind": (1 + lines, column), "apiVersion": (2 + lines, 2)}
    assert second.places["kind"][0] == 2 + 2 * lines


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1, "a": 2}', (1, 10)),
        ('{"a": 1,\n "a": 2}', (2, 2)),
        ('{"a": {"b": 1},\n\n  "c": {"d": 1, "d": 2}}', (3, 17)),
        ('{"a": 1e999}', (1, 7)),
        ('{"a":\n   1e999}', (2, 4)),
        ('{"a": 1,\n]', (2, 1)),
    ],
)
def test_where_json_is_wrong(text, place):
    """Line and column, both from 1, of the second key, of the number, and of what is no JSON."""
    (document,) = json_documents(text, "")
    assert (document.problem.line, document.problem.column) == place
