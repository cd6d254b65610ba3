"""How ownership moves: what a write takes from others, and what nobody may own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from services.objects.apply.fieldpath import fieldset
from services.objects.apply.fieldpath.fieldset import LEAF, FieldSet
from services.objects.apply.managers import Managed, Manager
from services.objects.apply.typed.comparing import Difference, compare
from services.objects.apply.typed.reconciling import reconciled
from services.objects.meta import Obj
from services.objects.schema.shapes import Shape

__all__ = ["View", "bare", "disowned", "everything", "owned_by_writer"]

# An object in another version, with its shape; None when that version is not served (any more).
Convert = Callable[[Obj, str], tuple[Obj, Shape] | None]


def _one_version(obj: Obj, api_version: str) -> None:
    return None


class View(NamedTuple):
    """The version in which a request sees an object, and the way to the others; `changing` types have not always been
    what they are."""

    api_version: str
    shape: Shape
    convert: Convert = _one_version
    changing: bool = False

    def current(self, managers: Mapping[Manager, Managed], live: Obj, applier: Manager | None = None,
                wanted: FieldSet | None = None) -> Mapping[Manager, Managed]:  # fmt: skip
        """The managers of `live`, in terms of the types of today; `wanted` is what an `applier` is about to own."""
        if not self.changing:
            return managers
        return {manager: self._current(managed, live, wanted if manager == applier else None)
                for manager, managed in managers.items()}  # fmt: skip

    def _current(self, managed: Managed, live: Obj, wanted: FieldSet | None) -> Managed:
        seen = (live, self.shape)
        if managed.api_version != self.api_version:
            converted = self.convert(live, managed.api_version)
            if converted is None:
                return managed
            seen = converted
        fields = reconciled(managed.fields, *seen, wanted)
        return managed if fields is managed.fields else managed._replace(fields=fields)


_META = ("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
         "resourceVersion")  # fmt: skip
# Fields that say what an object is and are nobody's.
_NEVER: FieldSet = {
    "f:apiVersion": LEAF, "f:kind": LEAF, "f:metadata": {".": LEAF, **{f"f:{field}": LEAF for field in _META}},
}  # fmt: skip


def owned_by_writer(fields: FieldSet) -> FieldSet:
    """Without what nobody may own."""
    return fieldset.difference(fields, _NEVER)


def bare(obj: Obj) -> Obj:
    """Without managedFields, sharing all else."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


def everything(obj: Obj, shape: Shape) -> FieldSet:
    """All the fields an object has that can be owned."""
    return owned_by_writer(compare({}, bare(obj), shape).changed)


def disowned(
    live: Obj, new: Obj, managers: Mapping[Manager, Managed], but: Manager | None, view: View, changes: Difference
) -> tuple[dict[Manager, Managed], dict[Manager, FieldSet]]:
    """The managers after somebody (`but`) made `new` of `live`, and what of each was changed under it.

    Nobody keeps what was changed by another, or is gone. `changes` are those in the view's version.
    """
    versions: dict[str, Difference | None] = {view.api_version: changes}
    result: dict[Manager, Managed] = {}
    conflicts: dict[Manager, FieldSet] = {}
    for manager, managed in managers.items():
        if manager == but:
            result[manager] = managed
            continue
        if managed.api_version not in versions:
            versions[managed.api_version] = _changes_at(managed.api_version, live, new, view)
        difference = versions[managed.api_version]
        if difference is None:
            continue
        if not difference:
            result[manager] = managed
            continue
        conflict = fieldset.intersection(managed.fields, difference.changed)
        if conflict:
            conflicts[manager] = conflict
        rest = fieldset.difference(fieldset.difference(managed.fields, conflict), difference.removed)
        if rest:
            result[manager] = managed._replace(fields=rest)
    return result, conflicts


def _changes_at(api_version: str, live: Obj, new: Obj, view: View) -> Difference | None:
    before, after = view.convert(live, api_version), view.convert(new, api_version)
    if before is None or after is None:
        return None
    return compare(before[0], after[0], before[1])
