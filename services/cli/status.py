"""`pinnace status`: what runs, since when, and how the node is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from rich.console import Console
from rich.table import Table

from services.cli import cluster as clusters
from services.cli.cluster import Cluster
from services.foundation import tls

console = Console(highlight=False)


async def status(state_dir: Path) -> int:
    """0 when everything runs and the node is Ready, 1 otherwise."""
    cluster = clusters.load(state_dir)
    if cluster is None:
        console.print(f"no cluster in {state_dir}: `pinnace up` makes one")
        return 1
    pid = clusters.running_supervisor(cluster.state_dir)
    if pid is None:
        console.print(f"the cluster in {cluster.state_dir} is down: `pinnace up` starts it")
        return 1
    children: dict[str, dict[str, Any]] = orjson.loads((cluster.state_dir / "status.json").read_bytes())
    table = Table(box=None, pad_edge=False)
    for heading in ("PROCESS", "PID", "UP", "RESTARTS", "MEMORY"):
        table.add_column(heading, justify="left" if heading == "PROCESS" else "right")
    for name, child in children.items():
        if child["pid"]:
            uptime, memory = f"{time.time() - child['started']:.0f} s", f"{resident_memory(child['pid']) >> 20} MiB"
            table.add_row(name, str(child["pid"]), uptime, str(max(child["restarts"], 0)), memory)
        else:
            table.add_row(name, "-", f"exited with {child['last_exit']}", str(max(child["restarts"], 0)), "-")
    console.print(table)
    ready = await _node_says(cluster)
    console.print(f"\nnode {cluster.node_name}: {ready}\nAPI: {cluster.server}   logs: {cluster.logs}")
    return 0 if ready == "Ready" and all(child["pid"] for child in children.values()) else 1


def resident_memory(pid: int) -> int:
    """Bytes; 0 when the process is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * 4096


async def _node_says(cluster: Cluster) -> str:
    url = f"{cluster.server}/api/v1/nodes/{cluster.node_name}"
    context = tls.client_context(cluster.pki.identity("admin"))
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, ssl=context, timeout=aiohttp.ClientTimeout(5)) as answer,
        ):
            node = await answer.json()
            if answer.status != 200:
                return f"unknown ({node.get('message', answer.status)})"
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"unknown (the apiserver does not answer: {error})"
    for condition in node.get("status", {}).get("conditions", ()):
        if condition["type"] == "Ready":
            return "Ready" if condition["status"] == "True" else f"NotReady ({condition.get('message', '')})"
    return "unknown (it has not reported yet)"
