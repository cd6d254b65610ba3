"""What a schema has against a value, as it is gathered: causes, and the place that they speak of.

A path is a linked tuple that is spelled out only when there is something to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.objects.errors import Cause
from services.objects.golang import quoted, shown

Path = tuple[Any, str] | None
Found = list[Cause]
# (value, the value before the update or ABSENT, path, where causes go)
Check = Callable[[Any, Any, Path, Found], None]

# How Kubernetes spells the path of the whole object.
NO_PATH = "<nil>"


def spelled(path: Path) -> str:
    """`spec.items[0].name`; "" at the root."""
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(part)
    return "".join(reversed(parts)).removeprefix(".")


def add(found: Found, path: Path, reason: str, message: str) -> None:
    found.append(Cause(reason, message, spelled(path) or NO_PATH))


def invalid(found: Found, path: Path, value: Any, text: str, reason: str = "FieldValueInvalid") -> None:
    add(found, path, reason, f"Invalid value: {shown(value)}: {spelled(path)} in body {text}")


def mistyped(found: Found, path: Path, wanted: str, got: str) -> None:
    invalid(found, path, got, f"must be of type {wanted}: {quoted(got)}", "FieldValueTypeInvalid")
