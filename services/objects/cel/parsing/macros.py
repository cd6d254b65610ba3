"""Macros: calls that are folds over lists and maps, rewritten while parsing, each as cel-go rewrites it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from services.objects.cel.parsing import syntax
from services.objects.cel.parsing.syntax import (
    ACCUMULATOR,
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
)


class MacroError(Exception):
    """The arguments do not suit the macro."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


_SIMPLE = "argument must be a simple name"

Expander = Callable[[int, Node, Sequence[Node]], Node]


def has(at: int, arguments: Sequence[Node]) -> Node:
    field = arguments[0]
    if not isinstance(field, Select) or field.test:
        raise MacroError(field.at, "invalid argument to has() macro")
    return Select(at, field.operand, field.field, test=True)


def expand(
    at: int, function: str, target: Node | None, arguments: Sequence[Node], libraries: Collection[str]
) -> Node | None:
    """The expansion of a call, None when it is no macro; raises MacroError."""
    if target is None:
        return has(at, arguments) if function == "has" and len(arguments) == 1 else None
    found = _MACROS.get((function, len(arguments)))
    if function in _EXTREMES and isinstance(target, Ident) and target.name == "math":
        found = ("math", _EXTREMES[function])
    if found is None:
        return None
    library, expander = found
    if library not in libraries:
        return None
    if library == "bindings" and not (isinstance(target, Ident) and target.name == "cel"):
        return None
    return expander(at, target, arguments)


def _variable(node: Node, wrong: str = "argument is not an identifier") -> str:
    if not isinstance(node, Ident) or node.name.startswith("."):
        raise MacroError(node.at, wrong)
    if node.name == ACCUMULATOR or node.name == "__result__":
        raise MacroError(node.at, "iteration variable overwrites accumulator variable")
    return node.name


def _pair(arguments: Sequence[Node]) -> tuple[str, str]:
    names = []
    for node in arguments[:2]:
        if not isinstance(node, Ident):
            raise MacroError(node.at, _SIMPLE)
        names.append(node.name)
    if names[0] == names[1]:
        raise MacroError(arguments[1].at, f"duplicate variable name: {names[1]}")
    return names[0], names[1]


class _Fold:
    """What a fold is made of, all of it standing where the macro is called."""

    def __init__(self, at: int) -> None:
        self.at = at

    def accumulator(self) -> Node:
        return Ident(self.at, ACCUMULATOR)

    def literal(self, value: object) -> Node:
        return Literal(self.at, value)

    def call(self, function: str, *arguments: Node) -> Node:
        return Call(self.at, function, arguments)

    def append(self, element: Node) -> Node:
        return self.call(syntax.ADD, self.accumulator(), ListLiteral(self.at, [element]))

    def fold(self, macro: str, target: Node, variables: tuple[str, str], initial: Node, condition: Node, step: Node,
             parts: Sequence[Node], result: Node | None = None) -> Node:  # fmt: skip
        return Comprehension(self.at, macro, target, *variables, ACCUMULATOR, initial, condition, step,
                             result or self.accumulator(), parts)  # fmt: skip

    def quantifier(self, macro: str, target: Node, variables: tuple[str, str], predicate: Node) -> Node:
        if macro == "exists_one":
            counted = self.call(syntax.ADD, self.accumulator(), self.literal(1))
            step = self.call(syntax.CONDITIONAL, predicate, counted, self.accumulator())
            result = self.call(syntax.EQUAL, self.accumulator(), self.literal(1))
            return self.fold(macro, target, variables, self.literal(0), self.literal(True), step, [predicate], result)
        every = macro == "all"
        going = self.accumulator() if every else self.call(syntax.NOT, self.accumulator())
        step = self.call(syntax.AND if every else syntax.OR, self.accumulator(), predicate)
        return self.fold(macro, target, variables, self.literal(every), self.call(syntax.NOT_STRICTLY_FALSE, going),
                         step, [predicate])  # fmt: skip

    def gathered(self, macro: str, target: Node, variables: tuple[str, str], initial: Node, step: Node,
                 parts: Sequence[Node]) -> Node:  # fmt: skip
        """`parts` end with a filter when there is one."""
        return self.fold(macro, target, variables, initial, self.literal(True), step, parts)

    def filtered(self, condition: Node, step: Node) -> Node:
        return self.call(syntax.CONDITIONAL, condition, step, self.accumulator())


def _quantifier(macro: str) -> Expander:
    def one(at: int, target: Node, arguments: Sequence[Node]) -> Node:
        return _Fold(at).quantifier(macro, target, (_variable(arguments[0], _SIMPLE), ""), arguments[1])

    return one


def _quantifier2(macro: str) -> Expander:
    def two(at: int, target: Node, arguments: Sequence[Node]) -> Node:
        return _Fold(at).quantifier(macro, target, _pair(arguments), arguments[2])

    return two


