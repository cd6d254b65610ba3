"""GET /containerLogs: what a container wrote, from Docker's json-file logs."""

from __future__ import annotations

from contextlib import aclosing

from aiohttp import web

from services.foundation import clock
from services.node_agent.pods.container import Container
from services.node_agent.server.lookup import ENGINE, container, flag
from services.objects import times
from services.objects.errors import BadRequest

WAITING_FOR_IMAGE = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


async def handle(request: web.Request) -> web.StreamResponse:
    """Options as of the API's pods/log; `follow` ends with the container."""
    found = container(request)
    id = _which(found, request.match_info["pod"], flag(request, "previous"))
    limit = _number(request, "limitBytes")
    frames = request.app[ENGINE].logs(
        id, follow=flag(request, "follow"), tail=str(_number(request, "tailLines", "all")), since=_since(request),
        timestamps=flag(request, "timestamps"),
    )  # fmt: skip
    response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
    response.enable_chunked_encoding()
    async with aclosing(frames) as stream:
        await response.prepare(request)
        left = limit if isinstance(limit, int) else None
        async for _, data in stream:
            await response.write(data if left is None else data[:left])
            if left is not None:
                left -= len(data)
                if left <= 0:
                    break
    await response.write_eof()
    return response


def _which(found: Container, pod: str, previous: bool) -> str:
    """The id of the attempt whose log is meant. Raises BadRequest in the kubelet's words."""
    where = f'container "{found.name}" in pod "{pod}"'
    current, reason = found.current, found.waiting[0]
    if previous:
        # A container that waits for its restart has its last attempt as the current one here.
        attempt = found.exited if found.exited is not None and reason else found.previous
        if attempt is None or not attempt.id:
            raise BadRequest(f"previous terminated {where} not found")
        return attempt.id
    if current is not None and current.id:
        return current.id
    raise BadRequest(f"{where} is waiting to start: "
                     f"{WAITING_FOR_IMAGE.get(reason, reason or 'ContainerCreating')}")  # fmt: skip


def _number(request: web.Request, name: str, default: str = "") -> int | str:
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise BadRequest(f"invalid value for {name}: {text!r}")
    return int(text)


def _since(request: web.Request) -> float:
    seconds = _number(request, "sinceSeconds")
    if isinstance(seconds, int):
        return max(clock.now().timestamp() - seconds, 0)
    text = request.query.get("sinceTime", "")
    try:
        return times.parse(text).timestamp() if text else 0.0
    except ValueError as error:
        raise BadRequest(str(error)) from error
