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

import math
from collections.abc import Callable, Mapping
from typing import Any

import re2

from services.objects.custom.structural import ABSENT, Schema
from services.objects.custom.validation import formats
from services.objects.errors import Cause
from services.objects.golang import number, quoted, shown
from services.objects.memo import remembered

Path = tuple[Any, str] | None
Found = list[Cause]
# (value, the value before the update or ABSENT, path, where causes go)
Check = Callable[[Any, Any, Path, Found], None]

NO_PATH = "<nil>"
_TYPE_META = ("apiVersion", "kind")
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_GO_FORMATS = {int: "int64", float: "float64"}
_NUMBERS = (int, float)


class Values:
    """The compiled form of one schema."""

    __slots__ = ("_check",)

    def __init__(self, schema: Schema) -> None:
        self._check = _compiled(schema, root=True)

    def causes(self, value: Any, old: Any = ABSENT, prefix: str = "") -> Found:
        """Why `value` is refused; with `old` as an update of it. Paths begin with `prefix`, texts do not."""
        found: Found = []
        self._check(value, old, None, found)
        if prefix:
            return [cause._replace(field=prefix if cause.field == NO_PATH else f"{prefix}.{cause.field}")
                    for cause in found]  # fmt: skip
        return found


def same(value: Any, other: Any) -> bool:
    """Deeply equal as JSON: unlike to Python, 1 is neither true nor 1.0."""
    if value.__class__ is not other.__class__:
        return False
    if value.__class__ is dict:
        return len(value) == len(other) and all(
            name in other and same(item, other[name]) for name, item in value.items())  # fmt: skip
    if value.__class__ is list:
        return len(value) == len(other) and all(map(same, value, other))
    return bool(value == other) or value != value  # NaN is what it is


def spelled(path: Path) -> str:
    """`spec.items[0].name`; "" at the root."""
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(part)
    return "".join(reversed(parts)).removeprefix(".")


def _add(found: Found, path: Path, reason: str, message: str) -> None:
    found.append(Cause(reason, message, spelled(path) or NO_PATH))


def _invalid(found: Found, path: Path, value: Any, text: str, reason: str = "FieldValueInvalid") -> None:
    _add(found, path, reason, f"Invalid value: {shown(value)}: {spelled(path)} in body {text}")


def _mistyped(found: Found, path: Path, wanted: str, got: str) -> None:
    _invalid(found, path, got, f"must be of type {wanted}: {quoted(got)}", "FieldValueTypeInvalid")


def _compiled(schema: Schema, *, root: bool = False, ratchets: bool = True) -> Check:
    parts: dict[type, list[Check]] = {kind: [] for kind in _TYPES}
    text = _text(schema)
    amount = _amount(schema)
    if text is not None:
        parts[str].append(text)
    if amount is not None:
        parts[int].append(amount)
        parts[float].append(amount)
    array = _array(schema, ratchets)
    if array is not None:
        parts[list].append(array)
    junctors = _junctors(schema)
    enumerated = _enumeration(schema)
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
        if len(found) > before and old is not ABSENT and same(value, old):
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
            _mistyped(found, path, format, _GO_FORMATS.get(kind, ""))
        else:
            _mistyped(found, path, wanted, _TYPES[kind])

    return check


def _null(schema: Schema, enumerated: list[Check]) -> Callable[[Path, Found], None]:
    types, nullable = _types(schema), bool(schema.get("nullable"))

    def check(path: Path, found: Found) -> None:
        if types and not nullable:
            _mistyped(found, path, ",".join(types), "null")
        if not nullable:
            for each in enumerated:
                each(None, ABSENT, path, found)

    return check


# Scalars


def _text(schema: Schema) -> Check | None:
    most, least = schema.get("maxLength"), schema.get("minLength")
    pattern = schema.get("pattern") or ""
    format = schema.get("format") or ""
    recognise = formats.recognised(format) if format else None
    matches = compiled_pattern(pattern) if pattern else None
    if most is None and least is None and not pattern and recognise is None:
        return None

    def check(value: str, old: Any, path: Path, found: Found) -> None:
        if most is not None and len(value) > most:
            _add(found, path, "FieldValueTooLong", f"Too long: may not be more than {number(most)} bytes")
        elif least is not None and len(value) < least:
            _invalid(found, path, value, f"should be at least {number(least)} chars long")
        elif pattern and (matches is None or not matches(value)):
            _invalid(found, path, value, f"should match '{pattern}'")
        if recognise is not None and not recognise(value):
            _invalid(found, path, value, f"must be of type {format}: {quoted(value)}", "FieldValueTypeInvalid")

    return check


