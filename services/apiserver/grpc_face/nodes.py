"""Nodes: the sessions of node agents and the tunnels they open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from services.apiserver.grpc_face.callers import Callers
from services.apiserver.grpc_face.refusals import refusing
from services.apiserver.grpc_face.reporting import Reporting
from services.apiserver.request import Caller
from services.apiserver.streams.nodes import NodeSession, NodeSessions
from services.foundation import log
from services.objects.errors import BadRequest, Forbidden
from services.rpc.pinnace.v1 import node_pb2 as pb
from services.rpc.pinnace.v1 import node_pb2_grpc
from services.rpc.tunnel import TUNNEL_ID, relay

logger = log.get(__name__)

REPORTS_AHEAD = 4  # reports an agent may send before the first is answered


class Nodes(node_pb2_grpc.NodesServicer):
    def __init__(self, reporting: Reporting, sessions: NodeSessions, callers: Callers) -> None:
        self._reporting = reporting
        self._sessions = sessions
        self._callers = callers

    @refusing
    async def Session(self, messages: AsyncIterator[pb.AgentMessage], context: grpc.aio.ServicerContext) -> None:
        caller = await self._callers.of(context)
        node = _node(caller)
        hello = await anext(messages, None)
        if hello is None or hello.WhichOneof("message") != "hello":
            raise BadRequest("a session begins with hello")
        if hello.hello.node != node:
            raise Forbidden(f'the certificate of node "{node}" cannot open a session for "{hello.hello.node}"')
        with self._sessions.open(node) as session:
            logger.info("node session opened", node=node, peer=context.peer())
            session.send(pb.ServerMessage(welcome=pb.Welcome()))
            try:
                await self._serve(caller, session, messages, context)
            finally:
                logger.info("node session ended", node=node)

    async def _serve(
        self, caller: Caller, session: NodeSession, messages: AsyncIterator[pb.AgentMessage], context: Any
    ) -> None:
        """Until the agent ends its side. Reports are answered in their order; dials overtake them."""
        reports: asyncio.Queue[pb.Report] = asyncio.Queue(REPORTS_AHEAD)

        async def send() -> None:
            while True:
                await context.write(await session.outgoing.get())

        async def answer() -> None:
            while True:
                report = await reports.get()
                session.send(pb.ServerMessage(reported=await self._reporting.report(caller, report)))

        async with asyncio.TaskGroup() as tasks:
            workers = [tasks.create_task(send()), tasks.create_task(answer())]
            async for message in messages:
                match message.WhichOneof("message"):
                    case "report":
                        await reports.put(message.report)
                    case "dial_failed":
                        self._sessions.failed(message.dial_failed.id, caller.node, message.dial_failed.error)
            for worker in workers:
                worker.cancel()

    @refusing
    async def Tunnel(self, incoming: AsyncIterator[pb.TunnelData], context: grpc.aio.ServicerContext) -> None:
        node = _node(await self._callers.of(context))
        tunnel = next((str(value) for key, value in context.invocation_metadata() or () if key == TUNNEL_ID), "")
        accepted = self._sessions.accept(tunnel, node)
        reader, writer = await asyncio.open_unix_connection(sock=accepted.connection)
        await relay(reader, writer, incoming, context.write, server=True,
                    half_close=accepted.half_close)  # fmt: skip


def _node(caller: Caller) -> str:
    if not caller.node:
        raise Forbidden(f'"{caller.name}" is not a node: only node agents have sessions')
    return caller.node
