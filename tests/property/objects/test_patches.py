"""Laws of patches: what a diff says, a patch does, and nothing else changes."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
from hypothesis import given
from hypothesis import strategies as st

from services.objects.patching import json_patch, merge_patch, strategic_merge

KEYS = st.sampled_from(["a", "b", "c", "d/e", "f~g", ""])
SCALARS = st.one_of(st.integers(-3, 3), st.sampled_from(["x", "y"]))
DOCUMENTS = st.dictionaries(
    KEYS, st.recursive(st.one_of(SCALARS, st.booleans()), lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=12), max_size=4)  # fmt: skip


def merge_diff(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The RFC 7386 patch from `old` to `new`, which hold no nulls."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if isinstance(value, dict):
            inner = merge_diff(old[key] if isinstance(old.get(key), dict) else {}, value)
            if inner or not isinstance(old.get(key), dict):
                patch[key] = inner
        elif key not in old or not same(old[key], value):
            patch[key] = value
    return patch


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: Python's True is not 1."""
    return repr(left) == repr(right)


@given(DOCUMENTS, DOCUMENTS)
def test_merge_patch_of_a_diff_is_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    patch = merge_diff(old, new)
    before = copy.deepcopy((old, patch))
    assert merge_patch(old, patch) == new
    assert (old, patch) == before


@given(DOCUMENTS, DOCUMENTS)
def test_merge_patch_is_idempotent(obj: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(obj, patch)
    assert merge_patch(once, patch) == once


@given(DOCUMENTS, DOCUMENTS)
def test_json_patch_round_trips(old: dict[str, Any], new: dict[str, Any]) -> None:
    operations = list(jsonpatch.make_patch(old, new))
    before = copy.deepcopy((old, operations))
    there = json_patch(old, operations)
    assert there == new
    assert json_patch(there, list(jsonpatch.make_patch(new, old))) == old
    assert (old, operations) == before


class Type:
    """A made-up type: `set` is a merged list of scalars, `map` one merged by `key` with items of this type."""

    def __init__(self, merge_key: str | None = None, strategy: tuple[str, ...] = ()) -> None:
        self.merge_key, self.strategy = merge_key, strategy
        self.primitive_list_merge = bool(strategy) and merge_key is None

    @property
    def element(self) -> Type:
        return Type()

    def field(self, name: str) -> Type:
        return {"set": Type(None, ("merge",)), "map": Type("key", ("merge",)),
                "whole": Type(None, ("replace",))}.get(name, Type())  # fmt: skip


def objects(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    deeper = objects(depth - 1) if depth else st.just({})
    fields: dict[str, st.SearchStrategy[Any]] = {
        "scalar": SCALARS, "list": st.lists(SCALARS, max_size=3), "struct": deeper, "whole": deeper,
        "set": st.lists(SCALARS, max_size=4, unique=True),
        "map": st.lists(st.builds(lambda key, item: {**item, "key": key}, SCALARS, deeper), max_size=3,
                        unique_by=lambda item: item["key"]),
    }  # fmt: skip
    return st.fixed_dictionaries({}, optional=fields)


def strategic_diff(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What kubectl would send to turn `old` into `new`."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old or type(old[key]) is not type(value):
            patch[key] = value
        elif same(old[key], value):
            continue
        elif key == "struct":
            patch[key] = strategic_diff(old[key], value)
        elif key == "set":
            patch.update(_set_diff(old[key], value))
        elif key == "map":
            patch.update(_map_diff(old[key], value))
        elif key == "whole":
            patch[key] = {"$patch": "replace", **value}
        else:
            patch[key] = value
    return patch


def _set_diff(old: list[Any], new: list[Any]) -> dict[str, Any]:
    gone, added = [item for item in old if item not in new], [item for item in new if item not in old]
    patch: dict[str, Any] = {"$setElementOrder/set": new}
    if gone:
        patch["$deleteFromPrimitiveList/set"] = gone
    if added:
        patch["set"] = added
    return patch


def _map_diff(old: list[Any], new: list[Any]) -> dict[str, Any]:
    before, after = {item["key"]: item for item in old}, {item["key"]: item for item in new}
    items = [{"key": key, **strategic_diff(before.get(key, {}), item)} for key, item in after.items()
             if not same(before.get(key), item)]  # fmt: skip
    items += [{"$patch": "delete", "key": key} for key in before if key not in after]
    patch: dict[str, Any] = {"$setElementOrder/map": [{"key": key} for key in after]}
    if items:
        patch["map"] = items
    return patch


@given(objects(), objects())
def test_strategic_merge_of_a_diff_is_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    patch = strategic_diff(old, new)
    before = copy.deepcopy((old, patch))
    assert strategic_merge(old, patch, Type()) == new
    assert (old, patch) == before


@given(objects(), objects(), objects())
def test_what_others_added_survives_a_strategic_patch(old: dict[str, Any], new: dict[str, Any], extra: Any) -> None:
    """The three-way form: the patch from `old` to `new` on a live object with a field and items nobody here knows."""
    live = {**old, "foreign": extra, "set": [*old.get("set", []), "foreign"],
            "map": [{"key": "foreign", "of": "others"}, *old.get("map", [])]}  # fmt: skip
    result = strategic_merge(live, {key: value for key, value in strategic_diff(old, new).items()
                                    if key in new or "/" in key}, Type())  # fmt: skip
    assert result["foreign"] == extra
    assert "foreign" in result["set"]
    assert {"key": "foreign", "of": "others"} in result["map"]
    assert [item for item in result["set"] if item in new.get("set", ())] == new.get("set", [])
    assert [item for item in result["map"] if item["key"] != "foreign"] == new.get("map", old.get("map", []))


@given(objects(), objects())
def test_strategic_merge_shares_what_it_leaves(old: dict[str, Any], patch: dict[str, Any]) -> None:
    result = strategic_merge(old, patch, Type())
    assert all(result[key] is old[key] for key in old if key not in patch)
