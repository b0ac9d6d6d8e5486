"""What may be a label key, a label value, a DNS name or a port name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
