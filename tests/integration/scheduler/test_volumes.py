"""Volumes from end to end; the controller that binds claims, and the provisioner, are played by the tests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.objects.kinds import NODE, PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM, POD
from services.objects.kinds.storage import STORAGECLASS
from services.objects.meta import Obj, annotations_of, is_deleting
from services.scheduler.plugins.volumes import binding
from tests.integration.scheduler.world import World
from tests.unit.scheduler.storage import (
    COMPLETED,
    DRIVER,
    HOSTNAME,
    SELECTED,
    claim,
    one_of,
    storage_class,
    using,
    volume,
)

BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"


class Storage:
    """Plays the controller of volumes and the provisioner."""

    def __init__(self, world: World) -> None:
        self.world, self.api = world, world.api

    async def node(self, name: str) -> None:
        status = {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}
        await self.api.create(NODE, {"metadata": {"name": name, "labels": {HOSTNAME: name}}, "spec": {},
                                     "status": status})  # fmt: skip

    async def create(self, kind: Any, *objects: Obj) -> None:
        for each in objects:
            await self.api.create(kind, each)

    def volume(self, name: str) -> Obj:
        return self.world.informer.store(PERSISTENTVOLUME).get("", name) or {}

    def claim(self, name: str) -> Obj:
        return self.world.informer.store(PERSISTENTVOLUMECLAIM).get("default", name) or {"metadata": {}}

    def selected(self, name: str) -> str:
        return str(annotations_of(self.claim(name)).get(SELECTED, ""))

    async def bind(self, name: str, to: str) -> None:
        """What the controller does about a claim whose volume says that it is the claim's."""
        def change(claim: Obj) -> None:
            claim["spec"]["volumeName"] = to
            claim["metadata"]["annotations"] |= {COMPLETED: "yes", BY_CONTROLLER: "yes"}
            claim["status"]["phase"] = "Bound"

        await self.api.change(PERSISTENTVOLUMECLAIM, name, change, "default")

    async def refuse(self, name: str) -> None:
        """What a provisioner does that cannot make a volume there."""
        await self.api.change(PERSISTENTVOLUMECLAIM, name,
                              lambda claim: claim["metadata"]["annotations"].pop(SELECTED), "default")  # fmt: skip


@pytest.fixture
async def storage(world: World) -> Storage:
    return Storage(world)


async def test_a_volume_is_made_for_the_node_and_the_pod_bound_when_its_claim_is(storage: Storage) -> None:
    world = storage.world
    await storage.node("a")
    await storage.create(STORAGECLASS, storage_class("fast", DRIVER))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data", of="fast"))
    await world.api.pod("p", volumes=using("data"))
    await world.api.pod("plain")
    await world.until(lambda: storage.selected("data") == "a" and "plain" in world.placed())
    assert world.api.calls == [1]
    await storage.create(PERSISTENTVOLUME, volume("pv", of="fast", claim=claim("data"), on="a"))
    await storage.bind("data", "pv")
    await world.until(lambda: world.placed().get("p") == "a")
    assert not world.scheduler.state.cluster.columns.volumes.promises.nodes


async def test_local_volumes_are_given_to_pods_once(storage: Storage) -> None:
    world = storage.world
    for name in "ab":
        await storage.node(name)
    await storage.create(STORAGECLASS, storage_class())
    await storage.create(PERSISTENTVOLUME, *(volume(f"disk-{name}", on=name) for name in "ab"))
    await storage.create(PERSISTENTVOLUMECLAIM, *(claim(f"data-{number}") for number in range(3)))
    for number in range(3):
        await world.api.pod(f"p{number}", volumes=using(f"data-{number}"))
    (event,) = await world.events("FailedScheduling")
    assert event["message"] == (
        "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. preemption: 0/2 nodes "
        "are available: 2 Preemption is not helpful for scheduling.")  # fmt: skip

    def given() -> dict[str, str]:
        references = {name: (storage.volume(f"disk-{name}").get("spec") or {}).get("claimRef") for name in "ab"}
        return {name: reference["name"] for name, reference in references.items() if reference}

    await world.until(lambda: len(given()) == 2)
    assert world.placed() == {}
    for name, wanted in given().items():
        pv = storage.volume(f"disk-{name}")
        assert pv["metadata"]["annotations"] == {BY_CONTROLLER: "yes"}
        reference = pv["spec"]["claimRef"]
        assert reference.pop("resourceVersion")
        assert reference == {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "default",
                             "name": wanted, "uid": f"uid-{wanted}"}  # fmt: skip
        await storage.bind(wanted, f"disk-{name}")
    await world.until(lambda: len(world.placed()) == 2)
    assert sorted(world.placed().values()) == ["a", "b"]
    assert {f"data-{pod[1]}": node for pod, node in world.placed().items()} == {
        wanted: name for name, wanted in given().items()}  # fmt: skip
    # A disk more helps the third.
    await storage.create(PERSISTENTVOLUME, volume("disk-c", on="a"))
    left = ({f"data-{number}" for number in range(3)} - set(given().values())).pop()
    await world.until(lambda: (storage.volume("disk-c").get("spec") or {}).get("claimRef") is not None)
    await storage.bind(left, "disk-c")
    await world.until(lambda: len(world.placed()) == 3)


