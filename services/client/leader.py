"""The life of a process that leads, or waits until it may: scheduler and controller-manager.

It follows the cluster from its start, leading or not, so that taking over takes no time; it stands for election once it
has seen everything, again and again; and it works for as long as it leads. Exiting when the leadership is lost, as
Kubernetes' own components do, was rejected: the next candidature would begin with reading the whole cluster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.client.sdk import Client
from services.client.sdk.messages import FenceLike
from services.client.settings import LeaderSettings
from services.foundation import health, log
from services.objects.errors import FencedOff
from services.storage.channel import connect
from services.storage.election import Election, Leadership

logger = log.get(__name__)

PAUSE = 1.0  # seconds until a former leader stands again

Work = Callable[[FenceLike], Coroutine[Any, Any, None]]


class Runs(Protocol):
    async def run(self) -> None:
        """Until cancelled."""


@dataclass(frozen=True)
class Duty:
    """What there is to do for who leads.

    informer  the view of the cluster: until it is complete the process is not ready and does not stand
    work      until cancelled; raises FencedOff, alone or in a group, when an apiserver says that somebody else leads
    others    what runs as well, leading or not, and is not waited for
    """

    informer: Informer
    work: Work
    others: Sequence[Runs] = ()


async def run(
    name: str, chosen: LeaderSettings, stopping: asyncio.Event, assemble: Callable[[EtcdSource, Client], Duty]
) -> None:
    """The whole life of a process, until it is told to stop. `name` is the election's and the field manager's."""
    async with (
        connect(chosen.etcd_endpoints, chosen.etcd_identity) as store,
        Client(chosen.apiserver, identity=chosen.tls, field_manager=name) as client,
    ):
        duty = assemble(EtcdSource(store.reader), client)
        election = Election(store.channel, name, chosen.candidate)

        def ready() -> str:
            return "" if duty.informer.synced.is_set() else "the view of the cluster is not complete yet"

        async with health.serve(chosen.bind_address, chosen.health_port, ready), asyncio.TaskGroup() as group:
            lives = [duty.informer.run(), *(other.run() for other in duty.others), follow(election, duty)]
            tasks = [group.create_task(life) for life in lives]
            told = group.create_task(stopping.wait())
            await asyncio.wait([*tasks, told], return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, told):
                task.cancel()


async def follow(election: Election, duty: Duty) -> None:
    """Leads whenever it may, until cancelled."""
    await duty.informer.synced.wait()
    while True:
        try:
            async with election.lead() as leadership:
                await _reign(leadership, duty.work)
        except* FencedOff as refused:
            logger.warning("fenced off", refusals=[str(error) for error in refused.exceptions])
        logger.warning("no longer leading, standing again")
        await asyncio.sleep(PAUSE)


async def _reign(leadership: Leadership, work: Work) -> None:
    """Works until the leadership is lost."""
    async with asyncio.TaskGroup() as group:
        working = group.create_task(work(leadership.fence))
        losing = group.create_task(leadership.lost.wait())
        await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        losing.cancel()
