"""From the names in a request to a pod and a container, with the kubelet's words where there is none."""

from __future__ import annotations

from aiohttp import web

from services.node_agent.engine.docker import DockerEngine
from services.node_agent.executor import PodExecutor
from services.node_agent.pods.container import Container
from services.node_agent.roster import Roster
from services.objects.errors import BadRequest, NotFound

ROSTER = web.AppKey("roster", Roster)
ENGINE = web.AppKey("engine", DockerEngine)


def pod(request: web.Request) -> PodExecutor:
    name = request.match_info["pod"]
    executor = request.app[ROSTER].executor(request.match_info["namespace"], name)
    if executor is None:
        raise NotFound.object("", "pods", name)
    return executor


def container(request: web.Request) -> Container:
    name = request.match_info["container"]
    found = pod(request).machine.containers.get(name)
    if found is None:
        raise BadRequest(f"container {name} is not valid for pod {request.match_info['pod']}")
    return found


def running(request: web.Request) -> str:
    """The id of the container, which must run."""
    found = container(request)
    if found.current is None or not found.running:
        raise NotFound(f'container not found ("{found.name}")')
    return found.current.id


def flag(request: web.Request, name: str) -> bool:
    return request.query.get(name, "").lower() in ("1", "true")
