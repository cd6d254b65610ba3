from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import pytest

from services.client.settings import LeaderSettings
from services.rpc.etcd import rpc_pb2
from services.storage import writer
from services.storage.election import Election
from services.storage.store import Fenced, Put, Written

DEADLINE = 30.0
KEY = "/registry/pods/default/a"


@pytest.fixture
async def stores(etcd: Any) -> AsyncIterator[list[writer.Store]]:
    """Connections of three processes."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(writer.connect(etcd.endpoints)) for _ in range(3)]


async def test_one_leads_and_the_others_follow_in_order(stores: list[writer.Store]) -> None:
    leaders: list[int] = []
    leading = asyncio.Semaphore(0)
    resign = asyncio.Semaphore(0)

    async def candidate(number: int) -> None:
        async with Election(stores[number].channel, "x", f"process-{number}", ttl=5).lead() as leadership:
            leaders.append(number)
            assert await Election(stores[number].channel, "x", "asks").leader() == f"process-{number}"
            outcome = await stores[number].writer.commit(Put(KEY, b"{}"), leadership.fence)
            assert isinstance(outcome, Written)
            leading.release()
            await resign.acquire()

    tasks = []
    revision = await stores[0].reader.revision()
    async with asyncio.timeout(DEADLINE):
        for number in range(3):
            tasks.append(asyncio.create_task(candidate(number)))
            async with aclosing(stores[0].reader.watch(revision, "/registry/elections/x/")) as stream:
                async for changes in stream:
                    revision = changes.revision
                    if changes.events:  # the next one stands after this one
                        break
        for turn in range(3):
            await leading.acquire()
            assert leaders == list(range(turn + 1))
            resign.release()
        await asyncio.gather(*tasks)
    assert await Election(stores[0].channel, "x", "asks").leader() == ""


async def test_elections_do_not_meet(stores: list[writer.Store]) -> None:
    async with asyncio.timeout(DEADLINE):
        async with Election(stores[0].channel, "x", "a", ttl=5).lead(), Election(stores[1].channel, "y", "b").lead():
            pass


async def test_a_leader_whose_lease_is_gone_is_fenced_and_told(stores: list[writer.Store]) -> None:
    async with asyncio.timeout(DEADLINE), Election(stores[0].channel, "x", "old", ttl=2).lead() as old:
        lease = int(old.fence.key.rsplit("/", 1)[1], 16)
        await stores[2].channel.member.lease.LeaseRevoke(rpc_pb2.LeaseRevokeRequest(ID=lease))
        async with Election(stores[1].channel, "x", "new", ttl=2).lead() as new:
            assert await stores[0].writer.commit(Put(KEY, b'{"by":"old"}'), old.fence) == Fenced()
            assert isinstance(await stores[1].writer.commit(Put(KEY, b'{"by":"new"}'), new.fence), Written)
            await old.lost.wait()
            assert not new.lost.is_set()


async def test_a_leader_without_etcd_steps_down_in_time(etcd: Any, stores: list[writer.Store]) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(DEADLINE), Election(stores[0].channel, "x", "a", ttl=2).lead() as leadership:
        etcd.stop()
        began = loop.time()
        await leadership.lost.wait()
        assert loop.time() - began < 3


async def test_leadership_survives_a_short_absence_of_etcd(etcd: Any, stores: list[writer.Store]) -> None:
    async with asyncio.timeout(DEADLINE), Election(stores[0].channel, "x", "a", ttl=5).lead() as leadership:
        etcd.stop()
        etcd.start()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(6):  # longer than the lease lives without renewal
                await leadership.lost.wait()
        assert isinstance(await stores[0].writer.commit(Put(KEY, b"{}"), leadership.fence), Written)


async def test_a_candidate_waits_for_an_etcd_that_is_not_there(etcd: Any, stores: list[writer.Store]) -> None:
    etcd.stop()
    leads = asyncio.Event()

    async def stand() -> None:
        async with Election(stores[0].channel, "x", "a", ttl=2).lead():
            leads.set()

    task = asyncio.create_task(stand())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await leads.wait()
    etcd.start()
    async with asyncio.timeout(DEADLINE):
        await task
    assert leads.is_set()


async def test_a_leader_that_lost_etcd_for_long_does_not_wait_behind_itself(
    etcd: Any, stores: list[writer.Store]
) -> None:
    """A restarted etcd gives old leases their whole life again."""
    election = Election(stores[0].channel, "x", "a", ttl=4)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(DEADLINE):
        async with election.lead() as old:
            await asyncio.to_thread(etcd.stop)
            await old.lost.wait()
        await asyncio.to_thread(etcd.start)
        assert len((await stores[1].reader.range("/registry/elections/x/")).entries) == 1
        began = loop.time()
        async with election.lead() as new:
            assert loop.time() - began < 2
            assert await stores[1].writer.commit(Put(KEY, b"{}"), old.fence) == Fenced()
            assert isinstance(await stores[1].writer.commit(Put(KEY, b"{}"), new.fence), Written)


async def test_a_process_that_was_killed_does_not_wait_for_its_own_lease(stores: list[writer.Store]) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(DEADLINE), Election(stores[0].channel, "x", "host:1", ttl=20).lead() as killed:
        began = loop.time()
        async with Election(stores[1].channel, "x", "host:1", ttl=20).lead() as again:
            assert loop.time() - began < 5
            assert await stores[0].writer.commit(Put(KEY, b"{}"), killed.fence) == Fenced()
            assert isinstance(await stores[1].writer.commit(Put(KEY, b"{}"), again.fence), Written)
            await killed.lost.wait()
            assert not again.lost.is_set()


async def test_processes_of_one_name_do_not_take_the_lead_from_each_other_for_ever(stores: list[writer.Store]) -> None:
    """The second ends the first's candidature, as if it had been started again; the first then stands behind it."""
    reigns: list[int] = []
    begun = asyncio.Semaphore(0)
    resign = asyncio.Event()

    async def live(number: int) -> None:
        election = Election(stores[number].channel, "x", "host:1", ttl=2)
        while True:
            async with election.lead() as leadership:
                reigns.append(number)
                begun.release()
                lost, told = asyncio.create_task(leadership.lost.wait()), asyncio.create_task(resign.wait())
                await asyncio.wait((lost, told), return_when=asyncio.FIRST_COMPLETED)
                lost.cancel()
                told.cancel()
                if number == 1 and resign.is_set():
                    return

    async with asyncio.timeout(DEADLINE):
        lives = [asyncio.create_task(live(0))]
        await begun.acquire()
        lives.append(asyncio.create_task(live(1)))
        await begun.acquire()
        await until_stand(stores[2], 2)
        assert reigns == [0, 1]
        resign.set()
        await begun.acquire()
        assert reigns == [0, 1, 0]
    lives[0].cancel()
    await asyncio.gather(*lives, return_exceptions=True)


