"""python -m services.scheduler: follows the cluster, waits until it leads, then binds pods until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import socket

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.client.sdk import Client
from services.foundation import health, log, process, settings
from services.foundation.tls import Identity
from services.objects.kinds import NODE, POD
from services.scheduler.loop import Scheduler
from services.scheduler.settings import Settings
from services.storage import codec
from services.storage.channel import Channel, connect
from services.storage.election import Election
from services.storage.reader import Reader
from services.storage.store import StoreUnavailable

NAME = "scheduler"
_PAUSE = 1.0  # seconds between questions to a store that does not answer

logger = log.get(__name__)


async def work(
    scheduler: Scheduler, client: Client, channel: Channel, identity: str, stopping: asyncio.Event
) -> None:
    """Leads as soon as it may; returns when told to stop, raises when somebody else took over."""
    async with Election(channel, NAME, identity).lead() as leadership, asyncio.TaskGroup() as group:
        leading = group.create_task(scheduler.lead(client, leadership.fence))
        ends = [group.create_task(stopping.wait()), group.create_task(leadership.lost.wait())]
        await asyncio.wait([leading, *ends], return_when=asyncio.FIRST_COMPLETED)
        for task in (leading, *ends):
            task.cancel()
        if leadership.lost.is_set() and not stopping.is_set():
            # What was assumed and not yet seen is best forgotten with the process.
            raise RuntimeError("leadership lost")


async def fresh(reader: Reader) -> int:
    """The resourceVersion of now, however long the store takes to say."""
    while True:
        try:
            return codec.listed(await reader.revision())
        except StoreUnavailable as error:
            logger.warning("the store does not answer", error=str(error))
            await asyncio.sleep(_PAUSE)


async def main(stopping: asyncio.Event) -> None:
    chosen = settings.parse(Settings, prog=NAME)
    ours = Identity(chosen.certificate, chosen.key, chosen.ca)
    etcd = None
    if chosen.etcd_ca and chosen.etcd_certificate and chosen.etcd_key:
        etcd = Identity(chosen.etcd_certificate, chosen.etcd_key, chosen.etcd_ca)
    identity = chosen.identity or f"{socket.gethostname()}_{os.getpid()}"
    async with (
        connect(chosen.etcd_endpoints, etcd) as store,
        Client(chosen.apiserver, identity=ours, field_manager=NAME) as client,
    ):
        informer = Informer(EtcdSource(store.reader), [POD, NODE])
        scheduler = Scheduler(informer, lambda: fresh(store.reader))

        def ready() -> str:
            return "" if informer.synced.is_set() else "the view of the cluster is not complete yet"

        async with health.serve(chosen.bind_address, chosen.health_port, ready), asyncio.TaskGroup() as group:
            following = group.create_task(informer.run())
            working = group.create_task(work(scheduler, client, store.channel, identity, stopping))
            told = group.create_task(stopping.wait())
            await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
            for task in (following, working, told):
                task.cancel()


if __name__ == "__main__":
    process.run(NAME, main)
