"""Bad input and trouble: wrong manifests, killed services, etcd and Docker away, and the way back."""

from __future__ import annotations

import os
import signal
from typing import Any

import orjson
import pytest

from tests.e2e.harness import Cluster, Kubectl, eventually
from tests.e2e.test_deployment import deployment, ready_pods
from tests.e2e.test_kubectl import pod, running

GOOD = pod("good")


def changed(**paths: Any) -> dict[str, Any]:
    """`good` with values put at paths like spec__containers__0__image."""
    obj = orjson.loads(orjson.dumps(GOOD))
    for path, value in paths.items():
        *parents, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        holder = obj
        for part in parents:
            holder = holder[part]
        if value is None:
            del holder[last]
        else:
            holder[last] = value
    return obj


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (changed(spec__colour="red"), 'unknown field "spec.colour"'),
        (changed(spec__containers="many"), "spec.containers"),
        (changed(metadata__name="No_Good"), 'metadata.name: Invalid value: "No_Good": a lowercase RFC 1123 subdomain'),
        (changed(spec__containers__0__image=None), "spec.containers[0].image: Required value"),
        (changed(spec__containers=None), "spec.containers"),
        (changed(spec__containers__0__volumeMounts=[{"name": "none", "mountPath": "/x"}]),
         'spec.containers[0].volumeMounts[0].name: Not found: "none"'),
        (changed(spec__restartPolicy="Sometimes"), "supported values: \"Always\", \"OnFailure\", \"Never\""),
        (changed(spec__serviceAccountName="nobody"), 'serviceaccount "nobody" not found'),
        (changed(apiVersion="v7"), 'no matches for kind "Pod" in version "v7"'),
        (changed(spec__containers__0__ports=[{"containerPort": 70000}]), "must be between 1 and 65535"),
    ],
)  # fmt: skip
def test_bad_manifests_are_refused_as_kubernetes_refuses_them(
    namespace: Kubectl, manifest: dict[str, Any], words: str
) -> None:
    refused = namespace.run("create", "-f", "-", stdin=orjson.dumps(manifest))
    assert refused.returncode == 1
    assert words in refused.stderr
    assert "Internal error" not in refused.stderr
    assert namespace.get("pods")["items"] == []


@pytest.mark.parametrize("service", ["apiserver", "scheduler", "controller-manager", "node-agent", "etcd"])
def test_a_killed_service_comes_back_and_containers_stay(namespace: Kubectl, cluster: Cluster, service: str) -> None:
    running(namespace, pod("steady"))
    before = containers(cluster, namespace)
    old = cluster.processes()[service]
    os.kill(old, signal.SIGKILL)
    eventually(lambda: cluster.processes()[service] not in (0, old), within=20)
    eventually(lambda: namespace.run("get", "pods").returncode == 0, within=30)
    namespace.apply(deployment("after", 1))
    namespace("rollout", "status", "deployment/after", "--timeout=60s")
    assert before <= containers(cluster, namespace)
    assert namespace("exec", "steady", "--", "echo", "alive") == "alive\n"


def containers(cluster: Cluster, namespace: Kubectl) -> set[str]:
    """Ids and start times of the pod `steady`: a restarted container shows a new one."""
    name = f"name=_steady_{namespace.namespace}_"
    ids = cluster.engine.docker("ps", "-q", "--no-trunc", "--filter", name).split()
    return set(cluster.engine.docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", *ids).splitlines())


def test_while_etcd_is_away_requests_fail_in_time_and_nothing_is_lost(namespace: Kubectl, cluster: Cluster) -> None:
    namespace("create", "configmap", "kept", "--from-literal=a=b")
    etcd = cluster.processes()["etcd"]
    os.kill(etcd, signal.SIGSTOP)
    try:
        refused = namespace.run("create", "configmap", "lost", timeout=60)
        assert refused.returncode == 1
        words = ("did not answer in time", "Timeout", "unavailable")
        assert any(word in refused.stderr for word in words), refused.stderr
    finally:
        os.kill(etcd, signal.SIGCONT)
    eventually(lambda: namespace.run("create", "configmap", "afterwards").returncode == 0, within=30)
    assert namespace.get("configmap", "kept")["data"] == {"a": "b"}
    namespace.apply(deployment("web", 1))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")


def test_while_docker_is_away_the_node_is_not_ready_and_containers_are_adopted(
    namespace: Kubectl, cluster: Cluster
) -> None:
    running(namespace, pod("steady"))
    before = containers(cluster, namespace)
    cluster.engine.stop()
    try:
        eventually(lambda: "NotReady" in namespace("get", "nodes"), within=60)
    finally:
        cluster.engine.start()
    eventually(lambda: "NotReady" not in namespace("get", "nodes"), within=60)
    assert containers(cluster, namespace) == before
    namespace("wait", "--for=condition=Ready", "pod/steady", "--timeout=60s")
    assert namespace.get("pod", "steady")["status"]["containerStatuses"][0]["restartCount"] == 0
    namespace.apply(deployment("web", 1))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    assert len(ready_pods(namespace, "web")) == 1
