"""Input that wants to do harm: broken texts, mutated objects, patches of nonsense, of any kind.

Whatever it is, it is refused in so many words or it goes all the way: never another exception, never a crawl. A short
search runs with every test; an hour of it is `FUZZ=5000 pytest tests/property/objects/test_hostile.py`.
"""

from __future__ import annotations

import contextlib
import copy
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.foundation import definitions
from services.objects import durations, quantity, selectors, times
from services.objects.errors import BadRequest, StatusError
from services.objects.kinds import KINDS, Kind
from services.objects.meta import Obj
from services.objects.patching import json_patch, merge_patch, strategic_merge
from services.objects.printing.table import table
from services.objects.schema import Schema, duplicate_fields
from services.objects.wire import json, protobuf, yaml
from tests.examples.every import EXAMPLES, example

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SCHEMA = Schema(definitions.load())
KIND_LIST = [kind for kind in KINDS if (kind.api_version, kind.kind) in EXAMPLES]
often = settings(max_examples=int(os.environ.get("FUZZ", "15")), deadline=None, suppress_health_check=list(HealthCheck))

SCALARS = st.sampled_from([
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, -(2**63), 2**64 - 1, 1e308, -0.0, 0.5, "", "0", "a", "-1", "1e9999",
    "é", "\x00", "\u202e", "a" * 300, "../..", "[", "*", "10.0.0.0/8", "::", "0.0.0.0", "2026-01-02T03:04:05Z",
    "9" * 400, "%", "$(X)", "$patch", "app", "name", "example.org/a",
])  # fmt: skip
KEYS = st.sampled_from(["name", "spec", "metadata", "labels", "x", "", "$patch", "$retainKeys", "key", "a/b/c", "é",
                        "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "items"])  # fmt: skip
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
                        max_leaves=6)  # fmt: skip

OBJECTS = st.dictionaries(KEYS, ANYTHING, max_size=4)
OPERATIONS = st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "", 5])
POINTERS = st.sampled_from(["", "/", "/metadata", "/metadata/name/x", "/metadata/labels/-", "/spec/0", "/-", "x", 5])
BREAKS = st.binary(max_size=2) | st.sampled_from([
    b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\", b"\n", b"&a ", b"*a", b"<<: ", b"- ", b"? ", b"| ", b"# ", b"%",
    b"!!int ", b"\xff", b"-",
])  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) in the value."""
    found: list[tuple[Any, Any]] = []
    wanted = [value]
    while wanted:
        container = wanted.pop()
        for step, inner in list(container.items() if isinstance(container, dict) else enumerate(container)):
            found.append((container, step))
            if isinstance(inner, dict | list):
                wanted.append(inner)
    return found


def mutated(draw: Callable[..., Any], obj: Obj) -> Obj:
    for _ in range(draw(st.integers(1, 4))):
        known = places(obj)
        if not known:
            break
        container, step = draw(st.sampled_from(known))
        action = draw(st.integers(0, 3))
        if action == 0:
            del container[step]
        elif action == 1 and isinstance(container, list):
            container.append(copy.deepcopy(container[step]))
        elif action == 2 and isinstance(container, dict):
            container[draw(KEYS)] = draw(ANYTHING)
        else:
            container[step] = draw(ANYTHING)
    return obj


def every(law: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("kind", KIND_LIST, ids=lambda kind: f"{kind.resource}.{kind.version}")(
        given(data=st.data())(often(law)))  # fmt: skip


@every
def test_a_mutated_object_is_refused_or_goes_all_the_way(kind: Kind, data: st.DataObject) -> None:
    obj = mutated(data.draw, example(kind))
    if SCHEMA.check(kind, obj).wrong is not None:
        return
    obj |= {"apiVersion": kind.api_version, "kind": kind.kind}
    obj.setdefault("metadata", {})
    kind.default(obj)
    before = orjson.dumps(obj)
    causes = kind.validate(obj)
    kind.warnings(obj)
    # Rows are printed of what is stored, which is valid; fields of status are never asked whether they are.
    if not causes:
        table(kind, [obj], NOW)
        for selectable in kind.fields.values():
            selectable(obj)
    assert orjson.dumps(obj) == before
    found = protobuf.decode(protobuf.encode(obj))
    again = protobuf.decode(protobuf.encode(found))
    assert again == found, "what protobuf leaves of an object it keeps"


@every
def test_a_patch_of_nonsense_is_refused_or_applied(kind: Kind, data: st.DataObject) -> None:
    obj = example(kind)
    before = copy.deepcopy(obj)
    patch = data.draw(OBJECTS | st.just(mutated(data.draw, example(kind))))
    types = SCHEMA.patch_type(kind)
    operations = [{"op": data.draw(OPERATIONS), "path": data.draw(POINTERS), "from": "/metadata", "value": patch}]
    for apply in (lambda: merge_patch(obj, patch), lambda: strategic_merge(obj, patch, types),
                  lambda: json_patch(obj, operations)):  # fmt: skip
        try:
            result = apply()
        except StatusError:
            continue
        orjson.dumps(result)
        assert obj == before


@given(data=st.data())
@often
def test_a_broken_text_is_refused_or_read(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KIND_LIST))
    text = bytearray(orjson.dumps(example(kind), option=data.draw(st.sampled_from([0, orjson.OPT_INDENT_2]))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(len(text) - 1, 0)))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(BREAKS)
    for load in (json.load, yaml.load):
        try:
            found = load(bytes(text))
        except (json.NotJSON, yaml.NotYAML):
            continue
        value = found.value if isinstance(found, yaml.Document) else found
        if load is json.load:
            duplicate_fields(bytes(text), value)
        orjson.dumps(value)
        if SCHEMA.check(kind, value).wrong is None:
            orjson.dumps(value)


READERS: list[tuple[Callable[[Any], Any], tuple[type[Exception], ...]]] = [
    (quantity.parse, (quantity.QuantityError,)), (times.parse, (ValueError,)), (durations.parse, (ValueError,)),
    (selectors.parse_label, (BadRequest,)), (selectors.parse_field, (BadRequest,)),
    (lambda text: json.load(text.encode("utf-8", "surrogatepass")), (json.NotJSON,)),
    (lambda text: yaml.load(text.encode("utf-8", "surrogatepass")), (yaml.NotYAML,)),
    (lambda text: protobuf.decode(b"k8s\0" + text.encode("utf-8", "surrogatepass")), (BadRequest,)),
]  # fmt: skip


@given(st.text(max_size=40) | st.text("0123456789.-+eEmkMGTiu nsh,=!()<>\t\n\"{}[]&*:|_xTZµé\ud800", max_size=40))
@often
def test_words_are_read_or_refused(text: str) -> None:
    for read, refusals in READERS:
        try:
            read(text)
        except refusals:
            continue


# Each would take minutes if its time grew faster than its size.
LARGE = 300_000
CRAWLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "json: nested": (json.load, b"[" * LARGE), "json: digits": (json.load, b"9" * LARGE),
    "json: fraction": (json.load, b"0." + b"9" * LARGE), "json: exponent": (json.load, b"1e" + b"9" * LARGE),
    "json: twice": (lambda text: duplicate_fields(text, json.load(text)), b"{" + b'"a":1,' * LARGE + b'"a":1}'),
    "json: twice, digits": (lambda text: duplicate_fields(text, json.load(text)),
                            b'{"a":1,"a":0.' + b"9" * LARGE + b"}"),
    "yaml: flow": (yaml.load, b"[" * LARGE), "yaml: blocks": (yaml.load, b"- " * LARGE),
    "yaml: keys": (yaml.load, b"? " * LARGE), "yaml: digits": (yaml.load, b"a: " + b"9" * LARGE),
    "yaml: hexadecimal": (yaml.load, b"a: 0x" + b"f" * LARGE), "yaml: base": (yaml.load, b"a: " + b"1:" * LARGE + b"1"),
    "yaml: aliases": (yaml.load, b"a: &a 1\nb: [" + b"*a," * 50_000 + b"]"),
    "yaml: anchors": (yaml.load, b"".join(b"&a%d [" % n for n in range(190)) + b"1," * 20_000 + b"]" * 190),
    "yaml: merges": (yaml.load, b"a: &a {" + b"".join(b"k%d: 1," % n for n in range(2000)) + b"}\nb:\n"
                     + b"  <<: *a\n" * 2000),
    "quantity: digits": (quantity.parse, "9" * LARGE), "quantity: zeros": (quantity.parse, "0" * LARGE + "1"),
    "quantity: exponent": (quantity.parse, "1e" + "9" * 18), "quantity: suffix": (quantity.parse, "1" + "E" * LARGE),
    "duration": (durations.parse, "1h" * LARGE), "time": (times.parse, "2026-01-02T03:04:05." + "9" * LARGE + "Z"),
    "label selector": (selectors.parse_label, "a in (" + "b," * LARGE + "c)"),
    "field selector": (selectors.parse_field, "a=b," * 30_000), "brackets": (selectors.parse_label, "(" * LARGE),
    "protobuf: tags": (protobuf.decode, b"k8s\0" + b"\xff" * LARGE),
    "protobuf: empty fields": (protobuf.decode, protobuf.envelope("v1", "Pod", b"\x1a\x00" * LARGE)),
    "protobuf: nested": (protobuf.decode, protobuf.envelope("v1", "List", b"\x12\x02\x0a\x00" * LARGE)),
}  # fmt: skip


@pytest.mark.parametrize("name", CRAWLS)
def test_time_grows_no_faster_than_size(name: str) -> None:
    read, text = CRAWLS[name]
    began = time.process_time()
    with contextlib.suppress(BadRequest, ValueError, quantity.QuantityError):
        read(text)
    assert time.process_time() - began < 5
