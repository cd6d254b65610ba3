"""python -m services.controller_manager: waits until it leads, then runs all controllers until it is told to stop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from ipaddress import IPv4Network

from services.client.etcd_source import EtcdSource
from services.client.events import EventWriter
from services.client.grpc_source import GrpcSource
from services.client.sdk import Client
from services.controller_manager.apply import Applier
from services.controller_manager.controller import Controller
from services.controller_manager.controllers.deployment.observe import Deployments
from services.controller_manager.controllers.endpoints.observe import Endpoints
from services.controller_manager.controllers.endpointslice.observe import EndpointSlices
from services.controller_manager.controllers.endpointslicemirroring.observe import EndpointSliceMirrors
from services.controller_manager.controllers.garbagecollector.observe import GarbageCollector
from services.controller_manager.controllers.namespace.observe import Namespaces
from services.controller_manager.controllers.nodeipam.observe import NodeAddresses
from services.controller_manager.controllers.nodelifecycle.observe import NodeLifecycle
from services.controller_manager.controllers.podgc.observe import PodGarbageCollector
from services.controller_manager.controllers.replicaset.observe import ReplicaSets
from services.controller_manager.controllers.rootca.observe import RootCertificates
from services.controller_manager.controllers.serviceaccount.observe import ServiceAccounts
from services.controller_manager.controllers.servicelb.observe import LoadBalancers
from services.controller_manager.runner import Runner
from services.controller_manager.settings import Settings
from services.controller_manager.view import View
from services.foundation import health, log, process, settings
from services.objects.errors import FencedOff, ServiceUnavailable
from services.objects.kinds import REPLICASET, REPLICATIONCONTROLLER, Kind
from services.objects.meta import Obj
from services.storage import codec
from services.storage.channel import Channel, connect
from services.storage.election import Election, Leadership
from services.storage.reader import Reader
from services.storage.store import StoreUnavailable

NAME = "controller-manager"
_PAGE = 500  # objects per list call
_PAUSE = 1.0  # seconds until a former leader stands again

logger = log.get(__name__)


def controllers(view: View, client: Client, chosen: Settings) -> list[Controller]:
    """All of them."""

    async def get(kind: Kind, namespace: str, name: str) -> Obj:
        return await client.resource(kind, namespace).get(name)

    async def content(kind: Kind, namespace: str) -> list[Obj]:
        return await client.resource(kind, namespace).list(limit=_PAGE)

    certificates = (chosen.root_ca or chosen.ca).read_text()
    return [
        Deployments(view),
        ReplicaSets(view, REPLICASET),
        ReplicaSets(view, REPLICATIONCONTROLLER),
        Endpoints(view),
        EndpointSlices(view),
        EndpointSliceMirrors(view),
        Namespaces(view, content),
        ServiceAccounts(view),
        RootCertificates(view, certificates),
        GarbageCollector(view, get),
        PodGarbageCollector(view, chosen.terminated_pod_threshold),
        NodeLifecycle(view, get, timedelta(seconds=chosen.node_monitor_grace)),
        NodeAddresses(view, IPv4Network(chosen.cluster_cidr), chosen.node_cidr_mask),
        LoadBalancers(view),
    ]


async def lead(
    view: View, client: Client, reader: Reader, leadership: Leadership, chosen: Settings, stopping: asyncio.Event
) -> None:
    """Runs the controllers until told to stop or until we no longer lead (FencedOff among others)."""

    async def fresh() -> int:
        try:
            return codec.listed(await reader.revision())
        except StoreUnavailable as error:
            raise ServiceUnavailable(str(error)) from error

    events = EventWriter(client, leadership.fence)
    runner = Runner(view, Applier(client, events, leadership.fence), fresh)
    async with asyncio.TaskGroup() as group:
        working = [group.create_task(runner.run(controllers(view, client, chosen))), group.create_task(events.run())]
        ends = [group.create_task(stopping.wait()), group.create_task(leadership.lost.wait())]
        await asyncio.wait([*working, *ends], return_when=asyncio.FIRST_COMPLETED)
        for task in (*working, *ends):
            task.cancel()


async def follow(
    view: View, client: Client, reader: Reader, channel: Channel, chosen: Settings, stopping: asyncio.Event
) -> None:
    """Stands for election, again and again; the view is in sync long before, so that taking over takes no time."""
    await view.synced()
    while not stopping.is_set():
        try:
            async with Election(channel, NAME, chosen.candidate).lead() as leadership:
                await lead(view, client, reader, leadership, chosen, stopping)
        except* FencedOff:
            logger.warning("another process leads", identity=chosen.candidate)
        if not stopping.is_set():
            logger.warning("no longer leading", identity=chosen.candidate)
            await asyncio.sleep(_PAUSE)


async def main(stopping: asyncio.Event) -> None:
    chosen = settings.parse(Settings, prog=NAME)
    async with (
        connect(chosen.etcd_endpoints, chosen.etcd_identity) as store,
        Client(chosen.apiserver, identity=chosen.tls, field_manager=NAME) as client,
    ):
        view = View.over(EtcdSource(store.reader), GrpcSource(client))

        def ready() -> str:
            return "" if view.is_synced else "the view of the cluster is not complete yet"

        async with health.serve(chosen.bind_address, chosen.health_port, ready), asyncio.TaskGroup() as group:
            running = [group.create_task(informer.run()) for informer in view.informers]
            working = group.create_task(follow(view, client, store.reader, store.channel, chosen, stopping))
            told = group.create_task(stopping.wait())
            await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
            for task in (*running, working, told):
                task.cancel()


if __name__ == "__main__":
    process.run(NAME, main)
