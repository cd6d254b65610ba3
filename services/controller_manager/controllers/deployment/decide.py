"""Roll a deployment's pod template out: one replica set per template, the new one grows while the old ones shrink.

One plan is one step; the next step comes when the replica sets' statuses have moved. Every replica set is written at
most once per plan. A change of spec.replicas in the middle of a rollout is spread over all sets first, as Kubernetes
does, so that a paused or stuck rollout still scales.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.controller_manager import pods as podstate
from services.controller_manager.claims import claim
from services.controller_manager.controllers.deployment import revision, sizes, status
from services.controller_manager.controllers.deployment.revision import Generations, generations
from services.controller_manager.controllers.deployment.sizes import Sizes
from services.controller_manager.controllers.deployment.surge import is_rolling
from services.controller_manager.plans import (
    Create,
    Emit,
    Plan,
    RequeueAfter,
    Step,
    Update,
    UpdateStatus,
    delete,
    with_metadata,
    with_status,
)
from services.objects import selectors
from services.objects.kinds import DEPLOYMENT, REPLICASET
from services.objects.meta import Obj, annotations_of, is_deleting, name_of, uid_of
from services.objects.ownership import is_controlled_by


@dataclass(frozen=True, slots=True)
class Observed:
    """`replicasets`: all of the namespace that nobody or this deployment controls. `taken`: every replica set of the
    namespace by name. `pods`: those of its replica sets, by the sets' uid. `failure`: why the last plan's new replica
    set was refused."""

    deployment: Obj
    replicasets: Sequence[Obj]
    taken: Mapping[str, Obj]
    pods: Mapping[str, Sequence[Obj]]
    failure: str = ""


def decide(observed: Observed, now: datetime) -> Plan:
    deployment = observed.deployment
    selector = selectors.from_json(deployment["spec"].get("selector"))
    if selector.everything:
        return Plan(_selects_everything(deployment))
    claims = claim(deployment, DEPLOYMENT, selector, observed.replicasets, REPLICASET)
    if claims.changes:
        return Plan(claims.changes)
    sets = generations(deployment, claims.owned)
    found = list((deployment.get("status") or {}).get("conditions") or ())
    if is_deleting(deployment):
        return Plan(_plain_status(deployment, sets, found, now))
    found = status.paused(deployment, found, now)
    if deployment["spec"].get("paused"):
        return Plan(_paused(deployment, sets, found, now))
    if sizes.is_scaling(deployment, sets.all):
        scaled = _resized(deployment, sets, sizes.rescale(deployment, sets))
        if scaled:
            return Plan([*scaled, *_plain_status(deployment, sets, found, now)])
    return Plan(_roll_out(observed, sets, found, now))


def _selects_everything(deployment: Obj) -> list[Step]:
    message = "This deployment is selecting all pods. A non-empty selector is required."
    seen = {**(deployment.get("status") or {}), "observedGeneration": deployment["metadata"].get("generation") or 0}
    steps: list[Step] = list(with_status(DEPLOYMENT, deployment, seen))
    return [Emit(DEPLOYMENT, deployment, "Warning", "SelectingAll", message), *steps] if steps else []


def _paused(deployment: Obj, sets: Generations, found: list[Obj], now: datetime) -> list[Step]:
    steps = _resized(deployment, sets, sizes.rescale(deployment, sets))
    steps += [delete(REPLICASET, each) for each in revision.deletable(deployment, sets.old)]
    return [*steps, *_plain_status(deployment, sets, found, now)]


def _roll_out(observed: Observed, sets: Generations, found: list[Obj], now: datetime) -> list[Step]:
    deployment = observed.deployment
    rolling = is_rolling(deployment)
    wanted: Sizes = {} if rolling else sizes.to_zero(sets.old)
    waiting = not rolling and (bool(wanted) or _old_pods_remain(observed, sets))
    if sets.new is None and not waiting:
        return _new_replica_set(observed, sets, found, now)
    if rolling:
        wanted = sizes.grow_new(deployment, sets) or sizes.shrink_old(deployment, sets)
    elif not waiting:
        wanted = sizes.grow_new(deployment, sets)
    steps = _resized(deployment, sets, wanted)
    if not wanted and status.is_complete(deployment, deployment.get("status") or {}):
        steps += [delete(REPLICASET, each) for each in revision.deletable(deployment, sets.old)]
    return [*steps, *_rollout_status(deployment, sets, found, now)]


def _old_pods_remain(observed: Observed, sets: Generations) -> bool:
    """Recreate waits for the old pods' end, not only for their deletion."""
    if any((each.get("status") or {}).get("replicas") for each in sets.old):
        return True
    new = uid_of(sets.new) if sets.new is not None else ""
    return any(not podstate.is_terminal(pod) for uid, pods in observed.pods.items() if uid != new for pod in pods)


