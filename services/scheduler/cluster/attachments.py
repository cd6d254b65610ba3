"""How many volumes of each driver hang on each node, and how many may.

A volume that several pods of a node use is counted once there. Counted change by change: to look into the pods of every
node for each pod that has a volume would be a Python loop over thousands of nodes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.scheduler.cluster.storage import Handle

UNLIMITED = 2**62

Numbers = NDArray[np.int64]


class Attachments:
    """limits  by driver: (n,), UNLIMITED where the node does not say
    counts  by driver: (n,) different volumes
    where   by volume: rows, each as often as something there uses it
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.limits: dict[str, Numbers] = {}
        self.counts: dict[str, Numbers] = {}
        self.where: dict[Handle, tuple[int, ...]] = {}

    def scratch(self) -> Attachments:
        copy = Attachments(self._rows)
        copy.limits = self.limits  # nodes stay as they are
        copy.counts = {driver: counts.copy() for driver, counts in self.counts.items()}
        copy.where = dict(self.where)
        return copy

    def resize(self, rows: int) -> None:
        more = rows - self._rows
        self._rows = rows
        self.limits = {driver: np.pad(each, (0, more), constant_values=UNLIMITED)
                       for driver, each in self.limits.items()}  # fmt: skip
        self.counts = {driver: np.pad(each, (0, more)) for driver, each in self.counts.items()}

    def limit(self, row: int, limits: Mapping[str, int]) -> None:
        """All that the row's node says."""
        for driver in limits:
            if driver not in self.limits:
                self.limits[driver] = np.full(self._rows, UNLIMITED, np.int64)
        for driver, each in self.limits.items():
            each[row] = limits.get(driver, UNLIMITED)

    def hang(self, handle: Handle, row: int) -> None:
        """One more uses the volume there."""
        rows = self.where.get(handle, ())
        if row not in rows:
            if handle.driver not in self.counts:
                self.counts[handle.driver] = np.zeros(self._rows, np.int64)
            self.counts[handle.driver][row] += 1
        self.where[handle] = (*rows, row)

    def take(self, handle: Handle, row: int) -> None:
        """One less."""
        rows = self.where[handle]
        at = rows.index(row)
        left = rows[:at] + rows[at + 1 :]
        if row not in left:
            self.counts[handle.driver][row] -= 1
        if left:
            self.where[handle] = left
        else:
            del self.where[handle]