@remembered(1024, longest=4096)
def compiled_pattern(pattern: str) -> Callable[[str], Any] | None:
    """The search of a user's pattern; None for one that is no regular expression of RE2 (see `pattern_problem`)."""
    try:
        search: Callable[[str], Any] = re2.compile(pattern, _quiet()).search
    except (re2.error, UnicodeError):
        return None

    def find(text: str) -> Any:
        try:
            return search(text)
        except UnicodeError:  # a lone surrogate
            return search(text.encode("utf-8", "replace").decode())

    return find


def pattern_problem(pattern: str) -> str:
    """Why a pattern is no regular expression, in Go's words; "" when it is one."""
    try:
        re2.compile(pattern, _quiet())
    except (re2.error, UnicodeError) as error:
        why = error.args[0] if error.args else str(error)
        return f"error parsing regexp: {why.decode('utf-8', 'replace') if isinstance(why, bytes) else why}"
    return ""


def _quiet() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


def _amount(schema: Schema) -> Check | None:
    multiple, least, most = schema.get("multipleOf"), schema.get("minimum"), schema.get("maximum")
    above, below = bool(schema.get("exclusiveMinimum")), bool(schema.get("exclusiveMaximum"))
    if multiple is None and least is None and most is None:
        return None

    def check(value: float, old: Any, path: Path, found: Found) -> None:
        def bound(limit: float) -> str:
            return number(math.trunc(limit) if value.__class__ is int and math.isfinite(limit) else limit)

        if multiple is not None and not _is_multiple(value, multiple):
            _invalid(found, path, value, f"should be a multiple of {bound(multiple)}")
        if most is not None and (value > most or (below and value >= most)):
            _invalid(found, path, value, f"should be less than {'' if below else 'or equal to '}{bound(most)}")
        if least is not None and (value < least or (above and value <= least)):
            _invalid(found, path, value, f"should be greater than {'' if above else 'or equal to '}{bound(least)}")

    return check


def _is_multiple(value: float, factor: float) -> bool:
    if factor <= 0:
        return False
    if value.__class__ is int and float(factor).is_integer():
        return value % int(factor) == 0
    try:
        quotient = value / factor
    except OverflowError:
        return False
    return math.isfinite(quotient) and abs(quotient - round(quotient)) < 1e-9


def _enumeration(schema: Schema) -> list[Check]:
    allowed = schema.get("enum")
    if not allowed:
        return []
    texts = frozenset(each for each in allowed if each.__class__ is str)
    choices = ", ".join(quoted(each if each.__class__ is str else _json(each)) for each in allowed)

    def check(value: Any, old: Any, path: Path, found: Found) -> None:
        if value.__class__ is str and value in texts:
            return
        if value.__class__ is not str and any(_equal(value, each) for each in allowed):
            return
        _add(found, path, "FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {choices}")

    return [check]


def _json(value: Any) -> str:
    return "null" if value is None else shown(value)


def _equal(value: Any, other: Any) -> bool:
    if value.__class__ in _NUMBERS and other.__class__ in _NUMBERS:
        return bool(value == other)
    return same(value, other)


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
            _invalid(found, path, size, f"should have at least {number(least)} items")
        if most is not None and size > most:
            _add(found, path, "FieldValueTooMany", f"Too many: {size}: must have at most {number(most)} items")
        if unique and _has_duplicates(value):
            _invalid(found, path, "", "shouldn't contain duplicates")

    return check


def key_of(item: Any, keys: tuple[str, ...]) -> Any:
    """What identifies an element of a list of type map; a value that can be a key of a dict."""
    if item.__class__ is not dict:
        return None
    return tuple((item.get(key).__class__, shown(item.get(key))) for key in keys)


def correlated(old: Any, keys: tuple[str, ...]) -> dict[Any, Any]:
    """The elements that a list of type map had, by key."""
    return {key_of(item, keys): item for item in old} if old.__class__ is list else {}


def _has_duplicates(value: list[Any]) -> bool:
    seen = set()
    for item in value:
        key = (item.__class__, shown(item))
        if key in seen:
            return True
        seen.add(key)
    return False


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
            _invalid(found, path, size, f"should have at least {number(least)} properties")
            return
        if most is not None and size > most:
            _add(found, path, "FieldValueTooMany", f"Too many: {size}: must have at most {number(most)} items")
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
                _add(found, path, "FieldValueInvalid", f"Invalid value: {quoted(name)}: {text}")
        for name, step in required:
            if name not in value:
                _add(found, (path, step), "FieldValueRequired", "Required value")

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
    _add(found, None, "FieldValueInvalid", f'Invalid value: "": {quoted(spelled(path))} {text}')
