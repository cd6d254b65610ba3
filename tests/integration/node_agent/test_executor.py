"""A pod's life on the real Docker Engine."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from typing import Any

import aiohttp
import pytest

from services.node_agent.volumes import mounts


async def left_behind(bench: Any) -> list[Any]:
    """Whatever of any pod is still there."""
    folders = list((bench.root / "pods").iterdir()) if (bench.root / "pods").exists() else []
    return [*await bench.node.engine.survey(), *bench.node.network.attached, *folders]


async def output(bench: Any, id: str) -> str:
    return b"".join([data async for _, data in bench.node.engine.logs(id)]).decode()


async def test_two_containers_share_localhost(bench: Any, pods: Any, containers: Any) -> None:
    server = containers("server", "while :; do echo hello | nc -l -p 9376; done")
    ask = "nc 127.0.0.1 9376 >/dev/termination-log"
    client = containers("client", f"until {ask} && [ -s /dev/termination-log ]; do sleep 0.1; done; exit 0")
    pod = pods(containers=[server, client], restartPolicy="Never")
    bench.apply(pod)
    await bench.notebook.until(lambda: "terminated" in bench.container(pod, "client")["state"])
    assert bench.container(pod, "client")["state"]["terminated"]["message"] == "hello\n"
    assert "running" in bench.container(pod, "server")["state"]
    assert bench.phase(pod) == "Running"
    assert bench.status(pod)["podIP"] == "127.0.0.1"
    await bench.delete(pod)
    assert await left_behind(bench) == []


async def test_init_containers_then_volumes_and_environment(bench: Any, pods: Any, containers: Any) -> None:
    bench.shelf.objects["ConfigMap", "settings"] = {"data": {"colour": "blue", "shape": "round"}}
    bench.shelf.objects["Secret", "secret"] = {"data": {"password": base64.b64encode(b"pass").decode()}}
    work = {"name": "work", "mountPath": "/scratch"}
    init = containers("first", "echo made by init > /scratch/file", volumeMounts=[work])
    script = (
        "cat /scratch/file /settings/colour /settings/sub/shape; cat /secret/password /info/name /token/token; echo;"
        "echo $COLOUR $PASSWORD $NAME; hostname; cat /etc/resolv.conf; stat -c %a /secret/..data/password;"
        "cat /one-file; touch /settings/x 2>/dev/null || echo read-only; df -P /memory | tail -1; exit 0"
    )
    main = containers(
        "main", script,
        volumeMounts=[work, {"name": "settings", "mountPath": "/settings"}, {"name": "secret", "mountPath": "/secret"},
                      {"name": "info", "mountPath": "/info"}, {"name": "token", "mountPath": "/token"},
                      {"name": "memory", "mountPath": "/memory"},
                      {"name": "settings", "mountPath": "/one-file", "subPath": "colour"}],
        env=[{"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
             {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "secret", "key": "password"}}},
             {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    )  # fmt: skip
    pod = pods(
        "web", containers=[main], initContainers=[init], restartPolicy="Never",
        volumes=[
            {"name": "work", "emptyDir": {}},
            {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "4Mi"}},
            {"name": "settings", "configMap": {"name": "settings", "items": [
                {"key": "colour", "path": "colour"}, {"key": "shape", "path": "sub/shape"}]}},
            {"name": "secret", "secret": {"secretName": "secret", "defaultMode": 0o400}},
            {"name": "info", "downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
        ],
    )  # fmt: skip
    bench.apply(pod)
    await bench.notebook.until(lambda: bench.phase(pod) == "Succeeded")
    said = (await output(bench, bench.container(pod)["containerID"].removeprefix("docker://"))).splitlines()
    assert said[:2] == ["made by init", "blueroundpasswebtoken of web"]
    assert said[2:6] == ["blue pass web", "web", "nameserver 10.96.0.10", "400"]
    assert said[6] == "blueread-only"
    assert said[-1].split()[1] == "4096"
    await bench.delete(pod)
    assert await left_behind(bench) == []
    assert not mounts.below(bench.root)


async def test_config_maps_change_under_a_running_container(bench: Any, pods: Any, containers: Any) -> None:
    bench.shelf.objects["ConfigMap", "settings"] = {"data": {"a": "1", "b": "1"}}
    main = containers(volumeMounts=[{"name": "v", "mountPath": "/v"}])
    pod = pods(containers=[main], volumes=[{"name": "v", "configMap": {"name": "settings"}}])
    bench.apply(pod)
    id = await bench.running(pod)
    bench.shelf.objects["ConfigMap", "settings"] = {"data": {"a": "2", "c": "2"}}
    await bench.roster.executor("default", "web").refresh()
    code, text = await bench.node.engine.run(id, ["sh", "-c", "cat /v/a /v/c; ls /v"], 5)
    assert (code, text) == (0, "22a\nc\n")


async def test_a_container_killed_behind_our_back_comes_again(bench: Any, pods: Any) -> None:
    pod = pods()
    bench.apply(pod)
    id = await bench.running(pod)
    await bench.node.engine.stop(id, 0)
    assert await bench.running(pod, attempt=1) != id
    assert bench.container(pod)["lastState"]["terminated"]["exitCode"] == 137
    assert bench.phase(pod) == "Running"


async def test_a_crash_loop_waits_longer_each_time(bench: Any, pods: Any, containers: Any) -> None:
    pod = pods(containers=[containers(script="echo attempt; exit 3")])
    bench.apply(pod)
    await bench.notebook.until(lambda: bench.container(pod).get("restartCount") == 3)
    await bench.notebook.until(
        lambda: bench.container(pod)["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"
    )
    message = bench.container(pod)["state"]["waiting"]["message"]
    assert message.startswith("back-off 2s restarting failed container=main")
    assert bench.container(pod)["lastState"]["terminated"]["reason"] == "Error"
    attempts = (await bench.node.engine.survey())[pod["metadata"]["uid"]].containers
    assert len(attempts) <= 3


async def test_a_killed_sandbox_is_replaced(bench: Any, pods: Any) -> None:
    pod = pods()
    bench.apply(pod)
    id = await bench.running(pod)
    (sandbox,) = (await bench.node.engine.observe(pod["metadata"]["uid"])).sandboxes
    await bench.node.engine.stop(sandbox.id, 0)
    assert await bench.running(pod, attempt=1) != id
    (fresh,) = (await bench.node.engine.observe(pod["metadata"]["uid"])).sandboxes
    assert fresh.attempt == 1


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        ({"image": "nowhere.invalid/none:1"}, "ErrImagePull", ""),
        ({"image": "pinnace-test/none", "imagePullPolicy": "Never"}, "ErrImageNeverPull",
         'Container image "pinnace-test/none" is not present with pull policy of Never'),
        ({"image": "../etc"}, "InvalidImageName", ""),
        ({"envFrom": [{"configMapRef": {"name": "none"}}]}, "CreateContainerConfigError", 'configmap "none" not found'),
        ({"securityContext": {"runAsNonRoot": True}}, "CreateContainerConfigError", ""),
    ],
)  # fmt: skip
async def test_what_keeps_a_container_from_starting(
    bench: Any, pods: Any, containers: Any, change: dict[str, Any], reason: str, message: str
) -> None:
    pod = pods(containers=[containers(**change)])
    bench.apply(pod)
    seen: list[str] = []

    def said() -> bool:
        waiting = bench.container(pod)["state"].get("waiting", {})
        seen.append(waiting.get("message", ""))
        return waiting.get("reason") in (reason, reason.replace("ErrImagePull", "ImagePullBackOff"))

    await bench.notebook.until(said)
    assert message in seen[-1]
    assert bench.phase(pod) == "Pending"
    await bench.delete(pod, 0)
    assert await left_behind(bench) == []


async def test_a_command_that_does_not_exist(bench: Any, pods: Any, containers: Any) -> None:
    pod = pods(containers=[{**containers(), "command": ["/no/such/program"]}], restartPolicy="Never")
    bench.apply(pod)
    await bench.notebook.until(lambda: bench.phase(pod) == "Failed")
    terminated = bench.container(pod)["state"]["terminated"]
    assert (terminated["reason"], terminated["exitCode"]) == ("StartError", 128)
    assert "/no/such/program" in terminated["message"]


async def test_probes_decide_on_readiness_and_life(bench: Any, pods: Any, containers: Any) -> None:
    quick = {"periodSeconds": 0.2, "failureThreshold": 1, "timeoutSeconds": 2}
    main = containers(
        script="trap 'exit 0' TERM; touch /alive; sleep 1000 & wait",
        readinessProbe={**quick, "exec": {"command": ["test", "-e", "/ready"]}},
        livenessProbe={**quick, "exec": {"command": ["test", "-e", "/alive"]}, "initialDelaySeconds": 1},
    )
    pod = pods(containers=[main])
    bench.apply(pod)
    id = await bench.running(pod)
    assert bench.container(pod)["ready"] is False
    await bench.node.engine.run(id, ["touch", "/ready"], 5)
    await bench.notebook.until(lambda: bench.container(pod)["ready"])
    await bench.node.engine.run(id, ["rm", "/alive"], 5)
    assert await bench.running(pod, attempt=1) != id
    assert any("failed liveness probe" in event.message for event in bench.notebook.events)


async def test_deletion_is_graceful(bench: Any, pods: Any, containers: Any) -> None:
    shared = {"name": "host", "mountPath": "/out"}
    host = bench.root / "out"
    script = "trap 'echo term >> /out/log; exit 0' TERM; sleep 1000 & wait"
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "echo prestop >> /out/log"]}}}
    stubborn = containers("stubborn", "trap '' TERM; while :; do sleep 0.1; done")
    pod = pods(containers=[containers(script=script, volumeMounts=[shared], lifecycle=hook), stubborn],
               volumes=[{"name": "host", "hostPath": {"path": str(host), "type": "DirectoryOrCreate"}}])  # fmt: skip
    bench.apply(pod)
    await bench.running(pod)
    await bench.running(pod, "stubborn")
    began = asyncio.get_running_loop().time()
    await bench.delete(pod, grace=3)
    took = asyncio.get_running_loop().time() - began
    assert (host / "log").read_text() == "prestop\nterm\n"
    assert took >= 2.5, "the stubborn one had its grace period"
    assert bench.container(pod, "stubborn")["state"]["terminated"]["exitCode"] == 137
    assert await left_behind(bench) == []


def told(bench: Any, name: str = "main") -> list[tuple[str, str, str]]:
    return [(event.type, event.reason, event.message) for event in bench.notebook.events if event.container == name]


async def test_a_container_whose_post_start_hook_fails_is_killed_and_tried_again(
    bench: Any, pods: Any, containers: Any
) -> None:
    hook = {"postStart": {"exec": {"command": ["sh", "-c", "echo the secret; exit 7"]}}}
    pod = pods(containers=[containers(lifecycle=hook)])
    bench.apply(pod)
    await bench.notebook.until(lambda: bench.container(pod).get("restartCount", 0) >= 1)
    assert told(bench)[1:5] == [
        ("Normal", "Created", "Container created"), ("Normal", "Started", "Container started"),
        ("Warning", "FailedPostStartHook", "PostStartHook failed"), ("Normal", "Killing", "FailedPostStartHook"),
    ]  # fmt: skip
    assert not any("secret" in event.message or event.reason == "Failed" for event in bench.notebook.events)
    assert bench.container(pod)["lastState"]["terminated"]["exitCode"] == 0  # it was asked with SIGTERM
    await bench.notebook.until(lambda: len([one for one in told(bench) if one[1] == "FailedPostStartHook"]) >= 2)


async def test_a_post_start_hook_is_done_before_the_container_counts_as_started(
    bench: Any, pods: Any, containers: Any
) -> None:
    hook = {"postStart": {"exec": {"command": ["sh", "-c", "echo done > /dev/termination-log"]}}}
    pod = pods(containers=[containers(lifecycle=hook)], restartPolicy="Never")
    bench.apply(pod)
    id = await bench.running(pod)
    await bench.notebook.until(lambda: bench.container(pod).get("started"))
    assert await bench.node.engine.run(id, ["cat", "/dev/termination-log"], 5) == (0, "done\n")
    assert [reason for _, reason, _ in told(bench)] == ["Pulled", "Created", "Started"]


async def test_a_pre_stop_hook_that_fails_is_told_of_and_the_container_ends_all_the_same(
    bench: Any, pods: Any, containers: Any
) -> None:
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "echo the secret; exit 7"]}}}
    pod = pods(containers=[containers(lifecycle=hook)])
    bench.apply(pod)
    await bench.running(pod)
    await bench.delete(pod)
    assert told(bench)[-2:] == [("Normal", "Killing", "Stopping container main"),
                                ("Warning", "FailedPreStopHook", "PreStopHook failed")]  # fmt: skip
    assert await left_behind(bench) == []


async def test_a_pre_stop_hook_without_end_costs_the_grace_period(bench: Any, pods: Any, containers: Any) -> None:
    hook = {"preStop": {"exec": {"command": ["sleep", "1000"]}}}
    pod = pods(containers=[containers(lifecycle=hook)])
    bench.apply(pod)
    await bench.running(pod)
    began = asyncio.get_running_loop().time()
    await bench.delete(pod, grace=1)
    assert 1 <= asyncio.get_running_loop().time() - began < 10
    assert not any(reason == "FailedPreStopHook" for _, reason, _ in told(bench))
    assert await left_behind(bench) == []


@pytest.mark.parametrize("answers", [True, False])
async def test_a_hook_over_http_wants_an_answer_whatever_its_status(
    answers: bool, bench: Any, pods: Any, containers: Any
) -> None:
    """The pod's address is the loopback's, so the hook finds what listens there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = None
        if answers:
            listener.listen()
            server = await asyncio.start_server(_no_such_page, sock=listener.dup())
        get = {"port": listener.getsockname()[1], "path": "/begin", "scheme": "HTTP"}
        pod = pods(containers=[containers(lifecycle={"postStart": {"httpGet": get}})])
        bench.apply(pod)
        await bench.notebook.until(lambda: bench.container(pod).get("restartCount", 0) >= 1
                                   or bench.container(pod).get("started"))  # fmt: skip
        await bench.delete(pod)
        if server is not None:
            server.close()
    failed = any(reason == "FailedPostStartHook" for _, reason, _ in told(bench))
    assert failed is not answers


