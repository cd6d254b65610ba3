"""The vocabulary of refusals: one function per sort of cause, with Kubernetes' texts.

https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation/field has the same words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from services.objects.errors import Cause

Causes = list[Cause]

IMMUTABLE = "field is immutable"
NOT_NEGATIVE = "must be greater than or equal to 0"


def required(path: str, detail: str = "") -> Cause:
    return Cause("FieldValueRequired", _with("Required value", detail), path)


def invalid(path: str, value: Any, detail: str) -> Cause:
    """`value` may be OMITTED."""
    text = "Invalid value" if value is OMITTED else f"Invalid value: {shown(value)}"
    return Cause("FieldValueInvalid", _with(text, detail), path)


def unsupported(path: str, value: Any, supported: Iterable[str]) -> Cause:
    choices = ", ".join(shown(each) for each in supported)
    return Cause("FieldValueNotSupported",
                 _with(f"Unsupported value: {shown(value)}", f"supported values: {choices}"), path)  # fmt: skip


def forbidden(path: str, detail: str) -> Cause:
    return Cause("FieldValueForbidden", _with("Forbidden", detail), path)


def duplicate(path: str, value: Any, detail: str = "") -> Cause:
    return Cause("FieldValueDuplicate", _with(f"Duplicate value: {shown(value)}", detail), path)


def not_found(path: str, value: Any, detail: str = "") -> Cause:
    return Cause("FieldValueNotFound", _with(f"Not found: {shown(value)}", detail), path)


def too_long(path: str, limit: int) -> Cause:
    """`limit` in bytes."""
    return Cause("FieldValueTooLong", f"Too long: may not be more than {limit} bytes", path)


def too_many(path: str, count: int, limit: int) -> Cause:
    return Cause("FieldValueTooMany", f"Too many: {count}: must have at most {limit} items", path)


def _with(text: str, detail: str) -> str:
    return f"{text}: {detail}" if detail else text


class _Nil:
    """A map that is not there, which error texts show otherwise than a value that is not there."""


NIL: Any = _Nil()
OMITTED: Any = type("Omitted", (), {})()  # a value too large or too many-sided to be shown


def shown(value: Any) -> str:
    """A value as error texts show it: JSON, with null in quotes."""
    if value is NIL:
        return "null"
    return '"null"' if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def add_invalid(causes: Causes, path: str, value: Any, errors: Iterable[str]) -> None:
    """One cause per text of `services.objects.names`."""
    for error in errors:
        causes.append(invalid(path, value, error))


def not_negative(causes: Causes, path: str, value: int | None) -> None:
    if value is not None and value < 0:
        causes.append(invalid(path, value, NOT_NEGATIVE))


def one_of(causes: Causes, path: str, value: Any, supported: Sequence[str]) -> None:
    """A value of an enumeration that must be given."""
    if not value:
        causes.append(required(path))
    elif value not in supported:
        causes.append(unsupported(path, value, supported))


def immutable(causes: Causes, path: str, new: Any, old: Any) -> None:
    if new != old:
        causes.append(invalid(path, new, IMMUTABLE))


def between(lowest: int, highest: int) -> str:
    return f"must be between {lowest} and {highest}, inclusive"
