"""The tree that an expression is parsed to, macros expanded as cel-go expands them (costs are counted on that form).

Nodes know where they stand (`at`, an offset) and how deep they are; the checker writes `type` and `overloads` on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.objects.cel.types import ERROR, Type

if TYPE_CHECKING:
    from services.objects.cel.checking.overloads import Overload

# The names of operators as functions.
ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO = "_+_", "_-_", "_*_", "_/_", "_%_"
EQUAL, NOT_EQUAL = "_==_", "_!=_"
LESS, LESS_EQUAL, GREATER, GREATER_EQUAL = "_<_", "_<=_", "_>_", "_>=_"
AND, OR, NOT, NEGATE, CONDITIONAL = "_&&_", "_||_", "!_", "-_", "_?_:_"
INDEX, IN = "_[_]", "@in"
OPTIONAL_INDEX, OPTIONAL_SELECT = "_[?_]", "_?._"
NOT_STRICTLY_FALSE = "@not_strictly_false"

ACCUMULATOR = "@result"


class Node:
    __slots__ = ("at", "depth", "type")

    def __init__(self, at: int, depth: int) -> None:
        self.at = at
        self.depth = depth
        self.type: Type = ERROR


class Literal(Node):
    """`value` as the language has it: bool, int, UInt, float, str, bytes or None."""

    __slots__ = ("value",)

    def __init__(self, at: int, value: Any) -> None:
        super().__init__(at, 1)
        self.value = value


class Ident(Node):
    __slots__ = ("name", "slot")

    def __init__(self, at: int, name: str) -> None:
        super().__init__(at, 1)
        self.name = name
        self.slot = -1


class Select(Node):
    """`operand.field`; with `test` the macro has(operand.field). Once checked, `property` is the JSON name.

    `variable` is set when the dotted name as a whole is a variable, `constant` when it is a type.
    """

    __slots__ = ("constant", "field", "operand", "property", "test", "variable")

    def __init__(self, at: int, operand: Node, field: str, test: bool = False) -> None:
        super().__init__(at, operand.depth + 1)
        self.operand = operand
        self.field = field
        self.property = field
        self.test = test
        self.variable = ""
        self.constant = False


class Call(Node):
    """A global call when `target` is None. `overloads` are those that match by the static types, at least one."""

    __slots__ = ("arguments", "function", "overloads", "target")

    def __init__(self, at: int, function: str, arguments: Sequence[Node], target: Node | None = None) -> None:
        below = max((argument.depth for argument in arguments), default=0)
        super().__init__(at, 1 + (below if target is None else max(below, target.depth)))
        self.function = function
        self.arguments = list(arguments)
        self.target = target
        self.overloads: Sequence[Overload] = ()


class ListLiteral(Node):
    """`optional` are the places of elements written `[?element]`."""

    __slots__ = ("elements", "optional")

    def __init__(self, at: int, elements: Sequence[Node], optional: frozenset[int] = frozenset()) -> None:
        super().__init__(at, 1 + max((element.depth for element in elements), default=0))
        self.elements = list(elements)
        self.optional = optional


class Entry:
    """A key and value of a map, or a field (`key` a string) of a message; `optional` when written with `?`."""

    __slots__ = ("at", "key", "optional", "value")

    def __init__(self, at: int, key: Any, value: Node, optional: bool = False) -> None:
        self.at = at
        self.key = key
        self.value = value
        self.optional = optional


class MapLiteral(Node):
    __slots__ = ("entries",)

    def __init__(self, at: int, entries: Sequence[Entry]) -> None:
        super().__init__(at, 1 + max((max(entry.key.depth, entry.value.depth) for entry in entries), default=0))
        self.entries = list(entries)


class Message(Node):
    """`Name{field: value}`."""

    __slots__ = ("entries", "name")

    def __init__(self, at: int, name: str, entries: Sequence[Entry]) -> None:
        super().__init__(at, 1 + max((entry.value.depth for entry in entries), default=0))
        self.name = name
        self.entries = list(entries)


class Comprehension(Node):
    """A fold. `variable2` is "" with one variable; `macro` says which of them it was, `parts` what was written in it.

    `slot` is the accumulator's place among the locals, once checked; the variables follow it.
    """

    __slots__ = ("accumulator", "condition", "initial", "macro", "parts", "range", "result", "slot", "step", "variable",
                 "variable2")  # fmt: skip

    def __init__(
        self, at: int, macro: str, range: Node, variable: str, variable2: str, accumulator: str,
        initial: Node, condition: Node, step: Node, result: Node, parts: Sequence[Node],
    ) -> None:  # fmt: skip
        super().__init__(at, 1 + max(range.depth, initial.depth, condition.depth, step.depth, result.depth))
        self.macro = macro
        self.range = range
        self.variable = variable
        self.variable2 = variable2
        self.accumulator = accumulator
        self.initial = initial
        self.condition = condition
        self.step = step
        self.result = result
        self.parts = tuple(parts)
        self.slot = 0


def qualified(node: Node) -> str:
    """`a.b.c` as a dotted name, "" when it is none."""
    names: list[str] = []
    while isinstance(node, Select) and not node.test:
        names.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return ""
    return ".".join([node.name, *reversed(names)])
