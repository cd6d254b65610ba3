from __future__ import annotations

import os
from pathlib import Path

from services.load import local


def process(proc: Path, pid: int, parent: int, *command: str, pages: int = 10) -> None:
    directory = proc / str(pid)
    directory.mkdir(parents=True)
    (directory / "cmdline").write_bytes(b"\0".join(part.encode() for part in command) + (b"\0" if command else b""))
    (directory / "stat").write_text(f"{pid} (a ) name) S {parent} 1 1")
    (directory / "statm").write_text(f"100 {pages} 5 5 0 5 0")


def test_the_processes_of_the_cluster_on_a_port(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "up.json").write_text('{"seconds": 3.5}')
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    process(proc, 1, 0, "/sbin/init")
    process(proc, 2, 0)  # a kernel thread
    process(proc, 10, 1, "/v/python", "-m", "services.cli.supervisor", "--state-dir", str(state))
    process(proc, 11, 10, "/usr/bin/etcd", "--name=pinnace", pages=20)
    process(proc, 12, 10, "/v/python", "-m", "services.apiserver", "--port=6443", pages=30)
    process(proc, 13, 10, "/v/python", "-m", "services.node_agent")
    process(proc, 14, 1, "/v/python", "-m", "services.apiserver", "--port", "7443")
    process(proc, 15, 1, "/usr/bin/etcd")
    page = os.sysconf("SC_PAGESIZE")
    assert local.memory(6443, proc) == {
        "supervisor": 10 * page, "etcd": 20 * page, "apiserver": 30 * page, "node-agent": 10 * page}  # fmt: skip
    assert local.memory(7443, proc) == {"apiserver": 10 * page}
    assert local.memory(8443, proc) == {"etcd": 30 * page}
    assert local.start_time(6443, proc) == 3.5
    assert local.start_time(7443, proc) is None


def test_the_memory_of_this_process() -> None:
    assert local.resident(os.getpid()) > 1 << 20
    assert local.resident(-1) == 0
    assert os.getpid() in {each.pid for each in local.processes()}
