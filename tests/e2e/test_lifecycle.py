"""up, status, down; and the way back after everything was killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import orjson
import pexpect
import yaml

from tests.e2e.harness import QUICK, Cluster, Kubectl, eventually
from tests.e2e.test_deployment import deployment
from tests.e2e.test_examples import fetch
from tests.e2e.test_kubectl import pod, running
from tests.e2e.test_trouble import containers


def test_up_is_safe_to_repeat_and_status_tells(cluster: Cluster) -> None:
    again = cluster.up()
    assert "runs already" in again
    assert "kubectl get nodes" in again
    status = cluster.pinnace("status")
    assert status.returncode == 0, status.stdout
    for name in ("etcd", "apiserver", "controller-manager", "scheduler", "node-agent", "Ready"):
        assert name in status.stdout


def test_the_context_is_merged_into_the_kubeconfig(cluster: Cluster) -> None:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    assert config["current-context"] == "pinnace"


def test_after_everything_was_killed_up_brings_it_back_and_adopts(namespace: Kubectl, cluster: Cluster) -> None:
    running(namespace, pod("steady"))
    namespace.apply(deployment("web", 2))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    before = containers(cluster, namespace)
    uid = namespace("get", "pod", "steady", "-o", "jsonpath={.metadata.uid}")
    supervisor = int((cluster.state_dir / "supervisor.pid").read_text())
    processes = cluster.processes()
    for pid in (supervisor, *processes.values()):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes.values()), within=20)
    cluster.up()
    assert namespace("get", "pod", "steady", "-o", "jsonpath={.metadata.uid}") == uid
    namespace("wait", "--for=condition=Ready", "pod/steady", "--timeout=30s")
    assert containers(cluster, namespace) == before
    assert namespace.get("pod", "steady")["status"]["containerStatuses"][0]["restartCount"] == 0
    namespace("rollout", "status", "deployment/web", "--timeout=60s")


def test_after_a_reboot_up_starts_the_same_pods_again(namespace: Kubectl, cluster: Cluster) -> None:
    """What a reboot leaves: the disk. Processes, containers, interfaces and rules are gone."""
    namespace.apply(deployment("web", 2))
    namespace("expose", "deployment", "web", "--port=80", "--target-port=8080")
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    address = namespace("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")
    before = namespace("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}")
    for pid in (int((cluster.state_dir / "supervisor.pid").read_text()), *cluster.processes().values()):
        os.kill(pid, signal.SIGKILL)
    cluster.engine.docker("kill", *cluster.engine.docker("ps", "-q").split())
    subprocess.run(["ip", "link", "delete", "pinnace0"], check=True)
    subprocess.run(["nft", "delete", "table", "ip", "pinnace"], check=True)
    cluster.up()
    assert namespace("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}") == before
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    assert "hostname: web-" in eventually(lambda: fetch(f"http://{address}/"), within=30)
    restarts = namespace("get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[0].restartCount}")
    assert restarts.split() == ["1", "1"]


def test_down_removes_containers_and_up_runs_the_same_objects_again(namespace: Kubectl, cluster: Cluster) -> None:
    namespace.apply(deployment("web", 1))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    uid = namespace("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}")
    down = cluster.pinnace("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert cluster.engine.docker("ps", "-aq") == ""
    assert "pinnace" not in subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    assert "pinnace" not in subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    assert cluster.pinnace("status").returncode == 1
    cluster.up()
    assert namespace("get", "deployment", "web", "-o", "jsonpath={.metadata.uid}") == uid
    namespace("rollout", "status", "deployment/web", "--timeout=60s")


def test_logs_are_json_in_files_and_for_people_on_a_terminal(cluster: Cluster) -> None:
    lines = (cluster.state_dir / "logs" / "apiserver.log").read_bytes().splitlines()
    started = [orjson.loads(line) for line in lines if b"apiserver started" in line][-1]
    assert {"event", "level", "timestamp", "process"} <= started.keys()
    assert cluster.pinnace("down").returncode == 0
    command = cluster.command("up", "--foreground")
    env = {**os.environ, **QUICK}
    terminal = pexpect.spawn(command[0], command[1:], env=env, timeout=60, encoding="utf-8", dimensions=(50, 250))
    try:
        terminal.expect(r"info\s.*apiserver started")
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)
    assert terminal.exitstatus == 0
    cluster.up()


def refusal(tmp_path: Path, *options: str, **environment: str) -> str:
    """What `pinnace up` says on standard error when it cannot start."""
    command = [sys.executable, "-m", "services.cli.main", "up", "--state-dir", str(tmp_path / "state"), "--kubeconfig",
               str(tmp_path / "kubeconfig"), *options]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_up_says_in_one_sentence_what_is_wrong(tmp_path: Path, cluster: Cluster) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(tmp_path, "--docker", cluster.engine.url, "--port", str(port))
    assert f"port {port} is taken" in said
    assert "--port" in said
    said = refusal(tmp_path, "--docker", "unix:///nowhere/docker.sock")
    assert "Docker does not answer at unix:///nowhere/docker.sock" in said
    assert "apt-get install docker.io" in said


def test_up_without_root_says_so(tmp_path: Path) -> None:
    code = "import os, sys; os.geteuid = lambda: 1000; from services.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, "up", "--state-dir", str(tmp_path)], capture_output=True,
                          text=True, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 1
    assert "sudo" in done.stderr
