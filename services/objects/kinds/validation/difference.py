"""The lines with which a refusal tells what an update would have changed."""

from __future__ import annotations

import json
from typing import Any

_LONGEST = 20


def difference(new: Any, old: Any, path: str) -> str:
    """- what was, + what is wanted, a field a line."""
    return "\n".join(_lines(new, old, path)[:_LONGEST])


def _lines(new: Any, old: Any, path: str) -> list[str]:
    if isinstance(new, dict) and isinstance(old, dict):
        lines: list[str] = []
        for name in sorted({*new, *old}):
            if new.get(name) != old.get(name):
                lines += _lines(new.get(name), old.get(name), f"{path}.{name}")
        return lines
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        lines = []
        for index, (after, before) in enumerate(zip(new, old, strict=True)):
            if after != before:
                lines += _lines(after, before, f"{path}[{index}]")
        return lines
    return [f"{sign} {path}: {json.dumps(value)}" for sign, value in (("-", old), ("+", new)) if value is not None]
