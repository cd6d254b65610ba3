"""pods/log: what a container wrote, as it is or as it comes; over plain HTTP, or in the messages of a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
from aiohttp import web

from services.apiserver.request import Caller, Target
from services.apiserver.streams import agent, containers, queries, upgrade
from services.apiserver.streams.nodes import NodeSessions
from services.foundation import log
from services.objects import times
from services.objects.errors import BadRequest, Cause, Invalid, NotFound, StatusError
from services.objects.meta import Obj

logger = log.get(__name__)

HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
BINARY = "binary.k8s.io"  # the WebSocket protocol of a stream without channels

_FLAGS = ("follow", "previous", "timestamps")
_NUMBERS = {"tailLines": 0, "sinceSeconds": 1, "limitBytes": 1}  # each with its least value


async def handle(
    request: web.BaseRequest, caller: Caller, target: Target, pod: Obj, sessions: NodeSessions
) -> web.StreamResponse:
    """The options are those of PodLogOptions; the response has no end while `follow` has none."""
    container = containers.chosen(pod, request.query.get("container", ""))
    query = _query(request, target.name)
    node = pod["spec"].get("nodeName")
    if not node:
        # Nothing has run yet, so nothing is all there is, as Kubernetes has it.
        return web.Response(headers=HEADERS)
    path = f"/containerLogs/{target.namespace}/{target.name}/{container}"
    async with contextlib.AsyncExitStack() as stack:
        try:
            response = await stack.enter_async_context(agent.get(sessions, node, path, query))
        except StatusError as error:
            raise _refusal(error, pod, container, queries.flag(request.query, "previous")) from error
        send = _in_messages if upgrade.wants_websocket(request) else _as_body
        return await send(request, response)


async def _as_body(request: web.BaseRequest, response: aiohttp.ClientResponse) -> web.StreamResponse:
    out = web.StreamResponse(headers=HEADERS)
    await out.prepare(request)
    try:
        async for chunk in response.content.iter_any():
            await out.write(chunk)
    except aiohttp.ClientError as error:
        # The end of a log and a broken one must not look alike: the chunked body stays unfinished.
        logger.info("a log broke off", path=request.path, why=str(error))
        raise ConnectionResetError("the connection to the node broke") from error
    await out.write_eof()
    return out


async def _in_messages(request: web.BaseRequest, response: aiohttp.ClientResponse) -> web.StreamResponse:
    offered = request.headers.get("Sec-WebSocket-Protocol")
    async with upgrade.websocket(request, (BINARY,) if offered else ()) as ws, asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(_until_left(ws))
        sending = tasks.create_task(_messages(ws, response))
        leaving.add_done_callback(lambda _: sending.cancel())
        sending.add_done_callback(lambda _: leaving.cancel())
    return ws


async def _until_left(ws: web.WebSocketResponse) -> None:
    async for _ in ws:
        pass  # a reader of logs has nothing to say


async def _messages(ws: web.WebSocketResponse, response: aiohttp.ClientResponse) -> None:
    async for chunk in response.content.iter_any():
        await ws.send_bytes(chunk)


def _refusal(error: StatusError, pod: Obj, container: str, previous: bool) -> StatusError:
    """A node that does not know the container (yet) is explained by the pod's status."""
    if isinstance(error, NotFound) and (why := containers.without_logs(pod, container, previous)):
        return BadRequest(why)
    return error


def _query(request: web.BaseRequest, name: str) -> list[tuple[str, str]]:
    """Raises BadRequest for what is no number or time, Invalid for what is out of bounds."""
    given, causes, query = request.query, [], []
    for flag in _FLAGS:
        if queries.flag(given, flag):
            query.append((flag, "true"))
    for option, least in _NUMBERS.items():
        text = given.get(option, "")
        if not text:
            continue
        if not text.removeprefix("-").isdecimal():
            raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        if int(text) < least:
            bound = "must be greater than or equal to 0" if least == 0 else "must be greater than 0"
            causes.append(Cause("FieldValueInvalid", f"Invalid value: {text}: {bound}", option))
        query.append((option, text))
    if since := given.get("sinceTime", ""):
        if given.get("sinceSeconds"):
            causes.append(Cause("FieldValueForbidden", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be "
                                "specified", ""))  # fmt: skip
        query.append(("sinceTime", _time(since)))
    if given.get("stream", "All") not in ("", "All"):
        causes.append(Cause("FieldValueForbidden", "Forbidden: may not be specified", "stream"))
    if causes:
        raise Invalid("", "PodLogOptions", name, causes)
    return query


def _time(text: str) -> str:
    try:
        times.parse(text)
    except ValueError as error:
        raise BadRequest(f"invalid sinceTime: {error}") from error
    return text
