"""Order: within a type, and between numbers of different types by their value (Python's own comparison is exact)."""

from __future__ import annotations

import operator

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.parsing import syntax

_NUMBERS = ("int", "uint", "double")
_OTHERS = ("bool", "string", "bytes", "timestamp", "duration")

OVERLOADS = tuple(
    Overload(f"{name}_{left if left == right else f'{left}_{right}'}", f"{function}({left}, {right}) -> bool", call)
    for function, name, call in (
        (syntax.LESS, "less", operator.lt),
        (syntax.LESS_EQUAL, "less_equals", operator.le),
        (syntax.GREATER, "greater", operator.gt),
        (syntax.GREATER_EQUAL, "greater_equals", operator.ge),
    )
    for left, right in (
        *((each, each) for each in (*_NUMBERS, *_OTHERS)),
        *((left, right) for left in _NUMBERS for right in _NUMBERS if left != right),
    )
)
