"""What the kubelet tells of images that do not come: the first word, the error, and later the back-off."""

from __future__ import annotations

from typing import Any

import pytest

from services.node_agent.pods.actions import PullImage, StartContainer
from tests.unit.node_agent.world import World, make_pod

NEVER = 'Container image "demo" is not present with pull policy of Never'
INVALID = 'Failed to apply default image tag "demo": couldn\'t parse image name "demo": invalid reference format'


def told(world: World) -> list[tuple[str, str, str]]:
    return [(event.type, event.reason, event.message) for event in world.emitted]


@pytest.mark.parametrize(
    ("reason", "message", "first"),
    [
        ("ErrImagePull", "no such host", ("Warning", "Failed", 'Failed to pull image "demo": no such host')),
        ("ErrImageNeverPull", NEVER, ("Warning", "ErrImageNeverPull", NEVER)),
        ("InvalidImageName", INVALID, ("Warning", "InspectFailed", INVALID)),
    ],
)
def test_the_cause_then_the_error(reason: str, message: str, first: Any) -> None:
    world = World(make_pod())
    world.finish(PullImage("web"), reason, message)
    assert told(world) == [first, ("Warning", "Failed", f"Error: {reason}")]


def test_then_the_back_off() -> None:
    world = World(make_pod())
    world.finish(PullImage("web"), "ErrImagePull", "no such host")
    world.emitted.clear()
    world.wait(3)
    assert told(world) == [
        ("Normal", "BackOff", 'Back-off pulling image "demo"'), ("Warning", "Failed", "Error: ImagePullBackOff"),
    ]  # fmt: skip


def test_a_container_that_cannot_begin_says_why() -> None:
    world = World(make_pod())
    while not any(isinstance(one, StartContainer) for one in world.pending):
        world.finish(world.pending[0])
    world.emitted.clear()
    world.finish(world.pending[0], "CreateContainerConfigError", 'configmap "settings" not found')
    assert told(world) == [("Warning", "Failed", 'Error: configmap "settings" not found')]
