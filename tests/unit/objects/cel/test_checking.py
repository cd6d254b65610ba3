"""What is wrong with an expression when it is written, in the words of cel-go."""

from __future__ import annotations

import pytest

from services.objects.cel import (
    BOOL,
    DYN,
    INT,
    STRING,
    CompileError,
    Environment,
    Issue,
    compile,
    list_of,
    map_of,
    optional_of,
    schema_type,
)

SELF = schema_type({"type": "object", "properties": {
    "a": {"type": "integer"}, "s": {"type": "string"}, "l": {"type": "array", "items": {"type": "string"}},
    "if": {"type": "string"}, "x": {"x-kubernetes-int-or-string": True}, "t": {"type": "string", "format": "date-time"},
    "u": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "v": {"x-kubernetes-preserve-unknown-fields": True},
}})  # fmt: skip
assert SELF is not None
ENVIRONMENT = Environment({
    "self": SELF, "oldSelf": optional_of(SELF), "d": DYN, "i": INT, "s": STRING, "l": list_of(STRING),
    "m": map_of(STRING, INT),
})  # fmt: skip


def issues(expression: str) -> tuple[Issue, ...]:
    with pytest.raises(CompileError) as raised:
        compile(expression, ENVIRONMENT)
    return raised.value.issues


def test_a_message_shows_the_place() -> None:
    with pytest.raises(CompileError) as raised:
        compile("self.a +\n  'é' + x", ENVIRONMENT)
    assert str(raised.value) == (
        "compilation failed: ERROR: <input>:1:8: found no matching overload for '_+_' applied to '(int, string)'\n"
        " | self.a +\n"
        " | .......^\n"
        "ERROR: <input>:2:9: undeclared reference to 'x' (in container '')\n"
        " |   'é' + x\n"
        " | ...．....^"
    )
    assert raised.value.text == str(raised.value).removeprefix("compilation failed: ")


@pytest.mark.parametrize(("expression", "column", "message"), [
    ("x", 1, "undeclared reference to 'x' (in container '')"),
    ("x.y.z", 1, "undeclared reference to 'x' (in container '')"),
    ("foo(1)", 4, "undeclared reference to 'foo' (in container '')"),
    ("self.l.foo()", 11, "undeclared reference to 'foo' (in container '')"),
    ("l.map(x, y)", 10, "undeclared reference to 'y' (in container '')"),
    ("[1].map(x, x)[x]", 15, "undeclared reference to 'x' (in container '')"),
    ("self.b", 5, "undefined field 'b'"),
    ("self.?b", 5, "undefined field 'b'"),
    ("has(self.b)", 4, "undefined field 'b'"),
    ("self.u.x", 7, "undefined field 'x'"),
    ("self.v", 5, "undefined field 'v'"),
    ("oldSelf.b", 8, "undefined field 'b'"),
    ("self.s + 1", 8, "found no matching overload for '_+_' applied to '(string, int)'"),
    ("!i", 1, "found no matching overload for '!_' applied to '(int)'"),
    ("-s", 1, "found no matching overload for '-_' applied to '(string)'"),
    ("l[s]", 2, "found no matching overload for '_[_]' applied to '(list(string), string)'"),
    ("m[1]", 2, "found no matching overload for '_[_]' applied to '(map(string, int), int)'"),
    ("i && s == 'a'", 3, "found no matching overload for '_&&_' applied to '(int, bool)'"),
    ("i ? 1 : 2", 3, "found no matching overload for '_?_:_' applied to '(int, int, int)'"),
    ("i == 1 ? 1 : 'a'", 8, "found no matching overload for '_?_:_' applied to '(bool, int, string)'"),
    ("s.size(1)", 7, "found no matching overload for 'size' applied to 'string.(int)'"),
    ("i.size()", 7, "found no matching overload for 'size' applied to 'int.()'"),
    ("size(1)", 5, "found no matching overload for 'size' applied to '(int)'"),
    ("1 == 1.0", 3, "found no matching overload for '_==_' applied to '(int, double)'"),
    ("self.s == null", 8, "found no matching overload for '_==_' applied to '(string, null)'"),
    ("1 in l", 3, "found no matching overload for '@in' applied to '(int, list(string))'"),
    ("self.t < 'a'", 8, "found no matching overload for '_<_' applied to '(timestamp, string)'"),
    ("oldSelf.?a + 1", 12, "found no matching overload for '_+_' applied to '(optional_type(int), int)'"),
    ("i.foo", 2, "type 'int' does not support field selection"),
    ("l.all(x, x == 1)", 12, "found no matching overload for '_==_' applied to '(string, int)'"),
    ("l.all(x, x)", 6, "found no matching overload for '_&&_' applied to '(bool, string)'"),
    ("l.filter(x, x)", 9, "found no matching overload for '_?_:_' applied to '(string, list(string), list(string))'"),
    ("self.all(x, true)", 1, "expression of type 'selfType' cannot be range of a comprehension "
                             "(must be list, map, or dynamic)"),
    ("l.all(1, true)", 7, "argument must be a simple name"),
    ("l.map(x.y, true)", 8, "argument is not an identifier"),
    ("m.all(k, k, true)", 10, "duplicate variable name: k"),
    ("has(d)", 5, "invalid argument to has() macro"),
    ("[1, 'a']", 5, "expected type 'int' but found 'string'"),
    ("{'a': 1, 'b': 'c'}", 15, "expected type 'int' but found 'string'"),
    ("{'a': 1, 1: 2}", 10, "expected type 'string' but found 'int'"),
    ("[?1]", 3, "expected type 'optional_type(int)' but found 'int'"),
    ("x{a: 1}", 2, "undeclared reference to 'x' (in container '')"),
    ("int{a: 1}", 4, "'int' is not a message type"),
    ("duration('a')", 10, "invalid duration argument"),
    ("timestamp('2024')", 11, "invalid timestamp argument"),
    ("s.matches('[')", 11, "invalid matches argument"),
    ("if", 1, "reserved identifier: if"),
    ("self.`a`", 6, "unsupported syntax: '`'"),
    ("99999999999999999999", 1, "invalid int literal"),
    ("-9223372036854775809", 1, "invalid int literal"),
    ("18446744073709551616u", 1, "invalid uint literal"),
    ("1e999", 1, "invalid double literal"),
    (r"'\ud800'", 1, "invalid string literal"),
])  # fmt: skip
def test_messages(expression: str, column: int, message: str) -> None:
    assert issues(expression) == (Issue(1, column, message),)


