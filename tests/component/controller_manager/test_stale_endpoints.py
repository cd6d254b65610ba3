"""Endpoints and their slices against late news."""

from __future__ import annotations

import pytest

from services.objects.kinds import (
    DEPLOYMENT,
    ENDPOINTS,
    ENDPOINTSLICE,
    POD,
    SERVICE,
)
from services.objects.meta import name_of
from tests.component.controller_manager.cluster import selected, settled
from tests.component.controller_manager.stage import SEEDS, cluster_with_nodes, deployment, play


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