async def test_a_provisioner_that_refuses_sends_the_pod_elsewhere(storage: Storage) -> None:
    world = storage.world
    for name in "ab":
        await storage.node(name)
    await storage.create(STORAGECLASS, storage_class("fast", DRIVER))
    data = claim("data", of="fast")
    data["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"] = DRIVER  # the controller's
    await storage.create(PERSISTENTVOLUMECLAIM, data)
    await world.api.pod("p", volumes=using("data"))
    await world.until(lambda: bool(storage.selected("data")))
    first = storage.selected("data")
    # The node is full, which is why it cannot have the volume; nobody else tells the scheduler.
    await world.api.change(NODE, first, lambda node: node["spec"].update(unschedulable=True))
    await storage.refuse("data")
    await world.until(lambda: storage.selected("data") not in ("", first))
    second = storage.selected("data")
    (event,) = await world.events("FailedScheduling")
    assert event["message"] == (
        'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"')
    await storage.create(PERSISTENTVOLUME, volume("pv", of="fast", claim=claim("data"), on=second))
    await storage.bind("data", "pv")
    await world.until(lambda: world.placed().get("p") == second)


async def test_a_volume_that_is_made_elsewhere_is_no_use(storage: Storage) -> None:
    world = storage.world
    for name in "ab":
        await storage.node(name)
    await storage.create(STORAGECLASS, storage_class("fast", DRIVER))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data", of="fast"))
    await world.api.pod("p", volumes=using("data"))
    await world.until(lambda: bool(storage.selected("data")))
    first = storage.selected("data")
    other = "b" if first == "a" else "a"
    await storage.create(PERSISTENTVOLUME, volume("pv", of="fast", claim=claim("data"), on=other))
    await storage.bind("data", "pv")
    (event,) = await world.events("FailedScheduling")
    assert event["message"] == (
        f'running PreBind plugin "VolumeBinding": binding volumes: pv "pv" node affinity doesn\'t match node "{first}"'
        ": no matching NodeSelectorTerms")
    await world.until(lambda: world.placed().get("p") == other)


async def test_a_claim_that_goes_to_somebody_else_meanwhile(storage: Storage) -> None:
    """The volume is taken away by a write that the scheduler has not seen when it makes its own."""
    world = storage.world
    await storage.node("a")
    await storage.create(STORAGECLASS, storage_class())
    await storage.create(PERSISTENTVOLUME, volume("disk", on="a"), volume("larger", "2Gi", on="a"))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data"), claim("stranger"))
    await world.until(lambda: storage.claim("stranger")["metadata"] != {})
    batch, taken = world.api.batch, volume("disk", claim=claim("stranger"))["spec"]["claimRef"]

    async def late(operations: Any, *rest: Any, **options: Any) -> Any:
        if any(operation.kind is PERSISTENTVOLUME for operation in operations):
            world.api.batch = batch
            await world.api.change(PERSISTENTVOLUME, "disk", lambda pv: pv["spec"].update(claimRef=taken))
        return await batch(operations, *rest, **options)

    world.api.batch = late
    await world.api.pod("p", volumes=using("data"))
    (event,) = await world.events("FailedScheduling")
    assert event["message"] == (
        'running PreBind plugin "VolumeBinding": Operation cannot be fulfilled on persistentvolumes "disk": the object '
        "has been modified; please apply your changes to the latest version and try again")
    await world.until(lambda: (storage.volume("larger")["spec"].get("claimRef") or {}).get("name") == "data")
    assert storage.volume("disk")["spec"]["claimRef"]["name"] == "stranger"
    await storage.bind("data", "larger")
    await world.until(lambda: world.placed().get("p") == "a")


