"""Nodes that fall silent, as the controllers see them late."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.controller_manager import pods as podstate
from services.objects.kinds import (
    DEPLOYMENT,
    NODE,
    POD,
)
from services.objects.meta import is_deleting, name_of
from tests.component.controller_manager.cluster import now, selected, settled, until
from tests.component.controller_manager.stage import SEEDS, cluster_with_nodes, deployment, node, play, template


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
