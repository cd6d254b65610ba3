"""Laws of expressions, over made-up expressions that fit their types and made-up values that fit theirs."""

from __future__ import annotations

import contextlib
import copy
import math
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.objects.cel import (
    DYN,
    PER_CALL_LIMIT,
    BudgetExceeded,
    CompileError,
    Environment,
    EvaluationError,
    Type,
    compile,
    schema_type,
)
from services.objects.cel.costs.metering import idle
from services.objects.cel.parsing.lexer import tokens
from services.objects.cel.running.values import equal
from services.objects.cel.types import Kind

LONGEST, MOST = 6, 4
TEXT: dict[str, Any] = {"type": "string", "maxLength": LONGEST}
SCHEMA: dict[str, Any] = {"type": "object", "properties": {
    "i": {"type": "integer"}, "j": {"type": "integer"}, "n": {"type": "number"}, "b": {"type": "boolean"}, "s": TEXT,
    "t": {"type": "string",
    "format": "date-time"}, "either": {"x-kubernetes-int-or-string": True, "maxLength": LONGEST},
    "ints": {"type": "array", "maxItems": MOST, "items": {"type": "integer"}},
    "texts": {"type": "array", "maxItems": MOST, "items": TEXT},
    "map": {"type": "object", "maxProperties": MOST, "additionalProperties": {"type": "integer"}},
    "objects": {"type": "array", "maxItems": MOST, "items": {"type": "object", "properties": {
        "k": TEXT, "v": {"type": "integer"}}}},
    "set": {"type": "array", "maxItems": MOST, "x-kubernetes-list-type": "set", "items": TEXT},
}}  # fmt: skip
SELF = schema_type(SCHEMA)
assert SELF is not None
ENVIRONMENT = Environment({"self": SELF, "d": DYN})

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=LONGEST)
integers = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 3)
times = st.datetimes().map(lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z")
json = st.recursive(
    st.none() | st.booleans() | integers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8,
)  # fmt: skip
entries = st.fixed_dictionaries({}, optional={"k": texts, "v": integers})
values = st.fixed_dictionaries({}, optional={
    "i": integers, "j": integers, "n": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5),
    "b": st.booleans(), "s": texts, "t": times, "either": integers | texts,
    "ints": st.lists(integers, max_size=MOST), "texts": st.lists(texts, max_size=MOST),
    "map": st.dictionaries(texts, integers, max_size=MOST), "objects": st.lists(entries, max_size=MOST),
    "set": st.lists(texts, max_size=MOST, unique=True),
})  # fmt: skip

