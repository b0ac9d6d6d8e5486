"""Quantities: the syntax, the canonical form and the arithmetic of Kubernetes v1.36.2."""

import json
import re
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


# --- every notation beside every number: the rules written once more, with fractions --------------------------------

DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
EXPONENTS = ("e0", "e3", "E3", "e+4", "e-3", "e-9", "e-10", "E18", "e21")
WHOLE = ("", "0", "00", "1", "7", "8", "9", "12", "500", "999", "1000", "1023", "1024", "1536", "2048")
LONG = ("9" * 7, "9" * 8, "9" * 11, "9" * 14, "1" * 17, "9" * 18, "1" * 19, "9" * 22, "1" + "0" * 18)
FRACTIONS = (None, "", "0", "5", "05", "25", "500", "000", "001", "123456789", "1234567891", "0" * 9 + "1")
MOST = 2**63 - 1


def as_kubernetes_reads(text, whole, fraction, suffix):
    """Return value, notation and canonical form by the rules of `ParseQuantity` and `CanonicalizeBytes`."""
    sign = -1 if text[0] == "-" else 1
    whole, fraction = whole.lstrip("0") or "0", fraction or ""
    number = Fraction(int(whole + fraction), 10 ** len(fraction))
    if suffix in BINARY:
        notation, size = "BinarySI", number * 2 ** BINARY[suffix]
        # the fast path: 15 digits, less those of the number and roughly those of the suffix, less one
        fast = not fraction and 15 - len(whole) - int(BINARY[suffix] * 3 / 10) - 1 >= 0
        as_typed = int(whole) & 7 != 0
    else:
        power = DECIMAL[suffix] if suffix in DECIMAL else int(suffix[1:])
        notation, size = (
            "DecimalSI" if suffix in DECIMAL else "DecimalExponent",
            number * Fraction(10) ** power,
        )
        scale = power - len(fraction)
        fast = len(whole + fraction) <= 18 and scale >= -9
        digits = whole + fraction
        as_typed = scale % 3 == 0 and not digits.endswith("000") and not digits.startswith("0")
    if not fast:
        size = Fraction(-(-size * 10**9 // 1), 10**9)  # up to whole billionths
        if notation == "BinarySI":
            size = min(size, Fraction(MOST))
            notation = "DecimalSI" if 0 < size < 1 else notation
    return sign * size, notation, text if fast and as_typed else canonical_form(sign * size, notation)


def canonical_form(value, notation):
    """Write a value with no fraction and the largest suffix, as the documentation of Quantity says."""
    if not value:
        return "0"
    if notation == "BinarySI" and value.denominator == 1 and abs(value) >= 1024:
        power = max(power for power in range(7) if value % 1024**power == 0)
        return f"{value / 1024**power}{['', *BINARY][power]}"
    power = max(power for power in range(-9, 60, 3) if (value / Fraction(10) ** power).denominator == 1)
    mantissa = value / Fraction(10) ** power
    if notation == "DecimalExponent":
        return f"{mantissa}e{power}" if power else f"{mantissa}"
    return f"{mantissa}{dict(zip(DECIMAL.values(), DECIMAL, strict=True)).get(power, '')}"


def up(value):
    """Round away from zero."""
    return int(-(-abs(value) // 1)) * (-1 if value < 0 else 1)


@pytest.mark.parametrize("suffix", [*DECIMAL, *BINARY, *EXPONENTS])
def test_every_number_with_every_suffix(suffix):
    """Value, notation and text follow `ParseQuantity` and `CanonicalizeBytes`, on both sides of each bound in them."""
    for whole in (*WHOLE, *LONG):
        for fraction in FRACTIONS if len(whole) < 15 else (None, "5", "1234567891"):
            for sign in ("", "+", "-") if len(whole) < 5 else ("", "-"):
                if not whole and not fraction:
                    continue  # no digit at all: the next test
                text = f"{sign}{whole}{'' if fraction is None else '.' + fraction}{suffix}"
                value, notation, shown = as_kubernetes_reads(text, whole, fraction, suffix)
                quantity = Quantity(text)
                assert (str(quantity), quantity.format) == (shown, notation), text
                assert (quantity.value, quantity.milli) == (up(value), up(value * 1000)), text
                assert bool(quantity) == bool(value), text


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("+ - . +. -. m -m .k E e3 -e0 .E-9 Ki .Mi +Gi -Ti", ""),
        ("Pi Ei -.Ei e-10 .e-10", "unable to parse numeric part of quantity"),
        ("1i 1Km 1e 1e+ 1ee3 --1 +-1 1Kii 1kk 1K 1mm", "unable to parse quantity's suffix"),
        ("1x 1e3m 1..2 1,5 1_0 x1", "quantities must match the regular expression"),
    ],
)
def test_a_quantity_needs_digits_and_a_known_suffix(texts, message):
    """`ParseQuantity` reads no digits as zero on its fast path, and refuses them where it leaves that path."""
    for text in texts.split():
        if not message:
            assert Quantity(text) == Quantity("0"), text
            continue
        with pytest.raises(QuantityError) as caught:
            Quantity(text)
        assert caught.value.message.startswith(message), text


SOME = [
    "0",
    "1",
    "-1",
    "1n",
    "-1n",
    "5m",
    "999m",
    "1001m",
    "1.000000001",
    "10",
    "11",
    "100",
    "99",
    "-99",
    "-100",
    "1k",
    "1Ki",
]
SOME += [
    "-1Ki",
    "1025",
    "1M",
    "1Mi",
    "1E",
    "1Ei",
    "-1Ei",
    "9e18",
    "1e21",
    "-1e21",
    "123456789.987654321",
    "1e-3",
]


def exactly(text):
    """Return the value of one of SOME."""
    whole = text.rstrip("nmkKMEi")
    suffix = text[len(whole) :]
    return Fraction(whole) * (2 ** BINARY[suffix] if suffix in BINARY else Fraction(10) ** DECIMAL[suffix])


@pytest.mark.parametrize("one", SOME)
def test_each_is_compared_with_and_added_to_each(one):
    """Order, equality, sum and difference of every pair are those of exact fractions; zero takes the other's notation."""
    a, left = Quantity(one), exactly(one)
    for other in SOME:
        b, right = Quantity(other), exactly(other)
        assert (a < b, a == b, a > b) == (left < right, left == right, left > right), other
        assert (a <= b, a >= b) == (left <= right, left >= right), other
        assert (hash(a) == hash(b)) >= (left == right), other
        for found, wanted in ((a + b, left + right), (a - b, left - right)):
            notation = a.format if left else b.format
            assert (found.format, str(found)) == (notation, canonical_form(wanted, notation)), other
            # what was calculated is as good as what was written
            assert found == Quantity(canonical_form(wanted, "DecimalExponent")), other


@pytest.mark.parametrize(
    ("exponent", "shown"),
    [
        (2**31 - 1, "10e2147483646"),
        (2**31, "1e-9"),  # -(2**31): far below a billionth
        (2**32 - 1, "100e-3"),
        (2**32, "1"),
        (2**32 + 2, "100"),
        (2**63 - 1, "100e-3"),
        (2**63, None),
        (-(2**31), "1e-9"),
        (-(2**31) - 1, "10e2147483646"),
        (-(2**32) + 3, "1e3"),
        (-(2**63), "1"),
        (-(2**63) - 1, None),
    ],
)
def test_an_exponent_wraps_round(exponent, shown):
    """`ParseInt` reads the exponent with 64 bits, and `int32()` keeps the lower half of them."""
    if shown is None:
        with pytest.raises(QuantityError, match="unable to parse quantity's suffix"):
            Quantity(f"1e{exponent}")
    else:
        assert Quantity(f"1e{exponent}") == Quantity(shown)
        assert Quantity(f"1E{exponent}").format == "DecimalExponent"


def test_what_is_kept_exactly_has_an_end():
    """Up to 4,000 digits are counted and added; one more is refused in words."""
    assert Quantity("1e4000").value == 10**4000
    assert Quantity("9" * 4000).value == 10**4000 - 1
    assert Quantity("1234567890123456789012e60").value == 1234567890123456789012 * 10**60
    assert Quantity("1234567890123456789012e-60") == Quantity("1n")
    assert Quantity(10**4000 - 1) == Quantity("9" * 4000)
    assert Quantity(1 - 10**4000) == -Quantity("9" * 4000)
    assert (Quantity("1e3999") + Quantity("1")).value == 10**3999 + 1
    assert (Quantity("1") - Quantity("1e3999")).value == 1 - 10**3999
    assert Quantity("1e4001") > Quantity("1e4000") > Quantity("9" * 4000)
    assert str(Quantity("9" * 4001 + "Ki")) == str(MOST)
    for refused in (
        lambda: Quantity("1e4001").value,
        lambda: Quantity("9" * 4001),
        lambda: Quantity(10**4000),
        lambda: Quantity(-(10**4000)),
        lambda: Quantity("1e4000") + Quantity("1"),
        lambda: Quantity("1") + Quantity("1e4000"),
        lambda: Quantity("1e3992") + Quantity("1n"),
    ):
        with pytest.raises(QuantityError):
            refused()
    assert (Quantity("1e3990") + Quantity("1n")) > Quantity("1e3990")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1e20, "100E"),
        (9.99e20, "999E"),
        (1e21, "1e+21"),
        (-1e21, "-1e+21"),
        (2.5e22, "2.5e+22"),
        (2.5e23, "250e21"),
        (-1e20, "-100E"),
        (1e16, "10P"),
        (1.5e16, "15P"),
        (1.2345678901234567e17, "123456789012345660"),
        (1e-6, "1u"),
        (-1e-6, "-1u"),
        (1.25e-5, "12500n"),
        (9.5e-7, "950e-9"),
        (1e-9, "1e-9"),
        (1e-10, "1e-9"),
        (0.1, "100m"),
        (2.0, "2"),
        (0.0, "0"),
    ],
)
def test_a_float_is_what_go_writes_as_json(value, shown):
    """From 1e-6 up to below 1e21 Go's encoding/json writes digits, else an exponent ("e-9" for e-09)."""
    assert str(Quantity(value)) == shown


