from __future__ import annotations

from typing import Any

import pytest

from services.controller_manager.controllers.deployment import revision, sizes, status, surge
from services.controller_manager.controllers.deployment.decide import Observed, decide
from services.controller_manager.plans import Create, Delete, Emit, Plan, RequeueAfter, Update, UpdateStatus
from services.objects import conditions
from services.objects.kinds import DEPLOYMENT
from services.objects.meta import Obj, name_of
from services.objects.ownership import owner_reference
from tests.unit.controller_manager.builders import NOW, ago, condition, deployment, pod, replicaset, template


def owned(name: str, replicas: int, *, image: str = "web:1", available: int | None = None, revision: int = 1,
          age: float = 5000, of: Obj | None = None, desired: int = 3, most: int = 4, **status: Any) -> Obj:  # fmt: skip
    made = replicaset(name, replicas)
    made["spec"]["template"] = template(image, **{"pod-template-hash": name})
    made["metadata"] |= {
        "ownerReferences": [owner_reference(of or deployment(), DEPLOYMENT)], "creationTimestamp": ago(age),
        "labels": {"app": "web", "pod-template-hash": name},
        "annotations": {revision_key: str(revision), desired_key: str(desired), most_key: str(most)},
    }  # fmt: skip
    ready = replicas if available is None else available
    made["status"] = {"replicas": replicas, "readyReplicas": ready, "availableReplicas": ready,
                      "observedGeneration": 2, **status}
    return made


revision_key, desired_key, most_key = revision.REVISION, revision.DESIRED, revision.MAXIMUM


def decided(obj: Obj, *sets: Obj, pods: dict[str, list[Obj]] | None = None, failure: str = "",
            taken: dict[str, Obj] | None = None) -> Plan:  # fmt: skip
    names = {name_of(each): each for each in sets} | (taken or {})
    return decide(Observed(obj, sets, names, pods or {}, failure), NOW)


def resized(plan: Plan) -> dict[str, int]:
    return {name_of(step.obj): step.obj["spec"]["replicas"] for step in plan.steps if isinstance(step, Update)}


def new_status(plan: Plan) -> Obj:
    (update,) = [step for step in plan.steps if isinstance(step, UpdateStatus)]
    return update.obj["status"]


def messages(plan: Plan) -> list[str]:
    changes = [step for step in plan.steps if isinstance(step, Create | Update)]
    return [each.done.message for each in changes if each.done is not None]


@pytest.mark.parametrize(
    ("replicas", "most", "least", "expected"),
    [
        (10, "25%", "25%", (3, 2)), (3, "25%", "25%", (1, 0)), (1, "25%", "25%", (1, 0)), (10, 0, 0, (0, 1)),
        (10, "0%", "0%", (0, 1)), (10, 3, "100%", (3, 10)), (10, "30%", 0, (3, 0)), (7, "50%", "50%", (4, 3)),
        (0, "25%", "25%", (0, 1)),
    ],
)  # fmt: skip
def test_surge_rounds_up_and_unavailable_down(replicas: int, most: Any, least: Any, expected: tuple[int, int]) -> None:
    assert surge.bounds(deployment(replicas, surge=most, unavailable=least)) == expected


def test_no_more_can_be_unavailable_than_there_are() -> None:
    assert surge.max_unavailable(deployment(2, unavailable=5)) == 2
    assert surge.max_unavailable(deployment(0, unavailable=5)) == 0
    assert surge.max_unavailable(deployment(5, strategy={"type": "Recreate"})) == 0


