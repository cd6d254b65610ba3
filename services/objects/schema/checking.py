"""Checks and tidies an object against its type, by closures compiled once per definition.

One pass finds unknown fields and wrong types with Kubernetes' texts, and leaves the object as Kubernetes' decoder
would: without unknown fields and nulls, without empty optional lists and maps, with canonical quantities and times. A
JSON Schema library was rejected: it is a hundred times slower and knows none of those texts.

Closures take (value, path, found) and return the value to keep, or DROP. A path is a linked tuple that is spelled out
only when there is something to say.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Any

from services.objects import quantity, times
from services.objects.memo import remembered
from services.objects.schema.duplicates import MOST
from services.objects.schema.types import Definitions, Form, Type, type_of

DROP: Any = type("Drop", (), {"__repr__": lambda self: "DROP"})()

# (parent, field name, the Go struct that has the field), or (parent, index or map key, None)
Path = tuple[Any, Any, Any] | None
Check = Callable[[Any, Path, "Found"], Any]

_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_SCHEMA_OR = f"{_SCHEMA}Or"
_RANGES = {Form.INT32: (-(2**31), 2**31 - 1), Form.INT64: (-(2**63), 2**63 - 1)}
_ZERO: dict[Form, Callable[[], Any]] = {
    Form.STRING: str, Form.BYTES: str, Form.BOOLEAN: bool, Form.INT32: int, Form.INT64: int, Form.NUMBER: int,
    Form.QUANTITY: lambda: "0", Form.INT_OR_STRING: int, Form.OBJECT: dict, Form.MAP: dict, Form.ARRAY: list,
}  # fmt: skip


class Found:
    """What a check found. `wrong` is the first error that makes the object undecodable."""

    __slots__ = ("unknown", "wrong")

    def __init__(self) -> None:
        self.unknown: list[str] = []
        self.wrong: str | None = None

    def fail(self, message: str) -> None:
        if self.wrong is None:
            self.wrong = message

    def mismatch(self, value: Any, path: Path, go: str) -> Any:
        """`value` is not of the Go type `go`; the text is that of Go's json package."""
        fields: list[str] = []
        struct = ""
        while path is not None:
            path, name, owner = path
            if owner is not None:
                fields.append(name)
                struct = struct or owner
        place = f"struct field {struct}.{'.'.join(reversed(fields))}" if struct else "value"
        self.fail(f"json: cannot unmarshal {_word(value, go)} into Go {place} of type {go}")
        return value


def _word(value: Any, go: str) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return f"number {value}" if go.startswith("int") else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def spelled(path: Path) -> str:
    """`spec.containers[0].name`"""
    parts: list[str] = []
    while path is not None:
        path, name, _ = path
        parts.append(f"[{name}]" if isinstance(name, int) else f".{name}")
    return "".join(reversed(parts)).removeprefix(".")


