"""Anything, applied by anybody to objects that others apply, and anything in place of managedFields."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from services.objects.kinds import Kind
from services.objects.meta import Obj
from tests.component.apiserver.test_every_kind import place
from tests.component.apiserver.test_hostile import KIND_LIST, Hostile
from tests.examples.every import example

ROUNDS = int(os.environ.get("FUZZ", "10"))
APPLY, MERGE, JSON = "application/apply-patch+yaml", "application/merge-patch+json", "application/json"


def requests(hostile: Hostile, kind: Kind) -> Iterator[tuple[str, str, str, bytes]]:
    """(method, path, media type, body)"""
    rng = hostile.rng
    config: Obj = {"apiVersion": kind.api_version, "kind": kind.kind, **example(kind)}
    config["metadata"].pop("uid", None)
    path = f"{place(kind)}/{config['metadata']['name']}"
    yield "PATCH", f"{path}?fieldManager=first", APPLY, orjson.dumps(config)
    for _ in range(4):
        manager, force = rng.choice(["first", "second", "kubectl"]), rng.choice(["", "&force=1"])
        changed = hostile.mutated(copy.deepcopy(config))
        changed |= {"apiVersion": kind.api_version, "kind": kind.kind}
        yield "PATCH", f"{path}?fieldManager={manager}{force}", APPLY, hostile.text(changed)
    entries = [hostile.mutated({
        "manager": "m", "operation": rng.choice(["Apply", "Update"]), "apiVersion": kind.api_version,
        "time": "2026-01-02T03:04:05Z", "fieldsType": "FieldsV1", "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:a": {}}}, 'k:{"name":"a"}': {}, "f:spec": hostile.anything()},
    }) for _ in range(rng.randint(1, 3))]  # fmt: skip
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": rng.choice([
        orjson.dumps(config).decode(), hostile.text(hostile.mutated(copy.deepcopy(config))).decode(errors="replace")])}
    metadata = {"managedFields": entries, "annotations": annotations}
    yield "PATCH", path, MERGE, hostile.text({"metadata": metadata})
    yield "PUT", path, JSON, hostile.text(hostile.mutated({**copy.deepcopy(config), "metadata": {
        **config["metadata"], **metadata}}))  # fmt: skip
    yield "PATCH", f"{path}?fieldManager=kubectl", APPLY, orjson.dumps(config)
    yield "PATCH", f"{path}/status?fieldManager=status&force=1", APPLY, hostile.text({
        **config, "status": hostile.anything()})  # fmt: skip
    yield "PATCH", path, MERGE, b'{"metadata":{"managedFields":[{}]}}'
    yield "PATCH", f"{path}?fieldManager=kubectl&force=1", APPLY, orjson.dumps(config)
    yield "DELETE", path, JSON, b""


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_every_apply_is_answered(rest: Any, seed: int) -> None:
    hostile = Hostile(seed)
    for _ in range(8):
        kind = hostile.rng.choice(KIND_LIST)
        for method, path, media, body in requests(hostile, kind):
            async with rest.open(method, path, data=body, headers={"Content-Type": media}) as response:
                text = await response.read()
                fine = response.status < 500 or b"failed to create typed patch object" in text
                assert fine, (method, path, media, body, text)
