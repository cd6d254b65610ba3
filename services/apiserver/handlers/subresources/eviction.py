"""pods/NAME/eviction: a deletion that asks the pod's disruption budget first.

The budget is charged before the pod goes: should the deletion fail, the budget's controller finds out and gives back.
"""

from __future__ import annotations

from dataclasses import replace

from services.apiserver.handlers.core import SUCCESS, Answer, Core, not_found
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.handlers.writing.decoding import decode_subresource
from services.apiserver.handlers.writing.deleting import delete, delete_options
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import conditions
from services.objects.errors import InternalError
from services.objects.kinds import PODDISRUPTIONBUDGET
from services.objects.kinds.policy.eviction import EVICTION_TARGET, charged, covers, is_free, needs_no_budget
from services.objects.meta import Obj, name_of, uid_of


async def evict(core: Core, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
    """Raises NotFound, TooManyRequests (not now), Forbidden, InternalError (several budgets)."""
    warnings = decode_subresource(core.schema, target, body, options)
    deletion = delete_options(body.get("deleteOptions") or {})
    place = Target(target.kind, target.namespace, target.name)
    base = await core.live(place)
    if base is None:
        raise not_found(place)
    pod = base.object()
    if not needs_no_budget(pod):
        await _charge(core, place, pod, options)
        await _mark(core, place, pod, options)
    # What was asked of the budget was asked for this pod, not for one that comes to have its name.
    await delete(core, caller, place, replace(deletion, uid=deletion.uid or uid_of(pod)), options)
    return Answer(201, SUCCESS, warnings)


async def _charge(core: Core, place: Target, pod: Obj, options: WriteOptions) -> None:
    await core.cache.fresh()
    budgets = [budget for item in core.cache.collection(PODDISRUPTIONBUDGET).items(place.namespace)
               if covers(budget := item.object(), pod)]  # fmt: skip
    if len(budgets) > 1:
        raise InternalError("This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
                            "support.")  # fmt: skip
    if not budgets or is_free(budgets[0], pod):
        return

    async def transform(old: Obj, copy: Obj) -> Wanted:
        copy["status"] = charged(old, pod, core.now())
        return Wanted(copy)

    charging = Target(PODDISRUPTIONBUDGET, place.namespace, name_of(budgets[0]), "status")
    await change(core, charging, transform, fence=options.fence, dry_run=options.dry_run)


async def _mark(core: Core, place: Target, pod: Obj, options: WriteOptions) -> None:
    """Whoever counts the pod's failures reads that it was not its own."""

    async def transform(old: Obj, copy: Obj) -> Wanted:
        status = copy.setdefault("status", {})
        status["conditions"] = conditions.set(status.get("conditions"), EVICTION_TARGET, "True",
                                              "EvictionByEvictionAPI", "Eviction API: evicting", core.now())
        return Wanted(copy)

    marking = Target(place.kind, place.namespace, place.name, "status")
    await change(core, marking, transform, fence=options.fence, dry_run=options.dry_run)
