"""Custom resources with an unmodified kubectl, real etcd, and two apiserver processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from services.client.sdk import Client, ResourceType
from services.objects.errors import Invalid, NotFound
from tests.integration.apiserver.conftest import Process, eventually

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Schedule, type: string, jsonPath: .spec.cronSpec, description: When it runs}
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
            - {rule: "self.replicas <= self.most", message: "replicas must not exceed most", fieldPath: .replicas}
            properties:
              cronSpec: {type: string, description: When it runs., maxLength: 20}
              replicas: {type: integer, default: 1, minimum: 0}
              most: {type: integer, default: 5}
              mode: {type: string, enum: [fast, slow]}
          status:
            type: object
            properties: {replicas: {type: integer}}
"""
ONE = """
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: one}
spec: {cronSpec: "* * * * *"}
"""


def established(kubectl: Any) -> None:
    assert kubectl("apply", "-f", "-", stdin=CRD) == "customresourcedefinition.apiextensions.k8s.io/crontabs.stable." \
                                                     "example.com created\n"  # fmt: skip
    kubectl("wait", "--for=condition=Established", "crd/crontabs.stable.example.com", "--timeout=20s")


def test_kubectl_works_with_them(kubectl: Any) -> None:
    established(kubectl)
    assert kubectl("apply", "-f", "-", stdin=CRD).endswith("unchanged\n")
    assert kubectl("apply", "-f", "-", stdin=ONE) == "crontab.stable.example.com/one created\n"
    assert kubectl("apply", "-f", "-", stdin=ONE) == "crontab.stable.example.com/one unchanged\n"
    assert kubectl("apply", "-f", "-", stdin=ONE.replace("* * * * *", "1 * * * *")).endswith("configured\n")
    header, row = kubectl("get", "ct").splitlines()
    assert header.split() == ["NAME", "SCHEDULE", "AGE"]
    assert row.split()[:6] == ["one", "1", "*", "*", "*", "*"]
    header, row = kubectl("get", "crontab", "one", "-o", "wide").splitlines()
    assert header.split() == ["NAME", "SCHEDULE", "REPLICAS", "AGE"]
    assert row.split()[6] == "1"
    assert "crontab.stable.example.com/one" in kubectl("get", "all", "-o", "name")
    explained = kubectl("explain", "ct.spec")
    assert "cronSpec\t<string> -required-\n    When it runs." in explained
    assert "ENUM" in kubectl("explain", "ct.spec.mode")
    kubectl("patch", "ct", "one", "--type=merge", "-p", '{"spec":{"mode":"fast"}}')
    kubectl("label", "ct", "one", "a=b")
    kubectl("scale", "ct", "one", "--replicas=3")
    shown = json.loads(kubectl("get", "ct", "one", "-o", "json"))
    assert shown["spec"] == {"cronSpec": "1 * * * *", "replicas": 3, "most": 5, "mode": "fast"}
    assert shown["metadata"]["generation"] == 4
    kubectl("patch", "ct", "one", "--type=merge", "--subresource=status", "-p", '{"status":{"replicas":3}}')
    assert kubectl("get", "ct", "one", "-o", "jsonpath={.status.replicas}") == "3"
    assert kubectl("delete", "ct", "one").startswith('crontab.stable.example.com "one" deleted')


def test_kubectl_shows_why_they_are_refused(kubectl: Any) -> None:
    established(kubectl)
    assert kubectl.refused("create", "-f", "-", stdin=ONE.replace('"* * * * *"', "5")) == (
        'The CronTab "one" is invalid: \n'
        '* spec.cronSpec: Invalid value: "integer": spec.cronSpec in body must be of type string: "integer"\n'
        '* <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; '
        "correct the existing errors to complete validation\n")  # fmt: skip
    many = ONE.replace("spec: {", "spec: {replicas: 6, ")
    assert kubectl.refused("create", "-f", "-", stdin=many) == (
        'The CronTab "one" is invalid: spec.replicas: Invalid value: "object": replicas must not exceed most\n')
    assert 'Unsupported value: "x": supported values: "fast", "slow"' in kubectl.refused(
        "create", "-f", "-", stdin=ONE.replace("spec: {", "spec: {mode: x, "))  # fmt: skip
    assert 'unknown field "spec.foo"' in kubectl.refused(
        "create", "-f", "-", stdin=ONE.replace("spec: {", "spec: {foo: 1, "))  # fmt: skip
    broken = CRD.replace("self.replicas <= self.most", "self.replicas <= self.nothing").replace("crontabs", "others")
    assert "undefined field 'nothing'" in kubectl.refused("apply", "-f", "-", stdin=broken)


def test_every_process_serves_what_was_defined_through_one(
    apiserver: Process, kubectl: Any, make_apiserver: Callable[[str], Process]
) -> None:
    established(kubectl)
    other = make_apiserver("two")
    path = "/apis/stable.example.com/v1/namespaces/default/crontabs"
    code, made = other.request("POST", path, {"apiVersion": "stable.example.com/v1", "kind": "CronTab",
                                              "metadata": {"name": "x"}, "spec": {"cronSpec": "a"}})  # fmt: skip
    assert code == 201, made
    assert apiserver.request("GET", f"{path}/x")[1] == made
    # What one process has told of, another knows at once.
    second = CRD
    for old, new in (("crontabs", "crons"), ("crontab,", "cron,"), ("CronTab", "Cron"), ("[ct]", "[cr]")):
        second = second.replace(old, new)
    definition = json.loads(kubectl("create", "--dry-run=client", "-o", "json", "-f", "-", stdin=second))
    assert other.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)[0] == 201
    kubectl("wait", "--for=condition=Established", "crd/crons.stable.example.com", "--timeout=20s")
    for process in (apiserver, other):
        assert process.request("GET", "/apis/stable.example.com/v1/crons")[0] == 200
    apiserver.stop()
    apiserver.start()
    assert apiserver.request("GET", f"{path}/x")[1] == made
    kubectl("delete", "crd", "crontabs.stable.example.com", "--timeout=20s")
    for process in (apiserver, other):
        assert eventually(lambda process=process: process.request("GET", path)[0] == 404, "it is served no more")


async def test_grpc_serves_them(apiserver: Process, kubectl: Any) -> None:
    established(kubectl)
    kind = ResourceType("stable.example.com", "v1", "crontabs")
    async with Client(f"127.0.0.1:{apiserver.grpc_port}", identity=apiserver.pki.identity("admin")) as client:
        tabs = client.resource(kind, "default")
        body = {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": "one"},
                "spec": {"cronSpec": "a"}}  # fmt: skip
        made = await tabs.create(body)
        assert made["spec"] == {"cronSpec": "a", "replicas": 1, "most": 5}
        patched = await tabs.patch("one", {"spec": {"replicas": 2}})
        assert (patched["spec"]["replicas"], patched["metadata"]["generation"]) == (2, 2)
        with pytest.raises(Invalid) as refused:
            await tabs.patch("one", {"spec": {"replicas": 6}})
        (cause,) = refused.value.causes
        assert cause.message == 'Invalid value: "object": replicas must not exceed most'
        async with asyncio.timeout(20):
            async for event in tabs.watch(resource_version=made["metadata"]["resourceVersion"]):
                assert (event.type, event.object) == ("MODIFIED", patched)
                break
        await tabs.delete("one")
        assert await tabs.list() == []
        with pytest.raises(NotFound):
            await client.resource(ResourceType("stable.example.com", "v1", "nothings"), "default").list()