class Compiler:
    """Makes checks, each definition's once and only when something needs it."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._objects: dict[str, Check] = {}

    def object(self, definition: str) -> Check:
        check = self._objects.get(definition)
        if check is None:
            # types refer to themselves: until this one is made, its users go through the table
            self._objects[definition] = lambda value, path, found: self._objects[definition](value, path, found)
            check = self._objects[definition] = self._object(definition)
        return check

    def _of(self, kind: Type, required: bool) -> Check:
        if kind.form is Form.OBJECT:
            return self.object(kind.definition)
        if kind.form is Form.MAP:
            assert kind.element is not None
            return self._map(kind, kind.element, required)
        if kind.form is Form.ARRAY:
            assert kind.element is not None
            return self._array(kind, kind.element, required)
        if kind.definition.startswith(_SCHEMA_OR):
            return self._schema_or(kind.definition)
        return _scalar(kind)

    def _object(self, definition: str) -> Check:
        schema = self._definitions[definition]
        required = set(schema.get("required", ()))
        struct = definition.rsplit(".", 1)[-1]
        plain: dict[str, type] = {}
        checks: dict[str, Check] = {}
        for name, field in schema.get("properties", {}).items():
            kind = type_of(field, self._definitions)
            if kind.form is Form.STRING:
                plain[name] = str
            elif kind.form is Form.BOOLEAN:
                plain[name] = bool
            checks[name] = self._of(kind, name in required)
        go = ".".join(definition.rsplit(".", 2)[1:])
        plain_get, checks_get = plain.get, checks.get

        def check(value: Any, path: Path, found: Found) -> Any:
            if value.__class__ is not dict:
                return found.mismatch(value, path, go)
            changes: list[tuple[str, Any]] | None = None
            for key, item in value.items():
                if plain_get(key) is item.__class__:
                    continue
                field = checks_get(key)
                if field is None:
                    if len(found.unknown) < MOST:
                        found.unknown.append(f'unknown field "{spelled((path, key, struct))}"')
                    kept = DROP
                elif item is None:
                    kept = DROP
                else:
                    kept = field(item, (path, key, struct), found)
                if kept is not item:
                    changes = changes or []
                    changes.append((key, kept))
            if changes is not None:
                for key, kept in changes:
                    if kept is DROP:
                        del value[key]
                    else:
                        value[key] = kept
            return value

        return check

    def _schema_or(self, definition: str) -> Check:
        """A JSON schema, or a boolean, several schemas, texts: what has no type of its own in the definitions.

        As Kubernetes, whose decoder looks at the first character: unknown fields inside go untold of.
        """
        schema = self.object(_SCHEMA)
        boolean, texts = definition.endswith("Bool"), definition.endswith("OrStringArray")

        def check(value: Any, path: Path, found: Found) -> Any:
            if value.__class__ is bool and boolean:
                return value
            inner = Found()
            if value.__class__ is dict:
                value = schema(value, None, inner)
            elif boolean:
                inner.fail("boolean or JSON schema expected")
            elif value.__class__ is list:
                for index, item in enumerate(value):
                    value[index] = (_texts if texts else schema)(item, None, inner)
            else:
                return DROP
            if inner.wrong is not None:
                found.fail(inner.wrong)
            return value

        return check

    def _map(self, kind: Type, element: Type, required: bool) -> Check:
        inner, go, zero = self._of(element, True), kind.go, _ZERO.get(element.form)
        plain = str if element.form is Form.STRING else None

        def check(value: Any, path: Path, found: Found) -> Any:
            if value.__class__ is not dict:
                return found.mismatch(value, path, go)
            if not value:
                return value if required else DROP
            changes: list[tuple[str, Any]] | None = None
            for key, item in value.items():
                if item.__class__ is plain:
                    continue
                kept = (zero() if zero else item) if item is None else inner(item, (path, key, None), found)
                if kept is not item:
                    changes = changes or []
                    changes.append((key, kept))
            if changes is not None:
                value.update(changes)
            return value

        return check

    def _array(self, kind: Type, element: Type, required: bool) -> Check:
        inner, go, zero = self._of(element, True), kind.go, _ZERO.get(element.form)
        plain = str if element.form is Form.STRING else None

        def check(value: Any, path: Path, found: Found) -> Any:
            if value.__class__ is not list:
                return found.mismatch(value, path, go)
            if not value:
                return value if required else DROP
            for index, item in enumerate(value):
                if item.__class__ is plain:
                    continue
                kept = (zero() if zero else item) if item is None else inner(item, (path, index, None), found)
                if kept is not item:
                    value[index] = kept
            return value

        return check


def _scalar(kind: Type) -> Check:
    form, go = kind.form, kind.go
    if form in (Form.INT32, Form.INT64):
        return _integer(go, *_RANGES[form])
    return _SCALARS.get(form) or _plain(go, {Form.STRING: str, Form.BOOLEAN: bool}[form])


def _plain(go: str, expected: type) -> Check:
    def check(value: Any, path: Path, found: Found) -> Any:
        return value if value.__class__ is expected else found.mismatch(value, path, go)

    return check


def _integer(go: str, lowest: int, highest: int) -> Check:
    def check(value: Any, path: Path, found: Found) -> Any:
        if value.__class__ is int and lowest <= value <= highest:
            return value
        return found.mismatch(value, path, go)

    return check


def _number(value: Any, path: Path, found: Found) -> Any:
    return value if value.__class__ in (int, float) else found.mismatch(value, path, "float64")


def _any(value: Any, path: Path, found: Found) -> Any:
    return value


def _int_or_string(value: Any, path: Path, found: Found) -> Any:
    if value.__class__ is str:
        return value
    if value.__class__ is int and -(2**31) <= value < 2**31:
        return value
    return found.mismatch(value, None, "int32")


@remembered()
def _canonical(text: str) -> str:
    return quantity.canonical(quantity.parse(text))


def _quantity(value: Any, path: Path, found: Found) -> Any:
    try:
        return _canonical(value) if value.__class__ is str else quantity.canonical(quantity.parse(value))
    except quantity.QuantityError as error:
        found.fail(str(error))
        return value


def _moment(spell: Callable[[Any], str], length: int, layout: str) -> Check:
    def check(value: Any, path: Path, found: Found) -> Any:
        if value.__class__ is not str:
            return found.mismatch(value, None, "string")
        try:
            moment = times.parse(value)
        except ValueError:
            found.fail(times.problem(value, layout))
            return value
        return value if len(value) == length and value[-1] == "Z" else spell(moment)

    return check


def _bytes(value: Any, path: Path, found: Found) -> Any:
    if value.__class__ is not str:
        return found.mismatch(value, path, "[]uint8")
    text = value.replace("\r", "").replace("\n", "")
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one, and so is a character outside of ASCII
        found.fail(f"illegal base64 data at input byte {_first_illegal(text)}")
        return value
    return text


_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _first_illegal(text: str) -> int:
    """Where Go's decoder stops: the first character that cannot be there, else the start of the broken last group."""
    body = text.rstrip("=")
    for place, character in enumerate(body):
        if character not in _BASE64:
            return place
    return len(text) - len(text) % 4 if len(body) == len(text) else len(body)


_texts = _plain("string", str)
_SCALARS: dict[Form, Check] = {
    Form.NUMBER: _number,
    Form.BYTES: _bytes,
    Form.TIME: _moment(times.rfc3339, 20, "2006-01-02T15:04:05Z07:00"),
    Form.MICRO_TIME: _moment(times.micro, 27, "2006-01-02T15:04:05.000000Z07:00"),
    Form.QUANTITY: _quantity,
    Form.INT_OR_STRING: _int_or_string,
    Form.ANY: _any,
}
