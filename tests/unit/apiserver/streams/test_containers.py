"""Which container is meant, and what is said of one without logs."""

from __future__ import annotations

from typing import Any

import pytest

from services.apiserver.streams.containers import chosen, node_of, without_logs
from services.objects.errors import BadRequest


def pod(*containers: str, init: tuple[str, ...] = (), **status: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": name} for name in containers]}
    if init:
        spec["initContainers"] = [{"name": name} for name in init]
    return {"metadata": {"name": "web"}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("given", "asked", "expected"),
    [
        (pod("a"), "", "a"),
        (pod("a", "b"), "b", "b"),
        (pod("a", init=("i",)), "i", "i"),
        (pod("a", init=("i",)), "", "a"),
    ],
)
def test_chosen(given: dict[str, Any], asked: str, expected: str) -> None:
    assert chosen(given, asked) == expected


@pytest.mark.parametrize(
    ("given", "asked", "message"),
    [
        (pod("a", "b"), "", "a container name must be specified for pod web, choose one of: [a b]"),
        (pod("a", "b", init=("i", "j")), "",
         "a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [i j]"),
        (pod("a"), "c", "container c is not valid for pod web"),
    ],
)  # fmt: skip
def test_refused(given: dict[str, Any], asked: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        chosen(given, asked)
    assert caught.value.message == message


def test_a_pod_without_a_node_has_no_host() -> None:
    with pytest.raises(BadRequest, match="pod web does not have a host assigned"):
        node_of(pod("a"))


TERMINATED = {"terminated": {"exitCode": 1}}


@pytest.mark.parametrize(
    ("state", "last", "previous", "message"),
    [
        ({"running": {}}, {}, False, ""),
        (TERMINATED, {}, False, ""),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, TERMINATED, False, ""),
        ({"running": {}}, TERMINATED, True, ""),
        ({"running": {}}, {}, True, 'previous terminated container "a" in pod "web" not found'),
        ({"waiting": {"reason": "ContainerCreating"}}, {}, False,
         'container "a" in pod "web" is waiting to start: ContainerCreating'),
        ({"waiting": {"reason": "ErrImagePull"}}, {}, False,
         'container "a" in pod "web" is waiting to start: image can\'t be pulled'),
        ({"waiting": {"reason": "ImagePullBackOff"}}, {}, False,
         'container "a" in pod "web" is waiting to start: trying and failing to pull image'),
        ({}, {}, False, 'container "a" in pod "web" is waiting to start - no logs yet'),
    ],
)  # fmt: skip
def test_without_logs(state: Any, last: Any, previous: bool, message: str) -> None:
    status = {"containerStatuses": [{"name": "a", "state": state, "lastState": last}]}
    assert without_logs(pod("a", **status), "a", previous) == message


def test_a_container_without_a_status_is_not_available() -> None:
    assert without_logs(pod("a"), "a", False) == 'container "a" in pod "web" is not available'
