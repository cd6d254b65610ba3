"""Expressions and values made to hurt: each is refused or stopped, with an error of ours, soon."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from services.objects.cel import (
    DYN,
    INT,
    STRING,
    BudgetExceeded,
    CompileError,
    Environment,
    EvaluationError,
    compile,
    list_of,
    schema_type,
)
from services.objects.cel.costs import metering

ENVIRONMENT = Environment({"a": DYN, "l": list_of(INT), "s": STRING, "long": STRING})
TOO_DEEP = "expression recursion limit exceeded: 250"


@pytest.mark.parametrize("expression", [
    "(" * 300 + "1" + ")" * 300, "(" * 50_000, "[" * 50_000, "{1:" * 30_000, "f(" * 50_000, "a[" * 50_000,
    "+".join(["1"] * 300), "1" + "+1" * 40_000, "a" + ".b" * 300, "a" + ".b" * 40_000, "a?b:" * 300 + "c",
    "a?b:" * 20_000 + "c", "a?" * 40_000, "a" + "[0]" * 300, "l.map(x," * 100 + "x" + ")" * 100,
    "a" + ".f()" * 20_000, "1*" * 300 + "1", "a<" * 300 + "a",
])  # fmt: skip
def test_nesting_has_a_limit(expression: str) -> None:
    with pytest.raises(CompileError, match=TOO_DEEP):
        compile(expression, ENVIRONMENT)


@pytest.mark.parametrize("expression", [
    "(" * 240 + "1" + ")" * 240, "+".join(["1"] * 240), "a" + ".b" * 240, "a?b:" * 60 + "c", "!" * 5001 + "a",
    "-" * 5000 + "1", "true" + " && true" * 5000, "true" + " || false" * 5000,
])  # fmt: skip
def test_below_the_limit_all_is_well(expression: str) -> None:
    environment = ENVIRONMENT.extend({"b": DYN, "c": DYN})
    program = compile(expression, environment)
    assert program.cost_estimate.max >= 0
    deep: Any = True
    for _ in range(240):
        deep = {"b": deep}
    program.evaluate({"a": deep if expression.startswith("a.") else True, "b": True, "c": True})


@pytest.mark.parametrize("expression", [
    "x" * 100_001, "'" * 99_999, '"' * 99_999, "@" * 99_999, "\\" * 99_999, "1 " * 50_000, "r'" + "\\" * 90_000,
    "'\\" * 40_000,
    "//" * 50_000, "\x00" * 1000, "'" + "\\x" * 40_000 + "'", "1" * 99_999, "0x" + "f" * 99_000, "1e" + "9" * 99_000,
    "é" * 90_000, "`" * 99_999, "." * 99_999, "\ud800", "'\ud800",
])  # fmt: skip
def test_nonsense_is_refused_with_a_short_message(expression: str) -> None:
    with pytest.raises(CompileError) as raised:
        compile(expression, ENVIRONMENT)
    assert len(str(raised.value)) < 350_000
    assert len(raised.value.issues) <= 100


@pytest.mark.parametrize("expression", [
    "[1].all(x, [2].all(y, [3].all(z, " + "[4].all(w, " * 40 + "w > 0" + ")" * 43,
    "optional.of(1)" + ".optMap(x, x)" * 60,
    "[3, 1]" + ".sortBy(x, x)" * 60,
])  # fmt: skip
def test_nested_macros_stay_cheap(expression: str) -> None:
    compile(expression, ENVIRONMENT).run({})


RANGE = "lists.range(2000)"


@pytest.mark.parametrize("expression", [
    f"{RANGE}.all(x, {RANGE}.all(y, {RANGE}.all(z, true)))",
    "lists.range(1000000).map(x, x).size() > 0",
    f"{RANGE}.map(x, 'a').join(',').split(',').map(x, s + s + s).size() > 0",
    f"{RANGE}.sort().size() > 0 && {RANGE}.distinct().size() > 0",
    "l.all(x, l.all(y, l.all(z, x + y + z > -1)))",
    f"{RANGE}.all(x, !s.matches('(a*)*b'))",
])  # fmt: skip
def test_the_budget_stops_it(expression: str) -> None:
    with pytest.raises(BudgetExceeded, match="operation cancelled: actual cost limit exceeded"):
        compile(expression, ENVIRONMENT).evaluate({"s": "a" * 3000, "l": list(range(300))})


DOUBLED = "[[1]]" + ".map(x, [x, x])" * 28


@pytest.mark.parametrize("expression", [
    f"{DOUBLED} == {DOUBLED}",
    f"{DOUBLED} in [{DOUBLED}]",
    f"sets.contains({DOUBLED}, {DOUBLED})",
    f"{DOUBLED}.indexOf(dyn({DOUBLED})) == 0",
    f"[{DOUBLED}, {DOUBLED}].distinct().size() == 1",
    f"'%s'.format([{DOUBLED}]).size() > 0",
    f"dyn({DOUBLED}).flatten(30).size() > 0",
    "[lists.range(100000)].all(b, lists.range(50000).map(i, b + b).size() > 0)",
    "[lists.range(1000)].all(b, lists.range(1000).map(i, b).flatten().map(i, b).flatten().size() > 0)",
    "lists.range(20000).exists(i, s.matches('(a{400}){2}' + string(i)))",
    "lists.range(1000).map(i, long.replace('', long.substring(0, 300))).size() > 0",
    "lists.range(1000).map(i, long.findAll('')).size() > 0",
    "[url('/?' + long.replace('x', 'x&'))].all(u, lists.range(1000).all(i, u.getQuery().size() > 0))",
    "lists.range(1000).all(i, duration(long.replace('x', '1s')) > duration('1s'))",
])  # fmt: skip
def test_work_that_costs_little_is_stopped_as_well(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small trees of references to each other are huge when walked; Kubernetes' units do not see that."""
    monkeypatch.setattr(metering, "MOST_WORK", 100_000)
    with pytest.raises(EvaluationError):
        compile(expression, ENVIRONMENT).evaluate({"s": "aaa", "long": "x" * 5000})


