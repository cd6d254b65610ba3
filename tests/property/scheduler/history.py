"""What truly happens in a cluster, and an informer that hears of it late: in order for each kind, in any order between.

Nodes, pods and namespaces are drawn from small worlds, so that things collide: few names, little room, one host port.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

from hypothesis import strategies as st

from services.client.informer import Change, Delta, Snapshot
from services.objects.kinds import NAMESPACE, NODE, POD, Kind
from services.objects.meta import Obj, is_deleting, key_of
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.state import has_ended

FOLLOWED = (NAMESPACE, NODE, POD)
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
X = {"matchLabels": {"app": "x"}}

few = st.sampled_from
labels: st.SearchStrategy[Obj] = few([{}, {"app": "x"}, {"app": "y"}])
node_names = few(["n0", "n1", "n2", "n3"])
pod_keys = st.tuples(few(["one", "two"]), few([f"p{number}" for number in range(7)]))

_WISHES: list[Obj] = [
    {}, {}, {}, {"nodeSelector": {"disk": "1"}}, {"tolerations": [{"operator": "Exists"}]},
    {"schedulingGates": [{"name": "g"}]},
    {"affinity": {"podAntiAffinity": {REQUIRED: [{"topologyKey": HOSTNAME, "labelSelector": X}]}}},
    {"affinity": {"podAntiAffinity": {REQUIRED: [
        {"topologyKey": ZONE, "labelSelector": X, "namespaceSelector": {"matchLabels": {"team": "1"}}}]}}},
    {"affinity": {"podAffinity": {REQUIRED: [
        {"topologyKey": ZONE, "labelSelector": X, "namespaceSelector": {"matchLabels": {"team": "1"}}}]}}},
    {"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule",
                                    "labelSelector": X, "nodeTaintsPolicy": "Honor"}]},
]  # fmt: skip


@st.composite
def nodes(draw: Any) -> Obj:
    name = draw(node_names)
    taints = draw(few([[], [], [], [{"key": "t", "effect": "NoSchedule"}]]))
    return {
        "metadata": {"name": name, "labels": {HOSTNAME: name, **draw(few([{}, {ZONE: "a"}, {ZONE: "b"}])),
                                              **draw(few([{}, {"disk": "1"}]))}},
        "spec": {"taints": taints, "unschedulable": draw(few([False, False, False, True]))},
        "status": {"allocatable": {"cpu": draw(few("1234")), "memory": "8Gi", "pods": draw(few("234"))}},
    }  # fmt: skip


@st.composite
def pods(draw: Any) -> Obj:
    """Of a pod that waits; its uid is given by the history."""
    namespace, name = draw(pod_keys)
    cpu = draw(few(["", "1", "1", "2"]))
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu} if cpu else {}},
                 "ports": draw(few([[], [], [{"containerPort": 80, "hostPort": 80}]]))}  # fmt: skip
    return {
        "metadata": {"namespace": namespace, "name": name, "labels": draw(labels)},
        "spec": {"schedulerName": "default-scheduler", "priority": draw(few([0, 0, 5])), "containers": [container],
                 **draw(few(_WISHES))},
        "status": {"phase": "Pending", **draw(few([{}, {}, {}, {"nominatedNodeName": "n0"}]))},
    }  # fmt: skip


class History:
    """The truth; `heard` by kind is what an informer has not been told yet."""

    def __init__(self) -> None:
        self.objects: dict[Kind, dict[Key, Obj]] = {kind: {} for kind in FOLLOWED}
        self.revision = 1
        self._unheard: dict[Kind, deque[tuple[int, Change]]] = {kind: deque() for kind in FOLLOWED}
        self._born = 0

    def create(self, kind: Kind, obj: Obj) -> None:
        self._born += 1
        self.put(kind, {**obj, "metadata": {**obj["metadata"], "uid": f"uid-{self._born}"}})

    def put(self, kind: Kind, obj: Obj) -> None:
        self.revision += 1
        obj = copy.deepcopy(obj)
        obj["metadata"]["resourceVersion"] = str(self.revision)
        self.objects[kind][key_of(obj)] = obj
        self._unheard[kind].append((self.revision, Change(kind, *key_of(obj), obj)))

    def remove(self, kind: Kind, key: Key) -> None:
        if self.objects[kind].pop(key, None) is not None:
            self.revision += 1
            self._unheard[kind].append((self.revision, Change(kind, *key, None)))

    def pod(self, key: Key) -> Obj | None:
        """A copy."""
        return copy.deepcopy(self.objects[POD].get(key))

    def bind(self, key: Key, uid: str, node: str) -> bool:
        """As the apiserver does it: false when it would answer NotFound or Conflict."""
        pod = self.pod(key)
        if pod is None or pod["metadata"]["uid"] != uid or pod["spec"].get("nodeName") or is_deleting(pod):
            return False
        pod["spec"]["nodeName"] = node
        self.put(POD, pod)
        return True

    def lateness(self, kind: Kind) -> int:
        return len(self._unheard[kind])

    def next(self, kind: Kind, most: int) -> Delta:
        """The next changes of one kind."""
        unheard = self._unheard[kind]
        told = [unheard.popleft() for _ in range(min(most, len(unheard)))]
        return Delta([change for _, change in told], told[-1][0] if told else self.revision, kind)

    def snapshot(self, kinds: Collection[Kind]) -> Snapshot:
        """A watch that began anew: what was deleted meanwhile is absent, what came and went was never there."""
        for kind in kinds:
            self._unheard[kind].clear()
        return Snapshot({kind: [*self.objects[kind].values()] for kind in kinds}, self.revision)


class Usage:
    """What each node holds, counted the slow way."""

    def __init__(self, nodes: Iterable[Obj]) -> None:
        self._nodes = {node["metadata"]["name"]: node["status"]["allocatable"] for node in nodes}
        self._cpu = dict.fromkeys(self._nodes, 0)
        self._pods = dict.fromkeys(self._nodes, 0)
        self._ports = dict.fromkeys(self._nodes, 0)

    @classmethod
    def of(cls, nodes: Iterable[Obj], pods: Iterable[Obj]) -> Usage:
        usage = cls(nodes)
        for pod in pods:
            if pod["spec"].get("nodeName") and not has_ended(pod):
                usage.add(pod["spec"]["nodeName"], pod)
        return usage

    def add(self, node: str, pod: Obj) -> None:
        if node not in self._nodes:
            return
        cpu, ports = _asked(pod)
        self._cpu[node] += cpu
        self._ports[node] += ports
        self._pods[node] += 1

    def too_much(self, node: str, pod: Obj) -> str:
        """Of what the node has less than what is on it, among what the pod asks for; "" when it holds all."""
        cpu, ports = _asked(pod)
        if cpu and self._cpu[node] > int(self._nodes[node]["cpu"]):
            return "cpu"
        if ports and self._ports[node] > 1:
            return "port"
        return "pods" if self._pods[node] > int(self._nodes[node]["pods"]) else ""


def _asked(pod: Obj) -> tuple[int, int]:
    """CPUs, the most of what is asked for and what was allocated; host ports."""
    (container,) = pod["spec"]["containers"]
    amounts = [container["resources"]["requests"].get("cpu") or "0"]
    for status in pod["status"].get("containerStatuses") or ():
        amounts.append(status["allocatedResources"]["cpu"])
    return max(map(int, amounts)), len(container["ports"])


class Assumption:
    """A decision that was taken, until the pod is seen with a node or gone, or until it was undone."""

    def __init__(self, info: PodInfo, node: str, pod: Obj) -> None:
        self.info = info
        self.node = node
        self.pod = pod  # as it was seen then
