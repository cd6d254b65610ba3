"""Looking into what runs, and clearing a node: debug, attach, drain."""

from __future__ import annotations

import subprocess

from tests.e2e.harness import Kubectl, eventually
from tests.e2e.test_deployment import deployment
from tests.e2e.test_kubectl import pod, running


def test_debug_sees_the_processes_of_a_container(namespace: Kubectl) -> None:
    running(namespace, pod("steady", "echo up; exec sleep 1234"))
    look = "while ! ps | grep -q '[s]leep 1234'; do sleep 0.1; done; echo seen; exec sleep 600"
    namespace("debug", "steady", "--image=pinnace/demo", "--container=dbg", "--target=main", "--attach=false",
              "--profile=general", "--", "sh", "-c", look)  # fmt: skip
    eventually(lambda: "seen" in namespace.run("logs", "steady", "-c", "dbg").stdout, within=30)
    assert namespace("exec", "steady", "-c", "dbg", "--", "echo", "inside") == "inside\n"
    (status,) = namespace.get("pod", "steady")["status"]["ephemeralContainerStatuses"]
    assert "running" in status["state"]
    # It came as it is, and stays so; the pod's own containers never noticed.
    assert [one["restartCount"] for one in namespace.get("pod", "steady")["status"]["containerStatuses"]] == [0]
    assert "spec.ephemeralContainers{dbg}" in namespace("get", "events", "-o", "yaml")
    namespace("delete", "pod", "steady", "--grace-period=1")


def test_attach_speaks_with_what_runs(namespace: Kubectl) -> None:
    talker = pod("talker", "while read line; do echo got $line; done")
    talker["spec"]["containers"][0]["stdin"] = True
    running(namespace, talker)
    with namespace.popen("attach", "-i", "-q", "talker", stdin=subprocess.PIPE) as attached:
        assert attached.stdin is not None
        assert attached.stdout is not None
        for word in ("one", "two"):
            attached.stdin.write(f"{word}\n")
            attached.stdin.flush()
            assert attached.stdout.readline() == f"got {word}\n"
        attached.kill()


def test_drain_moves_what_runs_away(namespace: Kubectl) -> None:
    namespace.apply(deployment("web", 2))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    before = {one["metadata"]["name"] for one in namespace.get("pods", "-l", "app=web")["items"]}
    (node,) = (one["metadata"]["name"] for one in namespace.get("nodes")["items"])
    try:
        drained = namespace("drain", node, "--pod-selector=app=web", "--timeout=60s", "--ignore-daemonsets")
        assert all(f"pod/{name} evicted" in drained for name in before)
        assert "SchedulingDisabled" in namespace("get", "node", node)
        pending = {one["metadata"]["name"]: one for one in namespace.get("pods", "-l", "app=web")["items"]}
        assert not before & pending.keys()
    finally:
        namespace("uncordon", node)
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
