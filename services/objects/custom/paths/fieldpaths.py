"""Paths of fields as rules and selectableFields name them: `.spec.replicas`, `.spec['a-b']`, `.data.key`."""

from __future__ import annotations

import re
from typing import NamedTuple

from services.objects.custom.structural import Node

_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|[.\[\]]|[^.\[\]]+", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\"}


class FieldPathError(ValueError):
    """The path is none of the schema's."""


class FieldPath(NamedTuple):
    """`path` as causes write it; `names` are the steps; `node` is the schema found there."""

    path: str
    names: tuple[str, ...]
    node: Node | None


def parse(text: str, node: Node, *, brackets: bool = True) -> FieldPath:
    """Raises FieldPathError with Kubernetes' text. `brackets` allows `['name']`."""
    tokens = _TOKEN.findall(text)
    path, names = "", []
    found: Node | None = node
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token == "[":
            if not brackets:
                raise FieldPathError("array notation is not allowed")
            name = _quoted_name(tokens, place + 1)
            place += 3
        elif token == ".":
            if place + 1 >= len(tokens):
                raise FieldPathError("unexpected end of JSON path")
            name = tokens[place + 1]
            place += 2
        else:
            raise FieldPathError(f"expected [ or . but got: {token}")
        path, found = _step(path, found, name)
        names.append(name)
    return FieldPath(path, tuple(names), found)


def _quoted_name(tokens: list[str], place: int) -> str:
    if place >= len(tokens):
        raise FieldPathError("unexpected end of JSON path")
    token = tokens[place]
    if len(token) < 2 or token[0] != "'" or token[-1] != "'":
        raise FieldPathError(f"expected single quoted string but got {token}")
    if place + 1 >= len(tokens):
        raise FieldPathError("unexpected end of JSON path")
    if tokens[place + 1] != "]":
        raise FieldPathError(f"expected ] but got {tokens[place + 1]}")
    return re.sub(r"\\(.)", _unescaped, token[1:-1], flags=re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPES:
        raise FieldPathError(f"invalid string literal: invalid escape char {match[0]}")
    return _ESCAPES[match[1]]


def _step(path: str, node: Node | None, name: str) -> tuple[str, Node | None]:
    if node is not None and node.properties:
        if name not in node.properties:
            raise FieldPathError("does not refer to a valid field")
        return (f"{path}.{name}" if path else name), node.properties[name]
    if node is None or not node.open_ended:
        raise FieldPathError("does not refer to a valid field")
    return f"{path}[{name}]", node.additional
