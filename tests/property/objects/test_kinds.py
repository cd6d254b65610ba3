"""Laws of decoding, defaulting and validation, on objects made from the definitions themselves and on nonsense."""

from __future__ import annotations

import copy
import functools
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from services.foundation import definitions
from services.objects.errors import Invalid
from services.objects.kinds import EVENT, EVENTS_EVENT, KINDS, POD, Kind
from services.objects.meta import Obj
from services.objects.schema import Schema, duplicate_fields
from services.objects.schema.types import Form, Type, type_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DEFINITIONS = definitions.load()
SCHEMA = Schema(DEFINITIONS)
KIND_LIST = list(KINDS)

WORDS = st.sampled_from(["", "a", "web", "A_b", "x" * 70, "10.0.0.1", "None", "Always", "Exists", "In", "../x", "/abs",
                         "kubernetes.io/x", "TCP", "NodePort", "ClientIP", "80", "50%", "é", "Recreate", "OnDelete",
                         "OnFailure", "Indexed", "0-3,5", "@daily", "UTC", "True", "Approved", "Resource", "Pods",
                         "Utilization", "AverageValue", "ServiceAccount", "User", "ClusterRole"])  # fmt: skip
SCALARS: dict[Form, st.SearchStrategy[Any]] = {
    Form.STRING: WORDS,
    Form.BOOLEAN: st.booleans(),
    Form.INT32: st.sampled_from([-1, 0, 1, 80, 65536, 2**31 - 1]),
    Form.INT64: st.sampled_from([-1, 0, 1, 30, 2**63 - 1]),
    Form.NUMBER: st.sampled_from([0, 0.5, -1]),
    Form.BYTES: st.sampled_from(["", "YQ==", "YWJj"]),
    Form.TIME: st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123+02:00"]),
    Form.MICRO_TIME: st.sampled_from(["2026-01-02T03:04:05.000006Z", "2026-01-02T03:04:05Z"]),
    Form.QUANTITY: st.sampled_from(["0", "100m", "1.5Gi", "1e3", "-1", "1n", 2, 0.5]),
    Form.INT_OR_STRING: st.sampled_from([0, 80, -1, "http", "25%", "", "0%"]),
    Form.ANY: st.sampled_from([{}, {"a": [1]}, {"f:x": {}}]),
}
NONSENSE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
              st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3),
                            st.dictionaries(st.sampled_from(["name", "spec", "metadata", "x"]), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@functools.cache
def fields_of(definition: str) -> dict[str, Type]:
    return {name: type_of(field, DEFINITIONS) for name, field in DEFINITIONS[definition]["properties"].items()}


@st.composite
def values(draw: Any, kind: Type, depth: int = 0) -> Any:
    """A value of the type, growing thinner with depth."""
    if kind.form is Form.OBJECT:
        return draw(objects(kind.definition, depth + 1))
    if kind.form in (Form.ARRAY, Form.MAP):
        assert kind.element is not None
        count = draw(st.integers(0, 2 if depth < 5 else 1))
        items = [draw(values(kind.element, depth)) for _ in range(count)]
        if kind.form is Form.ARRAY:
            return items
        return dict(zip(("cpu", "app", "a b"), items, strict=False))
    return draw(SCALARS[kind.form])


@st.composite
def objects(draw: Any, definition: str, depth: int = 0) -> Obj:
    fields = fields_of(definition)
    always = {"spec", "template", "containers", "metadata"} & fields.keys() if depth < 5 else set()
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=4 if depth < 4 else 2))
    return {name: draw(values(fields[name], depth)) for name in sorted(chosen | always)}


def whole(kind: Kind) -> st.SearchStrategy[Obj]:
    return objects(kind.definition)


def processed(kind: Kind, obj: Obj) -> Obj:
    """As the apiserver does on creation."""
    assert SCHEMA.check(kind, obj).wrong is None
    obj.setdefault("metadata", {})
    kind.default(obj)
    kind.prepare(obj)
    return obj


def explained(kind: Kind, causes: Any) -> None:
    if causes:
        message = Invalid(kind.group, kind.kind, "x", causes).status()["message"]
        assert message.startswith(kind.kind)


