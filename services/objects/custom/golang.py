"""Values as Go prints them, since error texts carry them."""

from __future__ import annotations

import json
import math
from typing import Any


def number(value: float) -> str:
    """A number as `%v` prints it: 3, 1.5, 1e+21."""
    if value.__class__ is int:
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0 or 1e-4 <= abs(value) < 1e21:
        digits = f"{value:.17f}" if abs(value) < 1 and "e" in repr(value) else repr(value)
        text = f"{value:.0f}" if "e" in digits else digits
        return text.removesuffix(".0")
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{value:e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
    sign = "-" if exponent.startswith("-") else "+"
    return f"{mantissa.removesuffix('.0')}e{sign}{exponent.lstrip('+-').zfill(2)}"


def shown(value: Any) -> str:
    """A bad value in an error text: strings quoted, numbers plain, the rest JSON with sorted keys."""
    if value is None:
        return '"null"'
    if value.__class__ is bool:
        return "true" if value else "false"
    if value.__class__ in (int, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def quoted(text: str) -> str:
    """As `%q`."""
    return json.dumps(text, ensure_ascii=False)
