"""Laws of server-side apply, on a type with every sort of list and map, and of sets of fields."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.foundation import definitions
from services.objects.apply import IncompatibleConfiguration, View, applier, updated, updater
from services.objects.apply.fieldpath.fieldset import (
    difference,
    intersection,
    is_member,
    ordered,
    parse,
    union,
    without,
)
from services.objects.apply.managers import InvalidManagedFields, Managed, decoded, encoded, received
from services.objects.apply.typed.comparing import compare
from services.objects.apply.typed.owning import owned
from services.objects.errors import BadRequest, Conflict
from services.objects.schema.shapes import DEDUCED, Shapes
from tests.unit.objects.apply.words import apply

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SHAPES = Shapes(definitions.load())
TEXT = {"type": "string"}
ITEM = {"type": "object", "properties": {
    "key": TEXT, "kind": {"type": "string", "default": "x"}, "value": {"type": "integer"},
    "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
}}  # fmt: skip
SHAPE = SHAPES.custom({"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "scalar": {"type": "integer"}, "other": TEXT,
    "set": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
    "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key", "kind"],
            "items": ITEM},
    "atomic": {"type": "array", "items": TEXT},
    "struct": {"type": "object", "properties": {"a": TEXT, "b": {"type": "integer"}}},
    "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": TEXT, "b": TEXT}},
    "labels": {"type": "object", "additionalProperties": TEXT},
}}}})  # fmt: skip
VIEW = View("a/v1", SHAPE, changing=True)
ME, YOU = applier("me"), applier("you")

WORDS = st.sampled_from(["p", "q", "r"])
NUMBERS = st.integers(0, 3)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


ITEMS = st.lists(
    st.builds(lambda key, rest: {"key": key, **rest}, WORDS, optional(
        kind=st.sampled_from(["x", "y"]), value=NUMBERS, tags=st.lists(WORDS, max_size=2, unique=True))),
    max_size=3, unique_by=lambda item: (item["key"], item.get("kind", "x")),
)  # fmt: skip
SPECS = optional(
    scalar=NUMBERS, other=WORDS, set=st.lists(WORDS, max_size=3, unique=True), map=ITEMS,
    atomic=st.lists(WORDS, max_size=2), struct=optional(a=WORDS, b=NUMBERS), whole=optional(a=WORDS, b=WORDS),
    labels=st.dictionaries(WORDS, WORDS, max_size=3),
)  # fmt: skip


def config(spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, "spec": spec}


CONFIGS = st.builds(config, SPECS)
NOTHING: dict[str, Any] = {"metadata": {}}


def there(obj: dict[str, Any], fields: dict[str, Any]) -> bool:
    """Whether all that is owned is in the object."""
    return not difference(fields, union(compare({}, obj, SHAPE).changed, owned(obj, SHAPE)[0]))


@given(CONFIGS, CONFIGS, CONFIGS)
def test_apply_is_idempotent(first: Any, second: Any, other: Any) -> None:
    live = apply(NOTHING, other, {}, YOU, VIEW)
    live = apply(live.obj, first, live.managers, ME, VIEW, force=True)
    once = apply(live.obj, second, live.managers, ME, VIEW, force=True)
    again = apply(once.obj, second, once.managers, ME, VIEW)
    assert again == once


@given(CONFIGS)
def test_what_is_applied_to_nothing_is_what_there_is(wanted: Any) -> None:
    assert apply(NOTHING, wanted, {}, ME, VIEW).obj == wanted


@given(CONFIGS, CONFIGS)
@example(config({"struct": {}}), config({"struct": {"a": "p"}}))
def test_managers_of_different_fields_never_conflict(mine: Any, yours: Any) -> None:
    names = {"f:metadata": {"f:name": {}}, "f:apiVersion": {}, "f:kind": {}}
    assume(not difference(intersection(owned(mine, SHAPE)[0], owned(yours, SHAPE)[0]), names))
    live = apply(NOTHING, mine, {}, ME, VIEW)
    both = apply(live.obj, yours, live.managers, YOU, VIEW)
    assert there(both.obj, both.managers.get(ME, Managed({}, "")).fields)
    assert apply(both.obj, mine, both.managers, ME, VIEW).obj == both.obj


@given(CONFIGS, CONFIGS, CONFIGS)
def test_what_is_left_out_goes_iff_nobody_else_owns_it(before: Any, after: Any, yours: Any) -> None:
    live = apply(NOTHING, before, {}, ME, VIEW)
    live = apply(live.obj, yours, live.managers, YOU, VIEW, force=True)
    last = live.managers[ME].fields if ME in live.managers else {}
    now = apply(live.obj, after, live.managers, ME, VIEW, force=True)
    left = difference(last, owned(after, SHAPE)[0])
    kept = now.managers[YOU].fields if YOU in now.managers else {}
    present = compare({}, now.obj, SHAPE).changed
    # Nothing that was left out is there but what the other owns; all that the other owns is there.
    assert not difference(intersection(_leaves(left), _leaves(present)), kept)
    assert there(now.obj, kept)
    assert there(now.obj, now.managers.get(ME, Managed({}, "")).fields)


def _leaves(fields: dict[str, Any]) -> dict[str, Any]:
    """Only members with nothing below: a struct that is left out may stay for what others have in it."""
    below = {element: (_leaves(node), not node) for element, node in fields.items() if element != "."}
    return {element: node for element, (node, leaf) in below.items() if node or leaf}


@given(CONFIGS, CONFIGS, CONFIGS)
def test_only_what_others_own_conflicts_and_force_takes_it(mine: Any, yours: Any, again: Any) -> None:
    live = apply(NOTHING, mine, {}, ME, VIEW)
    try:
        both = apply(live.obj, yours, live.managers, YOU, VIEW)
    except Conflict:
        taken = apply(live.obj, yours, live.managers, YOU, VIEW, force=True)
        assert taken.managers.get(ME) != live.managers[ME]
        assert apply(taken.obj, yours, taken.managers, YOU, VIEW) == taken
    else:
        assert apply(both.obj, mine, both.managers, ME, VIEW).managers == both.managers


@given(CONFIGS, CONFIGS)
def test_an_update_owns_what_it_changed(mine: Any, new: Any) -> None:
    live = apply(NOTHING, mine, {}, ME, VIEW)
    hand = updater("hand", "a/v1")
    managers = updated(live.obj, new, live.managers, hand, VIEW, NOW)
    changed = compare(live.obj, new, SHAPE).changed
    if hand in managers:
        assert managers[hand].fields == changed
    assert not intersection(managers.get(ME, Managed({}, "")).fields, changed)
    for managed in managers.values():
        assert there(new, managed.fields)
    assert updated(new, new, managers, hand, VIEW, NOW) is managers


@given(CONFIGS, CONFIGS, CONFIGS)
def test_nothing_mutates_its_input(mine: Any, yours: Any, new: Any) -> None:
    live = apply(NOTHING, mine, {}, ME, VIEW)
    before = copy.deepcopy((live, yours, new))
    apply(live.obj, yours, live.managers, YOU, VIEW, force=True)
    apply(live.obj, yours, live.managers, ME, VIEW, force=True)
    updated(live.obj, new, live.managers, updater("hand", "a/v1"), VIEW, NOW)
    encoded(live.managers)
    assert (live, yours, new) == before


@given(CONFIGS, CONFIGS)
def test_a_difference_is_all_there_is_to_it(old: Any, new: Any) -> None:
    found = compare(old, new, SHAPE)
    assert bool(found) == (unordered(old) != unordered(new))
    assert not difference(found.changed, compare({}, new, SHAPE).changed)
    assert found.removed == difference(compare({}, old, SHAPE).changed, compare({}, new, SHAPE).changed)


def unordered(obj: Any) -> Any:
    """The order of items is no difference."""
    spec = dict(obj["spec"])
    if "set" in spec:
        spec["set"] = sorted(spec["set"])
    if "map" in spec:
        items = [{**item, **({"tags": sorted(item["tags"])} if "tags" in item else {})} for item in spec["map"]]
        spec["map"] = sorted(items, key=lambda item: (item["key"], item.get("kind", "x")))
    return spec


# Sets of fields against sets of paths.

ELEMENTS = st.sampled_from(["f:a", "f:b", 'k:{"n":"x"}', 'v:"y"'])
PATHS = st.frozensets(st.lists(ELEMENTS, min_size=1, max_size=3).map(tuple), max_size=6)


def fields_of(paths: frozenset[tuple[str, ...]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for path in paths:
        single: dict[str, Any] = {}
        for element in reversed(path):
            single = {element: single}
        result = union(result, single)
    return result


def paths_of(fields: dict[str, Any], prefix: tuple[str, ...] = ()) -> frozenset[tuple[str, ...]]:
    found: frozenset[tuple[str, ...]] = frozenset([prefix] if prefix and is_member(fields) else [])
    for element, node in fields.items():
        if element != ".":
            found |= paths_of(node, (*prefix, element))
    return found


@given(PATHS, PATHS)
def test_sets_of_fields_are_sets(left: Any, right: Any) -> None:
    one, other = fields_of(left), fields_of(right)
    before = copy.deepcopy((one, other))
    assert paths_of(one) == left
    assert union(one, other) == fields_of(left | right)
    assert difference(one, other) == fields_of(left - right)
    assert intersection(one, other) == fields_of(left & right)
    below = {path for path in left if any(path[: len(gone)] == gone for gone in right)}
    assert without(one, other) == fields_of(left - below)
    assert (one, other) == before


@given(PATHS)
def test_sets_are_read_as_they_are_written(paths: Any) -> None:
    fields = fields_of(paths)
    assert parse(ordered(fields)) == fields == ordered(fields)
    if fields:
        managers = {ME: Managed(fields, "v1")}
        assert decoded(encoded(managers)) == received(encoded(managers)) == managers


# What users send may be anything.

ODD = st.text("aé/\0.", max_size=2)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), ODD),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(
        st.sampled_from(["spec", "map", "set", "struct", "whole", "labels", "key", "tags", "containers", "name", "f:a",
                         "metadata", "template", ".", 'k:{"n":1}']), ODD), inner, max_size=3)),
    max_leaves=12)  # fmt: skip
OBJECTS = st.builds(lambda rest: {"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, **rest},
                    st.fixed_dictionaries({}, optional={"spec": JSON, "map": JSON, "other": JSON}))  # fmt: skip
TYPES = [SHAPE, DEDUCED, SHAPES.definition("io.k8s.api.core.v1.Pod")]


@pytest.mark.parametrize("shape", TYPES, ids=["custom", "deduced", "pod"])
@given(OBJECTS, CONFIGS, OBJECTS)
def test_anything_is_taken_or_refused(shape: Any, wanted: Any, live: Any, new: Any) -> None:
    view = View("a/v1", shape, changing=True)
    before = copy.deepcopy((wanted, live, new))
    managers: Any = {}
    try:
        taken = apply(live, wanted, {}, ME, view, force=True)
    except (IncompatibleConfiguration, BadRequest):
        pass
    else:
        managers = taken.managers
        assert apply(taken.obj, wanted, managers, ME, view) == taken
    # What is no longer of its type is tracked all the same.
    updated(wanted, new, managers, updater("hand", "a/v1"), view, NOW)
    updated(new, live, managers, updater("hand", "a/v1"), view, NOW)
    assert (wanted, live, new) == before


@given(st.lists(st.fixed_dictionaries({"operation": st.sampled_from(["Apply", "Update"]), "apiVersion": st.just("v1"),
                                       "fieldsType": st.just("FieldsV1"), "fieldsV1": JSON}), max_size=2))  # fmt: skip
def test_any_managed_fields_are_read_or_refused(entries: Any) -> None:
    try:
        managers = received(entries)
    except InvalidManagedFields:
        return
    assert received(encoded(managers)) == managers


def test_deep_nesting_is_refused() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(BadRequest, match="nested too deeply"):
        apply(NOTHING, config(deep), {}, ME, View("a/v1", DEDUCED))
    assert updated(config({}), config(deep), {ME: Managed({"f:a": {}}, "v1")}, YOU, View("a/v1", DEDUCED), NOW) == {}
