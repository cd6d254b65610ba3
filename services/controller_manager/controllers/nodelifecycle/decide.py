"""Nodes that stop reporting: NotReady, tainted, and after their toleration without pods.

A node reports by renewing its Lease and by its status. Silence is measured from when *we* last saw something new, never
by comparing the node's clock with ours. When no node at all is ready, the fault is more likely ours or the network's
than that of every node: nothing is evicted then (Kubernetes' full disruption mode).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from services.controller_manager import pods as podstate
from services.controller_manager.plans import Emit, Plan, RequeueAfter, Step, Update, UpdateStatus, delete
from services.objects import conditions, times
from services.objects.kinds import NODE, POD
from services.objects.meta import Obj, is_deleting, name_of, namespace_of

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
# Condition -> its taint when it holds; none of them drives pods away.
_PRESSURES = {
    "MemoryPressure": "node.kubernetes.io/memory-pressure",
    "DiskPressure": "node.kubernetes.io/disk-pressure",
    "PIDPressure": "node.kubernetes.io/pid-pressure",
    "NetworkUnavailable": "node.kubernetes.io/network-unavailable",
}
_REPORTED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_OURS = frozenset({NOT_READY, UNREACHABLE, UNSCHEDULABLE, *_PRESSURES.values()})


@dataclass(frozen=True, slots=True)
class Observed:
    """`last_seen`: when we last saw the node report. `pods`: those bound to it. `others_ready`: whether any other node
    is ready. `grace` is how long a node may be silent."""

    node: Obj
    last_seen: datetime
    pods: Sequence[Obj]
    others_ready: bool
    grace: timedelta


class Taint(NamedTuple):
    key: str
    effect: str


def decide(observed: Observed, now: datetime) -> Plan:
    node = observed.node
    left = observed.last_seen + observed.grace - now
    if left <= timedelta() and (silent := _gone_silent(node, now)) is not None:
        return Plan(silent)
    steps: list[Step] = [*_retainted(observed, now)]
    steps += _unready_pods(node, observed.pods, now)
    steps += _evictions(node, observed.pods, now)
    if left > timedelta():
        steps.append(RequeueAfter(left / timedelta(seconds=1)))
    return Plan(steps)


def _state(node: Obj) -> str:
    """Of the Ready condition: True, False or Unknown; "" for a new node that has not said anything yet."""
    state: str = (conditions.get(node, "Ready") or {}).get("status") or ""
    return state


def _gone_silent(node: Obj, now: datetime) -> list[Step] | None:
    """The conditions that a silent node can no longer vouch for; None when they say so already."""
    found = (node.get("status") or {}).get("conditions") or []
    fresh = list(found)
    for type in _REPORTED:
        old = conditions.find(found, type)
        if old is None:
            fresh = conditions.set(fresh, type, "Unknown", "NodeStatusNeverUpdated",
                                   "Kubelet never posted node status.", now)  # fmt: skip
        elif old.get("status") != "Unknown":
            fresh = conditions.set(fresh, type, "Unknown", "NodeStatusUnknown",
                                   "Kubelet stopped posting node status.", now)  # fmt: skip
    if fresh == found:
        return None
    steps: list[Step] = [UpdateStatus(NODE, {**node, "status": {**(node.get("status") or {}), "conditions": fresh}})]
    if conditions.is_true(node, "Ready"):
        steps.append(Emit(NODE, node, "Normal", "NodeNotReady", f"Node {name_of(node)} status is now: NodeNotReady"))
    return steps


def _wanted_taints(observed: Observed) -> list[Taint]:
    node, state = observed.node, _state(observed.node)
    wanted = [Taint(taint, "NoSchedule") for type, taint in _PRESSURES.items() if conditions.is_true(node, type)]
    if node["spec"].get("unschedulable"):
        wanted.append(Taint(UNSCHEDULABLE, "NoSchedule"))
    if state != "True":
        key = UNREACHABLE if state == "Unknown" else NOT_READY
        wanted.append(Taint(key, "NoSchedule"))
        if state and observed.others_ready:
            wanted.append(Taint(key, "NoExecute"))
    return wanted


def _retainted(observed: Observed, now: datetime) -> list[Update]:
    """Somebody else's taints stay, in their places, and so do ours that are still right, with the time they have."""
    node = observed.node
    found: list[Obj] = node["spec"].get("taints") or []
    missing = _wanted_taints(observed)
    kept = []
    for taint in found:
        known = Taint(taint["key"], taint["effect"])
        if known in missing:
            missing.remove(known)
            kept.append(taint)
        elif taint["key"] not in _OURS:
            kept.append(taint)
    fresh = [*kept, *({"key": taint.key, "effect": taint.effect, "timeAdded": times.rfc3339(now)} for taint in missing)]
    if fresh == found:
        return []
    spec = {name: value for name, value in node["spec"].items() if name != "taints"}
    return [Update(NODE, {**node, "spec": {**spec, "taints": fresh} if fresh else spec})]


