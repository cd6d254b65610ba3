"""Optional values. `optional.of(x)`, selections `a.?b` and `a[?b]`, which the compiler builds from these."""

from __future__ import annotations

from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, NONE, Optional, key_of

_ZERO = (False, 0, 0.0, "", b"", None)


def _non_zero(value: Any) -> Optional:
    if isinstance(value, list | dict):
        return Optional.of(value) if value else NONE
    if getattr(value, "nanos", 1) == 0 or any(type(value) is type(zero) and value == zero for zero in _ZERO):
        return NONE
    return Optional.of(value)


def select(operand: Any, key: Any) -> Optional:
    """`operand.?key`, `operand[?key]`; an optional operand that is absent gives none."""
    if isinstance(operand, Optional):
        if not operand.present:
            return NONE
        operand = operand.value
    if isinstance(operand, dict):
        if isinstance(key, str):
            return Optional.of(operand[key]) if key in operand else NONE
        try:
            wanted = key_of(key)
            return Optional.of(operand[wanted]) if wanted in operand else NONE
        except TypeError:
            raise EvaluationError("unsupported key type") from None
    if isinstance(operand, list):
        if isinstance(key, float) and not key.is_integer():
            return NONE
        if isinstance(key, bool) or not isinstance(key, int | float):
            raise EvaluationError(NO_SUCH_OVERLOAD)
        return Optional.of(operand[int(key)]) if 0 <= key < len(operand) else NONE
    raise EvaluationError(NO_SUCH_OVERLOAD)


def select_property(operand: Any, name: str) -> Optional:
    """`operand.?name` of an object with a schema, whose properties are absent when they are null."""
    found = select(operand, name)
    return NONE if found.content is None else found


def _or_value(optional: Optional, otherwise: Any) -> Any:
    return optional.value if optional.present else otherwise


def _or(optional: Optional, otherwise: Optional) -> Optional:
    return optional if optional.present else otherwise


def _unwrap(optionals: list[Any]) -> list[Any]:
    return [each.value for each in optionals if each.present]


OVERLOADS = (
    Overload("optional_of", "optional.of(V) -> optional(V)", Optional.of),
    Overload("optional_ofNonZeroValue", "optional.ofNonZeroValue(V) -> optional(V)", _non_zero),
    Overload("optional_none", "optional.none() -> optional(V)", lambda: NONE),
    Overload("optional_value", "optional(V).value() -> V", lambda optional: optional.value),
    Overload("optional_hasValue", "optional(V).hasValue() -> bool", lambda optional: optional.present),
    Overload("optional_or_optional", "optional(V).or(optional(V)) -> optional(V)", _or),
    Overload("optional_orValue_value", "optional(V).orValue(V) -> V", _or_value),
    Overload("optional_unwrap", "optional.unwrap(list(optional(V))) -> list(V)", _unwrap),
    Overload("optional_unwrapOpt", "list(optional(V)).unwrapOpt() -> list(V)", _unwrap),
    Overload("select_optional_field", "_?._(dyn, string) -> optional(V)", select),
    Overload("map_optindex_optional_value", "_[?_](map(K, V), K) -> optional(V)", select),
    Overload("optional_map_optindex_optional_value", "_[?_](optional(map(K, V)), K) -> optional(V)", select),
    Overload("list_optindex_optional_int", "_[?_](list(V), int) -> optional(V)", select),
    Overload("optional_list_optindex_optional_int", "_[?_](optional(list(V)), int) -> optional(V)", select),
    Overload("optional_map_index_value", "_[_](optional(map(K, V)), K) -> optional(V)", select),
    Overload("optional_list_index_int", "_[_](optional(list(V)), int) -> optional(V)", select),
)
