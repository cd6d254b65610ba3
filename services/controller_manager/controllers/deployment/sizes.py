"""How many pods each replica set of a deployment should have next: pure arithmetic, one step at a time.

Sizes are a dict by uid; a step returns the sizes it changes. The rules are those of Kubernetes' deployment controller:
never more than replicas + maxSurge pods asked for, never fewer than replicas - maxUnavailable available because of us.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.controller_manager.controllers.deployment.revision import Generations, desired_size, maximum_size
from services.controller_manager.controllers.deployment.surge import is_rolling, max_surge, max_unavailable
from services.objects.meta import Obj, is_deleting, name_of, uid_of

Sizes = dict[str, int]


def size(replicaset: Obj) -> int:
    replicas: int = replicaset["spec"].get("replicas", 1)
    return replicas


def total(replicasets: Sequence[Obj]) -> int:
    return sum(size(each) for each in replicasets)


def available(replicaset: Obj) -> int:
    """Never more than it is asked to have: a set that shrinks has not told its status yet."""
    return min(size(replicaset), (replicaset.get("status") or {}).get("availableReplicas") or 0)


def active(replicasets: Sequence[Obj]) -> list[Obj]:
    return [each for each in replicasets if size(each) > 0]


def is_scaling(deployment: Obj, replicasets: Sequence[Obj]) -> bool:
    """Whether spec.replicas changed since the sets were sized last."""
    wanted = deployment["spec"]["replicas"]
    return any((desired := desired_size(each)) is not None and desired != wanted for each in active(replicasets))


def first_size(deployment: Obj, old: Sequence[Obj]) -> int:
    """Of a replica set that is about to be made."""
    return _grown(deployment, total(old), 0)


def _grown(deployment: Obj, present: int, own: int) -> int:
    replicas: int = deployment["spec"]["replicas"]
    if not is_rolling(deployment):
        return replicas
    room = replicas + max_surge(deployment) - present
    return own + min(room, replicas - own) if room > 0 else own


def grow_new(deployment: Obj, sets: Generations) -> Sizes:
    """First step of a rolling update: the new set grows as far as the surge allows, or shrinks to what is wanted."""
    new, replicas = sets.new, deployment["spec"]["replicas"]
    if new is None or size(new) == replicas:
        return {}
    wanted = replicas if size(new) > replicas else _grown(deployment, total(sets.all), size(new))
    return {uid_of(new): wanted} if wanted != size(new) else {}


def shrink_old(deployment: Obj, sets: Generations) -> Sizes:
    """Second step: old sets give up what is unhealthy first, then what the new set's available pods make up for."""
    old = active(sets.old)
    if not old or sets.new is None:
        return {}
    least = deployment["spec"]["replicas"] - max_unavailable(deployment)
    unavailable = size(sets.new) - available(sets.new)
    allowed = total(sets.all) - least - unavailable
    if allowed <= 0:
        return {}
    sizes: Sizes = {}
    for each in old:
        unhealthy = min(allowed, size(each) - available(each))
        if unhealthy > 0:
            sizes[uid_of(each)] = size(each) - unhealthy
            allowed -= unhealthy
    spare = sum(available(each) for each in sets.all) - least
    for each in old:
        present = sizes.get(uid_of(each), size(each))
        given = min(present, max(spare, 0))
        if given > 0:
            sizes[uid_of(each)] = present - given
            spare -= given
    return sizes


def to_zero(old: Sequence[Obj]) -> Sizes:
    return {uid_of(each): 0 for each in active(old)}


def rescale(deployment: Obj, sets: Generations) -> Sizes:
    """What a change of spec.replicas does at once, paused or not, without rolling anything out."""
    single = _single(sets)
    if single is not None:
        return {uid_of(single): deployment["spec"]["replicas"]}
    if is_saturated(deployment, sets.new):
        return to_zero(sets.old)
    return _proportional(deployment, active(sets.all)) if is_rolling(deployment) else {}


def _single(sets: Generations) -> Obj | None:
    """The only set with pods; when none has any, the new one, else the newest."""
    found = active(sets.all)
    if len(found) == 1:
        return found[0]
    if found:
        return None
    return sets.new if sets.new is not None else (sets.old[-1] if sets.old else None)


def is_saturated(deployment: Obj, new: Obj | None) -> bool:
    replicas = deployment["spec"]["replicas"]
    return (new is not None and not is_deleting(new) and size(new) == replicas
            and desired_size(new) == replicas and available(new) == replicas)  # fmt: skip


def _proportional(deployment: Obj, sets: list[Obj]) -> Sizes:
    """Spreads the difference over all sets by their size; what rounding leaves goes to the largest.

    Every set is in the result, changed or not: its annotations must tell the new size of the whole.
    """
    replicas = deployment["spec"]["replicas"]
    allowed = replicas + max_surge(deployment) if replicas > 0 else 0
    missing = allowed - total(sets)
    # Newer sets first when growing, older first when shrinking; the largest before all.
    ordered = sorted(sets, key=lambda each: (each["metadata"].get("creationTimestamp", ""), name_of(each)),
                     reverse=missing > 0)  # fmt: skip
    ordered.sort(key=size, reverse=True)
    sizes: Sizes = {}
    added = 0
    for each in ordered:
        share = 0
        if missing not in (0, added):
            fraction = _fraction(deployment, each)
            share = min(fraction, missing - added) if missing > 0 else max(fraction, missing - added)
        sizes[uid_of(each)] = size(each) + share
        added += share
    if missing:
        largest = uid_of(ordered[0])
        sizes[largest] = max(sizes[largest] + missing - added, 0)
    return sizes


def _fraction(deployment: Obj, replicaset: Obj) -> int:
    """How many pods this set gains (or, negative, loses) if it keeps its share of the whole."""
    replicas, own = deployment["spec"]["replicas"], size(replicaset)
    if replicas == 0:
        return -own
    before = maximum_size(replicaset) or (deployment.get("status") or {}).get("replicas") or 0
    if not before:
        return 0
    after = replicas + max_surge(deployment)
    return _rounded(own * after, before) - own


def _rounded(numerator: int, denominator: int) -> int:
    """To the nearest integer, halves up; both are positive."""
    return (2 * numerator + denominator) // (2 * denominator)
