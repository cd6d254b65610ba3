"""Every kind that is declared can be applied: made, left alone when nothing changes, shared, and given up."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from services.objects.kinds import KINDS, Kind
from services.objects.meta import Obj
from tests.component.apiserver.test_every_kind import place
from tests.examples.every import example

YAML = {"Content-Type": "application/apply-patch+yaml"}
KINDS_APPLIED = [kind for kind in KINDS if kind.stored and {"create", "patch"} <= set(kind.verbs)]


@pytest.fixture(params=KINDS_APPLIED, ids=lambda kind: f"{kind.plural}.{kind.version}.{kind.group}".rstrip("."))
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def config(kind: Kind) -> Obj:
    config = {"apiVersion": kind.api_version, "kind": kind.kind, **example(kind)}
    config["metadata"].setdefault("labels", {})["mine"] = "yes"  # some examples are nothing but a name
    config["metadata"].pop("uid", None)
    return config


async def apply(rest: Any, kind: Kind, obj: Obj, manager: str = "me") -> tuple[int, Any]:
    path = f"{place(kind)}/{obj['metadata']['name']}?fieldManager={manager}"
    return await rest("PATCH", path, data=orjson.dumps(obj), headers=YAML)


async def test_it_is_applied_once_and_twice(rest: Any, kind: Kind, config: Obj) -> None:
    code, made = await apply(rest, kind, config)
    assert code == 201, made
    (entry,) = made["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"], entry["apiVersion"]) == ("me", "Apply", kind.api_version)
    assert await apply(rest, kind, config) == (200, made)


async def test_what_was_posted_is_applied_without_a_change(rest: Any, kind: Kind, config: Obj) -> None:
    """What applying makes of an example is what posting makes of it: whoever applies what he posted changes nothing."""
    code, posted = await rest("POST", place(kind), config)
    assert code == 201, posted
    code, taken = await apply(rest, kind, config)
    assert code == 200, taken
    del taken["metadata"]["managedFields"], taken["metadata"]["resourceVersion"], posted["metadata"]["resourceVersion"]
    assert taken == posted


async def test_a_label_comes_and_goes_with_its_manager(rest: Any, kind: Kind, config: Obj) -> None:
    await apply(rest, kind, config)
    name = config["metadata"]["name"]
    labelled: Obj = {"apiVersion": kind.api_version, "kind": kind.kind,
                     "metadata": {"name": name, "labels": {"you": "here"}}}  # fmt: skip
    code, both = await apply(rest, kind, labelled, "you")
    assert (code, both["metadata"]["labels"]["you"]) == (200, "here"), both
    assert [entry["manager"] for entry in both["metadata"]["managedFields"]] == ["me", "you"]
    code, kept = await apply(rest, kind, config)
    assert kept["metadata"]["labels"]["you"] == "here"
    without = copy.deepcopy(labelled)
    del without["metadata"]["labels"]
    code, left = await apply(rest, kind, without, "you")
    assert "you" not in left["metadata"].get("labels", {})
    assert [entry["manager"] for entry in left["metadata"]["managedFields"]] == ["me"]
