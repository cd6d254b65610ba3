"""Quantities of Kubernetes: compared and added exactly."""

from __future__ import annotations

from services.objects import quantity
from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.values import INT_MAX, INT_MIN
from services.objects.cel.types import QUANTITY, Type


class Quantity:
    """Equal by amount, however written."""

    __slots__ = ("format", "nano")

    def __init__(self, nano: int, format: str = quantity.DECIMAL_SI) -> None:
        self.nano = nano
        self.format = format

    cel_type: Type = QUANTITY

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nano == other.nano

    def __hash__(self) -> int:
        return hash(self.nano)

    def __str__(self) -> str:
        return quantity.canonical(quantity.Quantity(self.nano, self.format))


def _parse(text: str) -> Quantity:
    try:
        return Quantity(*quantity.parse(text))
    except quantity.QuantityError as error:
        raise EvaluationError(str(error)) from None


def _is_integer(amount: Quantity) -> bool:
    whole, rest = divmod(amount.nano, quantity.NANO)
    return rest == 0 and INT_MIN <= whole <= INT_MAX


def _as_integer(amount: Quantity) -> int:
    if not _is_integer(amount):
        raise EvaluationError("cannot convert value to integer")
    return amount.nano // quantity.NANO


def _compare(left: Quantity, right: Quantity) -> int:
    return (left.nano > right.nano) - (left.nano < right.nano)


def _plus(left: Quantity, nano: int) -> Quantity:
    return Quantity(left.nano + nano, left.format)


OVERLOADS = (
    Overload("string_to_quantity", "quantity(string) -> Quantity", _parse),
    Overload("is_quantity_string", "isQuantity(string) -> bool", quantity.is_valid),
    Overload("quantity_sign", "Quantity.sign() -> int", lambda amount: (amount.nano > 0) - (amount.nano < 0)),
    Overload("quantity_is_greater_than", "Quantity.isGreaterThan(Quantity) -> bool",
             lambda left, right: left.nano > right.nano),
    Overload("quantity_is_less_than", "Quantity.isLessThan(Quantity) -> bool",
             lambda left, right: left.nano < right.nano),
    Overload("quantity_compare_to", "Quantity.compareTo(Quantity) -> int", _compare),
    Overload("quantity_get_float", "Quantity.asApproximateFloat() -> double",
             lambda amount: amount.nano / quantity.NANO),
    Overload("quantity_get_int", "Quantity.asInteger() -> int", _as_integer),
    Overload("quantity_is_integer", "Quantity.isInteger() -> bool", _is_integer),
    Overload("quantity_add", "Quantity.add(Quantity) -> Quantity", lambda left, right: _plus(left, right.nano)),
    Overload("quantity_add_int", "Quantity.add(int) -> Quantity",
             lambda left, units: _plus(left, units * quantity.NANO)),
    Overload("quantity_sub", "Quantity.sub(Quantity) -> Quantity", lambda left, right: _plus(left, -right.nano)),
    Overload("quantity_sub_int", "Quantity.sub(int) -> Quantity",
             lambda left, units: _plus(left, -units * quantity.NANO)),
)  # fmt: skip