OPERAND = ("{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, "
           "IDENTIFIER}")  # fmt: skip


@pytest.mark.parametrize(("expression", "found"), [
    ("", [(1, f"mismatched input '<EOF>' expecting {OPERAND}")]),
    ("1 +", [(4, f"mismatched input '<EOF>' expecting {OPERAND}")]),
    ("(1", [(3, "missing ')' at '<EOF>'")]),
    ("f(1", [(4, "missing ')' at '<EOF>'")]),
    ("l[1", [(4, "missing ']' at '<EOF>'")]),
    ("[1", [(3, "mismatched input '<EOF>' expecting {']', ','}")]),
    ("{1: 2", [(6, "mismatched input '<EOF>' expecting {'}', ','}")]),
    ("{1", [(3, "mismatched input '<EOF>' expecting ':'")]),
    ("1 ? 2", [(6, "mismatched input '<EOF>' expecting ':'")]),
    ("1 2", [(3, "extraneous input '2' expecting <EOF>")]),
    ("a b c", [(3, "mismatched input 'b' expecting <EOF>")]),
    ("&& i", [(1, f"extraneous input '&&' expecting {OPERAND}")]),
    ("self.", [(6, "no viable alternative at input '.'")]),
    ("self..a", [(6, "no viable alternative at input '..'")]),
    ("i @ 1", [(3, "token recognition error at: '@'"), (5, "extraneous input '1' expecting <EOF>")]),
    ("i = 1", [(3, "token recognition error at: '= '"), (5, "extraneous input '1' expecting <EOF>")]),
    ("'abc", [(1, "token recognition error at: ''abc'"), (5, f"mismatched input '<EOF>' expecting {OPERAND}")]),
])  # fmt: skip
def test_syntax(expression: str, found: list[tuple[int, str]]) -> None:
    assert issues(expression) == tuple(Issue(1, column, f"Syntax error: {message}") for column, message in found)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("self.a", "int"), ("self.x", "dyn"), ("self.t", "timestamp"), ("self.l", "list(string)"), ("self.u", "selfType.u"),
    ("oldSelf", "optional_type(selfType)"), ("oldSelf.a", "optional_type(int)"),
    ("oldSelf.?l[?0]", "optional_type(string)"),
    ("[]", "list(dyn)"), ("[[], [1]]", "list(list(int))"), ("[d, 1]", "list(dyn)"),
    ("{'a': [1]}", "map(string, list(int))"),
    ("l.map(x, size(x))", "list(int)"), ("m.transformMap(k, v, k)", "map(string, string)"),
    ("[self][0]", "selfType"),
    ("d.a.b[0]", "dyn"), ("d + d", "dyn"), ("d + 1", "int"), ("d < 1", "bool"), ("type(i)", "type(int)"),
    ("type(d)", "type(dyn)"),
    ("optional.none().orValue(1)", "int"), ("quantity('1')", "kubernetes.Quantity"), ("l.sortBy(x, x)", "list(string)"),
    ("m.?a.optMap(x, string(x))", "optional_type(string)"), ("self.if", "string"), ("self.__if__", "string"),
])  # fmt: skip
def test_types(expression: str, wanted: str) -> None:
    assert str(compile(expression, ENVIRONMENT).type) == wanted


def test_an_unexpected_type_is_refused() -> None:
    assert compile("i > 1", ENVIRONMENT, BOOL).type == BOOL
    assert compile("i", ENVIRONMENT, [BOOL, INT]).type == INT
    assert compile("i", ENVIRONMENT, DYN).type == INT
    for expected, why in ((BOOL, "must evaluate to bool"), ([BOOL, STRING], "must evaluate to one of [bool string]")):
        with pytest.raises(CompileError) as raised:
            compile("i", ENVIRONMENT, expected)
        assert (str(raised.value), raised.value.issues) == (why, ())
    with pytest.raises(CompileError, match="must evaluate to bool"):
        compile("d.a", ENVIRONMENT, BOOL)


def test_libraries_bring_their_syntax() -> None:
    bare = Environment({"d": DYN}, libraries=["standard"])
    for expression, message in (
        ("d.?a", "unsupported syntax '.?'"),
        ("d[?'a']", "unsupported syntax '[?'"),
        ("[1].all(i, v, v > i)", "undeclared reference to 'all' (in container '')"),
        ("[1].sum()", "undeclared reference to 'sum' (in container '')"),
    ):
        with pytest.raises(CompileError) as raised:
            compile(expression, bare)
        assert message in raised.value.text
