"""Scheduling: bindings, many at a time."""

from __future__ import annotations

import grpc
import orjson

from services.apiserver.grpc_face import understanding as understand
from services.apiserver.grpc_face.callers import Callers
from services.apiserver.grpc_face.refusals import refusing
from services.apiserver.handlers.api import Api, Bind
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


def _result(answer: str | StatusError) -> pb.BindResponse.Result:
    if isinstance(answer, StatusError):
        return pb.BindResponse.Result(status=orjson.dumps(answer.status()))
    return pb.BindResponse.Result(resource_version=answer)
