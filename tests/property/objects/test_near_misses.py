"""Laws on objects that are almost right: the valid examples of every kind, changed in a few places.

Objects drawn from definitions alone seldom get past their first error; these reach the rules deep inside.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.foundation import definitions
from services.objects.errors import Invalid
from services.objects.kinds import KINDS, Kind
from services.objects.meta import Obj
from services.objects.schema import Schema
from tests.examples.every import example

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SCHEMA = Schema(definitions.load())
KIND_LIST = list(KINDS)
TEXTS = (
    "", "a", "*", "A_b", "x" * 64, "x" * 254, "example.com", "example.com/a", "a.b.example.com", "/", "a/b/c", "é",
    "\0", "10.0.0.1", "010.0.0.1", "::ffff:1.2.3.4", "2001:DB8::1", "fe80::1%a", "10.0.0.0/8", "10.0.0.1/8", "::/0",
    "/8", "None", "Equal", "Exists", "In", "Exact", "All", "ExactCount", "FromClaim", "IPv4", "IPv6", "FQDN", "Limited",
    "Reject", "Queue", "Namespaced", "Fail", "Ignore", "Audit", "Deny", "Warn", "JSONPatch", "ApplyConfiguration",
    "true", "1", "object.a == 1", "'a' + 'b'", "device.driver == 'a'", "variables.a", "[", "a.b.c.d(", "(" * 300,
    "1.2.3", "1.2", "0", "-1", "1Gi", "1e400", "50%", "2026-01-02T03:04:05Z", "0b4eb8f2-6d5a-4c1d-9b1e-0a1b2c3d4e5f",
)  # fmt: skip
NUMBERS = (-1, 0, 1, 2, 9, 80, 601, 65536, 2**31 - 1, 2**63 - 1)
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything that is held by something, as (holder, key)."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in steps:
        yield value, key
        yield from places(inner)


@st.composite
def near_misses(draw: Any, kind: Kind) -> Obj:
    obj = example(kind)
    for _ in range(draw(st.integers(0, 3))):
        known = [(holder, key) for holder, key in places(obj) if holder is not obj or key not in ("apiVersion", "kind")]
        if known:
            _change(draw, *known[draw(st.integers(0, len(known) - 1))])
    return obj


def _change(draw: Any, holder: Any, key: Any) -> None:
    value = holder[key]
    how = draw(st.integers(0, 5))
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(value, list) and value:
        holder[key] = [copy.deepcopy(value[0]) for _ in range(draw(st.sampled_from((2, 9, 33, 130))))]
    elif how == 2 and isinstance(value, dict | list):
        holder[key] = type(value)()
    elif isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        value[draw(st.sampled_from(TEXTS))] = draw(st.sampled_from(TEXTS))
    elif isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = draw(st.sampled_from(NUMBERS))
    elif isinstance(value, str):
        holder[key] = draw(st.sampled_from(TEXTS))


def decoded(kind: Kind, obj: Obj) -> Obj | None:
    """As the apiserver has it before the rules; None when it does not get that far."""
    if SCHEMA.check(kind, obj).wrong is not None:
        return None
    if kind.namespaced:
        obj.setdefault("metadata", {})["namespace"] = "default"
    obj.setdefault("metadata", {})
    kind.default(obj)
    return obj


def explained(kind: Kind, causes: Any) -> None:
    for cause in causes:
        assert cause.field, "a refusal says where"
        assert cause.message, "a refusal says why"
    assert Invalid(kind.group, kind.kind, "x", causes).status()["message"].startswith(kind.kind)


@pytest.mark.parametrize("kind", KIND_LIST, ids=lambda kind: f"{kind.resource}.{kind.version}")
@given(data=st.data())
@few
def test_what_is_almost_right_is_taken_or_explained(kind: Kind, data: st.DataObject) -> None:
    obj = decoded(kind, data.draw(near_misses(kind)))
    if obj is None:
        return
    once = copy.deepcopy(obj)
    kind.default(obj)
    assert obj == once, "defaulting must be idempotent"
    explained(kind, kind.validate(obj) + kind.validate_create(obj))
    kind.warnings(obj)
    assert len(kind.printer.row(obj, NOW)) == len(kind.printer.columns)
    assert all(isinstance(getter(obj), str) for getter in kind.fields.values())
    assert obj == once, "neither rules nor tables may change the object"
    kind.prepare(obj)
    assert SCHEMA.check(kind, copy.deepcopy(obj)) == ([], None)


@pytest.mark.parametrize("kind", KIND_LIST, ids=lambda kind: f"{kind.resource}.{kind.version}")
@given(data=st.data())
@few
def test_what_is_valid_can_be_sent_back(kind: Kind, data: st.DataObject) -> None:
    """And what changes of it is taken or explained, by those rules that see both sides."""
    old, new = (decoded(kind, data.draw(near_misses(kind))) for _ in range(2))
    if old is None or new is None:
        return
    kind.prepare(old)
    if kind.validate(old) + kind.validate_create(old):
        return
    assert kind.validate_update(copy.deepcopy(old), old) == []
    assert kind.validate_status(copy.deepcopy(old), old) == []
    before = copy.deepcopy((new, old))
    explained(kind, kind.validate_update(new, old))
    explained(kind, kind.validate_status(new, old))
    assert (new, old) == before
