"""From a checked tree to Python functions of a frame, one for each node.

A node gives its function and what it always costs; a fixed cost is charged once, by whatever decides that the node
runs at all (the whole, a side of `&&`, the body of a fold), so straight-line code counts nothing while it runs.
Generating Python source was rejected: its compiler has limits of nesting of its own, and closures are fast enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from services.objects.cel.costs import charges
from services.objects.cel.costs.metering import VARIABLES, Frame, charge
from services.objects.cel.errors import EvaluationError
from services.objects.cel.libraries.extensions import optionals
from services.objects.cel.libraries.language import standard
from services.objects.cel.parsing import syntax
from services.objects.cel.parsing.syntax import (
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Message,
    Node,
    Select,
)
from services.objects.cel.running import constants, folds, operations
from services.objects.cel.running.conversion import Convert, reader, whole
from services.objects.cel.running.dispatch import Dispatcher, accepts_statically
from services.objects.cel.running.folds import Folded
from services.objects.cel.running.operations import Run
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, Optional, TypeValue
from services.objects.cel.types import Kind, Type


class Compiled(NamedTuple):
    """`variables` are the environment's that it reads, in the order of the frame; `locals` how many follow them."""

    run: Run
    cost: int
    variables: tuple[str, ...]
    locals: int


def compile_tree(root: Node, variables: Sequence[str], locals_: int) -> Compiled:
    """`variables` are those that the tree reads."""
    compiler = _Compiler(variables)
    run, cost = compiler.node(root, True)
    return Compiled(run, cost, tuple(variables), locals_)




