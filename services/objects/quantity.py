"""Quantities (`500m`, `1.5Gi`, `1e3`): exact integers of nano units, and Kubernetes' canonical text.

Nothing smaller than a nano exists in the API and everything is rounded away from zero to it, so an integer is exact
where a Decimal needs a context and a Fraction costs a gcd per operation.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from services.objects.memo import remembered

NANO = 10**9
MAX = (2**63 - 1) * NANO

DECIMAL_SI, BINARY_SI, DECIMAL_EXPONENT = "DecimalSI", "BinarySI", "DecimalExponent"

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX = ("", *_BINARY)

_COMMON = {"": NANO, "m": 10**6, "k": 10**12, "M": 10**15, "G": 10**18,
           "Ki": NANO << 10, "Mi": NANO << 20, "Gi": NANO << 30, "Ti": NANO << 40}  # fmt: skip
_common = re.compile(r"([0-9]{1,6})(m|k|M|G|Ki|Mi|Gi|Ti)?", re.ASCII).fullmatch
_general = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)", re.ASCII).fullmatch

_WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_WRONG_SUFFIX = "unable to parse quantity's suffix"
_WRONG_NUMBER = "unable to parse numeric part of quantity"
_LONGEST = 1000  # digits; int() of more is slow, and no such amount exists
_LARGEST_EXPONENT = 60


class QuantityError(ValueError):
    """The text is no quantity; the message is Kubernetes'."""


class Quantity(NamedTuple):
    """Compares by amount first; the format only says how it is written."""

    nano: int
    format: str = DECIMAL_SI

    def __str__(self) -> str:
        return canonical(self)


@remembered()
def _parsed(text: str) -> Quantity:
    common = _common(text)
    if common is not None:
        suffix = common[2] or ""
        return Quantity(int(common[1]) * _COMMON[suffix], BINARY_SI if suffix in _BINARY else DECIMAL_SI)
    match = _general(text)
    if match is None or not (match[2] or match[3]):
        raise QuantityError(_WRONG_FORMAT)
    base, exponent, form = _suffix(match[4], match[5])
    whole, fraction = match[2].lstrip("0") or "0", match[3] or ""
    if len(whole) + len(fraction) > _LONGEST:
        raise QuantityError(_WRONG_NUMBER)
    nano = _scaled(int(whole + fraction), len(fraction), base, exponent)
    if nano > MAX and not _is_small(whole, fraction, base, exponent):
        nano = MAX
    return Quantity(-nano if match[1] == "-" else nano, form)


def _suffix(letters: str, digits: str) -> tuple[int, int, str]:
    """(base, exponent, format) of a suffix."""
    if not digits:
        if letters in _DECIMAL:
            return 10, _DECIMAL[letters], DECIMAL_SI
        if letters in _BINARY:
            return 2, _BINARY[letters], BINARY_SI
    elif letters in ("e", "E") and digits not in ("+", "-") and len(digits) < 20:
        return 10, int(digits), DECIMAL_EXPONENT
    raise QuantityError(_WRONG_SUFFIX)


def _scaled(digits: int, places: int, base: int, exponent: int) -> int:
    """digits * 10**-places * base**exponent in nano units, rounded up."""
    if digits == 0:
        return 0
    if base == 2:
        return -(-((digits * NANO) << exponent) // int(10**places))
    power = exponent + 9 - places
    if power >= 0:
        return digits * 10**power if power <= _LONGEST else MAX + 1
    return -(-digits // 10**-power) if -power <= 2 * _LONGEST else 1


def _is_small(whole: str, fraction: str, base: int, exponent: int) -> bool:
    """Kubernetes keeps an amount with few digits beyond its cap of 2**63 - 1, and caps all others."""
    return base == 10 and len(whole) + len(fraction) <= 18 and exponent <= _LARGEST_EXPONENT


def parse(text: object) -> Quantity:
    """From the JSON value (text, or a number as users write it); raises QuantityError."""
    if isinstance(text, str):
        return _parsed(text.strip() if len(text) < _LONGEST * 2 else text)
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _parsed(str(text) if isinstance(text, float) or abs(text) < 10**_LONGEST else "")
    raise QuantityError(_WRONG_FORMAT)


def is_valid(text: object) -> bool:
    try:
        parse(text)
    except QuantityError:
        return False
    return True


def nano(text: object) -> int:
    return parse(text).nano


def milli(text: object) -> int:
    """In thousandths, rounded up: `0.1` and `100m` of cpu are 100."""
    return -(-parse(text).nano // 10**6)


def value(text: object) -> int:
    """In whole units, rounded up: bytes, pods."""
    return -(-parse(text).nano // NANO)


def rounded(text: object) -> str:
    """How a ResourceList keeps an amount: rounded up to thousandths, canonical. Raises QuantityError."""
    amount, form = parse(text)
    thousandths = -(-abs(amount) // 10**6) * 10**6
    return canonical(Quantity(-thousandths if amount < 0 else thousandths, form))


def canonical(quantity: Quantity) -> str:
    """No fraction, the largest exponent that allows that; binary only where it is exact and at least 1024."""
    amount, form = quantity
    if amount == 0:
        return "0"
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    if form == BINARY_SI and size >= 1024 * NANO and size % NANO == 0:
        units, power = size // NANO, 0
        while power < len(_BINARY_SUFFIX) - 1 and units % 1024 == 0:
            units, power = units // 1024, power + 1
        return f"{sign}{units}{_BINARY_SUFFIX[power]}"
    exponent = -9
    while size % 1000 == 0 and (exponent < 18 or form == DECIMAL_EXPONENT):
        size, exponent = size // 1000, exponent + 3
    if form == DECIMAL_EXPONENT:
        return f"{sign}{size}e{exponent}" if exponent else f"{sign}{size}"
    return f"{sign}{size}{_DECIMAL_SUFFIX[exponent]}"
