from __future__ import annotations

import pytest

from services.controller_manager.controllers.replicaset.decide import BURST, Observed, decide
from services.controller_manager.plans import Create, Delete, Plan, RequeueAfter, Update, UpdateStatus
from services.objects.kinds import REPLICASET, REPLICATIONCONTROLLER
from services.objects.meta import Obj
from tests.unit.controller_manager.builders import NOW, ago, condition, pod, replicaset, template


def decided(owner: Obj, *pods: Obj, failure: str = "") -> Plan:
    return decide(Observed(REPLICASET, owner, pods, failure=failure), NOW)


def created(plan: Plan) -> list[Create]:
    return [step for step in plan.steps if isinstance(step, Create)]


def deleted(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps if isinstance(step, Delete)]


def status(plan: Plan) -> Obj:
    (update,) = [step for step in plan.steps if isinstance(step, UpdateStatus)]
    return update.obj["status"]


OWNER = replicaset()


def mine(name: str, **options: object) -> Obj:
    return pod(name, owner=OWNER, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pods", "creations", "deletions"),
    [
        ([], 3, []),
        ([mine("a"), mine("b"), mine("c")], 0, []),
        ([mine("a"), mine("b", deleting=True), mine("c", phase="Failed")], 2, []),
        ([mine("a"), mine("b"), mine("c"), mine("d", ready=None)], 0, ["d"]),
        ([mine("a"), mine("b"), mine("c"), mine("d", node=""), mine("e", ready=None)], 0, ["d", "e"]),
        ([mine("a"), mine("b"), pod("x", labels={"app": "x"}), pod("other's", owner=replicaset("other"))], 1, []),
    ],
)
def test_as_many_as_wanted(pods: list[Obj], creations: int, deletions: list[str]) -> None:
    plan = decided(OWNER, *pods)
    assert len(created(plan)) == creations
    assert deleted(plan) == deletions


def test_a_new_pod_says_whose_it_is() -> None:
    create, *_ = created(decided(OWNER))
    assert create.obj["metadata"]["generateName"] == "web-"
    assert create.obj["metadata"]["ownerReferences"][0]["uid"] == "uid-web"
    assert create.done is not None
    assert (create.done.reason, create.done.message) == ("SuccessfulCreate", "Created pod: {name}")
    assert create.failed is not None
    assert (create.failed.type, create.failed.reason) == ("Warning", "FailedCreate")


def test_a_name_that_takes_no_dash_is_the_prefix_itself() -> None:
    long = "a" * 252
    create, *_ = created(decided(replicaset(long)))
    assert create.obj["metadata"]["generateName"] == long


def test_adoption_comes_before_everything_else() -> None:
    plan = decided(OWNER, pod("orphan"))
    assert [type(step) for step in plan.steps] == [Update]


def test_one_plan_is_bounded() -> None:
    assert len(created(decided(replicaset(replicas=BURST + 100)))) == BURST


def test_a_set_that_is_being_deleted_does_nothing_but_count() -> None:
    owner = {**OWNER, "metadata": {**OWNER["metadata"], "deletionTimestamp": ago(1)}}
    plan = decided(owner, mine("a"))
    assert not created(plan)
    assert status(plan)["replicas"] == 1


def test_status_counts() -> None:
    owner = replicaset(replicas=4, minReadySeconds=60, template=template(tier="front"))
    both = {"app": "web", "tier": "front"}
    pods = [pod("a", owner=owner, ready=100, labels=both), pod("b", owner=owner, ready=5, labels=both),
            pod("c", owner=owner, ready=None), pod("d", owner=owner, ready=99), pod("e", owner=owner, deleting=True)]
    plan = decided(owner, *pods)
    assert status(plan) == {"replicas": 4, "fullyLabeledReplicas": 2, "readyReplicas": 3, "availableReplicas": 2,
                            "observedGeneration": 2, "terminatingReplicas": 1}
    assert plan.requeue_after == 55


def test_a_settled_set_is_left_alone() -> None:
    settled = {**replicaset(replicas=1), "status": {
        "replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "observedGeneration": 2}}
    assert decided(settled, mine("a")).steps == []


def test_failures_are_told_and_withdrawn() -> None:
    failed = status(decided(OWNER, failure="no quota"))
    assert failed["conditions"] == [
        condition("ReplicaFailure", "True", "FailedCreate", message="no quota")]
    known = {**OWNER, "status": failed}
    assert not [step for step in decided(known, failure="no quota, again").steps if isinstance(step, UpdateStatus)]
    assert "conditions" not in status(decided(known))


def test_replication_controllers_select_by_a_map() -> None:
    owner = {**replicaset(replicas=1), "kind": "ReplicationController"}
    owner["spec"] = {**owner["spec"], "selector": {"app": "web"}}
    plan = decide(Observed(REPLICATIONCONTROLLER, owner, [pod("orphan")]), NOW)
    assert plan.changes[0].obj["metadata"]["ownerReferences"][0]["kind"] == "ReplicationController"  # type: ignore[union-attr]
    ours = pod("a", owner=owner, owner_kind=REPLICATIONCONTROLLER)
    assert status(decide(Observed(REPLICATIONCONTROLLER, owner, [ours]), NOW)) == {
        "replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "observedGeneration": 2}


def test_nothing_wakes_a_set_that_waits_for_nothing() -> None:
    plan = decided(replicaset(replicas=1, minReadySeconds=10), mine("a", ready=100))
    assert not [step for step in plan.steps if isinstance(step, RequeueAfter)]
