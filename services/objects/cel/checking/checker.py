"""Types for every node of a tree, and a complaint for every one that has none; the texts are cel-go's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.objects.cel import types
from services.objects.cel.checking import overloads
from services.objects.cel.checking.overloads import Overload
from services.objects.cel.checking.unification import Substitution, assignable, attempt, most_general, substitute
from services.objects.cel.costs.metering import idle
from services.objects.cel.environment import Environment
from services.objects.cel.errors import EvaluationError
from services.objects.cel.escaping import RESERVED
from services.objects.cel.parsing import syntax
from services.objects.cel.parsing.parser import ordered
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
    qualified,
)
from services.objects.cel.running.patterns import compiled
from services.objects.cel.running.text import duration_of, timestamp_of
from services.objects.cel.running.values import UInt
from services.objects.cel.types import BOOL, DYN, ERROR, JSON_PATCH, Kind, Type, is_optional, optional_of

# The names of types as values.
TYPE_NAMES = {
    "bool": types.BOOL, "int": types.INT, "uint": types.UINT, "double": types.DOUBLE, "string": types.STRING,
    "bytes": types.BYTES, "null_type": types.NULL, "list": types.list_of(DYN), "map": types.map_of(DYN, DYN),
    "type": types.TYPE, "google.protobuf.Timestamp": types.TIMESTAMP, "google.protobuf.Duration": types.DURATION,
    "optional_type": optional_of(DYN), "kubernetes.Quantity": types.QUANTITY, "kubernetes.URL": types.URL,
    "net.IP": types.IP, "net.CIDR": types.CIDR, "kubernetes.Semver": types.SEMVER,
    "kubernetes.NamedFormat": types.FORMAT,
}  # fmt: skip
_LITERALS = {bool: types.BOOL, int: types.INT, UInt: types.UINT, float: types.DOUBLE, str: types.STRING,
             bytes: types.BYTES, type(None): types.NULL}  # fmt: skip
_WILD = (Kind.DYN, Kind.ERROR)
_LITERAL_ARGUMENTS: dict[str, Callable[[str], object]] = {
    "duration": duration_of, "timestamp": timestamp_of, "matches": lambda pattern: compiled(pattern, idle()),
}  # fmt: skip


class Checked(NamedTuple):
    """`variables` are those of the environment that are read, `locals` the places that variables of folds need."""

    type: Type
    variables: frozenset[str]
    locals: int


def check(source: str, root: Node, environment: Environment) -> Checked:
    """Writes types, overloads, properties and slots into the tree. Raises CompileError."""
    checker = _Checker(environment)
    checker.check(root)
    if checker.wrong:
        raise ordered(source, checker.wrong[:100])
    checker.settle()
    return Checked(root.type, frozenset(checker.read), checker.most_slots)


class _Checker:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.functions = overloads.functions(environment.libraries)
        self.wrong: list[tuple[int, str]] = []
        self.bound = Substitution()
        self.scopes: list[tuple[str, Type, int]] = []  # (name, type, slot) of the variables of comprehensions
        self.nodes: list[Node] = []
        self.fresh = 0
        self.slots = self.most_slots = 0
        self.read: set[str] = set()  # variables of the environment

    def complain(self, at: int, message: str) -> None:
        self.wrong.append((at, message))

    def settle(self) -> None:
        """Replaces all variables of types by what they came to."""
        for node in self.nodes:
            node.type = substitute(self.bound, node.type, free_is_dyn=True)

    def check(self, node: Node) -> Type:
        """One dispatch, one method: two frames for each level of the tree."""
        self.nodes.append(node)
        if isinstance(node, Ident):
            node.type = self.ident(node)
        elif isinstance(node, Select):
            node.type = self.select(node)
        elif isinstance(node, Call):
            node.type = self.call(node)
        elif isinstance(node, Literal):
            node.type = _LITERALS[type(node.value)]
        elif isinstance(node, ListLiteral):
            node.type = self.list_literal(node)
        elif isinstance(node, MapLiteral):
            node.type = self.map_literal(node)
        elif isinstance(node, Comprehension):
            node.type = self.comprehension(node)
        elif isinstance(node, Message):
            node.type = self.message(node)
        return node.type

    # Names

    def lookup(self, name: str) -> tuple[Type, int] | None:
        """(type, slot) of a variable; the slot of one that the environment has is -1."""
        bare = name.removeprefix(".")
        if bare is name:
            for known, declared, slot in reversed(self.scopes):
                if known == name:
                    return declared, slot
        declared_ = self.environment.variables.get(bare)
        if declared_ is not None:
            return declared_, -1
        named = TYPE_NAMES.get(bare)
        return (types.type_type(named), -2) if named is not None else None

    def ident(self, node: Ident) -> Type:
        found = self.lookup(node.name)
        if found is None:
            return self.undeclared(node.at, node.name.removeprefix("."))
        declared, node.slot = found
        if node.slot == -1:
            self.read.add(node.name.removeprefix("."))
        return declared

    def undeclared(self, at: int, name: str) -> Type:
        self.complain(at, f"undeclared reference to '{name}' (in container '{self.environment.container}')")
        return ERROR

    def select(self, node: Select) -> Type:
        name = qualified(node)
        if name and not self.is_local(name.partition(".")[0]):
            if name in self.environment.variables:
                node.variable = name
                self.read.add(name)
                return self.environment.variables[name]
            named = TYPE_NAMES.get(name)
            if named is not None:
                node.constant = True
                return types.type_type(named)
        declared, node.property = self.field(node.at, node.operand, node.field)
        return BOOL if node.test else declared

    def is_local(self, name: str) -> bool:
        """Whether a macro has declared it; a variable of the environment may be called like a field of another one."""
        return any(known == name for known, _, _ in self.scopes)

    def is_variable(self, name: str) -> bool:
        found = self.lookup(name)
        return found is not None and found[1] != -2

    def field(self, at: int, operand: Node, name: str) -> tuple[Type, str]:
        """The type of `operand.name`, and the property it reads; an optional operand makes it optional."""
        target = substitute(self.bound, self.check(operand))
        optional = is_optional(target)
        if optional:
            target = target.parameters[0]
        result, read = DYN, name
        if target.kind is Kind.MAP:
            result = target.parameters[1]
        elif target.kind is Kind.OBJECT:
            field = target.fields.get(name)
            if field is None and name in RESERVED:
                field = target.fields.get(f"__{name}__")
            if field is None:
                self.complain(at, f"undefined field '{name}'")
                result = ERROR
            else:
                result, read = field.type, field.property
        elif target.kind is Kind.PARAMETER:
            assignable(self.bound, DYN, target)
        elif target.kind not in _WILD:
            self.complain(at, f"type '{target}' does not support field selection")
        return (optional_of(result) if optional else result), read

    # Calls

    def call(self, node: Call) -> Type:
        if node.function == syntax.OPTIONAL_SELECT:
            return self.optional_select(node)
        for argument in node.arguments:
            self.check(argument)
        if node.target is None:
            found = self.functions.get(node.function.removeprefix("."))
            if found is None:
                return self.undeclared(node.at, node.function.removeprefix("."))
            return self.resolve(node, found, [])
        prefix = qualified(node.target)
        if prefix:
            found = self.functions.get(f"{prefix.removeprefix('.')}.{node.function}")
            if found is not None and not self.is_variable(prefix.partition(".")[0]):
                node.function = f"{prefix.removeprefix('.')}.{node.function}"
                node.target = None
                return self.resolve(node, found, [])
        target = self.check(node.target)
        found = self.functions.get(node.function)
        if found is None:
            return self.undeclared(node.at, node.function)
        return self.resolve(node, found, [target])

    def resolve(self, node: Call, candidates: Sequence[Overload], target: list[Type]) -> Type:
        given = tuple(target + [argument.type for argument in node.arguments])
        member = bool(target)
        matching: list[Overload] = []
        result: Type | None = None
        for overload in candidates:
            if overload.member is not member or len(overload.parameters) != len(given):
                continue
            parameters, produced = overload.parameters, overload.result
            if overload.generic or (overload.result.kind is Kind.OPAQUE and overload.result.parameters):
                parameters, produced = self.instantiated(overload)
            if not attempt(self.bound, given, parameters):
                continue
            matching.append(overload)
            made = substitute(self.bound, produced)
            result = made if result is None or made == result else DYN
        node.overloads = matching
        self.literals(node)
        if result is None:
            shown = [str(substitute(self.bound, each, free_is_dyn=True)) for each in given]
            signature = f"{shown[0]}.({', '.join(shown[1:])})" if member else f"({', '.join(shown)})"
            self.complain(node.at, f"found no matching overload for '{node.function}' applied to '{signature}'")
            return ERROR
        return result

    def literals(self, node: Call) -> None:
        """Times, durations and patterns that are written out are read now."""
        parse = _LITERAL_ARGUMENTS.get(node.function)
        literal = node.arguments[-1] if node.arguments else None
        if parse is None or not isinstance(literal, Literal) or not isinstance(literal.value, str):
            return
        try:
            parse(literal.value)
        except EvaluationError:
            self.complain(literal.at, f"invalid {node.function} argument")

    def instantiated(self, overload: Overload) -> tuple[tuple[Type, ...], Type]:
        """Its types with variables of their own."""
        self.fresh += 1
        fresh: dict[Type, Type] = {}

        def renew(declared: Type) -> Type:
            if declared.kind is Kind.PARAMETER:
                if declared not in fresh:
                    fresh[declared] = types.parameter(f"_var{self.fresh}{declared.name}")
                return fresh[declared]
            if not declared.parameters:
                return declared
            return Type(declared.kind, declared.name, tuple(map(renew, declared.parameters)))

        return tuple(map(renew, overload.parameters)), renew(overload.result)

    def optional_select(self, node: Call) -> Type:
        operand, name = node.arguments
        assert isinstance(name, Literal)
        self.check(name)
        result, name.value = self.field(node.at, operand, name.value)
        node.overloads = self.functions[syntax.OPTIONAL_SELECT]
        return result if is_optional(result) and is_optional(operand.type) else optional_of(result)

    # Aggregates

    def list_literal(self, node: ListLiteral) -> Type:
        element: Type | None = None
        for place, each in enumerate(node.elements):
            declared = self.check(each)
            if place in node.optional:
                declared = self.unwrapped(each)
            element = self.join(each.at, element, declared)
        return types.list_of(element or self.variable())

    def map_literal(self, node: MapLiteral) -> Type:
        key: Type | None = None
        value: Type | None = None
        for entry in node.entries:
            key = self.join(entry.key.at, key, self.check(entry.key))
            declared = self.check(entry.value)
            if entry.optional:
                declared = self.unwrapped(entry.value)
            value = self.join(entry.value.at, value, declared)
        return types.map_of(key or self.variable(), value or self.variable())

    def unwrapped(self, node: Node) -> Type:
        """The value's type of an entry with `?`, which has to be optional."""
        declared = substitute(self.bound, node.type)
        if is_optional(declared):
            return declared.parameters[0]
        if declared.kind not in _WILD:
            self.complain(node.at, f"expected type '{optional_of(declared)}' but found '{declared}'")
        return DYN

    def variable(self) -> Type:
        self.fresh += 1
        return types.parameter(f"_var{self.fresh}")

    def join(self, at: int, before: Type | None, now: Type) -> Type:
        """Kubernetes takes only literals whose elements are of one type."""
        if before is None:
            return now
        if attempt(self.bound, (before,), (now,)):
            return most_general(before, now)
        self.complain(at, f"expected type '{substitute(self.bound, before)}' but found '{substitute(self.bound, now)}'")
        return ERROR

    def message(self, node: Message) -> Type:
        for entry in node.entries:
            self.check(entry.value)
        constructed = constructor(node.name, self.environment)
        if constructed is None:
            named = TYPE_NAMES.get(node.name)
            if named is not None or self.is_variable(node.name):
                self.complain(node.at, f"'{node.name}' is not a{' message' if named is not None else ''} type")
                return ERROR
            return self.undeclared(node.at, node.name)
        for entry in node.entries:
            field = constructed.fields.get(entry.key)
            declared = self.unwrapped(entry.value) if entry.optional else entry.value.type
            wanted = DYN if not constructed.fields else field.type if field is not None else None
            if wanted is None:
                self.complain(entry.at, f"undefined field '{entry.key}'")
                continue
            if not attempt(self.bound, (wanted,), (declared,)):
                self.complain(entry.at, f"expected type of field '{entry.key}' is '{wanted}' but provided type is "
                                        f"'{substitute(self.bound, declared)}'")  # fmt: skip
        return constructed

    # Folds

    def comprehension(self, node: Comprehension) -> Type:
        ranged = substitute(self.bound, self.check(node.range))
        accumulated = self.check(node.initial)
        first, second = self.iterated(node, ranged)
        node.slot = self.slot()
        self.scopes.append((node.accumulator, accumulated, node.slot))
        if node.macro != "bind":
            self.scopes.append((node.variable, first, self.slot()))
            if node.variable2:
                self.scopes.append((node.variable2, second, self.slot()))
        self.expect(node.condition, BOOL)
        self.check(node.step)
        if node.macro != "bind":
            self.assign(node.step, accumulated)
            del self.scopes[-1 - bool(node.variable2):]
        result = self.check(node.result)
        self.scopes.pop()
        self.slots -= 1 if node.macro == "bind" else 3 if node.variable2 else 2
        return substitute(self.bound, result)

    def slot(self) -> int:
        self.slots += 1
        self.most_slots = max(self.most_slots, self.slots)
        return self.slots - 1

    def iterated(self, node: Comprehension, ranged: Type) -> tuple[Type, Type]:
        """The types of the variables."""
        if ranged.kind is Kind.LIST:
            element = ranged.parameters[0]
            return (types.INT, element) if node.variable2 else (element, DYN)
        if ranged.kind is Kind.MAP:
            return ranged.parameters[0], ranged.parameters[1]
        if ranged.kind is Kind.PARAMETER:
            assignable(self.bound, DYN, ranged)
        elif ranged.kind not in _WILD:
            self.complain(node.range.at, f"expression of type '{ranged}' cannot be range of a comprehension "
                                         "(must be list, map, or dynamic)")  # fmt: skip
            return ERROR, ERROR
        return DYN, DYN

    def expect(self, node: Node, wanted: Type) -> None:
        self.check(node)
        self.assign(node, wanted)

    def assign(self, node: Node, wanted: Type) -> None:
        if not attempt(self.bound, (wanted,), (node.type,)):
            self.complain(node.at, f"expected type '{substitute(self.bound, wanted)}' but found "
                                   f"'{substitute(self.bound, node.type)}'")  # fmt: skip


def constructor(name: str, environment: Environment) -> Type | None:
    """The type of `Name{…}`: only mutating policies make objects, and patches of them."""
    if "jsonpatch" not in environment.libraries:
        return None
    if name == "JSONPatch":
        return JSON_PATCH
    if name == "Object" or name.startswith("Object."):
        return types.object_of(name, {})
    return None
