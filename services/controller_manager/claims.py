"""Whose is it: adoption and release of objects by selector and controller reference.

An object belongs to the controller that its `controller: true` owner reference names. One without such a reference is
adopted by whoever selects it; one that its controller selects no longer is released, and may be adopted by another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.controller_manager.plans import Update, with_metadata
from services.objects.kinds import Kind
from services.objects.meta import Obj, is_deleting, labels_of, uid_of
from services.objects.ownership import controller_of, owner_reference, with_owner, without_owner
from services.objects.selectors import LabelSelector


class Claims(NamedTuple):
    """`owned` objects are the owner's already; `changes` adopt and release, and show in the next view."""

    owned: list[Obj]
    changes: list[Update]


def claim(owner: Obj, owner_kind: Kind, selector: LabelSelector, objects: Iterable[Obj], kind: Kind) -> Claims:
    """Sorts out which of `objects` (of `kind`, in the owner's namespace) are the owner's.

    An owner that is being deleted adopts and releases nothing; it still knows its own.
    """
    owned: list[Obj] = []
    changes: list[Update] = []
    for obj in objects:
        controller = controller_of(obj)
        selected = selector.matches(labels_of(obj))
        if controller is not None:
            if controller.get("uid") != uid_of(owner):
                continue
            if selected:
                owned.append(obj)
            elif not is_deleting(owner):
                changes.append(Update(kind, _owned_by(obj, without_owner(obj, uid_of(owner)))))
        elif selected and not is_deleting(owner) and not is_deleting(obj):
            reference = owner_reference(owner, owner_kind)
            changes.append(Update(kind, _owned_by(obj, with_owner(obj, reference))))
    return Claims(owned, changes)


def _owned_by(obj: Obj, references: list[Obj]) -> Obj:
    return with_metadata(obj, ownerReferences=references or None)
