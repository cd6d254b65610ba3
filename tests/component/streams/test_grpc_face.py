"""The gRPC face over the real handlers: the SDK's verbs, watches, batches, reflection and health."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import orjson
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.client.sdk import Binding, Client, CreateOp, DeleteOp, PatchOp, ResourceType, UpdateOp
from services.client.sdk import connection as wire
from services.client.sdk.connection import Credentials
from services.objects import errors
from services.objects.kinds import CONFIGMAP, POD
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.rpc.pinnace.v1 import resources_pb2_grpc
from tests.component.streams.conftest import Cluster

DEADLINE = 20


@pytest.fixture
async def client(cluster: Cluster) -> Client:
    await cluster.client.namespaces().create({"metadata": {"name": "ns"}})
    await cluster.client.serviceaccounts("ns").create({"metadata": {"name": "default"}})
    return cluster.client


def config(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "ns", "labels": {"name": name}}, "data": data}


async def test_the_life_of_an_object(client: Client) -> None:
    configs = client.configmaps("ns")
    made = await configs.create(config("a", x="1"))
    assert (made["kind"], made["metadata"]["namespace"]) == ("ConfigMap", "ns")
    assert await configs.get("a") == made
    made["data"]["x"] = "2"
    updated = await configs.update(made)
    with pytest.raises(errors.Conflict):
        await configs.update(made)
    patched = await configs.patch("a", {"data": {"y": "3"}})
    assert patched["data"] == {"x": "2", "y": "3"}
    patched = await configs.patch("a", [{"op": "remove", "path": "/data/x"}], "json")
    assert patched["data"] == {"y": "3"}
    assert int(patched["metadata"]["resourceVersion"]) > int(updated["metadata"]["resourceVersion"])
    await configs.delete("a", uid=made["metadata"]["uid"])
    with pytest.raises(errors.NotFound) as caught:
        await configs.get("a")
    assert caught.value.status()["details"] == {"name": "a", "kind": "configmaps"}


async def test_lists_are_selected_and_paged(client: Client) -> None:
    configs = client.configmaps("ns")
    for name in "abc":
        await configs.create(config(name))
    assert [obj["metadata"]["name"] for obj in await configs.list(label_selector="name in (a,c)")] == ["a", "c"]
    assert [obj["metadata"]["name"] for obj in await configs.list(field_selector="metadata.name=b")] == ["b"]
    page = await configs.list(limit=2)
    rest = await configs.list(limit=2, continue_=page.continue_)
    assert [obj["metadata"]["name"] for obj in [*page, *rest]] == ["a", "b", "c"]
    assert (page.remaining, rest.continue_, page.resource_version) == (1, "", rest.resource_version)


async def test_a_watch_goes_on_from_a_list(client: Client) -> None:
    configs = client.configmaps("ns")
    await configs.create(config("old"))
    listed = await configs.list()
    events = configs.watch(resource_version=listed.resource_version)
    await configs.create(config("new"))
    await configs.patch("new", {"data": {"x": "1"}})
    await configs.delete("new")
    seen = []
    async with asyncio.timeout(DEADLINE):
        async for event in events:
            seen.append((event.type, event.object["metadata"]["name"]))
            if event.type == "DELETED":
                break
    assert seen == [("ADDED", "new"), ("MODIFIED", "new"), ("DELETED", "new")]


async def test_initial_events_end_with_their_bookmark(client: Client) -> None:
    configs = client.configmaps("ns")
    await configs.create(config("a"))
    async with asyncio.timeout(DEADLINE):
        seen = []
        async for event in configs.watch(send_initial_events=True):
            seen.append(event)
            if event.type == "BOOKMARK":
                break
    assert [event.type for event in seen] == ["ADDED", "BOOKMARK"]
    assert seen[-1].object["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_watch_ends_at_its_timeout(client: Client) -> None:
    async with asyncio.timeout(DEADLINE):
        assert [event async for event in client.secrets("ns").watch(timeout_seconds=1)] == []


async def test_bad_objects_get_their_causes(client: Client) -> None:
    with pytest.raises(errors.Invalid) as caught:
        await client.pods("ns").create({"metadata": {"name": "Web_"}, "spec": {"containers": []}})
    assert {"metadata.name", "spec.containers"} <= {cause.field for cause in caught.value.causes}
    with pytest.raises(errors.BadRequest, match="unknown field"):
        await client.pods("ns").create(
            {"metadata": {"name": "web"}, "spec": {"containers": [], "what": 1}}, field_validation="Strict"
        )


async def test_a_very_long_refusal_is_cut_to_what_grpc_carries(client: Client) -> None:
    containers = [{"name": f"not_valid_{number}"} for number in range(2000)]
    with pytest.raises(errors.Invalid) as caught:
        await client.pods("ns").create({"metadata": {"name": "web"}, "spec": {"containers": containers}})
    assert 10 < len(caught.value.causes) < 2000
    assert caught.value.message.startswith('Pod "web" is invalid: ')
    assert caught.value.message.endswith("…")


async def test_batches_answer_each_operation(client: Client) -> None:
    made = await client.configmaps("ns").create(config("b"))
    answers = await client.batch([
        CreateOp(CONFIGMAP, config("a")),
        CreateOp(CONFIGMAP, config("b")),
        UpdateOp(CONFIGMAP, made | {"data": {"x": "1"}}),
        PatchOp(CONFIGMAP, "ns", "none", {}),
        DeleteOp(CONFIGMAP, "ns", "none"),
        DeleteOp(ResourceType("", "v1", "nots"), "", "x"),
    ])  # fmt: skip
    assert [type(answer).__name__ for answer in answers] == [
        "dict", "AlreadyExists", "dict", "NotFound", "NotFound", "NotFound"]  # fmt: skip
    assert answers[2]["data"] == {"x": "1"}


async def test_a_fence_that_fell_refuses_writes(client: Client) -> None:
    fallen = ("/registry/elections/none/1", 5)
    with pytest.raises(errors.FencedOff):
        await client.configmaps("ns").create(config("a"), fence=fallen)
    answers = await client.batch([CreateOp(CONFIGMAP, config("a"))], fallen)
    assert isinstance(answers[0], errors.FencedOff)
    assert await client.configmaps("ns").list() == []


async def test_binding_binds_once(client: Client) -> None:
    spec = {"containers": [{"name": "a", "image": "x"}]}
    made = await client.pods("ns").create({"metadata": {"name": "web"}, "spec": spec})
    uid = made["metadata"]["uid"]
    bindings = [Binding("ns", "web", uid, "one"), Binding("ns", "web", uid, "two"), Binding("ns", "no", "", "one")]
    first, again, other = [(await client.bind([binding]))[0] for binding in bindings]
    bound = await client.pods("ns").get("web")
    assert (bound["spec"]["nodeName"], bound["metadata"]["resourceVersion"]) == ("one", first)
    assert isinstance(again, errors.Conflict)
    assert isinstance(other, errors.NotFound)


async def test_a_node_writes_only_its_own(client: Client, cluster: Cluster) -> None:
    address = client._address
    async with Client(address, identity=cluster.pki.identity("node-one")) as node:
        await node.nodes().create({"metadata": {"name": "one"}})
        with pytest.raises(errors.Forbidden):
            await node.nodes().create({"metadata": {"name": "two"}})
        with pytest.raises(errors.Forbidden):
            await node.configmaps("ns").create(config("a"))


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (pb.Resource(version="v1", resource="nots", name="x", namespace="ns"), errors.NotFound),
        (pb.Resource(version="v1", resource="pods", namespace="ns"), errors.BadRequest),
        (pb.Resource(version="v1", resource="pods", name="x"), errors.BadRequest),
        (pb.Resource(version="v1", resource="nodes", name="x", namespace="ns"), errors.BadRequest),
        (pb.Resource(version="v1", resource="pods", name="x", namespace="ns", subresource="what"), errors.NotFound),
    ],
)
async def test_requests_that_name_nothing(client: Client, resource: pb.Resource, expected: type[Exception]) -> None:
    stub: Any = resources_pb2_grpc.ResourcesStub(client._connected.channel)
    with pytest.raises(expected):
        await client._connected.call(stub.Get, pb.GetRequest(resource=resource))


async def test_junk_is_a_bad_request(client: Client) -> None:
    stub: Any = resources_pb2_grpc.ResourcesStub(client._connected.channel)
    resource = pb.Resource(version="v1", resource="pods", namespace="ns")
    for json in (b"{", b"[]", b""):
        with pytest.raises(errors.BadRequest):
            await client._connected.call(stub.Create, pb.CreateRequest(resource=resource, json=json))


async def test_objects_carry_what_routers_need(client: Client) -> None:
    made = await client.configmaps("ns").create(config("a"))
    stub: Any = resources_pb2_grpc.ResourcesStub(client._connected.channel)
    resource = pb.Resource(version="v1", resource="configmaps", namespace="ns", name="a")
    answer = await client._connected.call(stub.Get, pb.GetRequest(resource=resource))
    assert (answer.uid, answer.resource_version) == (made["metadata"]["uid"], made["metadata"]["resourceVersion"])
    assert orjson.loads(answer.json) == made


async def test_reflection_and_health_tell_what_is_served(client: Client) -> None:
    channel = client._connected.channel
    health: Any = health_pb2_grpc.HealthStub(channel)
    for service in ("", "pinnace.v1.Resources", "pinnace.v1.Scheduling", "pinnace.v1.Nodes"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    call = reflection.ServerReflectionInfo(
        iter([
            reflection_pb2.ServerReflectionRequest(list_services=""),
            reflection_pb2.ServerReflectionRequest(file_containing_symbol="pinnace.v1.Scheduling"),
        ]),
        timeout=DEADLINE,
    )  # fmt: skip
    listed, described = [answer async for answer in call]
    names = {service.name for service in listed.list_services_response.service}
    assert {"pinnace.v1.Resources", "pinnace.v1.Scheduling", "pinnace.v1.Nodes", "grpc.health.v1.Health"} <= names
    assert described.file_descriptor_response.file_descriptor_proto


async def test_a_kubeconfig_is_enough(client: Client, cluster: Cluster) -> None:
    async with Client.from_kubeconfig(cluster.kubeconfig, grpc_address=client._address) as other:
        assert "ns" in [obj["metadata"]["name"] for obj in await other.namespaces().list()]


async def test_strangers_are_turned_away(client: Client, cluster: Cluster) -> None:
    ca = Credentials.of(cluster.pki.identity("admin")).ca
    channel = wire.channel(client._address, Credentials(ca=ca))
    stub: Any = resources_pb2_grpc.ResourcesStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.List(pb.ListRequest(resource=pb.Resource(version="v1", resource=POD.plural)), timeout=DEADLINE)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE  # TLS itself wants a certificate on this port
    await channel.close()
