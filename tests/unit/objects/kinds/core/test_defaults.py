"""The defaults of the core group, and what the server decides on creation."""

import copy

import pytest

from services.objects.kinds import (
    DEPLOYMENT,
    ENDPOINTS,
    ENDPOINTSLICE,
    NAMESPACE,
    NODE,
    PERSISTENTVOLUME,
    PERSISTENTVOLUMECLAIM,
    POD,
    REPLICASET,
    REPLICATIONCONTROLLER,
    SECRET,
    SERVICE,
)


def defaulted(kind, obj):
    kind.default(obj)
    again = copy.deepcopy(obj)
    kind.default(again)
    assert again == obj, "defaulting must be idempotent"
    return obj


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


@pytest.mark.parametrize(("given", "expected"), [
    ({"podCIDR": "10.0.0.0/24"}, {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]}),
    ({"podCIDRs": ["10.0.0.0/24", "fd00::/64"]}, {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24", "fd00::/64"]}),
    ({"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.0.0.0/24"]}, {"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.1.0.0/24"]}),
    ({}, {}),
])  # fmt: skip
def test_the_addresses_of_a_node(given, expected):
    assert defaulted(NODE, {"spec": given})["spec"] == expected


def test_volumes_and_claims():
    volume = defaulted(PERSISTENTVOLUME, {"spec": {"capacity": {"storage": "1000500u"}, "hostPath": {"path": "/x"}}})
    assert volume == {
        "spec": {"capacity": {"storage": "1001m"}, "hostPath": {"path": "/x", "type": ""}, "volumeMode": "Filesystem",
                 "persistentVolumeReclaimPolicy": "Retain"},
        "status": {"phase": "Pending"},
    }  # fmt: skip
    claim = defaulted(PERSISTENTVOLUMECLAIM, {"spec": {"resources": {"requests": {"storage": "1000500u"}}}})
    assert claim == {"spec": {"resources": {"requests": {"storage": "1001m"}}, "volumeMode": "Filesystem"},
                     "status": {"phase": "Pending"}}  # fmt: skip


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
