"""The gRPC face: the SDK, and reflection as grpcurl uses it."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator
from typing import Any

import grpc
import orjson
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from services.cli.pki import Pki
from services.client.sdk import Client, Credentials
from services.foundation import tls
from services.objects.errors import AlreadyExists, Invalid, NotFound
from tests.e2e.harness import Cluster, Kubectl, eventually

ADDRESS = "127.0.0.1:6444"


@pytest.fixture
async def client(cluster: Cluster) -> AsyncIterator[Client]:
    async with Client.from_kubeconfig(cluster.kubeconfig) as client:
        yield client


def demo(name: str) -> dict:
    container = {"name": "main", "image": "pinnace/demo", "imagePullPolicy": "IfNotPresent"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
    }


async def test_the_sdk_creates_watches_patches_and_deletes(namespace: Kubectl, client: Client) -> None:
    pods = client.pods(namespace.namespace)
    phases: list[str] = []

    async def follow() -> None:
        async for event in pods.watch():
            phases.append(event.type)
            if event.object.get("status", {}).get("phase") == "Running":
                return

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(follow())
        created = await pods.create(demo("one"))
        assert created["spec"]["restartPolicy"] == "Always"
    assert phases[0] == "ADDED"
    patched = await pods.patch("one", {"metadata": {"labels": {"tier": "front"}}})
    assert patched["metadata"]["labels"]["tier"] == "front"
    assert [pod["metadata"]["name"] for pod in await pods.list(label_selector="tier=front")] == ["one"]
    assert (await pods.get("one"))["metadata"]["uid"] == created["metadata"]["uid"]
    await pods.delete("one")
    await asyncio.to_thread(eventually, lambda: namespace.run("get", "pod", "one").returncode == 1)


async def test_errors_carry_the_kubernetes_status(namespace: Kubectl, client: Client) -> None:
    pods = client.pods(namespace.namespace)
    with pytest.raises(NotFound, match='pods "nobody" not found'):
        await pods.get("nobody")
    wrong = demo("Wrong_Name")
    with pytest.raises(Invalid) as caught:
        await pods.create(wrong)
    assert caught.value.causes[0].field == "metadata.name"
    maps = client.configmaps(namespace.namespace)
    await maps.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "twice"}})
    with pytest.raises(AlreadyExists):
        await maps.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "twice"}})


class Reflected:
    """Calls as grpcurl makes them: messages and methods learned from the server, requests written as JSON."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self.database = ProtoReflectionDescriptorDatabase(channel)
        self._service = descriptor_pool.DescriptorPool(self.database).FindServiceByName("pinnace.v1.Resources")

    def call(self, name: str, **request: Any) -> Any:
        """The answer; for Watch, an iterator of answers."""
        method = self._service.FindMethodByName(name)
        message = json_format.ParseDict(request, message_factory.GetMessageClass(method.input_type)())
        kind = self._channel.unary_stream if name == "Watch" else self._channel.unary_unary
        return kind(
            f"/pinnace.v1.Resources/{name}",
            request_serializer=lambda given: given.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
        )(message, timeout=30)


def encoded(obj: Any) -> str:
    """bytes as JSON requests have them."""
    return base64.b64encode(orjson.dumps(obj)).decode()


def test_reflection_is_enough_for_every_verb(namespace: Kubectl, cluster: Cluster) -> None:
    identity = Pki(cluster.state_dir / "pki").identity("admin")
    maps = {"version": "v1", "resource": "configmaps", "namespace": namespace.namespace}
    one = {**maps, "name": "one"}
    with grpc.secure_channel(ADDRESS, tls.channel_credentials(identity)) as channel:
        reflected = Reflected(channel)
        assert {"pinnace.v1.Resources", "pinnace.v1.Scheduling", "pinnace.v1.Nodes"} <= set(
            reflected.database.get_services()
        )
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "b"}}
        created = reflected.call("Create", resource=maps, json=encoded(obj))
        got = reflected.call("Get", resource=one)
        assert got.resource_version == created.resource_version
        assert orjson.loads(got.json)["data"] == {"a": "b"}
        listed = reflected.call("List", resource=maps, field_selector="metadata.name=one")
        assert [orjson.loads(item)["metadata"]["name"] for item in listed.items] == ["one"]
        chosen = {"field_selector": "metadata.name=one", "resource_version": listed.resource_version}
        watch = reflected.call("Watch", resource=maps, **chosen)
        patch = encoded({"data": {"a": "c"}})
        reflected.call("Patch", resource=one, type="MERGE", patch=patch)
        reflected.call("Delete", resource=one)
        events = list(itertools.islice((event for answer in watch for event in answer.events), 2))
        assert [event.type for event in events] == [2, 3]  # MODIFIED, DELETED
        assert orjson.loads(events[0].json)["data"] == {"a": "c"}
        watch.cancel()
        with pytest.raises(grpc.RpcError) as caught:
            reflected.call("Get", resource=one)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
        status = orjson.loads(dict(caught.value.trailing_metadata())["pinnace-status-bin"])
        assert status["message"] == 'configmaps "one" not found'
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        assert health.status == health_pb2.HealthCheckResponse.SERVING


async def test_strangers_are_turned_away(cluster: Cluster) -> None:
    """The port for certificates wants one; the port for tokens answers as an API does."""
    ca = (cluster.state_dir / "pki" / "ca.crt").read_bytes()
    for port, code in ((6444, grpc.StatusCode.UNAVAILABLE), (6445, grpc.StatusCode.UNAUTHENTICATED)):
        async with grpc.aio.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(ca)) as channel:
            call = channel.unary_unary("/pinnace.v1.Resources/List")
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(b"", timeout=10)
        assert caught.value.code() == code


async def test_a_service_account_speaks_grpc_with_its_token(namespace: Kubectl, cluster: Cluster) -> None:
    namespace("create", "serviceaccount", "robot")
    token = namespace("create", "token", "robot").strip()
    credentials = Credentials(ca=(cluster.state_dir / "pki" / "ca.crt").read_bytes())
    async with Client("127.0.0.1:6445", credentials=credentials, token=token) as client:
        assert (await client.namespaces().get("default"))["metadata"]["name"] == "default"
