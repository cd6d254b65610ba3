"""Nodes and pods in few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.objects.meta import Obj
from services.scheduler.cluster.cluster import Cluster, facts
from services.scheduler.cluster.demand import PodInfo, read


def node(name: str, cpu: str = "4", memory: str = "8Gi", pods: str = "110", labels: dict[str, str] | None = None,
         taints: list[Obj] | None = None, unschedulable: bool = False, **resources: str) -> Obj:  # fmt: skip
    allocatable = {"cpu": cpu, "memory": memory, "pods": pods}
    allocatable |= {key.replace("__", "/").replace("_", "."): value for key, value in resources.items()}
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": {"taints": taints or [], "unschedulable": unschedulable},
        "status": {"allocatable": allocatable},
    }


def pod(name: str = "p", cpu: str = "", memory: str = "", *, uid: str = "", ports: list[Obj] | None = None,
        status: Obj | None = None, requests: dict[str, str] | None = None, **spec: Any) -> Obj:  # fmt: skip
    asked = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value} | (requests or {})
    container = {"name": "c", "resources": {"requests": asked}, "ports": ports or []}
    return {
        "metadata": {"name": name, "namespace": "default", "uid": uid or f"uid-{name}", "resourceVersion": "1"},
        "spec": {"containers": [container], "schedulerName": "default-scheduler", **spec},
        "status": status or {"phase": "Pending"},
    }


def cluster_of(*nodes: Obj) -> Cluster:
    cluster = Cluster()
    for each in nodes:
        cluster.set_node(facts(each))
    return cluster


def info(*args: Any, **kwargs: Any) -> PodInfo:
    return read(pod(*args, **kwargs))


@pytest.fixture
def make_node() -> Callable[..., Obj]:
    return node


@pytest.fixture
def make_pod() -> Callable[..., Obj]:
    return pod


@pytest.fixture
def make_info() -> Callable[..., PodInfo]:
    return info


@pytest.fixture
def make_cluster() -> Callable[..., Cluster]:
    return cluster_of


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)
