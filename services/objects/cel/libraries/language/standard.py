"""Operators, membership, sizes, and what CEL's own library does with strings."""

from __future__ import annotations

import math
from typing import Any

from services.objects.cel.checking.overloads import Implementation, Overload
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.parsing import syntax
from services.objects.cel.running.patterns import compiled
from services.objects.cel.running.values import (
    INT_MAX,
    INT_MIN,
    NO_SUCH_OVERLOAD,
    UINT_MAX,
    Duration,
    MapList,
    SetList,
    Timestamp,
    TypeValue,
    UInt,
    contains,
    equal,
    key_of,
    type_name,
)


def as_int(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise EvaluationError("integer overflow")
    return value


def as_uint(value: int) -> UInt:
    if not 0 <= value <= UINT_MAX:
        raise EvaluationError("unsigned integer overflow")
    return UInt(value)


def _add(left: int, right: int) -> int:
    return as_int(left + right)


def _subtract(left: int, right: int) -> int:
    return as_int(left - right)


def _multiply(left: int, right: int) -> int:
    return as_int(left * right)


def _quotient(left: int, right: int) -> int:
    """Towards zero."""
    if right == 0:
        raise EvaluationError("division by zero")
    result = abs(left) // abs(right)
    return as_int(-result if (left < 0) != (right < 0) else result)


def _remainder(left: int, right: int) -> int:
    """With the sign of the dividend."""
    if right == 0:
        raise EvaluationError("modulus by zero")
    if left == INT_MIN and right == -1:
        raise EvaluationError("integer overflow")
    result = abs(left) % abs(right)
    return -result if left < 0 else result


def _uint_add(left: int, right: int) -> UInt:
    return as_uint(int(left) + int(right))


def _uint_subtract(left: int, right: int) -> UInt:
    return as_uint(int(left) - int(right))


def _uint_multiply(left: int, right: int) -> UInt:
    return as_uint(int(left) * int(right))


def _uint_quotient(left: int, right: int) -> UInt:
    return UInt(_quotient_of_uint(int(left), int(right), "division by zero")[0])


def _uint_remainder(left: int, right: int) -> UInt:
    return UInt(_quotient_of_uint(int(left), int(right), "modulus by zero")[1])


def _quotient_of_uint(left: int, right: int, wrong: str) -> tuple[int, int]:
    if right == 0:
        raise EvaluationError(wrong)
    return divmod(left, right)


def _divide(left: float, right: float) -> float:
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _negative(value: int) -> int:
    return as_int(-value)


def _join(left: Any, right: Any) -> Any:
    return left + right


def _concatenate(left: list[Any], right: list[Any], frame: Frame) -> list[Any]:
    work(frame, len(left) + len(right))
    return left.plus(right) if isinstance(left, SetList | MapList) else [*left, *right]


def _later(moment: Timestamp, by: Duration) -> Timestamp:
    return Timestamp(moment.nanos + by.nanos)


def _between(left: Timestamp, right: Timestamp) -> Duration:
    return Duration(left.nanos - right.nanos)


def index_list(elements: list[Any], place: Any) -> Any:
    at = _place(place)
    if not 0 <= at < len(elements):
        raise EvaluationError(f"index out of bounds: {at}")
    return elements[at]


def _place(place: Any) -> int:
    """A whole number of any class counts as an index."""
    if type(place) is int or type(place) is UInt:
        return int(place)
    if type(place) is float and place.is_integer():
        return int(place)
    raise EvaluationError(f"unsupported index value in list: {place}" if type(place) is float else NO_SUCH_OVERLOAD)


def shown_key(key: Any) -> str:
    return str(key) if not isinstance(key, bool) else str(key).lower()


def at_key(mapping: dict[Any, Any], key: Any) -> Any:
    try:
        return mapping[key_of(key)]
    except KeyError:
        raise EvaluationError(f"no such key: {shown_key(key)}") from None
    except TypeError:
        raise EvaluationError("unsupported key type") from None


def _in_list(value: Any, elements: list[Any], frame: Frame) -> bool:
    return contains(elements, value, frame)


def _in_map(value: Any, mapping: dict[Any, Any]) -> bool:
    try:
        return key_of(value) in mapping
    except TypeError:
        return False


def _matches(text: str, pattern: str, frame: Frame) -> bool:
    return compiled(pattern, frame).search(text) is not None


def _unequal(left: Any, right: Any, frame: Frame) -> bool:
    return not equal(left, right, frame)


def _not(value: bool) -> bool:
    return not value


def _type(value: Any) -> TypeValue:
    return TypeValue(type_name(value))


def _same(value: Any) -> Any:
    return value


def unreachable(*_: Any) -> Any:
    """Of operators that do not evaluate all their operands: they are no calls when compiled."""
    raise EvaluationError(NO_SUCH_OVERLOAD)


def _arithmetic() -> list[Overload]:
    rows: list[tuple[str, str, str, str, Implementation]] = [
        ("add_int64", syntax.ADD, "int, int", "int", _add),
        ("add_uint64", syntax.ADD, "uint, uint", "uint", _uint_add),
        ("add_double", syntax.ADD, "double, double", "double", _join),
        ("add_string", syntax.ADD, "string, string", "string", _join),
        ("add_bytes", syntax.ADD, "bytes, bytes", "bytes", _join),
        ("add_list", syntax.ADD, "list(A), list(A)", "list(A)", _concatenate),
        ("add_timestamp_duration", syntax.ADD, "timestamp, duration", "timestamp", _later),
        ("add_duration_timestamp", syntax.ADD, "duration, timestamp", "timestamp", lambda by, at: _later(at, by)),
        ("add_duration_duration", syntax.ADD, "duration, duration", "duration",
         lambda left, right: Duration(left.nanos + right.nanos)),
        ("subtract_int64", syntax.SUBTRACT, "int, int", "int", _subtract),
        ("subtract_uint64", syntax.SUBTRACT, "uint, uint", "uint", _uint_subtract),
        ("subtract_double", syntax.SUBTRACT, "double, double", "double", lambda left, right: left - right),
        ("subtract_timestamp_timestamp", syntax.SUBTRACT, "timestamp, timestamp", "duration", _between),
        ("subtract_timestamp_duration", syntax.SUBTRACT, "timestamp, duration", "timestamp",
         lambda at, by: Timestamp(at.nanos - by.nanos)),
        ("subtract_duration_duration", syntax.SUBTRACT, "duration, duration", "duration", _between),
        ("multiply_int64", syntax.MULTIPLY, "int, int", "int", _multiply),
        ("multiply_uint64", syntax.MULTIPLY, "uint, uint", "uint", _uint_multiply),
        ("multiply_double", syntax.MULTIPLY, "double, double", "double", lambda left, right: left * right),
        ("divide_int64", syntax.DIVIDE, "int, int", "int", _quotient),
        ("divide_uint64", syntax.DIVIDE, "uint, uint", "uint", _uint_quotient),
        ("divide_double", syntax.DIVIDE, "double, double", "double", _divide),
        ("modulo_int64", syntax.MODULO, "int, int", "int", _remainder),
        ("modulo_uint64", syntax.MODULO, "uint, uint", "uint", _uint_remainder),
        ("negate_int64", syntax.NEGATE, "int", "int", _negative),
        ("negate_double", syntax.NEGATE, "double", "double", lambda value: -value),
    ]  # fmt: skip
    return [Overload(identifier, f"{function}({operands}) -> {result}", call, metered=identifier == "add_list")
            for identifier, function, operands, result, call in rows]  # fmt: skip


def _sizes() -> list[Overload]:
    return [
        Overload(f"size_{kind.partition('(')[0]}", f"{before}size({within}) -> int", len)
        for kind in ("string", "bytes", "list(A)", "map(A, B)")
        for before, within in (("", kind), (f"{kind}.", ""))
    ]


OVERLOADS = (
    *_arithmetic(),
    *_sizes(),
    Overload("logical_and", "_&&_(bool, bool) -> bool", unreachable),
    Overload("logical_or", "_||_(bool, bool) -> bool", unreachable),
    Overload("logical_not", "!_(bool) -> bool", _not),
    Overload("not_strictly_false", "@not_strictly_false(bool) -> bool", _same),
    Overload("conditional", "_?_:_(bool, A, A) -> A", unreachable),
    Overload("equals", "_==_(A, A) -> bool", equal, metered=True),
    Overload("not_equals", "_!=_(A, A) -> bool", _unequal, metered=True),
    Overload("in_list", "@in(A, list(A)) -> bool", _in_list, metered=True),
    Overload("in_map", "@in(A, map(A, B)) -> bool", _in_map),
    Overload("index_list", "_[_](list(A), int) -> A", index_list),
    Overload("index_map", "_[_](map(A, B), A) -> B", at_key),
    Overload("contains_string", "string.contains(string) -> bool", lambda text, part: part in text),
    Overload("starts_with_string", "string.startsWith(string) -> bool", str.startswith),
    Overload("ends_with_string", "string.endsWith(string) -> bool", str.endswith),
    Overload("matches_string", "string.matches(string) -> bool", _matches, metered=True),
    Overload("matches_string", "matches(string, string) -> bool", _matches, metered=True),
    Overload("type", "type(A) -> type(A)", _type),
    Overload("to_dyn", "dyn(A) -> dyn", _same),
)
