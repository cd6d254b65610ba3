"""Defaults as https://kubernetes.io/docs/reference/ gives them, and what the server decides on creation."""

import copy

import pytest

from services.objects.kinds import (
    DEPLOYMENT,
    ENDPOINTS,
    ENDPOINTSLICE,
    NAMESPACE,
    NODE,
    POD,
    REPLICASET,
    REPLICATIONCONTROLLER,
    SECRET,
    SERVICE,
)
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


def test_amounts_are_rounded_up_to_thousandths():
    assert container_of(resources={"requests": {"cpu": "1500u"}})["resources"]["requests"] == {"cpu": "2m"}


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
    ({"image": {"reference": "x"}}, {"image": {"reference": "x", "pullPolicy": "Always"}}),
    ({"persistentVolumeClaim": {"claimName": "x"}}, {"persistentVolumeClaim": {"claimName": "x"}}),
])  # fmt: skip
def test_volumes(given, expected):
    assert spec_of(volumes=[{"name": "v", **given}])["volumes"] == [{"name": "v", **expected}]


def test_references_in_the_environment():
    container = container_of(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                                  {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}])
    assert [each["valueFrom"] for each in container["env"]] == [
        {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
        {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}},
    ]


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


@pytest.mark.parametrize(("given", "expected"), [
    ({"ports": [{"port": 80}]}, {
        "type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}),
    ({"type": "NodePort", "ports": [{"port": 80, "targetPort": "http"}]}, {
        "type": "NodePort", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
        "externalTrafficPolicy": "Cluster", "ports": [{"port": 80, "protocol": "TCP", "targetPort": "http"}]}),
    ({"type": "LoadBalancer"}, {
        "type": "LoadBalancer", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
        "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": True}),
    ({"externalIPs": ["1.2.3.4"]}, {
        "type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
        "externalTrafficPolicy": "Cluster", "externalIPs": ["1.2.3.4"]}),
    ({"type": "ExternalName", "externalName": "a.example.com"}, {
        "type": "ExternalName", "sessionAffinity": "None", "externalName": "a.example.com"}),
    ({"sessionAffinity": "ClientIP"}, {
        "type": "ClusterIP", "sessionAffinity": "ClientIP", "internalTrafficPolicy": "Cluster",
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}}),
])  # fmt: skip
def test_services(given, expected):
    assert defaulted(SERVICE, {"spec": given})["spec"] == expected


def test_backends():
    assert defaulted(ENDPOINTS, {"subsets": [{"ports": [{"port": 1}]}]})["subsets"][0]["ports"] == [
        {"port": 1, "protocol": "TCP"}]  # fmt: skip
    assert defaulted(ENDPOINTSLICE, {"ports": [{"port": 1}]})["ports"] == [{"port": 1, "name": "", "protocol": "TCP"}]


def test_secrets():
    secret = defaulted(SECRET, {"data": {"a": "YQ=="}, "stringData": {"b": "b", "a": "c"}})
    assert secret == {"type": "Opaque", "data": {"a": "Yw==", "b": "Yg=="}}


def test_namespaces_and_nodes():
    namespace = defaulted(NAMESPACE, {"metadata": {"name": "x", "labels": {"a": "b"}}})
    assert namespace["metadata"]["labels"] == {"a": "b", "kubernetes.io/metadata.name": "x"}
    assert namespace["status"] == {"phase": "Active"}
    assert defaulted(NODE, {"status": {"capacity": {"cpu": "2"}}})["status"]["allocatable"] == {"cpu": "2"}


class TestPreparation:
    def test_a_pod_starts_pending(self, make_pod):
        pod = make_pod()
        pod["status"] = {"phase": "Running", "podIP": "1.2.3.4"}
        POD.prepare(pod)
        assert pod["status"] == {"phase": "Pending", "qosClass": "BestEffort"}

    def test_a_gated_pod_says_so(self, make_pod):
        pod = make_pod({"schedulingGates": [{"name": "example.com/wait"}]})
        POD.prepare(pod)
        assert [(each["type"], each["status"], each["reason"]) for each in pod["status"]["conditions"]] == [
            ("PodScheduled", "False", "SchedulingGated")]

    def test_a_namespace_is_held_until_empty(self):
        namespace = {"metadata": {"name": "a"}, "status": {"phase": "Terminating"}}
        NAMESPACE.prepare(namespace)
        assert (namespace["spec"], namespace["status"]) == ({"finalizers": ["kubernetes"]}, {"phase": "Active"})

    @pytest.mark.parametrize(("kind", "status"), [
        (DEPLOYMENT, {}), (REPLICASET, {"replicas": 0}), (REPLICATIONCONTROLLER, {"replicas": 0}),
        (SERVICE, {"loadBalancer": {}}),
    ])  # fmt: skip
    def test_status_is_nobodys_to_set(self, kind, status):
        obj = {"status": {"replicas": 7, "loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}
        kind.prepare(obj)
        assert obj["status"] == status


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
