"""What updates own, once an object is tracked: whoever changes a field has it from then on.

Tracking starts with an object's first apply. Before that nothing is kept, and nothing here is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.objects import times
from services.objects.apply.fieldpath import fieldset
from services.objects.apply.managers import InvalidManagedFields, Managed, Manager, capped, decoded, is_reset, received
from services.objects.apply.ownership import View, bare, disowned, owned_by_writer
from services.objects.apply.typed.comparing import compare
from services.objects.meta import Obj
from services.objects.nesting import is_too_deep

__all__ = ["known_managers", "updated"]


def known_managers(live: Any, sent: Any) -> dict[Manager, Managed]:
    """The managers from which an update goes on: those that the request sends, if it sends some that make sense, else
    those of the object (both are the managedFields). `[{}]` forgets them all."""
    if sent is not live and sent and sent != live:
        if is_reset(sent):
            return {}
        try:
            managers = received(sent)
        except InvalidManagedFields:
            managers = {}
        if managers:
            return managers
    try:
        return decoded(live)
    except InvalidManagedFields:
        return {}


def updated(live: Obj, new: Obj, managers: Mapping[Manager, Managed], manager: Manager, view: View, now: datetime
            ) -> Mapping[Manager, Managed]:  # fmt: skip
    """The managers after an update from `live` to `new`: the very same when nothing that is owned was touched.

    Nobody is left when the objects are too deep to be followed: what cannot be tracked is not half tracked.
    """
    if is_too_deep(new) or is_too_deep(live):
        return {}
    live, new = bare(live), bare(new)
    changes = compare(live, new, view.shape)
    if not changes:
        return managers
    result, _ = disowned(live, new, view.current(managers, live), None, view, changes)
    mine = owned_by_writer(changes.changed)
    if mine:
        before = result.get(manager)
        fields = fieldset.union(before.fields, mine) if before else mine
        result[manager] = Managed(fields, view.api_version, times.rfc3339(now))
    return managers if result == managers else capped(result)
