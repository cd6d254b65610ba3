"""Custom resources in a whole cluster: kubectl defines, uses, scales and deletes them; controllers know them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.harness import Kubectl, eventually

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.e2e.example.com}
spec:
  group: e2e.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Schedule, type: string, jsonPath: .spec.cronSpec}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [cronSpec]
            x-kubernetes-validations:
            - {rule: "self.replicas <= self.most", message: "replicas must not exceed most"}
            - {rule: "!has(oldSelf.zone) || self.zone == oldSelf.zone", message: "zone is immutable"}
            properties:
              cronSpec: {type: string, description: When it runs., pattern: "^[a-z*/0-9 ]+$"}
              replicas: {type: integer, default: 1, minimum: 0}
              most: {type: integer, default: 5}
              zone: {type: string}
          status:
            type: object
            properties: {replicas: {type: integer}}
"""
ONE = """
apiVersion: e2e.example.com/v1
kind: CronTab
metadata: {name: one}
spec: {cronSpec: "* * * * *", zone: here}
"""


@pytest.fixture(scope="module")
def defined(kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("crd") / "crd.yaml"
    path.write_text(CRD)
    kubectl("apply", "-f", str(path))
    kubectl("wait", "--for=condition=Established", "crd/crontabs.e2e.example.com", "--timeout=20s")
    yield
    kubectl("delete", "crd", "crontabs.e2e.example.com", "--timeout=30s")
    assert kubectl.run("get", "crontabs").returncode != 0, "nothing of it is served any more"


@pytest.fixture
def tab(defined: None, namespace: Kubectl) -> Kubectl:
    namespace("create", "-f", "-", stdin=ONE)
    return namespace


def test_kubectl_uses_them_like_any_other(tab: Kubectl) -> None:
    header, row = tab("get", "ct").splitlines()
    assert (header.split(), row.split()[0]) == (["NAME", "SCHEDULE", "AGE"], "one")
    header, row = tab("get", "crontabs", "-o", "wide").splitlines()
    assert header.split() == ["NAME", "SCHEDULE", "REPLICAS", "AGE"]
    assert row.split()[6] == "1"
    assert "When it runs." in tab("explain", "crontab.spec.cronSpec")
    tab("patch", "ct", "one", "--type=merge", "-p", '{"spec":{"most":9}}')
    tab("patch", "ct", "one", "--type=json", "-p", '[{"op":"replace","path":"/spec/cronSpec","value":"1 * * * *"}]')
    tab("scale", "ct", "one", "--replicas=7")
    tab("annotate", "ct", "one", "note=well")
    shown = json.loads(tab("get", "ct", "one", "-o", "json"))
    assert shown["spec"] == {"cronSpec": "1 * * * *", "zone": "here", "replicas": 7, "most": 9}
    assert shown["metadata"]["generation"] == 4
    assert tab("delete", "ct", "one", "--timeout=20s").startswith('crontab.e2e.example.com "one" deleted')


@pytest.mark.parametrize(("change", "text"), [
    ({"cronSpec": 5}, 'Invalid value: "integer": spec.cronSpec in body must be of type string: "integer"'),
    ({"cronSpec": "NO"}, "spec.cronSpec: Invalid value: \"NO\": spec.cronSpec in body should match '^[a-z*/0-9 ]+$'"),
    ({"replicas": -1}, "spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0"),
    ({"replicas": 6}, 'spec: Invalid value: "object": replicas must not exceed most'),
    ({"zone": "there"}, 'spec: Invalid value: "object": zone is immutable'),
])  # fmt: skip
def test_what_is_invalid_is_refused_with_the_reason(tab: Kubectl, change: dict[str, Any], text: str) -> None:
    done = tab.run("patch", "ct", "one", "--type=merge", "-p", json.dumps({"spec": change}))
    assert done.returncode != 0
    assert text in done.stderr


def test_what_they_own_goes_with_them(tab: Kubectl) -> None:
    uid = tab("get", "ct", "one", "-o", "jsonpath={.metadata.uid}")
    owner = {"apiVersion": "e2e.example.com/v1", "kind": "CronTab", "name": "one", "uid": uid}
    owned = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned", "ownerReferences": [owner]}}
    tab("create", "-f", "-", stdin=json.dumps(owned))
    tab("delete", "ct", "one", "--timeout=20s")
    assert eventually(lambda: tab.run("get", "configmap", "owned").returncode != 0, within=20)


def test_a_namespace_takes_them_with_it(defined: None, kubectl: Kubectl) -> None:
    kubectl("create", "namespace", "custom-going")
    kubectl.within("custom-going")("create", "-f", "-", stdin=ONE)
    kubectl("delete", "namespace", "custom-going", "--timeout=40s")
    assert json.loads(kubectl("get", "ct", "-A", "-o", "json"))["items"] == []
