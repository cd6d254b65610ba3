"""Lifecycle hooks of containers: postStart and preStop."""

from __future__ import annotations

import asyncio

import aiodocker
import aiohttp

from services.node_agent.engine.docker import DockerEngine
from services.node_agent.probes.probe import port_of
from services.objects.meta import Obj

POST_START_DEADLINE = 600.0


class HookFailed(Exception):
    """The message is for an event."""


async def run(engine: DockerEngine, container: Obj, id: str, address: str, handler: Obj, timeout: float) -> None:
    """Returns when the hook has ended well within `timeout` seconds; raises HookFailed otherwise."""
    try:
        async with asyncio.timeout(timeout):
            if handler.get("exec"):
                code, output = await engine.run(id, list(handler["exec"].get("command") or ()), timeout)
                if code:
                    raise HookFailed(f"command exited with {code}: {output}")
            elif handler.get("httpGet"):
                await _http(container, address, handler["httpGet"], timeout)
            elif handler.get("sleep"):
                await asyncio.sleep(float(handler["sleep"].get("seconds") or 0))
    except TimeoutError as error:
        raise HookFailed(f"no end within {timeout:g}s") from error
    except (aiohttp.ClientError, aiodocker.DockerError, ValueError) as error:
        raise HookFailed(str(error)) from error


async def _http(container: Obj, address: str, get: Obj, timeout: float) -> None:
    port = port_of(container, get["port"])
    url = f"{str(get.get('scheme') or 'HTTP').lower()}://{get.get('host') or address}:{port}{get.get('path') or '/'}"
    headers = {header["name"]: header["value"] for header in get.get("httpHeaders") or ()}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session,
        session.get(url, headers=headers, ssl=False) as response,
    ):
        if response.status >= 400:
            raise HookFailed(f"HTTP {response.status}")
