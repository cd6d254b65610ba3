"""Storage as the scheduler sees it: claims, volumes and classes by name, and what pods and plans have taken of them.

What was seen is shared by all scratches, which only read it; what pods and plans take is copied when a scratch first
changes it, so that rounds without volumes pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from services.scheduler.cluster.attachments import UNLIMITED, Attachments
from services.scheduler.cluster.happenings import Happening
from services.scheduler.cluster.mounts import Disk, Use
from services.scheduler.cluster.promises import Promises
from services.scheduler.cluster.storage import (
    Attachment,
    Capacity,
    Claim,
    ClaimKey,
    Class,
    Handle,
    Volume,
)

K = TypeVar("K")
V = TypeVar("V")
Happenings = frozenset[Happening]
_NOTHING: Happenings = frozenset()


class Volumes:
    """`by_class`: volumes by the name of their class, then by their own. `measured`: drivers that tell how much room is
    left. `numbers` are volumes' own, for ever; `names` by number. `volumes_seen` and `capacities_seen` count changes;
    `memory` is for what is computed from them."""

    def __init__(self, rows: int) -> None:
        self.claims: dict[ClaimKey, Claim] = {}
        self.volumes: dict[str, Volume] = {}
        self.by_class: dict[str, dict[str, Volume]] = {}
        self.classes: dict[str, Class] = {}
        self.capacities: dict[ClaimKey, Capacity] = {}
        self.measured: set[str] = set()
        self.rows: dict[str, int] = {}  # by node
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.volumes_seen = self.capacities_seen = 0
        self.memory: dict[Any, Any] = {}
        self._limits: dict[str, Mapping[str, int]] = {}  # by node
        self._attachments: dict[str, Attachment] = {}
        self._claims_of: dict[str, set[ClaimKey]] = {}  # by volume
        self._reserved: dict[ClaimKey, set[str]] = {}  # volumes, by the claim they are for
        self._attachments_of: dict[str, set[str]] = {}  # by volume
        self._attachments_on: dict[str, set[str]] = {}  # by node
        # What pods and plans take:
        self.attached = Attachments(rows)
        self.promises = Promises()
        self._mounts: dict[ClaimKey, tuple[tuple[str, int], ...]] = {}  # owner and row of each use
        self._disks: dict[int, tuple[Disk, ...]] = {}
        self._shared = False

    def scratch(self) -> Volumes:
        copy = Volumes.__new__(Volumes)
        copy.__dict__.update(self.__dict__)
        copy._shared = True
        return copy

    def _own(self) -> None:
        if self._shared:
            self._shared = False
            self.attached = self.attached.scratch()
            self.promises = self.promises.scratch()
            self._mounts, self._disks = dict(self._mounts), dict(self._disks)

    # Pods

    def place(self, row: int, uses: Sequence[Use], disks: Sequence[Disk]) -> None:
        self._own()
        for use in uses:
            self._mounts[use.key] = (*self._mounts.get(use.key, ()), (use.owner, row))
            handle = self._handle(self.claims.get(use.key), use.owner)
            if handle is not None:
                self.attached.hang(handle, row)
        if disks:
            self._disks[row] = (*self._disks.get(row, ()), *disks)

    def remove(self, row: int, uses: Sequence[Use], disks: Sequence[Disk]) -> None:
        self._own()
        for use in uses:
            mounts = [*self._mounts.pop(use.key)]
            mounts.remove((use.owner, row))
            if mounts:
                self._mounts[use.key] = tuple(mounts)
            handle = self._handle(self.claims.get(use.key), use.owner)
            if handle is not None:
                self.attached.take(handle, row)
        if disks:
            there = [*self._disks.pop(row)]
            for disk in disks:
                there.remove(disk)
            if there:
                self._disks[row] = tuple(there)

    def users(self, claim: ClaimKey) -> list[int]:
        """The rows of pods that name the claim."""
        return [row for owner, row in self._mounts.get(claim, ()) if not owner]

    def conflicting(self, disks: Sequence[Disk]) -> list[int]:
        """Rows on which one of the disks cannot be had."""
        return [row for row, there in self._disks.items()
                if any(disk.conflicts(each) for disk in disks for each in there)]  # fmt: skip

    def handles(self, uses: Iterable[Use]) -> dict[str, set[Handle]]:
        """By driver, what a pod that uses these claims needs on its node."""
        found: dict[str, set[Handle]] = {}
        for use in uses:
            handle = self._handle(self.claims.get(use.key), use.owner)
            if handle is not None:
                found.setdefault(handle.driver, set()).add(handle)
        return found

    def _handle(self, claim: Claim | None, owner: str) -> Handle | None:
        """Of a claim without a volume: one that its class's provisioner will make."""
        if claim is None or (owner and owner != claim.owner):
            return None
        volume = self.volumes.get(claim.volume)
        if volume is not None:
            return volume.handle
        made_by = self.classes.get(claim.storage_class)
        if made_by is None or not made_by.provisioner:
            return None
        return Handle(made_by.provisioner, f"to be made for {claim.namespace}/{claim.name}")

    # Plans

    def promise(self, volume: str, claim: Claim) -> None:
        """A plan binds the volume to the claim; nothing happens where that can be seen already."""
        known = self.volumes.get(volume)
        if known is None or known.claim != claim.reference:
            self._own()
            self.promises.give(volume, claim)

    def withdraw(self, volume: str, claim: Claim) -> None:
        self._own()
        self.promises.withdraw(volume, claim)

    def select(self, claim: Claim, node: str) -> None:
        """A plan has the claim's volume made for the node; nothing happens where that can be seen already."""
        known = self.claims.get(claim.key)
        if known is None or known.selected != node:
            self._own()
            self.promises.select(claim.key, node)

    def deselect(self, claim: Claim, node: str) -> None:
        self._own()
        self.promises.deselect(claim.key, node)

    def selected(self, claim: Claim) -> str:
        """The node that the claim's volume is to be made for, or ""."""
        return self.promises.nodes.get(claim.key, claim.selected)

    def reserved(self, claim: Claim) -> list[Volume]:
        """The volumes that are the claim's, or are to be."""
        names = {*self._reserved.get(claim.key, ()), *self.promises.of(claim)}
        found = [self.volumes[name] for name in names if name in self.volumes]
        return [each for each in found if each.claim is None or each.claim.means(claim)]

    # What is seen

    def set_claim(self, key: ClaimKey, claim: Claim | None) -> Happenings:
        old = self.claims.get(key)
        if old == claim:
            return _NOTHING
        self._recounted([key], [], lambda: _set(self.claims, key, claim))
        if old is not None:
            _drop(self._claims_of, old.volume, key)
        if claim is None or (old is not None and old.uid != claim.uid) or claim.selected or claim.bound:
            self.promises.drop_claim(key)
        if claim is None:
            return _NOTHING
        self._claims_of.setdefault(claim.volume, set()).add(key)
        return frozenset({Happening.VOLUMECLAIM_CHANGED})

    def set_volume(self, name: str, volume: Volume | None) -> Happenings:
        old = self.volumes.get(name)
        if old == volume:
            return _NOTHING
        self.volumes_seen += 1
        if (old is None, old and old.handle) == (volume is None, volume and volume.handle):
            _set(self.volumes, name, volume)
        else:
            self._recounted(self._claims_of.get(name, ()), self._attachments_of.get(name, ()),
                            lambda: _set(self.volumes, name, volume))  # fmt: skip
        if old is not None:
            del self.by_class[old.storage_class][name]
            if not self.by_class[old.storage_class]:
                del self.by_class[old.storage_class]
            if old.claim is not None:
                _drop(self._reserved, old.claim.key, name)
        if volume is None or volume.claim is not None:
            self.promises.drop_volume(name)
        if volume is None:
            return _NOTHING
        self.by_class.setdefault(volume.storage_class, {})[name] = volume
        if name not in self.numbers:
            self.numbers[name] = len(self.names)
            self.names.append(name)
        if volume.claim is not None:
            self._reserved.setdefault(volume.claim.key, set()).add(name)
        return frozenset({Happening.VOLUME_CHANGED})

    def set_class(self, name: str, new: Class | None) -> Happenings:
        if self.classes.get(name) == new:
            return _NOTHING
        concerned = [key for key in self._mounts if key in self.claims and self.claims[key].storage_class == name]
        self._recounted(concerned, [], lambda: _set(self.classes, name, new))
        return frozenset({Happening.STORAGECLASS_CHANGED} if new is not None else ())

    def set_limits(self, node: str, limits: Mapping[str, int] | None) -> Happenings:
        """None when the CSINode is gone."""
        if self._limits.get(node) == limits:
            return _NOTHING
        _set(self._limits, node, limits)
        if node in self.rows:
            self.attached.limit(self.rows[node], limits or {})
        return frozenset({Happening.ATTACH_LIMIT_CHANGED})

    def set_attachment(self, name: str, attachment: Attachment | None) -> Happenings:
        old = self._attachments.get(name)
        if old == attachment:
            return _NOTHING
        self._recounted([], [name], lambda: _set(self._attachments, name, attachment))
        if old is not None:
            _drop(self._attachments_of, old.volume, name)
            _drop(self._attachments_on, old.node, name)
        if attachment is not None:
            self._attachments_of.setdefault(attachment.volume, set()).add(name)
            self._attachments_on.setdefault(attachment.node, set()).add(name)
        return frozenset({Happening.VOLUME_DETACHED} if old is not None else ())

    def set_measured(self, driver: str, measured: bool) -> Happenings:
        """Whether the driver tells how much room is left."""
        if measured == (driver in self.measured):
            return _NOTHING
        (self.measured.add if measured else self.measured.discard)(driver)
        return frozenset({Happening.STORAGE_CAPACITY_CHANGED})

    def set_capacity(self, key: ClaimKey, capacity: Capacity | None) -> Happenings:
        if self.capacities.get(key) == capacity:
            return _NOTHING
        self.capacities_seen += 1
        _set(self.capacities, key, capacity)
        return frozenset({Happening.STORAGE_CAPACITY_CHANGED})

    def set_node(self, row: int, name: str) -> None:
        """A node is in the row, which is known or a new one."""
        if name not in self.rows:
            self.rows[name] = row
            self.attached.limit(row, self._limits.get(name, {}))
            self._count([], self._attachments_on.get(name, ()), self.attached.hang)

    def clear_node(self, row: int, name: str) -> None:
        self._count([], self._attachments_on.get(name, ()), self.attached.take)
        self.attached.limit(row, {})
        del self.rows[name]

    def _recounted(self, claims: Iterable[ClaimKey], attachments: Iterable[str], change: Callable[[], None]) -> None:
        """A change after which these may mean other volumes."""
        claims, attachments = [*claims], [*attachments]
        self._count(claims, attachments, self.attached.take)
        change()
        self._count(claims, attachments, self.attached.hang)

    def _count(
        self, claims: Iterable[ClaimKey], attachments: Iterable[str], how: Callable[[Handle, int], None]
    ) -> None:
        for key in claims:
            for owner, row in self._mounts.get(key, ()):
                handle = self._handle(self.claims.get(key), owner)
                if handle is not None:
                    how(handle, row)
        for name in attachments:
            attachment = self._attachments.get(name)
            if attachment is not None and attachment.node in self.rows:
                volume = self.volumes.get(attachment.volume)
                if attachment.driver and volume is not None and volume.handle is not None:
                    how(volume.handle._replace(driver=attachment.driver), self.rows[attachment.node])

    def contents(self, row: int) -> dict[str, Any]:
        """Of a row, free of numbers."""
        return {
            "claims": sorted((key, owner) for key, mounts in self._mounts.items() for owner, at in mounts if at == row),
            "disks": sorted(map(repr, self._disks.get(row, ()))),
            "attached": {driver: int(counts[row]) for driver, counts in self.attached.counts.items() if counts[row]},
            "limits": {driver: int(limits[row]) for driver, limits in self.attached.limits.items()
                       if limits[row] != UNLIMITED},
        }  # fmt: skip


def _set(table: dict[K, V], key: K, value: V | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _drop(table: dict[K, set[V]], key: K, value: V) -> None:
    table[key].discard(value)
    if not table[key]:
        del table[key]
