"""What running costs: the numbers that Kubernetes itself promises to keep (its test of the stability of costs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from services.objects.cel import Environment, compile, schema_type

INTEGER, NUMBER, STRING, BOOLEAN = ({"type": kind} for kind in ("integer", "number", "string", "boolean"))
BYTES, DURATION, DATE, TIME = ({"type": "string", "format": each} for each in ("byte", "duration", "date", "date-time"))
EITHER = {"x-kubernetes-int-or-string": True}
UNKNOWN = {"x-kubernetes-preserve-unknown-fields": True}


def objects(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def lists(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def maps(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def keyed(items: Any, *keys: str) -> dict[str, Any]:
    return lists(items, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)})


def run(schema: Mapping[str, Any], value: Any, expression: str, resource: bool = False) -> tuple[Any, int]:
    declared = schema_type(schema, resource=resource)
    assert declared is not None
    return compile(expression, Environment({"self": declared})).run({"self": value})


def alike(literal: str) -> str:
    return f"self.a == self.a && self.a == self.b && self.a == {literal} && {literal} == {literal}"


ROOK = "Rook takes 👑"


@pytest.mark.parametrize(("schema", "values", "expression", "cost"), [
    ((INTEGER, INTEGER), (5, 5), "self.a == self.b", 5),
    ((INTEGER,), (5,), "type(self.a) == int", 4),
    ((INTEGER,), (5,), "self.a + 1 == 5 + 1", 5),
    ((NUMBER,), (1,), "type(self.a) == double", 4),
    ((NUMBER,), (1,), "self.a == 1.0", 3),
    ((INTEGER, NUMBER), (5, 10.0), "double(self.a) < self.b", 6),
    ((INTEGER,), (5,), "double(5) < 10.0", 1),
    ((INTEGER,), (5,), "double(self.a) < 10.0", 4),
    ((STRING,), (ROOK,), "self.a.startsWith('Rook')", 4),
    ((STRING,), (ROOK,), "self.a.matches('^[^0-9]*$')", 8),
    ((STRING,), (ROOK,), "!self.a.matches('^[0-9]*$')", 7),
    ((STRING,), (ROOK,), "type(self.a) == string", 4),
    ((STRING,), (ROOK,), "size(self.a) == 12", 4),
    ((STRING,), (ROOK,), "self.a.charAt(3) == 'k'", 4),
    ((STRING,), (ROOK,), "self.a.indexOf('o') == 1", 4),
    ((STRING,), (ROOK,), "self.a.indexOf('o', 2) == 2", 4),
    ((STRING,), (ROOK,), "self.a.replace(' ', 'x') == 'Rookxtakesx👑'", 7),
    ((STRING,), (ROOK,), "self.a.replace(' ', 'x', 1) == 'Rookxtakes 👑'", 7),
    ((STRING,), (ROOK,), "self.a.split(' ') == ['Rook', 'takes', '👑']", 6),
    ((STRING,), (ROOK,), "self.a.split(' ', 2) == ['Rook', 'takes 👑']", 6),
    ((STRING,), (ROOK,), "self.a.substring(5) == 'takes 👑'", 5),
    ((STRING,), (ROOK,), "self.a.substring(4, 10).trim() == 'takes'", 6),
    ((STRING,), (ROOK,), "self.a.upperAscii() == 'ROOK TAKES 👑'", 6),
    ((BYTES, BYTES), ("QUI=", "QUI="), "self.a == self.b", 5),
    ((BYTES,), ("QUI=",), "self.a == b'AB'", 3),
    ((BYTES,), ("QUI=",), "size(self.a) == 2", 4),
    ((BOOLEAN, BOOLEAN), (True, False), "self.a != self.b", 5),
    ((DURATION,), ("1h2m3s4ms",), "self.a == duration('1h2m') + duration('3s4ms')", 4),
    ((DURATION,), ("1h2m3s4ms",), "self.a.getHours() == 1", 4),
    ((DURATION,), ("1h2m3s4ms",), "type(self.a) == google.protobuf.Duration", 4),
    ((DATE,), ("1997-07-16",), "self.a.getDate() == 16", 4),
    ((TIME,), ("2011-08-18T19:03:37.010000000+01:00",), "self.a.getDate('01:00') == 18", 4),
    ((TIME,), ("2011-08-18T19:03:37.010000000+01:00",),
     "self.a == timestamp('2011-08-18T00:00:00.000+01:00') + duration('19h3m37s10ms')", 4),
    ((STRING,), ("Pending",), "self.a == 'Pending'", 3),
    ((STRING,), ("Pending",), "self.a in ['Pending', 'Available']", 2),
    ((NUMBER, INTEGER), (10.0, 10), "int(self.a) == self.b", 6),
    ((STRING, BYTES), ("10", "MTA="), "bytes(self.a) == self.b", 6),
    ((STRING, BYTES), ("10", "MTA="), "string(self.b) == self.a", 6),
    ((TIME, STRING), ("2011-08-18T18:03:37.01Z", "2011-08-18T18:03:37.01Z"), "string(self.a) == self.b", 8),
    ((DATE, STRING), ("2011-08-18", "2011-08-18T00:00:00Z"), "string(self.a) == self.b", 7),
    ((lists(INTEGER),), ([1, 2, 3],), "1 in self.a", 5),
    ((lists(INTEGER), lists(INTEGER)), ([1, 2, 3], [1, 2, 3]), "self.b[0] in self.a", 8),
    ((lists(INTEGER),), ([1, 2, 3],), "!(0 in self.a)", 6),
    ((lists(INTEGER), lists(INTEGER)), ([1, 2, 3], [1, 2, 3]), "self.a + self.b == [1, 2, 3, 1, 2, 3]", 6),
    ((lists(INTEGER),), ([1, 2, 3],), "self.a + [4, 5] == [1, 2, 3, 4, 5]", 4),
    ((maps(STRING), maps(STRING)), ({"k1": "a", "k2": "b"}, {"k2": "b", "k1": "a"}), "self.a == self.b", 5),
    ((maps(STRING),), ({"k1": "a"},), "'k1' in self.a", 3),
    ((maps(STRING),), ({"k1": "a", "k2": "b"},), "self.a == {'k1': 'a', 'k2': 'b'}", 3),
    ((objects(b=INTEGER),), ({"b": 1},), "has(self.a.b)", 2),
    ((objects(b=objects(c=INTEGER)),), ({"b": {"c": 1}},), "has(self.a.b.c)", 3),
    ((objects(b=objects(c=INTEGER)),), ({},), "!(has(self.a.b) && has(self.a.b.c))", 3),
    ((maps(INTEGER),), ({"b": 1, "d": 2},), "!has(self.a.c)", 3),
    ((maps(INTEGER),), ({"b": 1, "d": 2},), "self.a.all(k, self.a[k] > 0)", 17),
    ((maps(INTEGER),), ({"b": 1, "d": 2},), "self.a.exists_one(k, self.a[k] == 2)", 14),
    ((maps(INTEGER),), ({"b": 1, "d": 2},), "!self.a.exists_one(k, self.a[k] > 0)", 17),
    ((maps(INTEGER),), ({"b": 1, "d": 2},), "size(self.a.filter(k, self.a[k] > 1)) == 1", 26),
    ((EITHER,), ("25%",), "type(self.a) == int ? self.a == 1 : self.a == '25%'", 7),
    ((EITHER,), ("25%",), "type(self.a) == string && self.a == '25%'", 7),
    ((EITHER,), ("25%",), "self.a == 1 || self.a == '25%'", 6),
    ((EITHER,), ("25%",), "self.a != ['anything']", 3),
    ((EITHER,), ("50%",), r"type(self.a) == string && self.a.matches(r'(\d+(\.\d+)?%)')", 10),
])  # fmt: skip
def test_fields(schema: tuple[Any, ...], values: tuple[Any, ...], expression: str, cost: int) -> None:
    declared = objects(**dict(zip("abc", schema, strict=False)))
    assert run(declared, dict(zip("abc", values, strict=False)), expression) == (True, cost)


@pytest.mark.parametrize(("schema", "value", "literal"), [
    (INTEGER, 9223372036854775807, "9223372036854775807"),
    (STRING, "l1\nl2", "'l1\\nl2'"),
    (BOOLEAN, True, "true"),
    (DURATION, "1h2m3s4ms", "duration('1h2m3s4ms')"),
    (lists(INTEGER), [1, 2, 3], "[1, 2, 3]"),
])  # fmt: skip
def test_literals_cost_nothing(schema: Any, value: Any, literal: str) -> None:
    found = run(objects(a=schema, b=schema), {"a": value, "b": value}, alike(literal))
    assert found == (True, 5 + 5 + 3 + 1)


ENTRY = objects(k=STRING, v=STRING, v2=STRING)
ENTRIES = [{"k": "a1", "v": "b1"}, {"k": "a2", "v": "b2"}, {"k": "a3", "v": "b3", "v2": "z"}]


@pytest.mark.parametrize(("expression", "cost"), [
    ("has(self.l[0].v)", 3),
    ("self.l.all(m, m.k.startsWith('a'))", 21),
    ("self.l.all(m, !has(m.v2) || m.v2 == 'z')", 21),
    ("self.l.exists(m, m.k.endsWith('1'))", 13),
    ("self.l.exists_one(m, m.k == 'a3')", 15),
    ("!self.l.all(m, m.k.endsWith('1'))", 18),
    ("!self.l.exists(m, m.v == 'x')", 25),
    ("!self.l.exists_one(m, m.k.startsWith('a'))", 20),
    ("size(self.l.filter(m, m.k == 'a1')) == 1", 27),
    ("self.l.exists(m, m.k == 'a1' && m.v == 'b1')", 16),
    ("self.l.map(m, m.v).exists(v, v == 'b1')", 55),
    ("self.l.exists(m, has(m.v2) && m.v2 == 'z')", 21),
    ("!self.l.all(m, has(m.v2) && m.v2 != 'z')", 10),
    ("self.l.exists_one(m, has(m.v2) && m.v2 == 'z')", 12),
    ("self.l.filter(m, has(m.v2) && m.v2 == 'z').size() == 1", 24),
    ("self.l.map(m, has(m.v2) && m.v2 == 'z', m.v2).size() == 1", 25),
    ("self.l.filter(m, has(m.v2) && m.v2 == 'z').map(m, m.v2).size() == 1", 39),
])  # fmt: skip
def test_folds_over_objects(expression: str, cost: int) -> None:
    assert run(objects(l=keyed(ENTRY, "k")), {"l": ENTRIES}, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("2 in self.l", 10),
    ("self.l.all(e, e > 0)", 43),
    ("self.l.exists(e, e > 2)", 36),
    ("self.l.exists_one(e, e > 4)", 22),
    ("!self.l.all(e, e < 2)", 21),
    ("!self.l.exists(e, e < 0)", 52),
    ("!self.l.exists_one(e, e == 2)", 25),
    ("size(self.l.filter(e, e%2 == 0)) == 3", 68),
    ("self.l.map(e, e * 20).filter(e, e > 50).exists(e, e == 60)", 194),
    ("size(self.l) == 8", 4),
])  # fmt: skip
def test_folds_over_numbers(expression: str, cost: int) -> None:
    assert run(objects(l=lists(INTEGER)), {"l": [1, 1, 2, 2, 3, 3, 4, 5]}, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("self.l[0] == self.l[1]", 7),
    ("self.l[0] + self.l[2] == self.l[2]", 11),
    ("self.l[2] + self.l[0] == self.l[0]", 11),
    ("self.l[0] == [self.l[0][0], self.l[0][1]]", 22),
    ("self.l[0] == [self.l[0][1], self.l[0][0]]", 22),
    ("self.l[2] + [self.l[0][0], self.l[0][1]] == self.l[0]", 26),
    ("size(self.l[0] + [self.l[3][0]]) == 3", 20),
])  # fmt: skip
def test_lists_with_keys(expression: str, cost: int) -> None:
    a, b = {"k": "a", "v": "1"}, {"k": "b", "v": "2"}
    value = [[a, b], [b, a], [{"k": "b", "v": "3"}, a], [{"k": "c", "v": "4"}]]
    assert run(objects(l=lists(keyed(ENTRY, "k"))), {"l": value}, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("self.a == ['c', 'b', 'a']", 3),
    ("self.a == self.b", 5),
    ("'a' in self.a", 5),
    ("self.b[0] in self.a", 8),
    ("!('x' in self.a)", 6),
    ("self.a + self.b == ['a', 'b', 'c']", 6),
    ("self.a + ['c', 'd'] == ['a', 'b', 'c', 'd']", 4),
])  # fmt: skip
def test_lists_that_are_sets(expression: str, cost: int) -> None:
    declared = lists(STRING, **{"x-kubernetes-list-type": "set"})
    value = {"a": ["a", "b", "c"], "b": ["a", "c", "b"]}
    assert run(objects(a=declared, b=declared), value, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("optional.of('a') != optional.of('b')", 3),
    ("optional.of('a') != optional.none()", 3),
    ("optional.of('a').hasValue()", 2),
    ("optional.of('a').or(optional.of('a')).hasValue()", 2),
    ("optional.none().or(optional.of('a')).hasValue()", 3),
    ("self.o.?field == optional.of('a')", 5),
    ("self.o.?absent == optional.none()", 4),
    ("self.o.?field.orValue('v') == 'a'", 4),
    ("self.m[?'k'] == optional.of('v')", 5),
    ("self.l[?0] == optional.of('a')", 5),
    ("optional.ofNonZeroValue(1).hasValue()", 2),
])  # fmt: skip
def test_optionals(expression: str, cost: int) -> None:
    schema = objects(o=objects(field=STRING, absent=STRING), m=maps(STRING), l=lists(STRING))
    value = {"o": {"field": "a"}, "m": {"k": "v"}, "l": ["a"]}
    assert run(schema, value, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("!has(self.missing)", 2),
    ("!has(self.none)", 2),
    ("has(self.set) && self.set == 'v3'", 4),
    ("type(self.set) != null_type", 4),
    ("self.m.size() == 2", 4),
    ("'a' in self.m", 3),
    ("type(self.m['a']) == null_type", 5),
])  # fmt: skip
def test_null(expression: str, cost: int) -> None:
    text = {**STRING, "nullable": True}
    schema = objects(missing=text, none=text, set=text, m=maps(text))
    assert run(schema, {"none": None, "set": "v3", "m": {"a": None, "b": "x"}}, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("self.kind == 'Pod'", 3),
    ("self.metadata.name == 'foo'", 4),
    ("self.metadata.generateName == 'pickItForMe'", 5),
    ("self.embedded.kind == 'Pod'", 4),
    ("self.embedded.metadata.generateName == 'pickItForMe'", 6),
    ("has(self.embedded)", 1),
])  # fmt: skip
def test_type_and_meta(expression: str, cost: int) -> None:
    schema = objects(embedded={"type": "object", "x-kubernetes-embedded-resource": True, **UNKNOWN})
    meta = {"name": "foo", "generateName": "pickItForMe", "namespace": "xyz"}
    value = {"apiVersion": "v1", "kind": "Pod", "metadata": meta}
    assert run(schema, {**value, "embedded": value}, expression, resource=True) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("has(self.u)", 1),
    ("self.l.size() == 5", 4),
    ("self.l[0] != self.l[1]", 7),
    ("self.l[1] == self.l[2]", 7),
    ("self.l[3] == self.l[4]", 6),
])  # fmt: skip
def test_unknown_fields_count_in_equality(expression: str, cost: int) -> None:
    preserved = {"type": "object", **UNKNOWN}
    two = {"f": "x", "g": "y"}
    value = {"u": two, "l": [{"f": "a", "g": "b"}, two, dict(two), {}, {}]}
    assert run(objects(u=preserved, l=lists(preserved)), value, expression) == (True, cost)


@pytest.mark.parametrize(("expression", "cost"), [
    ("['012345678901', '012345678901', '012345678901'].isSorted()", 3),
    ("url('https://a.b/') == url('https://a.b/')", 5),
    ("ip('::1') == ip('::1')", 3), ("cidr('192.168.0.0/16').containsCIDR(cidr('192.0.0.0/30'))", 7),
    ("cidr('192.168.0.0/16').containsIP('192.0.0.1')", 4),
    ("'ABCDEFGHIJ abcdefghij'.lowerAscii() == 'abcdefghij ABCDEFGHIJ'.lowerAscii()", 9),
    ("['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join(' ')", 5),
    ("format.named('dns1123Subdomain').value().validate('my-name')", 17),
    ("format.named('dns1123Label').value() == format.named('dns1123Label').value()", 5),
    ("sets.equivalent([1, 2, 3], [3, 2, 1])", 19), ("quantity('200M') == quantity('0.2G')", 3),
    ("{'a': 1, 'b': 2}.exists(k, v, v > 0)", 10), ("{'a': 1, 'b': 2}.existsOne(k, v, v > 0)", 10),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v < 5, v + 1)", 15), ("[1, 2].transformList(i, v, v + 1)", 29),
])  # fmt: skip
def test_libraries(expression: str, cost: int) -> None:
    """Of Kubernetes' table, less what its literals cost there, where they are not evaluated beforehand."""
    assert compile(expression, Environment({})).run({}).cost == cost
