"""What the store promises, held against etcd and against memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, NamedTuple

import pytest

from services.storage import codec, maintenance, writer
from services.storage.memory import MemoryStore
from services.storage.store import (
    Changes,
    Compacted,
    Entry,
    Event,
    Fence,
    Fenced,
    Put,
    Readable,
    Refused,
    Remove,
    Writable,
    Written,
)

DEADLINE = 15.0
PODS = "/registry/pods/default/"


class Subject(NamedTuple):
    reader: Readable
    writer: Writable
    compact: Callable[[int], Awaitable[None]]


@pytest.fixture(params=["memory", "etcd"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryStore()

        async def forget(revision: int) -> None:
            memory.compact(revision)

        yield Subject(memory, memory, forget)
        return
    etcd = request.getfixturevalue("etcd")

    async def compact(revision: int) -> None:
        await maintenance.compact(etcd.endpoints, revision)

    async with writer.connect(etcd.endpoints) as store:
        yield Subject(store.reader, store.writer, compact)


async def written(subject: Subject, write: Put | Remove) -> int:
    outcome = await subject.writer.commit(write)
    assert isinstance(outcome, Written)
    return outcome.resource_version


async def events_until(stream: Any, revision: int) -> list[Event]:
    """Everything a watch brings up to and including `revision`."""
    found: list[Event] = []
    async with asyncio.timeout(DEADLINE):
        async for changes in stream:
            found += changes.events
            if changes.revision >= revision:
                return found
    raise AssertionError("the watch ended")


async def test_create_only_when_missing(subject: Subject) -> None:
    version = await written(subject, Put(PODS + "a", b'{"n":1}', expected=0))

    refused = await subject.writer.commit(Put(PODS + "a", b'{"n":2}', expected=0))

    entry = await subject.reader.get(PODS + "a")
    assert entry == Entry(PODS + "a", b'{"n":1}', version, version >> 8)
    assert refused == Refused(entry)
    assert version & 0xFF == 0


async def test_update_needs_the_version_it_was_made_from(subject: Subject) -> None:
    first = await written(subject, Put(PODS + "a", b'{"n":1}', expected=0))
    second = await written(subject, Put(PODS + "a", b'{"n":2}', expected=first))

    stale = await subject.writer.commit(Put(PODS + "a", b'{"n":3}', expected=first))

    assert second > first
    assert isinstance(stale, Refused)
    assert stale.current == Entry(PODS + "a", b'{"n":2}', second, first >> 8)


@pytest.mark.parametrize("version", [1, 255])
async def test_a_version_without_a_revision_creates_nothing(subject: Subject, version: int) -> None:
    assert await subject.writer.commit(Put(PODS + "a", b"{}", expected=version)) == Refused(None)
    assert await subject.reader.get(PODS + "a") is None


async def test_unconditional_put_and_remove(subject: Subject) -> None:
    assert await subject.writer.commit(Remove(PODS + "a")) == Refused(None)
    await written(subject, Put(PODS + "a", b'{"n":1}'))
    await written(subject, Put(PODS + "a", b'{"n":2}'))
    await written(subject, Remove(PODS + "a"))
    assert await subject.reader.get(PODS + "a") is None


async def test_remove_needs_the_version(subject: Subject) -> None:
    first = await written(subject, Put(PODS + "a", b'{"n":1}'))
    second = await written(subject, Put(PODS + "a", b'{"n":2}'))

    assert isinstance(await subject.writer.commit(Remove(PODS + "a", expected=first)), Refused)
    deleted = await written(subject, Remove(PODS + "a", expected=second))

    assert deleted > second


async def test_each_of_a_batch_stands_or_falls_alone(subject: Subject) -> None:
    await written(subject, Put(PODS + "b", b'{"old":1}'))
    writes = [Put(PODS + name, b"{}", expected=0) for name in "abc"]

    a, b, c = await subject.writer.commit_all(writes)

    assert isinstance(b, Refused)
    assert b.current is not None
    assert b.current.value == b'{"old":1}'
    assert isinstance(a, Written)
    assert isinstance(c, Written)
    assert a.resource_version < c.resource_version
    for name, outcome in (("a", a), ("c", c)):
        entry = await subject.reader.get(PODS + name)
        assert entry is not None
        assert (entry.resource_version, entry.value) == (outcome.resource_version, b"{}")


async def test_a_batch_shares_a_revision_and_its_events_have_places(subject: Subject) -> None:
    for name in "bde":
        await written(subject, Put(PODS + name, b"{}"))
    start = await subject.reader.revision()
    writes = [Remove(PODS + "b"), Put(PODS + "a", b"{}"), Remove(PODS + "missing"), Remove(PODS + "d"),
              Put(PODS + "c", b"{}"), Remove(PODS + "e")]  # fmt: skip

    outcomes = await subject.writer.commit_all(writes)

    async with aclosing(subject.reader.watch(start)) as stream:
        events = await events_until(stream, start + 1)
    assert [event.key[-1] for event in events] == ["b", "a", "d", "c", "e"]
    assert [event.resource_version >> 8 for event in events] == [start + 1] * 5
    assert [event.resource_version & 0xFF for event in events] == [0, 2, 3, 5, 6]
    done = [outcome.resource_version for outcome in outcomes if isinstance(outcome, Written)]
    assert done == [event.resource_version for event in events]
    assert outcomes[2] == Refused(None)


async def test_more_writes_than_a_transaction_takes(subject: Subject) -> None:
    outcomes = await subject.writer.commit_all([Put(f"{PODS}{n:04}", b"{}", expected=0) for n in range(400)])

    versions = [outcome.resource_version for outcome in outcomes if isinstance(outcome, Written)]
    assert len(set(versions)) == 400
    assert len((await subject.reader.range(PODS)).entries) == 400


async def test_writes_of_one_key_keep_their_order(subject: Subject) -> None:
    writes = [Put(PODS + "a", b'{"n":%d}' % n) for n in range(20)]

    outcomes = await subject.writer.commit_all(writes)

    versions = [outcome.resource_version for outcome in outcomes if isinstance(outcome, Written)]
    assert versions == sorted(versions)
    entry = await subject.reader.get(PODS + "a")
    assert entry is not None
    assert (entry.value, entry.resource_version) == (b'{"n":19}', versions[-1])


async def test_many_writers_at_once(subject: Subject) -> None:
    outcomes = await asyncio.gather(
        *(subject.writer.commit(Put(f"{PODS}{n % 100}", b'{"n":%d}' % n, expected=0)) for n in range(300))
    )

    done = [outcome.resource_version for outcome in outcomes if isinstance(outcome, Written)]
    assert len(done) == len(set(done)) == 100
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 200


async def test_a_fence_that_fell_refuses_everything(subject: Subject) -> None:
    created = await written(subject, Put("/registry/elections/x/1", b"{}"))
    good, bad = (Fence("/registry/elections/x/1", (created >> 8) + off) for off in (0, 1))

    assert isinstance(await subject.writer.commit(Put(PODS + "a", b"{}"), good), Written)
    assert await subject.writer.commit(Put(PODS + "b", b"{}"), bad) == Fenced()
    await written(subject, Put("/registry/elections/x/1", b'{"renewed":1}'))
    assert isinstance(await subject.writer.commit(Put(PODS + "c", b"{}"), good), Written)
    await written(subject, Remove("/registry/elections/x/1"))
    writes = [Put(PODS + name, b"{}", expected=0) for name in "abd"]
    assert await subject.writer.commit_all(writes, good) == [Fenced()] * 3
    assert [entry.key[-1] for entry in (await subject.reader.range(PODS)).entries] == ["a", "c"]


async def test_fenced_and_other_writes_travel_together(subject: Subject) -> None:
    fence = Fence("/registry/elections/x/1", 1)
    outcomes = await asyncio.gather(
        *(subject.writer.commit(Put(f"{PODS}{n}", b"{}"), fence if n % 2 else None) for n in range(20))
    )
    assert [isinstance(outcome, Fenced) for outcome in outcomes] == [False, True] * 10


async def test_pages_at_one_revision(subject: Subject) -> None:
    await subject.writer.commit_all([Put(f"{PODS}{n}", b"{}") for n in range(5)])
    await written(subject, Put("/registry/podsx/a", b"{}"))
    first = await subject.reader.range(PODS, limit=2)
    await subject.writer.commit_all([Remove(PODS + "2"), Put(PODS + "9", b"{}"), Put(PODS + "4", b'{"new":1}')])

    second = await subject.reader.range(PODS, after=first.entries[-1].key, limit=2, revision=first.revision)
    third = await subject.reader.range(PODS, after=second.entries[-1].key, limit=2, revision=first.revision)

    pages = [first, second, third]
    assert [[entry.key[-1] for entry in page.entries] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]
    assert [page.remaining for page in pages] == [3, 1, 0]
    assert {page.revision for page in pages} == {first.revision}
    assert third.entries[0].value == b"{}"
    assert [entry.key[-1] for entry in (await subject.reader.range(PODS)).entries] == ["0", "1", "3", "4", "9"]


async def test_a_range_of_many_pages_is_whole(subject: Subject) -> None:
    await subject.writer.commit_all([Put(f"{PODS}{n:05}", b"{}") for n in range(4100)])
    page = await subject.reader.range(PODS)
    assert [entry.key for entry in page.entries] == [f"{PODS}{n:05}" for n in range(4100)]
    assert page.remaining == 0
    limited = await subject.reader.range(PODS, limit=2050)
    assert (len(limited.entries), limited.remaining) == (2050, 2050)


async def test_all_who_ask_for_the_revision_get_it(subject: Subject) -> None:
    version = await written(subject, Put(PODS + "a", b"{}"))
    revisions = await asyncio.gather(*(subject.reader.revision() for _ in range(50)))
    assert {*revisions} == {version >> 8}


async def test_get_at_a_revision(subject: Subject) -> None:
    first = await written(subject, Put(PODS + "a", b'{"n":1}'))
    await written(subject, Put(PODS + "a", b'{"n":2}'))
    entry = await subject.reader.get(PODS + "a", revision=first >> 8)
    assert entry is not None
    assert entry.value == b'{"n":1}'


async def test_a_watch_brings_what_was_and_what_comes(subject: Subject) -> None:
    start = await subject.reader.revision()
    before = await written(subject, Put(PODS + "a", b'{"n":1}'))
    async with aclosing(subject.reader.watch(start)) as stream:
        assert [event.resource_version for event in await events_until(stream, before >> 8)] == [before]
        after = await written(subject, Put(PODS + "a", b'{"n":2}'))
        gone = await written(subject, Remove(PODS + "a"))
        events = await events_until(stream, gone >> 8)
    assert [event.resource_version for event in events] == [after, gone]
    assert events[0].entry == Entry(PODS + "a", b'{"n":2}', after, before >> 8)
    assert events[1] == Event(PODS + "a", None, gone)


async def test_a_watch_of_a_prefix(subject: Subject) -> None:
    start = await subject.reader.revision()
    await written(subject, Put("/registry/nodes/n", b"{}"))
    last = await written(subject, Put(PODS + "a", b"{}"))
    async with aclosing(subject.reader.watch(start, PODS)) as stream:
        assert [event.key for event in await events_until(stream, last >> 8)] == [PODS + "a"]


async def test_cut_inside_a_batch_and_resume(subject: Subject) -> None:
    """A user's watch can be cut behind any event: resuming at its resourceVersion loses and repeats nothing."""
    start = await subject.reader.revision()
    await written(subject, Put(PODS + "x", b"{}"))
    writes: list[Put | Remove] = [Put(PODS + name, b"{}") for name in "abcd"]
    await subject.writer.commit_all([*writes, Remove(PODS + "x")])
    last = await written(subject, Put(PODS + "e", b"{}"))
    async with aclosing(subject.reader.watch(start)) as stream:
        whole = await events_until(stream, last >> 8)
    assert len(whole) == 7

    for cut in range(len(whole)):
        revision, _ = codec.decode(whole[cut].resource_version)
        async with aclosing(subject.reader.watch(revision - 1)) as stream:
            again = await events_until(stream, last >> 8)
        resumed = [event for event in again if event.resource_version > whole[cut].resource_version]
        assert whole[: cut + 1] + resumed == whole


