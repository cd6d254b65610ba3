"""What holds for all controllers under late news: what is to go goes, nothing else; who is fenced off ends."""

from __future__ import annotations

import asyncio

import pytest

from services.objects.errors import FencedOff
from services.objects.kinds import (
    CONFIGMAP,
    DEPLOYMENT,
    NAMESPACE,
    POD,
    REPLICASET,
    SERVICEACCOUNT,
)
from services.objects.meta import is_deleting, name_of, namespace_of, uid_of
from services.objects.ownership import controller_of, owner_reference, owners_of
from tests.component.controller_manager.cluster import selected, settled, until
from tests.component.controller_manager.stage import SEEDS, cluster_with_nodes, deployment, play, replicaset, template


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
