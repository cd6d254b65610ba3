"""The estimated cost of a checked tree: every branch that may run does, every list is as long as it can be."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.cel.costs import charges
from services.objects.cel.costs.estimates import Estimate, estimator_of
from services.objects.cel.costs.sizes import MOST, ONE, UNKNOWN, ZERO, Range, fixed
from services.objects.cel.environment import Environment
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
from services.objects.cel.types import Kind, Type, is_optional

_SCALARS = frozenset({Kind.BOOL, Kind.INT, Kind.UINT, Kind.DOUBLE, Kind.TIMESTAMP, Kind.DURATION, Kind.NULL})
_EMPTY = frozenset({Kind.BOOL, Kind.INT, Kind.UINT, Kind.DOUBLE, Kind.OBJECT})


def estimate(root: Node, environment: Environment) -> Range:
    return _Coster(environment).cost(root)


class Known:
    """What is known of a node's value: the declaration that it was read by, its size, that of what it holds.

    `inner` is what is known of an element where no declaration says it: of lists made by an expression. Kubernetes
    knows nothing then, and takes what is said of filtered lists for beyond all limits; we need not.
    """

    __slots__ = ("declared", "element", "inner", "key", "node", "size")

    def __init__(
        self, node: Node, declared: Type | None = None, size: Range | None = None, element: Range | None = None,
        key: Range | None = None, inner: Known | None = None,
    ) -> None:  # fmt: skip
        self.node = node
        self.declared = declared
        self.inner = inner
        self.size = size if size is not None else size_of_declared(declared, node.type)
        self.element = element if element is not None else _element(declared, node.type, -1)
        self.key = key if key is not None else _element(declared, node.type, 0)

    def of(self, node: Node) -> Known:
        """The same of another node."""
        return Known(node, self.declared, self.size, self.element, self.key, self.inner)


def size_of_declared(declared: Type | None, found: Type) -> Range:
    """From a declaration's limit, or else from what the type is. What is declared without a limit is a number or an
    object, which Kubernetes takes for empty."""
    if declared is not None and declared.size is not None:
        return Range(0, declared.size)
    if declared is not None and declared.kind in _EMPTY:
        return ZERO
    if is_optional(found):
        return size_of_declared(None, found.parameters[0])
    return ONE if found.kind in _SCALARS or found.kind in (Kind.OPAQUE, Kind.TYPE) else UNKNOWN


def _element(declared: Type | None, found: Type, place: int) -> Range:
    inner = declared.parameters[place] if declared is not None and declared.parameters else None
    if inner is not None:
        return size_of_declared(inner, inner)
    if found.kind in (Kind.LIST, Kind.MAP):
        return size_of_declared(None, found.parameters[place])
    return UNKNOWN


class _Coster:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.known: dict[Node, Known] = {}
        self.locals: list[tuple[str, Known]] = []

    def cost(self, node: Node) -> Range:
        """Also remembers what is known of its value."""
        if isinstance(node, Ident):
            self.known[node] = self.ident(node)
            return ONE
        if isinstance(node, Select):
            return self.select(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, Literal):
            value = node.value
            self.known[node] = Known(node, size=fixed(len(value) if isinstance(value, str | bytes) else 1))
            return ZERO
        if isinstance(node, Comprehension):
            return self.bind(node) if node.macro == "bind" else self.fold(node)
        if isinstance(node, ListLiteral):
            return self.list_literal(node)
        return self.entries(node)

    def ident(self, node: Ident) -> Known:
        for name, known in reversed(self.locals):
            if name == node.name:
                return known.of(node)
        return Known(node, self.environment.variables.get(node.name.removeprefix(".")))

    def select(self, node: Select) -> Range:
        if node.variable or node.constant:
            self.known[node] = Known(node, self.environment.variables.get(node.variable))
            return ONE
        cost = self.cost(node.operand)
        if node.test:
            self.known[node] = Known(node)
            return cost
        holder = _unwrapped(self.known[node.operand].declared)
        declared: Type | None = None
        if holder is not None and holder.kind is Kind.OBJECT:
            field = holder.fields.get(node.field) or holder.fields.get(f"__{node.field}__")
            declared = field.type if field is not None else None
        # An entry of a map, read like a field, has no limit that Kubernetes would know of; by index it has.
        self.known[node] = Known(node, declared)
        return cost.plus(ONE)

    # Calls

    def call(self, node: Call) -> Range:
        operands = node.arguments if node.target is None else [node.target, *node.arguments]
        costs = [self.cost(operand) for operand in operands]
        known = [self.known[operand] for operand in operands]
        if node.function in (syntax.AND, syntax.OR):
            self.known[node] = Known(node)
            return Range(costs[0].min, costs[0].plus(costs[1]).max)
        if node.function == syntax.CONDITIONAL:
            return self.conditional(node, costs, known)
        total = ZERO
        for each in costs:
            total = total.plus(each)
        if node.function in (syntax.INDEX, syntax.OPTIONAL_INDEX, syntax.OPTIONAL_SELECT):
            self.known[node] = self.indexed(node, known[0])
            return total.plus(ONE)
        if node.function == "dyn" or node.function == "type":
            self.known[node] = known[0].of(node)
            return total.plus(ONE)
        found = self.overloads(node, known)
        self.known[node] = self.made(node, found, known)
        return total.plus(found.cost)

    def overloads(self, node: Call, known: Sequence[Known]) -> Estimate:
        """Around all that may be chosen when it runs."""
        cost: Range | None = None
        size: Range | None = None
        element: Range | None = None
        for overload in node.overloads:
            estimator = estimator_of(node.function, overload.identifier)
            found = Estimate(ONE) if estimator is None else estimator(known)
            cost = found.cost if cost is None else cost.or_(found.cost)
            if found.size is not None:
                size = found.size if size is None else size.or_(found.size)
            if found.element is not None:
                element = found.element if element is None else element.or_(found.element)
        return Estimate(cost or ONE, size, element)

    def made(self, node: Call, found: Estimate, known: Sequence[Known]) -> Known:
        """An optional is as large as its value, and what comes out of it as what went in."""
        if node.function in ("optional.of", "optional.ofNonZeroValue", "value"):
            return Known(node, _unwrapped(known[0].declared), known[0].size, known[0].element, known[0].key,
                         known[0].inner)  # fmt: skip
        if node.function in ("orValue", "or"):
            return Known(node, None, known[0].size.or_(known[1].size), known[0].element.or_(known[1].element),
                         known[0].key.or_(known[1].key))  # fmt: skip
        same = node.function in ("slice", "reverse", "distinct", "sort", "@sortByAssociatedKeys")
        return Known(node, None, found.size, found.element, inner=inner_of(known[0]) if same else None)

    def conditional(self, node: Call, costs: Sequence[Range], known: Sequence[Known]) -> Range:
        one, other = known[1], known[2]
        self.known[node] = Known(node, None, one.size.or_(other.size), one.element.or_(other.element),
                                 one.key.or_(other.key))  # fmt: skip
        return costs[0].plus(costs[1].or_(costs[2]))

    def indexed(self, node: Call, container: Known) -> Known:
        holder = _unwrapped(container.declared)
        if holder is not None and holder.kind in (Kind.LIST, Kind.MAP):
            return Known(node, holder.parameters[-1])
        if holder is not None and holder.kind is Kind.OBJECT and node.function == syntax.OPTIONAL_SELECT:
            name = node.arguments[1]
            assert isinstance(name, Literal)
            field = next((each for each in holder.fields.values() if each.property == name.value), None)
            return Known(node, field.type if field is not None else None)
        return container.inner.of(node) if container.inner is not None else Known(node, None, container.element)

    # Aggregates

    def list_literal(self, node: ListLiteral) -> Range:
        total, element = fixed(charges.LIST), Range(MOST, 0) if node.elements else ZERO
        for each in node.elements:
            total = total.plus(self.cost(each))
            element = element.or_(self.known[each].size)
        size = len(node.elements)
        inner = self.known[node.elements[0]] if size == 1 else None
        self.known[node] = Known(node, None, Range(size - len(node.optional), size), element, inner=inner)
        return total

    def entries(self, node: Node) -> Range:
        if isinstance(node, Message):
            total = fixed(charges.MESSAGE)
            for entry in node.entries:
                total = total.plus(self.cost(entry.value))
            self.known[node] = Known(node, None, Range(0, len(node.entries)))
            return total
        assert isinstance(node, MapLiteral)
        total = fixed(charges.MAP)
        key = element = Range(MOST, 0) if node.entries else ZERO
        optional = 0
        for entry in node.entries:
            total = total.plus(self.cost(entry.key)).plus(self.cost(entry.value))
            key, element = key.or_(self.known[entry.key].size), element.or_(self.known[entry.value].size)
            optional += entry.optional
        size = len(node.entries)
        self.known[node] = Known(node, None, Range(size - optional, size), element, key)
        return total

    # Folds

    def fold(self, node: Comprehension) -> Range:
        total = self.cost(node.range).plus(self.cost(node.initial))
        ranged = self.known[node.range]
        depth = len(self.locals)
        self.locals.append((node.accumulator, self.known[node.initial]))
        self.variables(node, ranged)
        turn = self.cost(node.condition).plus(self.cost(node.step))
        del self.locals[depth + 1:]
        total = total.plus(self.cost(node.result))
        del self.locals[depth:]
        gathered = isinstance(node.initial, ListLiteral | MapLiteral)
        self.known[node] = self.gathered(node, ranged) if gathered else Known(node)
        return total.plus(ranged.size.times(turn))

    def variables(self, node: Comprehension, ranged: Known) -> None:
        holder = _unwrapped(ranged.declared)
        parameters = holder.parameters if holder is not None and holder.kind in (Kind.LIST, Kind.MAP) else ()
        value = self.variable(node, parameters[-1] if parameters else None, ranged.element)
        key = self.variable(node, parameters[0] if len(parameters) == 2 else None, ranged.key)
        if node.range.type.kind is Kind.LIST:
            key = Known(node.initial, None, ONE)
        if node.variable2:
            self.locals += [(node.variable, key), (node.variable2, ranged.inner or value)]
        elif node.range.type.kind is Kind.MAP:
            self.locals.append((node.variable, key))
        else:
            self.locals.append((node.variable, ranged.inner or value))

    def variable(self, node: Comprehension, declared: Type | None, size: Range) -> Known:
        found = Known(node.initial, declared, size)
        if declared is not None:
            found.size = size_of_declared(declared, declared)
            found.element, found.key = _element(declared, declared, -1), _element(declared, declared, 0)
        else:
            found.element = found.key = UNKNOWN
        return found

    def gathered(self, node: Comprehension, ranged: Known) -> Known:
        """A list or a map made of parts: as long as the range, or shorter when there is a filter."""
        filtered = len(node.parts) == 2
        made = self.known[node.parts[0]]
        size = Range(0 if filtered else ranged.size.min, ranged.size.max)
        if node.macro == "transformMapEntry":
            return Known(node, None, Range(0, size.times(made.size).max), made.element, made.key)
        return Known(node, None, size, made.size, ranged.key if node.macro == "transformMap" else None, made)

    def bind(self, node: Comprehension) -> Range:
        total = self.cost(node.range).plus(self.cost(node.initial))
        self.locals.append((node.accumulator, self.known[node.initial]))
        total = total.plus(self.cost(node.result))
        self.locals.pop()
        self.known[node] = self.known[node.result].of(node)
        return total


def inner_of(known: Known) -> Known | None:
    """What is known of the elements of a list."""
    declared = _unwrapped(known.declared)
    if declared is not None and declared.kind is Kind.LIST:
        inner = declared.parameters[-1]
        return Known(known.node, inner, size_of_declared(inner, inner), _element(inner, inner, -1),
                     _element(inner, inner, 0))  # fmt: skip
    return known.inner


def _unwrapped(declared: Type | None) -> Type | None:
    return declared.parameters[0] if declared is not None and is_optional(declared) else declared
