"""pods/NAME/eviction: a deletion that asks first. There are no PodDisruptionBudgets yet, so the answer is yes."""

from __future__ import annotations

from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.decoding import decode_subresource
from services.apiserver.handlers.deleting import delete
from services.apiserver.request import Caller, DeleteOptions, Target, WriteOptions
from services.objects.errors import BadRequest
from services.objects.meta import Obj

SUCCESS = b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}'


async def evict(core: Core, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
    warnings = decode_subresource(core.schema, target, body, options)
    pod = Target(target.kind, target.namespace, target.name)
    await delete(core, caller, pod, delete_options(body.get("deleteOptions") or {}), options)
    return Answer(201, SUCCESS, warnings)


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
