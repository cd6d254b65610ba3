"""Who owns what: metadata.managedFields around the writes of objects.

An object that nobody has applied has no managers, and then nothing here is called. The rules are those of
`services.objects.apply`; here is what they must know of a request: the door it came through, and the other versions.
"""

from __future__ import annotations

import orjson

from services.apiserver.handlers.core import Core
from services.apiserver.request import Target, WriteOptions
from services.objects import apply
from services.objects.apply import Applied, FieldSet, Manager, View
from services.objects.equality import identical
from services.objects.kinds import KINDS
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.objects.schema.shapes import Shape

_STATUS: FieldSet = {"f:status": {}}


def view(core: Core, kind: Kind) -> View:
    """How a kind's objects look in its version, and in the others that are kept in the same place."""

    def convert(obj: Obj, api_version: str) -> tuple[Obj, Shape] | None:
        source, goal = KINDS.by_type(obj["apiVersion"], kind.kind), KINDS.by_type(api_version, kind.kind)
        if source is None or goal is None or source.storage is not goal.storage:
            return None
        if source is not goal:
            # Of a copy: conversions change what they are given.
            obj = goal.from_stored(source.to_stored(orjson.loads(orjson.dumps(obj))))
        return obj, core.schema.shape(goal)

    return View(kind.api_version, core.schema.shape(kind), convert, kind.custom is not None)


def unreachable(target: Target, config: Obj) -> FieldSet:
    """The fields of a configuration to which this door does not lead."""
    kind = target.kind
    if target.subresource == "status":
        ignored: FieldSet = {f"f:{field}": {} for field in config
                             if field not in ("apiVersion", "kind", "metadata", "status")}  # fmt: skip
        metadata: FieldSet = {f"f:{field}": {} for field in ("annotations", "labels", "finalizers", "ownerReferences")
                              if field not in kind.status_metadata}  # fmt: skip
        return {**ignored, "f:metadata": metadata}
    has_door = kind.custom is None or kind.subresource("status") is not None
    return _STATUS if has_door and "status" in config else {}


def track(core: Core, target: Target, door: str, new: Obj, old: Obj, sent: object, options: WriteOptions) -> None:
    """Sets, in place, the managers of `new`, which somebody made of `old` through the subresource `door`; `sent` are
    the managedFields of the request."""
    live = old["metadata"].get("managedFields")
    managers = apply.known_managers(live, sent)
    manager = _updater(target.kind, door, options)
    after = apply.updated(old, new, managers, manager, view(core, target.kind), core.now()) if managers else {}
    if after is managers and (sent is None or sent == live):
        return
    _set(new, apply.encoded(after))


def track_creation(core: Core, target: Target, new: Obj, options: WriteOptions) -> None:
    """An object that comes with managers, from a backup for instance, is tracked from the start."""
    managers = apply.known_managers(None, new["metadata"].get("managedFields"))
    after = apply.updated({}, new, managers, _updater(target.kind, "", options), view(core, target.kind), core.now())
    _set(new, apply.encoded(after) if managers else [])


def track_apply(core: Core, new: Obj, old: Obj, applied: Applied, manager: Manager) -> None:
    """Sets, in place, the managers of `new`, which `applied` came to; `old` is without content if there was none."""
    live = old.get("metadata", {}).get("managedFields")
    managers = applied.managers
    before = apply.decoded(live)
    known = managers.get(manager)
    if known is not None and (not known.time or _differ(new, old)):
        managers = apply.stamped(managers, manager, core.now())
    if managers == before:
        _set(new, live or [])
    else:
        _set(new, apply.encoded(managers))


def _differ(new: Obj, old: Obj) -> bool:
    def rest(obj: Obj) -> Obj:
        metadata = {key: value for key, value in obj.get("metadata", {}).items() if key != "managedFields"}
        return {**obj, "metadata": metadata}

    return not identical(rest(new), rest(old))


def _set(obj: Obj, entries: list[Obj]) -> None:
    if entries:
        obj["metadata"]["managedFields"] = entries
    else:
        obj["metadata"].pop("managedFields", None)


def _updater(kind: Kind, door: str, options: WriteOptions) -> Manager:
    name = apply.manager_name(options.field_manager, options.agent)
    return apply.updater(name, kind.api_version, door)
