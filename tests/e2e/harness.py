"""What end-to-end tests stand on: kubectl, a private Docker Engine, and a cluster on it.

The engine keeps containers alive while it is down (--live-restore), as a careful operator would have it, and is thrown
away with everything in it at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiodocker
import orjson

from services.node_agent.engine.local_image import busybox_files, import_image

# Deadlines of hours and minutes, made short enough for a test.
QUICK = {
    "PINNACE_CRASH_BACKOFF_BASE": "1",
    "PINNACE_NODE_MONITOR_GRACE": "12",
    "PINNACE_LEASE_SECONDS": "8",
    "PINNACE_SYNC_PERIOD": "5",
}

BUSYBOX = Path(shutil.which("busybox") or "/bin/busybox")


def kubectl_binaries() -> list[Path]:
    """Every kubectl beside the one on PATH, and those named in PINNACE_KUBECTLS (separated by colons)."""
    found = [Path(name) for name in os.environ.get("PINNACE_KUBECTLS", "").split(":") if name]
    first = shutil.which("kubectl")
    if first:
        resolved = Path(first).resolve()
        found += sorted(path for path in resolved.parent.glob("kubectl*") if os.access(path, os.X_OK))
    return list(
        dict.fromkeys(
            path for path in found if path.is_file() and path.name.removeprefix("kubectl")[:1] in ("", ".", "-")
        )
    )


@dataclass(frozen=True)
class Kubectl:
    """Calls kubectl; raises AssertionError with everything it printed when it fails."""

    kubeconfig: Path
    namespace: str = ""
    binary: str = "kubectl"

    def command(self, *arguments: str) -> list[str]:
        scope = ["--namespace", self.namespace] if self.namespace else []
        return [self.binary, "--kubeconfig", str(self.kubeconfig), *scope, *arguments]

    def __call__(self, *arguments: str, stdin: str | bytes | None = None, timeout: float = 90) -> str:
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run(
        self, *arguments: str, stdin: str | bytes | None = None, timeout: float = 90
    ) -> subprocess.CompletedProcess[str]:
        """For calls that are meant to fail."""
        text = stdin.decode() if isinstance(stdin, bytes) else stdin
        env = {**os.environ, "HOME": str(self.kubeconfig.parent), "KUBECTL_EXTERNAL_DIFF": "diff -u"}
        done = subprocess.run(
            self.command(*arguments),
            input=text if text is not None else "",
            capture_output=True,
            timeout=timeout,
            env=env,
            errors="replace",
            check=False,
        )
        return done

    def popen(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        defaults: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "bufsize": 1}
        env = {**os.environ, "HOME": str(self.kubeconfig.parent)}
        return subprocess.Popen(self.command(*arguments), env=env, **{**defaults, **options})

    def apply(self, *objects: dict[str, Any]) -> str:
        return self(
            "apply", "-f", "-", stdin=orjson.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        )

    def get(self, *arguments: str) -> dict[str, Any]:
        answer: dict[str, Any] = orjson.loads(self("get", *arguments, "-o", "json"))
        return answer

    def within(self, namespace: str) -> Kubectl:
        return Kubectl(self.kubeconfig, namespace, self.binary)


def eventually(check: Callable[[], Any], *, within: float = 60, every: float = 0.1) -> Any:
    """The first true answer of `check`; raises AssertionError when there is none in `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {within} s; last answer: {answer!r}"
        time.sleep(every)


@dataclass
class Engine:
    """A private Docker Engine."""

    directory: Path
    data: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        return self.directory / "docker.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def bridge(self) -> str:
        """A bridge of its own: an engine without one would delete the bridge of the machine's other engine."""
        return f"e2e{os.getpid()}"

    def docker(self, *arguments: str) -> str:
        """The docker command line against this engine."""
        done = subprocess.run(
            ["docker", "-H", self.url, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"docker {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        if not Path(f"/sys/class/net/{self.bridge}").exists():
            subprocess.run(["ip", "link", "add", self.bridge, "type", "bridge"], check=True)
            subprocess.run(["ip", "address", "add", "172.31.250.1/24", "dev", self.bridge], check=True)
        log = (self.directory / "dockerd.log").open("ab")
        self.process = subprocess.Popen(
            [
                "dockerd",
                "--live-restore",
                "--iptables=false",
                f"--bridge={self.bridge}",
                "--ip-masq=false",
                f"--data-root={self.data}",
                f"--exec-root={self.directory / 'exec'}",
                f"--pidfile={self.directory / 'pid'}",
                f"--host={self.url}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        eventually(self.answers, within=60)

    def answers(self) -> bool:
        return (
            subprocess.run(
                ["docker", "-H", self.url, "version"], capture_output=True, timeout=30, check=False
            ).returncode
            == 0
        )

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def remove(self) -> None:
        if not self.answers():
            self.start()
        running = self.docker("ps", "-aq").split()
        if running:
            self.docker("rm", "-f", *running)
        self.stop()
        mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for mount in sorted(
            (point for point in mounts if point.startswith((str(self.directory), str(self.data)))), reverse=True
        ):
            subprocess.run(["umount", "-l", mount], check=False)
        containerd = self.directory / "exec" / "containerd" / "containerd.pid"
        if containerd.exists():
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(containerd.read_text()), signal.SIGKILL)
        subprocess.run(["ip", "link", "delete", self.bridge], check=True)
        for directory in (self.directory, self.data):
            shutil.rmtree(directory)

    def image(self, tag: str, files: dict[str, bytes | Path], config: dict[str, Any]) -> None:
        async def make() -> None:
            docker = aiodocker.Docker(url=self.url)
            try:
                await import_image(docker, tag, {**busybox_files(BUSYBOX), **files}, config)
            finally:
                await docker.close()

        asyncio.run(make())


@dataclass(frozen=True)
class Cluster:
    state_dir: Path
    kubeconfig: Path
    engine: Engine

    def command(self, verb: str, *arguments: str) -> list[str]:
        """The command line of Pinnace for this cluster."""
        options = ["--state-dir", str(self.state_dir)]
        if verb == "up":
            options += ["--kubeconfig", str(self.kubeconfig), "--docker", self.engine.url]
        return [sys.executable, "-m", "services.cli.main", verb, *options, *arguments]

    def pinnace(self, verb: str, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(verb, *arguments),
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **QUICK},
            check=False,
        )

    def up(self) -> str:
        done = self.pinnace("up")
        assert done.returncode == 0, done.stdout + done.stderr + self.tails()
        return done.stdout

    def processes(self) -> dict[str, int]:
        """Component -> process id."""
        children = orjson.loads((self.state_dir / "status.json").read_bytes())
        return {name: child["pid"] for name, child in children.items()}

    def tails(self) -> str:
        """The ends of the logs, for a failure's report."""
        parts = []
        for path in sorted((self.state_dir / "logs").glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-15:]
            parts.append("\n".join([f"--- {path.name}", *lines]))
        return "\n".join(parts)


# Stand-ins for public images, under the names that the example manifests use, on the ports that they promise.
SERVE_PAGE = b"""#!/bin/busybox sh
trap 'exit 0' TERM INT
busybox httpd -f -p 80 -h /www &
wait
"""
SERVE_REDIS = b"""#!/bin/busybox sh
trap 'exit 0' TERM INT
busybox nc -ll -p 6379 -e /bin/reply &
wait
"""
REPLY = b"""#!/bin/busybox sh
while read -r line; do
  case $line in PING*) printf '+PONG\\r\\n' ;; esac
done
"""


def local_images(engine: Engine) -> None:
    """nginx:1.17 and redis:3.2, as far as the examples need them."""
    start = {"Cmd": ["/bin/serve"], "Env": ["PATH=/bin"]}
    engine.image("nginx:1.17", {"www/index.html": b"<h1>frontend</h1>\n", "bin/serve": SERVE_PAGE}, start)
    engine.image("redis:3.2", {"bin/reply": REPLY, "bin/serve": SERVE_REDIS}, start)