def test_a_first_replica_set_is_made_with_all_pods() -> None:
    obj = deployment(3)
    obj["metadata"]["annotations"] = {"kubernetes.io/change-cause": "first",
                                      "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    plan = decided(obj)
    (create,) = [step for step in plan.steps if isinstance(step, Create)]
    hash = create.obj["metadata"]["labels"][revision.HASH_LABEL]
    assert name_of(create.obj) == f"web-{hash}"
    assert create.obj["spec"]["replicas"] == 3
    assert create.obj["spec"]["selector"]["matchLabels"] == {"app": "web", revision.HASH_LABEL: hash}
    assert create.obj["spec"]["template"]["metadata"]["labels"] == {"app": "web", revision.HASH_LABEL: hash}
    assert create.obj["metadata"]["annotations"] == {
        "kubernetes.io/change-cause": "first", revision_key: "1", desired_key: "3", most_key: "4"}
    assert messages(plan) == [f"Scaled up replica set web-{hash} from 0 to 3"]
    found = {each["type"]: each for each in new_status(plan)["conditions"]}
    assert found["Progressing"]["reason"] == "NewReplicaSetCreated"
    assert found["Progressing"]["message"] == f'Created new replica set "web-{hash}"'
    assert found["Available"]["reason"] == "MinimumReplicasUnavailable"


def test_equal_templates_have_equal_hashes_and_collisions_other_ones() -> None:
    one = revision.template_hash(template(), 0)
    assert one == revision.template_hash(template(**{revision.HASH_LABEL: "x"}), 0)
    assert one != revision.template_hash(template(), 1) != revision.template_hash(template("web:2"), 0)
    assert set(one) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_a_name_that_is_taken_counts_as_a_collision() -> None:
    obj = deployment()
    name = f"web-{revision.template_hash(obj['spec']['template'], 0)}"
    plan = decided(obj, taken={name: replicaset(name)})
    assert not [step for step in plan.steps if isinstance(step, Create)]
    assert new_status(plan)["collisionCount"] == 1
    again = {**obj, "status": new_status(plan)}
    (create,) = [step for step in decided(again, taken={name: replicaset(name)}).steps if isinstance(step, Create)]
    assert name_of(create.obj) == f"web-{revision.template_hash(obj['spec']['template'], 1)}"


@pytest.mark.parametrize(
    ("most", "least", "old", "new", "expected"),
    [
        # (spec, available) of the old and the new set of ten replicas
        (3, 2, (10, 10), (0, 0), {"new": 3}),
        (3, 2, (10, 10), (3, 0), {"old": 8}),
        (3, 2, (8, 8), (5, 0), {}),
        (3, 2, (8, 8), (5, 2), {"old": 6}),
        (3, 2, (8, 8), (3, 3), {"new": 5}),
        (0, 1, (10, 10), (0, 0), {"old": 9}),
        (0, 1, (9, 9), (0, 0), {"new": 1}),
        (1, 0, (10, 10), (1, 0), {}),
        (1, 0, (10, 10), (1, 1), {"old": 9}),
        (3, 2, (10, 4), (3, 0), {"old": 8}),  # unhealthy ones first, as many as may go
        (0, 2, (10, 7), (0, 0), {"old": 8}),
        (3, 2, (8, 10), (5, 2), {"old": 6}),  # a status that lags behind its spec is not believed
        (3, 2, (0, 0), (10, 10), {}),
        ("100%", 0, (10, 10), (0, 0), {"new": 10}),
    ],
)
def test_one_step_of_a_rolling_update(
    most: Any, least: Any, old: tuple[int, int], new: tuple[int, int], expected: dict[str, int]
) -> None:
    obj = deployment(10, image="web:2", surge=most, unavailable=least)
    total = 10 + surge.max_surge(obj)
    sets = [owned("old", old[0], available=old[1], desired=10, most=total),
            owned("new", new[0], image="web:2", available=new[1], revision=2, age=10, desired=10, most=total)]
    assert resized(decided(obj, *sets)) == expected


def test_a_step_tells_what_it_did() -> None:
    obj = deployment(10, image="web:2", surge=3, unavailable=2)
    sets = [owned("old", 10, desired=10, most=13), owned("new", 3, image="web:2", available=0, revision=2,
                                                         desired=10, most=13)]
    assert messages(decided(obj, *sets)) == ["Scaled down replica set old from 10 to 8"]


def test_recreate_waits_for_the_end_of_old_pods() -> None:
    obj = deployment(3, image="web:2", strategy={"type": "Recreate"})
    old = owned("old", 3, most=3)
    assert resized(decided(obj, old)) == {"old": 0}
    gone = owned("old", 0, most=3)
    ending = {"uid-old": [pod("a", owner=gone, deleting=True)]}
    assert not [step for step in decided(obj, gone, pods=ending).steps if isinstance(step, Create)]
    ended = {"uid-old": [pod("a", owner=gone, phase="Failed")]}
    (create,) = [step for step in decided(obj, gone, pods=ended).steps if isinstance(step, Create)]
    assert create.obj["spec"]["replicas"] == 3
    assert create.obj["metadata"]["annotations"][revision_key] == "2"


def test_a_rollback_takes_the_old_set_and_a_new_revision() -> None:
    obj = deployment(3, image="web:1")
    back, away = owned("one", 0, revision=1), owned("two", 3, image="web:2", revision=2, age=100)
    plan = decided(obj, back, away)
    (update,) = [step for step in plan.steps if isinstance(step, Update)]
    assert name_of(update.obj) == "one"
    assert update.obj["spec"]["replicas"] == 1
    assert update.obj["metadata"]["annotations"][revision_key] == "3"
    assert update.obj["metadata"]["annotations"][revision.HISTORY] == "1"
    (told,) = [step for step in plan.steps if isinstance(step, UpdateStatus)]
    assert told.obj["metadata"]["annotations"][revision_key] == "3"


def test_a_paused_deployment_scales_but_rolls_nothing_out() -> None:
    obj = deployment(5, image="web:2", paused=True)
    plan = decided(obj, owned("old", 3))
    assert resized(plan) == {"old": 5}
    progressing = conditions.find(new_status(plan)["conditions"], "Progressing")
    assert progressing is not None
    assert (progressing["status"], progressing["reason"]) == ("Unknown", "DeploymentPaused")
    resumed = {**obj, "spec": {**obj["spec"], "paused": False}, "status": new_status(plan)}
    found = conditions.find(new_status(decided(resumed, owned("old", 5, desired=5, most=7)))["conditions"],
                            "Progressing")  # fmt: skip
    assert found is not None
    assert found["reason"] == "NewReplicaSetCreated"


@pytest.mark.parametrize(
    ("replicas", "before", "present", "expected"),
    [
        # proportional: total from 10 to `replicas`, surge 3, sets as they stand in the middle of a rollout
        (15, 10, {"old": 8, "new": 5}, {"old": 11, "new": 7}),
        (5, 10, {"old": 8, "new": 5}, {"old": 5, "new": 3}),
        (0, 10, {"old": 8, "new": 5}, {"old": 0, "new": 0}),
        (30, 10, {"old": 5, "new": 5, "mid": 3}, {"old": 13, "new": 13, "mid": 7}),
    ],
)
def test_scaling_amid_a_rollout_keeps_proportions(
    replicas: int, before: int, present: dict[str, int], expected: dict[str, int]
) -> None:
    obj = deployment(replicas, image="web:new", surge=3, unavailable=2)
    ages = {"old": 3000, "mid": 2000, "new": 1000}
    sets = [owned(name, size, image=f"web:{name}", age=ages[name], desired=before, most=before + 3, available=1)
            for name, size in present.items()]  # fmt: skip
    plan = decided(obj, *sets)
    sizes_ = resized(plan)
    assert sum(sizes_.values()) == (replicas + 3 if replicas else 0)
    assert sizes_ == expected
    for step in plan.steps:
        if isinstance(step, Update):
            assert step.obj["metadata"]["annotations"][desired_key] == str(replicas)


def test_a_single_set_is_scaled_at_once() -> None:
    plan = decided(deployment(8), owned("one", 3))
    assert resized(plan) == {"one": 8}
    assert messages(plan) == ["Scaled up replica set one from 3 to 8"]


def test_old_sets_beyond_the_limit_go_when_all_is_done() -> None:
    obj = deployment(3, image="web:9", revisionHistoryLimit=2)
    obj["metadata"]["annotations"] = {revision_key: "9"}
    old = [owned(f"r{number}", 0, image=f"web:{number}", revision=number) for number in (4, 1, 3, 2)]
    old[3]["status"]["replicas"] = 1  # r2 has a pod left
    new = owned("new", 3, image="web:9", revision=9, age=10)
    obj["status"] = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "observedGeneration": 1}
    plan = decided(obj, new, *old)
    assert [step.name for step in plan.steps if isinstance(step, Delete)] == ["r1"]


