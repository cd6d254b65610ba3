"""Values while an expression runs: JSON's own, and classes for what JSON has not.

bool, int, float, str, bytes, None, list and dict stand for themselves. A number's class tells int from uint from
double; map keys that are bools are wrapped, since Python takes True for 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.types import Type

INT_MIN, INT_MAX, UINT_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
SECOND = 10**9
# Years 1 to 9999.
TIMESTAMP_MIN, TIMESTAMP_MAX = -62_135_596_800 * SECOND, 253_402_300_800 * SECOND - 1

NO_SUCH_OVERLOAD = "no such overload"


class UInt(int):
    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}u"

    __str__ = int.__repr__


class _Nanos:
    """A number of nanoseconds that equals and orders only with its own class."""

    __slots__ = ("nanos",)

    def __init__(self, nanos: int) -> None:
        self.nanos = nanos

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.nanos == getattr(other, "nanos", None)

    def __hash__(self) -> int:
        return hash((type(self), self.nanos))

    def __lt__(self, other: _Nanos) -> bool:
        return self.nanos < other.nanos

    def __le__(self, other: _Nanos) -> bool:
        return self.nanos <= other.nanos

    def __gt__(self, other: _Nanos) -> bool:
        return self.nanos > other.nanos

    def __ge__(self, other: _Nanos) -> bool:
        return self.nanos >= other.nanos

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.nanos})"


class Timestamp(_Nanos):
    """Nanoseconds since 1970 in UTC."""

    __slots__ = ()

    def __init__(self, nanos: int) -> None:
        if not TIMESTAMP_MIN <= nanos <= TIMESTAMP_MAX:
            raise EvaluationError("timestamp overflow")
        self.nanos = nanos


class Duration(_Nanos):
    __slots__ = ()

    def __init__(self, nanos: int) -> None:
        if not INT_MIN <= nanos <= INT_MAX:
            raise EvaluationError("duration overflow")
        self.nanos = nanos


class Optional:
    """`Optional.of(value)`, or `NONE`."""

    __slots__ = ("content", "present")

    def __init__(self, content: Any = None, present: bool = False) -> None:
        self.content = content
        self.present = present

    @classmethod
    def of(cls, value: Any) -> Optional:
        return cls(value, True)

    @property
    def value(self) -> Any:
        if not self.present:
            raise EvaluationError("optional.none() dereference")
        return self.content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Optional) and (self.present, self.content) == (other.present, other.content)

    def __hash__(self) -> int:
        return hash(self.present)

    def __repr__(self) -> str:
        return f"Optional.of({self.content!r})" if self.present else "NONE"


NONE = Optional()


class BoolKey:
    """A bool as the key of a map."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)


_BOOL_KEYS = (BoolKey(False), BoolKey(True))


def key_of(value: Any) -> Any:
    """The dict key of a CEL key."""
    return _BOOL_KEYS[value] if type(value) is bool else value


def keys(mapping: dict[Any, Any]) -> list[Any]:
    return [key.value if type(key) is BoolKey else key for key in mapping]


class TypeValue:
    """What type(x) gives: equal by name, whatever the parameters."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeValue) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


class SetList(list[Any]):
    """A list of x-kubernetes-list-type set: equal in any order, `+` is a union."""

    __slots__ = ()

    def equals(self, other: list[Any], frame: Frame) -> bool:
        if len(self) != len(other):
            return False
        mine = {_scalar_key(each) for each in self}
        return all(_scalar_key(each) in mine for each in other)

    def plus(self, other: Iterable[Any]) -> SetList:
        result, seen = SetList(self), {_scalar_key(each) for each in self}
        for each in other:
            key = _scalar_key(each)
            if key not in seen:
                seen.add(key)
                result.append(each)
        return result


class MapList(list[Any]):
    """A list of x-kubernetes-list-type map: equal in any order, `+` overwrites elements of the same keys."""

    __slots__ = ("keys",)

    def __init__(self, elements: Iterable[Any], keys: tuple[str, ...]) -> None:
        super().__init__(elements)
        self.keys = keys

    def key(self, element: Any) -> Any:
        if not isinstance(element, dict):
            raise EvaluationError("unexpected data format for element of array with x-kubernetes-list-type=map")
        return tuple(_scalar_key(element.get(key)) for key in self.keys)

    def equals(self, other: list[Any], frame: Frame) -> bool:
        if len(self) != len(other):
            return False
        mine = {self.key(each): each for each in self}
        for each in other:
            key = self.key(each)
            if key not in mine or not equal(mine[key], each, frame):
                return False
        return True

    def plus(self, other: Iterable[Any]) -> MapList:
        result = MapList(self, self.keys)
        places = {self.key(each): place for place, each in enumerate(self)}
        for each in other:
            place = places.get(self.key(each))
            if place is None:
                result.append(each)
            else:
                result[place] = each
        return result


def _scalar_key(value: Any) -> Any:
    """Hashable, and telling True from 1."""
    if isinstance(value, list | dict):
        return repr(value)
    return (type(value) is bool, value)


_PLAIN = frozenset({int, str, float, bytes, bool, UInt})


def equal(left: Any, right: Any, frame: Frame) -> bool:
    """CEL's ==: numbers by value whatever their class, nothing of one kind with another, NaN with nothing."""
    kind, other = type(left), type(right)
    if kind is other and kind in _PLAIN:
        return bool(left == right)
    if kind is bool or other is bool:
        return False  # they are not both
    if isinstance(left, list):
        if not isinstance(right, list):
            return False
        work(frame, len(left) + 1)
        if isinstance(left, SetList | MapList):
            return left.equals(right, frame)
        if len(left) != len(right):
            return False
        return all(equal(mine, its, frame) for mine, its in zip(left, right, strict=True))
    if isinstance(left, dict):
        if not isinstance(right, dict) or len(left) != len(right):
            return False
        work(frame, len(left) + 1)
        return all(key in right and equal(value, right[key], frame) for key, value in left.items())
    if kind is Optional:
        return other is Optional and left.present == right.present and equal(left.content, right.content, frame)
    return bool(left == right)


def contains(elements: list[Any], value: Any, frame: Frame) -> bool:
    work(frame, len(elements))
    return any(equal(each, value, frame) for each in elements)


def size_of(value: Any) -> int:
    """What the cost of working on a value is counted by."""
    return len(value) if isinstance(value, str | bytes | list | dict) else 1


_NAMES: dict[type, str] = {
    bool: "bool", int: "int", UInt: "uint", float: "double", str: "string", bytes: "bytes", type(None): "null_type",
    list: "list", SetList: "list", MapList: "list", dict: "map", Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration", Optional: "optional_type", TypeValue: "type",
}  # fmt: skip


def type_name(value: Any) -> str:
    """The name of a value's type: `int`, `google.protobuf.Timestamp`, `kubernetes.Quantity`."""
    name = _NAMES.get(type(value))
    if name is not None:
        return name
    declared = getattr(value, "cel_type", None)
    return declared.name if isinstance(declared, Type) else "object"
