from datetime import UTC, datetime

import pytest

from services.objects.errors import Forbidden, TooManyRequests
from services.objects.kinds.policy.eviction import charged, covers, is_free, needs_no_budget

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


def pod(status=None, **metadata):
    return {"metadata": {"name": "p", "labels": {"app": "web"}, **metadata}, "status": status or READY}


def budget(status=None, generation=1, **spec):
    return {"metadata": {"name": "b", "generation": generation}, "spec": spec,
            "status": {"observedGeneration": 1, "disruptionsAllowed": 1, **(status or {})}}  # fmt: skip


@pytest.mark.parametrize(("pod", "expected"), [
    (pod(), False), (pod({"phase": "Running"}), False), (pod({"phase": "Pending"}), True),
    (pod({"phase": "Failed"}), True), (pod(deletionTimestamp="x"), True),
])  # fmt: skip
def test_who_needs_no_budget(pod, expected):
    assert needs_no_budget(pod) is expected


@pytest.mark.parametrize(("selector", "expected"), [
    (None, False), ({}, True), ({"matchLabels": {"app": "web"}}, True), ({"matchLabels": {"app": "db"}}, False),
    ({"matchExpressions": [{"key": "app", "operator": "Is"}]}, False),
])  # fmt: skip
def test_whose_budget_it_is(selector, expected):
    assert covers(budget(**({} if selector is None else {"selector": selector})), pod()) is expected


@pytest.mark.parametrize(("status", "policy", "ready", "expected"), [
    ({"currentHealthy": 3, "desiredHealthy": 2}, None, True, False),
    ({"currentHealthy": 3, "desiredHealthy": 2}, None, False, True),
    ({"currentHealthy": 1, "desiredHealthy": 2}, None, False, False),
    ({"currentHealthy": 0, "desiredHealthy": 0}, None, False, False),
    ({"currentHealthy": 1, "desiredHealthy": 2}, "AlwaysAllow", False, True),
    ({"currentHealthy": 1, "desiredHealthy": 2}, "AlwaysAllow", True, False),
    ({"currentHealthy": 1, "desiredHealthy": 2}, "IfHealthyBudget", False, False),
])  # fmt: skip
def test_pods_that_count_for_nothing(status, policy, ready, expected):
    spec = {} if policy is None else {"unhealthyPodEvictionPolicy": policy}
    assert is_free(budget(status, **spec), pod(READY if ready else {"phase": "Running"})) is expected


def test_a_disruption_is_used_up():
    two = budget({"disruptionsAllowed": 2, "disruptedPods": {"q": "2025-12-31T23:59:00Z"}})
    left = charged(two, pod(), NOW)
    assert left["disruptionsAllowed"] == 1
    assert left["disruptedPods"] == {"q": "2025-12-31T23:59:00Z", "p": "2026-01-01T00:00:00Z"}
    assert "conditions" not in left
    (condition,) = charged(budget(), pod(), NOW)["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == (
        "DisruptionAllowed", "False", "InsufficientPods")
    assert two["status"]["disruptionsAllowed"] == 2


@pytest.mark.parametrize(("budget", "cause", "after"), [
    (budget(generation=2), "The disruption budget b is still being processed by the server.", 10),
    (budget({"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 2}),
     "The disruption budget b needs 2 healthy pods and has 1 currently", None),
    (budget({"disruptionsAllowed": 0, "conditions": [
        {"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": "no scale"}]}),
     "The disruption budget b does not allow evicting pods currently because it failed sync: no scale", None),
])  # fmt: skip
def test_not_now(budget, cause, after):
    with pytest.raises(TooManyRequests) as refused:
        charged(budget, pod(), NOW)
    status = refused.value.status()
    assert status["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert status["details"]["causes"] == [{"reason": "DisruptionBudget", "message": cause}]
    assert status["details"].get("retryAfterSeconds") == after


def test_a_broken_budget():
    with pytest.raises(Forbidden, match=r'budget\.policy "b" is forbidden: pdb disruptions allowed is negative'):
        charged(budget({"disruptionsAllowed": -1}), pod(), NOW)
    with pytest.raises(Forbidden, match="DisruptedPods map too big"):
        charged(budget({"disruptedPods": {str(number): "" for number in range(2001)}}), pod(), NOW)
