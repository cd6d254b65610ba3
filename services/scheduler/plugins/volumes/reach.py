"""Which nodes reach a volume, or a pool that volumes are made from, as row numbers.

There are thousands of local volumes, each for one node: a mask over all nodes for each would be quadratic. Rows are
looked up by the value of the label; only other terms are compared with every node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Rows
from services.scheduler.cluster.demand import Requirement, Term
from services.scheduler.plugins.affinity import all_hold, any_holds


def reachable(affinity: tuple[Term, ...] | None, nodes: Columns) -> Mask:
    """(n,): which nodes a volume's affinity allows."""
    return np.ones(len(nodes), bool) if affinity is None else any_holds(nodes, affinity)


class Places:
    """Rows, remembered by label for as long as this is kept."""

    def __init__(self, nodes: Columns) -> None:
        self._nodes = nodes
        self._by_value: dict[str, dict[str, Rows]] = {}

    def of(self, affinity: tuple[Term, ...] | None) -> Rows:
        if affinity is not None and len(affinity) == 1 and not affinity[0].fields and len(affinity[0].expressions) == 1:
            return self.where(affinity[0].expressions)
        return np.flatnonzero(reachable(affinity, self._nodes))

    def where(self, requirements: Sequence[Requirement]) -> Rows:
        """Where all of them hold; everywhere, if there are none."""
        if len(requirements) == 1 and requirements[0].operator == "In":
            rows = self._labelled(requirements[0].key)
            found = [rows[value] for value in dict.fromkeys(requirements[0].values) if value in rows]
            return found[0] if len(found) == 1 else np.concatenate(found) if found else np.zeros(0, np.int64)
        return np.flatnonzero(all_hold(self._nodes, requirements))

    def _labelled(self, key: str) -> dict[str, Rows]:
        """Rows by the value of a label."""
        found = self._by_value.get(key)
        if found is None:
            column = self._nodes.domains(key)
            order = np.argsort(column, kind="stable")
            ends = np.searchsorted(column[order], np.arange(column.max(initial=0) + 2))
            numbers = self._nodes.vocabulary.values.get(key, {})
            found = self._by_value[key] = {
                value: order[ends[number] : ends[number + 1]]
                for value, number in numbers.items() if number + 1 < len(ends)
            }  # fmt: skip
        return found