def test_only_a_short_text_is_taken_for_a_slip():
    """A suggestion is made for texts of up to 60 signs."""
    for length, instead in (
        (60, "Write 1k (powers of 1000) or 1Ki (powers of 1024)."),
        (61, "Write a number, "),
    ):
        with pytest.raises(QuantityError) as caught:
            Quantity("1K".rjust(length))
        assert caught.value.hint.startswith(instead)
    with pytest.raises(QuantityError) as caught:
        Quantity("")
    assert caught.value.hint == ""


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("250 m", "Write 250m."),
        ("1,000Mi", "Write 1000Mi (powers of 1024)."),
        ("1,5Gi", "Write 1.5Gi (powers of 1024)."),
        ("2 cores", "Write 2."),
        ("500 millicores", "Write 500m."),
        ("500mCPU", "Write 500m."),
        (" 1Gi", "Write 1Gi (powers of 1024)."),
    ],
)
def test_a_hint_keeps_the_amount(text, instead):
    """Blanks, commas and units in words are taken out of a quantity, and its amount stays what it was."""
    with pytest.raises(QuantityError) as caught:
        Quantity(text)
    assert caught.value.hint == instead


@given(st.from_regex(r"[+-]?[0-9]{0,4}[ .,]?[0-9]{0,3} ?[a-zA-Z]{0,4} ?", fullmatch=True))
def test_every_hint_is_a_quantity(text):
    """What a hint proposes can be read."""
    hint = ""
    try:
        Quantity(text)
    except QuantityError as error:
        hint = error.hint
    proposed = re.findall(r"(?:Write|or) ([+-]?[0-9.]+[0-9a-zA-Z]*?)(?=\.$| \()", hint)
    assert proposed or not hint or hint.startswith("Write a number")
    for quantity in proposed:
        Quantity(quantity)
