"""The defaults of pods and templates, as https://kubernetes.io/docs/reference/ gives them."""

import copy

import pytest

from services.objects.kinds import DEPLOYMENT, POD
from services.objects.kinds.pods.images import pull_policy
from services.objects.kinds.pods.qos import qos_class


def defaulted(kind, obj):
    kind.default(obj)
    again = copy.deepcopy(obj)
    kind.default(again)
    assert again == obj, "defaulting must be idempotent"
    return obj


def spec_of(**spec):
    return defaulted(POD, {"metadata": {"name": "a"}, "spec": spec})["spec"]


def container_of(**fields):
    return spec_of(containers=[{"name": "a", "image": "web:1", **fields}])["containers"][0]


def test_a_pod():
    assert spec_of(containers=[{"name": "a", "image": "web"}]) == {
        "containers": [{
            "name": "a", "image": "web", "imagePullPolicy": "Always", "resources": {},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        }],
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler", "securityContext": {}, "enableServiceLinks": True,
    }  # fmt: skip


def test_what_is_said_is_kept():
    said = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "dnsPolicy": "Default", "schedulerName": "x",
            "securityContext": {"runAsUser": 1}, "enableServiceLinks": False}  # fmt: skip
    assert spec_of(**copy.deepcopy(said)) == said


@pytest.mark.parametrize(("image", "policy"), [
    ("web", "Always"), ("web:latest", "Always"), ("web:1", "IfNotPresent"), ("r:5000/web", "Always"),
    ("r:5000/web:1", "IfNotPresent"), ("web@sha256:00", "IfNotPresent"), ("web:latest@sha256:00", "Always"),
    ("", "Always"),
])  # fmt: skip
def test_pull_policy(image, policy):
    assert pull_policy(image) == policy


