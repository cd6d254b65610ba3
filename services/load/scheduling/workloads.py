"""The workloads: data. What nodes there are, what pods are there already, and which pods are timed.

They have the shape of Kubernetes' scheduler_perf, so that figures can be put side by side: nodes of 4 CPUs, 32 GiB and
110 pods, pods of 100m and 500Mi unless a workload says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.objects.meta import Obj

EXISTING, MEASURED = "load-existing", "load-measured"  # namespaces; those of existing pods have a number behind
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
IMPORTANT, IMPORTANCE = "load-important", 10  # a PriorityClass and its value
_NODE = {"cpu": "4", "memory": "32Gi", "pods": "110"}


class WorkloadError(Exception):
    """One sentence about what is wrong with a workload."""


class Shape(NamedTuple):
    """What is special about the pods of one template."""

    labels: Mapping[str, str] = {}
    spec: Mapping[str, Any] = {}
    cpu: str = "100m"


def _of_color(color: str, key: str, **more: Any) -> dict[str, Any]:
    meant = more or {"namespaces": [f"{EXISTING}-0", MEASURED]}
    return {"labelSelector": {"matchLabels": {"color": color}}, "topologyKey": key, **meant}


def _required(kind: str, color: str, key: str, **more: Any) -> Shape:
    terms = {"requiredDuringSchedulingIgnoredDuringExecution": [_of_color(color, key, **more)]}
    return Shape({"color": color}, {"affinity": {kind: terms}})


def _preferred(kind: str, color: str) -> Shape:
    term = {"weight": 1, "podAffinityTerm": _of_color(color, HOSTNAME)}
    return Shape({"color": color}, {"affinity": {kind: {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}})


PLAIN = Shape()
NEAR = _required("podAffinity", "blue", ZONE)
APART = _required("podAntiAffinity", "green", HOSTNAME)
APART_IN_TEAM = _required("podAntiAffinity", "green", HOSTNAME, namespaceSelector={"matchLabels": {"team": "devops"}})
RATHER_NEAR = _preferred("podAffinity", "red")
RATHER_APART = _preferred("podAntiAffinity", "yellow")
SPREAD = Shape({"color": "blue"}, {"topologySpreadConstraints": [
    {"maxSkew": 5, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule",
     "labelSelector": {"matchLabels": {"color": "blue"}}},
]})  # fmt: skip
IN_ZONES = Shape(spec={"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
    "nodeSelectorTerms": [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["zone-1", "zone-2"]}]}],
}}}})  # fmt: skip
LESS_IMPORTANT = Shape(cpu="900m")
MORE_IMPORTANT = Shape(spec={"priorityClassName": IMPORTANT}, cpu="3")
TOO_LARGE = Shape(cpu="9")


@dataclass(frozen=True)
class Workload:
    """`pods` are timed while `existing` pods are there already; `shapes` and `before` are their templates, in turns.

    zones        of the nodes, in turns
    teams        namespaces of the existing pods
    crowded      how many pods there can be depends on the number of nodes
    placed       whether the existing pods find nodes, or wait in the queue for ever
    floor        pods/s that are wanted at least, end to end, with these numbers
    kubernetes   pods/s that Kubernetes' own tests want at least, on larger machines
    """

    name: str
    nodes: int
    existing: int
    pods: int
    floor: int
    kubernetes: str
    shapes: tuple[Shape, ...] = (PLAIN,)
    before: tuple[Shape, ...] = (PLAIN,)
    zones: int = 1
    teams: int = 1
    crowded: bool = False
    placed: bool = True


WORKLOADS = {workload.name: workload for workload in (
    Workload("basic", 5000, 1000, 10_000, 2000, "270-680"),
    Workload("topology-spread", 5000, 5000, 5000, 1500, "85-460", (SPREAD,), zones=3),
    Workload("node-affinity", 5000, 5000, 10_000, 1500, "220", (IN_ZONES,)),
    Workload("mixed", 5000, 10_000, 5000, 1000, "140", before=(PLAIN, NEAR, APART, RATHER_NEAR, RATHER_APART)),
    Workload("preferred-pod-affinity", 5000, 5000, 5000, 1000, "90",
             (RATHER_NEAR, RATHER_APART), (RATHER_NEAR, RATHER_APART)),
    Workload("pod-anti-affinity", 5000, 1000, 2000, 1000, "60", (APART,), (APART,), crowded=True),
    Workload("pod-affinity", 5000, 5000, 5000, 1000, "35", (NEAR,), (NEAR,)),
    Workload("namespace-selector-anti-affinity", 6000, 4000, 2000, 500, "24", (APART_IN_TEAM,), (APART_IN_TEAM,),
             teams=100, crowded=True),
    Workload("preemption", 5000, 20_000, 5000, 1000, "570", (MORE_IMPORTANT,), (LESS_IMPORTANT,), crowded=True),
    Workload("unschedulable", 5000, 20_000, 10_000, 1500, "600", before=(TOO_LARGE,), placed=False),
)}  # fmt: skip
START = "start"  # is measured in another way: see `starting`
NAMES = (*WORKLOADS, START)


def find(name: str, nodes: int | None = None, pods: int | None = None) -> list[Workload]:
    """The workload of that name, or `all` of them, with these numbers. Raises WorkloadError."""
    if name not in ("all", *NAMES):
        raise WorkloadError(f"there is no workload {name!r}: there are all, {', '.join(NAMES)}")
    found = [sized(each, nodes, pods) for each in WORKLOADS.values() if name in ("all", each.name)]
    return [*found, start(nodes, pods)] if name in ("all", START) else found


def start(nodes: int | None = None, pods: int | None = None) -> Workload:
    """What is there when a scheduler starts: `pods` have nodes, one waits. Raises WorkloadError."""
    workload = Workload(START, 5000 if nodes is None else nodes, 30_000 if pods is None else pods, 1, 0, "")
    if workload.nodes <= 0 or workload.existing < 0:
        raise WorkloadError("there must be nodes and pods")
    return workload


def sized(workload: Workload, nodes: int | None = None, pods: int | None = None) -> Workload:
    """With other numbers. The pods that are there already keep their proportion to those that are timed; where pods
    crowd, fewer nodes mean fewer pods unless `pods` are given. Raises WorkloadError."""
    wanted = nodes or workload.nodes
    timed = pods or (workload.pods * wanted // workload.nodes if workload.crowded else workload.pods)
    if min(wanted, timed) <= 0:
        raise WorkloadError("there must be nodes and pods")
    existing = workload.existing * timed // workload.pods
    apart = sum(count for count, shapes in ((existing, workload.before), (timed, workload.shapes))
                if shapes[0] in (APART, APART_IN_TEAM))  # fmt: skip
    if apart > wanted:
        raise WorkloadError(f"{workload.name} needs a node for each of its {apart} pods, and there are {wanted}")
    return dataclasses.replace(workload, nodes=wanted, pods=timed, existing=existing)


def namespaces(workload: Workload) -> Iterator[Obj]:
    names = [*(f"{EXISTING}-{number}" for number in range(workload.teams)), MEASURED]
    for name in names:
        labels = {"team": "devops"}
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def node_names(workload: Workload) -> list[str]:
    return [f"node-{number:05d}" for number in range(workload.nodes)]


def nodes(workload: Workload) -> Iterator[Obj]:
    for number, name in enumerate(node_names(workload)):
        labels = {HOSTNAME: name, ZONE: f"zone-{number % workload.zones + 1}"}
        yield {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
            "status": {"capacity": _NODE, "allocatable": _NODE,
                       "conditions": [{"type": "Ready", "status": "True", "reason": "Load"}]},
        }  # fmt: skip


def priority_class() -> Obj:
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": IMPORTANT},
            "value": IMPORTANCE}  # fmt: skip


def existing(workload: Workload) -> Iterator[Obj]:
    for number in range(workload.existing):
        yield _pod(f"existing-{number:06d}", f"{EXISTING}-{number % workload.teams}", workload.before, number)


def measured(workload: Workload) -> Iterator[Obj]:
    for number in range(workload.pods):
        yield _pod(f"measured-{number:06d}", MEASURED, workload.shapes, number)


def _pod(name: str, namespace: str, shapes: Sequence[Shape], number: int) -> Obj:
    shape = shapes[number % len(shapes)]
    requests = {"cpu": shape.cpu, "memory": "500Mi"}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(shape.labels)},
        "spec": {
            **shape.spec, "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "pause", "image": "example.com/pause:1", "ports": [{"containerPort": 80}],
                            "resources": {"requests": requests, "limits": requests}}],
        },
    }  # fmt: skip
