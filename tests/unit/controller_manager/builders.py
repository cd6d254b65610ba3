"""Objects for tables: as small as the decisions allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.objects import times
from services.objects.kinds import REPLICASET, Kind
from services.objects.meta import Obj
from services.objects.ownership import owner_reference

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ago(seconds: float) -> str:
    return times.rfc3339(NOW - timedelta(seconds=seconds))


def condition(type: str, status: str = "True", reason: str = "", since: float = 0, **more: Any) -> Obj:
    return {"type": type, "status": status, "reason": reason, "lastTransitionTime": ago(since), **more}


def pod(name: str, *, ready: float | None = 0, owner: Obj | None = None, owner_kind: Kind = REPLICASET,
        node: str = "node-a", phase: str = "Running", age: float = 1000, deleting: bool = False, restarts: int = 0,
        labels: dict[str, str] | None = None, ip: str = "10.0.0.1", **metadata: Any) -> Obj:  # fmt: skip
    """`ready`: for how many seconds; None is not ready."""
    meta: Obj = {"name": name, "namespace": "default", "uid": f"uid-{name}", "resourceVersion": "7",
                 "labels": {"app": "web"} if labels is None else labels, "creationTimestamp": ago(age), **metadata}
    if owner is not None:
        meta["ownerReferences"] = [owner_reference(owner, owner_kind)]
    if deleting:
        meta["deletionTimestamp"] = ago(1)
    status: Obj = {"phase": phase, "conditions": [], "containerStatuses": [{"restartCount": restarts}]}
    if ip:
        status |= {"podIP": ip, "podIPs": [{"ip": ip}]}
    status["conditions"] = [condition("Ready", "False" if ready is None else "True", since=ready or 0)]
    ports = [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    spec: Obj = {"containers": [{"name": "main", "image": "web:1", "ports": ports}]}
    if node:
        spec["nodeName"] = node
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}


def template(image: str = "web:1", **labels: str) -> Obj:
    containers = [{"name": "main", "image": image}]
    return {"metadata": {"labels": {"app": "web", **labels}}, "spec": {"containers": containers}}


def replicaset(name: str = "web", replicas: int = 3, **spec: Any) -> Obj:
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "generation": 2,
                     "resourceVersion": "5", "creationTimestamp": ago(5000)},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(), **spec},
    }  # fmt: skip


def deployment(replicas: int = 3, image: str = "web:1", surge: int | str = "25%", unavailable: int | str = "25%",
               **spec: Any) -> Obj:  # fmt: skip
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "uid": "uid-deployment", "generation": 1,
                     "resourceVersion": "9"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(image),
                 "strategy": rolling, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, **spec},
    }  # fmt: skip


def service(**spec: Any) -> Obj:
    ports = [{"name": "web", "port": 80, "targetPort": "http", "protocol": "TCP"}]
    return {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": "default", "uid": "uid-service", "resourceVersion": "4"},
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.5", "selector": {"app": "web"}, "ports": ports, **spec},
        "status": {"loadBalancer": {}},
    }  # fmt: skip


def node(name: str = "node-a", *, ready: str = "True", since: float = 500, address: str = "192.168.0.1",
         taints: list[Obj] | None = None, labels: dict[str, str] | None = None, **spec: Any) -> Obj:  # fmt: skip
    found = [condition("Ready", ready, since=since)] if ready else []
    if taints:
        spec["taints"] = taints
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": "3", "labels": labels or {}},
        "spec": spec,
        "status": {"conditions": found, "addresses": [{"type": "InternalIP", "address": address}]},
    }  # fmt: skip
