"""What the agent says to the apiserver: statuses in batches, the node's lease, the last step of a pod's deletion.

Only the newest status of a pod counts, so a status that is still waiting is replaced, not queued behind. What the
apiserver could not take is offered again until it can; what it refuses for good (the pod is gone) is dropped.
"""

from __future__ import annotations

import asyncio
from typing import Any

from services.client.sdk import Client
from services.foundation import log
from services.node_agent.pods.actions import Emit
from services.node_agent.recorder import Recorder
from services.node_agent.tunnel import Sessions, status
from services.objects.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, StatusError
from services.objects.meta import Obj, name_of, namespace_of, uid_of

logger = log.get(__name__)

COALESCE = 0.03  # seconds in which statuses gather to one report
RETRY_FIRST, RETRY_MOST = 0.25, 5.0
BATCH = 100
FOR_GOOD = (NotFound, Conflict, Invalid, Forbidden, BadRequest)


class StatusReporter:
    """Keeps what is to be said until it has been said; `run` in a TaskGroup."""

    def __init__(self, sessions: Sessions, client: Client, recorder: Recorder, lease_seconds: int) -> None:
        self._sessions = sessions
        self._client = client
        self._recorder = recorder
        self._lease_seconds = lease_seconds
        self._waiting: dict[str, tuple[str, Obj, Obj]] = {}  # uid -> resource, object, status
        self._wake = asyncio.Event()
        self._written = asyncio.Condition()
        self._lease_due = 0.0

    def report(self, pod: Obj, pod_status: Obj) -> None:
        self._offer("pods", pod, pod_status)

    def report_node(self, node: Obj, node_status: Obj) -> None:
        self._offer("nodes", node, node_status)

    def emit(self, pod: Obj, event: Emit) -> None:
        self._recorder.about_pod(pod, event)

    async def delete(self, pod: Obj) -> None:
        """Raises StatusError when the apiserver does not answer; a pod that is gone or another's is deleted."""
        async with self._written:
            await self._written.wait_for(lambda: uid_of(pod) not in self._waiting)
        try:
            await self._client.pods(namespace_of(pod)).delete(name_of(pod), grace_period=0, uid=uid_of(pod))
        except (NotFound, Conflict) as error:
            logger.debug("pod was deleted already", pod=name_of(pod), why=error.message)

    async def run(self) -> None:
        """Reports until cancelled; renews the lease every quarter of its duration."""
        loop = asyncio.get_running_loop()
        retry = RETRY_FIRST
        while True:
            try:
                async with asyncio.timeout_at(self._lease_due):
                    await self._wake.wait()
                await asyncio.sleep(COALESCE)
            except TimeoutError:
                pass  # nothing new; the lease is due
            self._wake.clear()
            renew = loop.time() >= self._lease_due
            try:
                await self._send(renew)
            except StatusError as error:
                logger.info("report not taken", error=error.message, retry_in=retry)
                await asyncio.sleep(retry)
                retry = min(retry * 2, RETRY_MOST)
                self._wake.set()
                continue
            retry = RETRY_FIRST
            if renew:
                self._lease_due = loop.time() + self._lease_seconds / 4

    def _offer(self, resource: str, obj: Obj, obj_status: Obj) -> None:
        self._waiting[uid_of(obj)] = (resource, obj, obj_status)
        self._wake.set()

    async def _send(self, renew: bool) -> None:
        batch = dict(list(self._waiting.items())[:BATCH])
        if not batch and not renew:
            return
        lines: list[Any] = [status(resource, obj, {"status": said}) for resource, obj, said in batch.values()]
        results = await self._sessions.report(lines, renew, lease_seconds=self._lease_seconds)
        again = 0
        for (uid, (_, obj, said)), result in zip(batch.items(), results, strict=True):
            if isinstance(result, FOR_GOOD):
                logger.info("status refused", name=name_of(obj), why=result.message)
            elif isinstance(result, StatusError):
                again += 1
                continue
            if uid in self._waiting and self._waiting[uid][2] is said:
                del self._waiting[uid]
        async with self._written:
            self._written.notify_all()
        if again:
            raise next(result for result in results if isinstance(result, StatusError))
        if self._waiting:
            self._wake.set()