# Expressions by type; `@int` stands for any expression of ints, and so on.
GRAMMAR: dict[str, list[str]] = {
    "int": [
        "0", "1", "-1", "9223372036854775807", "self.i", "self.j", "size(@string)", "size(@ints)", "@ints[@int]",
        "self.map['a']",
        "(@int + @int)", "(@int - @int)", "(@int * @int)", "(@int / @int)", "(@int % @int)", "-@int",
        "(@bool ? @int : @int)",
        "int(@string)", "int(@double)", "@string.indexOf(@string)", "self.t.getFullYear()", "@ints.sum()",
        "@ints.min()",
        "self.?i.orValue(@int)", "self.map[?@string].orValue(@int)", "@ints.map(x, x + @int).size()",
        "self.objects[0].v",
        "self.ints[?@int].optMap(x, x + 1).orValue(@int)", "self.objects.map(o, o.?v.orValue(@int)).sum()", "d.a",
        "int(self.either)",
        "@ints.indexOf(@int)", "@ints.lastIndexOf(@int)", "@ints.sort()[@int]",
        "duration(self.s + @string).getSeconds()",
    ],
    "double": ["1.5", "0.0", "-2.5", "self.n", "(@double + @double)", "(@double / @double)", "double(@int)",
    "double(@string)"],
    "string": [
        "''", "'a'", "'é'", "'1'", "self.s", "(@string + @string)", "string(@int)", "string(@double)",
        "string(@bool)", "self.texts[@int]",
        "@string.replace(@string, @string)", "@string.substring(@int)", "@string.substring(@int, @int)",
        "@string.upperAscii()",
        "@string.trim()", "@string.charAt(@int)", "@string.split(@string)[@int]", "@texts.join(@string)",
        "(@bool ? @string : @string)",
        "self.objects[@int].k", "@string.find(@string)", "'%s'.format([@int])", "'%s'.format([self.texts])",
        "string(self.t)",
        "strings.quote(@string)", "dyn(self.either)", "@texts.max()", "self.?s.orValue(@string)",
    ],
    "bool": [
        "true", "false", "self.b", "has(self.i)", "has(self.t)", "has(d.a.b)", "!@bool", "(@bool && @bool)",
        "(@bool || @bool)",
        "(@int < @int)", "(@int <= @double)", "(@string < @string)", "@ints.all(x, x > @int)",
        "@ints.exists(x, x < @int)",
        "@ints.exists_one(x, x == @int)", "self.objects.all(o, !has(o.k) || o.k.startsWith(@string))",
        "(@string in self.map)",
        "(@int in @ints)", "@string.startsWith(@string)", "@string.contains(@string)", "@string.matches('^[a-z]*$')",
        "self.map.all(k, self.map[k] > @int)", "self.map.exists(k, v, v == @int)", "@ints.isSorted()",
        "@texts.all(i, v, i < size(v))",
        "(self.t < timestamp('2024-01-01T00:00:00Z'))", "sets.contains(@ints, @ints)", "isQuantity(@string)",
        "isIP(@string)",
        "(d.a < 1)", "(type(d.a) == int)", "(dyn(@int) == dyn(@string))", "self.either.startsWith('a')",
        "@texts.exists(x, x.matches(@string))",
        "isSemver(@string, true)", "isCIDR(@string)", "isURL(@string)",
        "format.dns1123Label().validate(@string).hasValue()",
    ],
    "ints": [
        "[]", "[1, 2]", "[@int]", "self.ints", "(@ints + @ints)", "@ints.map(x, x * @int)",
        "@ints.filter(x, x != @int)", "@ints.sort()",
        "@ints.reverse()", "@ints.distinct()", "@ints.slice(@int, @int)", "[@ints, @ints].flatten()", "lists.range(3)",
        "self.map.transformList(k, v, v)", "@ints.sortBy(x, -x)", "@texts.map(x, size(x))",
        "[?self.map[?@string], @int]",
    ],
    "texts": ["self.texts", "['a', @string]", "self.map.map(k, k)", "@string.split(@string)",
    "(self.set + @texts)", "@texts.filter(x, x > @string)",
              "@string.findAll('[0-9]')", "self.objects.map(o, has(o.k), o.k)"],
}  # fmt: skip
LEAVES = {kind: [form for form in forms if "@" not in form] for kind, forms in GRAMMAR.items()}


_places = re.compile(rf"@({'|'.join(sorted(GRAMMAR, key=len, reverse=True))})\b").split


@st.composite
def expressions(draw: st.DrawFn, kind: str | None = None, deep: int = 3, without: frozenset[str] = frozenset()) -> str:
    kind = kind or draw(st.sampled_from(sorted(GRAMMAR)))
    forms = [form for form in (GRAMMAR if deep else LEAVES)[kind] if form not in without]
    parts = _places(draw(st.sampled_from(forms)))
    parts[1::2] = [draw(expressions(inner, deep - 1, without)) for inner in parts[1::2]]
    return "".join(parts)


slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
many = settings(max_examples=200, deadline=None, suppress_health_check=slow)


@many
@given(expressions(), values, json)
def test_what_compiles_comes_to_a_value_or_an_error_of_ours(expression: str, value: Any, dynamic: Any) -> None:
    before = copy.deepcopy((value, dynamic))
    program = compile(expression, ENVIRONMENT)
    with contextlib.suppress(EvaluationError):
        outcome = program.run({"self": value, "d": dynamic})
        assert 0 <= outcome.cost <= PER_CALL_LIMIT
        assert is_of(outcome.value, program.type)
    assert (value, dynamic) == before


CLASSES = {Kind.BOOL: bool, Kind.INT: int, Kind.DOUBLE: float, Kind.STRING: str, Kind.LIST: list}


