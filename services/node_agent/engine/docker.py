"""Docker, as far as pods need it, by way of aiodocker.

The labels on containers are the registry: a listing by label is the whole truth about a pod, and nothing without our
node's label is ever touched. Names are deterministic, so creating is idempotent: a name that is taken is either ours
from before a crash, or released late by a removal and worth waiting for.

Rejected: aiodocker's event channel (it falls silent after dockerd restarts), its `create_or_replace` (Docker resolves
names by id prefix too, so it can delete a stranger) and its log reader (it drops bytes that are not UTF-8).
"""

from __future__ import annotations

import asyncio
import struct
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any

import aiodocker
import aiohttp
import orjson
from yarl import URL

from services.foundation import log
from services.node_agent.engine import config as words
from services.node_agent.pods.events import ContainerView, Observation, SandboxView
from services.objects import times

logger = log.get(__name__)

NAME_DEADLINE = 10.0  # seconds to wait for a name that a removed container still holds
MESSAGE_LIMIT = 4096  # bytes of a termination message
FALLBACK_LINES, FALLBACK_BYTES = 80, 2048  # of the log, where the policy is FallbackToLogsOnError
CAP_SYS_RESOURCE = 24
STOP_SLACK = 30.0  # seconds beyond the grace period after which a stop has failed


