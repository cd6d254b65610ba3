"""A SPDY session against a peer that is a framer: streams, half-closes, resets, back-pressure, nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.apiserver.streams import spdy, spdy_session
from services.apiserver.streams.spdy_session import Session

DEADLINE = 10


class Peer:
    """The client's side: says frames, hears frames."""

    def __init__(self) -> None:
        self._framer = spdy.Framer()
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue(1)
        self.heard: asyncio.Queue[spdy.Frame] = asyncio.Queue()

    async def say(self, *frames: spdy.Frame) -> None:
        for frame in frames:
            await self.inbox.put(self._framer.encode(frame))

    async def hang_up(self) -> None:
        await self.inbox.put(b"")

    async def send(self, data: bytes) -> None:
        for frame in self._framer.feed(data):
            self.heard.put_nowait(frame)

    async def hear(self) -> spdy.Frame:
        return await asyncio.wait_for(self.heard.get(), DEADLINE)


@pytest_asyncio.fixture
async def ends() -> AsyncIterator[tuple[Peer, Session]]:
    peer = Peer()
    session = Session(peer.inbox.get, peer.send)
    running = asyncio.create_task(session.run())
    yield peer, session
    running.cancel()
    await asyncio.wait({running})


async def test_streams_half_close_each_way(ends: tuple[Peer, Session]) -> None:
    peer, session = ends
    await peer.say(spdy.SynStream(1, {"streamtype": "data"}), spdy.Data(1, b"abc"), spdy.Data(1, b"", fin=True))
    stream = await session.accept()
    assert stream is not None
    assert stream.headers == {"streamtype": "data"}
    assert await peer.hear() == spdy.SynReply(1, {})
    assert (await stream.read(), await stream.read(), await stream.read()) == (b"abc", b"", b"")
    await stream.write(b"x" * (spdy_session.CHUNK + 1))
    await stream.close()
    heard = [await peer.hear() for _ in range(3)]
    assert [len(frame.data) for frame in heard if isinstance(frame, spdy.Data)] == [spdy_session.CHUNK, 1, 0]
    assert heard[2] == spdy.Data(1, b"", fin=True)
    with pytest.raises(ConnectionResetError):
        await stream.write(b"more")


async def test_a_reset_breaks_one_stream(ends: tuple[Peer, Session]) -> None:
    peer, session = ends
    await peer.say(spdy.SynStream(1, {}), spdy.SynStream(3, {}), spdy.Reset(1, spdy.CANCEL), spdy.Data(3, b"on"))
    first, second = await session.accept(), await session.accept()
    assert first is not None
    assert second is not None
    assert await second.read() == b"on"
    with pytest.raises(ConnectionResetError):
        await first.read()


async def test_pings_are_echoed_but_not_our_own(ends: tuple[Peer, Session]) -> None:
    peer, _ = ends
    await peer.say(spdy.Ping(2), spdy.Ping(5))
    assert await peer.hear() == spdy.Ping(5)


async def test_the_end_of_the_connection_breaks_all(ends: tuple[Peer, Session]) -> None:
    peer, session = ends
    await peer.say(spdy.SynStream(1, {}))
    stream = await session.accept()
    assert stream is not None
    await peer.hang_up()
    assert await session.accept() is None
    assert await session.accept() is None
    with pytest.raises(ConnectionResetError):
        await stream.read()


async def test_a_slow_reader_stops_the_connection_and_loses_nothing(ends: tuple[Peer, Session]) -> None:
    peer, session = ends
    await peer.say(spdy.SynStream(1, {}))
    stream = await session.accept()
    assert stream is not None
    piece, count = b"x" * 65536, 3 * spdy_session.BUFFER // 65536
    saying = asyncio.create_task(peer.say(*[spdy.Data(1, piece)] * count, spdy.Data(1, b"", fin=True)))
    done, _ = await asyncio.wait({saying}, timeout=0.2)
    assert not done, "the peer is held back"
    received = 0
    async with asyncio.timeout(DEADLINE):
        while data := await stream.read():
            received += len(data)
        await saying
    assert received == len(piece) * count


@pytest.mark.parametrize("frames", [[spdy.SynStream(2, {})], [spdy.SynStream(3, {}), spdy.SynStream(1, {})]])
async def test_nonsense_ends_the_connection(ends: tuple[Peer, Session], frames: list[spdy.Frame]) -> None:
    peer, session = ends
    await peer.say(*frames)
    async with asyncio.timeout(DEADLINE):
        while await session.accept() is not None:
            pass
        while not isinstance(frame := await peer.hear(), spdy.GoAway):
            pass
    assert frame.status == spdy.PROTOCOL_ERROR
