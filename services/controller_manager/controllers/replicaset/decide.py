"""Keep spec.replicas pods alive; for ReplicaSets and for ReplicationControllers, which differ in their selector only.

Pods that have ended or are being deleted count as gone: waiting for them would deadlock on a dead node. What this
function returned last time is already in `pods`: the runner sees to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.controller_manager import pods as podstate
from services.controller_manager.claims import claim
from services.controller_manager.plans import Create, Delete, Emit, Plan, RequeueAfter, Step, delete, with_status
from services.objects import conditions, selectors
from services.objects.kinds import POD, REPLICASET, Kind
from services.objects.meta import Obj, is_deleting, labels_of, name_of, namespace_of
from services.objects.names import is_dns1123_subdomain
from services.objects.ownership import owner_reference

BURST = 500  # pods created or deleted in one plan


@dataclass(frozen=True, slots=True)
class Observed:
    """`pods`: those it controls and those nobody controls. `related`: the pods of all sets with the same controller,
    which a scale down spreads over nodes. `failure`: why the last plan's creations or deletions were refused."""

    kind: Kind
    owner: Obj
    pods: Sequence[Obj]
    related: Sequence[Obj] = ()
    failure: str = ""


def decide(observed: Observed, now: datetime) -> Plan:
    owner, kind = observed.owner, observed.kind
    active: list[Obj] = []
    ended: list[Obj] = []
    for pod in observed.pods:
        (active if podstate.is_active(pod) else ended).append(pod)
    claims = claim(owner, kind, selector_of(owner, kind), active, POD)
    if claims.changes:
        return Plan(claims.changes)
    terminating = [pod for pod in ended if is_deleting(pod) and not podstate.is_terminal(pod)]
    terminating = claim(owner, kind, selector_of(owner, kind), terminating, POD).owned
    steps: list[Step] = []
    missing = owner["spec"].get("replicas", 1) - len(claims.owned)
    if not is_deleting(owner):
        steps += _additions(observed, missing) if missing > 0 else _removals(observed, claims.owned, -missing, now)
    status = _status(observed, claims.owned, len(terminating), missing, now)
    steps += with_status(kind, owner, status)
    steps += _wake_up(owner, claims.owned, now)
    return Plan(steps)


def selector_of(owner: Obj, kind: Kind) -> selectors.LabelSelector:
    if kind is REPLICASET:
        return selectors.from_json(owner["spec"].get("selector"))
    chosen = owner["spec"].get("selector")
    return selectors.from_labels(chosen) if chosen else selectors.NOTHING


def _additions(observed: Observed, missing: int) -> list[Step]:
    owner, kind = observed.owner, observed.kind
    prefix = f"{name_of(owner)}-"
    if is_dns1123_subdomain(prefix + "x"):
        prefix = name_of(owner)  # as Kubernetes does
    pod = podstate.from_template(owner["spec"]["template"], prefix, namespace_of(owner), owner_reference(owner, kind))
    done = Emit(kind, owner, "Normal", "SuccessfulCreate", "Created pod: {name}")
    failed = Emit(kind, owner, "Warning", "FailedCreate", "Error creating: {error}")
    return [Create(POD, pod, done, failed) for _ in range(min(missing, BURST))]


def _removals(observed: Observed, owned: Sequence[Obj], surplus: int, now: datetime) -> list[Delete]:
    owner, kind = observed.owner, observed.kind
    done = Emit(kind, owner, "Normal", "SuccessfulDelete", "Deleted pod: {name}")
    failed = Emit(kind, owner, "Warning", "FailedDelete", "Error deleting: {error}")
    chosen = podstate.least_worth_keeping(owned, observed.related or owned, min(surplus, BURST), now)
    return [delete(POD, pod, done=done, failed=failed) for pod in chosen] if surplus > 0 else []


def _status(observed: Observed, owned: Sequence[Obj], terminating: int, missing: int, now: datetime) -> Obj:
    """Fields that are zero are absent, as Go leaves them out; `replicas` always stands."""
    owner = observed.owner
    spec, old = owner["spec"], owner.get("status") or {}
    template_labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    minimum = spec.get("minReadySeconds") or 0
    counts = {
        "fullyLabeledReplicas": sum(template_labels.items() <= labels_of(pod).items() for pod in owned),
        "readyReplicas": sum(podstate.is_ready(pod) for pod in owned),
        "availableReplicas": sum(podstate.is_available(pod, minimum, now) for pod in owned),
        "observedGeneration": owner["metadata"].get("generation", 0),
    }
    if observed.kind is REPLICASET:
        counts["terminatingReplicas"] = terminating
    status: Obj = {"replicas": len(owned), **{name: count for name, count in counts.items() if count}}
    kept = conditions.remove(old.get("conditions"), "ReplicaFailure")
    if observed.failure:
        known = conditions.find(old.get("conditions"), "ReplicaFailure")
        reason = "FailedCreate" if missing > 0 else "FailedDelete"
        kept += [known] if known else conditions.set([], "ReplicaFailure", "True", reason, observed.failure, now)
    return {**status, "conditions": kept} if kept else status


def _wake_up(owner: Obj, owned: Sequence[Obj], now: datetime) -> list[RequeueAfter]:
    """A ready pod becomes available without any event."""
    minimum = owner["spec"].get("minReadySeconds") or 0
    if not minimum:
        return []
    moments = [podstate.available_at(pod, minimum) for pod in owned]
    waits = [(moment - now) / timedelta(seconds=1) for moment in moments if moment is not None and moment > now]
    return [RequeueAfter(min(waits))] if waits else []
