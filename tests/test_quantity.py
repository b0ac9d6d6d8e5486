"""Quantities: the syntax, the canonical form and the arithmetic of Kubernetes v1.36.2."""

import json
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.api.quantity import Quantity
from k8snotes.errors import QuantityError

GOLDEN = Path(__file__).resolve().parent / "golden"
ROWS = json.loads((GOLDEN / "quantities.json").read_text(encoding="utf-8"))
PAIRS = json.loads((GOLDEN / "quantity_compare.json").read_text(encoding="utf-8"))
POWERS = {
    "": 1,
    "m": Fraction(1, 1000),
    "k": 1000,
    "M": 10**6,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "e3": 1000,
}

numbers = st.builds(
    lambda sign, whole, fraction: f"{sign}{whole}{'.' + fraction if fraction else ''}",
    st.sampled_from(["", "-"]),
    st.integers(0, 10**9),
    st.text("0123456789", max_size=3),
)
quantities = st.tuples(numbers, st.sampled_from(sorted(POWERS)))


@pytest.mark.parametrize("row", ROWS, ids=[repr(row["input"])[:30] for row in ROWS])
def test_reads_what_kubernetes_reads(row):
    """A quantity has Kubernetes' canonical form and value, or is refused with Kubernetes' message."""
    if not row["ok"]:
        with pytest.raises(QuantityError) as caught:
            Quantity(row["input"])
        assert caught.value.message == row["error"]
        assert str(caught.value).startswith(row["error"])
        return
    quantity = Quantity(row["input"])
    assert (str(quantity), quantity.format) == (row["canonical"], row["format"])
    assert quantity.value == row["bytes_or_units"]
    if row["milli"] is not None:
        assert quantity.milli == row["milli"]


@pytest.mark.parametrize("row", PAIRS, ids=[f"{row['a']}_{row['b']}"[:40] for row in PAIRS])
def test_compares_and_adds_as_kubernetes_does(row):
    """Two quantities compare by value, and their sum is printed in the notation of the first."""
    a, b = Quantity(row["a"]), Quantity(row["b"])
    assert (a > b) - (a < b) == row["cmp"]
    assert (a == b) == (row["cmp"] == 0)
    assert (str(a + b), str(a - b)) == (row["a_plus_b"], row["a_minus_b"])


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("1K", "Write 1k (powers of 1000) or 1Ki (powers of 1024)."),
        ("128MB", "Write 128M (powers of 1000) or 128Mi (powers of 1024)."),
        ("16384MiB", "Write 16384Mi (powers of 1024)."),
        ("128 Mi", "Write 128Mi (powers of 1024)."),
        ("1,5", "Write 1.5."),
        ("1gb", "Write 1G (powers of 1000) or 1Gi (powers of 1024)."),
    ],
)
def test_says_what_to_type_instead(text, instead):
    """The error of a common slip ends with what was probably meant."""
    with pytest.raises(QuantityError) as caught:
        Quantity(text)
    assert caught.value.hint == instead
    assert str(caught.value).endswith(instead)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [(1, "1"), (0.5, "500m"), (1e3, "1k"), (1e-7, "100e-9"), (2.5e-5, "25u"), (-3, "-3")],
)
def test_takes_numbers_as_manifests_have_them(value, canonical):
    """A number without quotes is read as the JSON number it becomes."""
    assert str(Quantity(value)) == canonical


@pytest.mark.parametrize(
    "value",
    [True, None, [], {}, float("nan"), float("inf"), 10**5000],
    ids=lambda value: type(value).__name__,
)
def test_refuses_what_is_no_quantity(value):
    """Anything else than text or a number is refused with words, not with a crash."""
    with pytest.raises(QuantityError):
        Quantity(value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1e999999999", "1e999999999"),
        ("1e-999999999", "1e-9"),
        ("9" * 1_000_000 + "Ki", "9223372036854775807"),
        ("0" * 1_000_000, "0"),
        ("." + "0" * 1_000_000 + "1", "1n"),
        ("9" * 1_000_000, None),
        ("0" * 1_000_000 + "x", None),
        ("1e99999999999999999999", None),
    ],
    ids=lambda value: str(value)[:12],
)
def test_huge_inputs_are_quick(text, shown):
    """However long or large: a capped value or a QuantityError, at once."""
    start = time.perf_counter()
    try:
        assert str(Quantity(text)) == shown
    except QuantityError:
        assert shown is None
    assert time.perf_counter() - start < 1


def test_what_is_too_large_to_count_says_so():
    """A number of a billion digits is compared, but neither counted nor added to a small one."""
    huge = Quantity("1e999999999")
    assert huge > Quantity("1E") > Quantity("-1e999999999")
    with pytest.raises(QuantityError, match="too large to be counted"):
        _ = huge.value
    with pytest.raises(QuantityError, match="too far apart"):
        huge + Quantity("1")


def test_behaves_like_a_number():
    """Quantities hash by value, add up with sum(), negate, and are false when zero."""
    assert len({Quantity("1"), Quantity("1000m"), Quantity("1.0")}) == 1
    assert sum([Quantity("250m"), Quantity("0.75")]) == Quantity("1")
    assert (-Quantity("250m")).milli == -250
    assert not Quantity("0Mi")
    assert repr(Quantity("0.25")) == "Quantity('250m')"
    assert Quantity(Quantity("+1")).format == "DecimalSI"
    assert Quantity("1") != 1


@given(quantities)
def test_the_canonical_form_reads_back(parts):
    """What a quantity prints is the same quantity."""
    quantity = Quantity("".join(parts))
    assert Quantity(str(quantity)) == quantity
    assert str(Quantity(str(quantity + Quantity("0")))) == str(quantity + Quantity("0"))


def exact(parts):
    return Fraction(parts[0]) * POWERS[parts[1]]


@given(quantities, quantities)
def test_order_and_sums_are_exact(a, b):
    """Order, sums and differences are those of exact fractions."""
    left, right = Quantity("".join(a)), Quantity("".join(b))
    assert (left < right) == (exact(a) < exact(b))
    nano = 10**9
    total, difference = left + right, left - right
    for found, wanted in ((total, exact(a) + exact(b)), (difference, exact(a) - exact(b))):
        scaled = wanted * 1000
        away = -((-scaled) // 1) if scaled > 0 else scaled // 1
        if (wanted * nano).denominator == 1:
            assert found.milli == away


@pytest.mark.parametrize("length", [9, 10, 17, 18, 19, 20, 40, 400])
def test_a_long_fraction_is_rounded_up_to_billionths(length):
    """However many digits follow, the first nine count, and whatever comes after them rounds up."""
    more = length > 9
    assert Quantity("7." + "3" * length) == Quantity("7.333333334" if more else "7.333333333")
    assert Quantity("1." + "0" * length + "1") == Quantity("1.000000001")
    assert Quantity("0." + "0" * length + "1") == Quantity("1n")
    assert Quantity("12345." + "0" * length) == Quantity("12345")
