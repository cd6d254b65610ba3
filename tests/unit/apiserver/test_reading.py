"""Long lists leave others their turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import orjson
import pytest

from services.apiserver.handlers import reading
from services.apiserver.watching.item import Item
from services.apiserver.watching.selection import Selection
from services.objects.kinds import HORIZONTALPODAUTOSCALER_V1
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj


class _Turns:
    """How often others came to run."""

    def __init__(self) -> None:
        self.taken = 0

    async def take(self) -> None:
        while True:
            self.taken += 1
            await asyncio.sleep(0)


@pytest.fixture
def items() -> list[Item]:
    names = [f"item-{number:04}" for number in range(3 * reading.CONVERTED)]
    return [Item(f"/{name}", "default", name, orjson.dumps({"metadata": {"name": name, "labels": {"app": name}}}),
                 1, 1, {}) for name in names]  # fmt: skip


@pytest.fixture
def kind() -> Kind:
    def from_stored(obj: Obj) -> Obj:
        return {**obj, "converted": True}

    return replace(HORIZONTALPODAUTOSCALER_V1, from_stored=from_stored)


async def test_conversion_in_slices(items: list[Item], kind: Kind) -> None:
    turns = _Turns()
    async with asyncio.TaskGroup() as tasks:
        others = tasks.create_task(turns.take())
        found = await reading._served(kind, items)
        others.cancel()
    assert turns.taken == 2
    assert [orjson.loads(json)["metadata"]["name"] for json in found] == [item.name for item in items]
    assert all(orjson.loads(json)["converted"] for json in found)


async def test_selection_in_slices(items: list[Item], kind: Kind) -> None:
    turns = _Turns()
    selection = Selection(kind, label_selector="app in (item-0000,item-0299)")
    async with asyncio.TaskGroup() as tasks:
        others = tasks.create_task(turns.take())
        found = await reading._matching(items, selection)
        others.cancel()
    assert turns.taken == 2
    assert [item.name for item in found] == ["item-0000", "item-0299"]


async def test_what_is_kept_as_it_is_served_is_not_touched(items: list[Item], kind: Kind) -> None:
    plain = replace(kind, stored_as=None)
    assert await reading._served(plain, items) == [item.json for item in items]
