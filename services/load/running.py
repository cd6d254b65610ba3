"""From `kubectl apply` to a running container, where there are nodes: what a user waits for.

kubectl itself is part of it when it is on the PATH and there is a kubeconfig; otherwise the pod is created directly.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from services.load.ground import Ground, Refused, checked
from services.load.http import HttpError
from services.load.report import Measure, quantile

DEADLINE = 60.0
ROUNDS = 5


def kubectl() -> str | None:
    return shutil.which("kubectl")


async def measure(ground: Ground, image: str, kubeconfig: Path | None, context: str) -> Measure:
    """One pod after the other, each on a quiet cluster; latencies are from the command's start to Running."""
    program = kubectl() if kubeconfig is not None else None
    command = [program, "--kubeconfig", str(kubeconfig)] if program else []
    if command and context:
        command += ["--context", context]
    latencies = [await _once(ground, _pod(f"run-{turn}", image), command) for turn in range(ROUNDS)]
    latencies.sort()
    return Measure("apply to running" if command else "create to running", "pods/s", ROUNDS, sum(latencies),
                   quantile(latencies, 0.5), quantile(latencies, 0.99))  # fmt: skip


def _pod(name: str, image: str) -> dict[str, Any]:
    container = {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent"}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "run"}}, "spec": spec}


async def _once(ground: Ground, pod: dict[str, Any], command: list[str]) -> float:
    name = pod["metadata"]["name"]
    watching = await ground.endpoint.connect()
    following = _Following()
    try:
        async with asyncio.timeout(DEADLINE):
            listed = await watching.request(ground.list(limit="1"))
            revision = checked(listed, "the pods cannot be listed")["metadata"]["resourceVersion"]
            request = ground.list(watch="1", fieldSelector=f"metadata.name%3D{name}", resourceVersion=revision)
            checked(await watching.stream(request, following.sink), "the pods cannot be watched")
            began = perf_counter()
            await _make(ground, pod, command)
            await following.running.wait()
            return perf_counter() - began
    except TimeoutError:
        raise Refused(f"the pod {name} does not run after {DEADLINE:.0f} s: {following.why}") from None
    except HttpError as error:
        raise Refused(f"the pod {name} cannot be followed: {error}") from None
    finally:
        watching.close()
        await _delete(ground, name)


async def _make(ground: Ground, pod: dict[str, Any], command: list[str]) -> None:
    if command:
        arguments = [*command, "--namespace", ground.namespace, "apply", "-f", "-"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe, stderr=pipe)
        _, complaint = await process.communicate(orjson.dumps(pod))
        if process.returncode:
            raise Refused(f"kubectl apply: {complaint.decode(errors='replace').strip()}")
        return
    connection = await ground.endpoint.connect()
    body = ground.endpoint.requests.make("POST", ground.pods_path, orjson.dumps(pod))
    try:
        checked(await connection.request(body), "the pod cannot be made")
    finally:
        connection.close()


class _Following:
    """Reads the watch of one pod; `why` is what keeps it from running, as far as its status says."""

    def __init__(self) -> None:
        self.running = asyncio.Event()
        self.why = "it was never seen"
        self._rest = b""

    def sink(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            status = orjson.loads(line)["object"].get("status") or {}
            states = [each.get("state") or {} for each in status.get("containerStatuses") or ()]
            if any("running" in state for state in states):
                self.running.set()
            said = [each.get("message") for each in status.get("conditions") or () if each.get("status") == "False"]
            said += [(state.get("waiting") or {}).get("reason") for state in states]
            self.why = "; ".join(filter(None, said)) or f"it is {status.get('phase', 'without a status')}"


async def _delete(ground: Ground, name: str) -> None:
    connection = await ground.endpoint.connect()
    try:
        await connection.request(ground.endpoint.requests.make("DELETE", f"{ground.pods_path}/{name}"))
    finally:
        connection.close()
