"""Server-side apply: a manager says what it wants of an object, and owns that.

The configuration is laid over the object; what the manager applied before and leaves out now goes, unless somebody else
owns it; what would change under another manager is a conflict, unless forced. All of it is decided here, from values to
a value. The result is still to be typed, defaulted and validated like any update.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.objects.apply.clientside import (
    KUBECTL,
    LastApplied,
    agreed,
    annotated,
    annotation_of,
    first_managers,
    is_annotated,
)
from services.objects.apply.conflicts import conflict_error
from services.objects.apply.fieldpath import fieldset
from services.objects.apply.fieldpath.fieldset import FieldSet
from services.objects.apply.managers import Managed, Manager
from services.objects.apply.ownership import View, bare, disowned, owned_by_writer
from services.objects.apply.typed.comparing import compare
from services.objects.apply.typed.merging import merge
from services.objects.apply.typed.owning import Errors, owned
from services.objects.apply.typed.pruning import prune
from services.objects.errors import BadRequest
from services.objects.meta import Obj
from services.objects.nesting import is_too_deep

__all__ = ["Applied", "IncompatibleConfiguration", "Plan", "conclude", "plan"]


class IncompatibleConfiguration(Exception):
    """A configuration that is not of the object's type, in Kubernetes' words."""


class Applied(NamedTuple):
    """`obj` has no managedFields; `managers` are those after the apply, with the times they had."""

    obj: Obj
    managers: dict[Manager, Managed]


class Plan(NamedTuple):
    """What a configuration makes of an object: `obj` is still to be typed and defaulted, which may be done in place.

    `managers` are those of the object with the applier's new fields, `wanted`; `annotation` is what kubectl's
    annotation is to say, if the object has it.
    """

    obj: Obj
    managers: Mapping[Manager, Managed]
    manager: Manager
    wanted: FieldSet
    view: View
    last: LastApplied | None
    annotation: str


def plan(
    live: Obj, config: Obj, managers: Mapping[Manager, Managed], manager: Manager, view: View, *,
    ignored: FieldSet = fieldset.LEAF, last: LastApplied | None = None,
) -> Plan:
    """`config` laid over `live` (an object without content when it is to be created).

    `ignored` are fields that this door to the object does not lead to; `last` is what kubectl applied from its side.
    Raises IncompatibleConfiguration, and BadRequest for what is nested too deeply.
    """
    if is_too_deep(config) or is_too_deep(live):
        raise BadRequest("error decoding YAML: nested too deeply")
    live = bare(live)
    wanted, errors = owned(config, view.shape)
    if errors:
        raise IncompatibleConfiguration(shown(errors))
    if not managers and live.get("metadata", {}).get("uid"):
        managers = first_managers(live, last, view.api_version, view.shape)
    managers = view.current(managers, live, manager, wanted)
    if ignored:
        wanted, config = fieldset.without(wanted, ignored), _leaving_out(config, ignored)
    before = managers.get(manager)
    after = {**managers, manager: Managed(wanted, view.api_version, before.time if before else "")}
    merged = merge(live, config, view.shape)
    if before is not None:
        merged = _pruned(merged, before, after, view)
    annotation = annotation_of(config) if manager.name == KUBECTL and is_annotated(merged) else ""
    return Plan(merged, after, manager, wanted, view, last, annotation)


def conclude(planned: Plan, live: Obj, obj: Obj, *, force: bool = False) -> Applied:
    """Who owns what once `live` has become `obj`: the plan's object, typed and defaulted.

    Kubernetes looks for conflicts before that, and finds some where nothing changes: a cpu of 1000m that is kept as 1,
    a list that is owned whole and whose items have defaults. Raises Conflict for what others own, unless `force`.
    """
    manager, view, live = planned.manager, planned.view, bare(live)
    obj = bare(obj)
    changes = compare(live, obj, view.shape)
    result, conflicts = disowned(live, obj, planned.managers, manager, view, changes)
    if conflicts and not force:
        conflicts = _in_earnest(conflicts, manager, planned.last, live, view)
        if conflicts:
            raise conflict_error(conflicts)
    mine = owned_by_writer(planned.wanted)
    if mine:
        result[manager] = result[manager]._replace(fields=mine)
    else:
        del result[manager]
    return Applied(annotated(obj, planned.annotation) if planned.annotation else obj, result)


def _in_earnest(conflicts: Mapping[Manager, FieldSet], manager: Manager, last: LastApplied | None, live: Obj,
                view: View) -> dict[Manager, FieldSet]:  # fmt: skip
    """Without those with itself: kubectl may change what it applied from its side."""
    if manager.name != KUBECTL or last is None:
        return dict(conflicts)
    allowed = agreed(last.applied, live, view.shape)
    rest = {owner: fieldset.difference(fields, allowed) for owner, fields in conflicts.items()}
    return {owner: fields for owner, fields in rest.items() if fields}


def _pruned(merged: Obj, before: Managed, managers: Mapping[Manager, Managed], view: View) -> Obj:
    """Without what the manager applied before, in the version in which it did, and nobody owns now in any version."""
    owned_at: dict[str, FieldSet] = {}
    for managed in managers.values():
        owned_at[managed.api_version] = fieldset.union(owned_at.get(managed.api_version, {}), managed.fields)
    here = before.api_version
    start = (merged, view.shape) if here == view.api_version else view.convert(merged, here)
    if start is None:
        return merged
    whole, shape = start
    left = prune(whole, before.fields, owned_at.pop(here, {}), shape)
    if left is whole:
        return merged
    for version, fields in owned_at.items():
        left = _kept_for(version, fields, whole, left, view)
    back = (left, shape) if here == view.api_version else view.convert(left, view.api_version)
    return merged if back is None else back[0]


def _kept_for(version: str, fields: FieldSet, whole: Obj, left: Obj, view: View) -> Obj:
    """`left`, with what of `whole` is owned in another version put back."""
    then, now = view.convert(whole, version), view.convert(left, version)
    if then is None or now is None:
        return left
    obj, shape = then
    kept = prune(obj, compare(obj, now[0], shape).removed, fields, shape)
    if kept == now[0]:
        return left
    back = view.convert(kept, left["apiVersion"])
    return left if back is None else back[0]


def _leaving_out(config: Obj, ignored: FieldSet) -> Obj:
    """Without the fields that are ignored, which are fields of structs."""
    result = dict(config)
    for element, node in ignored.items():
        key = element[2:]
        if key not in result:
            continue
        if not node:
            del result[key]
        elif isinstance(result[key], dict):
            result[key] = _leaving_out(result[key], node)
    return result


def shown(errors: Errors) -> str:
    lines = [f"{path}: {message}" if path else message for path, message in errors]
    return lines[0] if len(lines) == 1 else "errors:" + "".join(f"\n  {line}" for line in lines)
