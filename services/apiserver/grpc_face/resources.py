"""Resources: the verbs of the API, each a call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from grpc.aio import ServicerContext as Context

from services.apiserver.grpc_face import understanding as understand
from services.apiserver.grpc_face.callers import Callers
from services.apiserver.grpc_face.refusals import refusing, refusing_stream
from services.apiserver.handlers.api import (
    Answer,
    Api,
    BatchOperation,
    CreateOperation,
    DeleteOperation,
    PatchOperation,
    UpdateOperation,
)
from services.objects.errors import BadRequest, StatusError
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.rpc.pinnace.v1 import resources_pb2_grpc


class Resources(resources_pb2_grpc.ResourcesServicer):
    def __init__(self, api: Api, callers: Callers) -> None:
        self._api = api
        self._callers = callers

    async def _learn(self, *resources: pb.Resource) -> None:
        """A kind that somebody defined through another process may be news to this one, which asks before it says that
        there is none."""
        if any(map(understand.is_unknown, resources)):
            await self._api.learn()

    @refusing
    async def Get(self, request: pb.GetRequest, context: Context) -> pb.Object:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        target = understand.target(request.resource, named=True)
        json = await self._api.get(caller, target, resource_version=request.resource_version)
        return understand.object_of(request.resource, json)

    @refusing
    async def List(self, request: pb.ListRequest, context: Context) -> pb.ListResponse:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        target = understand.target(request.resource, named=False)
        listing = await self._api.list(caller, target, understand.list_options(request))
        token: dict[str, Any] = {"continue": listing.continue_}
        return pb.ListResponse(resource_version=str(listing.resource_version), remaining=listing.remaining or 0,
                               items=listing.items, **token)  # fmt: skip

    @refusing_stream
    async def Watch(self, request: pb.WatchRequest, context: Context) -> AsyncIterator[pb.WatchResponse]:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        target = understand.target(request.resource, named=False)
        batches = self._api.watch(caller, target, understand.watch_options(request))
        # Headers tell the client that its watch stands before the first event is there.
        await context.send_initial_metadata(())
        async with contextlib.aclosing(batches):  # type: ignore[type-var]  # an async generator behind the contract
            async for frames in batches:
                yield pb.WatchResponse(
                    events=[pb.WatchEvent(type=frame.type, json=frame.json) for frame in frames]
                )

    @refusing
    async def Create(self, request: pb.CreateRequest, context: Context) -> pb.Object:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        answer = await self._api.create(
            caller, understand.target(request.resource), understand.body(request.json),
            understand.write_options(request.options, understand.agent_of(context)),
        )  # fmt: skip
        return understand.object_of_answer(request.resource, answer)

    @refusing
    async def Update(self, request: pb.UpdateRequest, context: Context) -> pb.Object:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        answer = await self._api.update(
            caller, understand.target(request.resource, named=True), understand.body(request.json),
            understand.write_options(request.options, understand.agent_of(context)),
        )  # fmt: skip
        return understand.object_of_answer(request.resource, answer)

    @refusing
    async def Patch(self, request: pb.PatchRequest, context: Context) -> pb.Object:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        answer = await self._api.patch(
            caller, understand.target(request.resource, named=True), understand.patch_type(request), request.patch,
            request.force, understand.write_options(request.options, understand.agent_of(context)),
        )  # fmt: skip
        return understand.object_of_answer(request.resource, answer)

    @refusing
    async def Delete(self, request: pb.DeleteRequest, context: Context) -> pb.Object:
        caller = await self._callers.of(context)
        await self._learn(request.resource)
        answer = await self._api.delete(
            caller, understand.target(request.resource, named=True), understand.delete_options(request),
            understand.write_options(request.options, understand.agent_of(context)),
        )  # fmt: skip
        return understand.object_of_answer(request.resource, answer)

    @refusing
    async def Batch(self, request: pb.BatchRequest, context: Context) -> pb.BatchResponse:
        caller = await self._callers.of(context)
        await self._learn(*(_resource(operation) for operation in request.operations))
        fence, agent = understand.fence(request.fence), understand.agent_of(context)
        understood: list[BatchOperation | StatusError] = [_understood(op, agent) for op in request.operations]
        good = [op for op in understood if not isinstance(op, StatusError)]
        answers = iter(await self._api.batch(caller, good, fence))
        return pb.BatchResponse(
            results=[
                _result(message, op if isinstance(op, StatusError) else next(answers))
                for op, message in zip(understood, request.operations, strict=True)
            ]
        )


def _resource(message: pb.Operation) -> pb.Resource:
    name = message.WhichOneof("operation")
    found: pb.Resource = getattr(message, name).resource if name else pb.Resource()
    return found


def _understood(message: pb.Operation, agent: str) -> BatchOperation | StatusError:
    """One operation of a batch; an error that is its own and not the batch's."""
    try:
        match message.WhichOneof("operation"):
            case "create":
                create = message.create
                return CreateOperation(understand.target(create.resource), understand.body(create.json),
                                       understand.write_options(create.options, agent))  # fmt: skip
            case "update":
                update = message.update
                return UpdateOperation(understand.target(update.resource, named=True), understand.body(update.json),
                                       understand.write_options(update.options, agent))  # fmt: skip
            case "patch":
                patch = message.patch
                return PatchOperation(
                    understand.target(patch.resource, named=True), understand.patch_type(patch), patch.patch,
                    patch.force, understand.write_options(patch.options, agent),
                )  # fmt: skip
            case "delete":
                delete = message.delete
                return DeleteOperation(
                    understand.target(delete.resource, named=True), understand.delete_options(delete),
                    understand.write_options(delete.options, agent),
                )  # fmt: skip
    except StatusError as error:
        return error
    return BadRequest("an operation is one of create, update, patch and delete")


def _result(message: pb.Operation, answer: Answer | StatusError) -> pb.Result:
    if isinstance(answer, StatusError):
        return pb.Result(status=orjson.dumps(answer.status()))
    operation = getattr(message, message.WhichOneof("operation") or "")
    return pb.Result(object=understand.object_of_answer(operation.resource, answer))
