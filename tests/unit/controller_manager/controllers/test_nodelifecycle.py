from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.client.informer import Store
from services.controller_manager.controllers.nodelifecycle.decide import Observed, decide, eviction_time, tolerates
from services.controller_manager.controllers.nodelifecycle.observe import NodeLifecycle
from services.controller_manager.plans import Delete, Emit, Plan, Update, UpdateStatus
from services.objects import conditions
from services.objects.errors import ServiceUnavailable, StatusError
from services.objects.kinds import LEASE, NODE, POD, Kind
from services.objects.meta import Obj
from tests.unit.controller_manager.builders import NOW, ago, condition, node, pod

GRACE = timedelta(seconds=50)


def decided(obj: Obj, *pods: Obj, silent: float = 1, others: bool = True) -> Plan:
    return decide(Observed(obj, NOW - timedelta(seconds=silent), pods, others, GRACE), NOW)


def taints(plan: Plan) -> list[tuple[str, str]] | None:
    updates = [step for step in plan.steps if isinstance(step, Update)]
    if not updates:
        return None
    return [(taint["key"].removeprefix("node.kubernetes.io/"), taint["effect"])
            for taint in updates[0].obj["spec"].get("taints") or ()]


def taint(key: str, effect: str = "NoExecute", since: float = 0, **more: Any) -> Obj:
    return {"key": f"node.kubernetes.io/{key}", "effect": effect, "timeAdded": ago(since), **more}


