"""What changes through resize and ephemeralcontainers, and what statuses may become."""

import copy

import pytest

from services.objects.kinds import POD
from services.objects.kinds.pods.changes.ephemeral import validate_ephemeral_update, with_ephemeral_containers
from services.objects.kinds.pods.changes.resize import validate_resize, with_resources

ASKS = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi", "example.com/gpu": "1"}}
DEBUG = {"name": "debug", "image": "busybox", "imagePullPolicy": "Always", "terminationMessagePath": "/dev/x",
         "terminationMessagePolicy": "File"}  # fmt: skip


@pytest.fixture
def resize(make_pod, told):
    """A change of the body that is sent to /resize; tells the causes, and that nothing but the new pod was made."""

    def act(change, spec=None, status=None, metadata=None):
        old = make_pod(spec, metadata=metadata, resources=ASKS)
        POD.prepare(old)
        old["status"].update(status or {})
        body = copy.deepcopy(old)
        change(body)
        before = copy.deepcopy((body, old))
        new = with_resources(body, old)
        causes = told(validate_resize(new, old))
        assert (body, old) == before
        return causes, new

    return act


def resources(pod, **sides):
    own = pod["spec"]["containers"][0]["resources"]
    for side, amounts in sides.items():
        own[side] = {**own.get(side, {}), **amounts}


