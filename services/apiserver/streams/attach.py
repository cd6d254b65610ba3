"""pods/attach: the streams of a container's own process."""

from __future__ import annotations

from aiohttp import web

from services.apiserver.request import Caller, Target
from services.apiserver.streams import remotecommand
from services.apiserver.streams.nodes import NodeSessions
from services.objects.meta import Obj


async def handle(
    request: web.BaseRequest, caller: Caller, target: Target, pod: Obj, sessions: NodeSessions
) -> web.StreamResponse:
    return await remotecommand.handle(request, target, pod, sessions)
