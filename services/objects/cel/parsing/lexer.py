"""Words of an expression. The patterns are ours, so Python's `re` serves; each of them reads any text once."""

from __future__ import annotations

import re
from typing import NamedTuple

END = "<EOF>"

_ESCAPE = r"\\(?:[abfnrtv\"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"
_QUOTED = rf"""(?:
      [rR](?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"[^"\n\r]*"|'[^'\n\r]*')
    | \"\"\"(?:{_ESCAPE}|[^\\])*?\"\"\"
    | '''(?:{_ESCAPE}|[^\\])*?'''
    | "(?:{_ESCAPE}|[^\\"\n\r])*"
    | '(?:{_ESCAPE}|[^\\'\n\r])*'
)"""
_token = re.compile(
    rf"""
    (?P<space>(?:[ \t\r\n\f]+|//[^\n]*)+)
  | (?P<bytes>[bB]{_QUOTED})
  | (?P<string>{_QUOTED})
  | (?P<double>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<uint>(?:0x[0-9a-fA-F]+|[0-9]+)[uU])
  | (?P<int>0x[0-9a-fA-F]+|[0-9]+)
  | (?P<identifier>[a-zA-Z_][a-zA-Z0-9_]*)
  | (?P<escaped>`[a-zA-Z0-9_.\-/ ]+`)
  | (?P<symbol>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,(){{}}\[\]])
    """,
    re.VERBOSE | re.ASCII,
).match


class Token(NamedTuple):
    """`kind` is the pattern's name, the text itself for symbols and keywords, END at the end."""

    kind: str
    text: str
    at: int


_MOST = 30  # complaints
KEYWORDS = frozenset({"in", "true", "false", "null"})


def tokens(source: str) -> tuple[list[Token], list[tuple[int, str]]]:
    """All tokens, ending with END; and (offset, message) of what is none."""
    found: list[Token] = []
    wrong: list[tuple[int, str]] = []
    position, end = 0, len(source)
    while position < end:
        match = _token(source, position)
        if match is None:
            stop = _unrecognized(source, position)
            wrong.append((position, f"Syntax error: token recognition error at: '{_shown(source[position:stop])}'"))
            position = stop
            if len(wrong) == _MOST:
                break  # each may have been looked at to the end of the text
            continue
        kind, text = match.lastgroup or "", match[0]
        if kind == "symbol" or (kind == "identifier" and text in KEYWORDS):
            found.append(Token(text, text, position))
        elif kind != "space":
            found.append(Token(kind, text, position))
        position = match.end()
    found.append(Token(END, END, position))
    return found, wrong


def _unrecognized(source: str, position: int) -> int:
    """Where reading goes on: a string that does not end takes the rest of its line."""
    if source[position] in "\"'":
        newline = source.find("\n", position)
        closing = source.find(source[position], position + 1)
        stops = [stop for stop in (newline, closing + 1) if stop > position]
        return min(stops, default=len(source))
    if source[position] in "=&|" and position + 1 < len(source):
        return position + 2
    return position + 1


def _shown(text: str) -> str:
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


_escape = re.compile(_ESCAPE)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def string_of(text: str) -> str:
    """The value of a string token; raises ValueError for an escape that is no character."""
    raw, inner = _unquoted(text)
    return inner if raw or "\\" not in inner else _escape.sub(lambda found: _character(found[0]), inner)


def _character(escape: str) -> str:
    letter = escape[1]
    if letter in "xXuU":
        code = int(escape[2:], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise ValueError("invalid unicode code point")
        return chr(code)
    if letter.isdigit():
        return chr(int(escape[1:], 8))
    return _SIMPLE.get(letter, letter)


def bytes_of(text: str) -> bytes:
    r"""The value of a bytes token: `\x` and octal escapes are bytes there, `\u` none."""
    raw, inner = _unquoted(text[1:])
    if raw or "\\" not in inner:
        return inner.encode()
    result, position = bytearray(), 0
    for found in _escape.finditer(inner):
        result += inner[position:found.start()].encode()
        letter = found[0][1]
        if letter in "uU":
            raise ValueError("unicode escape in a bytes literal")
        if letter in "xX":
            result.append(int(found[0][2:], 16))
        elif letter.isdigit():
            result.append(int(found[0][1:], 8))
        else:
            result += _SIMPLE.get(letter, letter).encode()
        position = found.end()
    return bytes(result + inner[position:].encode())


def _unquoted(text: str) -> tuple[bool, str]:
    raw = text[0] in "rR"
    if raw:
        text = text[1:]
    size = 3 if text[:3] in ('"""', "'''") and len(text) >= 6 else 1
    return raw, text[size:-size]