def test_ports_speak_tcp():
    assert container_of(ports=[{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}])["ports"] == [
        {"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]  # fmt: skip


@pytest.mark.parametrize("name", ["livenessProbe", "readinessProbe", "startupProbe"])
def test_probes(name):
    probe = container_of(**{name: {"httpGet": {"port": 80}, "periodSeconds": 3}})[name]
    assert probe == {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 3,
                     "successThreshold": 1, "failureThreshold": 3}  # fmt: skip


def test_a_grpc_probe_and_hooks():
    container = container_of(livenessProbe={"grpc": {"port": 1}}, lifecycle={"preStop": {"httpGet": {"port": 1}}})
    assert container["livenessProbe"]["grpc"] == {"port": 1, "service": ""}
    assert container["lifecycle"]["preStop"]["httpGet"] == {"port": 1, "path": "/", "scheme": "HTTP"}


def test_requests_follow_limits():
    resources = container_of(resources={"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m"}})
    assert resources["resources"]["requests"] == {"cpu": "100m", "memory": "1Gi"}


@pytest.mark.parametrize(("given", "kept"), [
    ("1500u", "2m"), ("1n", "1m"), ("500e-9", "1e-3"), ("1m", "1m"), ("2e3", "2e3"), ("0", "0"), ("1Gi", "1Gi"),
])  # fmt: skip
def test_amounts_are_rounded_up_to_thousandths(given, kept):
    assert container_of(resources={"requests": {"cpu": given}})["resources"]["requests"] == {"cpu": kept}


def test_a_template_keeps_its_requests_open():
    containers = [{"name": "a", "resources": {"limits": {"cpu": "1"}}}]
    deployment = {"spec": {"template": {"spec": {"containers": containers}}}}
    container = defaulted(DEPLOYMENT, deployment)["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"limits": {"cpu": "1"}}


def test_pod_requests():
    spec = spec_of(resources={"limits": {"cpu": "2", "memory": "1Gi"}},
                   containers=[{"name": "a", "resources": {"requests": {"cpu": "250m"}}},
                               {"name": "b", "resources": {"requests": {"cpu": "250m"}}}])  # fmt: skip
    assert spec["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}


@pytest.mark.parametrize(("asked", "containers", "expected"), [
    ({"limits": {"cpu": "2"}}, {}, {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}),
    ({"requests": {"cpu": "1"}}, {"requests": {"memory": "1Gi"}}, {"requests": {"cpu": "1"}}),
    ({"limits": {"memory": "1Gi"}}, {"limits": {"hugepages-2Mi": "4Mi"}},
     {"limits": {"memory": "1Gi", "hugepages-2Mi": "4Mi"}, "requests": {"memory": "1Gi", "hugepages-2Mi": "4Mi"}}),
    ({"limits": {"cpu": "2"}}, {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}},
     {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}),
    ({}, {"limits": {"cpu": "1"}}, {}),
])  # fmt: skip
def test_what_a_pod_asks_for_as_a_whole(asked, containers, expected):
    spec = spec_of(resources=asked, containers=[{"name": "a", "resources": containers}])
    assert spec["resources"] == expected


def test_host_network_takes_the_ports_of_the_host():
    spec = spec_of(hostNetwork=True, containers=[{"name": "a", "ports": [{"containerPort": 80}]}])
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]


def test_the_service_account_has_two_names():
    assert spec_of(serviceAccount="x")["serviceAccountName"] == "x"
    assert spec_of(serviceAccountName="x")["serviceAccount"] == "x"


@pytest.mark.parametrize(("given", "expected"), [
    ({}, {"emptyDir": {}}),
    ({"configMap": {"name": "x"}}, {"configMap": {"name": "x", "defaultMode": 420}}),
    ({"secret": {"secretName": "x", "defaultMode": 0}}, {"secret": {"secretName": "x", "defaultMode": 0}}),
    ({"hostPath": {"path": "/x"}}, {"hostPath": {"path": "/x", "type": ""}}),
    ({"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
     {"projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {"path": "token",
                                                                              "expirationSeconds": 3600}}]}}),
    ({"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}},
                                {"path": "b", "resourceFieldRef": {"resource": "limits.cpu"}}]}},
     {"downwardAPI": {"defaultMode": 420, "items": [
         {"path": "a", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
         {"path": "b", "resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}]}}),
    ({"projected": {"sources": [{"podCertificate": {"keyType": "ED25519"}}]}},
     {"projected": {"defaultMode": 420, "sources": [{"podCertificate": {"keyType": "ED25519",
                                                                         "maxExpirationSeconds": 86400}}]}}),
    ({"iscsi": {"iqn": "x"}}, {"iscsi": {"iqn": "x", "iscsiInterface": "default"}}),
    ({"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}},
     {"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem"}}}}),
    ({"image": {"reference": "x:1"}}, {"image": {"reference": "x:1", "pullPolicy": "IfNotPresent"}}),
    ({"image": {"reference": "x"}}, {"image": {"reference": "x", "pullPolicy": "Always"}}),
    ({"persistentVolumeClaim": {"claimName": "x"}}, {"persistentVolumeClaim": {"claimName": "x"}}),
])  # fmt: skip
def test_volumes(given, expected):
    assert spec_of(volumes=[{"name": "v", **given}])["volumes"] == [{"name": "v", **expected}]


def test_references_in_the_environment():
    container = container_of(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                                  {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
                                  {"name": "C", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "p",
                                                                             "key": "k"}}}])  # fmt: skip
    assert [each["valueFrom"] for each in container["env"]] == [
        {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
        {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}},
        {"fileKeyRef": {"volumeName": "v", "path": "p", "key": "k", "optional": False}},
    ]


BOTH = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(("resources", "expected"), [
    ([{}], "BestEffort"),
    ([{"requests": {"cpu": "0"}}], "BestEffort"),
    ([{"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}], "BestEffort"),
    ([{"requests": {"cpu": "1"}}], "Burstable"),
    ([{"limits": BOTH, "requests": BOTH}], "Guaranteed"),
    ([{"limits": BOTH, "requests": {"cpu": "1000m", "memory": "1024Mi"}}], "Guaranteed"),
    ([{"limits": BOTH, "requests": {**BOTH, "cpu": "500m"}}], "Burstable"),
    ([{"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}], "Burstable"),
    ([{"limits": BOTH, "requests": BOTH}, {}], "Burstable"),
])  # fmt: skip
def test_quality_of_service(resources, expected):
    assert qos_class({"spec": {"containers": [{"resources": each} for each in resources]}}) == expected
