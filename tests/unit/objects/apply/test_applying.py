"""Applying as a whole: managers, versions, kubectl's own past."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.objects.apply import LAST_APPLIED, LastApplied, View, applier, last_applied, updated, updater
from services.objects.apply.clientside import first_managers
from services.objects.apply.fieldpath.fieldset import has
from services.objects.apply.managers import Managed
from services.objects.errors import Conflict
from services.objects.schema.shapes import Shape, Shapes
from tests.unit.objects.apply.words import apply

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ME, YOU, KUBECTL = applier("me"), applier("you"), applier("kubectl")
NOTHING: dict[str, Any] = {"metadata": {}}
C = 'k:{"name":"c"}'


def deployment(*names: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"},
        "spec": {**spec, "template": {"spec": {"containers": [{"name": name, "image": "x"} for name in names]}}},
    }  # fmt: skip


def live(obj: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    found = copy.deepcopy(obj)
    found["metadata"] |= {"uid": "u", "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:00:00Z", **metadata}
    return found


def test_what_an_object_is_belongs_to_nobody(deployments: View) -> None:
    config = deployment("c")
    config["metadata"] |= {"uid": "u", "resourceVersion": "7", "generation": 3}
    assert apply(live(deployment("c")), config, {ME: Managed({"f:x": {}}, "apps/v1")}, ME, deployments).managers[
        ME].fields == {"f:spec": {"f:template": {"f:spec": {"f:containers": {
            C: {".": {}, "f:name": {}, "f:image": {}}}}}}}  # fmt: skip


def test_who_applies_nothing_is_no_manager(deployments: View) -> None:
    config = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}
    assert apply(NOTHING, config, {}, ME, deployments).managers == {}


def test_sharing_and_giving_up(deployments: View) -> None:
    one = apply(NOTHING, deployment("c", replicas=1), {}, ME, deployments)
    two = apply(one.obj, deployment("c", replicas=1), one.managers, YOU, deployments)
    # Both own the number: neither may change it, either may give it up.
    with pytest.raises(Conflict, match=r'conflict with "you": \.spec\.replicas'):
        apply(two.obj, deployment("c", replicas=2), two.managers, ME, deployments)
    given = apply(two.obj, deployment("c"), two.managers, ME, deployments)
    assert given.obj["spec"]["replicas"] == 1
    alone = apply(given.obj, deployment("c", replicas=2), given.managers, YOU, deployments)
    assert alone.obj["spec"]["replicas"] == 2


def test_conflicts_name_subresources_and_versions_of_updaters(deployments: View) -> None:
    made = apply(NOTHING, deployment("c", replicas=1, paused=False), {}, ME, deployments)
    changed = {**made.obj, "spec": {**made.obj["spec"], "replicas": 2, "paused": True}}
    managers = updated(made.obj, changed, made.managers, updater("hpa", "apps/v1", "scale"), deployments, NOW)
    assert managers[updater("hpa", "apps/v1", "scale")].time == "2026-01-02T03:04:05Z"
    with pytest.raises(Conflict) as refused:
        apply(changed, deployment("c", replicas=1, paused=False), managers, ME, deployments)
    assert refused.value.message == (
        'Apply failed with 2 conflicts: conflicts with "hpa" with subresource "scale" using apps/v1:\n'
        "- .spec.paused\n- .spec.replicas"
    )


def test_ignored_fields_are_neither_owned_nor_changed(deployments: View) -> None:
    config = deployment("c") | {"status": {"replicas": 9}}
    made = apply(NOTHING, config, {}, ME, deployments, ignored={"f:status": {}})
    assert "status" not in made.obj
    assert not has(made.managers[ME].fields, "f:status", "f:replicas")


def test_an_update_moves_times_of_who_changed_something(deployments: View) -> None:
    made = apply(NOTHING, deployment("c", replicas=1), {}, ME, deployments)
    labelled = {**made.obj, "metadata": {**made.obj["metadata"], "resourceVersion": "8", "generation": 2}}
    hand = updater("hand", "apps/v1")
    assert updated(made.obj, labelled, made.managers, hand, deployments, NOW) is made.managers
    without = {**made.obj, "spec": {"template": made.obj["spec"]["template"]}}
    removed = updated(made.obj, without, made.managers, hand, deployments, NOW)
    assert hand not in removed
    assert not has(removed[ME].fields, "f:spec", "f:replicas")


# kubectl's own past


def annotated(config: dict[str, Any]) -> dict[str, Any]:
    return {LAST_APPLIED: orjson.dumps(config).decode()}


def past(obj: dict[str, Any]) -> LastApplied | None:
    def default(config: Any) -> None:
        config["spec"].setdefault("replicas", 1)

    return last_applied(obj, "apps/v1", lambda config: True, default)


def test_fields_are_shared_out_at_the_first_apply(deployments: View) -> None:
    config, shape = deployment("c", paused=True), deployments.shape
    obj = live(config, annotations=annotated(config), labels={"a": "b"})
    obj["spec"] |= {"replicas": 1, "minReadySeconds": 5}
    managers = first_managers(obj, past(obj), "apps/v1", shape)
    client = managers[updater("kubectl-client-side-apply", "apps/v1")].fields
    others = managers[updater("before-first-apply", "apps/v1")].fields
    assert set(client["f:spec"]) == {"f:paused", "f:replicas", "f:template"}
    assert has(client, "f:metadata", "f:annotations", f"f:{LAST_APPLIED}")
    assert others["f:spec"] == {"f:minReadySeconds": {}}
    assert has(others, "f:metadata", "f:labels", "f:a")
    # Somebody scaled meanwhile: the number is not kubectl's any more.
    obj["spec"]["replicas"] = 5
    managers = first_managers(obj, past(obj), "apps/v1", shape)
    assert has(managers[updater("before-first-apply", "apps/v1")].fields, "f:spec", "f:replicas")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"apiVersion":"apps/v2","metadata":{}}', '{"apiVersion":"apps/v1"}',
                                  '{"a":' * 900 + "1" + "}" * 900])  # fmt: skip
def test_annotations_that_mean_nothing(text: str) -> None:
    assert past(live(deployment("c"), annotations={LAST_APPLIED: text})) is None


def test_kubectl_takes_over_what_it_applied(deployments: View) -> None:
    config = deployment("c", replicas=1)
    obj = live(config, annotations=annotated(config))
    obj["spec"]["minReadySeconds"] = 5
    for manager, allowed in ((ME, False), (KUBECTL, True)):
        if allowed:
            made = apply(obj, deployment("c", replicas=2), {}, manager, deployments, last=past(obj))
            assert orjson.loads(made.obj["metadata"]["annotations"][LAST_APPLIED])["spec"]["replicas"] == 2
        else:
            with pytest.raises(Conflict, match="kubectl-client-side-apply"):
                apply(obj, deployment("c", replicas=2), {}, manager, deployments, last=past(obj))
    # What kubectl did not apply is a conflict for kubectl too, and only that is told.
    with pytest.raises(Conflict) as refused:
        apply(obj, deployment("c", replicas=2, minReadySeconds=6), {}, KUBECTL, deployments, last=past(obj))
    assert refused.value.message == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.minReadySeconds'
    )


# Versions: v2 calls `size` what v1 calls `replicas`.


@pytest.fixture(scope="module")
def versions(shapes: Shapes) -> tuple[View, View]:
    def shape(field: str) -> Shape:
        properties = {field: {"type": "integer"}, "name": {"type": "string"}}
        return shapes.custom({"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}})

    known = {"a/v1": ("replicas", shape("replicas")), "a/v2": ("size", shape("size"))}

    def convert(obj: Any, api_version: str) -> tuple[Any, Shape] | None:
        if api_version not in known:
            return None
        (field, shape), spec = known[api_version], dict(obj.get("spec") or {})
        number = spec.pop("replicas", spec.pop("size", None))
        if number is not None:
            spec[field] = number
        return {**obj, "apiVersion": api_version, "spec": spec}, shape

    return (View("a/v1", known["a/v1"][1], convert), View("a/v2", known["a/v2"][1], convert))


def resource(version: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": f"a/{version}", "kind": "K", "metadata": {"name": "n"}, "spec": spec}


def seen(view: View, obj: Any) -> Any:
    converted = view.convert(obj, view.api_version)
    assert converted is not None
    return converted[0]


def test_conflicts_cross_versions(versions: tuple[View, View]) -> None:
    v1, v2 = versions
    made = apply(NOTHING, resource("v1", replicas=1), {}, ME, v1)
    with pytest.raises(Conflict, match=r'conflict with "me": \.spec\.replicas'):
        apply(seen(v2, made.obj), resource("v2", size=2), made.managers, YOU, v2)
    taken = apply(seen(v2, made.obj), resource("v2", size=2), made.managers, YOU, v2, force=True)
    assert set(taken.managers) == {YOU}


def test_an_applier_moves_to_another_version(versions: tuple[View, View]) -> None:
    v1, v2 = versions
    made = apply(NOTHING, resource("v1", replicas=1, name="x"), {}, ME, v1)
    moved = apply(seen(v2, made.obj), resource("v2", size=1), made.managers, ME, v2)
    assert moved.obj["spec"] == {"size": 1}
    assert moved.managers == {ME: Managed({"f:spec": {"f:size": {}}}, "a/v2")}


def test_what_is_owned_in_another_version_stays(versions: tuple[View, View]) -> None:
    v1, v2 = versions
    made = apply(NOTHING, resource("v1", replicas=1, name="x"), {}, ME, v1)
    both = apply(seen(v2, made.obj), resource("v2", size=1), made.managers, YOU, v2)
    left = apply(seen(v1, both.obj), resource("v1"), both.managers, ME, v1)
    assert left.obj["spec"] == {"replicas": 1}


def test_managers_of_versions_that_are_gone_are_forgotten(versions: tuple[View, View]) -> None:
    v1, _ = versions
    old = {updater("old", "a/v0"): Managed({"f:spec": {"f:replicas": {}}}, "a/v0")}
    obj = live(resource("v1", replicas=1))
    assert set(apply(obj, resource("v1", replicas=2), old, ME, v1).managers) == {ME}
