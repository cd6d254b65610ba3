"""Deployments on real containers: creation, scaling, updates, rollback, and healing of every kind of harm."""

from __future__ import annotations

import subprocess
from typing import Any

from tests.e2e.harness import Cluster, Kubectl, eventually


def deployment(name: str, replicas: int, **container: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "terminationGracePeriodSeconds": 2,
                    "containers": [
                        {"name": "app", "image": "pinnace/demo", "imagePullPolicy": "IfNotPresent", **container}
                    ],
                },
            },
        },
    }


def ready_pods(kubectl: Kubectl, app: str) -> list[dict[str, Any]]:
    pods = kubectl.get("pods", "-l", f"app={app}")["items"]
    return [
        pod
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"]
        and all(status.get("ready") for status in pod["status"].get("containerStatuses", [{}]))
    ]


def test_creation_and_scaling(namespace: Kubectl) -> None:
    namespace.apply(deployment("web", 3))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    assert len(ready_pods(namespace, "web")) == 3
    namespace("scale", "deployment/web", "--replicas=5")
    eventually(lambda: len(ready_pods(namespace, "web")) == 5)
    namespace("scale", "deployment/web", "--replicas=1")
    eventually(lambda: len(namespace.get("pods", "-l", "app=web")["items"]) == 1)


def test_rolling_update_keeps_within_surge_and_unavailable(namespace: Kubectl) -> None:
    probe = {"httpGet": {"port": 8080}, "periodSeconds": 1}
    namespace.apply(deployment("web", 4, readinessProbe=probe))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    sizes = follow(namespace, "replicasets", "{.metadata.name} {.spec.replicas}")
    available = follow(namespace, "deployments", "{.metadata.name} {.status.availableReplicas}")
    namespace("set", "env", "deployment/web", "COLOUR=green")
    namespace("rollout", "status", "deployment/web", "--timeout=90s")
    wanted: dict[str, int] = {}
    totals = []
    for name, size in seen(sizes):  # in the order of their writes, so each sum is what was wanted at some moment
        wanted[name] = size
        totals.append(sum(wanted.values()))
    assert len(wanted) == 2
    assert max(totals) <= 5
    assert min(count for _, count in seen(available)) >= 3
    pods = ready_pods(namespace, "web")
    assert len(pods) == 4
    assert all({"name": "COLOUR", "value": "green"} in pod["spec"]["containers"][0]["env"] for pod in pods)


def follow(kubectl: Kubectl, kind: str, columns: str) -> subprocess.Popen[str]:
    """A watch that prints a line a change."""
    return kubectl.popen("get", kind, "--watch", "-o", f'jsonpath={columns}{{"\\n"}}')


def seen(watch: subprocess.Popen[str]) -> list[tuple[str, int]]:
    """Ends the watch; its lines of a name and a number."""
    watch.terminate()
    lines = [line.split() for line in watch.communicate()[0].splitlines()]
    return [(line[0], int(line[1])) for line in lines if len(line) == 2]


def test_rollback_history_pause_and_restart(namespace: Kubectl) -> None:
    namespace.apply(deployment("web", 1, env=[{"name": "VERSION", "value": "1"}]))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    namespace("set", "env", "deployment/web", "VERSION=2")
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    history = namespace("rollout", "history", "deployment/web")
    assert [line.split()[0] for line in history.splitlines() if line[:1].isdigit()] == ["1", "2"]
    namespace("rollout", "undo", "deployment/web")
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    assert version_of(namespace) == "1"
    namespace("rollout", "pause", "deployment/web")
    namespace("set", "env", "deployment/web", "VERSION=3")
    eventually(lambda: observed(namespace))
    assert len(namespace.get("replicasets")["items"]) == 2
    namespace("rollout", "resume", "deployment/web")
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    assert version_of(namespace) == "3"
    before = {pod["metadata"]["name"] for pod in ready_pods(namespace, "web")}
    namespace("rollout", "restart", "deployment/web")
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    assert before.isdisjoint(pod["metadata"]["name"] for pod in ready_pods(namespace, "web"))


def version_of(kubectl: Kubectl) -> str:
    path = "jsonpath={.spec.template.spec.containers[0].env[0].value}"
    return kubectl("get", "deployment", "web", "-o", path)


def observed(kubectl: Kubectl) -> bool:
    found = kubectl.get("deployment", "web")
    return bool(found["status"]["observedGeneration"] == found["metadata"]["generation"])


def test_a_container_killed_behind_its_back_comes_back(namespace: Kubectl, cluster: Cluster) -> None:
    namespace.apply(deployment("web", 1))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    pod = ready_pods(namespace, "web")[0]
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("docker://")
    cluster.engine.docker("kill", container)

    def healed() -> bool:
        status = namespace.get("pod", pod["metadata"]["name"])["status"]["containerStatuses"][0]
        return bool(status["restartCount"] == 1 and status["ready"])

    eventually(healed, within=30)


def test_a_deleted_pod_is_replaced(namespace: Kubectl) -> None:
    namespace.apply(deployment("web", 2))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    victim = ready_pods(namespace, "web")[0]["metadata"]["name"]
    namespace("delete", "pod", victim)
    eventually(lambda: len(ready_pods(namespace, "web")) == 2)
    assert victim not in {pod["metadata"]["name"] for pod in ready_pods(namespace, "web")}


def test_a_container_that_exits_is_restarted_with_growing_delays(namespace: Kubectl) -> None:
    namespace.apply(deployment("web", 1, command=["sh", "-c", "exit 3"]))

    def status() -> dict[str, Any]:
        pods = namespace.get("pods", "-l", "app=web")["items"]
        found: dict[str, Any] = pods[0]["status"].get("containerStatuses", [{}])[0] if pods else {}
        return found

    waiting = eventually(
        lambda: status().get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff" and status()
    )
    assert waiting["lastState"]["terminated"]["exitCode"] == 3
    assert "back-off" in waiting["state"]["waiting"]["message"]
    eventually(lambda: status().get("restartCount", 0) >= 3)
    assert "CrashLoopBackOff" in namespace("get", "pods") or "Error" in namespace("get", "pods")


def test_init_containers_run_first_and_in_order(namespace: Kubectl) -> None:
    mount = {"name": "notes", "mountPath": "/notes"}

    def step(name: str, *command: str) -> dict[str, Any]:
        return {
            "name": name,
            "image": "pinnace/demo",
            "imagePullPolicy": "IfNotPresent",
            "volumeMounts": [mount],
            "command": ["sh", "-c", *command],
        }

    namespace.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "ordered"},
            "spec": {
                "volumes": [{"name": "notes", "emptyDir": {}}],
                "initContainers": [
                    step("first", "sleep 1; echo first >> /notes/log"),
                    step("second", "echo second >> /notes/log"),
                ],
                "containers": [step("main", "echo main >> /notes/log; exec sleep 1000")],
                "terminationGracePeriodSeconds": 0,
            },
        }
    )
    namespace("wait", "--for=condition=Ready", "pod/ordered", "--timeout=60s")
    assert namespace("exec", "ordered", "--", "cat", "/notes/log") == "first\nsecond\nmain\n"
