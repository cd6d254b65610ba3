import copy

import pytest

from services.objects.kinds import CONTROLLERREVISION, DEPLOYMENT, REPLICASET, REPLICATIONCONTROLLER

PERCENT = ("a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex "
           "used for validation is '[0-9]+%')")  # fmt: skip


def template(labels, **spec):
    return {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "web:1"}], **spec}}


def rolling(unavailable, surge):
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"replicas": -1}, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
    ({"selector": None}, [
        "spec.selector: Required value",  # what is not there selects nothing:
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`']),
    ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
    ({"template": template({"app": "x"})}, [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`']),
    ({"template": template(None)}, [
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`"]),
    ({"template": template({"z": "1", "b": "2"})}, [
        'spec.template.metadata.labels: Invalid value: {"b":"2","z":"1"}: `selector` does not match template `labels`'
    ]),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "x"]}]}}, []),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}}, [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`']),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}}, [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Is"}]}: invalid label selector']),
    ({"selector": {"matchExpressions": [{"key": "app", "operator": "In"}]}}, [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or "
        "'NotIn'",
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"In"}]}: invalid label selector']),
    ({"template": template({"app": "web"}, restartPolicy="Never")}, [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"']),
    ({"template": template({"app": "web"}, activeDeadlineSeconds=1)}, [
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"]),
    ({"template": template({"app": "web"}, containers=[{"name": "a"}])}, [
        "spec.template.spec.containers[0].image: Required value"]),
    ({"strategy": {"type": "Recreate"}}, []),
    ({"strategy": {"type": "Recreate", "rollingUpdate": {}}}, [
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]),
    ({"strategy": {"type": "BlueGreen"}}, [
        'spec.strategy: Unsupported value: {"type":"BlueGreen"}: supported values: "Recreate", "RollingUpdate"']),
    ({"strategy": rolling(0, 0)}, [
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"]),
    ({"strategy": rolling("0%", 0)}, [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0']),
    ({"strategy": rolling("101%", "200%")}, [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%']),
    ({"strategy": rolling("half", 1)}, [
        f'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "half": {PERCENT}']),
    ({"strategy": rolling(1, -1)}, [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0"]),
    ({"progressDeadlineSeconds": 5, "minReadySeconds": 5}, [
        "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"]),
])  # fmt: skip
def test_deployments(make_deployment, told, spec, expected):
    deployment = make_deployment(**spec)
    if deployment["spec"]["selector"] is None:
        del deployment["spec"]["selector"]
    assert told(DEPLOYMENT.validate(deployment)) == expected


def test_a_selector_is_for_life(make_deployment, told):
    old = make_deployment()
    new = copy.deepcopy(old)
    new["spec"]["selector"]["matchLabels"]["app"] = "other"
    assert told(DEPLOYMENT.validate_update(new, old)) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable']
    new = copy.deepcopy(old)
    new["spec"]["replicas"] = 5
    assert DEPLOYMENT.validate_update(new, old) == []


@pytest.mark.parametrize(("status", "expected"), [
    ({"replicas": 3, "readyReplicas": 3, "availableReplicas": 2, "updatedReplicas": 3}, []),
    ({"replicas": -1}, ["status.replicas: Invalid value: -1: must be greater than or equal to 0"]),
    ({"replicas": 1, "readyReplicas": 2}, [
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"]),
    ({"replicas": 3, "readyReplicas": 1, "availableReplicas": 2}, [
        "status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas"]),
])  # fmt: skip
def test_status_counts(make_deployment, told, status, expected):
    old = make_deployment()
    assert told(DEPLOYMENT.validate_status({**old, "status": status}, old)) == expected


def test_replicasets(told):
    replicaset = {"metadata": {"name": "a", "namespace": "default"}, "spec": {"replicas": -1}}
    REPLICASET.default(replicaset)
    assert told(REPLICASET.validate(replicaset)) == [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.selector: Required value",
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
        "spec.template.spec.containers: Required value",
    ]


@pytest.mark.parametrize(("spec", "expected"), [
    ({"template": template({"app": "x"})}, []),
    ({"selector": {"app": "y"}, "template": template({"app": "x"})}, [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`']),
    ({}, ["spec.selector: Required value", "spec.template: Required value"]),
    ({"template": template({"app": "x"}, activeDeadlineSeconds=1)}, [
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not "
        "Supported"]),
])  # fmt: skip
def test_replication_controllers(told, spec, expected):
    controller = {"metadata": {"name": "a", "namespace": "default"}, "spec": copy.deepcopy(spec)}
    REPLICATIONCONTROLLER.default(controller)
    assert told(REPLICATIONCONTROLLER.validate(controller)) == expected


def test_controller_revisions(told):
    old = {"metadata": {"name": "a", "namespace": "default"}, "data": {"x": 1}, "revision": 1}
    assert CONTROLLERREVISION.validate(old) == []
    assert told(CONTROLLERREVISION.validate({"metadata": old["metadata"], "revision": -1})) == [
        "data: Required value: data is mandatory", "revision: Invalid value: -1: must be greater than or equal to 0"]
    assert told(CONTROLLERREVISION.validate_update({**old, "data": {"x": 2}}, old)) == [
        'data: Invalid value: {"x":2}: field is immutable']
    assert CONTROLLERREVISION.validate_update({**old, "revision": 2}, old) == []


def test_templates_are_warned_of(make_deployment):
    mapped = template({"app": "web"}, hostUsers=False)
    assert DEPLOYMENT.warnings(make_deployment(template=mapped)) == [
        "spec.template.spec.hostUsers is stored, but not acted on yet"]
