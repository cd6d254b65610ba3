"""Volumes over a real etcd and the apiserver's own handlers, through gRPC: what is written has to pass their checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.apiserver.assembly import assemble
from services.apiserver.filters.authentication import Authenticator
from services.apiserver.grpc_face.server import serve
from services.apiserver.streams.nodes import NodeSessions
from services.cli.pki import Pki
from services.client.sdk import Client
from services.foundation import definitions
from services.objects.kinds import EVENT, NODE, PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM
from services.objects.kinds.storage import STORAGECLASS
from services.objects.meta import Obj, annotations_of
from services.objects.schema import Schema
from services.storage.store import Put, Written
from services.storage.writer import Store
from tests.integration.scheduler.world import DEADLINE, World, working
from tests.unit.scheduler.storage import COMPLETED, DRIVER, HOSTNAME, SELECTED, claim, storage_class, using, volume

ELECTION = "/registry/elections/scheduler/1"


class Real:
    """The SDK's client as a world's api, beside the store that the scheduler reads."""

    def __init__(self, client: Client, store: Store) -> None:
        self.client = client
        self.reader = store.reader
        self.bind, self.batch, self.preempt, self.report = client.bind, client.batch, client.preempt, client.report

    async def all(self, kind: Any) -> list[Obj]:
        assert kind is EVENT
        return [*await self.client.events("default").list()]


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> AsyncIterator[World]:
    pki = Pki(tmp_path)
    pki.ensure(["one"], ["127.0.0.1"])
    parts = assemble(store.reader, store.writer, Schema(definitions.load()))
    caching = asyncio.create_task(parts.cache.run())
    async with asyncio.timeout(DEADLINE):
        await parts.cache.synced.wait()
    elected = await store.writer.commit(Put(ELECTION, b"{}"))
    assert isinstance(elected, Written)
    async with (
        serve(parts.api, NodeSessions(lambda *args: False), pki.identity("apiserver"), Authenticator({}),
              address="127.0.0.1", port=0) as ports,
        Client(f"127.0.0.1:{ports.certificates}", identity=pki.identity("admin")) as client,
    ):  # fmt: skip
        await client.namespaces().create({"metadata": {"name": "default"}})
        await client.serviceaccounts("default").create({"metadata": {"name": "default"}})
        for name in "ab":
            node = await client.nodes().create({"metadata": {"name": name, "labels": {HOSTNAME: name}}})
            node["status"] = {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}
            await client.nodes().update_status(node)
        async with working(Real(client, store), (ELECTION, elected.resource_version >> 8)) as world:
            yield world
    caching.cancel()
    await asyncio.wait({caching})


def without_identity(obj: Obj, kind: Any) -> Obj:
    """To be created; whoever made up the uid was not the apiserver."""
    return {"apiVersion": kind.api_version, "kind": kind.kind, **obj,
            "metadata": {key: value for key, value in obj["metadata"].items() if key != "uid"}}  # fmt: skip


async def pod(client: Client, name: str, claimed: str) -> None:
    await client.pods("default").create({"metadata": {"name": name}, "spec": {
        "containers": [{"name": "c", "image": "i", "volumeMounts": [{"name": "v0", "mountPath": "/data"}]}],
        "volumes": using(claimed)}})  # fmt: skip


async def bind(client: Client, name: str, to: str) -> None:
    """What the controller of volumes does."""
    claims = client.resource(PERSISTENTVOLUMECLAIM, "default")
    await claims.patch(name, {"metadata": {"annotations": {COMPLETED: "yes"}}, "spec": {"volumeName": to}})
    await claims.patch(name, {"status": {"phase": "Bound"}}, subresource="status")


async def test_a_disk_that_is_there(world: World) -> None:
    client = world.api.client
    await client.resource(STORAGECLASS).create(storage_class())
    disk = without_identity(volume("disk", on="b", local={"path": "/mnt/disk"}), PERSISTENTVOLUME)
    await client.resource(PERSISTENTVOLUME).create(disk)
    await client.resource(PERSISTENTVOLUME).patch("disk", {"status": {"phase": "Available"}}, subresource="status")
    claims = client.resource(PERSISTENTVOLUMECLAIM, "default")
    made = await claims.create(without_identity(claim("data"), PERSISTENTVOLUMECLAIM))
    await pod(client, "p", "data")

    def reference() -> Obj:
        seen = world.informer.store(PERSISTENTVOLUME).get("", "disk") or {"spec": {}}
        found: Obj = seen["spec"].get("claimRef") or {}
        return found

    await world.until(lambda: bool(reference()))
    assert (reference()["kind"], reference()["namespace"], reference()["name"], reference()["uid"]) == (
        "PersistentVolumeClaim", "default", "data", made["metadata"]["uid"])  # fmt: skip
    assert world.placed() == {}
    await bind(client, "data", "disk")
    await world.until(lambda: world.placed() == {"p": "b"})


async def test_a_disk_that_is_made(world: World) -> None:
    client = world.api.client
    await client.resource(STORAGECLASS).create(storage_class("fast", DRIVER))
    claims = client.resource(PERSISTENTVOLUMECLAIM, "default")
    made = await claims.create(without_identity(claim("data", of="fast"), PERSISTENTVOLUMECLAIM))
    await pod(client, "p", "data")

    def selected() -> str:
        seen = world.informer.store(PERSISTENTVOLUMECLAIM).get("default", "data") or {"metadata": {}}
        return str(annotations_of(seen).get(SELECTED, ""))

    await world.until(lambda: bool(selected()))
    first = selected()
    await client.nodes().patch(first, {"spec": {"unschedulable": True}})
    await world.until(lambda: (world.informer.store(NODE).get("", first) or {})["spec"].get("unschedulable", False))
    await claims.patch("data", {"metadata": {"annotations": {SELECTED: None}}})
    await world.until(lambda: selected() not in ("", first))
    (event,) = await world.events("FailedScheduling")
    assert event["message"].startswith('running PreBind plugin "VolumeBinding": binding volumes: ')
    of = {"metadata": {"name": "data", "uid": made["metadata"]["uid"]}}
    new = volume("pv", of="fast", handle="h", claim=of, on=selected())
    await client.resource(PERSISTENTVOLUME).create(without_identity(new, PERSISTENTVOLUME))
    await bind(client, "data", "pv")
    await world.until(lambda: world.placed() == {"p": selected()})
