"""Deployments, ReplicaSets and their pods against late news: never more than wanted, never fewer than promised."""

from __future__ import annotations

import pytest

from services.controller_manager import pods as podstate
from services.objects.errors import Forbidden
from services.objects.kinds import (
    DEPLOYMENT,
    POD,
    REPLICASET,
)
from services.objects.meta import Obj, name_of
from tests.component.controller_manager.cluster import selected, settled, until
from tests.component.controller_manager.stage import (
    SEEDS,
    active,
    cluster_with_nodes,
    deployment,
    play,
    replicaset,
    template,
)


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
