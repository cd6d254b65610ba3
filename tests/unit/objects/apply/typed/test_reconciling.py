"""Sets of fields of custom resources whose schemas changed."""

from __future__ import annotations

from typing import Any

from services.objects.apply import View, applier
from services.objects.apply.typed.reconciling import reconciled
from services.objects.schema.shapes import Shape, Shapes
from tests.unit.objects.apply.words import apply

ITEM = {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}
LIST = {"type": "array", "items": ITEM}
KEYED = {**LIST, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"]}
STRUCT = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
WHOLE = {**STRUCT, "x-kubernetes-map-type": "atomic"}


def shape(shapes: Shapes, **fields: Any) -> Shape:
    return shapes.custom({"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}})


def test_granular_became_atomic(shapes: Shapes) -> None:
    now = shape(shapes, list=LIST, struct=WHOLE)
    was = {"f:spec": {"f:list": {'k:{"id":"x"}': {".": {}, "f:id": {}}}, "f:struct": {"f:a": {}}}}
    obj = {"spec": {"list": [{"id": "x"}], "struct": {"a": "1"}}}
    assert reconciled(was, obj, now) == {"f:spec": {"f:list": {}, "f:struct": {}}}


def test_atomic_became_granular(shapes: Shapes) -> None:
    now = shape(shapes, list=KEYED, struct=STRUCT)
    was = {"f:spec": {"f:list": {}, "f:struct": {}}}
    obj = {"spec": {"list": [{"id": "x", "n": 1}], "struct": {"a": "1"}}}
    wanted = {"f:spec": {"f:list": {'k:{"id":"y"}': {}}, "f:struct": {"f:b": {}}}}
    assert reconciled(was, obj, now, wanted) == {"f:spec": {
        "f:list": {".": {}, 'k:{"id":"x"}': {".": {}, "f:id": {}, "f:n": {}}},
        "f:struct": {".": {}, "f:a": {}},
    }}  # fmt: skip
    # Owning an empty map is owning nothing in it.
    assert reconciled(was, obj, now) is was
    assert reconciled(was, obj, now, was) is was


def test_what_fits_is_left(shapes: Shapes) -> None:
    now = shape(shapes, list=KEYED, struct=STRUCT, free={"x-kubernetes-preserve-unknown-fields": True})
    fits = {"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {
        "f:list": {'k:{"id":"x"}': {".": {}, "f:id": {}}}, "f:struct": {"f:a": {}}, "f:gone": {},
        "f:free": {".": {}, "f:any": {}}}}  # fmt: skip
    obj = {"metadata": {"labels": {"a": "1"}}, "spec": {"list": [{"id": "x"}], "free": {"any": {"x": 1}}}}
    assert reconciled(fits, obj, now) is fits


def test_applying_after_the_change(shapes: Shapes) -> None:
    """Items that were owned whole before can be taken back one by one."""
    before = View("a/v1", shape(shapes, list=LIST), changing=True)
    after = View("a/v1", shape(shapes, list=KEYED), changing=True)

    def config(*ids: str) -> Any:
        spec = {"list": [{"id": id} for id in ids]}
        return {"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, "spec": spec}

    live = apply({"metadata": {}}, config("x", "y"), {}, applier("me"), before)
    now = apply(live.obj, config("x"), live.managers, applier("me"), after)
    assert now.obj["spec"] == {"list": [{"id": "x"}]}
