"""What a schema says of values, compiled once to closures: types, limits, formats, enumerations, junctors.

The texts and the order of the causes are those of k8s.io/kube-openapi's validator as the apiserver reports them
(`spec.replicas in body must be of type integer: "string"`). Tried underneath and left: `jsonschema` (100 µs for an
object that takes 5 here, other texts, user patterns on `re`) and `fastjsonschema` (generates and executes source code
from the users' schema, stops at the first error). Patterns run on RE2.

On an update a value that did not change is not held against whoever updates (ratcheting): each place of the schema
outside of junctors drops what it found when the value equals the one that it had.

Of a failed `anyOf` or `oneOf` Kubernetes reports the branch in which most checks passed; here it is the branch with
the fewest causes, the first of equals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.objects.custom.structural import ABSENT, Schema
from services.objects.custom.validation import formats
from services.objects.custom.validation.findings import Check, Found, Path, add, invalid, mistyped, spelled
from services.objects.custom.validation.listtypes import correlated, has_duplicates, key_of
from services.objects.custom.validation.scalars import amount_check, enumeration_checks, text_check
from services.objects.equality import identical
from services.objects.golang import number, quoted

_TYPE_META = ("apiVersion", "kind")
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_GO_FORMATS = {int: "int64", float: "float64"}


class Values:
    """The compiled form of one schema."""

    __slots__ = ("_check",)

    def __init__(self, schema: Schema) -> None:
        self._check = _compiled(schema, root=True)

    def causes(self, value: Any, old: Any = ABSENT) -> Found:
        """Why `value` is refused; with `old` as an update of it."""
        found: Found = []
        self._check(value, old, None, found)
        return found


def _compiled(schema: Schema, *, root: bool = False, ratchets: bool = True) -> Check:
    parts: dict[type, list[Check]] = {kind: [] for kind in _TYPES}
    text = text_check(schema)
    amount = amount_check(schema)
    if text is not None:
        parts[str].append(text)
    if amount is not None:
        parts[int].append(amount)
        parts[float].append(amount)
    array = _array(schema, ratchets)
    if array is not None:
        parts[list].append(array)
    junctors = _junctors(schema)
    enumerated = enumeration_checks(schema)
    for checks in parts.values():
        checks[:0] = junctors
        checks += enumerated
    members = _members(schema, root, ratchets)
    if members is not None:
        parts[dict].append(members)
    typed = _typed(schema)
    absent = _null(schema, enumerated)
    by_type = {kind: tuple(checks) for kind, checks in parts.items()}

    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        if value is None:
            if old is not None:
                absent(path, found)
            return
        before = len(found)
        kind = value.__class__
        typed(value, kind, path, found)
        for part in by_type[kind]:
            part(value, old, path, found)
        if len(found) > before and old is not ABSENT and identical(value, old):
            del found[before:]

    return check


def _lazily(schema: Schema, ratchets: bool) -> Check:
    """Schemas with a pod's in them take tenths of a second to compile, and objects use a little of them."""
    if "properties" not in schema:
        return _compiled(schema, ratchets=ratchets)
    compiled: Check | None = None

    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        nonlocal compiled
        if compiled is None:
            compiled = _compiled(schema, ratchets=ratchets)
        compiled(value, old, path, found)

    return check


# Types


def _types(schema: Schema) -> tuple[str, ...]:
    if schema.get("x-kubernetes-int-or-string"):
        return ("integer", "string")
    return (schema["type"],) if schema.get("type") else ()


def _typed(schema: Schema) -> Callable[[Any, type, Path, Found], None]:
    types = _types(schema)
    format = schema.get("format") or ""
    if not format or formats.recognised(format) is None:
        format = ""
    allowed = {kind for kind, name in _TYPES.items() if name in types}
    if "number" in types:
        allowed.add(int)
    whole_floats = "integer" in types and float not in allowed
    wanted = ",".join(types)

    def check(value: Any, kind: type, path: Path, found: Found) -> None:
        if not types or kind in allowed or (whole_floats and kind is float and value.is_integer()):
            return
        if format and kind not in (str, list):
            mistyped(found, path, format, _GO_FORMATS.get(kind, ""))
        else:
            mistyped(found, path, wanted, _TYPES[kind])

    return check


def _null(schema: Schema, enumerated: list[Check]) -> Callable[[Path, Found], None]:
    types, nullable = _types(schema), bool(schema.get("nullable"))

    def check(path: Path, found: Found) -> None:
        if types and not nullable:
            mistyped(found, path, ",".join(types), "null")
        if not nullable:
            for each in enumerated:
                each(None, ABSENT, path, found)

    return check


# Arrays