class DockerEngine:
    """The containers of one node. `url` is unix:///var/run/docker.sock or tcp://...; `node` is written into labels."""

    def __init__(self, url: str, node: str) -> None:
        timeout = aiohttp.ClientTimeout(total=60, sock_connect=5)
        # A connector of our own: the default one allows a hundred connections, and every log that is followed is one.
        connector = aiohttp.UnixConnector(url.removeprefix("unix://"), limit=0) if url.startswith("unix://") else None
        place = "unix://localhost" if connector is not None else url
        self.docker = aiodocker.Docker(url=place, connector=connector, timeout=timeout)
        self._connector = connector
        self.node = node
        self._views: dict[str, tuple[str, SandboxView | ContainerView]] = {}

    async def close(self) -> None:
        await self.docker.close()
        if self._connector is not None:
            await self._connector.close()

    # -- what is there ------------------------------------------------------------------------------------------------

    async def survey(self) -> dict[str, Observation]:
        """Every pod of this node that has containers, by uid. Raises DockerError."""
        rows = await self._rows([f"{words.NODE}={self.node}"])
        by_uid: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_uid[row["Labels"].get(words.POD_UID, "")].append(row)
        known = {row["Id"] for row in rows}
        self._views = {id: view for id, view in self._views.items() if id in known}
        return {uid: await self._observation(rows) for uid, rows in by_uid.items()}

    async def observe(self, uid: str) -> Observation:
        return await self._observation(await self._rows([f"{words.NODE}={self.node}", f"{words.POD_UID}={uid}"]))

    async def pods(self) -> dict[str, tuple[str, str]]:
        """(namespace, name) by uid of every pod that has containers here."""
        rows = await self._rows([f"{words.NODE}={self.node}"])
        return {row["Labels"].get(words.POD_UID, ""): (row["Labels"].get(words.POD_NAMESPACE, ""),
                row["Labels"].get(words.POD_NAME, "")) for row in rows}  # fmt: skip

    def forget(self, id: str | None = None) -> None:
        """What is known of a container (of all) may be wrong: look again next time."""
        if id is None:
            self._views.clear()
        else:
            self._views.pop(id, None)

    async def _rows(self, labels: list[str]) -> list[dict[str, Any]]:
        filters = orjson.dumps({"label": labels}).decode()
        rows: list[dict[str, Any]] = await self.docker._query_json(
            "containers/json", params={"all": "1", "filters": filters}
        )
        return rows

    async def _observation(self, rows: list[dict[str, Any]]) -> Observation:
        views = [view for row in rows if (view := await self._view(row)) is not None]
        return Observation(
            tuple(sorted((v for v in views if isinstance(v, SandboxView)), key=lambda v: v.attempt)),
            tuple(sorted((v for v in views if isinstance(v, ContainerView)), key=lambda v: (v.name, v.attempt))),
        )

    async def _view(self, row: dict[str, Any]) -> SandboxView | ContainerView | None:
        """A listing has no exit codes and times: those are asked for once per change of state."""
        known = self._views.get(row["Id"])
        if known is not None and known[0] == row["State"]:
            return known[1]
        try:
            detail = await self.docker._query_json(f"containers/{row['Id']}/json")
        except aiodocker.DockerError as error:
            if error.status == 404:
                return None
            raise
        view = await self._described(detail)
        if row["State"] == detail["State"]["Status"]:
            self._views[row["Id"]] = (row["State"], view)
        return view

    async def _described(self, detail: dict[str, Any]) -> SandboxView | ContainerView:
        labels, state = detail["Config"]["Labels"], detail["State"]
        attempt = int(labels.get(words.ATTEMPT, "0"))
        if labels.get(words.TYPE) == "podsandbox":
            return SandboxView(detail["Id"], attempt, bool(state["Running"]), state.get("Pid") or 0)
        refused = state["Status"] == "created" and bool(state.get("ExitCode"))
        exited = refused or state["Status"] in ("exited", "dead", "removing")
        code = int(state.get("ExitCode") or 0)
        reason = "OOMKilled" if state.get("OOMKilled") and code else ""
        message = ""
        if refused:
            code, reason, message = 128, "StartError", state.get("Error") or ""
        elif exited:
            message = await self._termination_message(detail["Id"], labels, code)
        finished = _moment(state.get("FinishedAt"))
        return ContainerView(
            id=detail["Id"], name=labels[words.CONTAINER], attempt=attempt, sandbox=labels.get(words.SANDBOX, ""),
            state="exited" if exited else ("created" if state["Status"] == "created" else "running"),
            hash=labels.get(words.HASH, ""), image=labels.get(words.IMAGE, ""), image_id=detail["Image"],
            exit_code=code if exited else 0, reason=reason, message=message if exited else "",
            started_at=_moment(state.get("StartedAt")) or (_moment(detail["Created"]) if refused else None),
            finished_at=(finished or _moment(detail["Created"])) if exited else None,
        )  # fmt: skip

    async def _termination_message(self, id: str, labels: Mapping[str, str], code: int) -> str:
        path = Path(labels.get(words.MESSAGE_PATH) or "/nonexistent")
        text = b""
        if path.is_file():  # noqa: ASYNC240 - a few bytes on a local disk
            with path.open("rb") as file:  # noqa: ASYNC230
                text = file.read(MESSAGE_LIMIT)
        if not text and code and labels.get(words.MESSAGE_POLICY) == "FallbackToLogsOnError":
            chunks = [chunk async for _, chunk in self.logs(id, tail=str(FALLBACK_LINES))]
            text = b"".join(chunks)[-FALLBACK_BYTES:]
        return text.decode(errors="replace")

    async def events(self) -> AsyncGenerator[tuple[str, str], None]:
        """(pod uid, container id) of every change to our containers; ends or raises when dockerd goes away.

        Hints only: before the first one is yielded ("", "") says that the stream is open, and that everything may
        have changed before.
        """
        filters = {"type": ["container"], "label": [f"{words.NODE}={self.node}"],
                   "event": ["create", "start", "die", "oom", "destroy", "restart"]}  # fmt: skip
        timeout = aiohttp.ClientTimeout(sock_connect=5)
        params = {"filters": orjson.dumps(filters).decode()}
        async with self.docker._query("events", params=params, timeout=timeout) as response:
            try:
                yield "", ""
                async for line in response.content:
                    event = orjson.loads(line)
                    actor = event.get("Actor") or {}
                    self.forget(actor.get("ID", ""))
                    yield (actor.get("Attributes") or {}).get(words.POD_UID, ""), actor.get("ID", "")
            finally:
                response.close()

    # -- changes ------------------------------------------------------------------------------------------------------

    async def create(self, name: str, body: dict[str, Any]) -> str:
        """The id of a container of exactly this name that does not run yet; one left by a crash is replaced."""
        deadline = asyncio.get_running_loop().time() + NAME_DEADLINE
        while True:
            try:
                created = await self.docker._query_json(
                    "containers/create", "POST", params={"name": name}, data=orjson.dumps(body)
                )
                return str(created["Id"])
            except aiodocker.DockerError as error:
                if error.status != 409 or asyncio.get_running_loop().time() > deadline:
                    raise
            await self._make_way(name)

    async def _make_way(self, name: str) -> None:
        """Removes our own stopped container of this name; waits where it is going away already."""
        rows = await self._rows([f"{words.NODE}={self.node}"])
        holder = next((row for row in rows if f"/{name}" in row["Names"]), None)
        if holder is None:
            await asyncio.sleep(0.2)
        elif holder["State"] == "running":
            raise aiodocker.DockerError(409, f"the container {name} runs already")
        else:
            await self.remove(holder["Id"])

    async def start(self, id: str) -> None:
        async with self.docker._query(f"containers/{id}/start", "POST"):
            self.forget(id)

    async def stop(self, id: str, grace: float) -> None:
        """Returns when the container has ended: its stop signal, then SIGKILL after `grace` seconds."""
        timeout = aiohttp.ClientTimeout(total=grace + STOP_SLACK, sock_connect=5)
        try:
            if grace <= 0:
                async with self.docker._query(f"containers/{id}/kill", "POST", timeout=timeout):
                    pass
                await self.docker._query_json(f"containers/{id}/wait", "POST", timeout=timeout)
            else:
                async with self.docker._query(f"containers/{id}/stop", "POST", params={"t": str(round(grace))},
                                              timeout=timeout):  # fmt: skip
                    pass
        except aiodocker.DockerError as error:
            if error.status not in (304, 404, 409):  # stopped, gone, or not running
                raise
        finally:
            self.forget(id)

    async def remove(self, id: str) -> None:
        """Kills it if it runs; done when it is gone, however that came about."""
        try:
            async with self.docker._query(f"containers/{id}", "DELETE", params={"force": "1", "v": "1"}):
                pass
        except aiodocker.DockerError as error:
            if error.status != 404 and not (error.status == 409 and "already in progress" in error.message):
                raise
        finally:
            self.forget(id)

    # -- streams ------------------------------------------------------------------------------------------------------

    async def logs(
        self, id: str, *, follow: bool = False, tail: str = "all", since: float = 0, timestamps: bool = False
    ) -> AsyncGenerator[tuple[int, bytes], None]:
        """(1 or 2 for stdout or stderr, bytes); with `follow` it ends with the container. `since` is Unix time."""
        tty = (await self.docker._query_json(f"containers/{id}/json"))["Config"]["Tty"]
        params = {"stdout": "1", "stderr": "1", "follow": "1" if follow else "0", "tail": tail,
                  "timestamps": "1" if timestamps else "0", "since": f"{since:.9f}"}  # fmt: skip
        timeout = aiohttp.ClientTimeout(sock_connect=5)
        async with self.docker._query(f"containers/{id}/logs", params=params, timeout=timeout) as response:
            try:
                frames = _plain(response.content) if tty else _frames(response.content)
                async with aclosing(frames):
                    async for frame in frames:
                        yield frame
            finally:
                response.close()

    async def run(self, id: str, command: list[str], timeout: float) -> tuple[int, str]:
        """(exit code, output) of a command in a running container, for probes and hooks; raises TimeoutError."""
        exec = await self.docker.containers.container(id).exec(command, stdout=True, stderr=True)
        output = bytearray()
        async with asyncio.timeout(timeout):
            async with exec.start(detach=False) as stream:
                while (message := await stream.read_out()) is not None:
                    output += message.data[: max(0, 10_240 - len(output))]
            code = (await exec.inspect())["ExitCode"]
        return int(code if code is not None else -1), output.decode(errors="replace")

    # -- the engine itself --------------------------------------------------------------------------------------------

    async def info(self) -> dict[str, Any]:
        return dict(await self.docker._query_json("info"))

    async def images(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self.docker._query_json("images/json")
        return rows

    async def inspect_image(self, name: str) -> dict[str, Any] | None:
        """None when it is not here."""
        try:
            return dict(await self.docker._query_json(URL(f"images/{name}/json", encoded=True)))
        except aiodocker.DockerError as error:
            if error.status in (400, 404):
                return None
            raise


def least_oom_score() -> int:
    """-1000 with CAP_SYS_RESOURCE, else 0: without it (nested engines) runc fails to lower a score below its own."""
    lines = Path("/proc/self/status").read_text().splitlines()
    effective = next(line for line in lines if line.startswith("CapEff"))
    return -1000 if int(effective.split()[1], 16) >> CAP_SYS_RESOURCE & 1 else 0


async def _frames(content: aiohttp.StreamReader) -> AsyncGenerator[tuple[int, bytes], None]:
    """Docker's multiplexed stream: a header of stream number and length before every frame."""
    while True:
        try:
            number, length = struct.unpack(">BxxxL", await content.readexactly(8))
            yield number, await content.readexactly(length)
        except asyncio.IncompleteReadError:
            return


async def _plain(content: aiohttp.StreamReader) -> AsyncGenerator[tuple[int, bytes], None]:
    async for chunk in content.iter_any():
        yield 1, chunk


def _moment(text: str | None) -> datetime | None:
    """Docker writes the year 1 for never."""
    return times.parse(text) if text and not text.startswith("0001") else None