def _new_replica_set(observed: Observed, sets: Generations, found: list[Obj], now: datetime) -> list[Step]:
    deployment = observed.deployment
    counts = status.counts(deployment, sets)
    collisions = counts.get("collisionCount", 0)
    hash = revision.template_hash(deployment["spec"]["template"], collisions)
    replicas = sizes.first_size(deployment, sets.old)
    made = revision.make(deployment, hash, replicas, revision.next_revision(sets.old))
    stranger = observed.taken.get(name_of(made))
    if stranger is not None:
        if is_deleting(stranger) and is_controlled_by(stranger, deployment):
            return []  # our own earlier one is on its way out, and its name with it: that event brings us back
        collided = status.with_conditions({**counts, "collisionCount": collisions + 1}, found)
        return [*with_status(DEPLOYMENT, deployment, collided)]
    problem = f'Failed to create new replica set "{name_of(made)}": '
    done = _scaled(deployment, name_of(made), 0, replicas) if replicas else None
    failed = Emit(DEPLOYMENT, deployment, "Warning", "ReplicaSetCreateError", problem + "{error}")
    found = status.availability(deployment, counts, found, now)
    if status.deadline_of(deployment) is not None:
        if observed.failure:
            found = status.put(found, "Progressing", "False", "ReplicaSetCreateError", problem + observed.failure, now)
        else:
            found = status.put(found, "Progressing", "True", "NewReplicaSetCreated",
                               f'Created new replica set "{name_of(made)}"', now)  # fmt: skip
    return [Create(REPLICASET, made, done, failed),
            *with_status(DEPLOYMENT, deployment, status.with_conditions(counts, found))]  # fmt: skip


def _resized(deployment: Obj, sets: Generations, wanted: Sizes) -> list[Step]:
    """Writes each set that gets another size, and the new one also for its revision and what it takes over."""
    steps: list[Step] = []
    for each in sets.all:
        changed = each
        if each is sets.new:
            changed = revision.renewed(deployment, each, revision.next_revision(sets.old))
        target, present = wanted.get(uid_of(each)), sizes.size(each)
        if target is not None:
            changed = revision.resized(deployment, changed, target)
        if changed is not each:
            done = None if target in (None, present) else _scaled(deployment, name_of(each), present, target or 0)
            steps.append(Update(REPLICASET, changed, done=done))
    return steps


def _scaled(deployment: Obj, name: str, before: int, after: int) -> Emit:
    direction = "up" if after > before else "down"
    return Emit(DEPLOYMENT, deployment, "Normal", "ScalingReplicaSet",
                f"Scaled {direction} replica set {name} from {before} to {after}")  # fmt: skip


def _plain_status(deployment: Obj, sets: Generations, found: list[Obj], now: datetime) -> list[Step]:
    """The status when nothing is rolled out: the progress of a rollout is left as it was."""
    counts = status.counts(deployment, sets)
    found = status.availability(deployment, counts, status.found_new(deployment, sets, found, now), now)
    return _written(deployment, sets, status.with_conditions(counts, found), now)


def _rollout_status(deployment: Obj, sets: Generations, found: list[Obj], now: datetime) -> list[Step]:
    counts = status.counts(deployment, sets)
    found = status.availability(deployment, counts, status.found_new(deployment, sets, found, now), now)
    found = status.progress(deployment, sets, counts, found, now)
    return _written(deployment, sets, status.with_conditions(counts, status.failures(sets, found)), now)


def _written(deployment: Obj, sets: Generations, fresh: Obj, now: datetime) -> list[Step]:
    """The deployment bears the revision of its new set; a status update may carry annotations along."""
    numbered = deployment
    if sets.new is not None and not is_deleting(deployment):
        number = str(max(revision.revision_of(sets.new), revision.next_revision(sets.old)))
        if annotations_of(deployment).get(revision.REVISION) != number:
            annotations = {**annotations_of(deployment), revision.REVISION: number}
            numbered = with_metadata(deployment, annotations=annotations)
    if numbered is not deployment or fresh != deployment.get("status"):
        return [UpdateStatus(DEPLOYMENT, {**numbered, "status": fresh})]
    wait = status.seconds_to_deadline(deployment, fresh, now)
    return [] if wait is None else [RequeueAfter(wait)]
