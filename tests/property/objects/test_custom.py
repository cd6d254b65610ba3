"""Laws of custom resources, for schemas and objects of any shape."""

from __future__ import annotations

import copy
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from services.foundation import definitions
from services.objects import custom
from services.objects.custom.paths import jsonpath
from services.objects.custom.shaping import defaulting, pruning
from services.objects.custom.shaping.embedded import MetaProblems
from services.objects.custom.structural import Node
from services.objects.custom.structure import Structure
from services.objects.custom.validation import listtypes
from services.objects.custom.validation.values import Values
from services.objects.errors import Cause
from services.objects.kinds import CUSTOMRESOURCEDEFINITION
from services.objects.kinds.apiextensions.schemas import validate_schema
from services.objects.meta import Obj
from services.objects.schema import Schema

SCHEMA = Schema(definitions.load())
NAMES = st.sampled_from(["a", "b", "c", "kind", "apiVersion", "metadata", "x.y", ""])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=4),
    st.sampled_from(["2024-01-01T00:00:00Z", "1h", "a", "\ud800", "10.0.0.0/8"]),
)  # fmt: skip
values = st.recursive(scalars, lambda inner: st.one_of(st.lists(inner, max_size=3),
                                                       st.dictionaries(NAMES, inner, max_size=4)),
                                                        max_leaves=12)  # fmt: skip

LIMITS = st.fixed_dictionaries({}, optional={
    "maxLength": st.integers(0, 3), "minLength": st.integers(0, 2), "pattern": st.sampled_from(["^a", "(", "b*$"]),
    "format": st.sampled_from(["date", "date-time", "ipv4", "duration", "email", "uri", "whatever"]),
    "maximum": st.integers(-2, 5), "minimum": st.floats(-2, 2), "multipleOf": st.sampled_from([0, 2, 0.1]),
    "maxItems": st.integers(0, 2), "minItems": st.integers(0, 2), "maxProperties": st.integers(0, 2),
    "enum": st.lists(values, min_size=1, max_size=2), "required": st.lists(NAMES, max_size=2),
    "nullable": st.booleans(), "x-kubernetes-list-type": st.sampled_from(["atomic", "set", "map"]),
    "x-kubernetes-list-map-keys": st.lists(NAMES, max_size=2), "uniqueItems": st.booleans(),
    "x-kubernetes-map-type": st.sampled_from(["atomic", "granular"]),
    "x-kubernetes-preserve-unknown-fields": st.booleans(), "x-kubernetes-embedded-resource": st.booleans(),
    "x-kubernetes-validations": st.lists(st.sampled_from([
        {"rule": "self == oldSelf"}, {"rule": "self > 1"}, {"rule": "size(self) < 2"}, {"rule": "self.a.b"},
        {"rule": "!oldSelf.hasValue() || true", "optionalOldSelf": True}, {"rule": "("}]), min_size=1, max_size=2),
})  # fmt: skip


def shaped(inner: st.SearchStrategy[Obj]) -> st.SearchStrategy[Obj]:
    """A schema over others, structural or not."""
    form = st.one_of(
        st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=3)}),
        st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": st.one_of(inner, st.booleans())}),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({word: st.lists(inner, min_size=1, max_size=2) for word in ("anyOf", "oneOf")}),
        st.fixed_dictionaries({"not": inner, "allOf": st.lists(inner, max_size=2)}),
    )
    return st.builds(lambda one, more: {**one, **more}, form, LIMITS)


leaves = st.builds(lambda kind, more: {**kind, **more}, st.one_of(
    st.sampled_from([{}, {"x-kubernetes-int-or-string": True}]),
    st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "number", "boolean", "object", "array",
                                                    "null"])}),
), LIMITS)  # fmt: skip
plain = st.recursive(leaves, shaped, max_leaves=6)
schemas = st.builds(lambda schema, default: schema if default is None else {**schema, "default": default}, plain,
                    values)