async def _no_such_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert (await reader.readline()).startswith(b"GET /begin ")
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_an_agent_restart_disturbs_nothing(bench: Any, pods: Any) -> None:
    pod = pods()
    bench.apply(pod)
    id = await bench.running(pod)
    await bench.restart()
    async with asyncio.timeout(10):
        # What does not happen sends no signal.
        while (executor := bench.roster.executor("default", "web")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        while executor.machine.seen is None or executor.machine.in_flight:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert await bench.running(pod) == id
    assert bench.container(pod)["restartCount"] == 0
    await bench.delete(pod)
    assert await left_behind(bench) == []


async def test_what_died_while_the_agent_was_away_is_made_good(bench: Any, pods: Any) -> None:
    kept, removed = pods("kept"), pods("removed")
    bench.apply(kept)
    bench.apply(removed)
    id = await bench.running(kept)
    await bench.running(removed)
    await bench.crash()
    await bench.node.engine.stop(id, 0)
    del bench.pods[removed["metadata"]["uid"]]
    bench.start()
    await bench.running(kept, attempt=1)
    async with asyncio.timeout(20):
        while set(await bench.node.engine.survey()) != {kept["metadata"]["uid"]}:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_other_peoples_containers_are_left_alone(bench: Any, engine: Any) -> None:
    strange = await engine.docker._query_json(
        "containers/create", "POST", params={"name": f"k8s_x_y_z_{os.getpid()}_0"},
        data=b'{"Image": "pinnace-test/busybox", "Cmd": ["true"], "Labels": {"io.kubernetes.pod.uid": "u1"}}',
    )  # fmt: skip
    try:
        bench.roster._sync_now.set()
        await bench.roster.adopted.wait()
        assert await engine.survey() == {}
        await engine.docker._query_json(f"containers/{strange['Id']}/json")
    finally:
        await engine.remove(strange["Id"])


async def test_the_network_is_looked_after_when_the_engine_comes_back(
    bench: Any, pods: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Docker that was restarted has made firewall rules of its own."""
    events = bench.node.engine.events
    cut = asyncio.Event()

    async def until_cut() -> Any:
        async for event in events():
            yield event
            if not event[0]:
                await cut.wait()
                raise aiohttp.ClientConnectionError("the engine went away")

    async with asyncio.timeout(30):
        await bench.node.network.distrusted.acquire()  # as at every start
        monkeypatch.setattr(bench.node.engine, "events", until_cut)
        await bench.restart()
        await bench.node.network.distrusted.acquire()
        cut.set()
        await bench.node.network.distrusted.acquire()
