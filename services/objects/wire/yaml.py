"""YAML texts as Kubernetes reads them (sigs.k8s.io/yaml): the JSON value, and the keys that a text gives twice; and
texts to be read so.

Reading is built from libyaml's events in one pass. A loader of PyYAML was rejected: its scalars are not Kubernetes'
(1:30 is ninety to it, y is text, a date is no string), it folds duplicate keys silently, and what it makes of aliases
is shared, while everything here changes objects in place.

An alias is a copy. How much of a document may come out of aliases is bounded by the rule of the library that Kubernetes
uses, so a billion laughs end early. Only the first document of a text is read, as there.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Any, NamedTuple

import orjson
import yaml

from services.objects.wire import YAML_HEADING

# Levels of nesting: what is read here must also be printed as JSON, whose printer stops at 254.
DEPTH = 200

_TOO_DEEP = "yaml: exceeded max depth"
# From 0.2.6 on libyaml refuses a thousand levels itself, often before it tells of the first.
_TOO_DEEP_TO_LIBYAML = "exceeded maximum nesting depth"

# Only its events are used.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_TAG = "tag:yaml.org,2002:"
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMERIC = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASES = {"x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2}
_LOWEST, _HIGHEST = -(2**63), 2**64 - 1

# The bound on aliases: up to `_FEW` values 99 % may come out of them, down to 10 % from `_MANY` on.
_FEW, _MANY = 400_000, 4_000_000


class NotYAML(ValueError):
    """The text is none that Kubernetes would take; the message is the one it would give (`yaml: line 3: ...`)."""


class Document(NamedTuple):
    """`duplicates` is empty, or the one message that Kubernetes has for all of them, a line each."""

    value: Any
    duplicates: tuple[str, ...]


def load(text: bytes) -> Document:
    """Takes a millisecond per 2 kB. Raises NotYAML."""
    try:
        reader = _Reader(text)
        value = reader.document()
    except yaml.MarkedYAMLError as error:
        raise NotYAML(_located(error)) from None
    except yaml.YAMLError as error:
        raise NotYAML(f"yaml: {getattr(error, 'reason', error)}") from None
    return Document(value, (YAML_HEADING + "\n".join(reader.duplicates),) if reader.duplicates else ())


def _located(error: yaml.MarkedYAMLError) -> str:
    """Lines as go-yaml counts them: a scanner's from 1, a parser's from 0, and line 0 is not mentioned."""
    if error.problem == _TOO_DEEP_TO_LIBYAML:
        return _TOO_DEEP
    line = 0
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    elif error.context_mark is not None:
        line = error.context_mark.line
    return f"yaml: {f'line {line}: ' if line else ''}{error.problem or 'unknown problem parsing YAML content'}"


class _Anchored(NamedTuple):
    value: Any
    size: int = 1  # in values
    height: int = 0  # levels of nesting


_MERGE: Any = object()


class _Reader:
    def __init__(self, text: bytes) -> None:
        self._parser: Any = _PARSER(text)
        self._anchors: dict[str, _Anchored | None] = {}  # None: it is not finished yet
        self._values = 0
        self._aliased = 0
        self._deepest = 0
        self.duplicates: list[str] = []

    def document(self) -> Any:
        next_event = self._parser.get_event
        next_event()  # the stream begins
        event = next_event()
        if event.__class__ is yaml.StreamEndEvent:
            return None
        return self._value(next_event(), 0)

    def _value(self, event: Any, depth: int) -> Any:
        self._values += 1
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            value = _scalar(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchored(value)
            return value
        if kind is yaml.AliasEvent:
            return self._alias(event.anchor, depth)
        self._reach(depth + 1)
        if event.anchor is None:
            return self._mapping(depth) if kind is yaml.MappingStartEvent else self._sequence(depth)
        self._anchors[event.anchor] = None
        before, deepest, self._deepest = self._values, self._deepest, depth + 1
        value = self._mapping(depth) if kind is yaml.MappingStartEvent else self._sequence(depth)
        self._anchors[event.anchor] = _Anchored(value, self._values - before + 1, self._deepest - depth)
        self._deepest = max(deepest, self._deepest)
        return value

    def _reach(self, depth: int) -> None:
        if depth > DEPTH:
            raise NotYAML(_TOO_DEEP)
        if depth > self._deepest:
            self._deepest = depth

    def _alias(self, name: str, depth: int) -> Any:
        if name not in self._anchors:
            raise NotYAML(f"yaml: unknown anchor '{name}' referenced")
        found = self._anchors[name]
        if found is None:
            raise NotYAML(f"yaml: anchor '{name}' value contains itself")
        self._values += found.size
        self._aliased += found.size
        if self._aliased > 100 and self._values > 1000 and self._aliased / self._values > _allowed(self._values):
            raise NotYAML("yaml: document contains excessive aliasing")
        self._reach(depth + found.height)
        return _copy(found.value)

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        next_event = self._parser.get_event
        while (event := next_event()).__class__ is not yaml.SequenceEndEvent:
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        next_event = self._parser.get_event
        while (event := next_event()).__class__ is not yaml.MappingEndEvent:
            key = self._key(event)
            event = next_event()
            line = event.start_mark.line + 1
            value = self._value(event, depth + 1)
            if key is _MERGE:
                self._merge(found, value)
                continue
            if key in found:
                self.duplicates.append(f"  line {line}: key {_quoted(key)} already set in map")
            found[key] = value
        return found

    def _key(self, event: Any) -> Any:
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            if event.value == "<<" and (event.implicit[0] or event.tag == f"{_TAG}merge"):
                return _MERGE
            key = _scalar(event, as_key=True)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchored(key)
        elif kind is yaml.AliasEvent:
            key = self._alias(event.anchor, 0)
        else:
            raise NotYAML("yaml: invalid map key: only scalars can be keys")
        if key.__class__ is str:
            return key
        if key is None or isinstance(key, dict | list):
            raise NotYAML("unsupported map key: only strings, numbers and booleans can be keys")
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, float) and not math.isfinite(key):
            return ".nan" if math.isnan(key) else ".inf" if key > 0 else "-.inf"
        return f"{key:g}" if isinstance(key, float) else str(key)

    def _merge(self, into: dict[str, Any], value: Any) -> None:
        """What `<<` brings in; of several mappings the first wins."""
        for each in reversed(value) if isinstance(value, list) else (value,):
            if not isinstance(each, dict):
                raise NotYAML("yaml: map merge requires map or sequence of maps as the value")
            into.update(each)


def _allowed(values: int) -> float:
    if values <= _FEW:
        return 0.99
    return 0.10 if values >= _MANY else 0.99 - 0.89 * (values - _FEW) / (_MANY - _FEW)


def _copy(value: Any) -> Any:
    if value.__class__ is dict:
        return {key: _copy(each) for key, each in value.items()}
    if value.__class__ is list:
        return [_copy(each) for each in value]
    return value


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _scalar(event: Any, as_key: bool = False) -> Any:
    text: str = event.value
    tag = event.tag
    if tag is None:
        if not event.implicit[0]:
            return text
        value = resolved(text)
    elif tag == "!" or tag == f"{_TAG}str" or not tag.startswith(_TAG):
        return text
    else:
        value = _tagged(tag.removeprefix(_TAG), text)
    if value.__class__ is float and not as_key:
        return _json_number(value)
    return value


def _tagged(tag: str, text: str) -> Any:
    if tag == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise NotYAML("yaml: !!binary value contains invalid base64 data") from None
    value = resolved(text)
    if tag == "float" and value.__class__ is int:
        return float(value)
    expected = _TAGS.get(tag)
    if expected is None:
        return text
    if value.__class__ is not expected:
        raise NotYAML(f"yaml: cannot decode !!str `{text}` as a !!{tag}")
    return value


_TAGS: dict[str, type] = {"int": int, "float": float, "bool": bool, "null": type(None)}


def resolved(text: str) -> Any:
    """What a plain scalar means; most are text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    plain = text.replace("_", "") if text[0] != "." else text
    if _INTEGER.match(plain):
        number = _integer(plain)
        if number is not None:
            return number
    if _FLOAT.match(plain):
        value = float(plain)
        if math.isfinite(value):
            return value
    return text


def _integer(plain: str) -> int | None:
    """None when it does not fit 64 bits."""
    digits = plain.lstrip("+-")
    if len(digits) > 70:
        return None
    base = 10
    if len(digits) > 1 and digits[0] == "0":
        base = _BASES.get(digits[1], 8)
    value = int(digits[2:], base) if digits[1:2] in _BASES and base != 10 else int(digits, base)
    value = -value if plain[0] == "-" else value
    return value if _LOWEST <= value <= _HIGHEST else None


def _json_number(value: float) -> float | int:
    """Go prints a whole number without a fraction, so 1.0 is an integer afterwards."""
    if not math.isfinite(value):
        word = "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
        raise NotYAML(f"json: unsupported value: {word}")
    return int(value) if value.is_integer() and _LOWEST <= value < 2.0**63 else value


class _Dumper(_DUMPER):  # type: ignore[misc]
    """Quotes what would not be read as text again: y and 0o17 are text to PyYAML alone."""

    def represent_text(self, text: str) -> Any:
        return self.represent_scalar(f"{_TAG}str", text, None if resolved(text) is text else "'")

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(str, _Dumper.represent_text)


def dump(value: Any) -> bytes:
    """A JSON value as YAML that `load` reads as the same value."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 20)
    return text.encode()
