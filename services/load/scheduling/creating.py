"""How objects are made: in batches over gRPC, several batches at a time, or one by one over REST."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Protocol

import orjson

from services.client.sdk import CreateOp, kubeconfig, messages
from services.client.sdk.connection import Connection, channel
from services.load.ground import Refused
from services.load.measures import Tally, together
from services.load.scheduling.place import Place
from services.objects.errors import StatusError, from_status
from services.objects.kinds import POD
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.rpc.pinnace.v1 import resources_pb2_grpc

BATCH, CALLS = 100, 4  # objects in a call, calls at the same time
CONNECTIONS = 32  # over REST, each with one request at a time
DEADLINE = 600.0  # seconds for all of them


class Work(Protocol):
    """Requests that are made and wait to be sent, so that the clock need not see the making."""

    async def __call__(self) -> None:
        """Sends them all. Raises Refused unless every object was made."""


class Grpc:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = connection.stub(resources_pb2_grpc.ResourcesStub)

    def pods(self, pods: Iterable[Obj]) -> Work:
        return self.objects(POD, pods)

    def objects(self, kind: Kind, objects: Iterable[Obj]) -> Work:
        batches = [pb.BatchRequest(operations=each) for each in _batches(kind, objects)]

        async def send() -> None:
            waiting = iter(batches)
            try:
                async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
                    for _ in range(CALLS):
                        group.create_task(self._send(waiting))
            except ExceptionGroup as errors:
                raise errors.exceptions[0] from None

        return send

    async def _send(self, batches: Iterator[pb.BatchRequest]) -> None:
        for batch in batches:
            try:
                answer = await self._connection.call(self._stub.Batch, batch)
            except StatusError as error:
                raise Refused(f"objects cannot be made: {error.message}") from error
            for result in answer.results:
                if result.WhichOneof("result") == "status":
                    raise Refused(f"an object cannot be made: {from_status(orjson.loads(result.status)).message}")


class Rest:
    def __init__(self, place: Place) -> None:
        self._endpoint = place.endpoint

    def pods(self, pods: Iterable[Obj]) -> Work:
        make = self._endpoint.requests.make
        requests = [make("POST", f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods", orjson.dumps(pod))
                    for pod in pods]  # fmt: skip

        async def send() -> None:
            connections = [await self._endpoint.connect() for _ in range(min(CONNECTIONS, len(requests)))]
            tally, waiting = Tally(), iter(requests)
            try:
                await together((tally.drive(each, waiting, tally.began + DEADLINE) for each in connections), DEADLINE)
            finally:
                for connection in connections:
                    connection.close()
            if tally.errors or next(waiting, None) is not None:
                raise Refused(f"pods cannot be made: {tally.error or 'it takes too long'}")

        return send


def _batches(kind: Kind, objects: Iterable[Obj]) -> Iterator[Sequence[pb.Operation]]:
    waiting = iter(objects)
    while batch := [messages.operation(CreateOp(kind, each)) for each in islice(waiting, BATCH)]:
        yield batch


@asynccontextmanager
async def grpc(place: Place) -> AsyncIterator[Grpc]:
    access = kubeconfig.load(place.kubeconfig, "")
    connection = Connection(channel(place.grpc, access.credentials), access.token)
    try:
        yield Grpc(connection)
    finally:
        await connection.channel.close()