class _Compiler:
    def __init__(self, variables: Sequence[str]) -> None:
        self.slots = {name: VARIABLES + place for place, name in enumerate(variables)}
        self.locals = VARIABLES + len(variables)

    def node(self, node: Node, entire: bool) -> tuple[Run, int]:
        """`entire`: its value is used as a whole, not only for what is in it."""
        if isinstance(node, Ident):
            return self.converted(node.type, *self.ident(node), entire)
        if isinstance(node, Select):
            return self.converted(node.type, *self.select(node), entire and not node.test)
        if isinstance(node, Call):
            return self.call(node, entire)
        if isinstance(node, Literal):
            value = node.value
            return (lambda frame: value), 0
        if isinstance(node, ListLiteral):
            return self.list_literal(node)
        if isinstance(node, MapLiteral):
            return self.map_literal(node)
        if isinstance(node, Comprehension):
            return self.comprehension(node)
        assert isinstance(node, Message)
        return self.message(node)

    def converted(self, declared: Type, run: Run, cost: int, entire: bool) -> tuple[Run, int]:
        convert = whole(declared) if entire and declared.kind in (Kind.OBJECT, Kind.LIST, Kind.MAP) else None
        return (run if convert is None else operations.then(run, convert)), cost

    # Names and fields

    def slot(self, node: Ident) -> int:
        return self.locals + node.slot if node.slot >= 0 else self.slots.get(node.name.removeprefix("."), -1)

    def ident(self, node: Ident) -> tuple[Run, int]:
        slot = self.slot(node)
        if slot < 0:
            named = TypeValue(node.type.parameters[0].name)
            return (lambda frame: named), 0
        return (lambda frame: frame[slot]), 1

    def select(self, node: Select) -> tuple[Run, int]:
        if node.variable:
            slot = self.slots[node.variable]
            return (lambda frame: frame[slot]), 1
        if node.constant:
            named = TypeValue(node.type.parameters[0].name)
            return (lambda frame: named), 0
        operand, cost = self.node(node.operand, False)
        kind, name = node.operand.type.kind, node.property
        if node.test:
            return (operations.has_property if kind is Kind.OBJECT else operations.has)(operand, name), cost
        if kind not in (Kind.OBJECT, Kind.MAP):
            return operations.dynamic_field(operand, name), cost + 1
        if kind is Kind.MAP:
            return operations.entry(operand, name), cost + 1
        if isinstance(node.operand, Ident):
            run = operations.property_of_slot(self.slot(node.operand), name)
        else:
            run = operations.property_(operand, name)
        convert = reader(node.type)
        return (run if convert is None else operations.then(run, convert)), cost + 1

    # Calls

    def call(self, node: Call, entire: bool) -> tuple[Run, int]:
        function = node.function
        if function in (syntax.AND, syntax.OR):
            return self.logical(node)
        if function == syntax.CONDITIONAL:
            return self.conditional(node, entire)
        if function in (syntax.INDEX, syntax.OPTIONAL_SELECT, syntax.OPTIONAL_INDEX):
            return self.index(node, entire)
        if function in ("or", "orValue") and node.overloads[0].identifier.startswith("optional_"):
            return self.otherwise(node)
        operands = node.arguments if node.target is None else [node.target, *node.arguments]
        used_whole = function != "size"
        runs, cost = [], 0
        for operand in operands:
            run, fixed = self.node(operand, used_whole)
            runs.append(run)
            cost += fixed
        overload = node.overloads[0]
        if function in constants.CONVERSIONS and len(operands) == 1 and isinstance(operands[0], Literal):
            folded = constants.folded(overload, operands[0])
            if folded is not None:
                return folded, 0
        if overload.identifier == "in_list" and constants.constant(operands[1]):
            return operations.applied(overload, runs), cost
        if len(node.overloads) > 1 or not accepts_statically(overload, operands):
            return operations.dispatched(Dispatcher(function, node.overloads), runs), cost
        if overload.identifier in ("equals", "not_equals") and operations.same_scalars(operands):
            kind = operands[0].type.kind
            if kind is not Kind.STRING:
                return operations.scalars_equal(runs, overload.identifier == "equals"), cost + 1
            return operations.strings_equal(runs, overload.identifier == "equals"), cost
        charged = charges.charge_of(function, overload.identifier)
        if charged is None:
            return operations.applied(overload, runs), cost + 1
        return operations.charged(overload, charged, runs), cost

    def otherwise(self, node: Call) -> tuple[Run, int]:
        """What an optional is when it is absent, which is evaluated only then."""
        assert node.target is not None
        (target, cost), (other, later) = self.node(node.target, True), self.node(node.arguments[0], True)
        unwrapped = node.function == "orValue"

        def run(frame: Frame) -> Any:
            found = target(frame)
            if not isinstance(found, Optional):
                raise EvaluationError(NO_SUCH_OVERLOAD)
            if found.present:
                return found.content if unwrapped else found
            charge(frame, later)
            return other(frame)

        return run, cost

    def logical(self, node: Call) -> tuple[Run, int]:
        (left, cost), (right, later) = (self.node(operand, True) for operand in node.arguments)
        return operations.logical(left, right, later, decisive=node.function == syntax.OR), cost

    def conditional(self, node: Call, entire: bool) -> tuple[Run, int]:
        condition, cost = self.node(node.arguments[0], True)
        chosen, chosen_cost = self.node(node.arguments[1], entire)
        otherwise, otherwise_cost = self.node(node.arguments[2], entire)

        def run(frame: Frame) -> Any:
            decided = condition(frame)
            if decided is True:
                charge(frame, chosen_cost)
                return chosen(frame)
            if decided is False:
                charge(frame, otherwise_cost)
                return otherwise(frame)
            raise EvaluationError(NO_SUCH_OVERLOAD)

        return run, cost

    def index(self, node: Call, entire: bool) -> tuple[Run, int]:
        (operand, cost), (key, key_cost) = self.node(node.arguments[0], False), self.node(node.arguments[1], True)
        if isinstance(node.arguments[1], Ident | Select):
            key_cost = 0  # a name as a key is part of the selection, for cel-go
        convert = self.read(node, entire)
        container = node.arguments[0].type.kind
        at: Callable[[Any, Any], Any] = operations.at_any
        if node.function == syntax.OPTIONAL_SELECT:
            return self.optional_field(node, operand, cost, convert)
        if node.function != syntax.INDEX:
            at = optionals.select
        elif container is Kind.LIST:
            at = standard.index_list
        elif container is Kind.MAP:
            at = standard.at_key

        def run(frame: Frame) -> Any:
            return at(operand(frame), key(frame))

        return (run if convert is None else operations.then(run, convert)), cost + key_cost + 1

    def optional_field(self, node: Call, operand: Run, cost: int, convert: Convert | None) -> tuple[Run, int]:
        """`operand.?name`; a field that is absent is not charged for."""
        name = node.arguments[1]
        assert isinstance(name, Literal)
        field = name.value
        select = optionals.select_property if operations.holds_properties(node.arguments[0].type) else optionals.select

        def run(frame: Frame) -> Optional:
            found = select(operand(frame), field)
            if found.present:
                charge(frame, 1)
            return found

        return (run if convert is None else operations.then(run, convert)), cost

    def read(self, node: Call, entire: bool) -> Convert | None:
        """The conversion of an element."""
        return whole(node.type) if entire else reader(node.type)

    # Aggregates

    def list_literal(self, node: ListLiteral) -> tuple[Run, int]:
        if constants.constant(node):
            value = constants.constant_value(node)
            return (lambda frame: value), 0
        runs, cost = [], charges.LIST
        for element in node.elements:
            run, fixed = self.node(element, True)
            runs.append(run)
            cost += fixed
        if not node.optional:
            return (lambda frame: [run(frame) for run in runs]), cost
        optional = [place in node.optional for place in range(len(runs))]

        def gather(frame: Frame) -> list[Any]:
            found = []
            for run, unwrapped in zip(runs, optional, strict=True):
                value = run(frame)
                if not unwrapped:
                    found.append(value)
                elif operations.optional_of_entry(value).present:
                    found.append(value.content)
            return found

        return gather, cost

    def map_literal(self, node: MapLiteral) -> tuple[Run, int]:
        if constants.constant(node):
            value = constants.constant_value(node)
            return (lambda frame: value), 0
        entries, cost = [], charges.MAP
        for entry in node.entries:
            (key, key_cost), (value, value_cost) = self.node(entry.key, True), self.node(entry.value, True)
            entries.append((key, value, entry.optional))
            cost += key_cost + value_cost

        def gather(frame: Frame) -> dict[Any, Any]:
            found: dict[Any, Any] = {}
            for key, run, optional in entries:
                name, value = operations.map_key(key(frame)), run(frame)
                if optional:
                    if not operations.optional_of_entry(value).present:
                        continue
                    value = value.content
                if name in found:
                    raise EvaluationError(f"Failed with repeated key: {standard.shown_key(name)}")
                found[name] = value
            return found

        return gather, cost

    def message(self, node: Message) -> tuple[Run, int]:
        entries, cost = [], charges.MESSAGE
        for entry in node.entries:
            value, value_cost = self.node(entry.value, True)
            entries.append((entry.key, value, entry.optional))
            cost += value_cost

        def gather(frame: Frame) -> dict[str, Any]:
            found = {}
            for name, run, optional in entries:
                value = run(frame)
                if optional:
                    if not operations.optional_of_entry(value).present:
                        continue
                    value = value.content
                found[name] = value
            return found

        return gather, cost

    # Folds

    def comprehension(self, node: Comprehension) -> tuple[Run, int]:
        slot = self.locals + node.slot
        if node.macro == "bind":
            value, value_cost = self.node(node.initial, True)
            result, result_cost = self.node(node.result, True)

            def bound(frame: Frame) -> Any:
                frame[slot] = value(frame)
                return result(frame)

            return bound, value_cost + result_cost
        ranged, cost = self.node(node.range, False)
        parts = [Folded(*self.node(part, True)) for part in node.parts]
        return folds.fold(node, ranged, cost, parts, slot)
