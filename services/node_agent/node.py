"""The Node object: what this machine is, has, and how it is."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.objects import conditions, times
from services.objects.meta import Obj

VERSION = "v1.36.0+pinnace"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
IMAGES_SHOWN = 50
RESERVED_MEMORY = 100 << 20  # bytes that pods cannot ask for: the kubelet's eviction threshold
LOW_MEMORY = 100 << 20
LOW_DISK, LOW_PIDS = 0.05, 0.05  # shares left


@dataclass(frozen=True, slots=True)
class Health:
    """"" or why not."""

    engine: str = ""
    network: str = ""

    @property
    def problem(self) -> str:
        if self.engine:
            return f"container runtime is down: {self.engine}"
        return f"container runtime network not ready: {self.network}" if self.network else ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Amounts in bytes."""

    cpus: int
    memory: int
    disk: int
    folder: Path

    def resources(self, max_pods: int) -> tuple[dict[str, str], dict[str, str]]:
        """(capacity, allocatable)."""
        capacity = {"cpu": str(self.cpus), "ephemeral-storage": f"{self.disk // 1024}Ki", "hugepages-1Gi": "0",
                    "hugepages-2Mi": "0", "memory": f"{self.memory // 1024}Ki", "pods": str(max_pods)}  # fmt: skip
        allocatable = {**capacity, "memory": f"{max(self.memory - RESERVED_MEMORY, 0) // 1024}Ki"}
        return capacity, allocatable


def machine(folder: Path) -> Machine:
    """`folder`: where pods' data is, so that its file system counts as the node's."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    disk = os.statvfs(folder)
    return Machine(os.cpu_count() or 1, int(memory.split()[1]) * 1024, disk.f_blocks * disk.f_frsize, folder)


def node_object(name: str, extra_labels: Sequence[str]) -> Obj:
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    labels = {
        "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": architecture,
        **dict(label.split("=", 1) for label in extra_labels),
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": {}}


def node_status(
    old: Obj, name: str, ip: str, machine: Machine, max_pods: int, info: Mapping[str, Any],
    images: Sequence[Mapping[str, Any]], health: Health, now: datetime,
) -> Obj:  # fmt: skip
    """`old` is the status before; `info` and `images` are the engine's, the last ones known."""
    capacity, allocatable = machine.resources(max_pods)
    return {
        "capacity": capacity,
        "allocatable": allocatable,
        "addresses": [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
        "nodeInfo": _node_info(info),
        "images": _images(images),
        "conditions": _conditions(old.get("conditions") or [], machine, health, now),
    }


def same_but_for_the_time(one: Obj, other: Obj) -> bool:
    """Whether a report of the second after the first would say nothing new."""

    def timeless(status: Obj) -> Obj:
        return {**status, "conditions": [{**condition, "lastHeartbeatTime": ""} for condition in status["conditions"]]}

    return timeless(one) == timeless(other)


def _node_info(info: Mapping[str, Any]) -> dict[str, Any]:
    machine_id = _read("/etc/machine-id")
    return {
        "machineID": machine_id,
        "systemUUID": _read("/sys/class/dmi/id/product_uuid") or machine_id,
        "bootID": _read("/proc/sys/kernel/random/boot_id"),
        "kernelVersion": platform.release(),
        "osImage": info.get("OperatingSystem", ""),
        "containerRuntimeVersion": f"docker://{str(info.get('ServerVersion', '')).split('+')[0]}",
        "kubeletVersion": VERSION,
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
    }


def _images(images: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    largest = sorted(images, key=lambda image: (-int(image.get("Size") or 0), str(image.get("Id"))))[:IMAGES_SHOWN]
    shown = []
    for image in largest:
        names = [*(image.get("RepoDigests") or ()), *(image.get("RepoTags") or ())]
        names = [name for name in names if not name.startswith("<none>")]
        if names:
            shown.append({"names": names, "sizeBytes": int(image.get("Size") or 0)})
    return shown


def _conditions(known: list[Any], machine: Machine, health: Health, now: datetime) -> list[Any]:
    def put(type: str, is_true: bool, reason: str, message: str) -> None:
        nonlocal known
        known = conditions.set(known, type, "True" if is_true else "False", reason, message, now,
                               lastHeartbeatTime=times.rfc3339(now))  # fmt: skip

    memory, disk, pids = _low_memory(), _low_disk(machine.folder), _low_pids()
    put("MemoryPressure", memory, "KubeletHasInsufficientMemory" if memory else "KubeletHasSufficientMemory",
        f"kubelet has {'insufficient' if memory else 'sufficient'} memory available")  # fmt: skip
    put("DiskPressure", disk, "KubeletHasDiskPressure" if disk else "KubeletHasNoDiskPressure",
        f"kubelet has {'' if disk else 'no '}disk pressure")  # fmt: skip
    put("PIDPressure", pids, "KubeletHasInsufficientPID" if pids else "KubeletHasSufficientPID",
        f"kubelet has {'insufficient' if pids else 'sufficient'} PID available")  # fmt: skip
    problem = health.problem
    put("Ready", not problem, "KubeletNotReady" if problem else "KubeletReady",
        problem or "kubelet is posting ready status")  # fmt: skip
    return known


def _low_memory() -> bool:
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    return int(line.split()[1]) * 1024 < LOW_MEMORY


def _low_disk(folder: Path) -> bool:
    disk = os.statvfs(folder)
    return disk.f_bavail < disk.f_blocks * LOW_DISK


def _low_pids() -> bool:
    running = int(_read("/proc/loadavg").split()[3].split("/")[1])
    return running > int(_read("/proc/sys/kernel/pid_max")) * (1 - LOW_PIDS)


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text().strip() if file.exists() else ""
