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
        ({"containers": [{"name": "c", "resources": {"requests": {"hugepages-2Mi": "4Mi", "ephemeral-storage": "1k"}}},
                         container()]},
         {"hugepages-2Mi": 4 * MIB, "ephemeral-storage": 1000}),
        # A pod's own requests (KEP-2837) are for CPU, memory and huge pages; the overhead comes on top of them.
        ({"containers": [container("100m")], "overhead": {"cpu": "50m"},
          "resources": {"requests": {"cpu": "1", "hugepages-2Mi": "2Mi", "example.com/gpu": "1"}}},
         {"cpu": 1050, "hugepages-2Mi": 2 * MIB}),
    ],
)  # fmt: skip
def test_requests(spec: dict[str, Any], requests: dict[str, int]) -> None:
    assert dict(demand_of({"metadata": {}, "spec": spec}).requests) == {"pods": 1, **requests}


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ({"containers": [container()]}, (100, 200 * MIB)),
        ({"containers": [container("1", "1Mi"), container("2")]}, (3000, 201 * MIB)),
        ({"containers": [container("0", "0")]}, (0, 0)),  # who asks for nothing expressly is taken at their word
        ({"containers": [container()], "overhead": {"cpu": "50m"}}, (150, 200 * MIB)),
        # The pod's own requests say it for all; what only containers ask for needs no guess either.
        ({"containers": [container("1"), container()], "resources": {"requests": {"memory": "1Gi"}}},
         (1000, 1024 * MIB)),
        ({"containers": [container(), container()], "resources": {"requests": {"memory": "1Gi"}}}, (200, 1024 * MIB)),
    ],
)  # fmt: skip
def test_usage_assumes_something_of_who_asks_for_nothing(spec: dict[str, Any], usage: tuple[int, int]) -> None:
    assert demand_of({"metadata": {}, "spec": spec}).usage == usage


def resized(allocated: str | None, actual: str | None, *reasons: str) -> dict[str, Any]:
    told: dict[str, Any] = {"name": "c"}
    if allocated is not None:
        told["allocatedResources"] = {"cpu": allocated}
    if actual is not None:
        told["resources"] = {"requests": {"cpu": actual}}
    conditions = [{"type": "PodResizePending", "status": "True", "reason": reason} for reason in reasons]
    return {"containerStatuses": [told], "conditions": conditions}


@pytest.mark.parametrize(
    ("status", "cpu"),
    [
        (resized(None, None), 300),
        (resized("300m", "300m"), 300),
        (resized("300m", "500m"), 500),  # shrinking: it still has what it had
        (resized("400m", "200m"), 400),  # growing: it was given that already
        (resized("100m", "100m"), 300),  # growing: that is what it wants
        (resized("100m", "100m", "Deferred"), 300),
        (resized("100m", "200m", "Infeasible"), 200),  # it will never get what it wants
        (resized("100m", None, "Infeasible"), 100),
        (resized("100m", "300m", "Infeasible"), 300),
    ],
)
def test_a_pod_being_resized_counts_with_the_most(status: dict[str, Any], cpu: int) -> None:
    """KEP-1287."""
    for kind, other in (("containers", "initContainers"), ("initContainers", "containers")):
        where = {"initContainerStatuses" if key == "containerStatuses" and kind == "initContainers" else key: value
                 for key, value in status.items()}  # fmt: skip
        spec = {kind: [container("300m")], other: []}
        assert dict(demand_of({"metadata": {}, "spec": spec, "status": where}).requests)["cpu"] == cpu


def test_a_pod_that_has_what_it_asks_for_is_like_one_that_waits() -> None:
    spec = {"containers": [container("300m")]}
    waits = {"metadata": {}, "spec": spec}
    assert demand_of({**waits, "status": resized("300m", "300m")}) is demand_of(waits)


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
