"""The defaults of what keeps pods running."""

import copy

from services.objects.kinds import DEPLOYMENT, REPLICASET, REPLICATIONCONTROLLER


def defaulted(kind, obj):
    kind.default(obj)
    again = copy.deepcopy(obj)
    kind.default(again)
    assert again == obj, "defaulting must be idempotent"
    return obj


def test_a_deployment():
    spec = defaulted(DEPLOYMENT, {"spec": {"selector": {}, "template": {"spec": {"containers": []}}}})["spec"]
    assert spec.pop("template")["spec"]["restartPolicy"] == "Always"
    assert spec == {
        "selector": {}, "replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
    }  # fmt: skip


def test_a_deployment_keeps_what_is_said():
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}}
    spec = defaulted(DEPLOYMENT, {"spec": {"replicas": 0, "revisionHistoryLimit": 0, "strategy": strategy}})["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"]) == (0, 0)
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": "25%"}
    assert defaulted(DEPLOYMENT, {"spec": {"strategy": {"type": "Recreate"}}})["spec"]["strategy"] == {
        "type": "Recreate"}  # fmt: skip


def test_replicas():
    assert defaulted(REPLICASET, {"spec": {}})["spec"]["replicas"] == 1
    controller = defaulted(REPLICATIONCONTROLLER, {"metadata": {"name": "a"}, "spec": {
        "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": []}}}})
    assert controller["spec"]["selector"] == controller["metadata"]["labels"] == {"app": "x"}
