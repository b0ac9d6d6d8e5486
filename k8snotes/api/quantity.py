"""How much: CPU, memory and counts as manifests write them ("250m", "64Mi"), exact as in Kubernetes."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import total_ordering
from typing import Literal, NamedTuple

from k8snotes.catalogue import _
from k8snotes.errors import QuantityError
from k8snotes.face import offered

__all__ = ["Quantity"]

Format = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

_FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_NUMBER_WRONG = "unable to parse numeric part of quantity"
_SUFFIX_WRONG = "unable to parse quantity's suffix"

_SHAPE = re.compile(r"[+-]?0*+([0-9]*+)(?:\.([0-9]*+))?+([eEinumkKMGTP]*+[-+]?[0-9]*)", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX = {0: "", **{power // 10: suffix for suffix, power in _BINARY.items()}}

_NANO = -9
_MAX_INT64 = 2**63 - 1
# More digits than fit an int64: Kubernetes then leaves its fast path and forgets the text as typed.
_FAST_DIGITS = 18
# Kubernetes has no such bound and would spend minutes; nothing that is counted has that many digits.
_MOST_DIGITS = 4000
_KEPT_FRACTION = 40


class _Number(NamedTuple):
    """An exact number: `mantissa` * 10**`exponent`, with no factor of ten left in the mantissa."""

    mantissa: int
    exponent: int


def _number(mantissa: int, exponent: int) -> _Number:
    if mantissa == 0:
        return _Number(0, 0)
    if mantissa % 10 == 0:
        digits = str(mantissa)
        bare = digits.rstrip("0")
        return _Number(int(bare), exponent + len(digits) - len(bare))
    return _Number(mantissa, exponent)


def _ten(power: int) -> int:
    return int(10**power)


def _scaled(number: _Number, exponent: int) -> int:
    # the number in units of 10**exponent, rounded away from zero
    shift = number.exponent - exponent
    if shift >= 0:
        if shift > _MOST_DIGITS:
            raise QuantityError(
                _("the quantity {quantity} is too large to be counted", quantity=_plain(number)),
                hint=_("It has more than {most} digits. Write a smaller quantity.", most=_MOST_DIGITS),
            )
        return number.mantissa * _ten(shift)
    size = abs(number.mantissa)
    rounded = 1 if -shift > len(str(size)) else -(-size // _ten(-shift))
    return rounded if number.mantissa > 0 else -rounded


def _plain(number: _Number) -> str:
    return f"{number.mantissa}e{number.exponent}" if number.exponent else str(number.mantissa)


def _compare(a: _Number, b: _Number) -> int:
    if (a.mantissa > 0) != (b.mantissa > 0) or not a.mantissa or not b.mantissa:
        return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa)
    sign = 1 if a.mantissa > 0 else -1
    size_a = len(str(abs(a.mantissa))) + a.exponent
    size_b = len(str(abs(b.mantissa))) + b.exponent
    if size_a != size_b:
        return sign if size_a > size_b else -sign
    # the same number of digits before the point: aligning costs no more than the digits there are
    low = min(a.exponent, b.exponent)
    left, right = a.mantissa * _ten(a.exponent - low), b.mantissa * _ten(b.exponent - low)
    return (left > right) - (left < right)


def _add(a: _Number, b: _Number, sign: int) -> _Number:
    if not b.mantissa:
        return a
    if not a.mantissa:
        return _Number(sign * b.mantissa, b.exponent)
    low = min(a.exponent, b.exponent)
    high = max(len(str(abs(n.mantissa))) + n.exponent for n in (a, b))
    if high - low > _MOST_DIGITS:
        raise QuantityError(
            _(
                "{one} and {other} are too far apart to be added exactly",
                one=_plain(a)[:40],
                other=_plain(b)[:40],
            ),
            hint=_("The result would have more than {most} digits.", most=_MOST_DIGITS),
        )
    return _number(a.mantissa * _ten(a.exponent - low) + sign * b.mantissa * _ten(b.exponent - low), low)


def _interpret(suffix: str) -> tuple[Format, int] | None:
    # the notation of a suffix, and its power: of two for BinarySI, else of ten
    if suffix in _DECIMAL:
        return "DecimalSI", _DECIMAL[suffix]
    if suffix in _BINARY:
        return "BinarySI", _BINARY[suffix]
    if re.fullmatch(r"[eE][-+]?[0-9]{1,25}", suffix) and -(2**63) <= int(suffix[1:]) < 2**63:
        # Kubernetes keeps the exponent in 32 bits and lets it wrap round
        return "DecimalExponent", (int(suffix[1:]) + 2**31) % 2**32 - 2**31
    return None


def _is_as_typed(format_: Format, digits: str, exponent: int) -> bool:
    # Kubernetes keeps the text where this quick look says that it is canonical already
    if format_ == "BinarySI":
        return int(digits) % 8 != 0
    return exponent % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


def _parse(text: str) -> tuple[_Number, Format, str]:
    """Read a quantity.

    Returns:
        Its number, its notation, and its text if Kubernetes prints it as it was typed, else "".
    """
    shape = _SHAPE.fullmatch(text)
    if not text or shape is None:
        raise QuantityError(_FORMAT_WRONG, hint=_hint(text))
    whole, fraction, suffix = shape[1] or "0", shape[2] or "", shape[3]
    meaning = _interpret(suffix)
    if meaning is None:
        raise QuantityError(_SUFFIX_WRONG, hint=_hint(text))
    format_, power = meaning
    binary = format_ == "BinarySI"
    sign = -1 if text[0] == "-" else 1
    exponent = (0 if binary else power) - len(fraction)
    if binary:
        # 1Mi (2**20) has about six digits
        fast = not fraction and 14 - len(whole) - power * 3 // 10 >= 0
    else:
        fast = len(whole) + len(fraction) <= _FAST_DIGITS and exponent >= _NANO
    if fast:
        digits = whole + fraction
        typed = text if _is_as_typed(format_, digits, exponent) else ""
        mantissa = int(digits) << power if binary else int(digits)
        return _number(sign * mantissa, exponent), format_, typed
    number_text = text[: len(text) - len(suffix)]
    if not number_text.strip("+-."):
        raise QuantityError(_NUMBER_WRONG, hint=_("Write digits before the suffix, as in 64Mi."))
    size = _rounded(whole + fraction, exponent, power if binary else 0)
    if binary and _compare(size, _number(_MAX_INT64, 0)) > 0:
        size = _number(_MAX_INT64, 0)
    if binary and size.mantissa and _compare(size, _Number(1, 0)) < 0:
        format_ = "DecimalSI"
    return _Number(sign * size.mantissa, size.exponent), format_, ""


def _rounded(digits: str, exponent: int, power: int) -> _Number:
    """Return digits * 10**exponent * 2**power, rounded up to whole billionths as Kubernetes does."""
    digits = digits.lstrip("0")
    bare = digits.rstrip("0")
    exponent += len(digits) - len(bare)
    if not bare:
        return _Number(0, 0)
    cut = -_KEPT_FRACTION - exponent
    if cut > 0:
        # what is cut off only says "and a little more", which the last digit keeps
        bare, exponent = (bare[:-cut] if cut < len(bare) else "") + "1", exponent + cut - 1
    if len(bare) > _MOST_DIGITS:
        if power:
            return _number(_MAX_INT64 + 1, 0)
        raise QuantityError(
            _("a quantity with {digits} digits is too long", digits=len(bare)),
            hint=_("Write at most {most} digits.", most=_MOST_DIGITS),
        )
    exact = _Number(int(bare) << power, exponent)
    return exact if exponent >= _NANO and not power else _number(*_to_nano(exact))


def _to_nano(number: _Number) -> _Number:
    return number if number.exponent >= _NANO else _Number(_scaled(number, _NANO), _NANO)


def _canonical(number: _Number, format_: Format) -> str:
    # Quantity.CanonicalizeBytes
    mantissa, exponent = number
    if not mantissa:
        return "0"
    if format_ == "BinarySI":
        whole = exponent >= 0 and abs(mantissa) * _ten(min(exponent, 5))
        if whole and whole >= 1024:
            units, thousands = _scaled(number, 0), 0
            while units % 1024 == 0:
                units, thousands = units // 1024, thousands + 1
            # there is no suffix above Ei; Kubernetes drops it silently
            return str(units) + _BINARY_SUFFIX.get(thousands, "")
        format_ = "DecimalSI"
    spare = exponent % 3
    mantissa, exponent = mantissa * _ten(spare), exponent - spare
    if format_ == "DecimalExponent":
        return f"{mantissa}e{exponent}" if exponent else str(mantissa)
    # v1.36 drops an exponent above E as well
    return str(mantissa) + _DECIMAL_SUFFIX.get(exponent, "")


_WRITE_INSTEAD = {"k": "k", "m": "M", "g": "G", "t": "T", "p": "P", "e": "E"}
_TYPO = r"([+-]?[0-9]+(?:\.[0-9]+)?)([kKmMgGtTpPeE])?(i)?(b|bytes?)?"
_IN_WORDS = r"([+-]?[0-9]+(?:\.[0-9]+)?)(m|milli)?(?:v?cpus?|cores?)"
_THOUSANDS = r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,.])"


def _hint(text: str) -> str:
    """Say what to type instead of a quantity that Kubernetes refuses, "" if nothing better is known.

    What it proposes is a quantity: each proposal has been read before.
    """
    if not text:
        return ""
    if len(text) <= 60:
        bare = re.sub(r"\s+", "", text, flags=re.ASCII)
        bare = bare.replace(",", "" if re.match(_THOUSANDS, bare) else ".")
        if _can_be_read(bare):
            if bare.endswith("i"):
                return _("Write {binary} (powers of 1024).", binary=bare)
            return _("Write {quantity}.", quantity=bare)
        words = re.fullmatch(_IN_WORDS, bare, re.IGNORECASE | re.ASCII)
        if words is not None:
            return _("Write {quantity}.", quantity=f"{words[1]}{'m' if words[2] else ''}")
        typo = re.fullmatch(_TYPO, bare, re.IGNORECASE | re.ASCII)
        if typo is not None:
            return _hint_for(typo)
    return _(
        "Write a number, followed by one of the suffixes n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi or Ei."
    )


def _hint_for(typo: re.Match[str]) -> str:
    number, letter = typo[1], _WRITE_INSTEAD.get((typo[2] or "").lower(), "")
    if not letter:
        return _("Write {quantity}.", quantity=number)
    binary, decimal = f"{number}{letter.upper()}i", f"{number}{letter}"
    if typo[3]:
        return _("Write {binary} (powers of 1024).", binary=binary)
    return _("Write {decimal} (powers of 1000) or {binary} (powers of 1024).", decimal=decimal, binary=binary)


def _can_be_read(text: str) -> bool:
    shape = _SHAPE.fullmatch(text)
    return bool(shape and (shape[1] or shape[2] or "0" in text) and _interpret(shape[3]) is not None)


def _json_number(value: float) -> str:
    # a YAML number reaches the API server as JSON, which Go writes without an exponent below 1e21
    if not math.isfinite(value):
        raise QuantityError(_FORMAT_WRONG, hint=_("Write a finite number, such as 0.5."))
    text = repr(float(value))
    if "e" not in text:
        return text.removesuffix(".0")
    if abs(value) >= 1e21 or abs(value) < 1e-6:
        return text.replace("e-0", "e-")  # Go writes no zero before the one digit of an exponent
    return f"{Decimal(text):f}"  # the shortest digits that mean this number, as Go writes them


@total_ordering
class Quantity:
    """An amount as Kubernetes writes it, such as 250m (thousandths) or 64Mi (1024 * 1024 bytes each).

    Arithmetic and comparison are exact; `str` gives the canonical form that Kubernetes prints.

    Args:
        value: text, or a number as a manifest may have it.

    Raises:
        QuantityError: Kubernetes would refuse it, and says why; or a sum has more digits than can be kept.

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    and `ParseQuantity` of k8s.io/apimachinery/pkg/api/resource

    >>> Quantity("1.5Gi")
    Quantity('1536Mi')
    >>> Quantity("250m") + Quantity(0.75)
    Quantity('1')
    >>> Quantity("1000m") == Quantity("1"), Quantity("1k") < Quantity("1Ki")
    (True, True)
    >>> Quantity("1K")
    Traceback (most recent call last):
    ...
    k8snotes.errors.QuantityError: unable to parse quantity's suffix
    Write 1k (powers of 1000) or 1Ki (powers of 1024).
    """

    __slots__ = ("_format", "_number", "_text")

    __dir__ = offered()

    _number: _Number
    _format: Format
    _text: str

    def __init__(self, value: str | float | Quantity) -> None:
        if isinstance(value, Quantity):
            other: Quantity = value
            self._number, self._format, self._text = other._number, other._format, other._text
            return
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            hint = _(
                "A quantity is a number, or text such as 250m or 64Mi, not a value of type {type}.",
                type=type(value).__name__,
            )
            raise QuantityError(_FORMAT_WRONG, hint=hint)
        if isinstance(value, float):
            value = _json_number(value)
        elif isinstance(value, int):
            if abs(value) >= 10**_MOST_DIGITS:
                raise QuantityError(_NUMBER_WRONG, hint=_("Write at most {most} digits.", most=_MOST_DIGITS))
            value = str(value)
        self._number, self._format, self._text = _parse(value)

    @classmethod
    def _of(cls, number: _Number, format_: Format) -> Quantity:
        made: Quantity = cls.__new__(cls)
        made._number, made._format, made._text = number, format_, ""
        return made

    @property
    def value(self) -> int:
        """The amount in whole units (bytes, CPUs, objects), rounded away from zero.

        Source of the rule: `Quantity.Value` of k8s.io/apimachinery/pkg/api/resource.

        >>> Quantity("1500m").value, Quantity("-0.5").value, Quantity("64Mi").value
        (2, -1, 67108864)
        """
        return _scaled(self._number, 0)

    @property
    def milli(self) -> int:
        """The amount in thousandths (millicores for CPU), rounded away from zero.

        Source of the rule: `Quantity.MilliValue` of k8s.io/apimachinery/pkg/api/resource.

        >>> Quantity("0.25").milli
        250
        """
        return _scaled(self._number, -3)

    @property
    def format(self) -> Format:
        """The notation it was written in and is printed in: DecimalSI, BinarySI or DecimalExponent.

        >>> Quantity("64Mi").format, Quantity("64M").format, Quantity("64e6").format
        ('BinarySI', 'DecimalSI', 'DecimalExponent')
        """
        return self._format

    def __str__(self) -> str:
        if not self._text:
            self._text = _canonical(self._number, self._format)
        return self._text

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __bool__(self) -> bool:
        return self._number.mantissa != 0

    def __hash__(self) -> int:
        return hash(self._number)

    def __eq__(self, other: object) -> bool:
        return self._number == other._number if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return _compare(self._number, other._number) < 0 if isinstance(other, Quantity) else NotImplemented

    def __add__(self, other: Quantity) -> Quantity:
        return self._plus(other, 1) if isinstance(other, Quantity) else NotImplemented

    def __sub__(self, other: Quantity) -> Quantity:
        return self._plus(other, -1) if isinstance(other, Quantity) else NotImplemented

    def __radd__(self, other: object) -> Quantity:
        # sum() starts at the integer 0
        return self if other == 0 else NotImplemented

    def __neg__(self) -> Quantity:
        return self._of(_Number(-self._number.mantissa, self._number.exponent), self._format)

    def _plus(self, other: Quantity, sign: int) -> Quantity:
        # the sum is printed in the notation of its first part, unless that is zero
        format_ = self._format if self else other._format
        return self._of(_add(self._number, other._number, sign), format_)