def is_of(value: Any, declared: Type) -> bool:
    if declared.kind is Kind.DYN:
        return True
    if declared.kind is Kind.LIST:
        return isinstance(value, list) and all(is_of(each, declared.parameters[0]) for each in value)
    return type(value) is CLASSES[declared.kind]


@many
@given(expressions(), values, json)
def test_evaluation_is_a_function_of_its_input(expression: str, value: Any, dynamic: Any) -> None:
    def outcome() -> object:
        try:
            found, cost = compile(expression, ENVIRONMENT).run({"self": value, "d": dynamic})
        except EvaluationError as error:
            return str(error)
        return repr(found), cost

    assert outcome() == outcome()


# Where Kubernetes' estimate lies below what it charges: equality of what is declared as a number, keys of maps,
# joining, empty strings of a named format, and prefixes, which are estimated by their own length and charged by that
# of the text.
CHEAPER = frozenset(form for forms in GRAMMAR.values() for form in forms if any(
    part in form for part in ("==", "!=", "self.map", "join", "validate", "startsWith", "sets.")))  # fmt: skip


@many
@given(expressions(without=CHEAPER), values)
def test_nothing_costs_more_than_was_estimated(expression: str, value: Any) -> None:
    program = compile(expression, ENVIRONMENT)
    estimate = program.cost_estimate
    assert estimate.min <= estimate.max
    try:
        program.evaluate({"self": value, "d": {}}, budget=estimate.max)
    except BudgetExceeded:
        pytest.fail(f"costs more than {estimate.max}")
    except EvaluationError:
        return


@many
@given(st.text(max_size=60) | st.text("ab.1()[]{}?:'\"+-*/&|!<>=,% \n\\rxuin", max_size=60))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    with contextlib.suppress(CompileError, EvaluationError):
        program = compile(text, ENVIRONMENT.extend({"a": DYN, "b": DYN}))
        assert program.cost_estimate.max >= program.cost_estimate.min
        assert {path[0] for path in program.paths} == program.references
        program.evaluate({"self": {}, "d": 1, "a": {"b": [1]}, "b": "x"})


@many
@given(expressions())
def test_spaces_and_parentheses_change_nothing(expression: str) -> None:
    found, wrong = tokens(expression)
    assert not wrong
    spaced = " \n".join(token.text for token in found[:-1])
    one, other = compile(expression, ENVIRONMENT), compile(f"(({spaced}))", ENVIRONMENT)
    assert (one.type, one.cost_estimate, one.paths) == (other.type, other.cost_estimate, other.paths)


@many
@given(json, json, json)
def test_equality_is_an_equivalence(one: Any, other: Any, third: Any) -> None:
    def same(left: Any, right: Any) -> bool:
        return equal(left, right, idle())

    assert same(one, copy.deepcopy(one))
    assert same(one, other) == same(other, one)
    if same(one, other) and same(other, third):
        assert same(one, third)


@many
@given(st.integers(), st.integers())
def test_arithmetic_is_that_of_64_bits(left: int, right: int) -> None:
    low, high = -(1 << 63), (1 << 63) - 1
    left, right = max(low, min(high, left)), max(low, min(high, right))
    environment = Environment({"d": DYN})
    for sign, exact in (("+", left + right), ("-", left - right), ("*", left * right)):
        program = compile(f"d[0] {sign} d[1]", environment)
        if low <= exact <= high:
            assert program.evaluate({"d": [left, right]}) == exact
        else:
            with pytest.raises(EvaluationError, match="integer overflow"):
                program.evaluate({"d": [left, right]})
    if right and not (left == low and right == -1):
        quotient = compile("d[0] / d[1]", environment).evaluate({"d": [left, right]})
        rest = compile("d[0] % d[1]", environment).evaluate({"d": [left, right]})
        assert quotient * right + rest == left
        assert abs(rest) < abs(right)
        assert rest == 0 or (rest < 0) == (left < 0)


@many
@given(st.floats(allow_nan=False))
def test_a_double_survives_its_text(number: float) -> None:
    environment = Environment({"d": DYN})
    found = compile("double(string(d))", environment).evaluate({"d": number})
    assert found == number
    assert math.copysign(1, found) == math.copysign(1, number)