def test_a_finished_rollout_says_so_and_comes_to_rest() -> None:
    obj = deployment(3)
    first = decided(obj, owned("one", 3))
    reached = new_status(first)
    assert {name: reached[name] for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
                                             "observedGeneration")} == dict.fromkeys(
        ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 3) | {"observedGeneration": 1}
    assert "unavailableReplicas" not in reached
    progressing = conditions.find(reached["conditions"], "Progressing")
    assert progressing is not None
    assert progressing["message"] == 'ReplicaSet "one" has successfully progressed.'
    settled = {**obj, "status": reached, "metadata": {**obj["metadata"], "annotations": {revision_key: "1"}}}
    assert decided(settled, owned("one", 3)).steps == []


@pytest.mark.parametrize(
    ("since", "reason", "wakes"), [(601, "ProgressDeadlineExceeded", None), (100, "ReplicaSetUpdated", 501)]
)
def test_a_stuck_rollout_times_out(since: float, reason: str, wakes: float | None) -> None:
    obj = deployment(3)
    obj["metadata"]["annotations"] = {revision_key: "1"}
    obj["status"] = {
        "observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "unavailableReplicas": 3,
        "conditions": [
            condition("Available", "False", "MinimumReplicasUnavailable", since,
                      message="Deployment does not have minimum availability.", lastUpdateTime=ago(since)),
            condition("Progressing", "True", "ReplicaSetUpdated", since,
                      message='ReplicaSet "one" is progressing.', lastUpdateTime=ago(since)),
        ],
    }  # fmt: skip
    plan = decided(obj, owned("one", 3, available=0))
    found = new_status(plan)["conditions"] if plan.changes else obj["status"]["conditions"]
    progressing = conditions.find(found, "Progressing")
    assert progressing is not None
    assert progressing["reason"] == reason
    assert plan.requeue_after == wakes


