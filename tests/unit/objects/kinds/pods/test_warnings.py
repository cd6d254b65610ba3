"""What users are warned of, in the words of Kubernetes."""

import pytest

from services.objects.kinds import DEPLOYMENT, POD

HIDES = 'hides previous definition of "A", which may be dropped when using apply'
TOKEN = {"serviceAccountToken": {"path": "token"}}


@pytest.mark.parametrize(("spec", "container", "expected"), [
    ({"nodeSelector": {"beta.kubernetes.io/arch": "arm"}}, {}, [
        'spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead']),
    ({"hostAliases": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]}, {}, [
        'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"']),
    ({"imagePullSecrets": [{"name": "a"}, {"name": "a"}, {}]}, {}, [
        'spec.imagePullSecrets[1].name: duplicate name "a"', 'spec.imagePullSecrets[2].name: invalid empty name ""']),
    ({"terminationGracePeriodSeconds": -1}, {}, [
        "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"]),
    ({}, {"resources": {"requests": {"memory": "100m"}}}, [
        'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer']),
    ({}, {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, [f"spec.containers[0].env[1]: {HIDES}"]),
    ({}, {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]}, []),
    ({}, {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)"}]}, [
        f"spec.containers[0].env[1]: {HIDES}"]),
    ({}, {"ports": [{"containerPort": 80}, {"containerPort": 80}]}, [
        "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"]),
    ({}, {"ports": [{"containerPort": 80}, {"containerPort": 80, "hostPort": 80}]}, [
        "spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"]),
    ({}, {"ports": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 80, "hostPort": 81}]}, []),
    ({"volumes": [{"name": "t", "projected": {"sources": [
        TOKEN, {"configMap": {"name": "c", "items": [{"key": "k", "path": "token"}]}}]}}]}, {}, [
        'spec.volumes[0].projected.sources.configMap[0]: has duplicated path with ServiceAccountToken "token"']),
])  # fmt: skip
def test_pods(make_pod, spec, container, expected):
    assert POD.warnings(make_pod(spec, **container)) == expected


def test_volumes_of_old(make_pod):
    assert POD.warnings(make_pod({"volumes": [{"name": "v", "gitRepo": {"repository": "r"}}]}))[0] == (
        "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+")


def test_annotations_in_pods_and_templates(make_pod, make_deployment):
    annotations = {"container.apparmor.security.beta.kubernetes.io/a": "unconfined",
                   "seccomp.security.alpha.kubernetes.io/pod": "unconfined"}  # fmt: skip
    seccomp = ('metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the '
               '"seccompProfile" field instead')  # fmt: skip
    assert POD.warnings(make_pod(metadata={"annotations": annotations})) == [seccomp]
    deployment = make_deployment()
    deployment["spec"]["template"]["metadata"]["annotations"] = annotations
    assert DEPLOYMENT.warnings(deployment) == [
        f"spec.template.{seccomp}",
        "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]: deprecated since v1.30; "
        'use the "appArmorProfile" field instead',
    ]


def test_old_labels_in_affinity(make_pod):
    term = {"matchExpressions": [{"key": "beta.kubernetes.io/os", "operator": "Exists"}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    assert POD.warnings(make_pod({"affinity": {"nodeAffinity": required}})) == [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]."
        'matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead']
