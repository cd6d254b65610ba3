"""python -m services.scheduler: follows the cluster, waits until it leads, then binds pods until it is told to stop."""

from __future__ import annotations

import asyncio
import functools

from services.client import leader
from services.client.etcd_source import EtcdSource
from services.client.informer import Informer
from services.client.sdk import Client
from services.foundation import log, process, settings
from services.objects.kinds import POD
from services.objects.wire.yaml import NotYAML
from services.scheduler.configuration import Configuration, ConfigurationError
from services.scheduler.explainer import Explainer
from services.scheduler.loop import READ, Scheduler
from services.scheduler.settings import Settings

logger = log.get(__name__)

NAME = "scheduler"


def assemble(chosen: Settings, configuration: Configuration, source: EtcdSource, client: Client) -> leader.Duty:
    informer = Informer(source, READ)
    scheduler = Scheduler(informer, source.fresh, configuration=configuration)
    others = [Explainer(scheduler.state, informer.store(POD).get, chosen.explain_address, chosen.tls)]
    return leader.Duty(informer, lambda fence: scheduler.lead(client, fence), others if chosen.explain_address else ())


async def main(stopping: asyncio.Event) -> None:
    chosen = settings.parse(Settings, prog=NAME)
    try:
        configuration = chosen.configuration()
    except (ConfigurationError, NotYAML, OSError) as error:
        raise SystemExit(f"{NAME}: {chosen.config}: {error}") from error
    for each in configuration.ignored:
        logger.warning("the configuration says something that has no effect", field=each.field, why=each.why)
    await leader.run(NAME, chosen, stopping, functools.partial(assemble, chosen, configuration))


if __name__ == "__main__":
    process.run(NAME, main)
