"""A pod's life on the real Docker Engine."""

from __future__ import annotations

from typing import Any


async def test_two_containers_share_localhost(bench: Any, pods: Any, containers: Any) -> None:
    server = containers("server", "echo hello | nc -l -p 9376; sleep 1000")
    client = containers("client", "until nc 127.0.0.1 9376 >/dev/termination-log; do sleep 0.1; done; exit 0")
    pod = pods(containers=[server, client], restartPolicy="Never")
    await bench.run(pod)
    await bench.notebook.until(lambda: "terminated" in _state(bench.status(pod), "client"))
    status = bench.status(pod)
    assert _state(status, "client")["terminated"]["message"] == "hello\n"
    assert "running" in _state(status, "server")
    assert status["phase"] == "Running"
    assert status["podIP"] == "127.0.0.1"
    await bench.delete(pod)
    assert await bench.node.engine.survey() == {}
    assert bench.node.network.attached == {}
    assert not list((bench.root / "pods").iterdir())


def _state(status: dict[str, Any], name: str) -> dict[str, Any]:
    for one in [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]:
        if one["name"] == name:
            return dict(one["state"])
    return {}
