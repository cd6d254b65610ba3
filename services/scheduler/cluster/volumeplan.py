"""Which volumes a pod's claims are to get on the node that was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.plans import Plan
from services.scheduler.cluster.storage import Claim

if TYPE_CHECKING:
    from services.scheduler.cluster.columns import Columns


@dataclass(frozen=True, slots=True)
class VolumePlan(Plan):
    """`bindings`: volumes by name, each with the claim that gets it. `provisions`: claims whose volume is to be made
    for `node`. `timeout`: seconds that all of it may take."""

    forgotten: ClassVar[frozenset[Happening]] = frozenset({Happening.VOLUME_CHANGED, Happening.VOLUMECLAIM_CHANGED})

    node: str
    bindings: tuple[tuple[str, Claim], ...]
    provisions: tuple[Claim, ...]
    timeout: float

    def assume(self, nodes: Columns) -> None:
        for volume, claim in self.bindings:
            nodes.volumes.promise(volume, claim)
        for claim in self.provisions:
            nodes.volumes.select(claim, self.node)

    def forget(self, nodes: Columns) -> None:
        for volume, claim in self.bindings:
            nodes.volumes.withdraw(volume, claim)
        for claim in self.provisions:
            nodes.volumes.deselect(claim, self.node)
