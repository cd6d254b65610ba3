"""Reading etcd: linearizable, in pages, at one revision."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from services.objects.errors import RequestEntityTooLarge
from services.rpc.etcd import rpc_pb2
from services.storage import codec, keys, watcher
from services.storage.store import Changes, Compacted, Entry, Page, StoreUnavailable

if TYPE_CHECKING:
    from services.storage.channel import Channel

_PAGE = 2_000  # entries asked for at once: a few MB


class Reader:
    """`deadline` in seconds is how long a question may take, failovers included."""

    def __init__(self, channel: Channel, deadline: float = 10.0) -> None:
        self._channel = channel
        self._deadline = deadline
        self._asked: asyncio.Future[int] | None = None
        self._asking: asyncio.Task[None] | None = None

    async def get(self, key: str, *, revision: int = 0) -> Entry | None:
        response = await self._range(rpc_pb2.RangeRequest(key=key.encode(), revision=revision))
        return _entry(response.kvs[0]) if response.kvs else None

    async def revision(self) -> int:
        """The current revision. Whoever asks while a question is on its way shares the next one with all others."""
        if self._asked is None:
            self._asked = asyncio.get_running_loop().create_future()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asked)

    async def range(self, prefix: str, *, after: str = "", limit: int = 0, revision: int = 0) -> Page:
        """Entries behind the key `after`, all at one revision; limit 0 is all of them; raises Compacted."""
        entries: list[Entry] = []
        page = _PAGE
        while True:
            start = after.encode() + b"\0" if after >= prefix else prefix.encode()
            wanted = min(limit - len(entries), page) if limit else page
            request = rpc_pb2.RangeRequest(
                key=start, range_end=keys.range_end(prefix), limit=wanted, revision=revision
            )
            try:
                response = await self._range(request)
            except RequestEntityTooLarge:  # large objects: the page does not fit into a message
                if page == 1:
                    raise
                page = max(min(page, wanted) // 4, 1)
                continue
            revision = revision or response.header.revision
            entries += [_entry(kv) for kv in response.kvs]
            if not response.more or len(entries) == limit:
                return Page(entries, revision, response.count - len(response.kvs))
            after = entries[-1].key

    def watch(self, after_revision: int, prefix: str = keys.ROOT) -> AsyncIterator[Changes]:
        """Every change behind `after_revision`, exactly once, across reconnects; raises Compacted."""
        return watcher.watch(self._channel, after_revision, prefix)

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _range(self, request: Any) -> Any:
        return await self._channel.read(lambda member: member.kv.Range, request, self._deadline)

    async def _ask(self) -> None:
        """Answers all who have asked, one question at a time, until nobody asks."""
        asked: asyncio.Future[int] | None = None
        try:
            while self._asked is not None:
                asked, self._asked = self._asked, None
                try:
                    response = await self._range(rpc_pb2.RangeRequest(key=keys.ROOT.encode(), count_only=True))
                    asked.set_result(response.header.revision)
                except (StoreUnavailable, Compacted) as error:
                    asked.set_exception(error)
                    asked.exception()  # those who asked may have gone
        finally:
            self._asking = None
            for abandoned in (asked, self._asked):
                if abandoned is not None and not abandoned.done():
                    abandoned.cancel()


def _entry(kv: Any) -> Entry:
    return codec.entry(kv.key.decode(), kv.value, kv.mod_revision, kv.create_revision)
