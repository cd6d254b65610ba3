import copy
from datetime import UTC, datetime

import pytest

from services.objects.kinds import JOB

GENERATED = {"batch.kubernetes.io/controller-uid": "u1", "batch.kubernetes.io/job-name": "sum",
             "controller-uid": "u1", "job-name": "sum"}  # fmt: skip
INDEXED = {"completionMode": "Indexed", "completions": 10}
NOT_NEGATIVE = "must be greater than or equal to 0"


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, {"parallelism": 1, "completions": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False,
          "podReplacementPolicy": "TerminatingOrFailed", "manualSelector": False}),
    ({"parallelism": 3}, {"parallelism": 3, "completions": None}),
    ({"completions": 3}, {"parallelism": 1, "completions": 3}),
    ({"backoffLimitPerIndex": 1}, {"backoffLimit": 2147483647}),
    ({"podFailurePolicy": {"rules": [{"onPodConditions": [{"type": "a"}]}]}}, {
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": {"rules": [{"onPodConditions": [{"type": "a", "status": "True"}]}]}}),
])  # fmt: skip
def test_defaults(make_job, spec, expected):
    made = make_job(**spec)["spec"]
    assert {name: made.get(name) for name in expected} == expected


def test_the_selector_is_made_of_the_uid(make_job):
    job = make_job()
    assert job["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": "u1"}}
    assert job["spec"]["template"]["metadata"]["labels"] == GENERATED
    assert job["metadata"]["labels"] == GENERATED, "a Job without labels has those of its pods"
    assert JOB.validate(job) == []


def test_labels_of_users_stay(make_job):
    job = make_job(metadata={"labels": {"team": "a"}})
    assert job["metadata"]["labels"] == {"team": "a"}
    labelled = {"metadata": {"labels": {"app": "x"}}, "spec": job["spec"]["template"]["spec"]}
    job = make_job(template=labelled)
    assert job["spec"]["template"]["metadata"]["labels"] == {"app": "x", **GENERATED}
    assert job["metadata"]["labels"] == {"app": "x", **GENERATED}


def test_a_selector_of_ones_own(make_job, told):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": make_job()["spec"]["template"]["spec"]}
    own = {"manualSelector": True, "template": template}
    job = make_job(selector={"matchLabels": {"a": "b"}}, **own)
    assert job["spec"]["selector"] == {"matchLabels": {"a": "b"}}
    assert job["spec"]["template"]["metadata"]["labels"] == {"a": "b"}
    assert JOB.validate(job) == []
    mismatch = 'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'
    assert told(JOB.validate(make_job(**own))) == ["spec.selector: Required value", mismatch]
    assert told(JOB.validate(make_job(selector={"matchLabels": {"a": "c"}}, **own))) == [mismatch]


def test_generated_labels_cannot_be_contradicted(make_job, told):
    template = {"metadata": {"labels": {"job-name": "other"}}, "spec": make_job()["spec"]["template"]["spec"]}
    refused = told(JOB.validate(make_job(template=template)))
    assert len(refused) == 1
    assert refused[0].startswith("spec.template.metadata.labels[job-name]: Invalid value: {")
    assert refused[0].endswith(": must be 'sum'")
    refused = told(JOB.validate(make_job(selector={"matchLabels": {"batch.kubernetes.io/controller-uid": "u2"}})))
    assert refused == [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u2"}}: `selector` not '
        "auto-generated",
        "spec.template.metadata.labels: Invalid value: "
        '{"batch.kubernetes.io/controller-uid":"u1","batch.kubernetes.io/job-name":"sum","controller-uid":"u1",'
        '"job-name":"sum"}: `selector` does not match template `labels`']
    job = make_job()
    del job["spec"]["template"]["metadata"]["labels"]["job-name"]
    assert told(JOB.validate(job)) == [
        "spec.template.metadata.labels[job-name]: Required value: must be 'sum'"]


