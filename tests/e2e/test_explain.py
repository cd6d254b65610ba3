"""`pinnace explain` against the scheduler of a real cluster."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.e2e.harness import Kubectl, eventually


def explained(kubectl: Kubectl, name: str, *more: str) -> str:
    command = [sys.executable, "-m", "services.cli.main", "explain", "pod", name, "-n", kubectl.namespace]
    done = subprocess.run([*command, "--kubeconfig", str(kubectl.kubeconfig), *more], capture_output=True, text=True,
                          timeout=60, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_why_a_pod_waits_and_where_another_is(namespace: Kubectl) -> None:
    requests = {"here": "10m", "huge": "9000"}
    namespace.apply(*(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [
            {"name": "c", "image": "pinnace/demo", "resources": {"requests": {"cpu": cpu}}}]}}
        for name, cpu in requests.items()))  # fmt: skip
    namespace("wait", "pod/here", "--for=condition=PodScheduled", "--timeout=30s")
    eventually(lambda: "Unschedulable" in namespace("get", "pod", "huge", "-o", "json"), within=30)
    told = explained(namespace, "huge")
    assert "0/1 nodes are available: 1 Insufficient cpu." in told
    assert "NodeResourcesFit   1       Insufficient cpu" in told
    found = json.loads(explained(namespace, "here", "-o", "json"))
    assert (found["place"], found["leads"]) == ("bound", True)
    (node,) = found["nodes"]
    assert node["name"] == found["node"]
    assert node["points"]["NodeResourcesFit"] > 0
