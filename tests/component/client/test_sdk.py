"""The SDK against a gRPC server that answers from a script: what goes over the wire, and what errors become."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import orjson
import pytest
import pytest_asyncio

from services.client.sdk import (
    Binding,
    Client,
    CreateOp,
    Credentials,
    DeleteOp,
    Fence,
    Outcome,
    PatchOp,
    ResourceType,
    UpdateOp,
    Victim,
    WatchEvent,
)
from services.objects import errors
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.rpc.pinnace.v1 import resources_pb2_grpc, scheduling_pb2, scheduling_pb2_grpc

THING = ResourceType("example.com", "v1", "things")
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "resourceVersion": "512"}}


class Scripted(resources_pb2_grpc.ResourcesServicer, scheduling_pb2_grpc.SchedulingServicer):
    """Keeps the requests it got; answers with `answer`, or refuses with `refusal`."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.metadata: dict[str, str] = {}
        self.answer: Any = pb.Object(json=orjson.dumps(POD))
        self.refusal: tuple[grpc.StatusCode, errors.StatusError | None] | None = None
        self.hangs = False
        self.responses: list[pb.WatchResponse] = []
        self.watch_cancelled = asyncio.Event()

    async def _serve(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        self.requests.append(request)
        self.metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        self.remaining = context.time_remaining()
        if self.hangs:
            await asyncio.Event().wait()
        if self.refusal is not None:
            code, error = self.refusal
            trailing = (("pinnace-status-bin", orjson.dumps(error.status())),) if error else ()
            await context.abort(code, "refused", trailing)
        return self.answer

    Get = List = Create = Update = Patch = Delete = Batch = Bind = Preempt = Report = _serve

    async def Watch(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[pb.WatchResponse]:
        self.requests.append(request)
        try:
            for response in self.responses:
                yield response
            if not request.timeout_seconds:
                await asyncio.Event().wait()
        finally:
            self.watch_cancelled.set()


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[tuple[Scripted, Client]]:
    servicer, server = Scripted(), grpc.aio.server()
    resources_pb2_grpc.add_ResourcesServicer_to_server(servicer, server)
    scheduling_pb2_grpc.add_SchedulingServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with Client(f"127.0.0.1:{port}", credentials=Credentials(plaintext=True), token=lambda: "secret") as client:
        yield servicer, client
    await server.stop(0)


async def test_create_names_the_collection_and_the_namespace(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    made = await client.pods("default").create({"metadata": {"name": "web"}}, fence=("/registry/elections/x/1", 7))
    assert made == POD
    (request,) = servicer.requests
    target = request.resource
    assert (target.version, target.resource, target.namespace) == ("v1", "pods", "default")
    assert orjson.loads(request.json) == {"metadata": {"name": "web", "namespace": "default"}}
    assert (request.options.fence.key, request.options.fence.create_revision) == ("/registry/elections/x/1", 7)
    assert servicer.metadata["authorization"] == "Bearer secret"
    assert 25 < servicer.remaining < 31  # of 30: gRPC rounds up what it sends


async def test_every_verb_addresses_its_object(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    pods, obj = client.pods("ns"), {"metadata": {"name": "web", "namespace": "ns"}}
    await pods.get("web")
    await pods.update(obj)
    await pods.update_status(obj)
    await pods.patch("web", {"a": None}, "strategic", "status")
    await pods.delete("web", grace_period=0, propagation="Orphan", uid="u")
    assert {(r.resource.namespace, r.resource.name) for r in servicer.requests} == {("ns", "web")}
    assert [r.resource.subresource for r in servicer.requests] == ["", "", "status", "status", ""]
    patch, delete = servicer.requests[3:]
    assert (patch.type, patch.patch) == (pb.PatchRequest.STRATEGIC_MERGE, b'{"a":null}')
    assert (delete.grace_period_seconds, delete.propagation_policy, delete.uid) == (0, "Orphan", "u")
    assert delete.HasField("grace_period_seconds")


async def test_delete_without_a_grace_period_sends_none(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    await client.pods("ns").delete("web")
    assert not servicer.requests[0].HasField("grace_period_seconds")


async def test_list_tells_where_it_stood(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    token = {"continue": "t"}
    servicer.answer = pb.ListResponse(resource_version="767", items=[orjson.dumps(POD)], remaining=3, **token)
    listed = await client.resource(THING).list(label_selector="a=b", field_selector="metadata.name=x", limit=1)
    assert (list(listed), listed.resource_version, listed.continue_, listed.remaining) == ([POD], "767", "t", 3)
    (request,) = servicer.requests
    assert (request.resource.group, request.label_selector, request.field_selector, request.limit) == (
        "example.com", "a=b", "metadata.name=x", 1)  # fmt: skip


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFound.object("", "pods", "web"),
        errors.AlreadyExists.object("apps", "deployments", "web"),
        errors.Conflict.object("", "pods", "web"),
        errors.FencedOff("no longer the leader"),
        errors.Expired("too old"),
        errors.Invalid("", "Pod", "web", [errors.Cause("FieldValueRequired", "Required value", "spec.containers")]),
        errors.TooManyRequests("slow down", retry_after=3),
    ],
    ids=lambda error: error.reason,
)
async def test_refusals_come_back_as_the_same_error(
    scripted: tuple[Scripted, Client], error: errors.StatusError
) -> None:
    servicer, client = scripted
    servicer.refusal = (grpc.StatusCode.UNKNOWN, error)
    with pytest.raises(type(error)) as caught:
        await client.pods("ns").get("web")
    assert caught.value.status() == error.status()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.ServiceUnavailable),
        (grpc.StatusCode.CANCELLED, errors.ServiceUnavailable),
        (grpc.StatusCode.UNAUTHENTICATED, errors.Unauthorized),
        (grpc.StatusCode.INTERNAL, errors.InternalError),
    ],
)
async def test_refusals_without_a_status_become_the_nearest_error(
    scripted: tuple[Scripted, Client], code: grpc.StatusCode, expected: type[errors.StatusError]
) -> None:
    servicer, client = scripted
    servicer.refusal = (code, None)
    with pytest.raises(expected, match="refused"):
        await client.pods("ns").get("web")


async def test_no_server_is_service_unavailable_at_once() -> None:
    async with Client("127.0.0.1:1", credentials=Credentials(plaintext=True)) as client:
        with pytest.raises(errors.ServiceUnavailable):
            await client.nodes().get("n", timeout=20)


async def test_a_deadline_is_a_timeout(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    servicer.hangs = True
    with pytest.raises(errors.Timeout):
        await client.pods("ns").get("web", timeout=0.1)


async def test_warnings_reach_the_caller() -> None:
    heard: list[str] = []
    servicer, server = Scripted(), grpc.aio.server()
    servicer.answer = pb.Object(json=b"{}", warnings=["field x is not acted on"])
    resources_pb2_grpc.add_ResourcesServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    credentials = Credentials(plaintext=True)
    async with Client(f"127.0.0.1:{port}", credentials=credentials, on_warning=heard.append) as client:
        await client.pods("ns").create({"metadata": {"name": "web"}})
    await server.stop(0)
    assert heard == ["field x is not acted on"]


def event(type: int, obj: Any) -> pb.WatchEvent:
    return pb.WatchEvent(type=type, json=orjson.dumps(obj))


async def test_watch_gives_events_until_the_server_ends_it(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    added, deleted = event(pb.WatchEvent.ADDED, POD), event(pb.WatchEvent.DELETED, POD)
    servicer.responses = [pb.WatchResponse(events=[added, deleted]), pb.WatchResponse(events=[added])]
    seen = [e async for e in client.pods("ns").watch(resource_version="5", timeout_seconds=1)]
    assert seen == [WatchEvent("ADDED", POD), WatchEvent("DELETED", POD), WatchEvent("ADDED", POD)]
    assert servicer.requests[0].resource_version == "5"


async def test_watch_raises_the_servers_error_event(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    gone = event(pb.WatchEvent.ERROR, errors.Expired("too old resource version").status())
    servicer.responses = [pb.WatchResponse(events=[gone])]
    with pytest.raises(errors.Expired, match="too old"):
        async for _ in client.pods().watch(resource_version="1"):
            pass


async def test_leaving_a_watch_ends_it_on_the_server(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    servicer.responses = [pb.WatchResponse(events=[event(pb.WatchEvent.ADDED, POD)])]
    events = client.pods().watch()
    assert (await anext(events)).type == "ADDED"
    await events.aclose()  # type: ignore[attr-defined]
    await asyncio.wait_for(servicer.watch_cancelled.wait(), 10)


async def test_batch_answers_each_operation(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    refused = errors.Conflict.object("", "pods", "web")
    servicer.answer = pb.BatchResponse(
        results=[pb.Result(object=pb.Object(json=orjson.dumps(POD))), pb.Result(status=orjson.dumps(refused.status()))]
    )
    obj = {"metadata": {"name": "web", "namespace": "ns"}}
    operations = [CreateOp(THING, obj), UpdateOp(THING, obj, "status"), PatchOp(THING, "ns", "web", [], "json"),
                  DeleteOp(THING, "ns", "web", grace_period=5)]  # fmt: skip
    first, second = await client.batch(operations, Fence("/registry/elections/x/1", 9))
    assert first == POD
    assert isinstance(second, errors.Conflict)
    (request,) = servicer.requests
    assert [op.WhichOneof("operation") for op in request.operations] == ["create", "update", "patch", "delete"]
    assert request.fence.create_revision == 9


async def test_bind_answers_each_binding(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    result = scheduling_pb2.BindResponse.Result
    gone = orjson.dumps(errors.NotFound.object("", "pods", "b").status())
    servicer.answer = scheduling_pb2.BindResponse(results=[result(resource_version="513"), result(status=gone)])
    bound, missing = await client.bind([Binding("ns", "a", "u1", "n1"), Binding("ns", "b", "u2", "n1")])
    assert bound == "513"
    assert isinstance(missing, errors.NotFound)
    assert [(b.name, b.node) for b in servicer.requests[0].bindings] == [("a", "n1"), ("b", "n1")]


async def test_preempt_and_report_answer_each_pod(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    gone = orjson.dumps(errors.NotFound.object("", "pods", "b").status())
    servicer.answer = scheduling_pb2.WriteResponse(statuses=[b"", gone])
    victims = [Victim("ns", name, "u", "sorry") for name in "ab"]
    done, missing = await client.preempt(victims, ("/elections/scheduler/1", 9))
    assert done is None
    assert isinstance(missing, errors.NotFound)
    outcomes = [Outcome("ns", "a", "u", "Unschedulable", "no"), Outcome("ns", "b", "u", "Unschedulable", "no", "")]
    done, missing = await client.report(outcomes, ("/elections/scheduler/1", 9))
    assert done is None
    assert isinstance(missing, errors.NotFound)
    preempt, report = servicer.requests
    assert [Victim(v.namespace, v.name, v.uid, v.message) for v in preempt.victims] == victims
    assert [(o.name, o.reason, o.HasField("nominated_node")) for o in report.outcomes] == [
        ("a", "Unschedulable", False), ("b", "Unschedulable", True)]  # fmt: skip
    assert preempt.fence.create_revision == report.fence.create_revision == 9


async def test_unknown_patch_types_are_refused_before_anything_is_sent(scripted: tuple[Scripted, Client]) -> None:
    servicer, client = scripted
    with pytest.raises(ValueError, match="none of json, merge, strategic, apply"):
        await client.pods("ns").patch("web", {}, "yaml")
    assert servicer.requests == []


async def test_a_closed_client_says_so() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        Client("127.0.0.1:1").pods()
