"""Lifecycle hooks of containers: postStart and preStop.

What a hook said may hold what its container keeps secret: it goes into the log of the node and the container's state,
never into an event, which more people read.
"""

from __future__ import annotations

import asyncio
import json

import aiodocker
import aiohttp

from services.node_agent.engine.docker import DockerEngine
from services.node_agent.probes.probe import port_of
from services.objects.meta import Obj, name_of, namespace_of, uid_of

POST_START_DEADLINE = 600.0
USER_AGENT = "kube-lifecycle/1.36"


class HookFailed(Exception):
    """The message says all there is to know, in the kubelet's words."""


async def run(
    engine: DockerEngine, pod: Obj, container: Obj, id: str, address: str, handler: Obj, timeout: float
) -> None:
    """Returns when the hook has ended well; raises HookFailed, or TimeoutError after `timeout` seconds."""
    whose = f'for Container "{container["name"]}" in Pod "{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"'
    async with asyncio.timeout(timeout):
        if handler.get("exec"):
            command = [*(handler["exec"].get("command") or ())]
            which = f"Exec lifecycle hook ([{' '.join(command)}]) {whose}"
            await _exec(engine, id, command, timeout, which)
        elif handler.get("httpGet"):
            which = f"HTTP lifecycle hook ({handler['httpGet'].get('path') or '/'}) {whose}"
            try:
                await _http(container, address, handler["httpGet"])
            except (aiohttp.ClientError, ValueError) as error:
                raise HookFailed(f"{which} failed - error: {error}") from error
        elif handler.get("sleep"):
            await asyncio.sleep(float(handler["sleep"].get("seconds") or 0))


async def _exec(engine: DockerEngine, id: str, command: list[str], timeout: float, which: str) -> None:
    try:
        code, output = await engine.run(id, command, timeout)
    except aiodocker.DockerError as error:
        raise HookFailed(f'{which} failed - error: {error.message}, message: ""') from error
    if code:
        ended = f"command '{' '.join(command)}' exited with {code}: {output}"
        raise HookFailed(f"{which} failed - error: {ended}, message: {json.dumps(output, ensure_ascii=False)}")


async def _http(container: Obj, address: str, get: Obj) -> None:
    """Any answer is a success, whatever its status: so it is with the kubelet."""
    scheme, host = str(get.get("scheme") or "HTTP").lower(), get.get("host") or address
    path = get.get("path") or "/"
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port_of(container, get['port'])}" \
          f"{'' if path.startswith('/') else '/'}{path}"  # fmt: skip
    headers = {"User-Agent": USER_AGENT} | {header["name"]: header["value"] for header in get.get("httpHeaders") or ()}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
        session.get(url, headers=headers, ssl=False),
    ):
        return