@pytest.mark.parametrize(("spec", "expected"), [
    (INDEXED, []),
    ({"parallelism": -1, "ttlSecondsAfterFinished": -1, "activeDeadlineSeconds": -1}, [
        f"spec.parallelism: Invalid value: -1: {NOT_NEGATIVE}",
        f"spec.activeDeadlineSeconds: Invalid value: -1: {NOT_NEGATIVE}",
        f"spec.ttlSecondsAfterFinished: Invalid value: -1: {NOT_NEGATIVE}"]),
    ({"completionMode": "Some"}, [
        'spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"']),
    ({"completionMode": "Indexed", "parallelism": 2}, [
        "spec.completions: Required value: when completion mode is Indexed"]),
    ({**INDEXED, "parallelism": 100_001}, [
        "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is "
        "Indexed"]),
    ({"backoffLimitPerIndex": 1}, ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"]),
    ({**INDEXED, "maxFailedIndexes": 11}, [
        "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
        "spec.maxFailedIndexes: Invalid value: 11: must be less than or equal to completions"]),
    ({**INDEXED, "completions": 200_000, "backoffLimitPerIndex": 1, "parallelism": 10_001}, [
        "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
        "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 "
        "and used with backoff limit per index"]),
    ({"managedBy": "me"}, [
        'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")']),
    ({"managedBy": ""}, ["spec.managedBy: Required value"]),
    ({"managedBy": "example.com/a b"}, [
        'spec.managedBy: Invalid value: "a b": Invalid path (regex used for validation is '
        "'[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"]),
    ({"managedBy": f"example.com/{'x' * 60}"}, ["spec.managedBy: Too long: may not be more than 63 bytes"]),
    ({"podReplacementPolicy": "Never"}, [
        'spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", "TerminatingOrFailed"']),
    ({"pod": {"restartPolicy": "Always"}}, [
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']),
    ({"pod": {"restartPolicy": "OnFailure"}, "podFailurePolicy": {}}, [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy '
        "is specified"]),
    ({"podFailurePolicy": {}, "podReplacementPolicy": "TerminatingOrFailed"}, [
        'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"']),
    ({"metadata": {"name": "x" * 62}, **INDEXED}, [
        f'metadata.name: Invalid value: "{"x" * 62}": will not able to create pod with invalid DNS label: '
        f"{'x' * 62}-9"]),
    ({"successPolicy": {"rules": []}}, [
        'spec.successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode']),
])  # fmt: skip
def test_rules(make_job, told, spec, expected):
    assert told(JOB.validate(make_job(**spec))) == expected


CODES = "spec.podFailurePolicy.rules[0].onExitCodes"


@pytest.mark.parametrize(("rule", "expected"), [
    ({"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2]}}, []),
    ({"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}, []),
    ({"action": "Count", "onExitCodes": {"operator": "NotIn", "values": [0], "containerName": "a"}}, []),
    ({}, ['spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" '
          '"Ignore"]',
          "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is "
          "required"]),
    ({"action": "Restart", "onPodConditions": [{"type": "b c", "status": "Maybe"}],
      "onExitCodes": {"operator": "Is", "values": []}}, [
        'spec.podFailurePolicy.rules[0].action: Unsupported value: "Restart": supported values: "Count", "FailIndex", '
        '"FailJob", "Ignore"',
        f'{CODES}.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
        f"{CODES}.values: Invalid value: []: at least one value is required",
        "spec.podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: \"b c\": name part must consist of "
        "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
        "'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Maybe": supported values: '
        '"False", "True", "Unknown"',
        "spec.podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not "
        "supported"]),
    ({"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [3, 0, 3], "containerName": "z"}}, [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be '
        "set",
        f'{CODES}.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod '
        "template",
        f"{CODES}.values[1]: Invalid value: 0: must not be 0 for the In operator",
        f"{CODES}.values[2]: Duplicate value: 3",
        f"{CODES}.values: Invalid value: [3,0,3]: must be ordered"]),
    ({"action": "Count", "onExitCodes": {"operator": "NotIn", "values": list(range(256))}}, [
        f"{CODES}.values: Too many: 256: must have at most 255 items"]),
])  # fmt: skip
def test_failure_policies(make_job, told, rule, expected):
    assert told(JOB.validate(make_job(podFailurePolicy={"rules": [rule]}))) == expected


RULE = "spec.successPolicy.rules[0]"


@pytest.mark.parametrize(("rules", "expected"), [
    ([{"succeededCount": 1, "succeededIndexes": "0,2,4"}, {"succeededIndexes": "1,3,5-9"}], []),
    ([], ["spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is "
          "specified"]),
    ([{"succeededCount": 1}] * 21, ["spec.successPolicy.rules: Too many: 21: must have at most 20 items"]),
    ([{}], [f"{RULE}: Required value: at least one of succeededCount or succeededIndexes must be specified"]),
    ([{"succeededIndexes": "1-10"}], [
        f'{RULE}.succeededIndexes: Invalid value: "1-10": error parsing succeededIndexes: too large index: "10"']),
    ([{"succeededIndexes": "1-2-3"}], [
        f'{RULE}.succeededIndexes: Invalid value: "1-2-3": error parsing succeededIndexes: the fragment "1-2-3" '
        "violates the requirement that an index interval can have at most two parts separated by '-'"]),
    ([{"succeededIndexes": "3,1"}], [
        f'{RULE}.succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, '
        "previous: 3, current: 1"]),
    ([{"succeededIndexes": "1,x"}], [
        f'{RULE}.succeededIndexes: Invalid value: "1,x": error parsing succeededIndexes: cannot convert string to '
        'integer for index: "x"']),
    ([{"succeededCount": 11}], [
        f"{RULE}.succeededCount: Invalid value: 11: must be less than or equal to 10 (the number of specified "
        "completions)"]),
    ([{"succeededCount": 3, "succeededIndexes": "0-1"}], [
        f"{RULE}.succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the "
        "specified succeededIndexes field)"]),
])  # fmt: skip
def test_success_policies(make_job, told, rules, expected):
    assert told(JOB.validate(make_job(successPolicy={"rules": rules}, **INDEXED))) == expected


def changed(job, **spec):
    new = copy.deepcopy(job)
    new["spec"].update(copy.deepcopy(spec))
    return new


@pytest.mark.parametrize(("old", "new", "expected"), [
    ({}, {"parallelism": 5, "suspend": True, "activeDeadlineSeconds": 9, "ttlSecondsAfterFinished": 1}, []),
    ({}, {"completions": 2}, ["spec.completions: Invalid value: 2: field is immutable"]),
    (INDEXED, {"completions": 2}, [
        "spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism"]),
    (INDEXED, {"completions": 2, "parallelism": 2}, []),
    ({}, {"completionMode": "Indexed"}, ['spec.completionMode: Invalid value: "Indexed": field is immutable']),
    ({}, {"managedBy": "a.io/b"}, ['spec.managedBy: Invalid value: "a.io/b": field is immutable']),
    ({}, {"selector": {}}, ["spec.selector: Invalid value: {}: field is immutable"]),
    (INDEXED, {"backoffLimitPerIndex": 1, "podFailurePolicy": {}, "successPolicy": {}}, [
        "spec.podFailurePolicy: Invalid value: {}: field is immutable",
        "spec.backoffLimitPerIndex: Invalid value: 1: field is immutable",
        "spec.successPolicy: Invalid value: {}: field is immutable"]),
])  # fmt: skip
def test_updates(make_job, told, old, new, expected):
    job = make_job(**old)
    assert told(JOB.validate_update(changed(job, **new), job)) == expected


DIRECTIVES = {"nodeSelector": {"zone": "a"}, "tolerations": [{"key": "x"}], "schedulingGates": [{"name": "g"}],
              "affinity": {"nodeAffinity": {}}}  # fmt: skip


@pytest.mark.parametrize(("old", "may"), [
    ({"suspend": False}, False),
    ({"suspend": True}, True),
    ({"suspend": True, "status": {"active": 1}}, False),
    ({"suspend": True, "status": {"startTime": "2026-01-01T00:00:00Z"}}, False),
    ({"suspend": True, "status": {"startTime": "2026-01-01T00:00:00Z",
                                  "conditions": [{"type": "Suspended", "status": "True"}]}}, True),
])  # fmt: skip
def test_where_the_pods_of_a_suspended_job_run_may_change(make_job, old, may):
    job = make_job(**old)
    for wanted in ({name: value} for name, value in DIRECTIVES.items()):
        new = copy.deepcopy(job)
        new["spec"]["template"]["spec"].update(wanted)
        assert [cause.field for cause in JOB.validate_update(new, job)] == ([] if may else ["spec.template"])
        if may:
            assert JOB.validate_update(job, new) == [], "and back"
    new = copy.deepcopy(job)
    new["spec"]["template"]["metadata"]["labels"]["more"] = "x"
    new["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "1"}}
    assert (JOB.validate_update(new, job) == []) is may
    for other in ({"dnsPolicy": "Default"}, {"affinity": {"podAffinity": {}}}, {"containers": []}):
        new = copy.deepcopy(job)
        new["spec"]["template"]["spec"].update(other)
        assert [cause.field for cause in JOB.validate_update(new, job)] == ["spec.template"]


def conditions(*types):
    return {"conditions": [{"type": type, "status": "True"} for type in types]}


START, END = {"startTime": "2026-01-01T00:00:00Z"}, {"completionTime": "2026-01-01T01:00:00Z"}
COMPLETE = {**conditions("SuccessCriteriaMet", "Complete"), **START, **END, "succeeded": 1}
FAILED = {**conditions("FailureTarget", "Failed"), **START, "failed": 1}


@pytest.mark.parametrize(("old", "new", "expected"), [
    ({}, {**START, "active": 1, "ready": 1}, []),
    (START, COMPLETE, []),
    (START, FAILED, []),
    ({}, {"active": -1}, [f"active: Invalid value: -1: {NOT_NEGATIVE}"]),
    ({}, {"ready": 2, "active": 1}, ["ready: Invalid value: 2: cannot set more ready pods than active"]),
    ({}, {"uncountedTerminatedPods": {"succeeded": ["a", ""], "failed": ["a"]}}, [
        'uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
        'uncountedTerminatedPods.failed[0]: Duplicate value: "a"']),
    (START, {**COMPLETE, **conditions("Complete")}, [
        "conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition"]),
    (START, {**START, **conditions("Failed")}, [
        "conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition"]),
    (START, {**COMPLETE, **conditions("Complete", "SuccessCriteriaMet", "FailureTarget")}, [
        "conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions",
        "conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"]),
    (START, {**START, **END}, [
        'completionTime: Invalid value: "2026-01-01T01:00:00Z": cannot set completionTime when there is no '
        "Complete=True condition"]),
    (START, {**COMPLETE, "completionTime": None}, [
        "completionTime: Required value: completionTime is required for Complete jobs"]),
    ({}, {**COMPLETE, "startTime": "2026-01-01T02:00:00Z"}, [
        'completionTime: Invalid value: "2026-01-01T01:00:00Z": completionTime cannot be set before startTime']),
    ({}, conditions("FailureTarget", "Failed"), ["startTime: Required value: startTime is required for finished job"]),
    (START, {**FAILED, "active": 1, "terminating": 1, "uncountedTerminatedPods": {"failed": ["a"]}}, [
        "active: Invalid value: 1: active>0 is invalid for finished job",
        "terminating: Invalid value: 1: terminating>0 is invalid for finished job",
        'uncountedTerminatedPods: Invalid value: {"failed":["a"]}: uncountedTerminatedPods needs to be empty for '
        "finished job"]),
    (FAILED, {**START, "failed": 1}, [
        "conditions: Invalid value: cannot disable the terminal Failed=True condition",
        "conditions: Invalid value: cannot disable the terminal FailureTarget=True condition"]),
    ({"failed": 2, "succeeded": 2}, {"failed": 1, "succeeded": 1}, [
        "failed: Invalid value: 1: cannot decrease the failed counter",
        "succeeded: Invalid value: 1: cannot decrease the succeeded counter"]),
    (START, {}, ["startTime: Required value: startTime cannot be removed for unsuspended job"]),
    (COMPLETE, {**COMPLETE, "completionTime": "2026-01-01T02:00:00Z"}, [
        'completionTime: Invalid value: "2026-01-01T02:00:00Z": completionTime cannot be mutated']),
    ({}, {"completedIndexes": "0"}, [
        'completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion '
        "mode"]),
    ({}, {"failedIndexes": ""}, [
        'failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null']),
])  # fmt: skip
def test_statuses(make_job, told, old, new, expected):
    job = make_job(status=old)
    new = {name: value for name, value in new.items() if value is not None}
    assert told(JOB.validate_status({**job, "status": new}, job)) == [f"status.{cause}" for cause in expected]


@pytest.mark.parametrize(("completed", "failed", "expected"), [
    ("1,3-5,7", "0,2,6", []),
    ("1,3-5", "4", ['failedIndexes: Invalid value: "4": failedIndexes and completedIndexes overlap at index: 4']),
    ("0-2,x,6-8", "3,7-9", [
        'completedIndexes: Invalid value: "0-2,x,6-8": error parsing completedIndexes: cannot convert string to '
        'integer for index: "x"',
        'failedIndexes: Invalid value: "3,7-9": failedIndexes and completedIndexes overlap at index: 7']),
    ("", "10", ['failedIndexes: Invalid value: "10": error parsing failedIndexes: too large index: "10"']),
])  # fmt: skip
def test_indexes(make_job, told, completed, failed, expected):
    job = make_job(backoffLimitPerIndex=1, **INDEXED)
    new = {**job, "status": {"completedIndexes": completed, "failedIndexes": failed}}
    assert told(JOB.validate_status(new, job)) == [f"status.{cause}" for cause in expected]


@pytest.mark.parametrize(("spec", "status", "deleted", "cells"), [
    ({"completions": 3}, {}, False, ["Running", "0/3", ""]),
    ({"parallelism": 1}, START, False, ["Running", "0/1", "3h"]),
    ({"parallelism": 2}, {"succeeded": 1}, False, ["Running", "1/1 of 2", ""]),
    ({}, COMPLETE, True, ["Complete", "1/1", "60m"]),
    ({}, FAILED, False, ["Failed", "0/1", "3h"]),
    ({}, conditions("Suspended"), False, ["Suspended", "0/1", ""]),
    ({}, conditions("Suspended"), True, ["Terminating", "0/1", ""]),
    ({}, conditions("FailureTarget"), False, ["FailureTarget", "0/1", ""]),
])  # fmt: skip
def test_columns(make_job, spec, status, deleted, cells):
    metadata = {"creationTimestamp": "2026-01-01T02:00:00Z"}
    job = make_job(status=status, metadata=metadata | ({"deletionTimestamp": "x"} if deleted else {}), **spec)
    assert JOB.printer.row(job, datetime(2026, 1, 1, 3, tzinfo=UTC)) == [
        "sum", *cells, "60m", "a", "web:1", "batch.kubernetes.io/controller-uid=u1"]


def test_field_selectors(make_job):
    assert JOB.fields["status.successful"](make_job(status={"succeeded": 2})) == "2"
    assert JOB.fields["status.successful"](make_job()) == "0"


def test_a_job_too_wide_is_warned_of(make_job):
    stored = "jobs are stored, but not acted on yet"
    assert JOB.warnings(make_job(**INDEXED)) == [stored]
    assert JOB.warnings(make_job(completionMode="Indexed", completions=200_000, parallelism=20_000)) == [
        stored,
        "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
        "Kubernetes might not be able to track completedIndexes when a big number of indexes fail"]
