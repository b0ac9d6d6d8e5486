"""What may be a label key, a label value, a DNS name or a port name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.api import names

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "golden" / "names.json"
FUNCTIONS = ("label_key", "label_value", "dns1123_label", "dns1123_subdomain", "dns1035_label", "port_name")
ROWS = json.loads((HERE / "golden" / "names.json").read_text(encoding="utf-8"))


def differences(rows):
    return [
        (function, row["value"], getattr(names, function)(row["value"]), row[function])
        for row in rows
        for function in FUNCTIONS
        if getattr(names, function)(row["value"]) != row[function]
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row["value"])[:30])
def test_messages_are_those_of_kubernetes(row):
    """Each function answers with the messages that Kubernetes gave, in its order."""
    assert differences([row]) == []


def test_every_recorded_name_agrees():
    """All recorded names agree, where the recordings lie beside the checkout."""
    if not SHARED.exists():
        pytest.skip("the recorded answers of a real Kubernetes are not beside this checkout")
    rows = json.loads(SHARED.read_text(encoding="utf-8"))
    assert len(rows) > 100
    assert differences(rows) == []


def test_length_is_counted_in_bytes():
    """A value of 32 two-byte letters is too long, as Kubernetes counts bytes."""
    assert names.label_value("é" * 32)[0] == "must be no more than 63 bytes"
    assert "must be no more than 63 bytes" not in names.label_value("é" * 31)


def test_the_end_is_the_end():
    """A line break after a good name is not forgiven."""
    for function in FUNCTIONS:
        assert getattr(names, function)("web") == []
        assert getattr(names, function)("web\n") != []


def test_digits_of_other_scripts_are_no_digits():
    """Only the digits 0-9 count, not those of other scripts."""
    for function in FUNCTIONS:
        assert getattr(names, function)("web\u0663") != []
        assert getattr(names, function)("\u0663web") != []


def test_a_dns1035_label_begins_with_a_letter():
    """RFC 1035 wants a letter first, RFC 1123 takes a digit too."""
    assert names.dns1123_label("1web") == []
    assert len(names.dns1035_label("1web")) == 1


@pytest.mark.parametrize("unit", ["a", "a-", "a.", "-", "a/", "é", "."])
def test_a_long_name_is_judged_at_once(unit):
    """A name of a million characters is refused without looking back and forth."""
    for function in FUNCTIONS:
        assert getattr(names, function)(unit * 1_000_000 + "!") != []


@given(st.text(alphabet="aA1-_./é ", max_size=8) | st.integers(60, 70).map("x".__mul__))
def test_a_fault_has_a_code_exactly_where_kubernetes_has_a_message(text):
    """The code of a fault is "" for the keys and values that Kubernetes takes, and for no others."""
    assert bool(names.label_key_fault(text)) == bool(names.label_key(text))
    assert bool(names.label_value_fault(text)) == bool(names.label_value(text))


@pytest.mark.parametrize(
    ("key", "fault", "words"),
    [
        ("a/b/c", "slash", "a valid label key"),
        ("App.io/web", "prefix", "prefix part"),
        ("/web", "prefix", "prefix part"),
        ("app.io/-web", "name", "name part"),
        ("app.io/", "name", "name part"),
        ("x" * 64, "name", "name part"),
    ],
)
def test_the_code_names_the_part_of_the_key_that_kubernetes_names(key, fault, words):
    """The code of a bad key is the part that the message begins with."""
    assert names.label_key_fault(key) == fault
    assert names.label_key(key)[0].startswith(words)
