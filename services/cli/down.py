"""`pinnace down`: stops the processes, then removes the pods' containers, network and volumes from this machine.

The objects stay in etcd, so the next `up` runs the same cluster again; `--purge` deletes them and everything else.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import aiodocker
import aiohttp
from rich.console import Console

from services.cli import cluster as clusters
from services.cli import kubeconfig, preflight
from services.cli.cluster import Cluster
from services.cli.preflight import Refused
from services.node_agent.engine.docker import DockerEngine
from services.node_agent.network.pod_network import PodNetwork

STOP_DEADLINE = 60.0  # seconds for the supervisor and its children
CONTAINER_GRACE = 10  # seconds between SIGTERM and SIGKILL
console = Console(highlight=False)


async def down(state_dir: Path, *, purge: bool) -> int:
    """The exit code. Safe to repeat. Raises Refused."""
    if os.geteuid() != 0:
        raise Refused("pinnace down removes network interfaces and containers, so it needs root: run it with sudo")
    cluster = clusters.load(state_dir)
    if cluster is None:
        console.print(f"no cluster in {state_dir}")
        return 0
    await _stop_supervisor(cluster)
    removed = await _remove_containers(cluster)
    await PodNetwork(cluster.node_name, cluster.node_ip, cluster.dns_address, "cluster.local").remove()
    _remove_volumes(cluster.state_dir / "node" / "pods")
    if purge:
        kubeconfig.remove(cluster.kubeconfig)
        _purge(cluster.state_dir)
    console.print(f"cluster is down: {removed} containers removed, {'its data deleted' if purge else 'its data kept'}")
    return 0


async def _stop_supervisor(cluster: Cluster) -> None:
    pid = clusters.running_supervisor(cluster.state_dir)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_DEADLINE
    while clusters.running_supervisor(cluster.state_dir) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)  # its children die with it
            break
        await asyncio.sleep(0.05)


async def _remove_containers(cluster: Cluster) -> int:
    """How many there were. Only containers that carry this node's label are touched."""
    await preflight.docker_answers(cluster.docker)
    engine = DockerEngine(cluster.docker, cluster.node_name)
    try:
        pods = await engine.survey()
        containers = [view.id for pod in pods.values() for view in pod.containers]
        sandboxes = [view.id for pod in pods.values() for view in pod.sandboxes]
        try:
            for ids in (containers, sandboxes):  # in this order: a container may still need its network to say goodbye
                await asyncio.gather(*(engine.stop(id, CONTAINER_GRACE) for id in ids))
                await asyncio.gather(*(engine.remove(id) for id in ids))
        except (aiodocker.DockerError, aiohttp.ClientError) as error:
            raise Refused(f"Docker could not remove the pods' containers: {error}") from error
        return len(containers)
    finally:
        await engine.close()


def _remove_volumes(pods: Path) -> None:
    """emptyDirs in memory are mounts: they go first."""
    below = f"{pods}/"
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((point for point in mounts if point.startswith(below)), reverse=True):
        subprocess.run(["umount", "-l", mount], check=True)
    if pods.exists():
        shutil.rmtree(pods)


def _purge(state_dir: Path) -> None:
    """What is in it, and the directory itself unless it is a mount."""
    for path in state_dir.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not state_dir.is_mount():
        state_dir.rmdir()
