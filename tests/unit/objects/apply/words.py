"""What tests of applying say often."""

from __future__ import annotations

from collections.abc import Mapping

from services.objects.apply import Applied, FieldSet, LastApplied, Managed, Manager, View, conclude, plan
from services.objects.apply.fieldpath.fieldset import LEAF
from services.objects.meta import Obj


def apply(
    live: Obj, config: Obj, managers: Mapping[Manager, Managed], manager: Manager, view: View, *, force: bool = False,
    ignored: FieldSet = LEAF, last: LastApplied | None = None,
) -> Applied:
    """Both halves at once, where nothing is to be typed and defaulted between them."""
    planned = plan(live, config, managers, manager, view, ignored=ignored, last=last)
    return conclude(planned, live, planned.obj, force=force)