def is_json(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def meta(value: Any, path: str) -> MetaProblems:
    return MetaProblems([], None if value.__class__ is dict else "json: not an object")


@settings(max_examples=300, deadline=None)
@given(schemas, st.dictionaries(NAMES, values, max_size=4))
def test_pruning_is_idempotent(schema: Obj, obj: Obj) -> None:
    node = Node(schema)
    before = copy.deepcopy(schema)
    pruning.prune(obj, node)
    once = copy.deepcopy(obj)
    assert pruning.prune(obj, node) == []
    assert repr(obj) == repr(once)
    assert repr(schema) == repr(before)


@settings(max_examples=300, deadline=None)
@given(schemas, values)
def test_defaulting_is_idempotent(schema: Obj, value: Any) -> None:
    node = Node(schema)
    before = copy.deepcopy(schema)
    defaulting.default(value, node)
    once = copy.deepcopy(value)
    defaulting.default(value, node)
    assert repr(value) == repr(once)
    assert repr(schema) == repr(before)


@settings(max_examples=300, deadline=None)
@given(schemas, values, values)
def test_validation_never_raises_and_changes_nothing(schema: Obj, new: Any, old: Any) -> None:
    before = repr((schema, new, old))
    compiled = Values(schema)
    causes = compiled.causes(new) + compiled.causes(new, old) + listtypes.duplicates(new, Node(schema))
    assert all(isinstance(cause, Cause) and cause.reason and cause.message for cause in causes)
    assert compiled.causes(new, new) == [], "what did not change is not held against anybody"
    assert repr((schema, new, old)) == before


@settings(max_examples=300, deadline=None)
@given(schemas, st.dictionaries(NAMES, values, max_size=4), st.dictionaries(NAMES, values, max_size=4))
def test_an_object_comes_through_or_is_refused(schema: Obj, new: Obj, old: Obj) -> None:
    structure = Structure(schema)
    problems = structure.check(new, meta)
    if problems.wrong is not None:
        return
    structure.default(new)
    before = repr((new, old))
    for causes in (structure.causes(new), structure.update_causes(new, old)):
        assert all(isinstance(cause, Cause) for cause in causes)
    assert repr((new, old)) == before


@settings(max_examples=300, deadline=None)
@given(schemas, st.booleans())
def test_any_schema_is_judged(schema: Obj, status: bool) -> None:
    before = repr(schema)
    causes = validate_schema(schema, "spec.validation.openAPIV3Schema", status=status)
    assert all(isinstance(cause, Cause) for cause in causes)
    assert repr(schema) == before


@settings(max_examples=200, deadline=None)
@given(plain.filter(is_json), values.filter(is_json))
def test_what_is_accepted_as_a_schema_serves(schema: Obj, value: Any) -> None:
    """A definition that the kind accepts makes a kind that takes any body."""
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
               "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}}}  # fmt: skip
    crd: Obj = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "as.b.c"}, "spec": {"group": "b.c", "scope": "Cluster", "versions": [version],
                                                         "names": {"plural": "as", "kind": "A"}}}  # fmt: skip
    if SCHEMA.check(CUSTOMRESOURCEDEFINITION, crd).wrong is not None:
        return
    CUSTOMRESOURCEDEFINITION.default(crd)
    CUSTOMRESOURCEDEFINITION.prepare(crd)
    if CUSTOMRESOURCEDEFINITION.validate(crd) or CUSTOMRESOURCEDEFINITION.validate_create(crd):
        return
    kind = custom.kind_of(crd, "v1")
    obj = {"apiVersion": "b.c/v1", "kind": "A", "metadata": {"name": "x"}, "spec": orjson.loads(orjson.dumps(value))}
    wrong = SCHEMA.check(kind, obj).wrong
    if wrong is not None:
        assert "must be a string" in wrong  # the kind or apiVersion of an embedded object
        return
    kind.default(obj)
    kind.validate(obj)
    kind.validate_create(obj)
    shown = kind.from_stored(kind.to_stored(copy.deepcopy(obj)))
    assert shown == obj, "what came through is shown as it is"


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(".[]*'\"?()@=!<>,:0123abc\\ -"), max_size=12), values)
def test_any_text_is_a_path_or_is_refused(text: str, value: Any) -> None:
    try:
        find = jsonpath.compile(text)
    except jsonpath.JsonPathError:
        return
    assert isinstance(find(value), list)


def nested(depth: int) -> Any:
    value: Any = 1
    for turn in range(depth):
        value = [value] if turn % 2 else {"a": value}
    return value


def test_depth_is_refused_or_goes_through() -> None:
    deep = {"type": "object", "properties": {"a": {"x-kubernetes-preserve-unknown-fields": True}}}
    narrow: Obj = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}
    for schema in (deep, {"type": "object", "properties": {"a": narrow}}):
        structure = Structure(schema)
        for depth in (10, 500, 1000):
            obj = {"metadata": {}, "a": nested(depth)}
            problems = structure.check(obj, meta)
            assert problems.wrong in (None, "the object is nested too deeply")
            if problems.wrong is None:
                structure.default(obj)
                structure.causes(obj)
                structure.update_causes(obj, {"metadata": {}, "a": nested(depth)})
