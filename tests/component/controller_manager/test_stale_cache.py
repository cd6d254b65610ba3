"""Every controller against a cluster whose news come late, out of order between kinds, and whose writes fail.

Safety is checked after every single write, liveness at the end of each story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from ipaddress import IPv4Network
from random import Random
from typing import Any

import pytest

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
from services.objects.errors import FencedOff, Forbidden
from services.objects.kinds import (
    CONFIGMAP,
    DEPLOYMENT,
    ENDPOINTS,
    ENDPOINTSLICE,
    LEASE,
    NAMESPACE,
    NODE,
    POD,
    REPLICASET,
    REPLICATIONCONTROLLER,
    SERVICE,
    SERVICEACCOUNT,
)
from services.objects.meta import Obj, is_deleting, name_of, namespace_of, uid_of
from services.objects.ownership import controller_of, owner_reference, owners_of
from tests.component.controller_manager.cluster import Cluster, Nodes, now, run, selected, settled, simulate, until

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


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replica_set_never_has_more_pods_than_it_ever_wanted(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)
    most = {"web": 0}

    def check() -> None:
        owner = cluster.get(REPLICASET, "default", "web")
        if owner is None:
            return
        count, wanted = len(active(cluster, owner)), owner["spec"]["replicas"]
        assert count <= most["web"]
        # Until a smaller number has been seen, what the larger one asks for may still be on its way.
        if owner.get("status", {}).get("observedGeneration") == owner["metadata"]["generation"] and count <= wanted:
            most["web"] = wanted

    def scale(replicas: int) -> None:
        most["web"] = max(most["web"], replicas)
        cluster.change(REPLICASET, "default", "web", lambda obj: obj["spec"].update(replicas=replicas))

    async def story() -> None:
        most["web"] = 5
        cluster.add(REPLICASET, replicaset("web", 5))
        for replicas in (5, 9, 2, 6):
            scale(replicas)
            if seed % 2:
                await until(lambda wanted=replicas: len(selected(cluster, app="web")) == wanted)
            victim = next(iter(cluster.list(POD)), None)
            if victim is not None:
                cluster.remove(POD, "default", name_of(victim))
        await settled(cluster)
        owner = cluster.get(REPLICASET, "default", "web")
        assert len(active(cluster, owner)) == 6
        assert owner["status"]["replicas"] == owner["status"]["readyReplicas"] == 6
        assert owner["status"]["availableReplicas"] == owner["status"]["fullyLabeledReplicas"] == 6
        assert cluster.events("SuccessfulCreate")

    cluster.checks.append(check)
    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rolling_update_keeps_its_bounds_and_ends(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)
    replicas, surge, unavailable = 6, seed % 3, 1 + seed % 2
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    complete = False

    def check() -> None:
        sets = cluster.list(REPLICASET)
        assert sum(each["spec"]["replicas"] for each in sets) <= replicas + surge
        for each in sets:
            assert len(active(cluster, each)) <= replicas
        if complete:
            ready = [pod for pod in selected(cluster, app="web") if podstate.is_active(pod) and podstate.is_ready(pod)]
            assert len(ready) >= replicas - unavailable

    async def story() -> None:
        nonlocal complete
        cluster.add(DEPLOYMENT, deployment("web", replicas, strategy=rolling))
        await until(lambda: done("app:1"))
        complete = True
        for image in ("app:2", "app:3"):
            cluster.change(DEPLOYMENT, "default", "web", lambda obj, image=image: obj["spec"].update(
                template=template(image)))
        await until(lambda: done("app:3"))
        cluster.change(DEPLOYMENT, "default", "web", lambda obj: obj["spec"].update(template=template("app:1")))
        await until(lambda: done("app:1"))
        await settled(cluster)
        status = cluster.get(DEPLOYMENT, "default", "web")["status"]
        progressing = next(each for each in status["conditions"] if each["type"] == "Progressing")
        assert progressing["reason"] == "NewReplicaSetAvailable"
        assert len({name_of(each) for each in cluster.list(REPLICASET)}) in (2, 3)
        assert int(cluster.get(DEPLOYMENT, "default", "web")["metadata"]["annotations"]
                   ["deployment.kubernetes.io/revision"]) in (3, 4)

    def done(image: str) -> bool:
        obj = cluster.get(DEPLOYMENT, "default", "web")
        status = obj.get("status") or {}
        pods = [pod for pod in selected(cluster, app="web") if podstate.is_active(pod)]
        return (status.get("observedGeneration") == obj["metadata"]["generation"]
                and [status.get(f"{name}eplicas") for name in ("updatedR", "r", "availableR")] == [replicas] * 3
                and all(pod["spec"]["containers"][0]["image"] == image for pod in pods))

    cluster.checks.append(check)
    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_recreate_never_mixes_old_and_new_pods(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)

    def check() -> None:
        images = {pod["spec"]["containers"][0]["image"] for pod in selected(cluster, app="web")
                  if not podstate.is_terminal(pod)}
        assert len(images) <= 1

    async def story() -> None:
        cluster.add(DEPLOYMENT, deployment("web", 3, strategy={"type": "Recreate"}))
        await until(lambda: len(selected(cluster, app="web")) == 3)
        cluster.change(DEPLOYMENT, "default", "web", lambda obj: obj["spec"].update(template=template("app:2")))
        await settled(cluster)
        pods = selected(cluster, app="web")
        assert [pod["spec"]["containers"][0]["image"] for pod in pods] == ["app:2"] * 3

    cluster.checks.append(check)
    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_endpoints_follow_ready_pods(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)

    async def story() -> None:
        ports = [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]
        cluster.add(SERVICE, {"metadata": {"name": "web", "namespace": "default"},
                              "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": ports}})
        cluster.add(DEPLOYMENT, deployment("web", 4))
        await settled(cluster)
        cluster.change(DEPLOYMENT, "default", "web", lambda obj: obj["spec"].update(replicas=7))
        cluster.remove(POD, "default", name_of(selected(cluster, app="web")[0]))
        await settled(cluster)
        addresses = sorted(pod["status"]["podIP"] for pod in selected(cluster, app="web"))
        assert len(addresses) == 7
        endpoints = cluster.get(ENDPOINTS, "default", "web")
        assert sorted(each["ip"] for each in endpoints["subsets"][0]["addresses"]) == addresses
        assert endpoints["subsets"][0]["ports"] == [{"name": "http", "port": 80, "protocol": "TCP"}]
        found = [endpoint for each in cluster.list(ENDPOINTSLICE) for endpoint in each["endpoints"]]
        assert sorted(each["addresses"][0] for each in found) == addresses
        assert all(each["conditions"] == {"ready": True, "serving": True, "terminating": False} for each in found)
        service = cluster.get(SERVICE, "default", "web")
        assert [each["ip"] for each in service["status"]["loadBalancer"]["ingress"]] == ["192.168.0.1", "192.168.0.2"]
        cluster.change(SERVICE, "default", "web", lambda obj: obj["spec"].update(type="ClusterIP"))
        await settled(cluster)
        assert not cluster.get(SERVICE, "default", "web")["status"]["loadBalancer"]
        cluster.remove(SERVICE, "default", "web")
        await settled(cluster)
        assert not cluster.list(ENDPOINTSLICE)
        assert not cluster.list(ENDPOINTS)

    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_endpoints_written_by_hand_are_mirrored_once(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)

    async def story() -> None:
        subsets = [{"addresses": [{"ip": "10.9.0.1"}], "ports": [{"port": 5432, "protocol": "TCP"}]}]
        cluster.add(ENDPOINTS, {"metadata": {"name": "db", "namespace": "default"}, "subsets": subsets})
        cluster.add(SERVICE, {"metadata": {"name": "db", "namespace": "default"},
                              "spec": {"type": "ClusterIP", "ports": [{"port": 5432, "protocol": "TCP"}]}})
        await settled(cluster)
        assert addresses() == ["10.9.0.1"]
        subsets = [{**subsets[0], "addresses": [{"ip": "10.9.0.2"}, {"ip": "10.9.0.3"}]}]
        cluster.change(ENDPOINTS, "default", "db", lambda obj: obj.update(subsets=subsets))
        await settled(cluster)
        assert addresses() == ["10.9.0.2", "10.9.0.3"]
        assert len(cluster.list(ENDPOINTSLICE)) == 1
        cluster.remove(ENDPOINTS, "default", "db")
        await settled(cluster)
        assert not cluster.list(ENDPOINTSLICE)

    def addresses() -> list[str]:
        return sorted(each["addresses"][0] for slice in cluster.list(ENDPOINTSLICE) for each in slice["endpoints"])

    play(cluster, nodes, story)


@pytest.mark.parametrize("policy", ["Background", "Foreground", "Orphan"])
@pytest.mark.parametrize("seed", SEEDS)
def test_garbage_collection_takes_what_it_should_and_nothing_else(seed: int, policy: str) -> None:
    cluster, nodes = cluster_with_nodes(seed)

    def check() -> None:
        """Nobody loses an object whose owner is alive, unless to its own controller's scaling."""
        for kind, obj in cluster.deletions:
            for owner in owners_of(obj):
                if kind is not POD:
                    alive = cluster.get(DEPLOYMENT, "default", owner["name"])
                    assert alive is None or uid_of(alive) != owner["uid"] or is_deleting(alive)

    async def story() -> None:
        cluster.add(DEPLOYMENT, deployment("web", 3))
        for name in ("a", "b", "c"):
            cluster.add(DEPLOYMENT, {**deployment(name, 1), "spec": {
                "replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template(app=name)}})
            owner = cluster.get(DEPLOYMENT, "default", name)
            reference = owner_reference(owner, DEPLOYMENT, controller=False)
            cluster.add(CONFIGMAP, {"metadata": {"name": name, "namespace": "default", "ownerReferences": [reference]}})
        await until(lambda: len(cluster.list(POD)) == 6)
        await settled(cluster)
        assert sorted(map(name_of, cluster.list(CONFIGMAP))) == ["a", "b", "c"]
        cluster.remove(DEPLOYMENT, "default", "web", propagation=policy)
        await settled(cluster)
        assert cluster.get(DEPLOYMENT, "default", "web") is None
        kept = 3 if policy == "Orphan" else 0
        assert len(selected(cluster, app="web")) == kept
        assert len(cluster.list(REPLICASET)) == (4 if policy == "Orphan" else 3)
        assert len(cluster.list(POD)) == 3 + kept
        if policy == "Orphan":
            (orphan,) = [each for each in cluster.list(REPLICASET) if not owners_of(each)]
            again = cluster.add(DEPLOYMENT, deployment("web", 3))
            await settled(cluster)
            assert (controller_of(cluster.get(REPLICASET, "default", name_of(orphan))) or {})["uid"] == uid_of(again)
            assert len(selected(cluster, app="web")) == 3

    cluster.checks.append(check)
    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_namespaces_get_their_things_and_go_empty(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)

    async def story() -> None:
        for name in ("default", "other"):
            cluster.add(NAMESPACE, {"metadata": {"name": name}, "spec": {"finalizers": ["kubernetes"]}})
        await settled(cluster)
        assert sorted(map(namespace_of, cluster.list(SERVICEACCOUNT))) == ["default", "other"]
        assert [each["data"] for each in cluster.list(CONFIGMAP)] == [{"ca.crt": "PEM"}] * 2
        cluster.change(CONFIGMAP, "default", "kube-root-ca.crt", lambda obj: obj.update(data={}))
        other = deployment("web", 3)
        other["metadata"]["namespace"] = "other"
        cluster.add(DEPLOYMENT, other)
        await until(lambda: len(selected(cluster, app="web")) == 3)
        cluster.remove(NAMESPACE, "", "other")
        await until(lambda: cluster.get(NAMESPACE, "", "other") is None)
        assert not [obj for (_, namespace, _), obj in cluster.objects.items()
                    if namespace == "other" and obj["kind"] != "Event"]
        assert not cluster.events("FailedCreate")
        assert cluster.get(CONFIGMAP, "default", "kube-root-ca.crt")["data"] == {"ca.crt": "PEM"}

    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_silent_node_loses_its_pods_and_gets_clean_when_it_returns(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)
    spec = template()
    spec["spec"]["tolerations"] = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}
        for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")]

    async def story() -> None:
        cluster.add(DEPLOYMENT, {**deployment("web", 4), "spec": {**deployment("web", 4)["spec"], "template": spec}})
        await settled(cluster, 5)
        ranges = [each["spec"]["podCIDR"] for each in cluster.list(NODE)]
        assert len(set(ranges)) == 2
        assert not any(each["spec"].get("taints") for each in cluster.list(NODE))
        nodes.silent.add("node-a")
        lost = [name_of(pod) for pod in cluster.list(POD) if pod["spec"]["nodeName"] == "node-a"]
        started = now()
        await until(lambda: bool(cluster.get(NODE, "", "node-a")["spec"].get("taints")))
        assert now() - started >= timedelta(seconds=39)
        await until(lambda: not any(podstate.is_ready(pod) for pod in cluster.list(POD) if name_of(pod) in lost))
        assert all(not is_deleting(pod) for pod in cluster.list(POD))
        await until(lambda: all(is_deleting(pod) for pod in cluster.list(POD) if name_of(pod) in lost))
        await until(lambda: cluster.get(DEPLOYMENT, "default", "web")["status"].get("availableReplicas") == 4)
        nodes.silent.discard("node-a")
        ready = node("node-a", "192.168.0.1")["status"]
        cluster.change(NODE, "", "node-a", lambda obj: obj.update(status=ready), "status")
        await until(lambda: not cluster.get(NODE, "", "node-a")["spec"].get("taints"))
        await until(lambda: not any(name_of(pod) in lost for pod in cluster.list(POD)))
        nodes.silent.add("node-b")
        cluster.remove(NODE, "", "node-b")
        await until(lambda: all(pod["spec"].get("nodeName") == "node-a" for pod in cluster.list(POD))
                    and len(cluster.list(POD)) == 4)

    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_when_the_apiserver_is_away_no_node_is_blamed(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)

    async def story() -> None:
        cluster.add(DEPLOYMENT, deployment("web", 4))
        await settled(cluster, 5)
        cluster.away = True
        nodes.silent.update(nodes.names)  # they cannot report
        await asyncio.sleep(300)
        cluster.away = False
        nodes.silent.clear()
        await asyncio.sleep(120)
        assert len(selected(cluster, app="web")) == 4
        assert all(podstate.is_ready(pod) for pod in cluster.list(POD))
        assert not cluster.events("NodeNotReady")

    play(cluster, nodes, story)


@pytest.mark.parametrize("seed", SEEDS)
def test_refused_pods_are_told_and_tried_again(seed: int) -> None:
    cluster, nodes = cluster_with_nodes(seed)
    cluster.broken = lambda op: Forbidden("exceeded quota") if op.kind is POD else None

    async def story() -> None:
        cluster.add(DEPLOYMENT, deployment("web", 3))
        await until(lambda: any(each["type"] == "ReplicaFailure" for each in conditions_of("web")))
        assert cluster.events("FailedCreate")[0]["message"] == "Error creating: exceeded quota"
        cluster.broken = lambda op: None
        await until(lambda: len(selected(cluster, app="web")) == 3)
        await settled(cluster)
        assert {each["type"] for each in conditions_of("web")} == {"Available", "Progressing"}

    def conditions_of(name: str) -> list[Obj]:
        return (cluster.get(DEPLOYMENT, "default", name).get("status") or {}).get("conditions") or []

    play(cluster, nodes, story)


def test_being_fenced_off_ends_everything() -> None:
    cluster, nodes = cluster_with_nodes(0)

    async def story() -> None:
        cluster.fenced_off = True
        cluster.add(REPLICASET, replicaset("web", 1))
        await asyncio.sleep(60)
        raise AssertionError("the runner did not stop")

    with pytest.raises(ExceptionGroup) as caught:
        play(cluster, nodes, story)
    assert caught.group_contains(FencedOff)
    assert not cluster.list(POD)
