"""The stage of stories in which every controller runs against a cluster whose news come late, out of order between
kinds, and whose writes fail. Safety is checked after every single write, liveness at the end of each story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from ipaddress import IPv4Network
from random import Random
from typing import Any

from services.controller_manager import pods as podstate
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
from services.objects.kinds import (
    LEASE,
    NODE,
    POD,
    REPLICASET,
    REPLICATIONCONTROLLER,
)
from services.objects.meta import Obj, uid_of
from services.objects.ownership import controller_of
from tests.component.controller_manager.cluster import Cluster, Nodes, now, run, simulate

SEEDS = range(12)


def all_controllers(cluster: Cluster):
    def make(view):
        return [
            Deployments(view), ReplicaSets(view, REPLICASET), ReplicaSets(view, REPLICATIONCONTROLLER),
            Endpoints(view), EndpointSlices(view), EndpointSliceMirrors(view),
            Namespaces(view, cluster.content), ServiceAccounts(view),
            RootCertificates(view, "PEM"), GarbageCollector(view, cluster.fetch),
            PodGarbageCollector(view, 3, now), NodeLifecycle(view, cluster.fetch, timedelta(seconds=50), now),
            NodeAddresses(view, IPv4Network("10.244.0.0/16"), 24), LoadBalancers(view),
        ]  # fmt: skip

    return make


def cluster_with_nodes(seed: int) -> tuple[Cluster, Nodes]:
    """Every third one has no trouble but late news: a refusal makes a controller look again, and may hide a mistake."""
    cluster = Cluster(Random(seed), trouble=seed % 3 > 0)
    nodes = Nodes(cluster)
    return cluster, nodes


def template(image: str = "app:1", app: str = "web") -> Obj:
    container = {"name": "main", "image": image, "ports": [{"name": "http", "containerPort": 80}]}
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container]}}


def replicaset(name: str, replicas: int) -> Obj:
    return {"metadata": {"name": name, "namespace": "default"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template()}}


def deployment(name: str, replicas: int, **spec: object) -> Obj:
    return {"metadata": {"name": name, "namespace": "default"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(), **spec}}


def node(name: str, address: str) -> Obj:
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {"metadata": {"name": name}, "spec": {},
            "status": {"conditions": [ready], "addresses": [{"type": "InternalIP", "address": address}]}}


def add_nodes(cluster: Cluster, nodes: Nodes) -> None:
    for index, name in enumerate(nodes.names, 1):
        made = node(name, f"192.168.0.{index}")
        cluster.add(NODE, made)
        cluster.change(NODE, "", name, lambda obj, made=made: obj.update(status=made["status"]), "status")


def play(cluster: Cluster, nodes: Nodes, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def scene() -> None:
        add_nodes(cluster, nodes)
        beating = asyncio.create_task(heartbeats(cluster, nodes))
        await run(cluster, all_controllers(cluster), story, nodes=nodes)
        beating.cancel()

    simulate(scene())


async def heartbeats(cluster: Cluster, nodes: Nodes) -> None:
    """Renews the Leases of nodes that are not silent, as their agents do."""
    while True:
        for name in nodes.names:
            if name in nodes.silent or cluster.get(NODE, "", name) is None:
                continue
            spec = {"holderIdentity": name, "renewTime": now().isoformat().replace("+00:00", "Z")}
            if cluster.get(LEASE, "kube-node-lease", name) is None:
                cluster.add(LEASE, {"metadata": {"name": name, "namespace": "kube-node-lease"}, "spec": spec})
            else:
                cluster.change(LEASE, "kube-node-lease", name, lambda obj, spec=spec: obj.update(spec=spec))
        await asyncio.sleep(10)


def active(cluster: Cluster, owner: Obj) -> list[Obj]:
    return [pod for pod in cluster.list(POD)
            if podstate.is_active(pod) and (controller_of(pod) or {}).get("uid") == uid_of(owner)]
