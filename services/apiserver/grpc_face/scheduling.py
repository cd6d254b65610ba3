"""Scheduling: bindings, preemptions and why pods wait, many at a time."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
import orjson

from services.apiserver.grpc_face import understanding as understand
from services.apiserver.grpc_face.callers import Callers
from services.apiserver.grpc_face.refusals import refusing
from services.apiserver.handlers.api import Api, Bind, Outcome, Victim
from services.objects.errors import StatusError
from services.rpc.pinnace.v1 import scheduling_pb2 as pb
from services.rpc.pinnace.v1 import scheduling_pb2_grpc


class Scheduling(scheduling_pb2_grpc.SchedulingServicer):
    def __init__(self, api: Api, callers: Callers) -> None:
        self._api = api
        self._callers = callers

    @refusing
    async def Bind(self, request: pb.BindRequest, context: grpc.aio.ServicerContext) -> pb.BindResponse:
        caller = await self._callers.of(context)
        bindings = [Bind(binding.namespace, binding.name, binding.uid, binding.node) for binding in request.bindings]
        answers = await self._api.bind(caller, bindings, understand.fence(request.fence))
        return pb.BindResponse(results=map(_result, answers))

    @refusing
    async def Preempt(self, request: pb.PreemptRequest, context: grpc.aio.ServicerContext) -> pb.WriteResponse:
        caller = await self._callers.of(context)
        victims = [Victim(each.namespace, each.name, each.uid, each.message) for each in request.victims]
        return _written(await self._api.preempt(caller, victims, understand.fence(request.fence)))

    @refusing
    async def Report(self, request: pb.ReportRequest, context: grpc.aio.ServicerContext) -> pb.WriteResponse:
        caller = await self._callers.of(context)
        return _written(await self._api.report(caller, list(map(_outcome, request.outcomes)),
                                               understand.fence(request.fence)))  # fmt: skip


def _outcome(message: pb.ReportRequest.Outcome) -> Outcome:
    nominated = message.nominated_node if message.HasField("nominated_node") else None
    return Outcome(message.namespace, message.name, message.uid, message.reason, message.message, nominated)


def _written(answers: Sequence[StatusError | None]) -> pb.WriteResponse:
    return pb.WriteResponse(statuses=[b"" if answer is None else orjson.dumps(answer.status()) for answer in answers])


def _result(answer: str | StatusError) -> pb.BindResponse.Result:
    if isinstance(answer, StatusError):
        return pb.BindResponse.Result(status=orjson.dumps(answer.status()))
    return pb.BindResponse.Result(resource_version=answer)
