"""The libraries of Kubernetes 1.36, and those that an environment can ask for besides."""

from __future__ import annotations

import math
from typing import Any

import pytest

from services.objects.cel import (
    AUTHORIZER,
    DYN,
    EXTRA,
    JSON_PATCH,
    KUBERNETES,
    OBJECT,
    RESOURCE_CHECK,
    Attributes,
    Authorizer,
    CompileError,
    Environment,
    EvaluationError,
    Verdict,
    compile,
    list_of,
)
from services.objects.cel.costs import metering
from services.objects.cel.running.plain import to_json
from services.objects.cel.running.values import NONE, Optional, UInt

PLAIN = Environment({"d": DYN})
EVERYTHING = Environment({"d": DYN}, libraries=KUBERNETES | EXTRA)


def value(expression: str, environment: Environment = PLAIN, **bindings: Any) -> Any:
    return compile(expression, environment).evaluate({"d": {}, **bindings})


def refusal(expression: str, environment: Environment = PLAIN) -> str:
    with pytest.raises(EvaluationError) as raised:
        value(expression, environment)
    return str(raised.value)


@pytest.mark.parametrize(("expression", "wanted"), [
    ("'tacocat'.charAt(3)", "o"), ("'abc'.charAt(3)", ""), ("'tacocat'.indexOf('ac')", 1),
    ("'tacocat'.indexOf('none')", -1), ("'tacocat'.indexOf('a', 3)", 5), ("'abc'.indexOf('', 2)", 2),
    ("'abc'.indexOf('c', 9)", -1), ("'tacocat'.lastIndexOf('at')", 5), ("'tacocat'.lastIndexOf('a', 3)", 1),
    ("'abc'.lastIndexOf('')", 3), ("'TacoÉ'.lowerAscii()", "tacoÉ"), ("'Tacoé'.upperAscii()", "TACOé"),
    ("'hello hello'.replace('he', 'we')", "wello wello"), ("'hello hello'.replace('he', 'we', 1)", "wello hello"),
    ("'hello'.replace('l', '', -1)", "heo"), ("'ab'.replace('', '-')", "-a-b-"), ("'ab'.replace('a', 'x', 0)", "ab"),
    ("'a b c'.split(' ')", ["a", "b", "c"]), ("'a b c'.split(' ', 2)", ["a", "b c"]), ("'a b'.split(' ', 0)", []),
    ("'a b'.split(' ', 1)", ["a b"]), ("'abc'.split('')", ["a", "b", "c"]), ("'abc'.split('', 2)", ["a", "bc"]),
    ("'abc'.split('', -1)", ["a", "b", "c"]), ("''.split(',')", [""]), ("''.split('')", []),
    ("'tacocat'.substring(4)", "cat"), ("'tacocat'.substring(0, 4)", "taco"), ("'abc'.substring(3)", ""),
    ("'\\u00a0\\u2003 x \\t\\n'.trim()", "x"), ("['a', 'b'].join()", "ab"), ("['a', 'b'].join(', ')", "a, b"),
    ("[].join('-')", ""), (r"strings.quote('a\n\"b\\')", r'"a\n\"b\\"'),
])  # fmt: skip
def test_strings(expression: str, wanted: Any) -> None:
    assert value(expression) == wanted


@pytest.mark.parametrize(("expression", "why"), [
    ("'abc'.charAt(4)", "index out of range: 4"),
    ("'abc'.indexOf('a', -1)", "index out of range: -1"),
    ("'abc'.substring(4)", "index out of range: 4"),
    ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
    ("'%d'.format(['a'])", "error during formatting: decimal clause can only be used on integers, was given string"),
    ("'%b'.format(['a'])", "error during formatting: only integers and bools can be formatted as binary, "
                           "was given string"),
    ("'%x'.format([1.5])", "error during formatting: only integers, byte buffers, and strings can be formatted as hex, "
                           "was given double"),
    ("'%e'.format([null])", "error during formatting: scientific clause can only be used on doubles, "
                            "was given null_type"),
    ("'%s %s'.format(['a'])", "error during formatting: index 1 out of range"),
    ("'%z'.format(['a'])", 'could not parse formatting clause: unrecognized formatting clause "z"'),
    ("'%'.format(['a'])", "could not parse formatting clause: unexpected end of string"),
])  # fmt: skip
def test_strings_refuse(expression: str, why: str) -> None:
    assert refusal(expression) == why


