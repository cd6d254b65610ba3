"""The store when etcd stops, restarts, loses a member, hangs or refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from services.foundation.tls import Identity
from services.objects.errors import RequestEntityTooLarge
from services.storage import channel, maintenance, watcher, writer
from services.storage.store import Compacted, Event, Put, Refused, StoreUnavailable, Written

DEADLINE = 30.0
PODS = "/registry/pods/default/"


async def put(store: writer.Store, name: str, value: bytes = b"{}") -> int:
    """Puts until it is certain, as a client that retries would; the resource_version."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                outcome = await store.writer.commit(Put(PODS + name, value, expected=0))
            except StoreUnavailable:
                await asyncio.sleep(0.05)
                continue
            if isinstance(outcome, Written):
                return outcome.resource_version
            assert isinstance(outcome, Refused)
            assert outcome.current is not None
            return outcome.current.resource_version  # the attempt that was in doubt had been written


async def collect(stream: Any, count: int) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < count:
            found += (await anext(stream)).events
    return found


async def test_a_watch_survives_restarts_and_sees_everything_once(etcd: Any, store: writer.Store) -> None:
    start = await store.reader.revision()
    stop = asyncio.Event()
    versions: list[int] = []
    written = asyncio.Semaphore(0)

    async def write() -> None:
        while not stop.is_set():
            versions.append(await put(store, f"{len(versions):05}"))
            written.release()

    async def twenty_more() -> None:
        for _ in range(20):
            await written.acquire()

    async def shake() -> None:
        for end in (etcd.stop, etcd.kill):
            await twenty_more()
            await asyncio.to_thread(end)
            await asyncio.to_thread(etcd.start)
        await twenty_more()
        stop.set()

    async with aclosing(store.reader.watch(start)) as stream, asyncio.timeout(DEADLINE):
        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            group.create_task(shake())
        events = await collect(stream, len(versions))

    assert [event.key for event in events] == [f"{PODS}{n:05}" for n in range(len(versions))]
    assert [event.resource_version for event in events] == versions


async def test_without_etcd_answers_come_in_time(etcd: Any) -> None:
    etcd.stop()
    async with writer.connect(etcd.endpoints) as store:
        store.reader._deadline = store.writer._deadline = 0.5
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(StoreUnavailable):
            await store.reader.get(PODS + "a")
        with pytest.raises(StoreUnavailable):
            await store.reader.revision()
        with pytest.raises(StoreUnavailable) as raised:
            await store.writer.commit(Put(PODS + "a", b"{}"))
        assert loop.time() - began < 5
        assert not raised.value.maybe_written  # nothing ever left this process
        etcd.start()
        store.reader._deadline = 10.0
        assert await store.reader.get(PODS + "a") is None


async def test_a_write_in_doubt_says_so(etcd: Any, store: writer.Store) -> None:
    await put(store, "a")
    etcd.pause()
    store.writer._deadline = 0.3
    with pytest.raises(StoreUnavailable) as raised:
        await store.writer.commit(Put(PODS + "b", b"{}"))
    with pytest.raises(StoreUnavailable) as batch:
        await store.writer.commit_all([Put(PODS + name, b"{}") for name in "cd"])
    etcd.resume()
    assert raised.value.maybe_written
    assert batch.value.maybe_written


async def test_a_caller_that_gave_up_harms_nobody(etcd: Any, store: writer.Store) -> None:
    await put(store, "a")
    etcd.pause()
    writes = [asyncio.create_task(store.writer.commit(Put(f"{PODS}{n}", b"{}"))) for n in range(20)]
    await asyncio.sleep(0.05)
    late = asyncio.create_task(store.writer.commit(Put(PODS + "0", b'{"late":1}')))
    await asyncio.sleep(0.05)
    for write in writes[::2]:
        write.cancel()
    etcd.resume()
    async with asyncio.timeout(DEADLINE):
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert isinstance(await late, Written)
    assert all(isinstance(result, Written) for result in results[1::2])
    assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])


