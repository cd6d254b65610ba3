"""`pinnace up`: from nothing, or from whatever is left after a reboot, to a cluster whose node is Ready."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from rich.console import Console

from services.cli import cluster as clusters
from services.cli import demo_image, preflight, readiness, supervisor
from services.cli.cluster import Cluster
from services.cli.preflight import Refused

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
    await readiness.wait(cluster, phase=_phase)
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


def _how_to_use(cluster: Cluster) -> str:
    return f"""The context `pinnace` is in {cluster.kubeconfig} and is the current one. Try:

  kubectl get nodes
  kubectl create deployment hello --image=pinnace/demo --replicas=2
  kubectl expose deployment hello --port=80 --target-port=8080
  kubectl get pods -o wide --watch

  gRPC: 127.0.0.1:{cluster.grpc_port}   logs: {cluster.logs}   stop: pinnace down"""
