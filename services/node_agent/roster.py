"""The pods of this node: one executor for each, fed by the API, by engine events and by a listing once in a while.

The engine's labels say what exists, the API says what is wanted. A container of a pod that the API does not know is
removed only when the apiserver itself has confirmed that there is no such pod: an informer that has just begun, or an
engine shared with somebody else, must never cost anybody a container.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import aiodocker
import aiohttp

from services.foundation import log
from services.node_agent.executor import EXPECTED, Node, PodExecutor
from services.node_agent.pods.events import Observation, Specified, Vanished
from services.objects.meta import Obj, uid_of

logger = log.get(__name__)

ENGINE_TROUBLE = (aiodocker.DockerError, aiohttp.ClientError, OSError, TimeoutError)
ORPHAN_GRACE = 10.0  # seconds for containers whose pod was deleted while the agent was away
GATHER = 0.01  # seconds in which events about one pod become one look
RECONNECT = 1.0  # seconds between attempts to hear the engine's events


class Roster:
    """`run` in a TaskGroup after the informer has been told of `on_pod`."""

    def __init__(
        self, node: Node, gone: Callable[[str, str, str], Awaitable[bool]], sync_period: float, refresh_period: float
    ) -> None:
        """`gone(namespace, name, uid)` asks the apiserver whether that very pod is no more."""
        self._node = node
        self._gone = gone
        self._sync_period = sync_period
        self._refresh_period = refresh_period
        self._executors: dict[str, PodExecutor] = {}
        self._new: asyncio.Queue[PodExecutor] = asyncio.Queue()
        self._removing: set[str] = set()
        self._sync_now = asyncio.Event()
        self._touched: set[str] = set()
        self._touch = asyncio.Event()
        self.engine_problem = "not asked yet"
        self.adopted = asyncio.Event()

    # -- what the API says --------------------------------------------------------------------------------------------

    def on_pod(self, old: Obj | None, new: Obj | None) -> None:
        """An informer's handler for the pods of this node."""
        if old is not None and (new is None or uid_of(old) != uid_of(new)):
            known = self._executors.get(uid_of(old))
            if known is not None:
                known.post(Vanished())
        if new is None:
            return
        executor = self._executors.get(uid_of(new))
        if executor is None:
            executor = self._executors[uid_of(new)] = PodExecutor(uid_of(new), self._node)
            self._new.put_nowait(executor)
        executor.post(Specified(new))

    def executor(self, namespace: str, name: str) -> PodExecutor | None:
        """The newest pod of that name."""
        found = [one for one in self._executors.values() if one.pod and one.pod["metadata"]["name"] == name
                 and one.pod["metadata"].get("namespace") == namespace]  # fmt: skip
        return found[-1] if found else None

    def pods(self) -> list[Obj]:
        return [executor.pod for executor in self._executors.values() if executor.pod]

    # -- running ------------------------------------------------------------------------------------------------------

    async def run(self, synced: asyncio.Event) -> None:
        """Until cancelled. Nothing is started before the API and the engine have both been heard."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_engine())
            group.create_task(self._look_for_ever())
            await synced.wait()
            group.create_task(self._sync_for_ever(group))
            group.create_task(self._refresh_for_ever())
            await self.adopted.wait()
            while True:
                executor = await self._new.get()
                group.create_task(self._run(executor))

    async def _run(self, executor: PodExecutor) -> None:
        """One pod, to its end: the boundary at which its bugs stop."""
        pause = 0.5
        while True:
            try:
                await executor.look()
                await executor.run()
                break
            except ENGINE_TROUBLE as error:
                logger.info("pod waits for the engine", pod=executor.uid, error=str(error))
            except Exception:  # one pod's bug never stops its neighbours
                logger.exception("pod failed", pod=executor.uid)
                executor = self._executors[executor.uid] = self._again(executor)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, 10.0)
        self._executors.pop(executor.uid, None)

    def _again(self, failed: PodExecutor) -> PodExecutor:
        """Begins anew with what the API and the engine say: the machine keeps nothing that they do not know."""
        executor = PodExecutor(failed.uid, self._node)
        executor.post(Specified(failed.pod))
        if failed.machine.vanished:
            executor.post(Vanished())
        return executor

    async def _follow_engine(self) -> None:
        """Events are hints: each makes us look at its pod, and a new stream at everything."""
        while True:
            try:
                async for uid, _ in self._node.engine.events():
                    if uid:
                        self._touched.add(uid)
                        self._touch.set()
                    else:
                        self._node.engine.forget()
                        self._node.network.resync()  # an engine that begins anew makes rules of its own
                        self._sync_now.set()
            except ENGINE_TROUBLE as error:
                logger.info("no events from the engine", error=str(error))
            self._sync_now.set()
            await asyncio.sleep(RECONNECT)

    async def _look_for_ever(self) -> None:
        """One look for all the events of a pod in a moment: a container that starts or ends causes several."""
        while True:
            await self._touch.wait()
            await asyncio.sleep(GATHER)
            self._touch.clear()
            touched, self._touched = self._touched, set()
            for executor in [self._executors[uid] for uid in touched if uid in self._executors]:
                try:
                    await executor.look()
                except ENGINE_TROUBLE as error:
                    logger.info("pod not looked at", pod=executor.uid, error=str(error))
                    self._sync_now.set()

    async def _sync_for_ever(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._sync_now.clear()
            try:
                await self._sync(group)
            except ENGINE_TROUBLE as error:
                if not self.engine_problem:
                    logger.warning("the engine does not answer", error=str(error))
                self.engine_problem = str(error) or type(error).__name__
            else:
                if self.engine_problem:
                    logger.info("the engine answers")
                self.engine_problem = ""
            try:
                async with asyncio.timeout(RECONNECT if self.engine_problem else self._sync_period):
                    await self._sync_now.wait()
                await asyncio.sleep(0.1)
            except TimeoutError:
                continue  # nobody asked for a look; it is time for one all the same

    async def _sync(self, group: asyncio.TaskGroup) -> None:
        survey = await self._node.engine.survey()
        self.adopted.set()
        for uid, executor in list(self._executors.items()):
            if executor.machine.seen is not None and executor.machine.seen != survey.get(uid, Observation()):
                await executor.look()
        strangers = survey.keys() - self._executors.keys() - self._removing
        if strangers:
            names = await self._node.engine.pods()
            for uid in strangers & names.keys():
                self._removing.add(uid)
                group.create_task(self._remove_orphan(uid, *names[uid]))
        for uid in self._node.volumes.orphans(self._executors.keys() | survey.keys() | self._removing):
            await self._forget_folder(uid)

    async def _remove_orphan(self, uid: str, namespace: str, name: str) -> None:
        """The pod was deleted by force while nobody was here to see it."""
        try:
            if uid in self._executors or not await self._gone(namespace, name, uid):
                return
            logger.info("removing what is left of a deleted pod", pod=name, namespace=namespace, uid=uid)
            left = await self._node.engine.observe(uid)
            await asyncio.gather(*(self._node.engine.stop(view.id, ORPHAN_GRACE) for view in left.containers))
            await self._node.network.detach(uid)
            for id in [*(one.id for one in left.containers), *(one.id for one in left.sandboxes)]:
                await self._node.engine.remove(id)
            await self._node.volumes.remove(uid)
        except EXPECTED as error:
            logger.warning("leftovers stay for now", pod=name, namespace=namespace, error=str(error))
        finally:
            self._removing.discard(uid)

    async def _forget_folder(self, uid: str) -> None:
        """A pod's folder without pod and containers: of an engine that was emptied, or a crash at the very end."""
        try:
            await self._node.volumes.remove(uid)
        except OSError as error:
            logger.warning("a pod's folder stays for now", uid=uid, error=str(error))

    async def _refresh_for_ever(self) -> None:
        """ConfigMaps, Secrets and tokens in volumes."""
        while True:
            await asyncio.sleep(self._refresh_period)
            for executor in list(self._executors.values()):
                try:
                    await executor.refresh()
                except EXPECTED as error:
                    logger.info("volumes not refreshed", pod=executor.uid, error=str(error))