async def test_progress_advances_an_idle_watch(store: writer.Store) -> None:
    start = await store.reader.revision()
    async with asyncio.timeout(DEADLINE), aclosing(store.reader.watch(start, "/registry/nodes/")) as stream:
        version = await put(store, "a")
        changes = await anext(stream)
    assert changes == (version >> 8, ())


async def test_a_silent_stream_is_replaced(etcd: Any, store: writer.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "SILENCE", 1.0)  # twice the interval of progress notifications
    start = await store.reader.revision()
    async with aclosing(store.reader.watch(start)) as stream:
        version = await put(store, "a")
        assert len(await collect(stream, 1)) == 1
        etcd.pause()
        waiting = asyncio.create_task(collect(stream, 1))
        await asyncio.sleep(1.5)
        etcd.resume()
        last = await put(store, "b")
        assert [event.resource_version for event in await waiting] == [last]
    assert last > version


async def test_what_is_too_large_is_refused_and_its_neighbours_are_not(store: writer.Store) -> None:
    huge = Put(PODS + "huge", b'{"x":"' + b"x" * (2 << 20) + b'"}')
    outcomes = await asyncio.gather(
        store.writer.commit(Put(PODS + "a", b"{}")), store.writer.commit(huge),
        store.writer.commit(Put(PODS + "b", b"{}")), return_exceptions=True,
    )  # fmt: skip
    assert [type(outcome) for outcome in outcomes] == [Written, RequestEntityTooLarge, Written]


async def test_batches_stay_below_etcds_request_size(store: writer.Store) -> None:
    value = b'{"x":"' + b"x" * (300 << 10) + b'"}'
    outcomes = await store.writer.commit_all([Put(f"{PODS}{n}", value) for n in range(12)])
    assert all(isinstance(outcome, Written) for outcome in outcomes)
    assert len((await store.reader.range(PODS)).entries) == 12