def test_a_budget_of_nothing() -> None:
    program = compile("a.b == 1", ENVIRONMENT)
    with pytest.raises(BudgetExceeded):
        program.evaluate({"a": {"b": 1}}, budget=2)
    assert program.run({"a": {"b": 1}}, budget=3) == (True, 3)


def test_an_error_says_what_it_cost() -> None:
    with pytest.raises(EvaluationError, match="division by zero") as raised:
        compile("[1, 2, 0].map(x, 6 / x)", ENVIRONMENT).evaluate({})
    assert raised.value.cost == 1 + 3 * 14
    with pytest.raises(BudgetExceeded) as exceeded:
        compile("[1, 2, 0].map(x, x)", ENVIRONMENT).evaluate({}, budget=30)
    assert 30 < exceeded.value.cost < 60


def test_an_exceeded_budget_is_not_an_error_that_can_be_ignored() -> None:
    with pytest.raises(BudgetExceeded):
        compile("lists.range(1000000).all(x, true) || true", ENVIRONMENT).evaluate({})
    with pytest.raises(BudgetExceeded):
        compile("[1].exists(x, lists.range(1000000).all(x, true) || true)", ENVIRONMENT).evaluate({})


def test_what_is_converted_is_converted_once() -> None:
    schema = {"type": "object", "properties": {
        "bytes": {"type": "string", "format": "byte"}, "times": {"type": "array", "items": {
            "type": "string", "format": "date-time"}},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}}}  # fmt: skip
    declared = schema_type(schema)
    assert declared is not None
    value = {
        "bytes": "aGlv" * 50_000,
        "times": ["2024-01-01T00:00:00Z"] * 20_000,
        "set": [str(i) for i in range(20_000)],
    }
    for read in ("self.bytes.size()", "self.times.size()", "self.set.size()", "dyn(self).times.size()"):
        program = compile(f"lists.range(20000).all(i, {read} > 0)", Environment({"self": declared}))
        assert program.evaluate({"self": value}) is True


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("expression", ["a == a", "a in [a]", "'%s'.format([a])", "sets.contains([a], [a])"])
def test_values_nested_beyond_reason(expression: str) -> None:
    program = compile(expression, ENVIRONMENT)
    assert program.evaluate({"a": nested(100)})
    with pytest.raises(EvaluationError, match="value is nested too deeply"):
        program.evaluate({"a": nested(100_000)})


@pytest.mark.parametrize("wrong", [None, 1, "x", [], {"b": []}, True, 1.5])
def test_values_that_are_not_of_their_type(wrong: Any) -> None:
    environment = Environment({"l": list_of(STRING), "s": STRING, "i": INT})
    for expression in ("s + 'a'", "i + 1 > 2", "l.map(x, x + 'a')", "s.startsWith('a')", "l[0].size()",
                       "i < 3 && s < 'a'", "s == 'a' || i * 2 == 4",
                       "l.exists(x, x.matches('a'))", "-i", "l.join(s)"):  # fmt: skip
        with contextlib.suppress(EvaluationError):
            compile(expression, environment).evaluate({"l": wrong, "s": wrong, "i": wrong})
