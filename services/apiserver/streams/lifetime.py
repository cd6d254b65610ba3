"""A stream that does not end by itself ends with its pod."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from contextlib import aclosing
from typing import Any

import orjson

from services.apiserver.request import Target, WatchOptions
from services.apiserver.watching.cache import Cache
from services.apiserver.watching.stream import watch
from services.objects.kinds import POD
from services.objects.meta import Obj, name_of, namespace_of, uid_of

RETRY = 1.0  # seconds, when the watch met an error


async def pod_ended(cache: Cache, pod: Obj) -> None:
    """Returns when the pod, which is `pod` as the stream found it, is gone, is another one of the same name, or runs no
    more."""
    target = Target(POD, namespace_of(pod))
    # The bookmark behind the initial events tells a pod that is gone from one that has yet to change.
    options = WatchOptions(field_selector=f"metadata.name={name_of(pod)}", match="NotOlderThan",
                           send_initial_events=True, allow_bookmarks=True)  # fmt: skip
    while True:
        present = False
        async with aclosing(watch(cache, target, options)) as batches:  # type: ignore[type-var]
            async for frames in batches:
                for frame in frames:
                    if frame.type == "ERROR":
                        await asyncio.sleep(RETRY)
                    elif frame.type == "BOOKMARK":
                        if not present:
                            return
                    elif frame.type == "DELETED" or _is_over(orjson.loads(frame.json), pod):
                        return
                    else:
                        present = True


def _is_over(now: Obj, pod: Obj) -> bool:
    return uid_of(now) != uid_of(pod) or (now.get("status") or {}).get("phase") in ("Succeeded", "Failed")


async def until(work: Coroutine[Any, Any, None], ended: Awaitable[None]) -> None:
    """Does `work`, but not for longer than `ended` takes."""

    async def waiting() -> None:
        await ended
        working.cancel()

    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        ending = tasks.create_task(waiting())
        working.add_done_callback(lambda _: ending.cancel())
