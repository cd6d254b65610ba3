"""Selectors: which objects a query, a Service or a controller means.

Label selectors come as text (`app=web,tier in (a,b),!canary`) or as JSON (`matchLabels`, `matchExpressions`); field
selectors as text only. Each is compiled once into requirements and a callable; interpreting the text per object was
rejected, since every watch event is matched against every filtered watcher.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.objects import names
from services.objects.errors import BadRequest

Labels = Mapping[str, str]

IN, NOT_IN, EXISTS, DOES_NOT_EXIST = "in", "notin", "exists", "!"
EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS = "=", "==", "!=", "gt", "lt"

_OPERATORS = {"in": IN, "notin": NOT_IN, "=": EQUALS, "==": DOUBLE_EQUALS, "!=": NOT_EQUALS, ">": GREATER, "<": LESS}
_JSON_OPERATORS = {"In": IN, "NotIn": NOT_IN, "Exists": EXISTS, "DoesNotExist": DOES_NOT_EXIST}


class Requirement(NamedTuple):
    """One condition; `values` are sorted and without duplicates."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        match self.operator:
            case "exists":
                return self.key
            case "!":
                return f"!{self.key}"
            case "in" | "notin":
                return f"{self.key} {self.operator} ({','.join(self.values)})"
            case "gt":
                return f"{self.key}>{self.values[0]}"
            case "lt":
                return f"{self.key}<{self.values[0]}"
        return f"{self.key}{self.operator}{self.values[0]}"

    def test(self) -> Callable[[Labels], bool]:
        key = self.key
        match self.operator:
            case "exists":
                return lambda labels: key in labels
            case "!":
                return lambda labels: key not in labels
            case "=" | "==":
                wanted = self.values[0]
                return lambda labels: labels.get(key) == wanted
            case "!=":
                unwanted = self.values[0]
                return lambda labels: labels.get(key) != unwanted
            case "in":
                allowed = frozenset(self.values)
                return lambda labels: labels.get(key) in allowed
            case "notin":
                refused = frozenset(self.values)
                return lambda labels: labels.get(key) not in refused
        bound = int(self.values[0])
        if self.operator == GREATER:
            return lambda labels: (number := _integer(labels.get(key))) is not None and number > bound
        return lambda labels: (number := _integer(labels.get(key))) is not None and number < bound


def _integer(text: str | None) -> int | None:
    """As Go's ParseInt reads 64 bits; None for anything else."""
    digits = text[1:] if text and text[0] in "+-" else text
    if not text or not digits or not digits.isascii() or not digits.isdigit() or len(digits) > 40:
        return None
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else None


class LabelSelector:
    """`matches(labels)`; `requirements` are ANDed and sorted by key. `nothing` matches no object at all."""

    __slots__ = ("matches", "nothing", "requirements")

    def __init__(self, requirements: Iterable[Requirement] = (), *, nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda requirement: requirement.key))
        self.nothing = nothing
        self.matches: Callable[[Labels], bool] = _never if nothing else _all(self.requirements)

    @property
    def everything(self) -> bool:
        return not self.requirements and not self.nothing

    def __str__(self) -> str:
        return "<nothing>" if self.nothing else ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"LabelSelector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LabelSelector) and (self.requirements, self.nothing) == (
            other.requirements, other.nothing)  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.requirements, self.nothing))


def _never(labels: Labels) -> bool:
    return False


def _always(labels: Labels) -> bool:
    return True


def _all(requirements: Sequence[Requirement]) -> Callable[[Labels], bool]:
    if not requirements:
        return _always
    if all(requirement.operator in (EQUALS, DOUBLE_EQUALS) for requirement in requirements):
        wanted = [(requirement.key, requirement.values[0]) for requirement in requirements]
        if len({key for key, _ in wanted}) == len(wanted):
            items = dict(wanted).items()
            return lambda labels: items <= labels.items()
    tests = tuple(requirement.test() for requirement in requirements)
    if len(tests) == 1:
        return tests[0]
    return lambda labels: all(test(labels) for test in tests)


EVERYTHING = LabelSelector()
NOTHING = LabelSelector(nothing=True)


class SelectorError(ValueError):
    """The selector is not well-formed; the message is Kubernetes'."""


