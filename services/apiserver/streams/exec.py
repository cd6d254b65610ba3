"""pods/exec: a command in a running container."""

from __future__ import annotations

from aiohttp import web

from services.apiserver.request import Caller, Target
from services.apiserver.streams import remotecommand
from services.apiserver.streams.nodes import NodeSessions
from services.objects.errors import BadRequest
from services.objects.meta import Obj


async def handle(
    request: web.BaseRequest, caller: Caller, target: Target, pod: Obj, sessions: NodeSessions
) -> web.StreamResponse:
    if not request.query.getall("command", []):
        raise BadRequest("you must specify at least 1 command for the container")
    return await remotecommand.handle(request, target, pod, sessions)