async def test_claims_that_are_not_bound_in_time(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    world = storage.world
    await storage.node("a")
    await storage.create(STORAGECLASS, storage_class("fast", DRIVER))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data", of="fast"))
    profile = world.scheduler.state.profiles["default-scheduler"]
    impatient = tuple(binding.BindsVolumes(0.05) if isinstance(each, binding.BindsVolumes) else each
                      for each in profile.filters)  # fmt: skip
    monkeypatch.setitem(world.scheduler.state.profiles, "default-scheduler", profile._replace(filters=impatient))
    await world.api.pod("p", volumes=using("data"))
    event = (await world.events("FailedScheduling", 2))[0]
    assert event["message"] == (
        'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded')
    await storage.create(PERSISTENTVOLUME, volume("pv", of="fast", claim=claim("data"), on="a"))
    await storage.bind("data", "pv")
    await world.until(lambda: world.placed().get("p") == "a")


async def test_a_pod_that_goes_gives_its_promises_back(storage: Storage) -> None:
    world = storage.world
    await storage.node("a")
    await storage.create(STORAGECLASS, storage_class("fast", DRIVER))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data", of="fast"))
    await world.api.pod("p", volumes=using("data"))
    await world.until(lambda: storage.selected("data") == "a")
    await world.api.delete(POD, "p")
    await world.api.pod("next")
    await world.until(lambda: "next" in world.placed())
    assert not world.scheduler._volumes._listeners
    assert not world.scheduler.state.cluster.columns.volumes.users(("default", "data"))


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("node", 'binding volumes: failed to get node "a": node "a" not found'),
        ("claim", 'binding volumes: failed to check binding: could not find v1.PersistentVolumeClaim "default/data"'),
        ("volume", 'binding volumes: failed to check binding: could not find v1.PersistentVolume "disk"'),
        ("reference", 'binding volumes: ClaimRef got reset for pv "disk"'),
    ],
)
async def test_what_a_claim_waits_for_goes_away(gone: str, message: str, storage: Storage) -> None:
    world = storage.world
    await storage.node("a")
    await storage.create(STORAGECLASS, storage_class())
    await storage.create(PERSISTENTVOLUME, volume("disk", nodeAffinity=one_of(HOSTNAME, "a", "b")))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data"))
    await world.api.pod("p", volumes=using("data"))
    await world.until(lambda: "claimRef" in (storage.volume("disk").get("spec") or {}))
    if gone == "reference":
        await world.api.change(PERSISTENTVOLUME, "disk", lambda pv: pv["spec"].pop("claimRef"))
    elif gone == "claim":
        await world.api.delete(PERSISTENTVOLUMECLAIM, "data")
    else:
        kind, name = (NODE, "a") if gone == "node" else (PERSISTENTVOLUME, "disk")
        await world.api.delete(kind, name, "")
    events = await world.events("FailedScheduling")
    assert f'running PreBind plugin "VolumeBinding": {message}' in {event["message"] for event in events}


async def test_a_claim_for_one_pod_goes_to_the_more_important_one(storage: Storage) -> None:
    world = storage.world
    for name in "ab":
        await storage.node(name)
    await storage.create(PERSISTENTVOLUME, volume("pv", claim=claim("data"), phase="Bound"))
    await storage.create(PERSISTENTVOLUMECLAIM, claim("data", volume="pv", modes=("ReadWriteOncePod",)))
    await world.api.pod("low", volumes=using("data"))
    await world.until(lambda: "low" in world.placed())
    await world.api.pod("high", volumes=using("data"), priority=10)
    (event,) = await world.events("FailedScheduling")
    assert event["message"].startswith(
        "0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod "
        "access mode.")  # fmt: skip
    await world.until(lambda: is_deleting(world.informer.store(POD).get("default", "low") or {"metadata": {}}))
    await world.api.delete(POD, "low")
    await world.until(lambda: "high" in world.placed())


async def test_what_a_pod_gives_back_goes_to_the_next(storage: Storage) -> None:
    """A volume was promised, not written yet, when its pod went away: nothing but the scheduler knows of it."""
    world = storage.world
    await storage.node("a")
    await storage.create(STORAGECLASS, storage_class())
    await storage.create(PERSISTENTVOLUMECLAIM, claim("one"), claim("two"))
    batch, asked = world.api.batch, asyncio.Event()

    async def hanging(operations: Any, *rest: Any, **options: Any) -> Any:
        if not asked.is_set() and any(operation.kind is PERSISTENTVOLUME for operation in operations):
            asked.set()
            await asyncio.Event().wait()
        return await batch(operations, *rest, **options)

    world.api.batch = hanging
    await storage.create(PERSISTENTVOLUME, volume("disk", on="a"))
    await world.api.pod("first", volumes=using("one"))
    await asked.wait()
    await world.api.pod("second", volumes=using("two"))
    await world.events("FailedScheduling")
    await world.api.delete(POD, "first")
    await world.until(lambda: (storage.volume("disk")["spec"].get("claimRef") or {}).get("name") == "two")
