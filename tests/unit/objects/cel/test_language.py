"""What expressions come to. The same table tried the packages on PyPI (the package's docstring says how they did)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from services.objects.cel import (
    BOOL,
    DYN,
    INT,
    STRING,
    UINT,
    Environment,
    EvaluationError,
    compile,
    list_of,
    map_of,
)
from services.objects.cel.running.values import NONE, Duration, Optional, Timestamp, TypeValue, UInt

ENVIRONMENT = Environment({
    "i": INT, "u": UINT, "s": STRING, "b": BOOL, "d": DYN, "l": list_of(INT), "m": map_of(STRING, INT),
})  # fmt: skip
BINDINGS = {
    "i": 3, "u": UInt(4), "s": "héllo", "b": True, "l": [1, 2, 3], "m": {"a": 1, "b": 2},
    "d": {"x": 1, "y": [1, "a", None, True], "z": {"w": 2.5}, "n": None},
}  # fmt: skip


def value(expression: str) -> Any:
    return compile(expression, ENVIRONMENT).evaluate(BINDINGS)


def same(found: Any, wanted: Any) -> bool:
    """Of the same class too: 1 is not 1.0, nor true."""
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(wanted, float) and math.isnan(wanted):
        return isinstance(found, float) and math.isnan(found)
    return type(found) is type(wanted) and bool(found == wanted)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("1", 1), ("-1", -1), ("0x1F", 31), ("-0x1f", -31), ("-9223372036854775808", -9223372036854775808),
    ("42u", UInt(42)), ("0xFFu", UInt(255)), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("-2.5e-3", -0.0025),
    ("'a'", "a"), ('"a"', "a"), ("'''a'b\nc'''", "a'b\nc"), ('"""x"y"""', 'x"y'), (r"'\n\t\\\'\"\?\`'", "\n\t\\'\"?`"),
    (r"r'\d\n'", r"\d\n"), (r"'\x41\u00e9\U0001F600\101'", "Aé😀A"), (r"b'\xff\377\n'", b"\xff\xff\n"),
    ("b'é'", "é".encode()), (r"br'\x'", rb"\x"), ("true", True), ("null", None), ("[]", []), ("[1, 2,]", [1, 2]),
    ("{}", {}), ("{'a': 1, 'b': 2}.b", 2), ("1 // a comment\n + 2", 3),
])  # fmt: skip
def test_literals(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("1 + 2 * 3 - 4", 3), ("(1 + 2) * 3", 9), ("7 / 2", 3), ("-7 / 2", -3), ("7 / -2", -3), ("-7 % 3", -1),
    ("7 % -3", 1), ("7u / 2u", UInt(3)), ("7u % 4u", UInt(3)), ("1.0 / 0.0", math.inf), ("-1.0 / 0.0", -math.inf),
    ("0.0 / 0.0", math.nan), ("1e308 * 10.0", math.inf), ("'a' + 'b'", "ab"), ("b'a' + b'b'", b"ab"),
    ("[1] + [2]", [1, 2]), ("-i", -3), ("--i", 3), ("- -1", 1), ("1 - -1", 2), ("!b", False), ("!!b", True),
    ("9223372036854775806 + 1", 9223372036854775807), ("u + 1u", UInt(5)), ("0.1 + 0.2", 0.1 + 0.2),
])  # fmt: skip
def test_arithmetic(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


@pytest.mark.parametrize(("expression", "why"), [
    ("9223372036854775807 + 1", "integer overflow"),
    ("-9223372036854775808 - 1", "integer overflow"),
    ("4611686018427387904 * 2", "integer overflow"),
    ("-(-9223372036854775807 - 1)", "integer overflow"),
    ("-9223372036854775808 / -1", "integer overflow"),
    ("0u - 1u", "unsigned integer overflow"),
    ("18446744073709551615u + 1u", "unsigned integer overflow"),
    ("1 / 0", "division by zero"),
    ("1u / 0u", "division by zero"),
    ("1 % 0", "modulus by zero"),
    ("l[3]", "index out of bounds: 3"),
    ("l[-1]", "index out of bounds: -1"),
    ("m.c", "no such key: c"),
    ("m['c']", "no such key: c"),
    ("d.q", "no such key: q"),
    ("d.x.y", "no such overload"),
    ("dyn(1) + 'a'", "no such overload"),
    ("dyn('a').startsWith(dyn(1))", "no such overload"),
    ("dyn('a') < 1", "no such overload"),
    ("dyn(1) ? 1 : 2", "no such overload"),
    ("dyn(1) && true", "no such overload"),
    ("{'a': 1, 'a': 2}", "Failed with repeated key: a"),
    ("{1.5: 'a'}", "unsupported key type"),
    ("int('x')", "type conversion error from 'string' to 'int'"),
    ("int(1e99)", "range error"),
    ("uint(-1)", "range error"),
    ("int(18446744073709551615u)", "range error"),
    ("bool('yes')", "type conversion error from 'string' to 'bool'"),
    (r"string(b'\xff')", "invalid UTF-8 in bytes, cannot convert to string"),
    ("[1, 2].all(x, x / 0 > 1)", "division by zero"),
    ("[1, 0].map(x, 1 / x)", "division by zero"),
    ("[0].exists_one(x, 1 / x > 0)", "division by zero"),
    ("optional.none().value()", "optional.none() dereference"),
    ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "timestamp overflow"),
    ("duration('9223372036s') + duration('9223372036s')", "duration overflow"),
    ("timestamp(i * 100000000000000)", "timestamp overflow"),
    ("s.matches(s + '[')", "error parsing regexp: missing ]: ["),
    ("timestamp('2024-01-01T00:00:00Z').getHours('Mars/Olympus')", "unknown time zone Mars/Olympus"),
])  # fmt: skip
def test_errors(expression: str, why: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        value(expression)
    assert str(raised.value) == why


@pytest.mark.parametrize(("expression", "wanted"), [
    ("1 < 2", True), ("1 < 1.5", True), ("1u < 2", True), ("2 > 1.5", True), ("1 <= 1u", True),
    ("9223372036854775807 < 9223372036854775808.0", True), ("'a' < 'b'", True), ("b'a' <= b'a'", True),
    ("false < true", True), ("duration('1s') < duration('1m')", True), ("1.0 == 1.0", True),
    ("0.0 / 0.0 == 0.0 / 0.0", False), ("dyn(1) == 1.0", True), ("dyn(1) == 1u", True), ("dyn(1) == '1'", False),
    ("dyn(1) == true", False), ("dyn(true) == 1", False), ("dyn([1]) == [true]", False), ("dyn([1]) == [1.0]", True),
    ("[1, 2] == [1, 2]", True), ("[1, 2] == [2, 1]", False), ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
    ("{'a': dyn(1)} == {'a': 1.0}", True), ("{1: 'a'}[dyn(1.0)]", "a"), ("{1: 'a'}[dyn(1u)]", "a"),
    ("{true: 1, false: 2}[true]", 1), ("dyn({true: 1, false: 0}) == {1: 1}", False), ("null == null", True),
    ("d.n == null", True), ("d == null", False), ("type(1) == int", True), ("type(dyn(1)) == type(1.0)", False),
    ("type(type(1)) == type", True), ("1 in l", True), ("dyn(1.0) in dyn(l)", True), ("4 in l", False),
    ("'a' in m", True), ("dyn(true) in dyn({1: 2})", False), ("d.y == [dyn(1), 'a', null, true]", True),
    ("timestamp('2024-01-01T00:00:00Z') == timestamp('2024-01-01T01:00:00+01:00')", True),
])  # fmt: skip
def test_comparisons(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("true || 1 / 0 == 1", True), ("1 / 0 == 1 || true", True), ("false && 1 / 0 == 1", False),
    ("1 / 0 == 1 && false", False), ("b ? 1 : 1 / 0", 1), ("!b ? 1 / 0 : 2", 2), ("dyn(1) || true", True),
    ("false || false || true", True), ("true && true && false", False), ("b ? b ? 1 : 2 : 3", 1),
    ("!b ? 1 : b ? 2 : 3", 2), ("[0, 1].exists(x, 1 / x == 1)", True), ("[0, 1].all(x, 1 / x == 2)", False),
])  # fmt: skip
def test_errors_that_do_not_matter(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("l.all(x, x > 0)", True), ("l.all(x, x > 1)", False), ("[].all(x, x)", True), ("l.exists(x, x == 3)", True),
    ("[].exists(x, x)", False), ("l.exists_one(x, x > 2)", True), ("l.existsOne(x, x > 1)", False),
    ("l.map(x, x * 2)", [2, 4, 6]), ("l.map(x, x > 1, x * 2)", [4, 6]), ("l.filter(x, x != 2)", [1, 3]),
    ("m.all(k, m[k] > 0)", True), ("m.map(k, k)", ["a", "b"]), ("{true: 1}.map(k, k)", [True]),
    ("l.map(x, l.map(y, x * y))", [[1, 2, 3], [2, 4, 6], [3, 6, 9]]), ("l.map(x, l.map(x, x))[0]", [1, 2, 3]),
    ("l.all(i, v, i + 1 == v)", True), ("m.exists(k, v, k == 'b' && v == 2)", True),
    ("m.existsOne(k, v, v > 0)", False), ("l.exists_one(i, v, i == v)", False),
    ("l.transformList(i, v, i * v)", [0, 2, 6]), ("l.transformList(i, v, i > 0, v)", [2, 3]),
    ("m.transformMap(k, v, v + 1) == {'a': 2, 'b': 3}", True), ("m.transformMap(k, v, v > 1, v) == {'b': 2}", True),
    ("m.transformMapEntry(k, v, {v: k}) == {1: 'a', 2: 'b'}", True),
    ("l.transformMap(i, v, v) == {0: 1, 1: 2, 2: 3}", True),
    ("has(m.a)", True), ("has(m.c)", False), ("has(d.z.w)", True), ("has(d.n)", True), ("has({'a': 1}.a)", True),
    ("d.y.map(e, type(e) == string).exists(t, t)", True), ("[3, 1, 2].sortBy(x, -x)", [3, 2, 1]),
    ("[{'k': 'b'}, {'k': 'a'}].sortBy(e, e.k).map(e, e.k)", ["a", "b"]),
])  # fmt: skip
def test_macros(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


def test_an_entry_that_is_there_already_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="insert failed: key 1 already exists"):
        value("{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})")