async def test_a_page_of_large_objects_is_asked_for_in_parts(etcd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    smaller = [(name, 4 << 20 if "receive" in name else value) for name, value in channel._OPTIONS]
    monkeypatch.setattr(channel, "_OPTIONS", smaller)
    value = b'{"x":"' + b"x" * (1 << 20) + b'"}'
    async with writer.connect(etcd.endpoints) as store:
        await store.writer.commit_all([Put(f"{PODS}{n:02}", value) for n in range(10)])
        page = await store.reader.range(PODS)
        assert [entry.key[-2:] for entry in page.entries] == [f"{n:02}" for n in range(10)]
        assert page.entries[0].value == value
        limited = await store.reader.range(PODS, limit=7)
        assert (len(limited.entries), limited.remaining) == (7, 3)


async def test_concurrent_writes_share_transactions(store: writer.Store) -> None:
    start = await store.reader.revision()
    await asyncio.gather(*(store.writer.commit(Put(f"{PODS}{n}", b"{}", expected=0)) for n in range(64)))
    assert await store.reader.revision() - start <= 4


async def test_a_single_write_is_not_stuck_behind_thousands(store: writer.Store) -> None:
    bulk = asyncio.create_task(store.writer.commit_all([Put(f"{PODS}{n}", b"{}") for n in range(5000)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    single = await store.writer.commit(Put(PODS + "single", b"{}"))
    assert not bulk.done()
    assert isinstance(single, Written)
    assert all(isinstance(outcome, Written) for outcome in await bulk)


async def test_an_expired_lease_is_replaced(store: writer.Store) -> None:
    await store.writer.commit(Put(PODS + "a", b"{}", ttl=3600))
    bucket = store.writer._leases._buckets[3600]
    bucket.lease = 12345  # as if etcd had lost it
    outcomes = await store.writer.commit_all([Put(PODS + "b", b"{}", ttl=3600), Put(PODS + "c", b"{}")])
    assert all(isinstance(outcome, Written) for outcome in outcomes)
    assert store.writer._leases._buckets[3600].lease != 12345


async def test_leases_are_shared_but_bounded(store: writer.Store) -> None:
    writes = [Put(f"{PODS}{n}", b"{}", ttl=3600) for n in range(120)]
    await store.writer.commit_all(writes)
    first = store.writer._leases._buckets[3600].lease
    await store.writer.commit_all(writes)
    assert store.writer._leases._buckets[3600].lease != first
    assert store.writer._leases._buckets[3600].keys < 200


async def test_the_next_member_takes_over(trio: list[Any]) -> None:
    endpoints = [endpoint for member in trio for endpoint in member.endpoints]
    async with writer.connect(endpoints) as store:
        start = await store.reader.revision()
        versions = [await put(store, "00")]
        async with aclosing(store.reader.watch(start)) as stream:
            assert len(await collect(stream, 1)) == 1
            for number, member in enumerate(trio, start=1):
                await asyncio.to_thread(member.kill)
                versions += [await put(store, f"{number}{n}") for n in range(5)]
                events = await collect(stream, 5)
                assert [event.resource_version for event in events] == versions[-5:]
                await asyncio.to_thread(member.start)
        assert len((await store.reader.range(PODS)).entries) == 16


async def test_a_member_without_quorum_is_left(trio: list[Any]) -> None:
    """The first member hangs: reads and the watch move on although its connection stays open."""
    endpoints = [endpoint for member in trio for endpoint in member.endpoints]
    async with writer.connect(endpoints) as store:
        await put(store, "a")
        trio[0].pause()
        async with asyncio.timeout(DEADLINE):
            assert await store.reader.get(PODS + "a") is not None
        assert store.channel.member.endpoint != endpoints[0]
        trio[0].resume()


async def test_tls_both_ways(make_etcd: Callable[..., Any], make_identity: Callable[[str], Identity]) -> None:
    good, stranger = make_identity("ours"), make_identity("theirs")
    etcd = make_etcd(identity=good)
    etcd.start()
    async with writer.connect(etcd.endpoints, good) as store:
        version = await put(store, "a")
        await maintenance.compact(etcd.endpoints, version >> 8, good)
        (health,) = await maintenance.health(etcd.endpoints, good)
        assert (health.problem, health.leads) == ("", True)
    async with writer.connect(etcd.endpoints, stranger) as store:
        store.reader._deadline = 0.5
        with pytest.raises(StoreUnavailable):
            await store.reader.get(PODS + "a")
    with pytest.raises(ValueError, match="needs a certificate"):
        async with writer.connect(etcd.endpoints):
            pass
    with pytest.raises(StoreUnavailable):
        await maintenance.compact(etcd.endpoints, 1, stranger)


async def test_health_of_each_member(trio: list[Any]) -> None:
    endpoints = [endpoint for member in trio for endpoint in member.endpoints]
    trio[1].kill()
    async with asyncio.timeout(DEADLINE):
        while True:
            health = await maintenance.health(endpoints)
            if sum(member.leads for member in health) == 1 and not health[0].problem and not health[2].problem:
                break
            await asyncio.sleep(0.1)
    assert health[1].problem
    assert health[0].version.startswith("3.")
    assert health[0].size > 0


async def test_compaction_runs_behind_by_one_interval(etcd: Any, store: writer.Store) -> None:
    first = await put(store, "0")
    compacting = asyncio.create_task(maintenance.compact_periodically(store.reader, etcd.endpoints, interval=0.2))
    number = 1
    async with asyncio.timeout(DEADLINE):
        while True:
            last = await put(store, str(number))
            number += 1
            try:
                await store.reader.range(PODS, revision=first >> 8)
            except Compacted:
                break
            await asyncio.sleep(0.05)
    assert (await store.reader.range(PODS, revision=last >> 8)).revision == last >> 8
    compacting.cancel()
    await asyncio.gather(compacting, return_exceptions=True)
