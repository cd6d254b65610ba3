"""What can be seen of a cluster from the machine it runs on: its processes' memory, and how long it took to start."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import NamedTuple

import orjson

PROC = Path("/proc")
KUBERNETES = ("etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager", "kubelet", "k3s", "containerd")


class Process(NamedTuple):
    pid: int
    parent: int
    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """apiserver for `python -m services.apiserver`, else the program's name."""
        if "-m" in self.command[:-1]:
            module = self.command[self.command.index("-m") + 1]
            if module.startswith("services."):
                return module.split(".")[-1].replace("_", "-")
        return os.path.basename(self.command[0])


def processes(proc: Path = PROC) -> list[Process]:
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            command = tuple((entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0"))
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile
        if command[0]:
            found.append(Process(int(entry.name), parent, command))
    return found


def resident(pid: int, proc: Path = PROC) -> int:
    """Bytes, 0 when the process has ended."""
    try:
        return int((proc / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError):
        return 0


def cpu(pid: int, proc: Path = PROC) -> float:
    """Seconds that all threads of the process have worked, 0 when it has ended."""
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cluster(port: int, running: list[Process]) -> list[Process]:
    """The processes of the cluster whose apiserver serves on `port`: those of its supervisor, if it has one."""
    for process in running:
        command = process.command
        serves = f"--port={port}" in command or any(
            one == "--port" and other == str(port) for one, other in itertools.pairwise(command)
        )
        if process.name == "apiserver" and serves:
            orphan = process.parent <= 1
            return [process] if orphan else [each for each in running if process.parent in (each.parent, each.pid)]
    return [process for process in running if process.name in KUBERNETES]


def memory(port: int, proc: Path = PROC) -> dict[str, int]:
    """Resident bytes by name of process; several of one name are added up."""
    sizes: dict[str, int] = {}
    for process in cluster(port, processes(proc)):
        sizes[process.name] = sizes.get(process.name, 0) + resident(process.pid, proc)
    return sizes


def start_time(port: int, proc: Path = PROC) -> float | None:
    """Seconds that `pinnace up` took until the node was Ready, as it noted; None where it did not."""
    for process in cluster(port, processes(proc)):
        if process.name == "supervisor" and "--state-dir" in process.command[:-1]:
            directory = Path(process.command[process.command.index("--state-dir") + 1])
            try:
                return float(orjson.loads((directory / "up.json").read_bytes())["seconds"])
            except (OSError, orjson.JSONDecodeError, KeyError):
                return None
    return None
