"""What Kubernetes makes of a YAML text, value by value and message by message."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.objects.wire import yaml


@pytest.mark.parametrize(("text", "value"), [
    ("y", True), ("Yes", True), ("on", True), ("TRUE", True), ("n", False), ("No", False), ("OFF", False),
    ("yEs", "yEs"), ("'yes'", "yes"), ('"no"', "no"), ("~", None), ("null", None), ("Null", None), ("", None),
    ("5", 5), ("+5", 5), ("-5", -5), ("0x1F", 31), ("0o17", 15), ("017", 15), ("0b101", 5), ("08", 8), ("1_000", 1000),
    ("1.5", 1.5), ("1.0", 1), ("1e3", 1000), (".5", 0.5), ("1e999", "1e999"), ("1.2.3", "1.2.3"), ("-x", "-x"),
    ("9223372036854775807", 2**63 - 1), ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 2.0**64),
    ("1:30", "1:30"), ("22:22", "22:22"), ("2026-01-02", "2026-01-02"),
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
    ("=", "="), ("0x", "0x"), ("1_", 1), ("!!str 5", "5"), ("!!int '5'", 5), ("!!float 5", 5), ("!!binary aGk=", "hi"),
    ("!custom x", "x"), ("! 5", "5"), ("!!bool yes", True),
])  # fmt: skip
def test_scalars(text, value):
    found = yaml.load(f"a: {text}".encode()).value["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "value"), [
    ("1: a\nyes: b\n1.5: c\n'x': d", {"1": "a", "true": "b", "1.5": "c", "x": "d"}),
    ("a: &x [1, {b: 2}]\nc: *x", {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}),
    ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
    ("a: {<<: [{x: 1}, {x: 2, z: 3}]}", {"a": {"x": 1, "z": 3}}),
    ("a: 1\n---\nb: 2", {"a": 1}),
    ("", None), ("# nothing\n", None), ("---\n", None), ("- a\n- b: c", ["a", {"b": "c"}]),
    ('{"json": ["is", "yaml", 1, true, null]}', {"json": ["is", "yaml", 1, True, None]}),
    ("a: |\n  one\n  two\nb: >-\n  one\n  two", {"a": "one\ntwo\n", "b": "one two"}),
])  # fmt: skip
def test_documents(text, value):
    assert yaml.load(text.encode()) == (value, ())


def test_an_alias_is_a_copy():
    value = yaml.load(b"a: &x {b: [1]}\nc: *x\nd: {<<: *x}").value
    value["c"]["b"].append(2)
    value["d"]["b"].append(3)
    assert value == {"a": {"b": [1]}, "c": {"b": [1, 2]}, "d": {"b": [1, 3]}}


def test_keys_given_twice_are_told_by_line_and_the_last_one_counts():
    text = b"spec:\n  replicas: 1\n  paused: true\n  replicas: 2\nlist:\n- a: 1\n  a: 2\n"
    assert yaml.load(text) == (
        {"spec": {"replicas": 2, "paused": True}, "list": [{"a": 2}]},
        ('yaml: unmarshal errors:\n  line 4: key "replicas" already set in map\n'
         '  line 7: key "a" already set in map',),
    )  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [
    ("a: &x [*x]", "yaml: anchor 'x' value contains itself"),
    ("a: *x", "yaml: unknown anchor 'x' referenced"),
    ("a: b: c", "yaml: mapping values are not allowed in this context"),
    ("x: 1\na: b: c", "yaml: line 2: mapping values are not allowed in this context"),
    ("a:\n  - b\n c: d", "yaml: line 2: did not find expected key"),
    ("@x", "yaml: found character that cannot start any token"),
    ("a: .nan", "json: unsupported value: NaN"),
    ("a: -.inf", "json: unsupported value: -Inf"),
    ("? [a]\n: b", "yaml: invalid map key: only scalars can be keys"),
    ("~: a", "unsupported map key: only strings, numbers and booleans can be keys"),
    ("<<: 5", "yaml: map merge requires map or sequence of maps as the value"),
    ("a: !!int x", "yaml: cannot decode !!str `x` as a !!int"),
    ("a: !!binary '*'", "yaml: !!binary value contains invalid base64 data"),
    ("\x00", "yaml: control characters are not allowed"),
    ("[" * 100_000, "yaml: exceeded max depth"),
    ("- " * 100_000, "yaml: exceeded max depth"),
])  # fmt: skip
def test_what_is_no_yaml(text, message):
    with pytest.raises(yaml.NotYAML) as refused:
        yaml.load(text.encode())
    assert str(refused.value) == message


def test_bytes_that_are_no_text():
    with pytest.raises(yaml.NotYAML, match="yaml: "):
        yaml.load(b"a: \xff\xfe")


def test_a_billion_laughs_end_early():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(yaml.NotYAML, match="document contains excessive aliasing"):
        yaml.load("\n".join(lines).encode())


def test_aliases_do_not_nest_deeper_than_texts():
    lines = ["a0: &a0 []"] + [f"a{n}: &a{n} {'[' * 50}*a{n - 1}{']' * 50}" for n in range(1, 5)]
    with pytest.raises(yaml.NotYAML, match="exceeded max depth"):
        yaml.load("\n".join(lines).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp"), exclude_characters="\ufeff")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abyn019.-", min_size=1), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_json_is_yaml(value):
    assert yaml.load(json.dumps(value, ensure_ascii=False).encode()) == (value, ())


@given(st.text("ab:&*{}[]-!<|>'\"#%@, \n\t?1.~", max_size=60) | st.binary(max_size=60))
def test_any_text_is_yaml_or_it_is_not(text):
    try:
        found = yaml.load(text.encode() if isinstance(text, str) else text)
    except yaml.NotYAML:
        return
    json.dumps(found.value, allow_nan=False)


@given(JSON)
def test_what_is_written_is_read_again(value):
    assert yaml.load(yaml.dump(value)) == (value, ())


@pytest.mark.parametrize("text", [
    "y", "n", "on", "~", "", "0o17", "08", "1_000", "0b1", "1:30", "2026-01-02", "<<", "=", "a: b", "#", "- a",
    "x" * 300, "a\nb\n", " a ", "'", '"', "é", "\t", ".inf", "1e3", "null", "&a", "*a", "!a", "%", "@", "`", "|", ">",
    "?", "[]", "{}",
])  # fmt: skip
def test_text_is_written_as_text(text):
    value = {text: text, "list": [text]}
    assert yaml.load(yaml.dump(value)) == (value, ())


def test_what_is_shared_is_written_twice():
    shared = {"a": [1]}
    assert yaml.dump({"x": shared, "y": shared}) == b"x:\n  a:\n  - 1\n'y':\n  a:\n  - 1\n"
