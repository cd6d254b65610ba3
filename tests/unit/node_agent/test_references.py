from __future__ import annotations

from typing import Any

import pytest

from services.node_agent import references
from services.node_agent.references import ApiReferences
from services.objects.errors import NotFound


class Api:
    """Has what `objects` says; counts questions."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.asked: list[str] = []

    def resource(self, kind: Any, namespace: str) -> Api:
        return self

    async def get(self, name: str) -> Any:
        self.asked.append(name)
        if name not in self.objects:
            raise NotFound.object("", "configmaps", name)
        return self.objects[name]


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(references, "time", clock)
    return clock


async def test_what_is_known_is_believed_for_a_while(clock: Clock) -> None:
    api = Api()
    api.objects["a"] = {"data": {"x": "1"}}
    found = ApiReferences(api, 60)  # type: ignore[arg-type]
    assert await found.get("ConfigMap", "shop", "a") == {"data": {"x": "1"}}
    api.objects["a"] = {"data": {"x": "2"}}
    clock.now += 59
    assert await found.get("ConfigMap", "shop", "a") == {"data": {"x": "1"}}
    assert await found.get("ConfigMap", "shop", "a", fresh=True) == {"data": {"x": "2"}}
    clock.now += 60
    await found.get("ConfigMap", "shop", "a")
    assert api.asked == ["a"] * 3


async def test_what_was_missing_is_asked_for_again(clock: Clock) -> None:
    api = Api()
    found = ApiReferences(api, 60)  # type: ignore[arg-type]
    assert await found.get("Secret", "shop", "a") is None
    api.objects["a"] = {"data": {}}
    assert await found.get("Secret", "shop", "a") == {"data": {}}


async def test_what_is_no_longer_asked_for_is_forgotten(clock: Clock) -> None:
    api = Api()
    found = ApiReferences(api, 60)  # type: ignore[arg-type]
    for number in range(1000):
        api.objects[str(number)] = {}
        await found.get("ConfigMap", "shop", str(number))
        clock.now += 1
    assert len(found._known) <= 120
    assert len(found._locks) <= 120
