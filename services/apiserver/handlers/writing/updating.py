"""Replacing objects: what an update may touch, and what it leaves alone whatever the body says.

The main resource ignores status; the status subresource ignores everything but status, annotations and, where
Kubernetes does, labels; other subresources take of a body what their kind declares. All keep what identifies the object
and what records its deletion.
"""

from __future__ import annotations

from collections.abc import Callable

from services.apiserver.admission.chain import Request
from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.writing import tracking
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.handlers.writing.creating import create
from services.apiserver.handlers.writing.decoding import decode, named
from services.apiserver.handlers.writing.judging import judged
from services.apiserver.request import Caller, Target, WriteOptions
from services.apiserver.resources.hooks import NOTHING
from services.objects import generation
from services.objects.apply import Applied, Manager
from services.objects.errors import BadRequest, Cause, Conflict, Invalid, NotFound
from services.objects.meta import Obj

_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields")


async def update(core: Core, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
    """PUT on an object, its status, or a namespace's finalize."""
    warnings = decode(core.schema, target, body, options)
    named(target, body["metadata"])

    news: list[str] = []

    async def transform(old: Obj, copy: Obj) -> Wanted:
        # The body is the same for every attempt: what is changed is a copy of its upper levels.
        new = {**body, "metadata": dict(body["metadata"])}
        news[:] = new_warnings(target, new, old)
        return await settle(core, caller, target, new, old, options)

    try:
        changed = await change(core, target, transform, fence=options.fence, dry_run=options.dry_run)
    except NotFound:
        if not target.kind.create_on_update or target.subresource or body["metadata"].get("resourceVersion"):
            raise
        return await create(core, caller, target, body, options)
    return Answer(200, changed.json, warnings + news)


def new_warnings(target: Target, new: Obj, old: Obj) -> list[str]:
    """What the change brings; what was warned of before is known."""
    if target.subresource:
        return []
    found = target.kind.warnings(new)
    if not found:
        return []
    known = set(target.kind.warnings(old))
    return [warning for warning in found if warning not in known]


async def settle(core: Core, caller: Caller, target: Target, new: Obj, old: Obj, options: WriteOptions,
                 applied: tuple[Applied, Manager] | None = None, door: str = "") -> Wanted:  # fmt: skip
    """What becomes of `old` when a user wants `new` (typed and defaulted): the rules of every update and patch.

    `applied` is what an apply came to, and whose it is; `door` is the subresource through which a user came who changes
    the object itself. `new` is changed in place at its upper levels. Raises Conflict, Invalid, Forbidden."""
    kind = target.kind
    sent = None if target.subresource or door else new["metadata"].get("managedFields")
    _check_preconditions(target, new, old)
    if target.subresource == "status":
        new = _status_only(target, new, old)
    elif take := _taken_by(target):
        new = take(new, old)
    elif kind.custom is None or kind.subresource("status") is not None:
        _without_status(new, old)
    _keep(new, old)
    if not target.subresource:
        kind.prepare_update(new, old)
    if applied is None and (sent or "managedFields" in old["metadata"]):
        tracking.track(core, target, door or target.subresource, new, old, sent, options)
    await core.admission.admit(Request("update", caller, target, new, old, options.dry_run))
    claim = NOTHING if target.subresource else await core.hooks.updating(kind, new, old, options.dry_run)
    try:
        if kind.has_generation and target.subresource != "status":
            new["metadata"]["generation"] = generation.next_generation(new, old, _status_counts(target))
        causes = await judged(kind, lambda: _causes(target, new, old))
        if causes:
            raise Invalid(kind.group, kind.kind, target.name, causes)
        if applied is not None:
            tracking.track_apply(core, new, old, *applied)
    except BaseException:
        await claim.undo()
        raise
    return Wanted(new, removable(target, new, old), claim.undo, claim.done)


def _taken_by(target: Target) -> Callable[[Obj, Obj], Obj] | None:
    """How the subresource makes the new object of a body and the old object; None for the object itself."""
    subresource = target.kind.subresource(target.subresource)
    return None if subresource is None else subresource.take


def removable(target: Target, new: Obj, old: Obj) -> bool:
    """Whether the last thing that held a deleted object is gone with this change."""
    metadata = new["metadata"]
    if not metadata.get("deletionTimestamp") or metadata.get("finalizers"):
        return False
    if target.kind.kind == "Namespace" and (new.get("spec") or {}).get("finalizers"):
        return False
    held = bool(old["metadata"].get("finalizers")) or bool((old.get("spec") or {}).get("finalizers"))
    return held and not metadata.get("deletionGracePeriodSeconds")


def _check_preconditions(target: Target, new: Obj, old: Obj) -> None:
    kind, metadata, current = target.kind, new["metadata"], old["metadata"]
    uid = metadata.get("uid")
    if uid and uid != current["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {current['uid']}"
        raise Conflict.object(kind.group, kind.plural, target.name, why)
    version = metadata.get("resourceVersion")
    if not version:
        if not kind.unconditional_update and not target.subresource:
            raise Invalid(kind.group, kind.kind, target.name,
                          [Cause("FieldValueInvalid", "Invalid value: 0: must be specified for an update",
                                 "metadata.resourceVersion")])  # fmt: skip
    elif version != current["resourceVersion"]:
        if not str(version).isdecimal():
            raise BadRequest(f'Invalid value: "{version}": resourceVersion must be an unsigned integer')
        raise Conflict.object(kind.group, kind.plural, target.name)
    metadata["resourceVersion"] = current["resourceVersion"]


def _status_only(target: Target, new: Obj, old: Obj) -> Obj:
    metadata = dict(old["metadata"])
    for field in target.kind.status_metadata:
        if field in new["metadata"]:
            metadata[field] = new["metadata"][field]
        else:
            metadata.pop(field, None)
    result = {**old, "metadata": metadata}
    if "status" in new:
        result["status"] = new["status"]
    else:
        result.pop("status", None)
    return result


def _status_counts(target: Target) -> bool:
    """Whether status is a field like any other: that of a custom resource without the subresource."""
    return target.kind.custom is not None and target.kind.subresource("status") is None


def _without_status(new: Obj, old: Obj) -> None:
    if "status" in old:
        new["status"] = old["status"]
    else:
        new.pop("status", None)


def _keep(new: Obj, old: Obj) -> None:
    metadata, current = new["metadata"], old["metadata"]
    metadata.pop("selfLink", None)
    for field in _KEPT:
        if field in current:
            metadata[field] = current[field]
        else:
            metadata.pop(field, None)
    if "generateName" in current:
        metadata.setdefault("generateName", current["generateName"])


def _causes(target: Target, new: Obj, old: Obj) -> list[Cause]:
    kind = target.kind
    causes = _finalizer_causes(new, old)
    if target.subresource == "status":
        return causes + kind.validate_status(new, old)
    subresource = kind.subresource(target.subresource)
    if subresource is not None and subresource.validate is not None:
        return causes + subresource.validate(new, old)
    return causes + kind.validate(new) + kind.validate_update(new, old)


def _finalizer_causes(new: Obj, old: Obj) -> list[Cause]:
    if not old["metadata"].get("deletionTimestamp"):
        return []
    added = [name for name in new["metadata"].get("finalizers") or ()
             if name not in (old["metadata"].get("finalizers") or ())]  # fmt: skip
    if not added:
        return []
    shown = ", ".join(f'"{name}"' for name in sorted(added))
    return [Cause("FieldValueForbidden", "Forbidden: no new finalizers can be added if the object is being deleted, "
                  f"found new finalizers []string{{{shown}}}", "metadata.finalizers")]  # fmt: skip
