from datetime import UTC, datetime

import pytest

from services.objects.kinds import CRONJOB


def test_defaults(make_cronjob):
    spec = make_cronjob()["spec"]
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Allow", False)
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 1)
    job = spec["jobTemplate"]["spec"]
    assert job["template"]["spec"]["dnsPolicy"] == "ClusterFirst"
    assert job.keys() == {"template"}, "what is defaulted of a Job is defaulted when the Job is made"


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"schedule": ""}, ["spec.schedule: Required value"]),
    ({"schedule": "* * * *"}, [
        'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]']),
    ({"schedule": "TZ=UTC 0 0 * * *"}, [
        'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field '
        "instead"]),
    ({"timeZone": "Europe/Rome"}, []),
    ({"timeZone": "Etc/GMT+12"}, []),
    ({"timeZone": ""}, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']),
    ({"timeZone": "Europe/InvalidRome"}, [
        'spec.timeZone: Invalid value: "Europe/InvalidRome": unknown time zone Europe/InvalidRome']),
    ({"timeZone": "Europe/Rome "}, ['spec.timeZone: Invalid value: "Europe/Rome ": unknown time zone Europe/Rome ']),
    ({"timeZone": "../etc/passwd"}, [
        'spec.timeZone: Invalid value: "../etc/passwd": unknown time zone ../etc/passwd']),
    ({"timeZone": "LOCAL"}, [
        'spec.timeZone: Invalid value: "LOCAL": timeZone must be an explicit time zone as defined in '
        "https://www.iana.org/time-zones"]),
    ({"concurrencyPolicy": "Maybe"}, [
        'spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"']),
    ({"startingDeadlineSeconds": -1, "successfulJobsHistoryLimit": -1, "failedJobsHistoryLimit": -1}, [
        "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
        "spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0"]),
    ({"job": {"backoffLimit": -1}}, [
        "spec.jobTemplate.spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"]),
    ({"job": {"selector": {"matchLabels": {"a": "b"}}, "manualSelector": True}}, [
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"']),
    ({"job": {"template": {"spec": {"containers": [{"name": "a", "image": "i"}]}}}}, [
        'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']),
    ({"name": "x" * 53}, [f'metadata.name: Invalid value: "{"x" * 53}": must be no more than 52 characters']),
])  # fmt: skip
def test_rules(make_cronjob, told, spec, expected):
    assert told(CRONJOB.validate(make_cronjob(**spec))) == expected


def test_warnings(make_cronjob):
    stored = "cronjobs are stored, but not acted on yet"
    assert CRONJOB.warnings(make_cronjob()) == [stored]
    mapped = {"template": {"spec": {"containers": [], "hostUsers": False}}}
    first, dotted, pending = CRONJOB.warnings(make_cronjob(name="a.b", job=mapped))
    assert first == stored
    assert dotted.startswith("metadata.name: this is used in Pod names and hostnames, which can result in surprising")
    assert pending.startswith("spec.jobTemplate.spec.template.spec.hostUsers ")


def test_columns(make_cronjob):
    cronjob = make_cronjob(timeZone="Asia/Tokyo", suspend=True)
    cronjob["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    cronjob["status"] = {"active": [{}, {}], "lastScheduleTime": "2026-01-01T00:30:00Z"}
    now = datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert CRONJOB.printer.row(cronjob, now) == [
        "nightly", "0 0 * * *", "Asia/Tokyo", "True", 2, "30m", "60m", "a", "web:1", "<none>"]  # fmt: skip
    cronjob = {"metadata": {"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"}}
    assert CRONJOB.printer.row(cronjob, now) == [
        "x", "", "<none>", "<unset>", 0, "<none>", "60m", "", "", "<none>"]  # fmt: skip
    assert [column.name for column in CRONJOB.printer.columns] == [
        "Name", "Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Age", "Containers", "Images", "Selector"]
