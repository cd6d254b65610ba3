"""What Docker is asked to create: the sandbox and the containers of a pod as Docker's own JSON.

Nothing here does I/O: what must be looked up (environment, mounts, image) comes resolved in a `Launch`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.node_agent.pods.container import hash_of
from services.node_agent.pods.downward import ConfigError
from services.node_agent.pods.environment import expand
from services.objects import quantity
from services.objects.kinds.pods.qos import qos_class
from services.objects.meta import Obj

NODE = "io.pinnace.node"
TYPE = "io.kubernetes.docker.type"
POD_NAME = "io.kubernetes.pod.name"
POD_NAMESPACE = "io.kubernetes.pod.namespace"
POD_UID = "io.kubernetes.pod.uid"
CONTAINER = "io.kubernetes.container.name"
SANDBOX = "io.kubernetes.sandbox.id"
ATTEMPT = "annotation.io.kubernetes.container.restartCount"
HASH = "annotation.io.kubernetes.container.hash"
IMAGE = "io.pinnace.image"
MESSAGE_PATH = "io.pinnace.termination-message.path"
MESSAGE_POLICY = "io.pinnace.termination-message.policy"
CPU_PERIOD = 100_000  # microseconds


@dataclass(frozen=True, slots=True)
class Mount:
    source: str
    target: str
    read_only: bool = False
    propagation: str = "rprivate"


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything one attempt of a container needs, resolved."""

    pod: Obj
    container: Obj
    attempt: int
    sandbox: str
    image: Mapping[str, Any]  # as in `docker image inspect`
    environment: Sequence[str]
    mounts: Sequence[Mount]
    message_file: str  # on the host; mounted at terminationMessagePath
    node_memory: int  # bytes, for the score of the OOM killer
    least_oom_score: int  # below 0 only where the engine may protect processes at all
    target: str = ""  # id of the container whose processes it sees (ephemeral containers)


def container_name(container: str, pod: Obj, attempt: int) -> str:
    """`k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`: whole and unmistakable, for Docker also takes prefixes."""
    meta = pod["metadata"]
    return f"k8s_{container}_{meta['name']}_{meta.get('namespace', '')}_{meta.get('uid', '')}_{attempt}"


def labels(pod: Obj, node: str, kind: str, attempt: int) -> dict[str, str]:
    """What makes a container ours; after a crash these are all that is known of it."""
    meta = pod["metadata"]
    return {
        NODE: node, TYPE: kind, POD_NAME: meta["name"], POD_NAMESPACE: meta.get("namespace", ""),
        POD_UID: meta.get("uid", ""), CONTAINER: "POD", ATTEMPT: str(attempt),
    }  # fmt: skip


def hostname_of(pod: Obj) -> str:
    return str(pod["spec"].get("hostname") or pod["metadata"]["name"])[:63].rstrip("-.")


def sandbox(pod: Obj, node: str, image: str, attempt: int, least_oom_score: int) -> dict[str, Any]:
    """The pause container: holds the network, IPC and (if shared) process namespaces; its network is ours to make."""
    spec = pod["spec"]
    security = spec.get("securityContext") or {}
    host_network = bool(spec.get("hostNetwork"))
    host: dict[str, Any] = {
        "NetworkMode": "host" if host_network else "none",
        "IpcMode": "host" if spec.get("hostIPC") else "shareable",
        "CpuShares": 2, "OomScoreAdj": max(-998, least_oom_score),
        "LogConfig": {"Type": "none", "Config": {}},
        "ReadonlyRootfs": True, "SecurityOpt": ["no-new-privileges"],
        "RestartPolicy": {"Name": "no"},
    }  # fmt: skip
    if spec.get("hostPID"):
        host["PidMode"] = "host"
    if security.get("sysctls"):
        host["Sysctls"] = {one["name"]: str(one["value"]) for one in security["sysctls"]}
    config: dict[str, Any] = {"Image": image, "Labels": labels(pod, node, "podsandbox", attempt), "HostConfig": host}
    if not host_network:
        config["Hostname"] = hostname_of(pod)
    return config


def container(launch: Launch, node: str) -> dict[str, Any]:
    """The body of `POST /containers/create`; raises ConfigError."""
    pod, spec = launch.pod, launch.container
    config: dict[str, Any] = {
        # By id: a tag that moves between the pull and the creation must not change what runs.
        "Image": launch.image["Id"],
        "Env": list(launch.environment),
        "Labels": {
            **labels(pod, node, "container", launch.attempt),
            CONTAINER: spec["name"], SANDBOX: launch.sandbox, HASH: hash_of(spec), IMAGE: spec.get("image", ""),
            MESSAGE_PATH: launch.message_file, MESSAGE_POLICY: spec.get("terminationMessagePolicy") or "File",
        },
        "Tty": bool(spec.get("tty")),
        "OpenStdin": bool(spec.get("stdin")),
        "StdinOnce": bool(spec.get("stdinOnce")),
        "Healthcheck": {"Test": ["NONE"]},
        "User": _user(pod, spec, launch.image),
        "HostConfig": _host_config(launch),
    }  # fmt: skip
    variables = dict(one.split("=", 1) for one in launch.environment)
    if spec.get("command"):
        config["Entrypoint"] = [expand(word, variables) for word in spec["command"]]
        config["Cmd"] = []
    if spec.get("args"):
        config["Cmd"] = [expand(word, variables) for word in spec["args"]]
    if (spec.get("lifecycle") or {}).get("stopSignal"):
        config["StopSignal"] = spec["lifecycle"]["stopSignal"]
    if spec.get("workingDir"):
        config["WorkingDir"] = spec["workingDir"]
    return config


