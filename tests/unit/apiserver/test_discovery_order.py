"""Clients resolve names that several groups have in the order of discovery, which is Kubernetes' own."""

from __future__ import annotations

import pytest

from services.apiserver.discovery import resources
from services.objects.kinds import KINDS

KUBERNETES = [
    "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling",
    "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io",
    "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io",
    "discovery.k8s.io", "flowcontrol.apiserver.k8s.io", "resource.k8s.io",
]  # fmt: skip


def test_groups_come_in_kubernetes_order() -> None:
    groups = [group["name"] for group in resources.api_group_list(KINDS)["groups"]]
    assert groups == [group for group in KUBERNETES if group in groups]
    assert next(iter(resources.groups(KINDS))) == ""


@pytest.mark.parametrize(("group", "versions"), [("autoscaling", ["v2", "v1"]), ("batch", ["v1"])])
def test_the_newest_version_is_preferred(group: str, versions: list[str]) -> None:
    assert list(resources.groups(KINDS)[group]) == versions
    told = {each["name"]: each for each in resources.api_group_list(KINDS)["groups"]}[group]
    assert told["preferredVersion"]["version"] == versions[0]


# Of a Kubernetes cluster. A hash tells what an object is kept as: versions with the same hash are one object.
HASHES = {
    "v1": {
        "configmaps": "qFsyl6wFWjQ=", "endpoints": "fWeeMqaN/OA=", "events": "r2yiGXH7wu8=",
        "limitranges": "EBKMFVe6cwo=", "namespaces": "Q3oi5N2YM8M=", "nodes": "XwShjMxG9Fs=",
        "persistentvolumeclaims": "QWTyNDq0dC4=", "persistentvolumes": "HN/zwEC+JgM=", "pods": "xPOwRZ+Yhw8=",
        "podtemplates": "LIXB2x4IFpk=", "replicationcontrollers": "Jond2If31h0=", "resourcequotas": "8uhSgffRX6w=",
        "secrets": "S6u1pOWzb84=", "serviceaccounts": "pbx9ZvyFpBE=", "services": "0/CO1lhkEBI=",
        "bindings": "", "componentstatuses": "",
    },
    "apps/v1": {
        "controllerrevisions": "85nkx63pcBU=", "daemonsets": "dd7pWHUlMKQ=", "deployments": "8aSe+NMegvE=",
        "replicasets": "P1RzHs8/mWQ=", "statefulsets": "H+vl74LkKdo=",
    },
    "autoscaling/v1": {"horizontalpodautoscalers": "qwQve8ut294="},
    "autoscaling/v2": {"horizontalpodautoscalers": "qwQve8ut294="},
    "batch/v1": {"jobs": "mudhfqk/qZY=", "cronjobs": "sd5LIXh4Fjs="},
    "certificates.k8s.io/v1": {"certificatesigningrequests": "95fRKMXA+00="},
    "coordination.k8s.io/v1": {"leases": "gqkMMb/YqFM="},
    "discovery.k8s.io/v1": {"endpointslices": "qgS0xkrxYAI="},
    "events.k8s.io/v1": {"events": "r2yiGXH7wu8="},
    "networking.k8s.io/v1": {
        "networkpolicies": "YpfwF18m1G8=", "ingresses": "39NQlfNR+bo=", "ingressclasses": "l/iqIbDgFyQ=",
    },
    "node.k8s.io/v1": {"runtimeclasses": "WQTu1GL3T2Q="},
    "policy/v1": {"poddisruptionbudgets": "EVWiDmWqyJw="},
    "rbac.authorization.k8s.io/v1": {
        "clusterrolebindings": "48tpQ8gZHFc=", "clusterroles": "bYE5ZWDrJ44=", "rolebindings": "eGsCzGH6b1g=",
        "roles": "7FuwZcIIItM=",
    },
    "scheduling.k8s.io/v1": {"priorityclasses": "1QwjyaZjj3Y="},
    "storage.k8s.io/v1": {
        "csidrivers": "hL6j/rwBV5w=", "csinodes": "Pe62DkZtjuo=", "storageclasses": "K+m6uJwbjGY=",
        "csistoragecapacities": "xeVl+2Ly1kE=", "volumeattachments": "tJx/ezt6UDU=",
    },
    "admissionregistration.k8s.io/v1": {
        "mutatingwebhookconfigurations": "Sqi0GUgDaX0=", "validatingwebhookconfigurations": "B0wHjQmsGNk=",
        "validatingadmissionpolicies": "6OxvlMmQ6is=", "validatingadmissionpolicybindings": "v9715VZqakg=",
    },
    "flowcontrol.apiserver.k8s.io/v1": {
        "flowschemas": "GJVAJZSZBIw=", "prioritylevelconfigurations": "Kir5PVfvNeI=",
    },
}  # fmt: skip
SERVED = {(kind.api_version, kind.plural): kind for kind in KINDS}


@pytest.mark.parametrize(("api_version", "plural", "expected"), [
    (api_version, plural, expected) for api_version, of in HASHES.items() for plural, expected in of.items()
    if (api_version, plural) in SERVED])  # fmt: skip
def test_what_objects_are_kept_as_is_what_kubernetes_keeps(api_version: str, plural: str, expected: str) -> None:
    kind = SERVED[api_version, plural]
    document = resources.api_resource_list(kind.group, kind.version, [kind])
    assert document["resources"][0].get("storageVersionHash", "") == expected


def test_what_is_only_asked_has_no_storage() -> None:
    for group in ("authentication.k8s.io", "authorization.k8s.io"):
        document = resources.api_resource_list(group, "v1", resources.groups(KINDS)[group]["v1"])
        assert all(each["verbs"] == ["create"] and "storageVersionHash" not in each for each in document["resources"])