@pytest.mark.parametrize(("expression", "wanted"), [
    ("int(1.9)", 1), ("int(-1.9)", -1), ("int('-42')", -42), ("int(7u)", 7), ("int(duration('1s'))", 1_000_000_000),
    ("int(timestamp('2004-09-16T23:59:59Z'))", 1095379199), ("uint(3.7)", UInt(3)), ("uint('5')", UInt(5)),
    ("double(1)", 1.0), ("double('1.5e3')", 1500.0), ("double('-Inf')", -math.inf), ("double('NaN')", math.nan),
    ("bool('true')", True), ("bool('f')", False), ("string(1)", "1"), ("string(-1.5)", "-1.5"), ("string(1.0)", "1"),
    ("string(1e6)", "1e+06"), ("string(123456.0)", "123456"), ("string(0.0001)", "0.0001"),
    ("string(0.00001)", "1e-05"), ("string(1.0 / 3.0)", "0.3333333333333333"), ("string(1.0 / 0.0)", "+Inf"),
    ("string(true)", "true"), ("string(4u)", "4"), ("string(b'abc')", "abc"), ("string(duration('90m'))", "5400s"),
    ("string(duration('1500ms'))", "1.5s"),
    ("string(timestamp('2024-01-01T01:00:00.120+01:00'))", "2024-01-01T00:00:00.12Z"),
    ("bytes('é')", "é".encode()), ("type(1)", TypeValue("int")), ("type(1u)", TypeValue("uint")),
    ("type(null)", TypeValue("null_type")), ("type([])", TypeValue("list")),
    ("type(duration('1s'))", TypeValue("google.protobuf.Duration")),
    ("timestamp(0) == timestamp('1970-01-01T00:00:00Z')", True), ("size('héllo')", 5), ("'😀'.size()", 1),
    ("size(b'é')", 2), ("size([1, 2])", 2), ("size({'a': 1})", 1),
])  # fmt: skip
def test_conversions(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("timestamp('2024-02-29T23:30:15.123Z').getFullYear()", 2024),
    ("timestamp('2024-02-29T23:30:15.123Z').getMonth()", 1),
    ("timestamp('2024-02-29T23:30:15.123Z').getDate()", 29),
    ("timestamp('2024-02-29T23:30:15.123Z').getDayOfMonth()", 28),
    ("timestamp('2024-02-29T23:30:15.123Z').getDayOfWeek()", 4),
    ("timestamp('2024-02-29T23:30:15.123Z').getDayOfYear()", 59),
    ("timestamp('2024-02-29T23:30:15.123Z').getHours()", 23),
    ("timestamp('2024-02-29T23:30:15.123Z').getMinutes()", 30),
    ("timestamp('2024-02-29T23:30:15.123Z').getSeconds()", 15),
    ("timestamp('2024-02-29T23:30:15.123Z').getMilliseconds()", 123),
    ("timestamp('2024-02-29T23:30:00Z').getDate('Europe/Berlin')", 1),
    ("timestamp('2024-07-01T23:30:00Z').getHours('America/New_York')", 19),
    ("timestamp('2024-02-29T23:30:00Z').getHours('-08:00')", 15),
    ("timestamp('2024-02-29T23:30:00Z').getMinutes('05:45')", 15),
    ("duration('1h30m15.5s').getHours()", 1), ("duration('1h30m').getMinutes()", 90),
    ("duration('-90s').getMinutes()", -1), ("duration('1.5s').getMilliseconds()", 1500),
    ("duration('1h') + duration('1s')", Duration(3601 * 10**9)),
    ("timestamp('1970-01-01T00:00:01Z') - timestamp('1970-01-01T00:00:00Z')", Duration(10**9)),
    ("timestamp('1970-01-01T00:00:01Z') - duration('1s')", Timestamp(0)),
    ("duration('1s') + timestamp('1970-01-01T00:00:00.000000001Z')", Timestamp(10**9 + 1)),
    ("duration('1us2ns')", Duration(1002)), ("duration('0')", Duration(0)),
    ("timestamp('0001-01-01T00:00:00Z').getFullYear()", 1),
])  # fmt: skip
def test_times(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("m.?a", Optional.of(1)), ("m.?c", NONE), ("m[?'a'].orValue(9)", 1), ("m[?'c'].orValue(9)", 9),
    ("l[?1].value()", 2), ("l[?7].hasValue()", False), ("d.?z.?w.orValue(0.0)", 2.5), ("d.?q.?w.hasValue()", False),
    ("d.?z.w", Optional.of(2.5)), ("d.?y[1]", Optional.of("a")), ("has(d.?z.w)", True), ("has(d.?q.w)", False),
    ("optional.of(1).or(optional.of(2)).value()", 1), ("optional.none().or(optional.of(2)).value()", 2),
    ("optional.of(1).orValue(1 / 0)", 1), ("optional.of(2).optMap(x, x * 2)", Optional.of(4)),
    ("optional.none().optMap(x, x * 2)", NONE), ("m.?a.optFlatMap(x, l[?x])", Optional.of(2)),
    ("m.?c.optFlatMap(x, l[?x])", NONE), ("optional.ofNonZeroValue('')", NONE), ("optional.ofNonZeroValue(0)", NONE),
    ("optional.ofNonZeroValue('a').value()", "a"), ("[?m.?a, ?m.?c, 5]", [1, 5]),
    ("{?'x': m.?a, ?'y': m.?c} == {'x': 1}", True),
    ("optional.of(1) == optional.of(1)", True), ("optional.of(1) == optional.none()", False),
    ("[optional.of(1), optional.none()].unwrapOpt()", [1]), ("optional.unwrap([optional.of(2)])", [2]),
])  # fmt: skip
def test_optional_values(expression: str, wanted: Any) -> None:
    assert same(value(expression), wanted)


def test_a_chain_of_optional_maps_is_evaluated_once() -> None:
    expression = "optional.of(1)" + ".optMap(x, x + 1)" * 30
    outcome = compile(expression, ENVIRONMENT).run({})
    assert outcome.value == Optional.of(31)
    assert outcome.cost < 30 * 10


def test_variables_are_read_when_named_and_only_then() -> None:
    program = compile("i > 1 && d.z.w < 3.0 && l.all(x, x > i)", ENVIRONMENT)
    assert program.references == {"i", "d", "l"}
    assert program.paths == {("i",), ("d", "z", "w"), ("l",)}
    with pytest.raises(EvaluationError, match=r"no such attribute\(s\): d"):
        program.evaluate({"i": 2, "l": []})


def test_a_variable_of_a_fold_hides_another() -> None:
    assert value("[10].map(i, i)") == [10]
    assert compile("[10].map(i, i)", ENVIRONMENT).references == frozenset()


def test_dotted_variables() -> None:
    environment = Environment({"a.b": INT, "a": map_of(STRING, INT)})
    assert compile("a.b + a.c", environment).evaluate({"a.b": 1, "a": {"b": 5, "c": 2}}) == 3
