"""The verbs of kubectl, each as a user types it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson
import pexpect
import pytest

from tests.e2e.harness import Kubectl, eventually
from tests.e2e.test_deployment import deployment


def pod(name: str, script: str = "exec sleep 1000", **spec: Any) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": "pinnace/demo",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **spec},
    }


def running(kubectl: Kubectl, *pods: dict[str, Any]) -> None:
    kubectl.apply(*pods)
    for each in pods:
        kubectl("wait", "--for=condition=Ready", f"pod/{each['metadata']['name']}", "--timeout=60s")


def test_get_in_every_output_format(namespace: Kubectl) -> None:
    running(namespace, pod("one"))
    table = namespace("get", "pods").splitlines()
    assert table[0].split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert table[1].split()[:4] == ["one", "1/1", "Running", "0"]
    wide = namespace("get", "pods", "-o", "wide").splitlines()[0].split()
    assert wide[5:7] == ["IP", "NODE"]
    assert namespace("get", "pods", "-o", "name") == "pod/one\n"
    assert namespace("get", "pod", "one", "-o", "jsonpath={.spec.containers[*].image}") == "pinnace/demo"
    assert "restartPolicy: Always" in namespace("get", "pod", "one", "-o", "yaml")
    assert orjson.loads(namespace("get", "pod", "one", "-o", "json"))["status"]["phase"] == "Running"
    assert "pod/one" in namespace("get", "all")
    assert namespace("get", "pods", "-l", "app=two").strip() == ""
    assert namespace("get", "pods", "--field-selector", "status.phase=Running", "-o", "name") == "pod/one\n"


def test_describe_and_events_tell_the_story(namespace: Kubectl) -> None:
    running(namespace, pod("one"))
    words = ("Successfully assigned", "Created", "Started", "Container ID:", "QoS Class:")

    def told() -> bool:
        story = namespace("describe", "pod", "one")
        return all(word in story for word in words)

    eventually(told, within=20)  # events follow what they tell of
    assert "Scheduled" in namespace("events", "--for", "pod/one")
    assert "InternalIP" in namespace("describe", "node")


def test_apply_edit_patch_label_annotate_replace_diff_delete(namespace: Kubectl, tmp_path: Path) -> None:
    manifest = tmp_path / "config.yaml"
    manifest.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: blue\n")
    assert "created" in namespace("apply", "-f", str(manifest))
    assert "unchanged" in namespace("apply", "-f", str(manifest))
    manifest.write_text(manifest.read_text().replace("blue", "green"))
    difference = namespace.run("diff", "-f", str(manifest))
    assert difference.returncode == 1, difference.stderr
    assert "+  colour: green" in difference.stdout
    assert "configured" in namespace("apply", "-f", str(manifest))
    namespace("patch", "configmap", "settings", "-p", '{"data":{"size":"big"}}')
    namespace("patch", "configmap", "settings", "--type=merge", "-p", '{"data":{"colour":null}}')
    namespace(
        "patch", "configmap", "settings", "--type=json", "-p", '[{"op":"add","path":"/data/shape","value":"round"}]'
    )
    assert namespace.get("configmap", "settings")["data"] == {"size": "big", "shape": "round"}
    namespace("label", "configmap", "settings", "tier=one")
    namespace("annotate", "configmap", "settings", "note=kept")
    namespace("label", "configmap", "settings", "tier-")
    found = namespace.get("configmap", "settings")
    assert "tier" not in found["metadata"].get("labels", {})
    assert found["metadata"]["annotations"]["note"] == "kept"
    found["data"] = {"only": "this"}
    namespace("replace", "-f", "-", stdin=orjson.dumps(found))
    assert namespace.get("configmap", "settings")["data"] == {"only": "this"}
    stale = namespace.run("replace", "-f", "-", stdin=orjson.dumps(found))
    assert "the object has been modified" in stale.stderr
    edit = namespace.command("edit", "configmap", "settings")
    editor = {"KUBE_EDITOR": "sed -i s/this/edited/", "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path)}
    assert "edited" in pexpect.run(" ".join(edit), env=editor, timeout=30).decode()
    assert namespace.get("configmap", "settings")["data"] == {"only": "edited"}
    assert "deleted" in namespace("delete", "-f", str(manifest))
    assert "NotFound" in namespace.run("get", "configmap", "settings").stderr


def test_create_makes_the_usual_things(namespace: Kubectl) -> None:
    namespace("create", "configmap", "c", "--from-literal=a=b")
    namespace("create", "secret", "generic", "s", "--from-literal=password=hush")
    namespace("create", "serviceaccount", "robot")
    namespace("create", "deployment", "d", "--image=pinnace/demo", "--replicas=0")
    namespace("create", "service", "clusterip", "svc", "--tcp=80:8080")
    assert namespace.get("secret", "s")["data"] == {"password": "aHVzaA=="}
    assert namespace.get("service", "svc")["spec"]["clusterIP"].startswith("10.96.")
    token = namespace("create", "token", "robot")
    assert token.count(".") == 2


def test_what_the_server_says_of_itself(kubectl: Kubectl) -> None:
    resources = kubectl("api-resources")
    for kind in ("pods", "deployments", "endpointslices", "controllerrevisions", "leases"):
        assert kind in resources
    assert "v1.36" in kubectl("version")
    assert "127.0.0.1" in kubectl("cluster-info")
    explained = kubectl("explain", "deployment.spec.strategy.rollingUpdate.maxSurge")
    assert "maxSurge" in explained
    assert "maximum number of pods" in explained
    assert "apps/v1" in kubectl("api-versions")


def test_logs(namespace: Kubectl) -> None:
    script = "for i in 1 2 3; do echo line $i; done; echo last; echo complaint >&2; exec sleep 1000"
    running(namespace, pod("talker", script))
    said = ["line 1", "line 2", "line 3", "last"]  # two streams: the complaint may stand anywhere between

    def logged(*options: str) -> list[str]:
        return [line for line in namespace("logs", "talker", *options).splitlines() if "complaint" not in line]

    eventually(lambda: len(namespace("logs", "talker").splitlines()) == 5, within=20)
    assert logged() == logged("--since=1h", "-c", "main") == said
    assert len(namespace("logs", "talker", "--tail=2").splitlines()) == 2
    stamped = [line.split(" ", 1) for line in logged("--timestamps")]
    assert [line for _, line in stamped] == said
    assert all(moment.endswith("Z") for moment, _ in stamped)
    assert "container nobody is not valid" in namespace.run("logs", "talker", "-c", "nobody").stderr


def test_logs_of_the_previous_container(namespace: Kubectl) -> None:
    namespace.apply(pod("again", "echo run $(date +%s%N); sleep 1; exit 1"))

    def restarted() -> bool:
        statuses = namespace.get("pod", "again")["status"].get("containerStatuses", [{}])
        return bool(statuses[0].get("restartCount", 0) >= 1)

    eventually(restarted)
    assert "run " in eventually(lambda: namespace.run("logs", "again", "--previous").stdout, within=20)


def test_logs_follow(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    running(
        namespace,
        pod("ticker", "i=0; while [ $i -lt 5 ]; do echo tick $i; i=$((i+1)); sleep 0.3; done", restartPolicy="Never"),
    )  # ends by itself, and so must the stream
    assert ours("logs", "-f", "ticker", timeout=30).splitlines() == [f"tick {i}" for i in range(5)]


def test_watch(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    watch = ours.popen("get", "configmaps", "--watch", "-o", "name", "--field-selector=metadata.name=seen")
    try:
        namespace("create", "configmap", "seen")
        assert watch.stdout is not None
        assert watch.stdout.readline().strip() == "configmap/seen"
    finally:
        watch.terminate()
        watch.communicate()


def test_apply_with_every_version(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    assert "created" in ours.apply(deployment("web", 0))
    assert "configured" in ours.apply(deployment("web", 0, env=[{"name": "A", "value": "1"}]))
    assert "unchanged" in ours.apply(deployment("web", 0, env=[{"name": "A", "value": "1"}]))
    assert namespace.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] == "1"
    wrong = deployment("web", 0)
    wrong["spec"]["replica"] = 3
    refused = ours.run("apply", "-f", "-", stdin=orjson.dumps(wrong))
    assert refused.returncode == 1
    assert 'unknown field "spec.replica"' in refused.stderr


def test_exec_returns_output_and_exit_code(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    running(namespace, pod("box"))
    assert ours("exec", "box", "--", "echo", "hello") == "hello\n"
    assert ours("exec", "-i", "box", "--", "cat", stdin="through stdin") == "through stdin"
    failed = ours.run("exec", "box", "--", "sh", "-c", "echo oops >&2; exit 7")
    assert failed.returncode == 7
    assert "oops" in failed.stderr
    missing = ours.run("exec", "box", "--", "no-such-program")
    assert missing.returncode != 0


def test_exec_with_a_terminal(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    running(namespace, pod("box"))
    command, *arguments = ours.command("exec", "-it", "box", "--", "sh")
    terminal = pexpect.spawn(command, arguments, timeout=20, encoding="utf-8", dimensions=(33, 101))
    terminal.expect("[#$] ")
    terminal.sendline("stty size; tty; echo done-$((40+2))")
    terminal.expect("33 101")
    terminal.expect("done-42")
    terminal.sendline("exit 5")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 5


def test_attach(namespace: Kubectl) -> None:
    echo = pod("echo", "while read line; do echo got $line; done")
    echo["spec"]["containers"][0]["stdin"] = True
    running(namespace, echo)
    attached = namespace.popen("attach", "-i", "echo", stdin=-1)
    try:
        assert attached.stdin is not None
        assert attached.stdout is not None
        attached.stdin.write("ping\n")
        attached.stdin.flush()
        lines = iter(attached.stdout.readline, "")
        assert any("got ping" in line for line in lines)
    finally:
        attached.kill()
        attached.communicate()


def test_cp_there_and_back(namespace: Kubectl, any_kubectl: Kubectl, tmp_path: Path) -> None:
    ours = any_kubectl.within(namespace.namespace)
    running(namespace, pod("box"))
    content = bytes(range(256)) * 4096
    (tmp_path / "there").write_bytes(content)
    ours("cp", str(tmp_path / "there"), "box:/tmp-file")
    ours("cp", "box:/tmp-file", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content


def test_port_forward(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    import urllib.request

    ours = any_kubectl.within(namespace.namespace)
    server = pod("server")
    del server["spec"]["containers"][0]["command"]
    running(namespace, server)
    forward = ours.popen("port-forward", "pod/server", ":8080")
    try:
        assert forward.stdout is not None
        port = int(forward.stdout.readline().split("127.0.0.1:")[1].split()[0])
        for _ in range(3):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                assert b"hostname: server" in answer.read()
    finally:
        forward.terminate()
        forward.communicate()


def test_run_attached_and_removed(namespace: Kubectl) -> None:
    out = namespace(
        "run",
        "once",
        "--image=pinnace/demo",
        "--image-pull-policy=IfNotPresent",
        "--restart=Never",
        "-i",
        "--rm",
        "--command",
        "--",
        "sh",
        "-c",
        "sleep 2; echo hello from inside",
    )
    assert "hello from inside" in out
    assert "NotFound" in namespace.run("get", "pod", "once").stderr


def test_wait_times_out_as_it_should(namespace: Kubectl) -> None:
    namespace.apply(pod("never", nodeSelector={"no": "such-node"}))
    began = time.monotonic()
    waited = namespace.run("wait", "--for=condition=Ready", "pod/never", "--timeout=1s")
    assert waited.returncode == 1
    assert time.monotonic() - began < 10
    eventually(lambda: "FailedScheduling" in namespace("events", "--for", "pod/never"), within=20)
    assert "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector" in namespace(
        "describe", "pod", "never"
    )


@pytest.mark.parametrize("restart", ["pod/one", "deployment/web"])
def test_delete_waits_until_it_is_gone(namespace: Kubectl, restart: str) -> None:
    running(namespace, pod("one"))
    namespace.apply(deployment("web", 1))
    namespace("delete", restart, "--timeout=30s")
    assert "NotFound" in namespace.run("get", restart).stderr
