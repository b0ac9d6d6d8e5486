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


LABEL, SUBDOMAIN = "a" * 63, ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
BYTES = "must be no more than 63 bytes"
SHAPED = (
    "name part must consist",
    "prefix part a lowercase",
    "a valid label must be",
    "a lowercase RFC 1123",
    "a wildcard DNS-1123",
    "a DNS-1035 label",
)


@pytest.mark.parametrize(
    ("function", "value", "wrong"),
    [
        ("label_key", LABEL, []),
        ("label_key", f"{LABEL}a", [f"name part {BYTES}"]),
        ("label_key", f"{SUBDOMAIN}/{LABEL}", []),
        ("label_key", f"{SUBDOMAIN}d/{LABEL}", ["prefix part must be no more than 253 bytes"]),
        ("label_key", f"a/{LABEL}a", [f"name part {BYTES}"]),
        ("label_key", "", ["name part must be non-empty", "shape"]),
        ("label_key", "a/", ["name part must be non-empty", "shape"]),
        ("label_key", "/a", ["prefix part must be non-empty"]),
        ("label_key", "/", ["prefix part must be non-empty", "name part must be non-empty", "shape"]),
        ("label_key", "A/a", ["shape"]),
        ("label_key", "a/A", []),
        ("label_value", LABEL, []),
        ("label_value", f"{LABEL}a", [BYTES]),
        ("label_value", f"{LABEL}-", [BYTES, "shape"]),
        ("label_value", "", []),
        ("label_value", "-", ["shape"]),
        ("dns1123_label", LABEL, []),
        ("dns1123_label", f"{LABEL}a", ["must be no more than 63 characters"]),
        ("dns1123_label", "a.b", ["must not contain dots"]),
        ("dns1123_label", "a.-", ["shape"]),
        ("dns1123_label", "", ["shape"]),
        ("dns1123_subdomain", SUBDOMAIN, []),
        ("dns1123_subdomain", f"{SUBDOMAIN}d", ["must be no more than 253 characters"]),
        ("dns1123_subdomain", "a..b", ["shape"]),
        ("wildcard_subdomain", f"*.{SUBDOMAIN[2:]}", []),
        ("wildcard_subdomain", f"*.{SUBDOMAIN[1:]}", ["must be no more than 253 characters"]),
        ("wildcard_subdomain", "*.a", []),
        ("wildcard_subdomain", "*a", ["shape"]),
        ("wildcard_subdomain", "a.b", ["shape"]),
        ("wildcard_subdomain", "*.", ["shape"]),
        ("wildcard_subdomain", "*.*.a", ["shape"]),
        ("underscored_subdomain", SUBDOMAIN, []),
        ("underscored_subdomain", f"{SUBDOMAIN}d", ["must be no more than 253 characters"]),
        ("underscored_subdomain", "_a._b", []),
        ("underscored_subdomain", "a_", ["shape"]),
        ("dns1035_label", LABEL, []),
        ("dns1035_label", f"{LABEL}a", ["must be no more than 63 characters"]),
        ("dns1035_label", "1a", ["shape"]),
        ("dns1035_label", "a1", []),
        ("dns1035_label", "-a", ["shape"]),
        ("dns1035_label", "", ["shape"]),
        ("port_name", "a" * 15, []),
        ("port_name", "a" * 16, ["must be no more than 15 characters"]),
        ("port_name", "a-b", []),
        ("port_name", "a--b", ["must not contain consecutive hyphens"]),
        ("port_name", "-a", ["must not begin or end with a hyphen"]),
        ("port_name", "a-", ["must not begin or end with a hyphen"]),
        ("port_name", "8", ["must contain at least one letter (a-z)"]),
    ],
)
def test_each_bound_of_a_name(function, value, wrong):
    """k8s.io/apimachinery/pkg/util/validation: 63 for a label, 253 for a domain, 15 for a port; and each part by itself."""
    found = [
        "shape" if message.startswith(SHAPED) else message for message in getattr(names, function)(value)
    ]
    assert found == wrong


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (LABEL, ""),
        (f"{LABEL}a", "name"),
        (f"x/{LABEL}", ""),
        (f"x/{LABEL}a", "name"),
        (f"{SUBDOMAIN}/a", ""),
        (f"{SUBDOMAIN}d/a", "prefix"),
        ("/a", "prefix"),
        ("X/a", "prefix"),
        ("X/a-", "name"),
        ("x/", "name"),
        ("x/y/z", "slash"),
        ("", "name"),
    ],
)
def test_which_part_of_a_key_is_wrong(value, fault):
    """The name before the prefix, more than one slash before both."""
    assert names.label_key_fault(value) == fault
    assert bool(names.label_key(value)) == bool(fault)


@pytest.mark.parametrize(
    ("value", "fault"),
    [(LABEL, ""), (f"{LABEL}a", "length"), (f"{LABEL}-", "shape"), ("", ""), (" ", "shape")],
)
def test_what_is_wrong_with_a_value(value, fault):
    """Its characters before its length."""
    assert names.label_value_fault(value) == fault
