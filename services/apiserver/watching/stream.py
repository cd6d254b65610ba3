"""A watch from its options to its frames.

Options are checked at the call, before anything is sent, so that a bad one is an HTTP error; what goes wrong later
becomes an ERROR frame in the stream. The stream closes by itself at its timeout.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

import orjson

from services.apiserver.request import Target, WatchOptions
from services.apiserver.watching.cache import Cache
from services.apiserver.watching.collection import Collection
from services.apiserver.watching.groups import Group
from services.apiserver.watching.item import Batch, WatchFrame
from services.apiserver.watching.selection import Selection, selection_of
from services.apiserver.watching.watcher import Ended, Gone, Overrun, Watcher
from services.objects.errors import BadRequest, Cause, Expired, Invalid, StatusError, Timeout, TooManyRequests
from services.objects.kinds.kind import Kind
from services.storage.store import StoreUnavailable

BOOKMARK_EVERY = 60.0
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
# A watch without timeoutSeconds ends after this to twice this, so that clients spread over restarted servers.
SHORTEST = 1800.0
# How long a reader of a resourceVersion that is yet to come waits for it.
AHEAD = 3.0
SLICE = 500


def parse_version(text: str) -> int:
    """A resourceVersion of a request; "" is 0. Raises BadRequest."""
    if not text:
        return 0
    if not text.isdecimal():
        raise BadRequest(f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)


def too_large(resource_version: int, current: int) -> Timeout:
    """The reader asks for what has not happened as far as this server knows."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return Timeout(f"Too large resource version: {resource_version}, current: {current}",
                   details={"causes": [cause]}, retry_after=1)  # fmt: skip


def watch(cache: Cache, target: Target, options: WatchOptions) -> AsyncIterator[Batch]:
    """Raises StatusError at once for bad options."""
    version = parse_version(options.resource_version)
    _check_match(options)
    selection = selection_of(target, options.label_selector, options.field_selector)
    selection.matcher()  # raises for selectors that cannot be parsed
    timeout = options.timeout if options.timeout else SHORTEST * (1 + random.random())
    return _Stream(cache, selection, version, options, timeout).run()


def _check_match(options: WatchOptions) -> None:
    match, initial = options.match, options.send_initial_events
    reason = "FieldValueForbidden"
    if initial is None and match:
        why = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
    elif initial is not None and not match:
        why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
    elif initial is not None and match != "NotOlderThan":
        reason, why = "FieldValueNotSupported", f'Unsupported value: "{match}": supported values: "NotOlderThan"'
    else:
        return
    raise Invalid("meta.k8s.io", "ListOptions", "", [Cause(reason, why, "resourceVersionMatch")])


class _Stream:
    def __init__(self, cache: Cache, selection: Selection, version: int, options: WatchOptions,
                 timeout: float) -> None:  # fmt: skip
        self._cache = cache
        self._selection = selection
        self._version = version
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + timeout

    async def run(self) -> AsyncIterator[Batch]:
        collection = self._cache.collection(self._selection.kind)
        try:
            await self._catch_up()
        except StatusError as error:
            yield _error(error)
            return
        replay = self._replays()
        if replay and self._version < collection.window_start:
            yield _error(Expired(f"too old resource version: {self._version} ({collection.window_start})"))
            return
        # From the snapshot to joining nothing may be awaited: no change must fall between.
        watcher = Watcher()
        group = collection.groups.join(self._selection, watcher)
        try:
            past = (
                _replayed(collection, group, self._version) if replay else _initial(collection, group, self._selection)
            )
            snapshot = self._cache.resource_version
            for batch in past:
                yield batch
                await asyncio.sleep(0)  # others get their turn between slices
            if self._options.send_initial_events and self._options.allow_bookmarks:
                yield Batch([_bookmark(self._selection.kind, snapshot, initial_events_end=True)])
            async for batch in self._live(watcher):
                yield batch
        finally:
            collection.groups.leave(self._selection, watcher)

    def _replays(self) -> bool:
        """Whether the watch goes on from a resourceVersion rather than starting with the present state."""
        if self._options.send_initial_events is not None:
            return not self._options.send_initial_events and self._version > 0
        return self._version > 0

    async def _catch_up(self) -> None:
        """Waits until the cache is as new as the options ask."""
        options = self._options
        if self._version:
            if not await self._cache.reached(self._version >> 8, AHEAD):
                raise too_large(self._version, self._cache.resource_version)
        elif not options.resource_version or not self._cache.revision:
            try:
                await self._cache.fresh()
            except StoreUnavailable as error:
                raise Timeout(str(error), retry_after=1) from error

    async def _live(self, watcher: Watcher) -> AsyncIterator[Batch]:
        bookmark_at = self._loop.time() + BOOKMARK_EVERY
        while True:
            wait_until = min(self._deadline, bookmark_at) if self._options.allow_bookmarks else self._deadline
            try:
                batch = await watcher.next(wait_until - self._loop.time())
            except Gone:
                yield _error(Expired("too old resource version: the history was compacted, list again"))
                return
            except Ended:
                return
            except Overrun:
                yield _error(TooManyRequests("the watch did not keep up with the changes, list again", retry_after=1))
                return
            if batch is not None:
                yield batch
            now = self._loop.time()
            if now >= self._deadline:
                return
            if now < bookmark_at or not self._options.allow_bookmarks:
                continue
            # A bookmark may only follow everything that it covers.
            self._cache.flush()
            if not watcher.waiting:
                bookmark_at = now + BOOKMARK_EVERY
                yield Batch([_bookmark(self._selection.kind, self._cache.resource_version)])


def _initial(collection: Collection, group: Group, selection: Selection) -> Iterator[Batch]:
    items = collection.candidates(selection)

    def batches() -> Iterator[Batch]:
        for start in range(0, len(items), SLICE):
            frames = [group.initial(item) for item in items[start : start + SLICE] if group.matches(item)]
            if frames:
                yield Batch(frames)

    return batches()


def _replayed(collection: Collection, group: Group, version: int) -> Iterator[Batch]:
    frames = [frame for change in collection.since(version) if (frame := group.frame(change)) is not None]
    return iter([Batch(frames)] if frames else [])


def _bookmark(kind: Kind, resource_version: int, *, initial_events_end: bool = False) -> WatchFrame:
    metadata: dict[str, object] = {"resourceVersion": str(resource_version), "creationTimestamp": None}
    if initial_events_end:
        metadata["annotations"] = {INITIAL_EVENTS_END: "true"}
    obj = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
    return WatchFrame("BOOKMARK", orjson.dumps(obj), resource_version)


def _error(error: StatusError) -> Batch:
    return Batch([WatchFrame("ERROR", orjson.dumps(error.status()))])
