"""Workloads over REST: what the server makes of them beyond what the user wrote."""

from __future__ import annotations

from typing import Any

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
