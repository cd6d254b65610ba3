"""What plans give to claims, until it has been seen or will not be: volumes, and nodes that volumes are made for.

Pods that share a claim have the same plan for it, so each promise is counted: it ends with the last of them.
"""

from __future__ import annotations

from services.scheduler.cluster.storage import Claim, ClaimKey, Reference


class Promises:
    """`volumes`: by name, the claim that gets it; `nodes`: by claim, the one that its volume is to be made for."""

    def __init__(self) -> None:
        self.volumes: dict[str, Reference] = {}
        self.nodes: dict[ClaimKey, str] = {}
        self._by_claim: dict[Reference, frozenset[str]] = {}
        self._plans: dict[tuple[str, Reference] | tuple[ClaimKey, str], int] = {}

    def scratch(self) -> Promises:
        copy = Promises()
        copy.volumes, copy.nodes, copy._plans = dict(self.volumes), dict(self.nodes), dict(self._plans)
        copy._by_claim = dict(self._by_claim)
        return copy

    def give(self, volume: str, claim: Claim) -> None:
        if self.volumes.get(volume) != claim.reference:
            self.drop_volume(volume)
        self.volumes[volume] = claim.reference
        self._by_claim[claim.reference] = self.of(claim) | {volume}
        self._more((volume, claim.reference))

    def withdraw(self, volume: str, claim: Claim) -> None:
        """By one of the plans; nothing happens when it was seen."""
        if self.volumes.get(volume) == claim.reference and self._less((volume, claim.reference)):
            self._end(volume)

    def of(self, claim: Claim) -> frozenset[str]:
        """The volumes that the claim is to get."""
        return self._by_claim.get(claim.reference, frozenset())

    def drop_volume(self, volume: str) -> None:
        """What became of it was seen."""
        if volume in self.volumes:
            del self._plans[volume, self.volumes[volume]]
            self._end(volume)

    def _end(self, volume: str) -> None:
        reference = self.volumes.pop(volume)
        left = self._by_claim.pop(reference) - {volume}
        if left:
            self._by_claim[reference] = left

    def select(self, claim: ClaimKey, node: str) -> None:
        if self.nodes.get(claim) != node:
            self.drop_claim(claim)
        self.nodes[claim] = node
        self._more((claim, node))

    def deselect(self, claim: ClaimKey, node: str) -> None:
        if self.nodes.get(claim) == node and self._less((claim, node)):
            del self.nodes[claim]

    def drop_claim(self, claim: ClaimKey) -> None:
        node = self.nodes.pop(claim, None)
        if node is not None:
            del self._plans[claim, node]

    def _more(self, what: tuple[str, Reference] | tuple[ClaimKey, str]) -> None:
        self._plans[what] = self._plans.get(what, 0) + 1

    def _less(self, what: tuple[str, Reference] | tuple[ClaimKey, str]) -> bool:
        """Whether that was the last."""
        self._plans[what] -= 1
        if self._plans[what]:
            return False
        del self._plans[what]
        return True
