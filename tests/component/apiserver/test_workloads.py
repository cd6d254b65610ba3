"""Workloads over REST: what the server makes of them beyond what the user wrote."""

from __future__ import annotations

from typing import Any

import pytest

from services.apiserver.handlers.api import Api
from tests.examples.every import EXAMPLES

JOBS = "/apis/batch/v1/namespaces/default/jobs"
JOB = EXAMPLES["batch/v1", "Job"]


async def test_a_jobs_labels_have_the_name_it_got_in_the_end(rest: Any, api: Api) -> None:
    made_up = iter(["aaaaa", "aaaaa", "bbbbb"])

    class Rigged:
        def choices(self, population: Any, *, k: int) -> list[str]:
            return list(next(made_up))

    api.core.rng = Rigged()  # type: ignore[assignment]
    for name in ("sum-aaaaa", "sum-bbbbb"):
        code, job = await rest("POST", JOBS, {**JOB, "metadata": {"generateName": "sum-"}})
        assert (code, job["metadata"]["name"]) == (201, name)
        labels = job["spec"]["template"]["metadata"]["labels"]
        assert labels["job-name"] == labels["batch.kubernetes.io/job-name"] == name
        assert labels["controller-uid"] == job["metadata"]["uid"]
        assert job["metadata"]["labels"] == labels
        assert job["spec"]["selector"] == {
            "matchLabels": {"batch.kubernetes.io/controller-uid": job["metadata"]["uid"]}}  # fmt: skip


async def test_a_jobs_status_only_moves_forward(rest: Any) -> None:
    await rest("POST", JOBS, {**JOB, "metadata": {"name": "sum"}})
    merge = {"Content-Type": "application/merge-patch+json"}
    status = {"startTime": "2026-01-01T00:00:00Z", "failed": 2}
    code, job = await rest("PATCH", f"{JOBS}/sum/status", {"status": status}, headers=merge)
    assert (code, job["status"]) == (200, status)
    code, refusal = await rest("PATCH", f"{JOBS}/sum/status", {"status": {"failed": 1}}, headers=merge)
    assert code == 422
    assert refusal["message"] == ('Job.batch "sum" is invalid: status.failed: Invalid value: 1: cannot decrease the '
                                  "failed counter")  # fmt: skip


@pytest.mark.parametrize(("options", "finalizers"), [
    ({}, ["orphan"]),
    ({"propagationPolicy": "Background"}, None),
    ({"propagationPolicy": "Foreground"}, ["foregroundDeletion"]),
    ({"orphanDependents": False}, None),
])  # fmt: skip
async def test_a_deletion_that_says_nothing_leaves_a_jobs_pods(rest: Any, options: Any, finalizers: Any) -> None:
    """kubectl always says something; clients of batch/v1 that do not get what they got when it was new."""
    await rest("POST", JOBS, {**JOB, "metadata": {"name": "sum"}})
    code, _ = await rest("DELETE", f"{JOBS}/sum", options)
    assert code in (200, 202)
    code, job = await rest("GET", f"{JOBS}/sum")
    assert (code, job["metadata"].get("finalizers")) == ((404, None) if finalizers is None else (200, finalizers))


async def test_a_deletion_that_says_nothing_takes_a_cronjobs_jobs(rest: Any) -> None:
    path = "/apis/batch/v1/namespaces/default/cronjobs"
    await rest("POST", path, {**EXAMPLES["batch/v1", "CronJob"], "metadata": {"name": "nightly"}})
    await rest("DELETE", f"{path}/nightly")
    code, _ = await rest("GET", f"{path}/nightly")
    assert code == 404
