"""Asks the host's own nameservers what the cluster's zone does not hold."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

DEADLINE_EACH = 2.0
DEADLINE = 5.0
AT_ONCE = 256


class NoAnswer(Exception):
    """No nameserver answered in time, there is none, or too many questions are open."""


class Forwarder:
    """`nameservers` is asked anew for every question: resolv.conf changes while an agent runs.

    Each question goes out from a socket of its own: a random port is what guards against forged answers.
    """

    def __init__(self, nameservers: Callable[[], Sequence[tuple[str, int]]]) -> None:
        self._nameservers = nameservers
        self._open = 0

    async def ask(self, data: bytes, *, tcp: bool) -> bytes:
        """The answer with the question's id; raises NoAnswer."""
        if self._open >= AT_ONCE:
            raise NoAnswer("too many questions are waiting for the host's nameservers")
        self._open += 1
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._ask_each(data, tcp)
        except TimeoutError as error:
            raise NoAnswer("the host's nameservers did not answer in time") from error
        finally:
            self._open -= 1

    async def _ask_each(self, data: bytes, tcp: bool) -> bytes:
        problems = []
        for host, port in self._nameservers():
            outgoing = random.randbytes(2) + data[2:]
            try:
                async with asyncio.timeout(DEADLINE_EACH):
                    answer = await (_ask_tcp if tcp else _ask_udp)(host, port, outgoing)
                return data[:2] + answer[2:]
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                problems.append(f"{host}: {error or 'no answer in time'}")
        raise NoAnswer("; ".join(problems) or "the host has no nameserver")


class _Exchange(asyncio.DatagramProtocol):
    """Waits for the datagram that answers `question`, and takes no other."""

    def __init__(self, question: bytes) -> None:
        self._question = question
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if len(data) >= 12 and data[:2] == self._question[:2] and data[2] & 0x80 and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _ask_udp(host: str, port: int, question: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    transport, exchange = await loop.create_datagram_endpoint(lambda: _Exchange(question), remote_addr=(host, port))
    try:
        transport.sendto(question)
        return await exchange.answer
    finally:
        transport.close()


async def _ask_tcp(host: str, port: int, question: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(len(question).to_bytes(2, "big") + question)
        await writer.drain()
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = await reader.readexactly(length)
        if answer[:2] != question[:2]:
            raise ConnectionError("answer to another question")
        return answer
    finally:
        writer.close()