async def test_concurrent_writes_seen_once_each_and_in_order(subject: Subject) -> None:
    start = await subject.reader.revision()
    seen: list[Event] = []

    async def follow() -> None:
        async with aclosing(subject.reader.watch(start)) as stream:
            async for changes in stream:
                seen.extend(changes.events)
                if len(seen) >= 300:
                    return

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        group.create_task(follow())
        for n in range(300):
            group.create_task(subject.writer.commit(Put(f"{PODS}{n}", b"{}")))  # type: ignore[arg-type]

    versions = [event.resource_version for event in seen]
    assert versions == sorted(set(versions))
    assert {event.key for event in seen} == {f"{PODS}{n}" for n in range(300)}
    listed = {entry.key: entry.resource_version for entry in (await subject.reader.range(PODS)).entries}
    assert listed == {event.key: event.resource_version for event in seen}


async def test_compacted_history_means_list_again(subject: Subject) -> None:
    first = await written(subject, Put(PODS + "a", b'{"n":1}'))
    for n in range(2, 6):
        last = await written(subject, Put(PODS + "a", b'{"n":%d}' % n))
    await subject.compact(last >> 8)

    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Compacted) as raised:
            await anext(subject.reader.watch(first >> 8))
    assert raised.value.revision == last >> 8
    with pytest.raises(Compacted):
        await subject.reader.range(PODS, revision=first >> 8)
    with pytest.raises(Compacted):
        await subject.reader.get(PODS + "a", revision=first >> 8)
    page = await subject.reader.range(PODS, revision=last >> 8)
    assert [entry.value for entry in page.entries] == [b'{"n":5}']
    await subject.compact(last >> 8)  # again: nothing to do


async def test_a_watch_from_the_future_means_list_again(subject: Subject) -> None:
    """The store was restored from an older backup."""
    ahead = await subject.reader.revision() + 1000
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Compacted):
            await anext(subject.reader.watch(ahead))
    with pytest.raises(Compacted):
        await subject.reader.range(PODS, revision=ahead)


async def test_what_has_a_ttl_expires(subject: Subject) -> None:
    start = await subject.reader.revision()
    await written(subject, Put(PODS + "kept", b"{}"))
    await written(subject, Put(PODS + "brief", b"{}", ttl=1))
    assert await subject.reader.get(PODS + "brief") is not None

    async with asyncio.timeout(DEADLINE), aclosing(subject.reader.watch(start)) as stream:
        gone: Event | None = None
        while gone is None:
            changes: Changes = await anext(stream)
            gone = next((event for event in changes.events if event.entry is None), None)

    assert gone.key == PODS + "brief"
    assert [entry.key for entry in (await subject.reader.range(PODS)).entries] == [PODS + "kept"]