def requirement(key: str, operator: str, values: Iterable[str] = ()) -> Requirement:
    """Checked as Kubernetes checks it; raises SelectorError."""
    errors = names.is_qualified_name(key)
    if errors:
        raise SelectorError(f'key: Invalid value: "{key}": {"; ".join(errors)}')
    chosen = tuple(sorted(set(values)))
    if operator in (IN, NOT_IN) and not chosen:
        raise SelectorError("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")
    if operator in (EXISTS, DOES_NOT_EXIST) and chosen:
        shown = ", ".join(f'"{value}"' for value in chosen)
        raise SelectorError(f"values: Invalid value: [{shown}]: values set must be empty for exists and does not exist")
    if operator in (EQUALS, DOUBLE_EQUALS, NOT_EQUALS) and len(chosen) != 1:
        raise SelectorError("values: Invalid value: exact-match compatibility requires one single value")
    if operator in (GREATER, LESS) and (len(chosen) != 1 or _integer(chosen[0]) is None):
        raise SelectorError(f'values[0]: Invalid value: "{", ".join(chosen)}": '
                            "for 'Gt', 'Lt' operators, the value must be an integer")  # fmt: skip
    for index, value in enumerate(chosen):
        errors = names.is_label_value(value)
        if errors:
            raise SelectorError(f'values[{index}][{key}]: Invalid value: "{value}": {"; ".join(errors)}')
    return Requirement(key, operator, chosen)


_SPECIAL = "=!(),><"
_SYMBOLS = frozenset({"=", "==", "!=", "!", "(", ")", ",", ">", "<"})


def _tokens(text: str) -> list[str]:
    """Symbols and words; the end is ""."""
    tokens: list[str] = []
    position, end = 0, len(text)
    while position < end:
        start = position
        if text[position] in " \t\r\n":
            position += 1
        elif text[position] in _SPECIAL:
            position += 2 if text[position:position + 2] in _SYMBOLS else 1
            tokens.append(text[start:position])
        else:
            while position < end and text[position] not in _SPECIAL and text[position] not in " \t\r\n":
                position += 1
            tokens.append(text[start:position])
    tokens.append("")
    return tokens


