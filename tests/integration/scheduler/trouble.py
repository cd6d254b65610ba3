"""An apiserver that answers no bind the first time, and many others late, wrongly or never; the cluster changes
meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import orjson

from services.client.sdk import Binding
from services.objects.errors import Conflict, ServiceUnavailable, StatusError, Timeout
from services.objects.kinds import NODE, POD
from services.storage import keys
from services.storage.memory import MemoryStore
from services.storage.store import Remove, Written
from tests.integration.scheduler.conftest import Apiserver

FATES = ("answered", "answered", "away", "lost", "written and lost", "lost and written later")


class Trouble(Apiserver):
    """`seen` counts what happened, so that a test knows it did. `vanishing`: whether nodes and pods go."""

    def __init__(self, store: MemoryStore, rng: Random, vanishing: bool = True) -> None:
        super().__init__(store, store)
        self.rng = rng
        self.vanishing = vanishing
        self.seen: Counter[str] = Counter()
        self.calls_under_way: set[asyncio.Task[Any]] = set()
        self._refused: set[str] = set()

    async def bind(
        self, bindings: Sequence[Binding], fence: Any = None, *, timeout: float | None = None
    ) -> list[str | StatusError]:
        fate = self.rng.choice(FATES)
        self.seen[fate] += 1
        if fate == "away":
            raise ServiceUnavailable("nobody is there")
        if fate == "lost":
            raise Timeout("the call was lost")
        call = asyncio.create_task(self._all(bindings, fence))
        self.calls_under_way.add(call)
        if fate == "lost and written later":
            raise Timeout("no answer yet")
        answers = await call
        if fate == "written and lost":
            raise Timeout("the answer was lost")
        return answers

    async def _all(self, bindings: Sequence[Binding], fence: Any) -> list[str | StatusError]:
        gone = await self._vanish(bindings) if self.vanishing else None
        answers = [await self._one(binding, fence) for binding in bindings]
        if gone is not None:
            await self.node(gone, cpu="1")
        return answers

    async def _one(self, binding: Binding, fence: Any) -> str | StatusError:
        if binding.uid not in self._refused:
            self._refused.add(binding.uid)
            self.seen["refused"] += 1
            return Conflict("everything conflicts once")
        (answer,) = await super().bind([binding], fence)
        if isinstance(answer, StatusError):
            self.seen[answer.reason] += 1
        return answer

    async def _vanish(self, bindings: Sequence[Binding]) -> str | None:
        """Of what is being bound. Returns the name of a node that has to be made again."""
        victim = self.rng.choice(bindings)
        if self.rng.random() < 0.3:
            await self._replace(victim)
        if self.rng.random() < 0.3:
            outcome = await self.writer.commit(Remove(keys.key(NODE, "", victim.node)))
            if isinstance(outcome, Written):  # nobody else was quicker
                self.seen["node gone"] += 1
                return victim.node
        return None

    async def _replace(self, victim: Binding) -> None:
        """The pod goes; every other time another one of that name comes at once."""
        entry = await self.reader.get(keys.key(POD, victim.namespace, victim.name))
        if entry is None:
            return
        pod = orjson.loads(entry.value)
        if pod["metadata"]["uid"] != victim.uid or pod["spec"].get("nodeName"):
            return
        removed = await self.writer.commit(Remove(keys.key(POD, victim.namespace, victim.name), entry.resource_version))
        if not isinstance(removed, Written):
            return
        self.seen["pod gone"] += 1
        if self.seen["pod gone"] % 2:
            pod["metadata"]["uid"] = f"again-{self.seen['pod gone']}"
            await self.create(POD, pod)
