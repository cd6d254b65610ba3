"""Finds keys that a JSON text gives twice, which a parser silently folds into one.

Nearly all texts have none, so that is settled first by counting `":` in the text and in the parsed object printed
again: a duplicate is missing from the second. Only when the counts differ, or when the text spells things in a way that
a count cannot compare, is it read again by a parser that shows every pair.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from services.objects.wire.json import mended

_KEY_END = b'":'
# One letter is looked for ten times faster than two, and most texts have none of these letters.
_NOT_COMPARABLE = ((b"\n", b"\n:"), (b" ", b" :"), (b"\\", b"\\u00"), (b"\t", b"\t:"), (b"\r", b"\r:"))


# Strict decoding says no more than so many things.
MOST = 100
# A path is spelled up to here: without a bound, a long key above many others would make the time quadratic.
_LONGEST = 1024


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, told apart from an array."""


class DuplicateFields(tuple[str, ...]):
    """Messages like `duplicate field "spec.replicas"`, each once; the text stays at hand for `in_order`."""

    pairs: Any

    def __new__(cls, messages: Iterable[str], pairs: Any = None) -> DuplicateFields:
        found = super().__new__(cls, messages)
        found.pairs = pairs
        return found


_NONE = DuplicateFields(())


def duplicate_fields(text: bytes, parsed: Any) -> DuplicateFields:
    """`parsed` is the text's value as `wire.json` reads it, not yet changed."""
    if text.count(_KEY_END) == orjson.dumps(parsed).count(_KEY_END) and _comparable(text):
        return _NONE
    # Numbers say nothing here, and Python takes quadratic time for long ones.
    pairs = json.loads(mended(text), object_pairs_hook=_Pairs, parse_int=len, parse_float=len)
    messages = _first(pairs, {})
    return DuplicateFields(messages, pairs) if messages else _NONE


def _comparable(text: bytes) -> bool:
    """Whether every key ends in `":` and nothing else is spelled so."""
    return not any(letter in text and spelling in text for letter, spelling in _NOT_COMPARABLE)


def in_order(duplicates: Sequence[str], unknown: Sequence[str]) -> list[str]:
    """All that strict decoding finds, as Kubernetes tells it: in the order of the text, where that is known, and
    nothing of what unknown fields hold, which is not decoded."""
    if not unknown or not isinstance(duplicates, DuplicateFields):
        return [*duplicates, *unknown][:MOST]
    found = _first(duplicates.pairs, {message[message.index('"') + 1 : -1]: message for message in unknown})
    return list(dict.fromkeys([*found, *unknown]))[:MOST]


def _first(pairs: Any, unknown: Mapping[str, str]) -> list[str]:
    """The first messages, each once; `unknown` are those of unknown fields, by their paths."""
    return list(itertools.islice(dict.fromkeys(_told(pairs, "", unknown)), MOST))


def _told(value: Any, path: str, unknown: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, item in value:
            place = f"{path}.{key}"[:_LONGEST] if path else key[:_LONGEST]
            if place in unknown:
                yield unknown[place]
                continue
            if key in seen:
                yield f'duplicate field "{place}"'
            seen.add(key)
            yield from _told(item, place, unknown)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, list):
                yield from _told(item, f"{path}[{index}]", unknown)
