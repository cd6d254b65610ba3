"""Probes of an address where nobody listens, and of one where somebody does."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import pytest

from services.node_agent.engine.docker import DockerEngine
from services.node_agent.probes import probe

NO_ENGINE = cast(DockerEngine, None)  # network probes need none


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(("kind", "before"), [("httpGet", 'Get "http://127.0.0.1:{port}/": '), ("tcpSocket", "")])
async def test_refused_in_the_words_of_the_kubelet(closed_port: int, kind: str, before: str) -> None:
    handler: dict[str, Any] = {kind: {"port": closed_port}}
    result = await probe.run(NO_ENGINE, {"name": "c"}, "id", "127.0.0.1", handler)
    assert result == (False, before.format(port=closed_port)
                      + f"dial tcp 127.0.0.1:{closed_port}: connect: connection refused")  # fmt: skip


async def test_somebody_listens() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await probe.run(NO_ENGINE, {"name": "c"}, "id", "127.0.0.1", {"tcpSocket": {"port": port}})).ok
