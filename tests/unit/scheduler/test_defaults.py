from __future__ import annotations

from typing import Any

import pytest

from services.objects.meta import Obj
from services.scheduler.cluster.cluster import Cluster
from services.scheduler.cluster.defaults import default_spreads
from services.scheduler.cluster.demand import read
from services.scheduler.plugins.spreading import PrefersSpreading
from services.scheduler.profile import SYSTEM_DEFAULTS


def service(**selector: str) -> Obj:
    return {"spec": {"selector": selector}}


def labelled(pod: Obj, **labels: str) -> Obj:
    return {**pod, "metadata": {**pod["metadata"], "labels": labels}}


ZONE = "topology.kubernetes.io/zone"
WEB = {"spec": {"selector": {"matchLabels": {"app": "web"}}}}


@pytest.mark.parametrize(
    ("services", "controller", "alike"),
    [
        ([], None, ""),
        ([service(app="other")], None, ""),
        ([{"spec": {}}], None, ""),
        ([service(app="web")], None, "app=web"),
        ([service(app="web"), service(tier="1")], None, "app=web,tier=1"),
        ([], WEB, "app=web"),
        ([service(app="web")], WEB, "app=web"),
        ([], {"spec": {"selector": {"app": "web"}}}, "app=web"),  # a ReplicationController's
        ([], {"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}}, "a"),
    ],
)
def test_what_is_alike(services: list[Obj], controller: Obj | None, alike: str, make_pod: Any) -> None:
    found = default_spreads(labelled(make_pod(), app="web", tier="1"), services, controller, SYSTEM_DEFAULTS)
    assert [str(each.selector.labels) for each in found] == [alike] * 2 * bool(alike)
    assert [(each.key, each.max_skew, each.hard) for each in found] == [
        ("kubernetes.io/hostname", 3, False), (ZONE, 5, False)][: len(found)]  # fmt: skip


def test_own_constraints_come_first(make_pod: Any) -> None:
    own = {"topologyKey": ZONE, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
    pod = labelled(make_pod(topologySpreadConstraints=[own]), app="web")
    assert default_spreads(pod, [service(app="web")], None, SYSTEM_DEFAULTS) == ()


def test_nodes_without_zones_are_compared_as_well(make_cluster: Any, make_node: Any, make_pod: Any) -> None:
    cluster: Cluster = make_cluster(make_node("a"), make_node("b"), make_node("c", labels={ZONE: "1"}))
    pod = labelled(make_pod("new"), app="web")
    spreads = default_spreads(pod, [], WEB, SYSTEM_DEFAULTS)
    cluster.assign(read(labelled(make_pod("old"), app="web")), "a")
    columns = cluster.columns
    scores = PrefersSpreading().score(read(pod, spreads).demand, columns, columns.present)[:3].tolist()
    # Rounded costs, by log(domains + 2) per pod and skew: a has 1 log 5 + 2 of its host, c has 2 of its host and 4 of
    # its zone; a node without a zone is not charged for zones, as in Kubernetes.
    assert scores == [100 * (6 + 2 - cost) // 6 for cost in (4, 2, 6)]