def _host_config(launch: Launch) -> dict[str, Any]:
    pod, spec = launch.pod, launch.container
    shared = f"container:{launch.sandbox}"
    pod_spec = pod["spec"]
    security = {**(pod_spec.get("securityContext") or {}), **(spec.get("securityContext") or {})}
    mounts = [*launch.mounts, Mount(launch.message_file, spec.get("terminationMessagePath") or "/dev/termination-log")]
    host: dict[str, Any] = {
        "NetworkMode": "host" if pod_spec.get("hostNetwork") else shared,
        "IpcMode": "host" if pod_spec.get("hostIPC") else shared,
        "Mounts": [_mount(mount) for mount in mounts],
        "LogConfig": {"Type": "json-file", "Config": {}},
        "RestartPolicy": {"Name": "no"},
        "OomScoreAdj": max(_oom_score(pod, spec, launch.node_memory), launch.least_oom_score),
        **_resources(spec),
        **_security(security, pod_spec),
    }
    if pod_spec.get("hostPID"):
        host["PidMode"] = "host"
    elif pod_spec.get("shareProcessNamespace"):
        host["PidMode"] = shared
    elif launch.target:
        host["PidMode"] = f"container:{launch.target}"
    return host


def _mount(mount: Mount) -> dict[str, Any]:
    return {"Type": "bind", "Source": mount.source, "Target": mount.target, "ReadOnly": mount.read_only,
            "BindOptions": {"Propagation": mount.propagation}}  # fmt: skip


def _resources(spec: Obj) -> dict[str, Any]:
    resources = spec.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    result: dict[str, Any] = {"CpuShares": max(2, quantity.milli(requests.get("cpu", "0")) * 1024 // 1000)}
    if "cpu" in limits:
        result |= {"CpuPeriod": CPU_PERIOD, "CpuQuota": max(quantity.milli(limits["cpu"]) * CPU_PERIOD // 1000, 1000)}
    if "memory" in limits:
        result["Memory"] = result["MemorySwap"] = quantity.value(limits["memory"])
    return result


def _oom_score(pod: Obj, spec: Obj, node_memory: int) -> int:
    """As the kubelet's qos policy: what asked for more of the node is killed later."""
    kind = qos_class(pod)
    if kind == "Guaranteed":
        return -997
    if kind == "BestEffort":
        return 1000
    request = quantity.value(((spec.get("resources") or {}).get("requests") or {}).get("memory", "0"))
    return min(max(1000 - 1000 * request // max(node_memory, 1), 3), 999)


def _security(security: Obj, pod_spec: Obj) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Privileged": bool(security.get("privileged")),
        "ReadonlyRootfs": bool(security.get("readOnlyRootFilesystem")),
    }
    options = []
    if security.get("allowPrivilegeEscalation") is False:
        options.append("no-new-privileges")
    profile = security.get("seccompProfile") or {}
    if profile.get("type") == "Unconfined":
        options.append("seccomp=unconfined")
    if options:
        result["SecurityOpt"] = options
    capabilities = security.get("capabilities") or {}
    if capabilities.get("add"):
        result["CapAdd"] = list(capabilities["add"])
    if capabilities.get("drop"):
        result["CapDrop"] = list(capabilities["drop"])
    pod_security = pod_spec.get("securityContext") or {}
    groups = [str(group) for group in pod_security.get("supplementalGroups") or ()]
    if pod_security.get("fsGroup") is not None:
        groups.append(str(pod_security["fsGroup"]))
    if groups:
        result["GroupAdd"] = groups
    return result


def _user(pod: Obj, spec: Obj, image: Mapping[str, Any]) -> str:
    security = {**(pod["spec"].get("securityContext") or {}), **(spec.get("securityContext") or {})}
    of_image = str((image.get("Config") or {}).get("User") or "")
    user = of_image if security.get("runAsUser") is None else str(security["runAsUser"])
    if security.get("runAsNonRoot"):
        name = user.split(":")[0]
        if name in ("", "0", "root"):
            what = "image will run as root" if security.get("runAsUser") is None else "pod has runAsUser 0"
            raise ConfigError(f"container has runAsNonRoot and {what} (pod: {json.dumps(pod['metadata']['name'])}, "
                              f"container: {spec['name']})")  # fmt: skip
        if not name.isdigit():
            raise ConfigError(f"container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user "
                              "is non-root")  # fmt: skip
    if security.get("runAsGroup") is not None:
        user = f"{user.split(':')[0] or '0'}:{security['runAsGroup']}"
    return user