def _map(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    fold, name = _Fold(at), _variable(arguments[0])
    transform = arguments[-1]
    step = fold.append(transform)
    parts = [transform]
    if len(arguments) == 3:
        step = fold.filtered(arguments[1], step)
        parts.append(arguments[1])
    return fold.gathered("map", target, (name, ""), ListLiteral(at, []), step, parts)


def _filter(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    fold, name = _Fold(at), _variable(arguments[0])
    element = Ident(arguments[0].at, name)
    step = fold.filtered(arguments[1], fold.append(element))
    return fold.gathered("map", target, (name, ""), ListLiteral(at, []), step, [element, arguments[1]])


def _transform_list(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    fold, names = _Fold(at), _pair(arguments)
    transform = arguments[-1]
    step = fold.append(transform)
    parts = [transform]
    if len(arguments) == 4:
        step = fold.filtered(arguments[2], step)
        parts.append(arguments[2])
    return fold.gathered("map", target, names, ListLiteral(at, []), step, parts)


def _transform_map(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    fold, names = _Fold(at), _pair(arguments)
    transform = arguments[-1]
    step = fold.call("cel.@mapInsert", fold.accumulator(), Ident(at, names[0]), transform)
    parts = [transform]
    if len(arguments) == 4:
        step = fold.filtered(arguments[2], step)
        parts.append(arguments[2])
    return fold.gathered("transformMap", target, names, MapLiteral(at, []), step, parts)


def _transform_entry(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    fold, names = _Fold(at), _pair(arguments)
    transform = arguments[-1]
    step = fold.call("cel.@mapInsert", fold.accumulator(), transform)
    parts = [transform]
    if len(arguments) == 4:
        step = fold.filtered(arguments[2], step)
        parts.append(arguments[2])
    return fold.gathered("transformMapEntry", target, names, MapLiteral(at, []), step, parts)


def _bind(at: int, name: str, value: Node, result: Node) -> Node:
    return Comprehension(at, "bind", ListLiteral(at, []), "#unused", "", name, value, Literal(at, False),
                         Ident(at, name), result, [value, result])  # fmt: skip


def _cel_bind(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    return _bind(at, _variable(arguments[0]), arguments[1], arguments[2])


def _extreme(of: str) -> Expander:
    """math.greatest and math.least take any number of numbers, or a list of them."""

    def expander(at: int, target: Node, arguments: Sequence[Node]) -> Node:
        shown = "greatest" if of == "max" else "least"
        if not arguments:
            raise MacroError(at, f"math.{shown}() requires at least one argument")
        given = list(arguments) if len(arguments) <= 2 else [ListLiteral(at, arguments)]
        return Call(at, f"math.@{of}", given)

    return expander


def _sort_by(at: int, target: Node, arguments: Sequence[Node]) -> Node:
    if not isinstance(target, ListLiteral | Select | Ident | Comprehension | Call):
        raise MacroError(target.at, "sortBy can only be applied to a list, identifier, comprehension, call or select"
                                    " expression")  # fmt: skip
    name = "@__sortBy_input__"
    keys = _map(at, Ident(at, name), arguments)
    return _bind(at, name, target, Call(at, "@sortByAssociatedKeys", [keys], Ident(at, name)))


def _optional_map(flat: bool) -> Expander:
    """optMap and optFlatMap: `target.hasValue() ? optional.of(<with the value bound>) : optional.none()`.

    The target is bound first. cel-go repeats it, which doubles the work with each link of a chain of these.
    """

    def expander(at: int, target: Node, arguments: Sequence[Node]) -> Node:
        name, bound = _variable(arguments[0]), "@target"
        inner = _bind(at, name, Call(at, "value", [], Ident(at, bound)), arguments[1])
        chosen = inner if flat else Call(at, "optional.of", [inner])
        present = Call(at, "hasValue", [], Ident(at, bound))
        return _bind(at, bound, target, Call(at, syntax.CONDITIONAL, [present, chosen, Call(at, "optional.none", [])]))

    return expander


_EXTREMES = {"greatest": _extreme("max"), "least": _extreme("min")}
_MACROS: dict[tuple[str, int], tuple[str, Expander]] = {
    ("all", 2): ("standard", _quantifier("all")),
    ("exists", 2): ("standard", _quantifier("exists")),
    ("exists_one", 2): ("standard", _quantifier("exists_one")),
    ("existsOne", 2): ("standard", _quantifier("exists_one")),
    ("map", 2): ("standard", _map),
    ("map", 3): ("standard", _map),
    ("filter", 2): ("standard", _filter),
    ("all", 3): ("two-variable", _quantifier2("all")),
    ("exists", 3): ("two-variable", _quantifier2("exists")),
    ("exists_one", 3): ("two-variable", _quantifier2("exists_one")),
    ("existsOne", 3): ("two-variable", _quantifier2("exists_one")),
    ("transformList", 3): ("two-variable", _transform_list),
    ("transformList", 4): ("two-variable", _transform_list),
    ("transformMap", 3): ("two-variable", _transform_map),
    ("transformMap", 4): ("two-variable", _transform_map),
    ("transformMapEntry", 3): ("two-variable", _transform_entry),
    ("transformMapEntry", 4): ("two-variable", _transform_entry),
    ("optMap", 2): ("optional", _optional_map(flat=False)),
    ("optFlatMap", 2): ("optional", _optional_map(flat=True)),
    ("sortBy", 2): ("lists", _sort_by),
    ("bind", 3): ("bindings", _cel_bind),
}
