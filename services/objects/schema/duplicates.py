"""Finds keys that a JSON text gives twice, which a parser silently folds into one.

Nearly all texts have none, so that is settled first by counting `":` in the text and in the parsed object printed
again: a duplicate is missing from the second. Only when the counts differ, or when the text spells things in a way that
a count cannot compare, is it read again by a parser that shows every pair.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

# What the one message about all keys that a YAML text gives twice begins with; a line for each follows.
YAML_HEADING = "yaml: unmarshal errors:\n"

_KEY_END = b'":'
_NOT_COMPARABLE = (b" :", b"\t:", b"\n:", b"\r:", b"\\u00")


def duplicate_fields(text: bytes, parsed: Any) -> list[str]:
    """Messages like `duplicate field "spec.replicas"`. `parsed` is the text's value as `wire.json` reads it, not yet
    changed."""
    if text.count(_KEY_END) == orjson.dumps(parsed).count(_KEY_END) and not any(
        spelling in text for spelling in _NOT_COMPARABLE
    ):
        return []
    messages: list[str] = []
    # Numbers say nothing here, and Python takes quadratic time for long ones.
    _report(json.loads(text, object_pairs_hook=_Pairs, parse_int=len, parse_float=len), "", messages)
    return messages


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, told apart from an array."""


def _report(value: Any, path: str, messages: list[str]) -> None:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, item in value:
            place = f"{path}.{key}" if path else key
            if key in seen:
                messages.append(f'duplicate field "{place}"')
            seen.add(key)
            _report(item, place, messages)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _report(item, f"{path}[{index}]", messages)