@pytest.mark.parametrize(("expression", "wanted"), [
    ("'%s is %d%%'.format([dyn('x'), 5])", "x is 5%"),
    ("'%.2f|%e'.format([1.5, 1000.0])", "1.50|1.000000\u202f×\u202f10⁰³"), ("'%.1f'.format([1234.5])", "1,234.5"),
    ("'%.1e'.format([0.0015])", "1.5\u202f×\u202f10⁻⁰³"),
    ("'%b %x %X %o'.format([5, 255, 255, 8])", "101 ff FF 10"), ("'%x'.format(['hi'])", "6869"),
    ("'%b'.format([true])", "1"), ("'%s'.format([1.5])", "1.5"), ("'%s'.format([null])", "null"),
    ("'%s'.format([[1, 2]])", "[1, 2]"), ("'%s'.format([['a', 'b']])", '["a", "b"]'),
    ("'%s'.format([{'b': 1, 'a': 2}])", '{"a":2, "b":1}'), ("'%s'.format([type(1)])", "int"),
    ("'%s'.format([duration('90s')])", "90s"), ("'%s'.format([timestamp(0)])", "1970-01-01T00:00:00Z"),
    ("'%f'.format([1.0 / 0.0])", "∞"), ("'%s'.format([b'abc'])", "abc"), ("'no clause'.format([])", "no clause"),
])  # fmt: skip
def test_format(expression: str, wanted: str) -> None:
    assert value(expression) == wanted


@pytest.mark.parametrize(("expression", "wanted"), [
    ("[1, 2, 2].isSorted()", True), ("['b', 'a'].isSorted()", False), ("[].isSorted()", True),
    ("[1, 3].sum()", 4), ("[1.5, 2.5].sum()", 4.0), ("[1u, 2u].sum()", UInt(3)),
    ("[duration('1s')].sum() == duration('1s')", True),
    ("[3, 1, 2].min()", 1), ("['a', 'c', 'b'].max()", "c"), ("[1, 2, 2].indexOf(2)", 1),
    ("[1, 2, 2].lastIndexOf(2)", 2),
    ("['a'].indexOf('b')", -1), ("[1, 2, 3, 4].slice(1, 3)", [2, 3]), ("[1, 2].slice(2, 2)", []),
    ("[[1, 2], [3]].flatten()", [1, 2, 3]), ("[[[1]], [[2]]].flatten()", [[1], [2]]),
    ("[[[1]], [[2]]].flatten(2)", [1, 2]),
    ("[3, 2, 1].sort()", [1, 2, 3]), ("['b', 'a'].sort()", ["a", "b"]), ("[true, false].sort()", [False, True]),
    ("lists.range(3)", [0, 1, 2]), ("[1, 2, 3].reverse()", [3, 2, 1]), ("[1, 2, 1, 3].distinct()", [1, 2, 3]),
    ("['b', 'b', 'a'].distinct()", ["b", "a"]), ("dyn([1, 2]).sum()", 3), ("dyn([1.5]).sum()", 1.5),
    ("dyn([]).sum()", 0),
    ("sets.contains([1, 2, 3], [3, 1])", True), ("sets.contains([1], [2])", False), ("sets.contains([], [])", True),
    ("sets.equivalent([1, 1], [1])", True), ("sets.equivalent([1, 2], [1])", False),
    ("sets.intersects([1, 2], [2])", True),
    ("sets.intersects([1], [])", False), ("'abc 123'.find('[0-9]+')", "123"), ("'abc'.find('[0-9]+')", ""),
    ("'1 22 333'.findAll('[0-9]+')", ["1", "22", "333"]), ("'1 22 333'.findAll('[0-9]+', 2)", ["1", "22"]),
    ("'1'.findAll('x')", []), ("'1'.findAll('1', 0)", []), ("'abc'.matches('b')", True),
    ("matches('abc', '^b')", False),
    (r"'ab' .matches(r'^\w+$')", True),
])  # fmt: skip
def test_lists_sets_and_patterns(expression: str, wanted: Any) -> None:
    assert value(expression) == wanted


@pytest.mark.parametrize(("expression", "why"), [
    ("[].min()", "min called on empty list"),
    ("[1, 2].slice(0, 3)", "cannot slice(0, 3), list is length 2"),
    ("[1].slice(1, 0)", "cannot slice(1, 0), start index must be less than or equal to end index"),
    ("[1].slice(-1, 0)", "cannot slice(-1, 0), negative indexes not supported"),
    ("[[1]].flatten(-1)", "level must be non-negative"),
    ("lists.range(-1)", "lists.range: size must be non-negative, got -1"),
    ("lists.range(1000000000)", "lists.range: size 1000000000 exceeds maximum allowed (1000000)"),
    ("dyn([dyn(1), 'a']).sort()", "no such overload"),
    ("[9223372036854775807, 1].sum()", "integer overflow"),
])  # fmt: skip
def test_lists_refuse(expression: str, why: str) -> None:
    assert refusal(expression) == why


