"""The DNS server: UDP and TCP sockets on the addresses it is told, the zone first, the host's nameservers after it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import dnslib

from services.foundation import log
from services.node_agent.network.dns import wire
from services.node_agent.network.dns.forward import Forwarder, NoAnswer
from services.node_agent.network.dns.records import Zone

logger = log.get(__name__)

TCP_IDLE = 20.0
TCP_CLIENTS = 256


class Server:
    """Start with `listen` on each address; `close` ends it and every question under way."""

    def __init__(self, zone: Zone, forwarder: Forwarder) -> None:
        self._zone = zone
        self._forwarder = forwarder
        self.complete = False
        """Until the zone is known to be whole, its names get SERVFAIL: a restart must not make them not exist."""
        self._serial = int(time.time())
        self._listening: dict[tuple[str, int], tuple[asyncio.DatagramTransport, asyncio.Server]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, address: str, port: int = 53) -> None:
        """Idempotent per address; raises OSError (address in use, for instance)."""
        if (address, port) in self._listening:
            return
        loop = asyncio.get_running_loop()
        tcp = await asyncio.start_server(self._serve_tcp, address, port)
        try:
            udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(self), local_addr=(address, port))
        except OSError:
            tcp.close()
            raise
        self._listening[address, port] = (udp, tcp)

    async def unlisten(self, address: str, port: int = 53) -> None:
        sockets = self._listening.pop((address, port), None)
        if sockets is not None:
            sockets[0].close()
            sockets[1].close()

    async def close(self) -> None:
        for address, port in list(self._listening):
            await self.unlisten(address, port)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def answer(self, data: bytes, *, tcp: bool) -> bytes:
        """One message for one message; b"" for what deserves none."""
        question = wire.parse(data)
        if not isinstance(question, wire.Question):
            return question or b""
        limit = 65535 if tcp else question.udp_size
        local = self._zone.answer(question.name, question.type)
        try:
            if local is not None and not self.complete:
                raise NoAnswer("the cluster's names are not known yet")
            if local is None:
                return await self._forwarder.ask(data, tcp=tcp)
            message = wire.reply(question, local, self._zone.domain, self._zone.server, self._serial)
            if local.chase:
                await self._chase(message, local.chase, question.type)
        except (NoAnswer, dnslib.DNSError) as error:
            logger.debug("name not resolved", name=question.name, error=str(error))
            message = wire.failure(question, wire.SERVFAIL)
        return wire.packed(message, limit)

    async def _chase(self, message: dnslib.DNSRecord, name: str, type: int) -> None:
        found = await self._forwarder.ask(wire.query(name, type, 0), tcp=False)
        wire.extend(message, dnslib.DNSRecord.parse(found))

    def answer_at_once(self, data: bytes) -> bytes | None:
        """A UDP answer that needs nobody else; None if it does. Saves a task per question for the cluster's names."""
        question = wire.parse(data)
        if not isinstance(question, wire.Question):
            return question or b""
        local = self._zone.answer(question.name, question.type)
        if local is None or local.chase or not self.complete:
            return None
        message = wire.reply(question, local, self._zone.domain, self._zone.server, self._serial)
        return wire.packed(message, question.udp_size)

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a DNS question failed", exc_info=task.exception())

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._tasks) >= TCP_CLIENTS:
            writer.close()
            return
        self._tasks.add(task)
        try:
            while True:
                async with asyncio.timeout(TCP_IDLE):
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    data = await reader.readexactly(length)
                answer = await self.answer(data, tcp=True)
                if not answer:
                    return
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            return  # the client is done
        finally:
            self._tasks.discard(task)
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        assert self._transport is not None
        try:
            answer = self._server.answer_at_once(data)
        except Exception:  # one strange question must not end the server
            logger.exception("a DNS question failed", client=addr[0])
            return
        if answer:
            self._transport.sendto(answer, addr)
        elif answer is None:
            self._server.spawn(self._later(data, addr))

    async def _later(self, data: bytes, addr: Any) -> None:
        answer = await self._server.answer(data, tcp=False)
        if answer and self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, addr)
