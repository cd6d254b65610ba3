"""An unmodified kubectl makes every kind there is, shows it, explains it; and reads networks, storage, admission."""

from __future__ import annotations

import json
from typing import Any

from services.objects.kinds import KINDS, Kind
from tests.examples.every import example

KEPT = [kind for kind in KINDS if kind.stored and "create" in kind.verbs]
POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  validations: [{expression: "object.spec.replicas <= 5"}]
"""
CLAIM = """
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: gpu}
spec:
  devices:
    requests:
    - name: any
      firstAvailable:
      - {name: big, deviceClassName: gpus, selectors: [{cel: {expression: 'device.attributes["a.example.com"].big'}}]}
      - {name: small, deviceClassName: gpus}
"""


def full(kind: Kind) -> str:
    return f"{kind.plural}.{kind.version}.{kind.group}" if kind.group else kind.plural


def columns(text: str, *, row: int = 1) -> list[str]:
    return text.splitlines()[row].split()


def test_every_example_is_made_with_one_apply_and_shown(kubectl: Any) -> None:
    items = [{"apiVersion": kind.api_version, "kind": kind.kind, **example(kind)} for kind in KEPT]
    for number, item in enumerate(items):
        if item["metadata"]["name"] == "example":
            item["metadata"]["name"] = f"example-{number}"  # versions of a kind share their objects
        item["metadata"].pop("uid", None)
    lines = kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    assert len(lines.splitlines()) == len(items)
    for kind in KEPT:
        shown = kubectl("get", full(kind), "-o", "wide")
        assert shown.splitlines()[0].split()[0] in ("NAME", "LAST"), full(kind)


def test_every_kind_is_explained(kubectl: Any) -> None:
    for kind in KEPT[::4]:
        arguments = ["explain", kind.plural, f"--api-version={kind.api_version}"]
        assert f"KIND:       {kind.kind}\n" in kubectl(*arguments)


def test_ingresses(kubectl: Any) -> None:
    kubectl("create", "ingress", "web", "--class=example", "--rule=a.example.com/*=web:80,tls=secret",
            "--default-backend=other:http")  # fmt: skip
    assert columns(kubectl("get", "ing", "web"))[:5] == ["web", "example", "a.example.com", "80,", "443"]
    described = kubectl("describe", "ingress", "web")
    assert "Ingress Class:    example" in described
    assert "secret terminates a.example.com" in described
    refusal = kubectl.refused("create", "ingress", "bad", "--rule=A_b/x=web:80")
    assert 'spec.rules[0].host: Invalid value: "A_b"' in refusal


def test_storage(kubectl: Any) -> None:
    made = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "disks.example.com", "metadata": {
        "name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}  # fmt: skip
    kubectl("create", "-f", "-", stdin=json.dumps(made))
    assert columns(kubectl("get", "sc", "fast"))[:6] == [
        "fast", "(default)", "disks.example.com", "Delete", "Immediate", "false"]  # fmt: skip
    assert "VolumeBindingMode:     Immediate" in kubectl("describe", "sc", "fast")
    assert "updates to provisioner are forbidden" in kubectl.refused(
        "patch", "sc", "fast", "-p", '{"provisioner":"other.example.com"}')  # fmt: skip


def test_policies(kubectl: Any) -> None:
    assert kubectl("apply", "-f", "-", stdin=POLICY).endswith("/few created\n")
    kubectl("apply", "-f", "-", stdin=POLICY)
    assert kubectl("get", "validatingadmissionpolicies", "few", "-o", "jsonpath={.metadata.generation}") == "1"
    assert columns(kubectl("get", "validatingadmissionpolicies", "few"))[:3] == ["few", "1", "<unset>"]
    refusal = kubectl.refused("apply", "-f", "-", stdin=POLICY.replace("<= 5", "<= ").replace("few", "bad"))
    assert "spec.validations[0].expression: Invalid value:" in refusal
    assert "compilation failed: ERROR: <input>:1:" in refusal


def test_claims_of_devices(kubectl: Any) -> None:
    kubectl("apply", "-f", "-", stdin=CLAIM)
    assert columns(kubectl("get", "resourceclaims", "gpu"))[:2] == ["gpu", "pending"]
    result = {"request": "any/big", "driver": "gpus.example.com", "pool": "n1", "device": "gpu-0"}
    status = {"status": {"allocation": {"devices": {"results": [result]}},
                         "reservedFor": [{"resource": "pods", "name": "web", "uid": "1"}]}}  # fmt: skip
    kubectl("patch", "resourceclaim", "gpu", "--subresource=status", "--type=merge", "-p", json.dumps(status))
    assert columns(kubectl("get", "resourceclaims", "gpu"))[1] == "allocated,reserved"
    result["request"] = "any/none"
    refusal = kubectl.refused("patch", "resourceclaim", "gpu", "--subresource=status", "--type=merge", "-p",
                              json.dumps(status))  # fmt: skip
    assert "status.allocation: Invalid value" in refusal
