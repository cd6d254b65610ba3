"""cel-go's math library; Kubernetes does not have it, so an environment must ask for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.libraries.language.standard import as_int
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, UINT_MAX, UInt

_NUMBERS = ("int", "uint", "double")


def _extreme(of: Callable[..., Any]) -> Callable[..., Any]:
    def chosen(*numbers: Any) -> Any:
        if len(numbers) == 1 and isinstance(numbers[0], list):
            numbers = tuple(numbers[0])
            if not numbers:
                raise EvaluationError("math.@max(list) argument must not be empty" if of is max
                                      else "math.@min(list) argument must not be empty")  # fmt: skip
            if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
                raise EvaluationError(NO_SUCH_OVERLOAD)
        return of(numbers)

    return chosen


def _round(value: float) -> float:
    """Halves away from zero."""
    if not math.isfinite(value):
        return value
    whole = math.trunc(value)
    return math.copysign(float(abs(whole) + (abs(value) - abs(whole) >= 0.5)), value)


def _finite(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: math.copysign(float(function(value)), value) if math.isfinite(value) else value


def _sign(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isnan(value) else float((value > 0) - (value < 0))
    sign = (value > 0) - (value < 0)
    return UInt(sign) if type(value) is UInt else sign


def _signed(value: int) -> int:
    """The low 64 bits as a signed number."""
    value &= UINT_MAX
    return value - (1 << 64) if value >> 63 else value


def _shift(left: bool) -> Callable[[int, int], int]:
    def shifted(value: int, by: int) -> int:
        if by < 0:
            raise EvaluationError(f"math.bitShift{'Left' if left else 'Right'}() negative offset: {by}")
        by = min(by, 64)  # then nothing is left
        moved = value << by if left else (value & UINT_MAX) >> by
        return UInt(moved & UINT_MAX) if type(value) is UInt else _signed(moved)

    return shifted


def _bits(of: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    return lambda left, right: UInt(of(int(left), int(right))) if type(left) is UInt else of(left, right)


def _square_root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


_BITS: dict[str, Callable[[int, int], int]] = {
    "bitAnd": lambda left, right: left & right,
    "bitOr": lambda left, right: left | right,
    "bitXor": lambda left, right: left ^ right,
}

OVERLOADS = (
    *(Overload(f"math_@{name}_{one}", f"math.@{name}({one}) -> {one}", _extreme(of))
      for name, of in (("max", max), ("min", min)) for one in _NUMBERS),
    *(Overload(f"math_@{name}_{one}_{other}", f"math.@{name}({one}, {other}) -> {one if one == other else 'dyn'}",
               _extreme(of))
      for name, of in (("max", max), ("min", min)) for one in _NUMBERS for other in _NUMBERS),
    *(Overload(f"math_@{name}_list_{one}", f"math.@{name}(list({one})) -> {one}", _extreme(of))
      for name, of in (("max", max), ("min", min)) for one in _NUMBERS),
    Overload("math_ceil_double", "math.ceil(double) -> double", _finite(math.ceil)),
    Overload("math_floor_double", "math.floor(double) -> double", _finite(math.floor)),
    Overload("math_trunc_double", "math.trunc(double) -> double", _finite(math.trunc)),
    Overload("math_round_double", "math.round(double) -> double", _round),
    Overload("math_isInf_double", "math.isInf(double) -> bool", math.isinf),
    Overload("math_isNaN_double", "math.isNaN(double) -> bool", math.isnan),
    Overload("math_isFinite_double", "math.isFinite(double) -> bool", math.isfinite),
    Overload("math_abs_double", "math.abs(double) -> double", abs),
    Overload("math_abs_int", "math.abs(int) -> int", lambda value: as_int(abs(value))),
    Overload("math_abs_uint", "math.abs(uint) -> uint", lambda value: value),
    *(Overload(f"math_sign_{one}", f"math.sign({one}) -> {one}", _sign) for one in _NUMBERS),
    *(Overload(f"math_sqrt_{one}", f"math.sqrt({one}) -> double", _square_root) for one in _NUMBERS),
    *(Overload(f"math_{name}_{one}_{one}", f"math.{name}({one}, {one}) -> {one}", _bits(of))
      for name, of in _BITS.items() for one in ("int", "uint")),
    Overload("math_bitNot_int_int", "math.bitNot(int) -> int", lambda value: ~value),
    Overload("math_bitNot_uint_uint", "math.bitNot(uint) -> uint", lambda value: UInt(UINT_MAX ^ int(value))),
    *(Overload(f"math_{name}_{one}_int", f"math.{name}({one}, int) -> {one}", _shift(left))
      for name, left in (("bitShiftLeft", True), ("bitShiftRight", False)) for one in ("int", "uint")),
)  # fmt: skip