slow = settings(max_examples=20, deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip


@pytest.mark.parametrize("kind", KIND_LIST, ids=lambda kind: kind.resource)
@given(data=st.data())
@slow
def test_a_well_typed_object_goes_all_the_way(kind: Kind, data: st.DataObject) -> None:
    obj = data.draw(whole(kind))
    assert SCHEMA.check(kind, obj) == ([], None)
    decoded = copy.deepcopy(obj)
    assert SCHEMA.check(kind, decoded) == ([], None)
    assert decoded == obj, "decoding must be idempotent"

    obj.setdefault("metadata", {})
    kind.default(obj)
    once = copy.deepcopy(obj)
    kind.default(obj)
    assert obj == once, "defaulting must be idempotent"
    assert SCHEMA.check(kind, copy.deepcopy(obj)) == ([], None), "defaults must be well-typed"

    explained(kind, kind.validate(obj))
    explained(kind, kind.validate_create(obj))
    assert all(isinstance(warning, str) for warning in kind.warnings(obj))
    assert len(kind.printer.row(obj, NOW)) == len(kind.printer.columns)
    for getter in kind.fields.values():
        assert isinstance(getter(obj), str)
    assert obj == once, "neither rules nor tables may change the object"
    kind.prepare(obj)
    assert SCHEMA.check(kind, copy.deepcopy(obj)) == ([], None)


@pytest.mark.parametrize("kind", KIND_LIST, ids=lambda kind: kind.resource)
@given(data=st.data())
@slow
def test_changes_never_crash(kind: Kind, data: st.DataObject) -> None:
    old, new = (processed(kind, data.draw(whole(kind))) for _ in range(2))
    for obj in (old, new):
        assert SCHEMA.check(kind, obj).wrong is None
    before = copy.deepcopy((new, old))
    explained(kind, kind.validate_update(new, old))
    explained(kind, kind.validate_status(new, old))
    for subresource in kind.subresources:
        taken = subresource.take(new, old) if subresource.take is not None else new
        assert (new, old) == before, "what is taken is taken of copies"
        if subresource.validate is not None:
            explained(kind, subresource.validate(taken, old))
    assert (new, old) == before
    if not kind.validate(old) + kind.validate_create(old):
        assert kind.validate_update(old, copy.deepcopy(old)) == []
    upper = {**new, "metadata": dict(new["metadata"])}
    kind.prepare_update(upper, old)
    assert (new, old) == before, "an update is prepared in place at its upper levels alone"
    once = copy.deepcopy(upper)
    kind.prepare_update(upper, old)
    assert upper == once, "preparing an update must be idempotent"


@pytest.mark.parametrize("kind", KIND_LIST, ids=lambda kind: kind.resource)
@given(data=st.data())
@slow
def test_nonsense_is_refused_or_harmless(kind: Kind, data: st.DataObject) -> None:
    """Anything anywhere: either the decoder refuses it, or nothing after it stumbles over it."""
    obj = data.draw(whole(kind))
    place: Any = obj
    for _ in range(data.draw(st.integers(0, 5))):
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        nested = [step for step in steps if isinstance(place[step], dict | list) and place[step]]
        if not nested:
            break
        place = place[data.draw(st.sampled_from(nested))]
    if isinstance(place, dict):
        place[data.draw(st.sampled_from([*sorted(place), "unknown"]))] = data.draw(NONSENSE)
    elif place:
        place[0] = data.draw(NONSENSE)
    problems = SCHEMA.check(kind, obj)
    if problems.wrong is None:
        explained(kind, kind.validate(processed(kind, obj)))
        kind.warnings(obj)


@given(NONSENSE)
@example([])
@example("x")
def test_what_is_no_object_is_refused(value: Any) -> None:
    problems = SCHEMA.check(POD, value)
    assert isinstance(value, dict) or problems.wrong


@given(st.recursive(st.integers(0, 3), lambda inner: st.one_of(
    st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(['a', 'b', '":', ' :']), inner, max_size=3)),
    max_leaves=10))  # fmt: skip
def test_no_text_without_duplicates_has_any(value: Any) -> None:
    assert not duplicate_fields(orjson.dumps(value), value)
    assert not duplicate_fields(orjson.dumps(value, option=orjson.OPT_INDENT_2), value)


@given(whole(EVENTS_EVENT))
@slow
def test_events_survive_their_storage(event: Obj) -> None:
    assume(SCHEMA.check(EVENTS_EVENT, event).wrong is None)
    event |= {"apiVersion": "events.k8s.io/v1", "kind": "Event"}
    stored = EVENTS_EVENT.to_stored(event)
    assert SCHEMA.check(EVENT, copy.deepcopy(stored)) == ([], None)
    assert EVENTS_EVENT.from_stored(stored) == event
