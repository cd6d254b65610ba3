"""python -m services.scheduler: follows the cluster, waits until it leads, then binds pods until it is told to stop."""

from __future__ import annotations

import asyncio

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.client.sdk import Client
from services.foundation import health, log, process, settings
from services.objects.errors import FencedOff
from services.objects.kinds import NODE, POD
from services.scheduler.loop import Scheduler
from services.scheduler.settings import Settings
from services.storage import codec
from services.storage.channel import connect
from services.storage.election import Election, Leadership
from services.storage.reader import Reader
from services.storage.store import StoreUnavailable

NAME = "scheduler"
_PAUSE = 1.0  # seconds between questions to a store that does not answer

logger = log.get(__name__)


async def work(scheduler: Scheduler, client: Client, election: Election) -> None:
    """Leads whenever it may, until cancelled."""
    while True:
        async with election.lead() as leadership:
            try:
                await reign(scheduler, client, leadership)
            except* FencedOff as refused:
                logger.warning("fenced off", refusals=[str(error) for error in refused.exceptions])
        logger.warning("no longer leading, standing again")


async def reign(scheduler: Scheduler, client: Client, leadership: Leadership) -> None:
    """Binds pods until the leadership is lost; raises FencedOff, in a group, when an apiserver says so first."""
    async with asyncio.TaskGroup() as group:
        leading = group.create_task(scheduler.lead(client, leadership.fence))
        losing = group.create_task(leadership.lost.wait())
        await asyncio.wait((leading, losing), return_when=asyncio.FIRST_COMPLETED)
        leading.cancel()
        losing.cancel()


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
    async with (
        connect(chosen.etcd_endpoints, chosen.etcd_identity) as store,
        Client(chosen.apiserver, identity=chosen.tls, field_manager=NAME) as client,
    ):
        informer = Informer(EtcdSource(store.reader), [POD, NODE])
        scheduler = Scheduler(informer, lambda: fresh(store.reader))

        def ready() -> str:
            return "" if informer.synced.is_set() else "the view of the cluster is not complete yet"

        async with health.serve(chosen.bind_address, chosen.health_port, ready), asyncio.TaskGroup() as group:
            following = group.create_task(informer.run())
            working = group.create_task(work(scheduler, client, Election(store.channel, NAME, chosen.candidate)))
            told = group.create_task(stopping.wait())
            await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
            for task in (following, working, told):
                task.cancel()


if __name__ == "__main__":
    process.run(NAME, main)
