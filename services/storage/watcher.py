"""Watching etcd: whole revisions, exact resumption, no silence taken for peace.

A watch is one gRPC stream. When it ends, for whatever reason, the next begins behind the last revision delivered, on
the next member if need be. Progress notifications (etcd's --experimental-watch-progress-notify-interval) say that
nothing was missed; a stream that says nothing for SILENCE seconds is replaced. Asking for progress by hand was
rejected: before 3.4.25 etcd answers ahead of events still to come.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import groupby
from typing import TYPE_CHECKING, Any

import grpc

from services.foundation import log
from services.rpc.etcd import kv_pb2, rpc_pb2
from services.storage import codec, keys
from services.storage.store import Changes, Compacted, Event

if TYPE_CHECKING:
    from services.storage.channel import Channel

logger = log.get(__name__)

SILENCE = 20.0  # seconds; four progress notifications missed
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
# Without it a member that has lost its quorum keeps the stream open and says nothing.
_REQUIRE_LEADER = (("hasleader", "true"),)


async def watch(channel: Channel, after_revision: int, prefix: str) -> AsyncGenerator[Changes, None]:
    """All changes below `prefix` behind `after_revision`, for ever; raises Compacted."""
    seen = after_revision
    pause = _FIRST_PAUSE
    while True:
        member = channel.member
        reason = "it ended"
        try:
            async with aclosing(_stream(member, seen, prefix)) as stream:
                async for changes in stream:
                    pause = _FIRST_PAUSE
                    if changes.revision > seen:
                        seen = changes.revision
                        yield changes
        except grpc.aio.AioRpcError as error:
            reason = f"{error.code().name}: {error.details()}"
        except TimeoutError:
            reason = f"silent for {SILENCE:.0f} s"
        except (_Canceled, asyncio.InvalidStateError) as error:  # the latter: gRPC's word for a call that ended before
            reason = str(error)
        if pause == _FIRST_PAUSE:  # once per interruption, however long it lasts
            logger.warning("watch interrupted", endpoint=member.endpoint, reason=reason, revision=seen)
        channel.failed(member)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


class _Canceled(Exception):
    """etcd ended the watch; it may be begun again."""


async def _stream(member: Any, seen: int, prefix: str) -> AsyncGenerator[Changes, None]:
    """One stream's changes, from behind `seen` on."""
    call = member.watch.Watch(metadata=_REQUIRE_LEADER)
    try:
        create = rpc_pb2.WatchCreateRequest(
            key=prefix.encode(), range_end=keys.range_end(prefix), start_revision=seen + 1, progress_notify=True
        )
        async with asyncio.timeout(SILENCE):
            await call.write(rpc_pb2.WatchRequest(create_request=create))
        pending: list[Any] = []
        while True:
            async with asyncio.timeout(SILENCE):
                response = await call.read()
            if response is grpc.aio.EOF:
                return
            if response.compact_revision:
                raise Compacted(response.compact_revision)
            if response.canceled:
                raise _Canceled(response.cancel_reason)
            if response.created:
                if response.header.revision < seen:
                    raise Compacted(response.header.revision)  # the store was replaced by an older one
                continue
            pending += response.events
            if response.fragment:
                continue
            # A response without events is progress; one with events may still be catching up, so that the revision
            # in its header can be ahead of what it brings.
            if pending:
                yield Changes(pending[-1].kv.mod_revision, tuple(_events(pending)))
                pending = []
            else:
                yield Changes(response.header.revision, ())
    finally:
        call.cancel()


def _events(events: list[Any]) -> Iterator[Event]:
    for revision, group in groupby(events, key=lambda event: event.kv.mod_revision):
        yield from codec.events(revision, (_change(event) for event in group))


def _change(event: Any) -> codec.Change:
    kv = event.kv
    deleted = event.type == kv_pb2.Event.DELETE
    return codec.Change(kv.key.decode(), None if deleted else kv.value, kv.create_revision)
