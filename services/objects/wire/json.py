"""JSON texts in: orjson, with the bounds that what is read can also be printed again."""

from __future__ import annotations

import re
from typing import Any

import orjson

# Levels of nesting: orjson reads 1024 of them and prints 254.
DEPTH = 200


class NotJSON(ValueError):
    """The text is no JSON, or none that anybody means."""


def load(text: bytes) -> Any:
    """Raises NotJSON."""
    if not text:
        raise NotJSON("unexpected end of JSON input")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            value = orjson.loads(mended(text))
        except orjson.JSONDecodeError as error:
            raise NotJSON(str(error)) from None
    # Nearly no text has so many brackets, so nearly none is walked.
    if text.count(b"{") + text.count(b"[") > DEPTH and _deeper(value, DEPTH):
        raise NotJSON("exceeded max depth")
    return value


# An escaped pair of surrogates, one alone, or any other escape.
_ESCAPES = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)|\\.", re.DOTALL)


def mended(text: bytes) -> bytes:
    """Bytes that are no UTF-8 and surrogates that stand alone become U+FFFD, as Go reads them: clients in JavaScript
    cut texts in the middle of a character."""
    text = text.decode(errors="replace").encode()
    return _ESCAPES.sub(lambda found: rb"\ufffd" if found[1] else found[0], text)


def _deeper(value: Any, levels: int) -> bool:
    if value.__class__ is dict:
        value = value.values()
    elif value.__class__ is not list:
        return False
    if levels == 0:
        return True
    return any(_deeper(item, levels - 1) for item in value)