@pytest.mark.parametrize(("expression", "wanted"), [
    ("url('https://user@example.com:80/a%20b/?k=1&k=2&j').getHost()", "example.com:80"),
    ("url('https://example.com:80/').getHostname()", "example.com"), ("url('https://[::1]:80/').getHostname()", "::1"),
    ("url('https://[::1]:80/').getPort()", "80"), ("url('https://example.com/').getPort()", ""),
    ("url('HTTPS://example.com/').getScheme()", "https"), ("url('/path').getScheme()", ""),
    ("url('https://example.com/a%20b').getEscapedPath()", "/a%20b"), ("url('/a b').getEscapedPath()", "/a%20b"),
    ("url('/?k=1&k=2&j').getQuery() == {'k': ['1', '2'], 'j': ['']}", True), ("isURL('https://a.b:80/x')", True),
    ("isURL('/x')", True), ("isURL('a.b')", False), ("isURL('')", False), ("isURL('https://a:b:c/')", False),
    ("url('/a') == url('/a')", True),
    ("ip('127.0.0.1').isLoopback()", True), ("ip('::1').family()", 6), ("isIP('127.0.0.256')", False),
    ("isIP('01.2.3.4')", False), ("isIP('::ffff:1.2.3.4')", False), ("isIP('fe80::1%eth0')", False),
    ("ip.isCanonical('2001:db8::abcd')", True), ("ip.isCanonical('2001:DB8::ABCD')", False),
    ("ip('0.0.0.0').isUnspecified()", True), ("ip('224.0.0.1').isLinkLocalMulticast()", True),
    ("ip('224.0.1.1').isLinkLocalMulticast()", False), ("ip('ff02::1').isLinkLocalMulticast()", True),
    ("ip('169.254.1.1').isLinkLocalUnicast()", True), ("ip('fe80::1').isLinkLocalUnicast()", True),
    ("ip('192.168.0.1').isGlobalUnicast()", True), ("ip('255.255.255.255').isGlobalUnicast()", False),
    ("string(ip('2001:DB8::1'))", "2001:db8::1"), ("ip('1.2.3.4') == ip('1.2.3.4')", True),
    ("cidr('192.168.0.0/24').containsIP('192.168.0.1')", True),
    ("cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))", False),
    ("cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24')", True),
    ("cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/7'))", False),
    ("cidr('192.168.0.1/24').ip() == ip('192.168.0.1')", True),
    ("cidr('192.168.0.1/24').masked() == cidr('192.168.0.0/24')", True),
    ("cidr('192.168.0.1/24') == cidr('192.168.0.0/24')", False), ("cidr('::1/128').prefixLength()", 128),
    ("isCIDR('192.168.0.0/33')", False), ("isCIDR('192.168.0.0')", False), ("isCIDR('10.0.0.0/08')", False),
    ("isCIDR('10.0.0.0/255.0.0.0')", False), ("string(cidr('10.0.0.1/8'))", "10.0.0.1/8"),
    ("cidr('10.0.0.0/8').containsIP('::1')", False),
    ("type(ip('::1')) == net.IP", True),
])  # fmt: skip
def test_addresses(expression: str, wanted: Any) -> None:
    assert value(expression) == wanted


