from __future__ import annotations

from typing import Any

import pytest

from services.node_agent.engine import config
from services.node_agent.engine.config import Launch, Mount
from services.node_agent.pods.downward import ConfigError

IMAGE = {"Id": "sha256:1", "Config": {"User": ""}}


def launched(container: dict[str, Any] | None = None, spec: Any = None, **more: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "demo", **(container or {})}
    pod = {"metadata": {"name": "web", "namespace": "default", "uid": "u1"},
           "spec": {"containers": [container], **(spec or {})}}  # fmt: skip
    values: dict[str, Any] = {
        "pod": pod, "container": container, "attempt": 2, "sandbox": "s1", "image": IMAGE, "environment": ["A=1"],
        "mounts": [Mount("/host", "/data", True)], "message_file": "/state/m", "node_memory": 2**30,
        "least_oom_score": -1000, **more,
    }  # fmt: skip
    return config.container(Launch(**values), "node1")


def test_names_and_labels_identify() -> None:
    body = launched()
    assert body["Image"] == "sha256:1"
    assert body["Labels"]["io.pinnace.node"] == "node1"
    assert body["Labels"]["io.kubernetes.pod.uid"] == "u1"
    assert body["Labels"]["io.kubernetes.sandbox.id"] == "s1"
    assert body["Labels"]["annotation.io.kubernetes.container.restartCount"] == "2"
    pod = {"metadata": {"name": "web", "namespace": "default", "uid": "u1"}}
    assert config.container_name("main", pod, 2) == "k8s_main_web_default_u1_2"


def test_command_and_arguments_replace_what_the_image_says() -> None:
    assert "Entrypoint" not in launched()
    assert "Cmd" not in launched()
    assert launched({"command": ["sh", "$(A)"]})["Entrypoint"] == ["sh", "1"]
    assert launched({"command": ["sh"]})["Cmd"] == []
    assert launched({"args": ["$(A)", "$(B)"]})["Cmd"] == ["1", "$(B)"]


def test_namespaces() -> None:
    own = launched()["HostConfig"]
    assert (own["NetworkMode"], own["IpcMode"], own.get("PidMode")) == ("container:s1", "container:s1", None)
    host = launched(spec={"hostNetwork": True, "hostPID": True, "hostIPC": True})["HostConfig"]
    assert (host["NetworkMode"], host["IpcMode"], host["PidMode"]) == ("host", "host", "host")
    assert launched(spec={"shareProcessNamespace": True})["HostConfig"]["PidMode"] == "container:s1"


def test_resources() -> None:
    resources = {"requests": {"cpu": "500m"}, "limits": {"cpu": "1500m", "memory": "64Mi"}}
    host = launched({"resources": resources})["HostConfig"]
    assert (host["CpuShares"], host["CpuPeriod"], host["CpuQuota"]) == (512, 100_000, 150_000)
    assert host["Memory"] == host["MemorySwap"] == 64 << 20
    assert launched()["HostConfig"]["CpuShares"] == 2


@pytest.mark.parametrize(
    ("resources", "least", "score"),
    [
        ({}, -1000, 1000),
        ({"limits": {"cpu": "1", "memory": "64Mi"}}, -1000, -997),
        ({"limits": {"cpu": "1", "memory": "64Mi"}}, 0, 0),
        ({"requests": {"memory": "512Mi"}}, -1000, 500),
        ({"requests": {"memory": "10Gi"}}, -1000, 3),
    ],
)
def test_the_oom_killer_is_told_who_asked_for_what(resources: dict[str, Any], least: int, score: int) -> None:
    assert launched({"resources": resources}, least_oom_score=least)["HostConfig"]["OomScoreAdj"] == score


def test_security() -> None:
    security = {"privileged": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
                "runAsUser": 1000, "runAsGroup": 2000,
                "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}  # fmt: skip
    body = launched({"securityContext": security}, {"securityContext": {"fsGroup": 3000, "runAsUser": 1}})
    host = body["HostConfig"]
    assert body["User"] == "1000:2000"
    assert (host["Privileged"], host["ReadonlyRootfs"]) == (True, True)
    assert (host["CapAdd"], host["CapDrop"], host["GroupAdd"]) == (["NET_ADMIN"], ["ALL"], ["3000"])
    assert host["SecurityOpt"] == ["no-new-privileges"]


@pytest.mark.parametrize(("user", "given"), [("", None), ("root", None), ("app", None), ("app", 0)])
def test_run_as_non_root_is_verified(user: str, given: int | None) -> None:
    security = {"runAsNonRoot": True} | ({} if given is None else {"runAsUser": given})
    with pytest.raises(ConfigError, match="runAsNonRoot"):
        launched({"securityContext": security}, image={"Id": "sha256:1", "Config": {"User": user}})


def test_run_as_non_root_takes_numbers() -> None:
    body = launched({"securityContext": {"runAsNonRoot": True}}, image={"Id": "x", "Config": {"User": "1000:1000"}})
    assert body["User"] == "1000:1000"


def test_the_sandbox_has_the_pods_name() -> None:
    pod: dict[str, Any] = {"metadata": {"name": "x" * 70, "namespace": "default", "uid": "u1"},
                           "spec": {"containers": []}}  # fmt: skip
    body = config.sandbox(pod, "node1", "sha256:p", 0, 0)
    assert body["Hostname"] == "x" * 63
    assert (body["HostConfig"]["NetworkMode"], body["HostConfig"]["IpcMode"]) == ("none", "shareable")
    pod["spec"]["hostNetwork"] = True
    assert "Hostname" not in config.sandbox(pod, "node1", "sha256:p", 0, 0)
