"""Devices from end to end: real etcd, apiserver and scheduler; driver and claim controller are played by the test."""

from __future__ import annotations

import asyncio
from typing import Any

from services.cli.control_plane import private
from services.client.sdk import Client
from services.objects.kinds.resource import DEVICECLASS, RESOURCECLAIM, RESOURCESLICE
from services.objects.meta import Obj

DEADLINE = 60.0
DRIVER = "gpu.example.com"
GROUP = "resource.k8s.io/v1"


def pod(name: str, claim: str) -> Obj:
    container = {"name": "c", "image": "example.com/c:1", "resources": {"claims": [{"name": "gpu"}]}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0, "containers": [container],
        "resourceClaims": [{"name": "gpu", "resourceClaimName": claim}]}}  # fmt: skip


def claim(name: str) -> Obj:
    return {"apiVersion": GROUP, "kind": "ResourceClaim", "metadata": {"name": name}, "spec": {"devices": {
        "requests": [{"name": "one", "exactly": {"deviceClassName": "gpu", "selectors": [
            {"cel": {"expression": 'device.attributes["gpu.example.com"].model == "a100"'}}]}}]}}}  # fmt: skip


async def until(client: Client, name: str, condition: Any) -> Obj:
    """The pod, once it is so."""
    async with asyncio.timeout(DEADLINE):
        async for event in client.pods("default").watch():
            if event.object["metadata"]["name"] == name and condition(event.object):
                return event.object
    raise AssertionError("the watch ended")


def is_bound(pod: Obj) -> bool:
    return bool(pod["spec"].get("nodeName"))


def why(pod: Obj) -> str:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return next((each.get("message", "") for each in conditions if each["type"] == "PodScheduled"), "")


async def prepare(client: Client) -> None:
    default = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    await client.serviceaccounts("default").create(default)
    amounts = {"cpu": "4", "memory": "8Gi", "pods": "110"}
    for name in ("near", "far"):
        await client.nodes().create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
                                     "status": {"capacity": amounts, "allocatable": amounts}})  # fmt: skip
    devices = [{"name": f"gpu-{n}", "attributes": {"model": {"string": "a100"}}} for n in range(2)]
    await client.resource(RESOURCESLICE).create({
        "apiVersion": GROUP, "kind": "ResourceSlice", "metadata": {"name": "near"}, "spec": {
            "driver": DRIVER, "nodeName": "near", "devices": devices,
            "pool": {"name": "near", "generation": 1, "resourceSliceCount": 1}}})  # fmt: skip
    await client.resource(DEVICECLASS).create({
        "apiVersion": GROUP, "kind": "DeviceClass", "metadata": {"name": "gpu"}, "spec": {"selectors": [
            {"cel": {"expression": f'device.driver == "{DRIVER}"'}}]}})  # fmt: skip


async def test_claims_get_devices_and_keep_them() -> None:
    async with private() as place, Client.from_kubeconfig(place.kubeconfig, grpc_address=place.grpc) as client:
        await prepare(client)
        claims = client.resource(RESOURCECLAIM, "default")
        for name in ("shared", "other", "late"):
            await claims.create(claim(name))
        for name, uses in (("p", "shared"), ("q", "other")):
            await client.pods("default").create(pod(name, uses))
            assert (await until(client, name, is_bound))["spec"]["nodeName"] == "near"
        given = {name: await claims.get(name) for name in ("shared", "other")}
        devices = {name: found["status"]["allocation"]["devices"]["results"][0]["device"]
                   for name, found in given.items()}  # fmt: skip
        assert set(devices.values()) == {"gpu-0", "gpu-1"}
        assert given["shared"]["metadata"]["finalizers"] == ["resource.kubernetes.io/delete-protection"]
        term = given["shared"]["status"]["allocation"]["nodeSelector"]["nodeSelectorTerms"][0]
        assert term["matchFields"] == [{"key": "metadata.name", "operator": "In", "values": ["near"]}]

        await client.pods("default").create(pod("r", "shared"))
        assert (await until(client, "r", is_bound))["spec"]["nodeName"] == "near"
        users = (await claims.get("shared"))["status"]["reservedFor"]
        assert sorted((user["resource"], user["name"]) for user in users) == [("pods", "p"), ("pods", "r")]

        await client.pods("default").create(pod("x", "late"))
        text = why(await until(client, "x", lambda pod: why(pod)))
        assert text == ("0/2 nodes are available: 2 cannot allocate all claims. preemption: 0/2 nodes are available: "
                        "2 No preemption victims found for incoming pod.")  # fmt: skip
        await client.pods("default").delete("q")
        # What the claim controller does when nobody uses a claim any more.
        freed = {"status": {"allocation": None, "reservedFor": None}}
        await claims.patch("other", freed, "merge", subresource="status")
        await until(client, "x", is_bound)
        (result,) = (await claims.get("late"))["status"]["allocation"]["devices"]["results"]
        assert result["device"] == devices["other"]


async def test_a_claim_whose_devices_are_where_its_pod_cannot_go_gets_others() -> None:
    async with private() as place, Client.from_kubeconfig(place.kubeconfig, grpc_address=place.grpc) as client:
        await prepare(client)
        claims = client.resource(RESOURCECLAIM, "default")
        await claims.create(claim("c"))
        field = {"key": "metadata.name", "operator": "In", "values": ["gone"]}
        result = {"request": "one", "driver": DRIVER, "pool": "gone", "device": "gpu-0"}
        selector = {"nodeSelectorTerms": [{"matchFields": [field]}]}
        allocation = {"devices": {"results": [result]}, "nodeSelector": selector}
        await claims.patch("c", {"status": {"allocation": allocation}}, "merge", subresource="status")
        await client.pods("default").create(pod("p", "c"))
        assert (await until(client, "p", is_bound))["spec"]["nodeName"] == "near"
        found = (await claims.get("c"))["status"]
        assert found["allocation"]["devices"]["results"][0]["pool"] == "near"
        assert [user["name"] for user in found["reservedFor"]] == ["p"]


async def test_a_pod_waits_for_its_claim() -> None:
    async with private() as place, Client.from_kubeconfig(place.kubeconfig, grpc_address=place.grpc) as client:
        await prepare(client)
        await client.pods("default").create(pod("p", "c"))
        text = why(await until(client, "p", lambda pod: why(pod)))
        assert text.startswith('0/2 nodes are available: could not find resource claim "default/c".')
        await client.resource(RESOURCECLAIM, "default").create(claim("c"))
        assert (await until(client, "p", is_bound))["spec"]["nodeName"] == "near"
