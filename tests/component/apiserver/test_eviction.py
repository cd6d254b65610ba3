"""Evictions over REST: a pod goes when its budget lets it."""

from __future__ import annotations

from typing import Any

import pytest

BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
PODS = "/api/v1/namespaces/default/pods"
MERGE = {"Content-Type": "application/merge-patch+json"}
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


async def make_pod(rest: Any, name: str, status: dict[str, Any] | None = None) -> None:
    body = {"metadata": {"name": name, "labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "i"}]}}
    code, _ = await rest("POST", PODS, body)
    assert code == 201
    code, _ = await rest("PATCH", f"{PODS}/{name}/status", {"status": status or READY}, headers=MERGE)
    assert code == 200


async def make_budget(rest: Any, name: str = "web", **status: Any) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    await rest("POST", BUDGETS, {"metadata": {"name": name}, "spec": spec})
    code, _ = await rest("PATCH", f"{BUDGETS}/{name}/status", {"status": {"observedGeneration": 1, **status}},
                         headers=MERGE)  # fmt: skip
    assert code == 200


async def evict(rest: Any, name: str, query: str = "", **options: Any) -> tuple[int, Any]:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}, "deleteOptions": options}
    answer: tuple[int, Any] = await rest("POST", f"{PODS}/{name}/eviction{query}", body)
    return answer


async def exists(rest: Any, name: str) -> bool:
    code, _ = await rest("GET", f"{PODS}/{name}")
    return bool(code == 200)


async def test_without_a_budget_a_pod_goes(rest: Any) -> None:
    await make_pod(rest, "a")
    code, answer = await evict(rest, "a")
    assert (code, answer["status"]) == (201, "Success")
    assert not await exists(rest, "a")
    code, refusal = await evict(rest, "a")
    assert (code, refusal["message"]) == (404, 'pods "a" not found')


async def test_a_budget_is_used_up(rest: Any) -> None:
    for name in ("a", "b"):
        await make_pod(rest, name)
    await make_budget(rest, disruptionsAllowed=1, currentHealthy=2, desiredHealthy=1)
    code, _ = await evict(rest, "a", "?dryRun=All")
    assert (code, await exists(rest, "a")) == (201, True)
    code, _ = await evict(rest, "a")
    assert (code, await exists(rest, "a")) == (201, False)
    _, budget = await rest("GET", f"{BUDGETS}/web")
    assert budget["status"]["disruptionsAllowed"] == 0
    assert budget["status"]["disruptedPods"] == {"a": "2026-01-02T03:04:05Z"}
    code, refusal = await evict(rest, "b")
    assert (code, refusal["reason"]) == (429, "TooManyRequests")
    assert refusal["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert refusal["details"]["causes"][0]["reason"] == "DisruptionBudget"
    assert await exists(rest, "b")


async def test_a_budget_that_is_not_settled_holds(rest: Any) -> None:
    await make_pod(rest, "a")
    await make_budget(rest, observedGeneration=0, disruptionsAllowed=1)
    async with rest.open("POST", f"{PODS}/a/eviction", json={"metadata": {"name": "a"}}) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "10")


@pytest.mark.parametrize("phase", ["Pending", "Succeeded"])
async def test_pods_that_do_not_run_cost_nothing(rest: Any, phase: str) -> None:
    await make_pod(rest, "a", {"phase": phase})
    await make_budget(rest, disruptionsAllowed=0)
    code, _ = await evict(rest, "a")
    assert (code, await exists(rest, "a")) == (201, False)


async def test_two_budgets_are_too_many(rest: Any) -> None:
    await make_pod(rest, "a")
    for name in ("x", "y"):
        await make_budget(rest, name, disruptionsAllowed=1)
    code, refusal = await evict(rest, "a")
    assert (code, refusal["message"]) == (500, "This pod has more than one PodDisruptionBudget, which the eviction "
                                               "subresource does not support.")  # fmt: skip


async def test_why_a_pod_goes_is_in_its_status(rest: Any) -> None:
    await make_pod(rest, "a")
    await rest("PATCH", f"{PODS}/a", {"metadata": {"finalizers": ["example.com/hold"]}}, headers=MERGE)
    code, _ = await evict(rest, "a")
    assert code == 201
    _, pod = await rest("GET", f"{PODS}/a")
    assert pod["metadata"]["deletionTimestamp"]
    assert {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting", "lastTransitionTime": "2026-01-02T03:04:05Z"} in \
        pod["status"]["conditions"]  # fmt: skip
