"""An unmodified kubectl against the apiserver process, without nodes or controllers."""

from __future__ import annotations

import json
from typing import Any

MANIFESTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, type: NodePort, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: web}}
spec: {containers: [{name: c, image: nginx}]}
"""


def test_apply_and_what_follows(kubectl: Any) -> None:
    first = kubectl("apply", "-f", "-", stdin=MANIFESTS)
    assert first.splitlines() == ["deployment.apps/web created", "service/web created", "pod/p created"]
    again = kubectl("apply", "-f", "-", stdin=MANIFESTS)
    assert again.splitlines() == ["deployment.apps/web unchanged", "service/web unchanged", "pod/p unchanged"]
    assert kubectl("diff", "-f", "-", stdin=MANIFESTS) == ""
    changed = MANIFESTS.replace("image: nginx, ports", "image: nginx:2, ports")
    assert "nginx:2" in kubectl.run("diff", "-f", "-", stdin=changed).stdout
    assert kubectl("apply", "-f", "-", stdin=changed).splitlines()[0] == "deployment.apps/web configured"
    image = "jsonpath={.spec.template.spec.containers[0].image} {.metadata.generation}"
    assert kubectl("get", "deploy", "web", "-o", image) == "nginx:2 2"
    without_pod = MANIFESTS.rpartition("---")[0]
    assert kubectl("replace", "-f", "-", stdin=without_pod).splitlines() == [
        "deployment.apps/web replaced", "service/web replaced"]  # fmt: skip
    assert "pod updates may not change fields other than" in kubectl.refused("replace", "-f", "-", stdin=MANIFESTS)
    assert kubectl("delete", "-f", "-", stdin=MANIFESTS).splitlines()[2].startswith('pod "p" deleted')
    assert kubectl("get", "pods,deploy", "-o", "name") == ""


def test_small_changes(kubectl: Any) -> None:
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    kubectl("label", "pod", "p", "tier=front")
    kubectl("annotate", "pod", "p", "note=well")
    kubectl("label", "pod", "p", "app-")
    pod = json.loads(kubectl("get", "pod", "p", "-o", "json"))
    assert pod["metadata"]["labels"] == {"tier": "front"}
    assert pod["metadata"]["annotations"]["note"] == "well"
    kubectl("scale", "deploy", "web", "--replicas=5")
    patch = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s"}]}}}}'
    kubectl("patch", "deploy", "web", "-p", patch)
    kubectl("patch", "deploy", "web", "--type=merge", "-p", '{"spec":{"minReadySeconds":3}}')
    kubectl("patch", "deploy", "web", "--type=json", "-p", '[{"op":"remove","path":"/spec/minReadySeconds"}]')
    kubectl("set", "image", "deploy/web", "c=nginx:3")
    deployment = json.loads(kubectl("get", "deploy", "web", "-o", "json"))
    assert deployment["spec"]["replicas"] == 5
    assert {each["image"] for each in deployment["spec"]["template"]["spec"]["containers"]} == {"nginx:3", "s"}
    assert "minReadySeconds" not in deployment["spec"]


def test_reading(kubectl: Any) -> None:
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    lines = kubectl("get", "pods", "-o", "wide", "--show-labels").splitlines()
    assert lines[0].split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert lines[1].split()[:4] == ["p", "0/1", "Pending", "0"]
    assert "service/kubernetes" in kubectl("get", "all")
    assert kubectl("get", "pods", "-l", "app=web", "-o", "name") == "pod/p\n"
    assert kubectl("get", "pods", "-A", "--field-selector", "metadata.name=p", "-o", "name") == "pod/p\n"
    assert 'NotFound): pods "q" not found' in kubectl.refused("get", "pod", "q")
    assert "Containers" in kubectl("describe", "pod", "p")
    assert "default" in kubectl("get", "ns", "-o", "yaml")
    assert "deployments" in kubectl("api-resources", "--api-group=apps")
    assert "apps/v1" in kubectl("api-versions")
    assert "List of containers belonging to the pod" in kubectl("explain", "pod.spec.containers")
    assert "v1.36" in kubectl("version")
    assert "is running at" in kubectl("cluster-info")
    assert kubectl("get", "--raw", "/readyz") == "ok"


def test_refusals(kubectl: Any) -> None:
    unknown = MANIFESTS.replace("image: nginx}", "image: nginx, colour: red}")
    assert 'unknown field "spec.containers[0].colour"' in kubectl.refused("apply", "-f", "-", stdin=unknown)
    wrong = MANIFESTS.replace("replicas: 2", "replicas: two")
    refusal = kubectl.refused("create", "-f", "-", stdin=wrong)
    assert 'Deployment in version "v1" cannot be handled as a Deployment' in refusal
    name = MANIFESTS.replace("name: p,", "name: P_,")
    assert "a lowercase RFC 1123 subdomain must consist of" in kubectl.refused("create", "-f", "-", stdin=name)
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    assert "AlreadyExists" in kubectl.refused("create", "-f", "-", stdin=MANIFESTS)


def test_watching(kubectl: Any, apiserver: Any) -> None:
    kubectl("apply", "-f", "-", stdin=MANIFESTS)
    assert "condition met" in kubectl("wait", "pod/p", "--for=jsonpath={.status.phase}=Pending", "--timeout=10s")
    status = {"metadata": {"name": "p"}, "status": {"phase": "Running",
              "conditions": [{"type": "Ready", "status": "True"}]}}  # fmt: skip
    code, _ = apiserver.request("PUT", "/api/v1/namespaces/default/pods/p/status", status)
    assert code == 200
    assert "condition met" in kubectl("wait", "pod/p", "--for=condition=Ready", "--timeout=10s")
    assert "deleted" in kubectl("delete", "pod", "p", "--timeout=10s")
