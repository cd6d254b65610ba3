"""Which devices a pod's claims are to get on the node that was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from services.objects.meta import Obj
from services.scheduler.cluster.devices.facts import Allocation, ClaimKey
from services.scheduler.cluster.plans import Plan

if TYPE_CHECKING:
    from services.scheduler.cluster.columns import Columns


class Grant(NamedTuple):
    """To a claim; `status` is the allocation as it is written, None for a claim that has one already."""

    key: ClaimKey
    uid: str
    allocation: Allocation | None
    status: Obj | None


@dataclass(frozen=True, slots=True)
class DevicePlan(Plan):
    """The pod (its name, its uid) may use the claims."""

    grants: tuple[Grant, ...]
    pod: str
    uid: str

    def assume(self, nodes: Columns) -> None:
        for grant in self.grants:
            nodes.devices.promise(grant.key, grant.uid, self.uid, grant.allocation)

    def forget(self, nodes: Columns) -> None:
        for grant in self.grants:
            nodes.devices.withdraw(grant.key, grant.uid, self.uid)