def _unready_pods(node: Obj, pods: Sequence[Obj], now: datetime) -> list[Step]:
    """Pods on a node that is not ready take no traffic.

    Only those that were ready before the node was not: what an agent that is alive says afterwards stands.
    """
    condition = conditions.get(node, "Ready")
    if condition is None or condition.get("status") == "True":
        return []
    since = times.parse_or_none(condition.get("lastTransitionTime")) or now
    steps: list[Step] = []
    for pod in pods:
        ready_since = podstate.ready_since(pod)
        if not podstate.is_ready(pod) or (ready_since is not None and ready_since > since):
            continue
        old = conditions.get(pod, "Ready") or {}
        fresh = conditions.set(pod["status"]["conditions"], "Ready", "False", old.get("reason") or "",
                               old.get("message") or "", now)  # fmt: skip
        steps.append(UpdateStatus(POD, {**pod, "status": {**pod["status"], "conditions": fresh}}))
        steps.append(Emit(POD, pod, "Warning", "NodeNotReady", "Node is not ready"))
    return steps


def _evictions(node: Obj, pods: Sequence[Obj], now: datetime) -> list[Step]:
    """Deletes the pods that do not, or no longer, tolerate the node's NoExecute taints."""
    taints = [taint for taint in node["spec"].get("taints") or () if taint["effect"] == "NoExecute"]
    steps: list[Step] = []
    waits: list[float] = []
    for pod in pods if taints else ():
        if is_deleting(pod) or podstate.is_terminal(pod):
            continue
        moment = eviction_time(pod, taints, now)
        if moment is None:
            continue
        if moment <= now:
            message = f"Marking for deletion Pod {namespace_of(pod)}/{name_of(pod)}"
            steps.append(delete(POD, pod, done=Emit(POD, pod, "Normal", "TaintManagerEviction", message)))
        else:
            waits.append((moment - now) / timedelta(seconds=1))
    return [*steps, RequeueAfter(min(waits))] if waits else steps


def eviction_time(pod: Obj, taints: Sequence[Obj], now: datetime) -> datetime | None:
    """When the first of these NoExecute taints drives the pod away; None is never.

    A taint is tolerated from its timeAdded for the shortest tolerationSeconds of the tolerations that match it.
    """
    moments = []
    for taint in taints:
        matching = [each for each in pod["spec"].get("tolerations") or () if tolerates(each, taint)]
        added = times.parse_or_none(taint.get("timeAdded")) or now
        limits = [each["tolerationSeconds"] for each in matching if each.get("tolerationSeconds") is not None]
        if not matching:
            moments.append(now)
        elif limits:
            moments.append(added + timedelta(seconds=max(min(limits), 0)))
    return min(moments, default=None)


def tolerates(toleration: Mapping[str, object], taint: Mapping[str, object]) -> bool:
    """Empty effects and keys match every effect and key."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")
