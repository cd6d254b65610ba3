"""Pools of devices, put together from the slices that drivers publish."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.scheduler.cluster.devices.facts import Device, Slice, Where

PoolKey = tuple[str, str]  # driver, pool


class Pool(NamedTuple):
    """The newest generation; `complete` when all its slices have been seen, `valid` when they do not contradict each
    other. `shape` is the same number for pools that differ in nothing but their names and places."""

    key: PoolKey
    slices: tuple[Slice, ...]
    complete: bool
    valid: bool
    shape: int

    @property
    def driver(self) -> str:
        return self.key[0]


def pools(slices: Iterable[Slice], shapes: dict[object, int]) -> dict[PoolKey, Pool]:
    """In the order of their names; `shapes` grows."""
    parts: dict[PoolKey, list[Slice]] = {}
    for each in slices:
        parts.setdefault((each.driver, each.pool), []).append(each)
    return {key: _pool(key, parts[key], shapes) for key in sorted(parts)}


def _pool(key: PoolKey, slices: list[Slice], shapes: dict[object, int]) -> Pool:
    newest = max(each.generation for each in slices)
    found = tuple(sorted((each for each in slices if each.generation == newest), key=lambda each: each.name))
    complete = len(found) == max(each.parts for each in found)
    devices = [device.name for each in found for device in each.devices]
    counters = [name for each in found for name, _ in each.counters]
    valid = len(set(devices)) == len(devices) and len(set(counters)) == len(counters) and len(
        {each.parts for each in found}) == 1  # fmt: skip
    content = key[0], tuple((each.devices, each.counters) for each in found), complete, valid
    return Pool(key, found, complete, valid, shapes.setdefault(content, len(shapes)))


def place_of(part: Slice, device: Device) -> Where:
    return part.where or device.where or Where()
