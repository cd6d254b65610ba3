"""Choosing among overloads by the values, where types were not known when the expression was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.charges import Charge, charge_of
from services.objects.cel.errors import EvaluationError
from services.objects.cel.parsing.syntax import Node
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, Duration, Optional, Timestamp, TypeValue, UInt
from services.objects.cel.types import Kind, Type

_CLASSES: dict[Kind, type | tuple[type, ...]] = {
    Kind.STRING: str, Kind.BYTES: bytes, Kind.DOUBLE: float, Kind.BOOL: bool, Kind.UINT: UInt, Kind.LIST: list,
    Kind.MAP: dict, Kind.OBJECT: dict, Kind.NULL: type(None), Kind.TIMESTAMP: Timestamp, Kind.DURATION: Duration,
    Kind.TYPE: TypeValue,
}  # fmt: skip
_ANY = frozenset({Kind.DYN, Kind.PARAMETER})


def accepts(declared: Type, value: Any) -> bool:
    """By the outermost type: what is in a list is seen when it is used."""
    kind = declared.kind
    if kind in _ANY:
        return True
    if kind is Kind.INT:
        return type(value) is int
    if kind is Kind.OPAQUE:
        if declared.name == "optional_type":
            return isinstance(value, Optional)
        own = getattr(value, "cel_type", None)
        return isinstance(own, Type) and own.name == declared.name
    return isinstance(value, _CLASSES[kind])


def accepts_statically(overload: Overload, operands: Sequence[Node]) -> bool:
    """The types that were known make a check of the values unnecessary."""
    return all(_known(wanted, operand.type) for wanted, operand in zip(overload.parameters, operands, strict=True))


def _known(parameter: Type, given: Type) -> bool:
    if parameter.kind in _ANY:
        return True
    if given.kind is not parameter.kind:
        return False
    if parameter.kind in (Kind.LIST, Kind.MAP):
        return all(map(_known, parameter.parameters, given.parameters))
    return True


class Dispatcher:
    """The overloads that may match, and what each costs; remembers what it chose for each row of classes."""

    __slots__ = ("chosen", "function", "overloads")

    def __init__(self, function: str, overloads: Sequence[Overload]) -> None:
        self.function = function
        self.overloads = [(overload, charge_of(function, overload.identifier)) for overload in overloads]
        self.chosen: dict[tuple[Any, ...], tuple[Overload, Charge | None]] = {}

    def choose(self, arguments: Sequence[Any]) -> tuple[Overload, Charge | None]:
        """Raises EvaluationError when none takes these values."""
        classes = tuple([getattr(each, "cel_type", type(each)) for each in arguments])
        found = self.chosen.get(classes)
        if found is not None and not self.looks_inside(found[0]):
            return found
        for candidate in self.overloads:
            parameters = candidate[0].parameters
            if all(map(_takes, parameters, arguments)):
                self.chosen[classes] = candidate
                return candidate
        raise EvaluationError(NO_SUCH_OVERLOAD)

    def looks_inside(self, overload: Overload) -> bool:
        """`sum` of ints and of doubles differ by what is in the list."""
        return any(each.kind is Kind.LIST and each.parameters[0].kind not in _ANY for each in overload.parameters)


def _takes(parameter: Type, value: Any) -> bool:
    if not accepts(parameter, value):
        return False
    if parameter.kind is Kind.LIST and parameter.parameters[0].kind not in _ANY:
        element = parameter.parameters[0]
        return all(accepts(element, each) for each in value)
    return True
