"""`pinnace up`: from nothing, or from whatever is left after a reboot, to a cluster whose node is Ready."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import orjson
from rich.console import Console

from services.cli import cluster as clusters
from services.cli import demo_image, preflight, supervisor
from services.cli.cluster import Cluster
from services.cli.preflight import Refused
from services.foundation import tls
from services.objects.meta import Obj

DEADLINE = 120.0  # seconds for the whole cluster
console = Console(highlight=False)


async def up(wanted: Cluster, *, foreground: bool = False) -> int:
    """The exit code. Safe to repeat: a running cluster is only waited for. Raises Refused."""
    cluster = wanted.resolved()
    began = time.monotonic()
    runs_already = clusters.running_supervisor(cluster.state_dir) is not None
    if runs_already:
        running = clusters.load(cluster.state_dir)
        if running != cluster:
            raise Refused("a cluster with other settings runs in this state directory: run `pinnace down` first")
        console.print(f"cluster in {cluster.state_dir} runs already")
    else:
        await preflight.check(cluster)
        await _prepare(cluster)
        if foreground:
            os.execv(sys.executable, [*_supervisor_command(cluster), "--to-terminal"])
        _start_supervisor(cluster)
    await _wait(cluster)
    seconds = time.monotonic() - began
    if not runs_already:  # `pinnace load` reports it
        (cluster.state_dir / "up.json").write_bytes(orjson.dumps({"seconds": round(seconds, 2)}))
    console.print(f"[bold]cluster is up after {seconds:.1f} s[/bold]\n")
    console.print(_how_to_use(cluster))
    return 0


@asynccontextmanager
async def _phase(name: str) -> AsyncIterator[None]:
    began = time.monotonic()
    yield
    console.print(f"{name:<28}{time.monotonic() - began:6.2f} s")


async def _prepare(cluster: Cluster) -> None:
    cluster.state_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    cluster.save()
    async with _phase("certificates, kubeconfig"):
        cluster.pki.ensure([cluster.node_name], cluster.certificate_names)
        try:
            supervisor.write_kubeconfigs(cluster)
        except ValueError as error:
            raise Refused(f"{error}: mend it, or name another with --kubeconfig") from error
    async with _phase("image pinnace/demo"):
        await demo_image.ensure(cluster.docker)


def _supervisor_command(cluster: Cluster) -> list[str]:
    return [sys.executable, "-m", "services.cli.supervisor", "--state-dir", str(cluster.state_dir)]


def _start_supervisor(cluster: Cluster) -> None:
    cluster.logs.mkdir(parents=True, exist_ok=True)
    with (cluster.logs / "supervisor.log").open("ab") as output:
        subprocess.Popen(
            _supervisor_command(cluster),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )


async def _wait(cluster: Cluster) -> None:
    etcd = tls.client_context(cluster.pki.identity("etcd/client", "etcd/ca"))
    admin = tls.client_context(cluster.pki.identity("admin"))
    deadline = time.monotonic() + DEADLINE
    async with aiohttp.ClientSession() as session:

        async def answers(url: str, context: ssl.SSLContext | None, good: Callable[[Obj], bool] | None = None) -> bool:
            try:
                async with session.get(url, ssl=context or False, timeout=aiohttp.ClientTimeout(5)) as answer:
                    return answer.status == 200 and (good is None or good(await answer.json()))
            except (aiohttp.ClientError, OSError, TimeoutError):
                return False

        async def phase(name: str, question: Callable[[], Awaitable[bool]]) -> None:
            async with _phase(name):
                while not await question():
                    if time.monotonic() > deadline:
                        raise Refused(f"{name} did not come up in {DEADLINE:.0f} s: the reason is in {cluster.logs}")
                    await asyncio.sleep(0.05)

        api, health = cluster.server, cluster.health_port
        node = f"{api}/api/v1/nodes/{cluster.node_name}"
        await phase("etcd", lambda: answers(f"https://127.0.0.1:{cluster.etcd_port}/health", etcd))
        await phase("apiserver", lambda: answers(f"{api}/readyz", admin))
        await phase("controller-manager", lambda: answers(f"http://127.0.0.1:{health}/readyz", None))
        await phase("scheduler", lambda: answers(f"http://127.0.0.1:{health + 2}/readyz", None))
        await phase(f"node {cluster.node_name} Ready", lambda: answers(node, admin, _is_ready))


def _is_ready(node: Obj) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _how_to_use(cluster: Cluster) -> str:
    return f"""The context `pinnace` is in {cluster.kubeconfig} and is the current one. Try:

  kubectl get nodes
  kubectl create deployment hello --image=pinnace/demo --replicas=2
  kubectl expose deployment hello --port=80 --target-port=8080
  kubectl get pods -o wide --watch

  gRPC: 127.0.0.1:{cluster.grpc_port}   logs: {cluster.logs}   stop: pinnace down"""