def test_progress_restarts_the_clock_but_is_one_transition() -> None:
    obj = deployment(3)
    found = [condition("Progressing", "True", "ReplicaSetUpdated", 300, lastUpdateTime=ago(300))]
    obj["status"] = {"replicas": 3, "updatedReplicas": 1, "conditions": found}
    counts = {"replicas": 3, "updatedReplicas": 2}
    sets = revision.generations(obj, [owned("one", 3)])
    (progressing,) = status.progress(obj, sets, counts, found, NOW)
    assert progressing["lastUpdateTime"] == ago(0)
    assert progressing["lastTransitionTime"] == ago(300)


def test_no_deadline_no_condition() -> None:
    for seconds in (None, (1 << 31) - 1):
        plan = decided(deployment(3, progressDeadlineSeconds=seconds), owned("one", 3))
        assert conditions.find(new_status(plan)["conditions"], "Progressing") is None


def test_what_keeps_pods_from_being_made_shows_on_the_deployment() -> None:
    failure = condition("ReplicaFailure", reason="FailedCreate", message="no")
    failing = owned("one", 3, available=0, conditions=[failure])
    found = conditions.find(new_status(decided(deployment(3), failing))["conditions"], "ReplicaFailure")
    assert found is not None
    assert (found["reason"], found["message"]) == ("FailedCreate", "no")


def test_a_refused_replica_set_is_told() -> None:
    plan = decided(deployment(3), failure="no quota")
    found = conditions.find(new_status(plan)["conditions"], "Progressing")
    assert found is not None
    assert (found["status"], found["reason"]) == ("False", "ReplicaSetCreateError")
    assert found["message"].endswith(": no quota")


def test_change_cause_follows_to_the_new_set() -> None:
    obj = deployment(3)
    obj["metadata"]["annotations"] = {"kubernetes.io/change-cause": "why", revision_key: "1"}
    (update,) = [step for step in decided(obj, owned("one", 3)).steps if isinstance(step, Update)]
    assert update.obj["metadata"]["annotations"]["kubernetes.io/change-cause"] == "why"


def test_a_restart_is_a_template_of_its_own() -> None:
    obj = deployment(3)
    obj["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-03-01T12:00:00Z"}
    plan = decided(obj, owned("one", 3))
    (create,) = [step for step in plan.steps if isinstance(step, Create)]
    assert create.obj["spec"]["replicas"] == 1
    assert create.obj["metadata"]["annotations"][revision_key] == "2"


def test_an_empty_selector_is_refused_once() -> None:
    obj = deployment(3)
    obj["spec"]["selector"] = {}
    plan = decided(obj)
    assert [step.reason for step in plan.steps if isinstance(step, Emit)] == ["SelectingAll"]
    assert decided({**obj, "status": new_status(plan)}).steps == []


def test_a_deployment_that_is_being_deleted_only_counts() -> None:
    obj = deployment(5)
    obj["metadata"]["deletionTimestamp"] = ago(1)
    plan = decided(obj, owned("one", 3))
    assert [type(step) for step in plan.steps] == [UpdateStatus]


def test_adoption_comes_first() -> None:
    plan = decided(deployment(3), replicaset("stray") | {"metadata": {
        **replicaset("stray")["metadata"], "labels": {"app": "web"}}})
    assert [type(step) for step in plan.steps] == [Update]


def test_sets_are_saturated_only_when_their_pods_are_available() -> None:
    obj = deployment(3)
    assert sizes.is_saturated(obj, owned("one", 3))
    assert not sizes.is_saturated(obj, owned("one", 3, available=2))
    assert not sizes.is_saturated(obj, owned("one", 3, desired=5))
    assert not sizes.is_saturated(obj, None)


def test_empty_volumes_are_part_of_a_template() -> None:
    with_volume = template()
    with_volume["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    assert revision.template_hash(with_volume, 0) != revision.template_hash(template(), 0)
    with_null = template()
    with_null["metadata"]["creationTimestamp"] = None
    assert revision.template_hash(with_null, 0) == revision.template_hash(template(), 0)


def test_requeue_is_not_asked_for_without_a_rollout() -> None:
    settled = decided(deployment(3), owned("one", 3))
    assert not [step for step in settled.steps if isinstance(step, RequeueAfter)]
