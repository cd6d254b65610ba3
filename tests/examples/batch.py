from __future__ import annotations

from tests.examples.core import POD_SPEC

_JOB = {"template": {"spec": {**POD_SPEC, "restartPolicy": "Never"}}}

EXAMPLES = (
    {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"uid": "8f7c1c0e-0000-4000-8000-000000000000"},
     "spec": _JOB},
    {"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": _JOB}}},
)  # fmt: skip
