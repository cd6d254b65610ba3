from __future__ import annotations

from typing import Any

import pytest

from services.scheduler.cluster.demand import HostPort, Requirement, Term, Toleration, demand_of

MIB = 1 << 20


def container(cpu: str = "", memory: str = "", **more: Any) -> dict[str, Any]:
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"name": "c", "resources": {"requests": requests}, **more}


@pytest.mark.parametrize(
    ("spec", "requests"),
    [
        ({"containers": [container()]}, {"pods": 1}),
        ({"containers": [container("100m", "1Mi"), container("1", "2Mi")]}, {"cpu": 1100, "memory": 3 * MIB}),
        ({"containers": [container("0.1005")]}, {"cpu": 101}),
        # The largest init container counts if it needs more than all app containers together ...
        ({"initContainers": [container("300m"), container("200m", "9Mi")], "containers": [container("250m", "1Mi")]},
         {"cpu": 300, "memory": 9 * MIB}),
        # ... and sidecars count with the app, and with the init containers after them.
        ({"initContainers": [container("100m", restartPolicy="Always"), container("300m")],
          "containers": [container("150m")]}, {"cpu": 400}),
        ({"initContainers": [container("300m"), container("100m", restartPolicy="Always")],
          "containers": [container("250m")]}, {"cpu": 350}),
        ({"containers": [container("100m")], "overhead": {"cpu": "50m", "memory": "1Mi"}},
         {"cpu": 150, "memory": MIB}),
        ({"containers": [container("100m", "5Mi")], "resources": {"requests": {"cpu": "1"}}},
         {"cpu": 1000, "memory": 5 * MIB}),
        ({"containers": [{"name": "c", "resources": {"requests": {"example.com/gpu": "2", "cpu": "0"}}}]},
         {"example.com/gpu": 2}),
    ],
)  # fmt: skip
def test_requests(spec: dict[str, Any], requests: dict[str, int]) -> None:
    assert dict(demand_of({"metadata": {}, "spec": spec}).requests) == {"pods": 1, **requests}


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ({"containers": [container()]}, (100, 200 * MIB)),
        ({"containers": [container("1", "1Mi"), container("2")]}, (3000, 201 * MIB)),
    ],
)
def test_usage_assumes_something_of_who_asks_for_nothing(spec: dict[str, Any], usage: tuple[int, int]) -> None:
    assert demand_of({"metadata": {}, "spec": spec}).usage == usage


def test_constraints() -> None:
    expression = {"key": "disk", "operator": "In", "values": ["ssd"]}
    demand = demand_of({"metadata": {}, "spec": {
        "containers": [container(ports=[{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81}])],
        "initContainers": [container(ports=[{"containerPort": 1, "hostPort": 1, "hostIP": "10.0.0.1",
                                             "protocol": "UDP"}], restartPolicy="Always"),
                           container(ports=[{"containerPort": 2, "hostPort": 2}])],
        "nodeSelector": {"b": "2", "a": "1"},
        "tolerations": [{"operator": "Exists"}, {"key": "k", "value": "v", "effect": "NoSchedule"}],
        "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [expression]}]},
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 7, "preference": {"matchFields": [{"key": "metadata.name", "operator": "In",
                                                              "values": ["n"]}]}}],
        }},
    }})  # fmt: skip
    assert demand.selector == (("a", "1"), ("b", "2"))
    assert demand.tolerations == (Toleration("", "Exists", "", ""), Toleration("k", "Equal", "v", "NoSchedule"))
    assert demand.ports == (HostPort("0.0.0.0", "TCP", 8080), HostPort("10.0.0.1", "UDP", 1))
    assert demand.terms == (Term((Requirement("disk", "In", ("ssd",)),), ()),)
    assert demand.preferences == ((7, Term((), (Requirement("metadata.name", "In", ("n",)),))),)
    assert demand_of({"metadata": {}, "spec": {"containers": []}}).terms is None
    hash(demand)
