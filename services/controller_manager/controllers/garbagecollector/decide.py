"""Objects whose owners are gone go too; owners wait for, or let go of, what they own, as the deletion asked.

The apiserver writes the wish into finalizers: `orphan` (dependents lose their reference, then the owner goes),
`foregroundDeletion` (dependents that block go first), none (background: the owner goes at once, dependents follow).
One decision is about one object, in both roles: as somebody's dependent and as somebody's owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from services.controller_manager.plans import NOTHING, Delete, Patch, Plan
from services.objects.kinds import Kind
from services.objects.meta import Obj, is_deleting, name_of, namespace_of, uid_of
from services.objects.ownership import owners_of, without_owner

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"


class Owner(Enum):
    SOLID = "solid"  # there, or of a kind or scope we cannot judge
    DANGLING = "dangling"  # gone for certain
    WAITING = "waiting"  # being deleted in the foreground: it waits for its dependents


@dataclass(frozen=True, slots=True)
class Observed:
    """`owners`: the state of each owner by uid. `dependents`: everything that names this object as an owner."""

    kind: Kind
    obj: Obj
    owners: Mapping[str, Owner]
    dependents: Sequence[tuple[Kind, Obj]]


def decide(observed: Observed, now: datetime) -> Plan:
    obj = observed.obj
    if not is_deleting(obj):
        return _as_dependent(observed)
    finalizers = obj["metadata"].get("finalizers") or []
    if ORPHAN in finalizers:
        released = [_changed(kind, each, ownerReferences=without_owner(each, uid_of(obj)) or None)
                    for kind, each in observed.dependents]  # fmt: skip
        return Plan(released) if released else _without_finalizer(observed, ORPHAN)
    if FOREGROUND in finalizers and not any(_blocks(each, obj) for _, each in observed.dependents):
        return _without_finalizer(observed, FOREGROUND)
    return NOTHING


def _as_dependent(observed: Observed) -> Plan:
    obj, owners = observed.obj, owners_of(observed.obj)
    states = {owner["uid"]: observed.owners.get(owner["uid"], Owner.SOLID) for owner in owners}
    if not owners or all(state is Owner.SOLID for state in states.values()):
        return NOTHING
    if Owner.SOLID in states.values():
        kept = [owner for owner in owners if states[owner["uid"]] is Owner.SOLID]
        return Plan([_changed(observed.kind, obj, ownerReferences=kept)])
    if Owner.WAITING in states.values() and observed.dependents:
        if any(_collects(each) for _, each in observed.dependents):
            # A circle of owners that wait for each other: this object stops blocking before it goes.
            freed = [{**owner, "blockOwnerDeletion": False} for owner in owners]
            if freed != owners:
                return Plan([_changed(observed.kind, obj, ownerReferences=freed)])
        return Plan([_deletion(observed, "Foreground")])
    finalizers = obj["metadata"].get("finalizers") or []
    policy = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
    return Plan([_deletion(observed, policy)])


def _deletion(observed: Observed, propagation: str) -> Delete:
    """Only of the object as seen: somebody may have given it another owner since."""
    obj = observed.obj
    version: str = obj["metadata"].get("resourceVersion", "")
    return Delete(observed.kind, namespace_of(obj), name_of(obj), uid_of(obj), version, propagation)


def _changed(kind: Kind, obj: Obj, **metadata: list[Any] | None) -> Patch:
    """A patch, since of some objects we have nothing but the metadata; conditional all the same."""
    known = {"uid": uid_of(obj), "resourceVersion": obj["metadata"].get("resourceVersion")}
    return Patch(kind, namespace_of(obj), name_of(obj), {"metadata": {**known, **metadata}})


def _collects(obj: Obj) -> bool:
    return is_deleting(obj) and FOREGROUND in (obj["metadata"].get("finalizers") or ())


def _blocks(dependent: Obj, owner: Obj) -> bool:
    return any(each.get("uid") == uid_of(owner) and each.get("blockOwnerDeletion") for each in owners_of(dependent))


def _without_finalizer(observed: Observed, finalizer: str) -> Plan:
    left = [each for each in observed.obj["metadata"]["finalizers"] if each != finalizer]
    return Plan([_changed(observed.kind, observed.obj, finalizers=left or None)])
