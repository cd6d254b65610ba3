"""`pinnace explain` over a real connection: certificates, many nodes, pods in every place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from services.cli import explain, kubeconfig
from services.cli.pki import Pki
from services.cli.preflight import Refused
from services.objects.meta import Obj
from services.rpc.pinnace.v1 import explaining_pb2 as pb
from services.rpc.pinnace.v1 import explaining_pb2_grpc
from services.scheduler.explainer import Explainer
from services.scheduler.plugins import Filter
from services.scheduler.plugins.own import guarded
from services.scheduler.profile import DEFAULT
from services.scheduler.state import State

NODES = 450  # more than go into a message


class Desk:
    """A scheduler that knows some nodes and pods, and can be asked about them."""

    def __init__(self, directory: Path) -> None:
        self.pki = Pki(directory / "pki")
        self.pki.ensure(["n"], [])
        self.directory = directory
        self.state = State(lambda: 100.0, lambda: None)
        self.pods: dict[str, Obj] = {}
        self.address = ""
        for number in range(NODES):
            status = {"allocatable": {"cpu": "4" if number else "8", "memory": "8Gi", "pods": "110"}}
            self.state.node_changed(None, {"metadata": {"name": f"n{number:03d}"}, "spec": {}, "status": status})

    def pod(self, name: str, cpu: str = "1", **spec: Any) -> Obj:
        container = {"name": "c", "resources": {"requests": {"cpu": cpu}}}
        pod = {"metadata": {"namespace": "default", "name": name, "uid": name}, "status": spec.pop("status", {}),
               "spec": {"containers": [container], **spec}}  # fmt: skip
        self.pods[name] = pod
        self.state.pod_changed(None, pod)
        return pod

    def config(self, leaf: str = "admin") -> Path:
        path = self.directory / f"{leaf}.kubeconfig"
        kubeconfig.write(path, "https://127.0.0.1:6443", self.pki.identity(leaf))
        return path

    async def asked(self, name: str, *, leaf: str = "admin", namespace: str = "", scheduler: str = "") -> Any:
        await explain.explain(name, namespace, self.config(leaf), "", scheduler or self.address, "json", False)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    served = Explainer(desk.state, lambda namespace, name: desk.pods.get(name) if namespace == "default" else None,
                       "127.0.0.1:0", desk.pki.identity("scheduler"))  # fmt: skip
    running = asyncio.create_task(served.run())
    async with asyncio.timeout(20):
        desk.address = f"127.0.0.1:{await served.port}"
        yield desk
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_pod_that_waits(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.pod("web", "6")
    await desk.asked("web")
    told = json.loads(capsys.readouterr().out)
    assert (told["place"], told["leads"], told["profile"], told["node"]) == ("ready", False, "default-scheduler", "")
    assert len(told["nodes"]) == NODES
    first, second = told["nodes"][:2]
    assert first["name"] == "n000"
    assert first["best"] is True
    assert first["total"] == sum(told["weights"][name] * points for name, points in first["points"].items())
    assert second == {"name": "n001", "filter": "NodeResourcesFit", "reasons": ["Insufficient cpu"]}


async def test_a_pod_that_nobody_takes(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    why = f"0/{NODES} nodes are available: {NODES} Insufficient cpu. preemption: none"
    status = {"conditions": [{"type": "PodScheduled", "status": "False", "message": why}]}
    desk.pod("big", "9", status=status)
    (pod,) = desk.state.queue.pop(1, 90.0)
    desk.state.queue.park(pod, frozenset(), 90.0)
    await desk.asked("big")
    told = json.loads(capsys.readouterr().out)
    assert (told["place"], told["attempts"], told["secondsUntilNextAttempt"]) == ("parked", 1, 290.0)
    assert told["refusal"] == f"0/{NODES} nodes are available: {NODES} Insufficient cpu."
    assert told["told"] == why


@pytest.mark.parametrize(("spec", "place", "verdicts"), [
    ({"nodeName": "n000"}, "bound", NODES),
    ({"schedulerName": "another"}, "foreign", 0),
    ({"schedulingGates": [{"name": "example.com/wait"}]}, "gated", NODES),
    ({"nodeName": "n000", "status": {"phase": "Succeeded"}}, "ended", NODES),
])  # fmt: skip
async def test_where_a_pod_can_be(
    spec: dict[str, Any], place: str, verdicts: int, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.pod("web", "8", **spec)
    await desk.asked("web")
    told = json.loads(capsys.readouterr().out)
    assert (told["place"], len(told["nodes"])) == (place, verdicts)
    if verdicts:
        assert "filter" not in told["nodes"][0]  # it fits where it is, as if it were not there


async def test_a_pod_on_its_way_to_a_node(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.pod("web", "8")
    (pod,) = desk.state.queue.pop(1, 100.0)
    desk.state.assume(pod, "n000")
    await desk.asked("web")
    told = json.loads(capsys.readouterr().out)
    assert (told["place"], told["node"], told["nodes"][0]["name"]) == ("flying", "n000", "n000")


async def test_who_is_refused(desk: Desk) -> None:
    desk.pod("web")
    for refused, text in (
        (desk.asked("absent"), "the scheduler knows no pod default/absent"),
        (desk.asked("web", namespace="other"), "the scheduler knows no pod other/web"),
        (desk.asked("web", leaf="node-n"), "only members of system:masters may ask"),
        (desk.asked("web", scheduler="127.0.0.1:1"), "no scheduler answers at 127.0.0.1:1"),
    ):
        with pytest.raises(Refused, match=text):
            await refused


async def test_who_has_no_certificate_is_not_heard(desk: Desk, tmp_path: Path) -> None:
    desk.pod("web")
    stranger = Pki(tmp_path / "others")
    stranger.ensure(["n"], [])
    ours, theirs = desk.pki.identity("admin"), stranger.identity("admin")
    for credentials in (
        grpc.ssl_channel_credentials(ours.ca.read_bytes()),
        grpc.ssl_channel_credentials(ours.ca.read_bytes(), theirs.key.read_bytes(), theirs.certificate.read_bytes()),
    ):
        async with grpc.aio.secure_channel(desk.address, credentials) as channel:
            call = explaining_pb2_grpc.ExplainingStub(channel).Explain(pb.ExplainRequest(name="web"), timeout=10)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call.read()
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_plugin_of_ones_own_that_fails(desk: Desk) -> None:
    class Broken(Filter):
        def feasible(self, pod: Any, nodes: Any) -> Any:
            return nodes.nonsense

    filters = (*DEFAULT.filters, guarded("Broken", Broken()))
    desk.state.profiles["default-scheduler"] = DEFAULT._replace(filters=filters)
    desk.pod("web")
    with pytest.raises(Refused, match='plugin "Broken" fails: AttributeError'):
        await desk.asked("web")


async def test_a_port_that_is_taken(desk: Desk) -> None:
    with pytest.raises(OSError, match=f"nobody can be answered at {desk.address}"):
        await Explainer(desk.state, lambda *_: None, desk.address, desk.pki.identity("scheduler")).run()
