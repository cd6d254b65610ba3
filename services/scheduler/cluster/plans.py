"""What has to be written before a pod can be bound to the node that was chosen for it: which volumes, which devices.

A plan is made with the decision and assumed with it, so that the next decision counts on it; whoever carries it out
(`preparations`) writes it. Writing first and deciding on what came back was rejected: every pod with a volume would
hold up those behind it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from services.scheduler.cluster.happenings import Happening

if TYPE_CHECKING:
    from services.scheduler.cluster.columns import Columns


class Plan(ABC):
    """Made by a filter for a pod and a row; a value. `forgotten`: what happens when it is, as far as pods that found
    no place are concerned."""

    forgotten: ClassVar[frozenset[Happening]] = frozenset()

    @abstractmethod
    def assume(self, nodes: Columns) -> None:
        """From now on it counts in these columns, which may be a scratch. Columns are told of the pod itself apart."""

    @abstractmethod
    def forget(self, nodes: Columns) -> None:
        """It will not be carried out. Nothing happens where what was written has been seen."""
