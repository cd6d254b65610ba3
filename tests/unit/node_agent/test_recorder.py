from __future__ import annotations

from typing import Any

import pytest

from services.client.events import Event, Reference
from services.node_agent.pods.actions import Emit
from services.node_agent.recorder import Recorder

POD: dict[str, Any] = {
    "metadata": {"name": "a", "namespace": "shop", "uid": "u", "resourceVersion": "9"},
    "spec": {"initContainers": [{"name": "first"}], "containers": [{"name": "main"}]},
}


class Told(list[Event]):
    tell = list.append


@pytest.mark.parametrize(
    ("container", "path"),
    [("", ""), ("main", "spec.containers{main}"), ("first", "spec.initContainers{first}")],
)
def test_events_about_pods_name_the_container(container: str, path: str) -> None:
    told = Told()
    Recorder(told, "node-a").about_pod(POD, Emit("Warning", "BackOff", "no", container))  # type: ignore[arg-type]
    assert told == [Event(Reference("v1", "Pod", "shop", "a", "u", "9", path), "Warning", "BackOff", "no", "kubelet",
                          host="node-a")]  # fmt: skip


def test_events_about_the_node_go_by_its_name() -> None:
    told = Told()
    Recorder(told, "node-a").about_node(Emit("Normal", "Starting", "Starting kubelet."))  # type: ignore[arg-type]
    assert told == [Event(Reference("v1", "Node", "", "node-a", "node-a"), "Normal", "Starting", "Starting kubelet.",
                          "kubelet", host="node-a")]  # fmt: skip
