"""What the apiserver asks of a node agent's kubelet-style HTTP server, through a tunnel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import orjson

from services.apiserver.streams.nodes import NodeSessions, http
from services.objects.errors import BadRequest, InternalError, NotFound, ServiceUnavailable, StatusError, from_status

PROTOCOL = "v5.channel.k8s.io"
Query = Sequence[tuple[str, str]]


@asynccontextmanager
async def websocket(
    sessions: NodeSessions, node: str, path: str, query: Query
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A remote command on the agent. Raises the agent's own StatusError when it refuses."""
    async with http(sessions, node) as client:
        url = f"http://node{path}"
        try:
            ws = await client.ws_connect(url, params=query, protocols=(PROTOCOL,), max_msg_size=0)
        except aiohttp.WSServerHandshakeError as error:
            # The handshake's error has no body; without the upgrade the agent gives the same refusal in full.
            async with client.get(url, params=query) as response:
                refused = await refusal(response)
            raise refused from error
        except aiohttp.ClientError as error:
            raise ServiceUnavailable(f'node "{node}" broke the connection: {error}') from error
        async with ws:
            yield ws


@asynccontextmanager
async def get(
    sessions: NodeSessions, node: str, path: str, query: Query
) -> AsyncIterator[aiohttp.ClientResponse]:
    """A response that the agent streams. Raises the agent's own StatusError when it refuses."""
    async with http(sessions, node) as client:
        try:
            response = await client.get(f"http://node{path}", params=query)
        except aiohttp.ClientError as error:
            raise ServiceUnavailable(f'node "{node}" broke the connection: {error}') from error
        async with response:
            if response.status >= 300:
                raise await refusal(response)
            yield response


async def refusal(response: aiohttp.ClientResponse) -> StatusError:
    """The Status in the body, or what the body says."""
    body = await response.read()
    try:
        status = orjson.loads(body)
    except orjson.JSONDecodeError:
        status = None
    if isinstance(status, dict) and status.get("kind") == "Status":
        return from_status(status)
    text = body.decode(errors="replace").strip() or f"the node answered {response.status}"
    kinds: dict[int, type[StatusError]] = {400: BadRequest, 404: NotFound, 503: ServiceUnavailable}
    return kinds.get(response.status, InternalError)(text)
