from __future__ import annotations

from typing import Any

import pytest

from services.objects import selectors
from services.objects.errors import BadRequest

LABELS = {"app": "web", "tier": "front", "weight": "10", "empty": "", "example.com/x": "y"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app = web , tier=front", True),
        ("app=db", False),
        ("app!=db", True),
        ("gone!=x", True),
        ("app!=web", False),
        ("app", True),
        ("!app", False),
        ("!gone", True),
        ("app in (web, db)", True),
        ("app notin (web,db)", False),
        ("gone notin (a)", True),
        ("gone in ()", False),
        ("empty in ()", True),
        ("empty=", True),
        ("gone=", False),
        ("empty in (,a)", True),
        ("weight>9", True),
        ("weight<10", False),
        ("app>1", False),
        ("example.com/x=y", True),
        ("in=x", False),
        ("app in (in,notin)", False),
        ("app=web,app=db", False),
    ],
)
def test_matching_by_text(text: str, matches: bool) -> None:
    assert selectors.parse_label(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a==!b", "unable to parse requirement: found '!', expected: identifier"),
    ],
)
def test_texts_that_are_no_selector(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        selectors.parse_label(text)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "part"),
    [("-a=b", 'key: Invalid value: "-a": name part must consist of alphanumeric characters'),
     ("a=-b", 'values[0][a]: Invalid value: "-b": a valid label must be an empty string or consist of'),
     ("a/b/c", "a qualified name must consist of"),
     ("a=" + "b" * 64, "must be no more than 63 bytes"),
     ("a>b", "for 'Gt', 'Lt' operators, the value must be an integer")],
)  # fmt: skip
def test_keys_and_values_are_checked(text: str, part: str) -> None:
    with pytest.raises(BadRequest) as caught:
        selectors.parse_label(text)
    assert caught.value.message.startswith("unable to parse requirement: ")
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("selector", "matches", "text"),
    [
        (None, False, "<nothing>"),
        ({}, True, ""),
        ({"matchLabels": {"app": "web", "tier": "front"}}, True, "app=web,tier=front"),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}, True, "app in (db,web)"),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False, "app notin (web)"),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True, "app"),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False, "!app"),
    ],
)
def test_json_selectors(selector: dict[str, Any] | None, matches: bool, text: str) -> None:
    compiled = selectors.from_json(selector)
    assert compiled.matches(LABELS) is matches
    assert str(compiled) == text


def test_json_selectors_are_checked() -> None:
    with pytest.raises(selectors.SelectorError, match='"Like" is not a valid label selector operator'):
        selectors.from_json({"matchExpressions": [{"key": "a", "operator": "Like"}]})
    with pytest.raises(selectors.SelectorError, match="values set can't be empty"):
        selectors.from_json({"matchExpressions": [{"key": "a", "operator": "In", "values": []}]})
    with pytest.raises(selectors.SelectorError, match="values set must be empty"):
        selectors.from_json({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]})


def test_plain_maps() -> None:
    assert selectors.from_labels({"app": "web"}).matches(LABELS)
    assert selectors.from_labels({}).everything


POD = {"metadata.name": "web", "metadata.namespace": "default", "status.phase": "Running", "spec.odd": "a,b=c\\d"}
PATHS = ("status.phase", "spec.odd", "spec.nodeName")


@pytest.mark.parametrize(
    ("text", "matches"),
    [("", True), ("metadata.name=web", True), ("metadata.name==web,status.phase!=Failed", True),
     ("status.phase=Pending", False), ("spec.nodeName=", True), ("spec.nodeName!=", False),
     ("spec.odd=a\\,b\\=c\\\\d", True), ("metadata.name=web,,status.phase=Running", True)],
)  # fmt: skip
def test_field_selectors(text: str, matches: bool) -> None:
    assert selectors.parse_field(text, PATHS).matches(lambda path: POD.get(path, "")) is matches


def test_a_field_selector_tells_exact_values_and_prints() -> None:
    selector = selectors.parse_field("metadata.name=web,status.phase!=Failed", PATHS)
    assert selector.exact("metadata.name") == "web"
    assert selector.exact("status.phase") is None
    assert str(selector) == "metadata.name=web,status.phase!=Failed"
    odd = selectors.parse_field("spec.odd=a\\,b\\=c", PATHS)
    assert selectors.parse_field(str(odd), PATHS).requirements == odd.requirements


@pytest.mark.parametrize(
    ("text", "supported", "message"),
    [("spec.foo=a", PATHS, "field label not supported: spec.foo"),
     ("spec.foo=a", (), '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"'),
     ("metadata.name", (), "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
     ("metadata.name=a\\b", (), "invalid field selector: invalid escape sequence: \\b"),
     ("metadata.name=a=b", (), "invalid field selector: unescaped character in value: '='")],
)  # fmt: skip
def test_wrong_field_selectors(text: str, supported: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        selectors.parse_field(text, supported)
    assert caught.value.message == message