def _array(schema: Schema, ratchets: bool) -> Check | None:
    items, most, least = schema.get("items"), schema.get("maxItems"), schema.get("minItems")
    unique = bool(schema.get("uniqueItems"))
    inner = _compiled(items, ratchets=ratchets) if isinstance(items, Mapping) else None
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
    if not ratchets or schema.get("x-kubernetes-list-type") != "map":
        keys = ()
    if inner is None and most is None and least is None and not unique:
        return None

    def check(value: list[Any], old: Any, path: Path, found: Found) -> None:
        if inner is not None:
            before = correlated(old, keys) if keys else None
            for index, item in enumerate(value):
                known = ABSENT if before is None else before.get(key_of(item, keys), ABSENT)
                inner(item, known, (path, f"[{index}]"), found)
        size = len(value)
        if least is not None and size < least:
            invalid(found, path, size, f"should have at least {number(least)} items")
        if most is not None and size > most:
            add(found, path, "FieldValueTooMany", f"Too many: {size}: must have at most {number(most)} items")
        if unique and has_duplicates(value):
            invalid(found, path, "", "shouldn't contain duplicates")

    return check


# Objects


def _members(schema: Schema, root: bool, ratchets: bool) -> Check | None:
    properties = {
        name: (_lazily(inner, ratchets), f".{name}", ratchets and not (root and name in _TYPE_META))
        for name, inner in (schema.get("properties") or {}).items()
    }  # fmt: skip
    additional = schema.get("additionalProperties")
    inner = _compiled(additional, ratchets=ratchets) if isinstance(additional, Mapping) and additional else None
    closed = additional is False
    required = [(name, f".{name}") for name in schema.get("required") or ()]
    most, least = schema.get("maxProperties"), schema.get("minProperties")
    if not (properties or inner or closed or required or most is not None or least is not None):
        return None

    def check(value: dict[str, Any], old: Any, path: Path, found: Found) -> None:
        size = len(value)
        if least is not None and size < least:
            invalid(found, path, size, f"should have at least {number(least)} properties")
            return
        if most is not None and size > most:
            add(found, path, "FieldValueTooMany", f"Too many: {size}: must have at most {number(most)} items")
            return
        before = old if old.__class__ is dict else {}
        for name, item in value.items():
            known = properties.get(name)
            if known is not None:
                known[0](item, before.get(name, ABSENT) if known[2] else ABSENT, (path, known[1]), found)
            elif inner is not None:
                inner(item, before.get(name, ABSENT), (path, f".{name}"), found)
            elif closed:
                text = f"{spelled(path)}.{name} in body is a forbidden property"
                add(found, path, "FieldValueInvalid", f"Invalid value: {quoted(name)}: {text}")
        for name, step in required:
            if name not in value:
                add(found, (path, step), "FieldValueRequired", "Required value")

    return check


# Junctors


def _junctors(schema: Schema) -> list[Check]:
    checks: list[Check] = []
    for word, make in (("anyOf", _any_of), ("oneOf", _one_of), ("allOf", _all_of)):
        branches = [_compiled(each, ratchets=False) for each in schema.get(word) or ()]
        if branches:
            checks.append(make(branches))
    if isinstance(schema.get("not"), Mapping):
        checks.append(_not(_compiled(schema["not"], ratchets=False)))
    return checks


def _tried(branches: list[Check], value: Any, path: Path) -> list[Found]:
    results: list[Found] = []
    for branch in branches:
        results.append([])
        branch(value, ABSENT, path, results[-1])
    return results


def _nearest(results: list[Found]) -> Found:
    best: Found = min(results, key=len)
    return best


def _any_of(branches: list[Check]) -> Check:
    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        results = _tried(branches, value, path)
        if all(results):
            _junction(found, path, "must validate at least one schema (anyOf)")
            found += _nearest(results)

    return check


def _one_of(branches: list[Check]) -> Check:
    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        results = _tried(branches, value, path)
        valid = sum(not each for each in results)
        if valid == 0:
            _junction(found, path, "must validate one and only one schema (oneOf). Found none valid")
            found += _nearest(results)
        elif valid > 1:
            _junction(found, path, f"must validate one and only one schema (oneOf). Found {valid} valid alternatives")

    return check


def _all_of(branches: list[Check]) -> Check:
    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        results = _tried(branches, value, path)
        if not any(results):
            return
        for each in results:
            found += each
        _junction(found, path, f"must validate all the schemas (allOf){'. None validated' if all(results) else ''}")

    return check


def _not(inner: Check) -> Check:
    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        if not _tried([inner], value, path)[0]:
            _junction(found, path, "must not validate the schema (not)")

    return check


def _junction(found: Found, path: Path, text: str) -> None:
    """Kubernetes reports these against the whole object and names the place in the text."""
    add(found, None, "FieldValueInvalid", f'Invalid value: "": {quoted(spelled(path))} {text}')