class _Parser:
    """The grammar of k8s.io/apimachinery's labels.Parse, which takes empty values in many places."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.position = 0

    @property
    def ahead(self) -> str:
        return self.tokens[self.position]

    def take(self) -> str:
        token = self.tokens[self.position]
        if token:
            self.position += 1
        return token

    def parse(self) -> list[Requirement]:
        requirements: list[Requirement] = []
        while self.ahead:
            if self.ahead != "!" and self.ahead in _SYMBOLS:
                raise SelectorError(f"found '{self.ahead}', expected: !, identifier, or 'end of string'")
            try:
                requirements.append(self.requirement())
            except SelectorError as error:
                raise SelectorError(f"unable to parse requirement: {error}") from None
            token = self.take()
            if not token:
                break
            if token != ",":
                raise SelectorError(f"found '{token}', expected: ',' or 'end of string'")
            if not self.ahead or (self.ahead != "!" and self.ahead in _SYMBOLS):
                raise SelectorError(f"found '{self.ahead}', expected: identifier after ','")
        return requirements

    def requirement(self) -> Requirement:
        absent = self.ahead == "!"
        if absent:
            self.take()
        key = self.take()
        if not key or key in _SYMBOLS:
            raise SelectorError(f"found '{key}', expected: identifier")
        if absent:
            return requirement(key, DOES_NOT_EXIST)
        if self.ahead in ("", ","):
            return requirement(key, EXISTS)
        token = self.take()
        operator = _OPERATORS.get(token)
        if operator is None:
            raise SelectorError(f"found '{token}', expected: in, notin, =, ==, !=, gt, lt")
        return requirement(key, operator, self.list() if operator in (IN, NOT_IN) else [self.exact()])

    def exact(self) -> str:
        if self.ahead in ("", ","):
            return ""
        token = self.take()
        if token in _SYMBOLS:
            raise SelectorError(f"found '{token}', expected: identifier")
        return token

    def list(self) -> list[str]:
        token = self.take()
        if token != "(":
            raise SelectorError(f"found '{token}' expected: '('")
        values: list[str] = []
        comma = True  # an empty value stands wherever a comma or a parenthesis has no word beside it
        while (token := self.take()) != ")":
            if token == ",":
                if comma:
                    values.append("")
                comma = True
            elif not token or token in _SYMBOLS:
                raise SelectorError(f"found '{token}', expected: ',', ')' or identifier")
            elif not comma:
                raise SelectorError(f"found '{token}', expected: ',' or ')'")
            else:
                values.append(token)
                comma = False
        if comma:
            values.append("")
        return values


def parse_label(text: str) -> LabelSelector:
    """The query parameter `labelSelector`; raises BadRequest."""
    try:
        return LabelSelector(_Parser(text).parse()) if text else EVERYTHING
    except SelectorError as error:
        raise BadRequest(str(error)) from None


def from_json(selector: Mapping[str, Any] | None) -> LabelSelector:
    """A LabelSelector of meta/v1: None selects nothing, an empty one everything. Raises SelectorError."""
    if selector is None:
        return NOTHING
    requirements = [requirement(key, EQUALS, [value]) for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        operator = _JSON_OPERATORS.get(expression.get("operator", ""))
        if operator is None:
            raise SelectorError(f'"{expression.get("operator", "")}" is not a valid label selector operator')
        requirements.append(requirement(expression.get("key", ""), operator, expression.get("values") or ()))
    return LabelSelector(requirements)


def from_labels(labels: Mapping[str, str] | None) -> LabelSelector:
    """A plain map, as Services and ReplicationControllers have: an empty one selects everything; not checked."""
    return LabelSelector(Requirement(key, EQUALS, (value,)) for key, value in (labels or {}).items())


# Field selectors

Fields = Callable[[str], str]


class FieldRequirement(NamedTuple):
    """`operator` is `=` or `!=`."""

    path: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.path}{self.operator}{_escaped(self.value)}"


class FieldSelector:
    """`matches(get)`, where get(path) is the object's value at that path, "" when there is none."""

    __slots__ = ("matches", "requirements")

    def __init__(self, requirements: Iterable[FieldRequirement] = ()) -> None:
        self.requirements = tuple(requirements)
        tests = tuple((path, operator == EQUALS, value) for path, operator, value in self.requirements)
        self.matches: Callable[[Fields], bool] = (
            lambda get: all((get(path) == value) is wanted for path, wanted, value in tests)
        )  # fmt: skip

    @property
    def everything(self) -> bool:
        return not self.requirements

    def exact(self, path: str) -> str | None:
        """The value that `path` must equal, None when the selector does not say."""
        return next((each.value for each in self.requirements if each.path == path and each.operator == EQUALS), None)

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))


ALL_FIELDS = FieldSelector()
COMMON_FIELDS = ("metadata.name", "metadata.namespace")


def parse_field(text: str, supported: Collection[str] = ()) -> FieldSelector:
    """The query parameter `fieldSelector`; `supported` paths come on top of the common ones. Raises BadRequest."""
    requirements: list[FieldRequirement] = []
    for term in _terms(text):
        if not term:
            continue
        path, operator, value = _split_term(term)
        if path not in COMMON_FIELDS and path not in supported:
            raise BadRequest(f"field label not supported: {path}" if supported else
                             f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"')
        requirements.append(FieldRequirement(path, operator, _unescaped(value)))
    return FieldSelector(requirements) if requirements else ALL_FIELDS


def _terms(text: str) -> list[str]:
    """Cut at commas that no backslash escapes."""
    terms, start, position = [], 0, 0
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == ",":
            terms.append(text[start:position])
            start = position + 1
        position += 1
    terms.append(text[start:])
    return terms


def _split_term(term: str) -> tuple[str, str, str]:
    """At the leftmost operator; the path itself can hold none."""
    for position in range(len(term)):
        for operator in ("!=", "==", "="):
            if term.startswith(operator, position):
                return term[:position], NOT_EQUALS if operator == "!=" else EQUALS, term[position + len(operator):]
    raise BadRequest(f"invalid selector: '{term}'; can't understand '{term}'")


def _unescaped(value: str) -> str:
    if "\\" not in value and "," not in value and "=" not in value:
        return value
    result, characters = [], iter(value)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            if escaped not in ("\\", ",", "="):
                raise BadRequest(f"invalid field selector: invalid escape sequence: \\{escaped}")
            result.append(escaped)
        elif character in ",=":
            raise BadRequest(f"invalid field selector: unescaped character in value: '{character}'")
        else:
            result.append(character)
    return "".join(result)


def _escaped(value: str) -> str:
    return "".join(f"\\{character}" if character in "\\,=" else character for character in value)
