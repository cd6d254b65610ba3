"""Which devices each node reaches. Nodes that reach the same, of which the same is taken, need one look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.scheduler.cluster.columns import Columns, Mask
from services.scheduler.cluster.devices.facts import Device, Slice, Where
from services.scheduler.cluster.devices.pools import Pool, place_of
from services.scheduler.plugins.affinity import any_holds
from services.scheduler.plugins.devices.search import Reach


class Reaches:
    """For one state of the nodes' labels and of what drivers offer. `verdicts` is for what is found out about kinds of
    nodes, by what was asked: the numbers of kinds mean nothing to other Reaches."""

    def __init__(self, nodes: Columns) -> None:
        self._pools: Sequence[Pool] = list(nodes.devices.pools.values())
        self._local: dict[str, list[tuple[int, int]]] = {}  # by node: pool, and device of it
        wide: list[tuple[int, int]] = []
        masks: list[Mask] = []
        self._devices = [[(part, device) for part in pool.slices for device in part.devices] for pool in self._pools]
        known: dict[Where, Mask] = {}
        for number, devices in enumerate(self._devices):
            for at, (part, device) in enumerate(devices):
                where = place_of(part, device)
                if where.node:
                    self._local.setdefault(where.node, []).append((number, at))
                    continue
                if where not in known:
                    known[where] = nodes.present if where.terms is None else any_holds(nodes, where.terms)
                wide.append((number, at))
                masks.append(known[where])
        self._wide = wide
        self._there: NDArray[np.bool_] = np.array(masks).T if masks else np.zeros((len(nodes), 0), bool)
        self._kinds: dict[object, int] = {}
        self.verdicts: dict[object, dict[object, str]] = {}
        self._of: dict[int, tuple[list[tuple[Pool, tuple[Device, ...]]], int]] = {}

    def of(self, row: int, nodes: Columns) -> list[Reach]:
        return [Reach(pool, devices, nodes.devices.taken(pool.key)) for pool, devices in self._static(row, nodes)[0]]

    def kind(self, row: int, nodes: Columns) -> object:
        """Equal for nodes that can give the same."""
        pools, kind = self._static(row, nodes)
        return kind, tuple(nodes.devices.taken(pool.key) for pool, _ in pools)

    def _static(self, row: int, nodes: Columns) -> tuple[list[tuple[Pool, tuple[Device, ...]]], int]:
        """The pools with the devices that are reached, and a number that is the same for nodes that reach the same."""
        found = self._of.get(row)
        if found is None:
            reached: dict[int, list[int]] = {}
            for number, at in self._local.get(nodes.names[row], ()):
                reached.setdefault(number, []).append(at)
            for place in np.flatnonzero(self._there[row]).tolist():
                number, at = self._wide[place]
                reached.setdefault(number, []).append(at)
            pools = [(self._pools[number], tuple(self._devices[number][at][1] for at in sorted(reached[number])))
                     for number in sorted(reached)]  # fmt: skip
            content = tuple((pool.shape, tuple(sorted(reached[number])))
                            for number, (pool, _) in zip(sorted(reached), pools, strict=True))  # fmt: skip
            found = self._of[row] = pools, self._kinds.setdefault(content, len(self._kinds))
        return found


def reaches(nodes: Columns) -> Reaches:
    """Remembered until something changes."""
    devices = nodes.devices
    stamp = devices.seen, nodes.labelled, len(nodes)
    known = devices.memory.get("reaches")
    if known is None or known[0] != stamp:
        known = devices.memory["reaches"] = stamp, Reaches(nodes)
    found: Reaches = known[1]
    return found


def part_of(pool: Pool, device: Device) -> Slice:
    return next(part for part in pool.slices if device in part.devices)
