"""What a rule is estimated to cost when it is written: the numbers of Kubernetes' own tests, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from services.objects.cel import (
    AUTHORIZER,
    DYN,
    EXPRESSION_LIMIT,
    INT,
    STRING,
    Environment,
    compile,
    list_of,
    optional_of,
    schema_type,
)

REQUIRED = {"type": "object", "required": ["required"],
            "properties": {"required": {"type": "string"}, "optional": {"type": "string"}}}  # fmt: skip
TYPES: dict[str, Mapping[str, Any]] = {
    "number": {"type": "number"}, "string": {"type": "string"}, "boolean": {"type": "boolean"},
    "duration": {"type": "string", "format": "duration"}, "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"}, "int-or-string": {"x-kubernetes-int-or-string": True},
    "object": REQUIRED, "array": {"type": "array", "items": {"type": "number"}},
    "map": {"type": "object", "additionalProperties": {"type": "number"}}, "integer": {"type": "integer"},
}  # fmt: skip


def most(schema: Mapping[str, Any], rule: str) -> int:
    declared = schema_type(schema)
    assert declared is not None
    environment = Environment({"self": declared, "oldSelf": declared})
    return compile(rule, environment).cost_estimate.max


def array(items: str, limit: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": TYPES[items], **({} if limit is None else {"maxItems": limit})}


def mapping(values: str, limit: int | None = None) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": TYPES[values],
            **({} if limit is None else {"maxProperties": limit})}  # fmt: skip


def string(limit: int | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "string", **more, **({} if limit is None else {"maxLength": limit})}


@pytest.mark.parametrize(("items", "rule", "unlimited", "limit", "limited"), [
    ("number", "self.all(x, true)", 4718591, 10, 32),
    ("string", "self.all(x, true)", 3145727, 20, 62),
    ("boolean", "self.all(x, true)", 1887437, 5, 17),
    ("array", "self.all(x, true)", 3145727, 100, 302),
    ("object", "self.all(x, true)", 555128, 50, 152),
    ("int-or-string", "self.all(x, true)", 4718591, 10, 32),
    ("duration", "self.all(x, true)", 2359295, 5, 17),
    ("date", "self.all(x, true)", 725936, 15, 47),
    ("date-time", "self.all(x, true)", 428963, 25, 77),
    ("number", "self[1] == 0.0", 2, 5000, 2),
    ("string", "self[1] == self[1]", 314577, 8, 314577),
    ("number", "self.all(x, self.all(y, true))", None, 10, 352),
    ("number", "self.all(x, self.all(y, self.all(z, true)))", None, 10, 3552),
    ("number", "self.all(x, x == 0.0)", 6291454, 3 * 1024 * 2048, 25165826),
    ("int-or-string", "self[0] == 5", 3, 10, 3),
    ("boolean", "self[0] == false", 2, 25, 2),
    ("object", "self[0] == null", 2, 422, 2),
    ("array", "self[0][0] == -1.0", 3, 51, 3),
    ("map", "self.all(x, x.y == 25.2)", 6291452, 12, 74),
    ("map", "self[0].x > 2.0", 4, 3000, 4),
    ("duration", "self[0].getHours() == 2", 4, 525, 4),
    ("date", "self[2].getDayOfMonth() == 13", 4, 42, 4),
    ("date-time", "self[2].getMinutes() == 45", 4, 99, 4),
])  # fmt: skip
def test_lists(items: str, rule: str, unlimited: int | None, limit: int, limited: int) -> None:
    found = most(array(items), rule)
    assert found > EXPRESSION_LIMIT if unlimited is None else found == unlimited
    assert most(array(items, limit), rule) == limited


@pytest.mark.parametrize(("values", "rule", "unlimited", "limit", "limited"), [
    ("number", "self.all(x, true)", 1348169, 10, 32),
    ("string", "self.all(x, true)", 1179647, 3, 11),
    ("boolean", "self.all(x, true)", 943718, 100, 302),
    ("int-or-string", "self.all(x, true)", 1348169, 15, 47),
    ("object", "self.all(x, true)", 428963, 20, 62),
    ("map", "self.all(x, true)", 1179647, 10, 32),
    ("array", "self.all(x, true)", 1179647, 25, 77),
    ("duration", "self.all(x, true)", 1048577, 5, 17),
    ("date", "self.all(x, true)", 524288, 10, 32),
    ("date-time", "self.all(x, true)", 349526, 25, 77),
    ("number", 'self["x"] == 0.0', 2, 0, 2),
    ("integer", "oldSelf.size() == self.size()", 5, 10, 5),
    ("date-time", 'self["a"] == self["b"]', 8, 7, 8),
    ("duration", 'self["c"] == self["d"]', 8, 42, 8),
])  # fmt: skip
def test_maps(values: str, rule: str, unlimited: int, limit: int, limited: int) -> None:
    assert (most(mapping(values), rule), most(mapping(values, limit), rule)) == (unlimited, limited)


@pytest.mark.parametrize(("rule", "unlimited", "limit", "limited"), [
    ("self.contains('test')", 314574, 10, 5),
    ("self.startsWith('test')", 2, 15, 2),
    ("self.endsWith('test')", 2, 30, 2),
    ('size(self + "hello") > size("hello")', 314578, 4, 7),
    ('self.matches("x")', 314574, 50, 22),
    ('"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7),
    ('self.matches("")', 1, 100, 1),
    ('self == "x"', 2, 0, 1),
    ("self.find('[0-9]+') == ''", 629147, 10, 11),
    ("self.lowerAscii() == 'lower!'", 314575, 10, 6),
])  # fmt: skip
def test_strings(rule: str, unlimited: int, limit: int, limited: int) -> None:
    assert (most(string(), rule), most(string(limit), rule)) == (unlimited, limited)


def test_bytes_are_as_long_as_their_text_may_be() -> None:
    assert most(string(format="byte"), 'self == b"x"') == 2
    assert most(string(0, format="byte"), 'self == b"x"') == 1


@pytest.mark.parametrize(("rule", "unlimited", "limit", "limited"), [
    ("self.join(' ') == 'aa bb'", 329853068905, 10, 43),
    ("self.isSorted() == true", 329854432052, 10, 52),
])  # fmt: skip
def test_lists_of_strings(rule: str, unlimited: int, limit: int, limited: int) -> None:
    assert most({"type": "array", "items": string()}, rule) == unlimited
    assert most({"type": "array", "items": string(limit), "maxItems": limit}, rule) == limited


@pytest.mark.parametrize(("rule", "unlimited", "limit", "limited"), [
    ("self.str.replace(self.before, self.after) == 'does not matter'", 629154, 4, 12),
    ("self.str.split(self.str2) == []", 629160, 10, 22),
])  # fmt: skip
def test_results_of_known_size(rule: str, unlimited: int, limit: int, limited: int) -> None:
    def schema(limit: int | None) -> dict[str, Any]:
        return {"type": "object", "properties": {"str": string(limit), "str2": string(limit), "before": string(2),
                                                 "after": string(4)}}  # fmt: skip

    assert (most(schema(None), rule), most(schema(limit), rule)) == (unlimited, limited)


def test_values_of_a_map_are_sized_and_its_keys_are_not() -> None:
    def schema(limit: int | None) -> dict[str, Any]:
        more = {} if limit is None else {"maxProperties": limit}
        return {"type": "object", "additionalProperties": string(limit), **more}

    rule = "self.all(x, x.contains(self[x]))"
    assert (most(schema(None), rule), most(schema(10), rule)) == (2752507, 72)


def test_enumerated_strings_are_as_long_as_the_longest() -> None:
    schema = string(enum=["A", "B", "C", "LongValue"])
    assert most(schema, "self.contains('A')") == 2
    assert most({**schema, "maxLength": 1000}, "self.contains('A')") == 401


def test_nested_limits() -> None:
    def schema(limit: int | None, inner: int | None) -> dict[str, Any]:
        entry = {**REQUIRED, **({} if inner is None else {"maxProperties": inner})}
        more = {} if limit is None else {"maxItems": limit}
        return {"type": "array", "items": {"type": "object", "additionalProperties": entry}, **more}

    rule = 'self.all(x, x["y"].required == "z")'
    assert (most(schema(None, None), rule), most(schema(10, 10), rule), most(schema(None, 10), rule)) == (
        7340027, 72, 7340027)  # fmt: skip


@pytest.mark.parametrize(("expression", "least", "greatest"), [
    ("1 + 2", 1, 1),
    ("[1, 2].size() == 2", 12, 12),
    ("i > 1 ? i + 1 : i", 3, 4),
    ("i > 1 && i > 2 && i > 3", 2, 6),
    ("dyn(i) + 1", 3, 3),
    ("optional.of(i).orValue(1)", 3, 3),
    ("{'a': 'b'}.a", 31, 31),
    ("l.sort()", 12, (1 << 64) - 1),
    ("l[0] + l[1]", 5, 5),
])  # fmt: skip
def test_least_and_greatest(expression: str, least: int, greatest: int) -> None:
    environment = Environment({"i": INT, "l": list_of(INT), "s": STRING, "d": DYN, "o": optional_of(INT)})
    assert compile(expression, environment).cost_estimate == (least, greatest)


TWENTY = "'ABCDEFGHIJ abcdefghij'"
IPV6 = "'2001:db8:3333:4444:5555:6666:7777:8888'"
SOME = ".subresource('status').namespace('test').name('backend')"


@pytest.mark.parametrize(("expression", "least", "greatest"), [
    ("[1, 2, 3, 4, 5].sum()", 15, 15), ("[uint(1), uint(2)].max()", 14, 14), ("[1, 2, 3, 4, 5].indexOf(3)", 15, 15),
    ("'01234567890123456789012345678901234567890123456789'.indexOf('123')", 5, 5),
    ("url('https:://kubernetes.io/').getHost()", 4, 4),
    ("url('https:://kubernetes.io/') == url('https:://kubernetes.io/')", 7, 9), (f"ip({IPV6})", 4, 4),
    (f"ip({IPV6}).isLoopback()", 5, 5), ("ip('192.168.0.1') == ip('192.168.0.1')", 5, 5),
    ("ip.isCanonical('192.168.0.1')", 3, 3), (f"ip.isCanonical({IPV6})", 8, 8),
    ("cidr('192.168.0.0/16').masked()", 3, 3), ("cidr('2001:db8::/32') == cidr('2001:db8::/32')", 5, 5),
    ("cidr('192.168.0.0/16').containsCIDR(cidr('192.0.0.0/30'))", 7, 11),
    ("cidr('192.168.0.0/16').containsCIDR('192.0.0.0/30')", 7, 11),
    ("cidr('192.168.0.0/16').containsIP(ip('192.0.0.1'))", 4, 7),
    (f"cidr('192.168.0.0/16').containsIP({IPV6})", 7, 10),
    (f"{TWENTY}.lowerAscii() == {TWENTY}.lowerAscii()", 7, 9), (f"strings.quote({TWENTY})", 3, 3),
    (f"strings.quote({TWENTY}) == strings.quote({TWENTY})", 7, 11), ("'abc 123 def 123'.replace('123', '456')", 3, 3),
    ("'abc 123 def 123'.split(' ', 1)", 3, 3), ("'abc 123 def 123'.substring(5, 8)", 2, 2),
    ("'abc 123 def 123'.findAll('123')", 2, 2), ("authorizer.path('/healthz').check('get').allowed()", 350003, 350003),
    (f"authorizer.group('apps').resource('deployments'){SOME}", 6, 6),
    (f"authorizer.group('').resource('pods').fieldSelector('{'x' * 71}')", 1821, 1821),
    ("quantity('50k').add(20).sub(quantity('100k')).asInteger() > 0", 6, 6),
    ("quantity('200M') == quantity('0.2G') && quantity('0.2G') == quantity('200M')", 3, 6),
    ("format.named('dns1123Subdomain').value().validate('my-name')", 34, 34),
    ("format.named('dns1123Label').value() == format.named('dns1123Label').value()", 5, 11),
    ("sets.contains([], [])", 21, 21), ("sets.contains([1, 2, 3, 4], [2, 3])", 29, 29),
    ("sets.contains([[1], [2, 3]], [[2, 3]])", 53, 53), ("sets.equivalent([1, 2, 3], [3, 2, 1])", 39, 39),
    ("!sets.intersects([1], [2])", 23, 23), ("semver('1234.56789012345.67890123456789')", 4, 4),
    ("semver('1.0.0').isLessThan(semver('1.1.0'))", 3, 3), ("{'a': 1, 'b': 2}.all(k, v, v > 0)", 37, 41),
    ("{'a': 1, 'b': 2}.exists(k, v, v > 0)", 39, 43), ("{'a': 1, 'b': 2}.existsOne(k, v, v > 0)", 38, 40),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v + 1)", 71, 71),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v < 5, v + 1)", 67, 75),
    ("{'a': 1, 'b': 2}.transformMapEntry(k, v, {k: v + 1})", 131, 131), ("[1, 2].all(i, v, v > 0)", 17, 21),
    ("[1, 2].exists(i, v, v > 0)", 19, 23), ("[1, 2].transformList(i, v, v + 1)", 49, 49),
    ("[1, 2].transformList(i, v, v < 5, v + 1)", 27, 53),
])  # fmt: skip
def test_libraries(expression: str, least: int, greatest: int) -> None:
    assert compile(expression, Environment({"authorizer": AUTHORIZER})).cost_estimate == (least, greatest)


def test_lists_made_by_expressions_stay_within_what_they_were_made_of() -> None:
    entry = {"type": "object", "properties": {"name": string(63), "value": string(100)}}
    schema = {"type": "object", "properties": {"l": {"type": "array", "maxItems": 50, "items": entry}}}
    direct = most(schema, "self.l.all(e, e.value.matches('^[a-z]*$'))")
    for made in ("self.l.filter(e, e.name == 'x')", "self.l.map(e, e)", "self.l.map(e, [e])[0]", "self.l.reverse()",
                 "self.l.sortBy(e, e.name).slice(0, 50)"):  # fmt: skip
        assert most(schema, f"{made}.all(e, e.value.matches('^[a-z]*$'))") < direct + 30_000, made
    assert most(schema, "self.l.filter(e, true)[0].value.size() > 0") < 2000
