"""One probe of a container: a command in it, or HTTP, TCP or gRPC to the pod's address.

Network probes go from the node to the pod's address, as the kubelet's do, so they see what a Service would see.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from typing import NamedTuple

import aiohttp
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.node_agent.engine.docker import DockerEngine
from services.objects.meta import Obj

USER_AGENT = "kube-probe/1.36"
BODY_LIMIT = 10 * 1024  # bytes read of an answer
SHOWN = 512  # characters of it in a message


class Result(NamedTuple):
    ok: bool
    output: str


def timeout_of(probe: Obj) -> float:
    return float(probe.get("timeoutSeconds") or 1)


def port_of(container: Obj, port: int | str) -> int:
    """A number, or the name of a container port. Raises ValueError."""
    if isinstance(port, int):
        return port
    if str(port).isdigit():
        return int(port)
    for one in container.get("ports") or ():
        if one.get("name") == port:
            return int(one["containerPort"])
    raise ValueError(f"couldn't find port: {port!r} in container {container['name']}")


async def run(engine: DockerEngine, container: Obj, id: str, address: str, probe: Obj) -> Result:
    """Never raises for what the container does; the deadline is the probe's own."""
    try:
        async with asyncio.timeout(timeout_of(probe) + 0.1):
            if probe.get("exec"):
                return await _exec(engine, id, probe)
            if probe.get("httpGet"):
                return await _http(container, address, probe["httpGet"], timeout_of(probe))
            if probe.get("tcpSocket"):
                return await _tcp(container, address, probe["tcpSocket"])
            if probe.get("grpc"):
                return await _grpc(address, probe["grpc"], timeout_of(probe))
    except TimeoutError:
        return Result(False, f"timeout: no answer within {timeout_of(probe):g}s")
    except ValueError as error:
        return Result(False, str(error))
    return Result(False, "the probe has no handler")


async def _exec(engine: DockerEngine, id: str, probe: Obj) -> Result:
    code, output = await engine.run(id, list(probe["exec"].get("command") or ()), timeout_of(probe))
    return Result(code == 0, output[:SHOWN] if code else "")


async def _http(container: Obj, address: str, get: Obj, timeout: float) -> Result:
    """200 to 399 is success. Certificates are not checked and redirects to other hosts not followed."""
    port = port_of(container, get["port"])
    scheme = str(get.get("scheme") or "HTTP").lower()
    host = get.get("host") or address
    path = get.get("path") or "/"
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{'' if path.startswith('/') else '/'}{path}"
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
    headers |= {header["name"]: header["value"] for header in get.get("httpHeaders") or ()}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=context, force_close=True)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=timeout)) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            body = (await response.content.read(BODY_LIMIT)).decode(errors="replace")
            if 200 <= response.status < 400:
                return Result(True, "")
            return Result(False, f"HTTP probe failed with statuscode: {response.status} {body[:SHOWN]}".strip())
    except aiohttp.ClientConnectorError as error:
        return Result(False, f'Get "{url}": {_undialled(host, port, error.os_error)}')
    except aiohttp.ClientError as error:
        return Result(False, f'Get "{url}": {error}')


async def _tcp(container: Obj, address: str, tcp: Obj) -> Result:
    port = port_of(container, tcp["port"])
    host = tcp.get("host") or address
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return Result(False, _undialled(host, port, error))
    writer.close()
    return Result(True, "")


def _undialled(host: str, port: int, error: OSError) -> str:
    """In the words of the kubelet's dialler; asyncio's own name a Python call instead of the system's reason."""
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
    return f"dial tcp {host}:{port}: connect: {why.lower()}"


async def _grpc(address: str, probe: Obj, timeout: float) -> Result:
    async with grpc.aio.insecure_channel(f"{address}:{probe['port']}") as channel:
        try:
            request = health_pb2.HealthCheckRequest(service=probe.get("service") or "")
            answer = await health_pb2_grpc.HealthStub(channel).Check(request, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            return Result(False, f"rpc error: code = {error.code().name} desc = {error.details()}")
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return Result(True, "")
    name = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    return Result(False, f'service unhealthy (responded with "{name}")')
