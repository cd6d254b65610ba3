"""Deleting is graceful and leaves nothing behind."""

from __future__ import annotations

import subprocess
import time

from tests.e2e.harness import BUSYBOX, Cluster, Kubectl, eventually
from tests.e2e.test_kubectl import pod, running


def test_sigterm_comes_first_and_the_pod_may_finish(namespace: Kubectl) -> None:
    script = "trap 'echo got TERM; sleep 1; echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    polite = pod("polite", script)
    polite["spec"]["terminationGracePeriodSeconds"] = 20
    running(namespace, polite)
    logs = namespace.popen("logs", "-f", "polite")
    assert logs.stdout is not None
    assert logs.stdout.readline() == "up\n"
    began = time.monotonic()
    namespace("delete", "pod", "polite")
    assert time.monotonic() - began < 15
    assert "got TERM\nbye\n" in logs.communicate(timeout=20)[0]


def test_sigkill_comes_after_the_grace_period(namespace: Kubectl) -> None:
    deaf = pod("deaf", "trap '' TERM; while :; do sleep 0.1; done")
    deaf["spec"]["terminationGracePeriodSeconds"] = 3
    running(namespace, deaf)
    began = time.monotonic()
    namespace("delete", "pod", "deaf", "--wait=false")
    terminating = namespace.get("pod", "deaf")["metadata"]
    assert terminating["deletionGracePeriodSeconds"] == 3
    assert "Terminating" in namespace("get", "pod", "deaf")
    eventually(lambda: "NotFound" in namespace.run("get", "pod", "deaf").stderr, within=20)
    assert 2.5 < time.monotonic() - began < 15


def test_nothing_is_left(namespace: Kubectl, cluster: Cluster) -> None:
    volumes = {"volumes": [{"name": "scratch", "emptyDir": {}}]}
    running(namespace, pod("gone", **volumes))
    found = namespace.get("pod", "gone")
    uid, address = found["metadata"]["uid"], found["status"]["podIP"]
    directory = cluster.state_dir / "node" / "pods" / uid
    assert directory.exists()
    assert uid in cluster.engine.docker("ps", "-a", "--format", "{{.Names}}")
    namespace("delete", "pod", "gone")
    # A grace period of zero removes the object at once; what it stood for follows.
    eventually(lambda: uid not in cluster.engine.docker("ps", "-a", "--format", "{{.Names}}"), within=20)
    eventually(lambda: not directory.exists(), within=20)
    ping = subprocess.run([BUSYBOX, "ping", "-c", "1", "-W", "1", address], capture_output=True, check=False)
    assert ping.returncode != 0


def test_a_namespace_takes_everything_with_it(kubectl: Kubectl, cluster: Cluster) -> None:
    kubectl("create", "namespace", "doomed")
    ours = kubectl.within("doomed")
    ours("create", "configmap", "c")
    ours("create", "deployment", "d", "--image=pinnace/demo", "--replicas=2")
    ours("expose", "deployment", "d", "--port=80")
    kubectl("delete", "namespace", "doomed", "--timeout=60s")
    assert "NotFound" in kubectl.run("get", "namespace", "doomed").stderr
    assert "_doomed_" not in cluster.engine.docker("ps", "-a", "--format", "{{.Names}}")


def test_owners_take_their_dependents_with_them_or_not(namespace: Kubectl) -> None:
    for name, cascade in (("a", "background"), ("b", "foreground"), ("c", "orphan")):
        namespace("create", "deployment", name, "--image=pinnace/demo", "--replicas=1")
        namespace("rollout", "status", f"deployment/{name}", "--timeout=60s")
        namespace("delete", "deployment", name, f"--cascade={cascade}", "--timeout=60s")

    def left() -> bool:
        owners = namespace("get", "replicasets", "-o", "jsonpath={.items[*].metadata.labels.app}").split()
        return owners == ["c"] and len(namespace.get("pods")["items"]) == 1

    eventually(left, within=30)
