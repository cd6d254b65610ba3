"""python -m services.scheduler: follows the cluster, waits until it leads, then binds pods until it is told to stop."""

from __future__ import annotations

import asyncio

from services.client import leader
from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.client.sdk import Client
from services.foundation import process, settings
from services.scheduler.loop import READ, Scheduler
from services.scheduler.settings import Settings

NAME = "scheduler"


def assemble(source: EtcdSource, client: Client) -> leader.Duty:
    informer = Informer(source, READ)
    scheduler = Scheduler(informer, source.fresh)
    return leader.Duty(informer, lambda fence: scheduler.lead(client, fence))


async def main(stopping: asyncio.Event) -> None:
    await leader.run(NAME, settings.parse(Settings, prog=NAME), stopping, assemble)


if __name__ == "__main__":
    process.run(NAME, main)
