"""Finds keys that a JSON text gives twice, which a parser silently folds into one.

Nearly all texts have none, so that is settled first by counting: as many `":` in the text as keys in the parsed object.
Only when the counts differ, or when a colon stands apart from its key, is the text read again by a parser that shows
every pair.
"""

from __future__ import annotations

import json
from typing import Any

_COLONS_APART = (b" :", b"\t:", b"\n:", b"\r:")


def duplicate_fields(text: bytes, parsed: Any) -> list[str]:
    """Messages like `duplicate field "spec.replicas"`. `parsed` is the text's value, not yet changed."""
    if text.count(b'":') == _keys(parsed) and not any(colon in text for colon in _COLONS_APART):
        return []
    messages: list[str] = []
    _report(json.loads(text, object_pairs_hook=_Pairs), "", messages)
    return messages


def _keys(value: Any) -> int:
    """How many keys there are at any depth; parsers limit the depth."""
    if value.__class__ is list:
        return sum(_keys(item) for item in value if item.__class__ is dict or item.__class__ is list)
    if value.__class__ is not dict:
        return 0
    count = len(value)
    for item in value.values():
        if item.__class__ is dict or item.__class__ is list:
            count += _keys(item)
    return count


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
