"""The algorithm alone: the same workload decided in this process, without an API, a store, or anything to wait for.

What is timed is deciding and assuming, in rounds like those of the scheduler's loop. Reading the pods is not: in the
real scheduler that is the informer's work, and is in the figures from end to end.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from services.load.scheduling import workloads
from services.load.scheduling.workloads import Workload, WorkloadError
from services.objects.meta import Obj, labels_of, name_of
from services.scheduler.algorithm import Claims, schedule
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import PodInfo, read
from services.scheduler.preemption import Preemptor

ROUND = 100  # pods


def rate(workload: Workload, seed: int = 1) -> float:
    """Pods per second. Raises WorkloadError when a pod that should have found a node did not."""
    cluster = Cluster()
    for namespace in workloads.namespaces(workload):
        cluster.set_namespace(name_of(namespace), dict(labels_of(namespace)))
    for node in workloads.nodes(workload):
        cluster.set_node(facts(node))
    rng = np.random.default_rng(seed)
    if workload.placed:
        _place(cluster, [_read(pod) for pod in workloads.existing(workload)], rng)
    pods = [_read(pod) for pod in workloads.measured(workload)]
    began = perf_counter()
    _place(cluster, pods, rng)
    return len(pods) / (perf_counter() - began)


def _read(pod: Obj) -> PodInfo:
    important = pod["spec"].get("priorityClassName") == workloads.IMPORTANT
    return read(pod)._replace(uid=name_of(pod), priority=workloads.IMPORTANCE if important else 0)


def _place(cluster: Cluster, pods: Sequence[PodInfo], rng: np.random.Generator) -> None:
    for start in range(0, len(pods), ROUND):
        refused = _decide(cluster, pods[start : start + ROUND], rng)
        if refused:
            _preempt(cluster, refused)
            if _decide(cluster, refused, rng):
                raise WorkloadError("some pods find no node")


def _decide(cluster: Cluster, pods: Sequence[PodInfo], rng: np.random.Generator) -> list[PodInfo]:
    """Those that found no node."""
    refused = []
    for decision in schedule(pods, cluster.columns, rng, claims=Claims(cluster)):
        if decision.node:
            cluster.unclaim(decision.pod.key)
            cluster.assign(decision.pod, decision.node)
        else:
            refused.append(decision.pod)
    return refused


def _preempt(cluster: Cluster, pods: Sequence[PodInfo]) -> None:
    """Clears nodes for the pods; the victims are gone at once."""
    preemptor = Preemptor(cluster)
    for found in [preemptor.preempt(pod) for pod in pods]:
        if found is not None:
            cluster.claim(found.pod, found.node)
            for victim in found.victims:
                cluster.release(victim.key)
