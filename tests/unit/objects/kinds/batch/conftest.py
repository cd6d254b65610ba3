import copy

import pytest

from services.objects.kinds import CRONJOB, JOB


@pytest.fixture
def make_job():
    """A Job as it is once the server has made it."""

    def make(pod=None, metadata=None, status=None, **spec):
        template = {"spec": {"containers": [{"name": "a", "image": "web:1"}], "restartPolicy": "Never", **(pod or {})}}
        job = {"apiVersion": "batch/v1", "kind": "Job",
               "metadata": {"name": "sum", "namespace": "default", "uid": "u1", **(metadata or {})},
               "spec": {"template": template, **copy.deepcopy(spec)}}  # fmt: skip
        JOB.default(job)
        JOB.prepare(job)
        return job | {"status": copy.deepcopy(status or {})}

    return make


@pytest.fixture
def make_cronjob():
    def make(job=None, name="nightly", **spec):
        template = {"spec": {"containers": [{"name": "a", "image": "web:1"}], "restartPolicy": "OnFailure"}}
        cronjob = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name, "namespace": "default"},
                   "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template, **(job or {})}},
                            **copy.deepcopy(spec)}}  # fmt: skip
        CRONJOB.default(cronjob)
        return cronjob

    return make