def test_cpu_and_memory_change(resize):
    causes, new = resize(lambda pod: resources(pod, requests={"cpu": "200m"}, limits={"memory": "96Mi"}))
    assert causes == []
    assert new["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "200m"


def test_the_rest_of_the_body_is_left_out(resize):
    def change(pod):
        pod["spec"]["containers"][0]["image"] = "other:2"
        pod["spec"]["nodeName"] = "elsewhere"
        pod["metadata"]["labels"] = {"a": "b"}

    causes, new = resize(change)
    assert causes == []
    assert new["spec"]["containers"][0]["image"] == "web:1"
    assert "nodeName" not in new["spec"]
    assert "labels" not in new["metadata"]


ONLY = "spec: Forbidden: only cpu and memory resources are mutable"


@pytest.mark.parametrize(("change", "around", "expected"), [
    (lambda pod: resources(pod, limits={"example.com/gpu": "2"}, requests={"example.com/gpu": "2"}), {}, [ONLY]),
    (lambda pod: pod["spec"]["containers"][0]["resources"]["requests"].pop("memory"), {}, [
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"]),
    (lambda pod: resources(pod, requests={"cpu": "2"}), {"status": {"containerStatuses": [
        {"name": "a", "state": {"running": {}}}]}}, [
        "spec: Forbidden: Pod running on node without support for resize"]),
    (lambda pod: None, {"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}, [
        "[]: Forbidden: static pods cannot be resized"]),
    (lambda pod: None, {"spec": {"os": {"name": "windows"}}}, ["[]: Forbidden: windows pods cannot be resized"]),
    (lambda pod: pod["spec"]["containers"][0].update(
        resizePolicy=[{"resourceName": "cpu", "restartPolicy": "NotRequired"}]), {}, [ONLY]),
    (lambda pod: pod["spec"]["initContainers"][0].update(resources={"limits": {"cpu": "1"}}),
     {"spec": {"initContainers": [{"name": "i", "image": "x", "resources": {"limits": {"cpu": "2"}}}]}}, [
        "spec: Forbidden: resources for non-sidecar init containers are immutable"]),
])  # fmt: skip
def test_what_is_not_resized(resize, change, around, expected):
    assert resize(change, **around)[0] == expected


def test_a_pod_keeps_its_quality(resize):
    def change(pod):
        pod["spec"]["containers"][0]["resources"] = {
            "requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi", "example.com/gpu": "1"}}

    causes, _ = resize(change)
    assert 'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing' in causes


def ephemeral(pod, containers):
    return with_ephemeral_containers({**pod, "spec": {**pod["spec"], "ephemeralContainers": containers}}, pod)


def test_ephemeral_containers_are_added_and_stay(make_pod, told):
    pod = make_pod()
    one = ephemeral(pod, [DEBUG])
    assert told(validate_ephemeral_update(one, pod)) == []
    assert "ephemeralContainers" not in pod["spec"]
    assert told(validate_ephemeral_update(ephemeral(one, []), one)) == [
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n']
    assert told(validate_ephemeral_update(ephemeral(one, [{**DEBUG, "image": "other"}]), one)) == [
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n'
        '- debug.image: "busybox"\n+ debug.image: "other"']
    static = make_pod({"nodeName": "n"}, metadata={"annotations": {"kubernetes.io/config.mirror": "x"}})
    assert told(validate_ephemeral_update(ephemeral(static, [DEBUG]), static)) == [
        "[]: Forbidden: static pods do not support ephemeral containers"]


ENDED = {"name": "a", "state": {"terminated": {"exitCode": 0}}}
RUNS = {"name": "a", "state": {"running": {}}}


@pytest.mark.parametrize(("policy", "was", "now", "expected"), [
    ("Always", [ENDED], [RUNS], []),
    ("Never", [ENDED], [ENDED], []),
    ("Never", [ENDED], [RUNS], [
        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"]),
    ("OnFailure", [{"name": "a", "state": {"terminated": {"exitCode": 1}}}], [RUNS], []),
    ("OnFailure", [ENDED], [RUNS], [
        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"]),
])  # fmt: skip
def test_what_has_ended_does_not_run_again(make_pod, told, policy, was, now, expected):
    old = {**make_pod({"restartPolicy": policy}), "status": {"containerStatuses": was}}
    new = {**old, "status": {"containerStatuses": now}}
    assert told(POD.validate_status(new, old)) == expected


@pytest.mark.parametrize(("status", "expected"), [
    ({"hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}]}, []),
    ({"hostIPs": [{"ip": "10.0.0.1"}]}, [
        'status.hostIPs[0].ip: Invalid value: "10.0.0.1": must be equal to `hostIP`']),
    ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}, []),
    ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]}, [
        'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each '
        "IP family",
        'status.podIPs[1]: Duplicate value: {"IP":"10.0.0.1"}']),
    ({"qosClass": "Guaranteed"}, ['status.qosClass: Invalid value: "Guaranteed": field is immutable']),
    ({"resourceClaimStatuses": [{"name": "x"}]}, [
        'status.resourceClaimStatuses[0].name: Invalid value: "x": must match the name of an entry in '
        "`spec.resourceClaims`"]),
    ({"containerStatuses": [{"name": "a", "user": {"linux": {"uid": -1, "gid": 0}}}]}, [
        "status.containerStatuses[0].linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive"]),
    ({"containerStatuses": [{"name": "a", "allocatedResourcesStatus": [
        {"name": "example.com/gpu", "resources": [{"resourceID": "1", "health": "Ill"}]}]}]}, [
        'status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "example.com/gpu": must match '
        "one of the container's resource requests",
        'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: "Ill": '
        'supported values: "Healthy", "Unhealthy", "Unknown"']),
])  # fmt: skip
def test_status(make_pod, told, status, expected):
    old = make_pod()
    POD.prepare(old)
    assert told(POD.validate_status({**old, "status": status}, old)) == expected


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def affinity(*expressions):
    terms = [{"matchExpressions": [{"key": key, "operator": "Exists"} for key in expressions]}]
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}


@pytest.mark.parametrize(("was", "wanted", "expected"), [
    ({}, {"nodeSelector": {"a": "b"}, "affinity": affinity("x")}, []),
    ({"nodeSelector": {"a": "b"}}, {"nodeSelector": {"a": "c"}}, [
        'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or '
        "deletions)"]),
    ({"affinity": affinity("x")}, {"affinity": affinity("x", "y")}, []),
    ({"affinity": affinity("x")}, {"affinity": affinity("y")}, [
        f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0]: Invalid value: "
        '{"matchExpressions":[{"key":"y","operator":"Exists"}]}: only additions are allowed (no mutations or '
        "deletions)"]),
    ({"affinity": affinity("x")}, {}, [
        f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms: Invalid value: []: no additions/deletions to "
        "non-empty NodeSelectorTerms list are allowed"]),
])  # fmt: skip
def test_a_gated_pod_may_be_told_where_not_to_go(make_pod, told, was, wanted, expected):
    gates = {"schedulingGates": [{"name": "example.com/a"}]}
    assert told(POD.validate_update(make_pod({**gates, **wanted}), make_pod({**gates, **was}))) == expected


def test_annotations_that_are_fixed(make_pod, told):
    mirror = {"kubernetes.io/config.mirror": "x"}
    with_, without = make_pod(metadata={"annotations": mirror}), make_pod()
    assert told(POD.validate_update(with_, without)) == [
        "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation"]
    assert told(POD.validate_update(without, with_)) == [
        "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not remove or update mirror pod annotation"]
