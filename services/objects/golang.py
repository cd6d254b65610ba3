"""Values as Go prints them: error texts of Kubernetes carry them."""

from __future__ import annotations

import json
import math
from typing import Any


def printed(value: Any) -> str:
    """As with %v: `map[a:1 b:[x <nil>]]`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, dict):
        return "map[" + " ".join([f"{key}:{printed(item)}" for key, item in sorted(value.items())]) + "]"
    if isinstance(value, list):
        return "[" + " ".join([printed(item) for item in value]) + "]"
    return str(value)


def syntax(value: Any) -> str:
    """As with %#v: `map[string]interface {}{"a":1}`."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        inner = ", ".join([f'"{key}":{syntax(item)}' for key, item in sorted(value.items())])
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join([syntax(item) for item in value])}}}"
    return "interface {}(nil)" if value is None else printed(value)


_TYPES = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}", int: "int64",
          float: "float64", type(None): "<nil>"}  # fmt: skip


def type_name(value: Any) -> str:
    """As with %T."""
    return _TYPES[type(value)]


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