@pytest.mark.parametrize(("expression", "why"), [
    ("url('a.b')", 'URL parse error during conversion from string: parse "a.b": invalid URI for request'),
    ("ip('::ffff:1.2.3.4')", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'),
    ("ip('fe80::1%eth0')", 'IP address "fe80::1%eth0" with zone value is not allowed'),
    ("quantity('1x')", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
    ("quantity('1.5').asInteger()", "cannot convert value to integer"),
    ("semver('1.2')", "No Major.Minor.Patch elements found"),
    ("semver('1.2-a', true)", "short version cannot contain PreRelease/Build meta data"),
])  # fmt: skip
def test_text_that_is_none_of_these(expression: str, why: str) -> None:
    assert refusal(expression) == why


@pytest.mark.parametrize(("expression", "wanted"), [
    ("quantity('1Gi') == quantity('1024Mi')", True), ("quantity('1.5').isGreaterThan(quantity('1500m'))", False),
    ("quantity('50k').compareTo(quantity('50M'))", -1), ("quantity('50M').isLessThan(quantity('100M'))", True),
    ("isQuantity('20Mi')", True), ("isQuantity('20Mu')", False), ("quantity('-5').sign()", -1),
    ("quantity('0').sign()", 0),
    ("quantity('50k').asInteger()", 50000), ("quantity('50.703k').isInteger()", True),
    ("quantity('0.5').isInteger()", False),
    ("quantity('1.5').asApproximateFloat()", 1.5), ("quantity('50k').add(quantity('20')) == quantity('50.02k')", True),
    ("quantity('50k').sub(20) == quantity('49980')", True), ("quantity('1').add(1).asInteger()", 2),
    ("type(quantity('1')) == kubernetes.Quantity", True),
    ("semver('1.2.3').major()", 1), ("semver('1.2.3').minor()", 2), ("semver('1.2.3').patch()", 3),
    ("semver('1.2.3').compareTo(semver('2.0.0'))", -1), ("semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))", True),
    ("semver('1.0.0-2').isLessThan(semver('1.0.0-10'))", True),
    ("semver('1.0.0-a').isGreaterThan(semver('1.0.0-1'))", True),
    ("semver('1.0.0+a') == semver('1.0.0+b')", True), ("isSemver('v1.0.0')", False), ("isSemver('v1.0', true)", True),
    ("semver('v01.02', true) == semver('1.2.0')", True), ("isSemver('1.2.03')", False), ("isSemver('1.2.3-01')", False),
    ("format.named('dns1123Label').hasValue()", True), ("format.named('nothing').hasValue()", False),
    ("format.dns1123Label().validate('my-name').hasValue()", False),
    ("format.uuid().validate('x')", Optional.of(["does not match the UUID format"])),
    ("format.dns1123LabelPrefix().validate('my-name-')", NONE),
    ("format.dns1123Label().validate('my-name-').hasValue()", True),
    ("format.byte().validate('aGVsbG8=')", NONE), ("format.byte().validate('%')", Optional.of(["invalid base64"])),
    ("format.date().validate('2024-02-30')", Optional.of(["invalid date"])),
    ("format.datetime().validate('2024-02-01T00:00:00Z')", NONE),
    ("format.uri().validate('http://a.b')", NONE), ("format.qualifiedName().validate('a.b/c')", NONE),
    ("format.labelValue().validate('-').value().size()", 1),
])  # fmt: skip
def test_quantities_versions_and_formats(expression: str, wanted: Any) -> None:
    assert value(expression) == wanted


@pytest.mark.parametrize(("expression", "wanted"), [
    ("math.greatest(1, 5, 3)", 5), ("math.least([1.5, -2.0])", -2.0), ("math.greatest(1, 2.5)", 2.5),
    ("math.least(4)", 4),
    ("math.ceil(1.2)", 2.0), ("math.floor(-1.2)", -2.0), ("math.round(-1.5)", -2.0), ("math.trunc(-1.9)", -1.0),
    ("math.abs(-3)", 3), ("math.sign(-2.5)", -1.0), ("math.isNaN(0.0 / 0.0)", True),
    ("math.isFinite(1.0 / 0.0)", False),
    ("math.bitAnd(6, 3)", 2), ("math.bitNot(1u)", UInt(18446744073709551614)),
    ("math.bitShiftLeft(1, 63)", -9223372036854775808),
    ("math.bitShiftRight(-1, 63)", 1), ("math.sqrt(81)", 9.0), ("base64.encode(b'hello')", "aGVsbG8="),
    ("base64.decode('aGVsbG8') == b'hello'", True), ("cel.bind(x, 2, x * x)", 4),
    ("jsonpatch.escapeKey('a/b~c')", "a~1b~0c"),
])  # fmt: skip
def test_what_an_environment_can_ask_for(expression: str, wanted: Any) -> None:
    found = value(expression, EVERYTHING)
    assert found == wanted
    assert type(found) is type(wanted)
    with pytest.raises(CompileError, match="undeclared reference"):
        compile(expression, PLAIN)


def test_not_a_number_is_no_root() -> None:
    assert math.isnan(value("math.sqrt(-1.0)", EVERYTHING))


def test_no_such_library() -> None:
    with pytest.raises(ValueError, match="no such library: nothing"):
        Environment({}, libraries=["nothing"])


def test_authorizer() -> None:
    asked: list[Attributes] = []

    def decide(attributes: Attributes) -> Verdict:
        asked.append(attributes)
        return Verdict(attributes.verb == "get", "because", "" if attributes.namespace else "nowhere")

    environment = Environment({"authorizer": AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK})
    authorizer = Authorizer(decide)
    request = Attributes(group="apps", resource="deployments", namespace="n", name="web")
    bindings = {"authorizer": authorizer, "authorizer.requestResource": authorizer.resource_check(request)}

    def allowed(expression: str) -> Any:
        return compile(expression, environment).run(bindings)

    assert allowed("authorizer.path('/healthz').check('get').allowed()") == (True, 350_003)
    assert allowed("authorizer.requestResource.check('delete').allowed()").value is False
    pods = "authorizer.group('').resource('pods').subresource('log').namespace('a').name('b')"
    assert allowed(f"{pods}.fieldSelector('x=y').labelSelector('k').check('get').reason()").value == "because"
    account = "authorizer.serviceAccount('ns', 'sa')"
    assert allowed(f"{account}.group('g').resource('r').check('get').errored()").value is True
    assert allowed("authorizer.group('g').resource('r').check('get').error()").value == "nowhere"
    assert asked == [
        Attributes("get", path="/healthz"),
        request._replace(verb="delete"),
        Attributes("get", None, "", "", "pods", "log", "a", "b", "x=y", "k"),
        Attributes("get", ("ns", "sa"), group="g", resource="r"),
        Attributes("get", group="g", resource="r"),
    ]
    for wrong, why in (
        ("authorizer.path(' ')", "path must not be empty"),
        ("authorizer.group('').resource('')", "resource must not be empty"),
        ("authorizer.serviceAccount('a', 'B!')", "Invalid service account name"),
        ("authorizer.serviceAccount('a.b', 'c')", "Invalid service account namespace"),
    ):
        with pytest.raises(EvaluationError, match=why):
            allowed(wrong)


def test_three_authorization_checks_are_too_many() -> None:
    expression = "[1, 2, 3].all(x, authorizer.path('/').check('get').allowed())"
    program = compile(expression, Environment({"authorizer": AUTHORIZER}))
    with pytest.raises(EvaluationError, match="operation cancelled: actual cost limit exceeded"):
        program.evaluate({"authorizer": Authorizer(lambda attributes: Verdict(True))})


def test_patches_of_mutating_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment({"object": DYN}, libraries=KUBERNETES | {"jsonpatch"})
    bindings = {"object": {"spec": {"replicas": 2}}}
    patch = """[JSONPatch{op: "test", path: "/spec/replicas", value: object.spec.replicas},
                JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "x"}]"""
    program = compile(patch, environment, list_of(JSON_PATCH))
    assert program.evaluate(bindings) == [
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "add", "path": "/metadata/labels/a~1b", "value": "x"},
    ]
    applied = "Object{spec: Object.spec{replicas: object.spec.replicas + 1, ?paused: optional.none()}}"
    assert compile(applied, environment, OBJECT).evaluate(bindings) == {"spec": {"replicas": 3}}
    made = """JSONPatch{op: "add", path: "/x", value: {
        "t": dyn(timestamp("2024-01-01T00:00:00Z")), "d": duration("90s"), "b": b"hi", "u": 4u, "l": [1.5, 2.0],
        "n": null}}"""
    assert to_json(compile(made, environment, JSON_PATCH).evaluate(bindings))["value"] == {
        "t": "2024-01-01T00:00:00Z", "d": "90s", "b": "aGk=", "u": 4, "l": [1.5, 2.0], "n": None}  # fmt: skip
    for impossible in ("{1: 2}", "quantity('1')", "optional.none()", "0.0 / 0.0", "type(1)"):
        with pytest.raises(EvaluationError, match="type conversion error"):
            to_json(compile(impossible, environment).evaluate(bindings))
    huge = compile("[[1]]" + ".map(x, [x, x])" * 30, environment).evaluate(bindings)
    monkeypatch.setattr(metering, "MOST_WORK", 100_000)
    with pytest.raises(EvaluationError, match="cost limit"):
        to_json(huge)
    with pytest.raises(CompileError, match="undefined field 'what'"):
        compile("JSONPatch{what: 'add'}", environment)
    with pytest.raises(CompileError, match="expected type of field 'op' is 'string' but provided type is 'int'"):
        compile("JSONPatch{op: 1}", environment)