def toleration(key: str, seconds: int | None = None, **more: Any) -> Obj:
    found = {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", **more}
    return found if seconds is None else {**found, "tolerationSeconds": seconds}


def test_a_healthy_node_is_looked_at_when_it_may_have_fallen_silent() -> None:
    plan = decided(node(), pod("a"), silent=8)
    assert plan.changes == []
    assert plan.requeue_after == 42


def test_a_silent_node_is_unknown() -> None:
    obj = node()
    obj["status"]["conditions"].append(condition("DiskPressure", "False"))
    plan = decided(obj, silent=50)
    (update,) = plan.changes
    assert isinstance(update, UpdateStatus)
    found = {each["type"]: (each["status"], each["reason"]) for each in update.obj["status"]["conditions"]}
    assert found == {"Ready": ("Unknown", "NodeStatusUnknown"), "DiskPressure": ("Unknown", "NodeStatusUnknown"),
                     "MemoryPressure": ("Unknown", "NodeStatusNeverUpdated"),
                     "PIDPressure": ("Unknown", "NodeStatusNeverUpdated")}
    assert [event.reason for event in plan.events] == ["NodeNotReady"]
    assert update.obj["status"]["addresses"] == obj["status"]["addresses"]


def test_a_node_that_is_unknown_already_is_not_written_again() -> None:
    obj = node()
    unknown = decided(obj, silent=60).changes[0].obj  # type: ignore[union-attr]
    assert not [step for step in decided(unknown, silent=70).steps if isinstance(step, UpdateStatus | Emit)]


@pytest.mark.parametrize(
    ("ready", "others", "expected"),
    [
        ("True", True, None),
        ("False", True, [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]),
        ("Unknown", True, [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]),
        ("Unknown", False, [("unreachable", "NoSchedule")]),
        ("", True, [("not-ready", "NoSchedule")]),
    ],
)
def test_taints_follow_readiness(ready: str, others: bool, expected: list[tuple[str, str]] | None) -> None:
    assert taints(decided(node(ready=ready), others=others)) == expected


def test_taints_are_taken_away_and_those_of_others_stay() -> None:
    mine = {"key": "dedicated", "effect": "NoSchedule", "value": "gpu"}
    obj = node(taints=[taint("unreachable"), mine, taint("unreachable", "NoSchedule")])
    (update,) = decided(obj).changes
    assert isinstance(update, Update)
    assert update.obj["spec"]["taints"] == [mine]
    (update,) = decided(node(taints=[taint("not-ready")])).changes
    assert isinstance(update, Update)
    assert "taints" not in update.obj["spec"]


def test_a_taint_keeps_the_time_it_has() -> None:
    obj = node(ready="Unknown", taints=[taint("unreachable", "NoSchedule", 100), taint("unreachable", since=100)])
    assert decided(obj).changes == []


def test_pressure_and_cordons_keep_new_pods_away() -> None:
    obj = node(unschedulable=True)
    obj["status"]["conditions"] += [condition("MemoryPressure"), condition("DiskPressure", "False")]
    assert taints(decided(obj)) == [("memory-pressure", "NoSchedule"), ("unschedulable", "NoSchedule")]


def test_pods_of_a_lost_node_take_no_traffic() -> None:
    lost = node(ready="Unknown", since=60, taints=[taint("unreachable", "NoSchedule"), taint("unreachable")])
    tolerant = [toleration("unreachable", 300)]
    pods = [pod("before", ready=500), pod("after", ready=5), pod("never", ready=None)]
    for each in pods:
        each["spec"]["tolerations"] = tolerant
    plan = decided(lost, *pods)
    (update,) = plan.changes
    assert isinstance(update, UpdateStatus)
    assert (update.kind, update.obj["metadata"]["name"]) == (POD, "before")
    assert not conditions.is_true(update.obj, "Ready")
    assert conditions.is_true(pods[0], "Ready")
    assert [event.reason for event in plan.events] == ["NodeNotReady"]


@pytest.mark.parametrize(
    ("tolerations", "taints", "expected"),
    [
        ([], [taint("unreachable")], 0),
        ([toleration("unreachable", 300)], [taint("unreachable", since=100)], 200),
        ([toleration("unreachable", 300)], [taint("unreachable", since=300)], 0),
        ([toleration("unreachable", -5)], [taint("unreachable", since=0)], 0),
        ([toleration("unreachable")], [taint("unreachable", since=9999)], None),
        ([toleration("unreachable", 300), toleration("unreachable", 60)], [taint("unreachable")], 60),
        ([toleration("not-ready", 300)], [taint("unreachable")], 0),
        ([{"operator": "Exists"}], [taint("unreachable")], None),
        ([toleration("unreachable", 300)], [taint("unreachable", since=10), taint("not-ready")], 0),
        ([toleration("unreachable", 300), toleration("not-ready", 50)],
         [taint("unreachable", since=10), taint("not-ready")], 50),
    ],
)
def test_eviction_times(tolerations: list[Obj], taints: list[Obj], expected: float | None) -> None:
    doomed = pod("a")
    doomed["spec"]["tolerations"] = tolerations
    moment = eviction_time(doomed, taints, NOW)
    assert (None if moment is None else (moment - NOW).total_seconds()) == expected


def test_evictions_happen_in_their_time() -> None:
    lost = node(ready="Unknown", since=400, taints=[taint("unreachable", "NoSchedule", 350),
                                                    taint("unreachable", since=350)])
    names = {"now": 300, "later": 360, "never": None}
    pods = []
    for name, seconds in names.items():
        each = pod(name, ready=None)
        each["spec"]["tolerations"] = [toleration("unreachable", seconds)]
        pods.append(each)
    pods.append(pod("going", ready=None, deleting=True))
    plan = decided(lost, *pods)
    (delete,) = plan.changes
    assert isinstance(delete, Delete)
    assert (delete.name, delete.uid, delete.grace_period) == ("now", "uid-now", None)
    assert delete.done is not None
    assert delete.done.reason == "TaintManagerEviction"
    assert plan.requeue_after == 10


@pytest.mark.parametrize(
    ("given", "against", "tolerated"),
    [
        ({"key": "a", "operator": "Equal", "value": "1"}, {"key": "a", "effect": "NoExecute", "value": "1"}, True),
        ({"key": "a", "value": "1"}, {"key": "a", "effect": "NoExecute", "value": "2"}, False),
        ({"key": "a"}, {"key": "a", "effect": "NoExecute"}, True),
        ({"key": "a", "operator": "Exists"}, {"key": "a", "effect": "NoExecute", "value": "2"}, True),
        ({"key": "b", "operator": "Exists"}, {"key": "a", "effect": "NoExecute"}, False),
        ({"operator": "Exists"}, {"key": "a", "effect": "NoExecute"}, True),
        ({"operator": "Exists", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}, False),
        ({"operator": "Equal"}, {"key": "a", "effect": "NoExecute"}, False),
    ],
)
def test_tolerations(given: Obj, against: Obj, tolerated: bool) -> None:
    assert tolerates(given, against) is tolerated


class Standing:
    """A view of one node and its lease, in which nothing happens."""

    def __init__(self) -> None:
        self.stores = {NODE: Store(NODE, {}), LEASE: Store(LEASE, {}), POD: Store(POD, {"node": lambda pod: []})}
        self.stores[NODE].replace(("", "node-a"), node("node-a"))
        self.stores[LEASE].replace(("kube-node-lease", "node-a"), LEASE_SEEN)

    def store(self, kind: Kind) -> Store:
        return self.stores[kind]

    def on(self, kind: Kind, handler: Any) -> None:
        for obj in self.stores[kind].list():
            handler(None, obj)


LEASE_SEEN: Obj = {"metadata": {"name": "node-a", "namespace": "kube-node-lease"}, "spec": {"renewTime": "then"}}


async def test_silence_counts_from_when_the_apiserver_answers_again() -> None:
    """While it was away no node could report; those that it asks at its return have not had the time to."""
    answers = [ServiceUnavailable("away"), ServiceUnavailable("away"), LEASE_SEEN, LEASE_SEEN]
    later = NOW

    async def get(kind: Kind, namespace: str, name: str) -> Obj:
        answer = answers.pop(0)
        if isinstance(answer, StatusError):
            raise answer
        return answer

    lifecycle = NodeLifecycle(Standing(), get, GRACE, lambda: later)  # type: ignore[arg-type]
    lifecycle.subscribe(lambda key: None)
    for seconds in (50, 99):
        later = NOW + timedelta(seconds=seconds)
        with pytest.raises(ServiceUnavailable):
            await lifecycle.observe("node-a", "")
    back = later = NOW + timedelta(seconds=120)
    observed = await lifecycle.observe("node-a", "")
    assert observed is not None
    assert observed.last_seen == back
    later = back + timedelta(seconds=50)
    observed = await lifecycle.observe("node-a", "")
    assert observed is not None
    assert observed.last_seen == back  # now it is silent
    assert answers == []


async def test_a_lease_that_outlives_its_node_is_forgotten_with_it() -> None:
    view = Standing()
    lifecycle = NodeLifecycle(view, None, GRACE, lambda: NOW)  # type: ignore[arg-type]
    lifecycle.subscribe(lambda key: None)
    gone = view.stores[NODE].replace(("", "node-a"), None)
    lifecycle._node_changed(gone, None)
    renewed = {**LEASE_SEEN, "spec": {"renewTime": "now"}}
    lifecycle._lease_changed(LEASE_SEEN, renewed)
    lifecycle._lease_changed(renewed, None)
    assert lifecycle._heard == {}
