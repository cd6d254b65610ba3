"""What a schema says of texts and numbers, and which values it enumerates."""

from __future__ import annotations

import math
from typing import Any

from services.objects.custom.structural import Schema
from services.objects.custom.validation import formats
from services.objects.custom.validation.findings import Check, Found, Path, add, invalid
from services.objects.custom.validation.patterns import compiled_pattern
from services.objects.equality import identical
from services.objects.golang import number, quoted, shown

_NUMBERS = (int, float)


def text_check(schema: Schema) -> Check | None:
    most, least = schema.get("maxLength"), schema.get("minLength")
    pattern = schema.get("pattern") or ""
    format = schema.get("format") or ""
    recognise = formats.recognised(format) if format else None
    matches = compiled_pattern(pattern) if pattern else None
    if most is None and least is None and not pattern and recognise is None:
        return None

    def check(value: str, old: Any, path: Path, found: Found) -> None:
        if most is not None and len(value) > most:
            add(found, path, "FieldValueTooLong", f"Too long: may not be more than {number(most)} bytes")
        elif least is not None and len(value) < least:
            invalid(found, path, value, f"should be at least {number(least)} chars long")
        elif pattern and (matches is None or not matches(value)):
            invalid(found, path, value, f"should match '{pattern}'")
        if recognise is not None and not recognise(value):
            invalid(found, path, value, f"must be of type {format}: {quoted(value)}", "FieldValueTypeInvalid")

    return check


def amount_check(schema: Schema) -> Check | None:
    multiple, least, most = schema.get("multipleOf"), schema.get("minimum"), schema.get("maximum")
    above, below = bool(schema.get("exclusiveMinimum")), bool(schema.get("exclusiveMaximum"))
    if multiple is None and least is None and most is None:
        return None

    def check(value: float, old: Any, path: Path, found: Found) -> None:
        def bound(limit: float) -> str:
            return number(math.trunc(limit) if value.__class__ is int and math.isfinite(limit) else limit)

        if multiple is not None and not _is_multiple(value, multiple):
            invalid(found, path, value, f"should be a multiple of {bound(multiple)}")
        if most is not None and (value > most or (below and value >= most)):
            invalid(found, path, value, f"should be less than {'' if below else 'or equal to '}{bound(most)}")
        if least is not None and (value < least or (above and value <= least)):
            invalid(found, path, value, f"should be greater than {'' if above else 'or equal to '}{bound(least)}")

    return check


def _is_multiple(value: float, factor: float) -> bool:
    if factor <= 0:
        return False
    if value.__class__ is int and float(factor).is_integer():
        return value % int(factor) == 0
    try:
        quotient = value / factor
    except OverflowError:
        return False
    return math.isfinite(quotient) and abs(quotient - round(quotient)) < 1e-9


def enumeration_checks(schema: Schema) -> list[Check]:
    allowed = schema.get("enum")
    if not allowed:
        return []
    texts = frozenset(each for each in allowed if each.__class__ is str)
    choices = ", ".join(quoted(each if each.__class__ is str else _json(each)) for each in allowed)

    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        if value.__class__ is str and value in texts:
            return
        if value.__class__ is not str and any(_equal(value, each) for each in allowed):
            return
        add(found, path, "FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {choices}")

    return [check]


def _json(value: Any) -> str:
    return "null" if value is None else shown(value)


def _equal(value: Any, other: Any) -> bool:
    if value.__class__ in _NUMBERS and other.__class__ in _NUMBERS:
        return bool(value == other)
    return identical(value, other)
