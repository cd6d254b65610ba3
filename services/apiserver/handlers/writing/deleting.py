"""Deleting: at once, gracefully, or when the last finalizer is gone.

https://kubernetes.io/docs/concepts/architecture/garbage-collection/
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

from datetime import timedelta

import orjson

from services.apiserver.admission.chain import Request
from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.request import Caller, DeleteOptions, Target, WriteOptions
from services.objects import times
from services.objects.errors import BadRequest, Cause, Conflict, Invalid
from services.objects.meta import Obj

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
DEFAULT_GRACE = 30

# Kinds whose deletion answers with the object; all others answer with a Status.
_ANSWERED_WITH_OBJECT = frozenset({"Pod", "Service", "ServiceAccount"})


async def delete(core: Core, caller: Caller, target: Target, body: DeleteOptions, options: WriteOptions) -> Answer:
    check_options(body)

    async def transform(old: Obj, copy: Obj) -> Wanted:
        check_preconditions(target, body, old)
        await core.admission.admit(Request("delete", caller, target, None, old, options.dry_run))
        return deleted(core, target, body, copy)

    changed = await change(core, target, transform, fence=options.fence, dry_run=options.dry_run)
    if changed.removed:
        if target.kind.kind not in _ANSWERED_WITH_OBJECT:
            return Answer(200, orjson.dumps(_success(target, changed.obj)), [])
        return Answer(200, changed.json, [])
    return Answer(202 if body.orphan_dependents is False else 200, changed.json, [])


def delete_options(body: Obj) -> DeleteOptions:
    """From the JSON of a meta/v1 DeleteOptions. Raises BadRequest."""
    if not isinstance(body, dict):
        raise BadRequest("the object provided is not a DeleteOptions")
    if (body.get("kind") or "DeleteOptions") not in ("DeleteOptions",):
        raise BadRequest(f'no kind "{body["kind"]}" is registered for a deletion: a DeleteOptions is expected')
    grace, orphan = body.get("gracePeriodSeconds"), body.get("orphanDependents")
    preconditions = body.get("preconditions") or {}
    if not isinstance(grace, int | None) or isinstance(grace, bool) or not isinstance(orphan, bool | None):
        raise BadRequest("gracePeriodSeconds must be an integer and orphanDependents a boolean")
    if not isinstance(preconditions, dict):
        raise BadRequest("preconditions must be an object")
    return DeleteOptions(grace, body.get("propagationPolicy") or "", preconditions.get("uid") or "",
                         preconditions.get("resourceVersion") or "", orphan)  # fmt: skip


def check_options(body: DeleteOptions) -> None:
    if body.propagation and body.orphan_dependents is not None:
        raise _invalid("propagationPolicy", body.propagation,
                       "orphanDependents and deletionPropagation cannot be both set")  # fmt: skip
    if body.propagation not in ("", "Background", "Foreground", "Orphan"):
        cause = Cause("FieldValueNotSupported", f'Unsupported value: "{body.propagation}": supported values: '
                      '"Foreground", "Background", "Orphan", "nil"', "propagationPolicy")  # fmt: skip
        raise Invalid("", "DeleteOptions", "", [cause])


def _invalid(field: str, value: str, why: str) -> Invalid:
    return Invalid("", "DeleteOptions", "", [Cause("FieldValueInvalid", f'Invalid value: "{value}": {why}', field)])


def check_preconditions(target: Target, body: DeleteOptions, old: Obj) -> None:
    kind, metadata = target.kind, old["metadata"]
    for name, wanted, found in (
        ("UID", body.uid, metadata["uid"]),
        ("ResourceVersion", body.resource_version, metadata["resourceVersion"]),
    ):
        if wanted and wanted != found:
            raise Conflict.object(kind.group, kind.plural, target.name, "Precondition failed: "
                                  f"{name} in precondition: {wanted}, {name} in object meta: {found}")  # fmt: skip


def deleted(core: Core, target: Target, body: DeleteOptions, obj: Obj) -> Wanted:
    """What a deletion makes of `obj`, a private copy."""
    metadata = obj["metadata"]
    if target.kind.begin_deletion is not None and not metadata.get("deletionTimestamp"):
        target.kind.begin_deletion(obj, core.now())
    before = metadata.get("finalizers") or []
    finalizers = _finalizers(body, before, orphans=target.kind.orphans)
    if finalizers != before:
        metadata["finalizers"] = finalizers
        if not finalizers:
            del metadata["finalizers"]
    namespace = target.kind.kind == "Namespace"
    held = bool(finalizers) or (namespace and bool((obj.get("spec") or {}).get("finalizers")))
    grace = _grace(target, body, obj)
    began = metadata.get("deletionTimestamp")
    if began is None:
        metadata["deletionTimestamp"] = times.rfc3339(core.now() + timedelta(seconds=grace))
        metadata["deletionGracePeriodSeconds"] = grace
        if target.kind.has_generation and isinstance(metadata.get("generation"), int):
            metadata["generation"] += 1
    elif grace < (metadata.get("deletionGracePeriodSeconds") or 0):
        # It can only shrink, and counts from when the deletion began.
        start = times.parse(began) - timedelta(seconds=metadata["deletionGracePeriodSeconds"])
        metadata["deletionTimestamp"] = times.rfc3339(start + timedelta(seconds=grace))
        metadata["deletionGracePeriodSeconds"] = grace
    if namespace:
        obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    return Wanted(obj, remove=not held and grace == 0)


def ends_at_once(target: Target, body: DeleteOptions, obj: Obj) -> bool:
    """Whether a deletion gives the object no time to end, nor anybody else to finalize it."""
    return not obj["metadata"].get("finalizers") and _grace(target, body, obj) == 0


def _finalizers(body: DeleteOptions, before: list[str], *, orphans: bool) -> list[str]:
    """The garbage collector's finalizers as the options ask for them; nothing asked keeps what is there, and of some
    kinds (`orphans`) means the first of them."""
    propagation = body.propagation
    if body.orphan_dependents is not None:
        propagation = "Orphan" if body.orphan_dependents else "Background"
    if not propagation:
        return [*before, ORPHAN] if orphans and ORPHAN not in before and FOREGROUND not in before else before
    wanted = {"Orphan": [ORPHAN], "Foreground": [FOREGROUND]}.get(propagation, [])
    if [name for name in before if name in (ORPHAN, FOREGROUND)] == wanted:
        return before
    return [name for name in before if name not in (ORPHAN, FOREGROUND)] + wanted


def _grace(target: Target, body: DeleteOptions, obj: Obj) -> int:
    """Seconds; 0 is at once. Only kinds somebody has to stop have any."""
    if not target.kind.graceful:
        return 0
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    grace = body.grace_period
    if grace is None:
        grace = spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE)
        assert isinstance(grace, int)
    if grace < 0:
        grace = 1
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    if obj["metadata"].get("deletionTimestamp"):
        return min(grace, obj["metadata"].get("deletionGracePeriodSeconds") or 0)
    return grace


def _success(target: Target, obj: Obj) -> Obj:
    details = {"name": target.name, "group": target.kind.group, "kind": target.kind.plural,
               "uid": obj["metadata"].get("uid", "")}  # fmt: skip
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {key: value for key, value in details.items() if value}}  # fmt: skip
