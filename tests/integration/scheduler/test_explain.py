"""`pinnace explain` of a real scheduler, with a plugin of the user's own and a file that configures it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from services.cli import explain
from services.cli.control_plane import private
from services.client.sdk import Client
from services.load.scheduling.place import Place
from services.objects import conditions
from services.objects.meta import Obj

DEADLINE = 60.0
PLUGIN = Path(__file__).parents[3] / "deploy/examples/scheduler/plugin.py"
CONFIG = f"""
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 5
profiles:
- plugins:
    multiPoint:
      enabled: [{{name: WarmNodes, weight: 50}}]
    filter:
      enabled: [{{name: WarmNodes}}]  # before all others
  pluginConfig:
  - name: WarmNodes
    args: {{python: {PLUGIN}, label: temperature, least: 10}}
"""


def pod(name: str, cpu: str) -> Obj:
    container = {"name": "c", "image": "example.com/c:1", "resources": {"requests": {"cpu": cpu}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "automountServiceAccountToken": False, "containers": [container]}}  # fmt: skip


async def until(client: Client, name: str, condition: Any) -> None:
    async with asyncio.timeout(DEADLINE):
        async for event in client.pods("default").watch():
            if event.object["metadata"]["name"] == name and condition(event.object):
                return


async def asked(place: Place, name: str, capsys: pytest.CaptureFixture[str], output: str = "json") -> Any:
    await explain.explain(name, "default", place.kubeconfig, "", f"127.0.0.1:{place.scheduler + 1}", output, False)
    said = capsys.readouterr().out
    return json.loads(said) if output == "json" else said


async def test_a_plugin_of_ones_own_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.setenv("PINNACE_CONFIG", str(tmp_path / "config.yaml"))
    async with private() as place, Client.from_kubeconfig(place.kubeconfig, grpc_address=place.grpc) as client:
        await client.serviceaccounts("default").create(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})  # fmt: skip
        amounts = {"cpu": "4", "memory": "8Gi", "pods": "110"}
        for name, degrees in (("cold", "5"), ("warm", "20"), ("hot", "35")):
            await client.nodes().create({"apiVersion": "v1", "kind": "Node",
                                         "metadata": {"name": name, "labels": {"temperature": degrees}},
                                         "status": {"capacity": amounts, "allocatable": amounts}})  # fmt: skip
        await client.pods("default").create(pod("here", "1"))
        await until(client, "here", lambda seen: seen["spec"].get("nodeName") == "hot")
        told = await asked(place, "here", capsys)
        assert (told["place"], told["node"], told["leads"]) == ("bound", "hot", True)
        assert [(each["name"], each.get("best"), each.get("filter")) for each in told["nodes"]] == [
            ("hot", True, None), ("warm", False, None), ("cold", None, "WarmNodes")]  # fmt: skip
        assert told["weights"]["WarmNodes"] == 50
        assert told["nodes"][0]["points"]["WarmNodes"] == 100

        await client.pods("default").create(pod("huge", "9"))
        await until(client, "huge", lambda seen: conditions.get(seen, "PodScheduled"))
        told = await asked(place, "huge", capsys)
        assert told["refusal"] == "0/3 nodes are available: 1 node(s) were too cold, 2 Insufficient cpu."
        assert told["told"].startswith(f"{told['refusal']} preemption: 0/3 nodes are available: ")
        text = await asked(place, "huge", capsys, "text")
        assert "NodeResourcesFit   2" in text
        assert "WarmNodes          1       node(s) were too cold" in text
        said = (place.kubeconfig.parent / "logs" / "scheduler.log").read_text()
        assert '"field": "percentageOfNodesToScore"' in said
