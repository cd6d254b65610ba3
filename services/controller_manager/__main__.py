"""python -m services.controller_manager: waits until it leads, then runs all controllers until it is told to stop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Network

from services.client import leader
from services.client.etcd_source import EtcdSource
from services.client.events import EventWriter
from services.client.grpc_source import GrpcSource
from services.client.sdk import Client
from services.client.sdk.messages import FenceLike
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
from services.foundation import process, settings
from services.objects.kinds import REPLICASET, REPLICATIONCONTROLLER, Kind
from services.objects.meta import Obj

NAME = "controller-manager"
_PAGE = 500  # objects per list call


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


def assemble(chosen: Settings, source: EtcdSource, client: Client) -> leader.Duty:
    view = View.over(source, GrpcSource(client))

    async def work(fence: FenceLike) -> None:
        events = EventWriter(client, fence)
        runner = Runner(view, Applier(client, events, fence), source.fresh)
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run(controllers(view, client, chosen)))
            group.create_task(events.run())

    return leader.Duty(view.informer, work, view.others)


async def main(stopping: asyncio.Event) -> None:
    chosen = settings.parse(Settings, prog=NAME)
    await leader.run(NAME, chosen, stopping, partial(assemble, chosen))


if __name__ == "__main__":
    process.run(NAME, main)