async def until_stand(store: writer.Store, count: int) -> None:
    prefix = "/registry/elections/x/"
    page = await store.reader.range(prefix)
    standing = {entry.key for entry in page.entries}
    async with aclosing(store.reader.watch(page.revision, prefix)) as stream:
        while len(standing) != count:
            for event in (await anext(stream)).events:
                (standing.discard if event.entry is None else standing.add)(event.key)


async def test_processes_of_one_host_without_ports_of_their_own_stand_in_line(stores: list[writer.Store]) -> None:
    """As the settings make their names: no two are the same, so none takes over from another that lives."""
    path = Path("/nowhere")
    names = [LeaderSettings(health_port=0, certificate=path, key=path, ca=path).candidate for _ in range(2)]
    async with asyncio.timeout(DEADLINE), Election(stores[0].channel, "x", names[0], ttl=5).lead() as first:
        waiting = asyncio.create_task(_lead_once(Election(stores[1].channel, "x", names[1], ttl=5)))
        await until_stand(stores[2], 2)
        assert not first.lost.is_set()
        assert isinstance(await stores[0].writer.commit(Put(KEY, b"{}"), first.fence), Written)
        assert not waiting.done()
    async with asyncio.timeout(DEADLINE):
        await waiting


async def _lead_once(election: Election) -> None:
    async with election.lead():
        pass


async def test_a_candidature_counts_from_before_its_lease_was_granted(
    stores: list[writer.Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease runs while etcd is slow to take the key that hangs on it: what is left of it is what counts."""
    channel, loop = stores[0].channel, asyncio.get_running_loop()
    election = Election(channel, "x", "a", ttl=3)
    read = channel.read

    async def slow(method: Any, request: Any, timeout: float) -> Any:
        if isinstance(request, rpc_pb2.TxnRequest):
            await asyncio.sleep(1.5)
        return await read(method, request, timeout)

    async def no_answer(lease: int, timeout: float) -> None:
        await asyncio.sleep(min(timeout, 0.1))

    monkeypatch.setattr(channel, "read", slow)
    monkeypatch.setattr(election, "_keep_alive", no_answer)
    began = loop.time()
    async with asyncio.timeout(DEADLINE), election.lead() as leadership:
        await leadership.lost.wait()
        assert loop.time() - began < 3.5
