"""Pods that nobody else will ever remove: bound to a node that is gone, deleted before they had a node, long ended.

No node agent answers for them, so they are deleted without a grace period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.controller_manager import pods as podstate
from services.controller_manager.plans import NOTHING, Plan, RequeueAfter, delete
from services.objects.kinds import POD
from services.objects.meta import Obj, is_deleting

QUARANTINE = timedelta(seconds=40)  # a node that comes back under its name keeps its pods


@dataclass(frozen=True, slots=True)
class Stranded:
    """Pods bound to a node that does not exist, and since when we know it."""

    pods: Sequence[Obj]
    since: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """Pods that ended or are being deleted, and how many ended ones are kept."""

    pods: Sequence[Obj]
    threshold: int


def decide(observed: Stranded | Ended, now: datetime) -> Plan:
    if isinstance(observed, Ended):
        return _ended(observed)
    left = observed.since + QUARANTINE - now
    if not observed.pods:
        return NOTHING
    if left > timedelta():
        return Plan([RequeueAfter(left / timedelta(seconds=1))])
    return Plan([delete(POD, pod, grace_period=0) for pod in observed.pods])


def _ended(observed: Ended) -> Plan:
    """The oldest of too many ended pods, and pods whose deletion no node will ever finish."""
    unscheduled = [pod for pod in observed.pods if is_deleting(pod) and not podstate.node_of(pod)]
    ended = [pod for pod in observed.pods if podstate.is_terminal(pod) and not is_deleting(pod)]
    ended.sort(key=lambda pod: (pod["metadata"].get("creationTimestamp", ""), pod["metadata"].get("name", "")))
    surplus = max(len(ended) - observed.threshold, 0) if observed.threshold > 0 else 0
    return Plan([delete(POD, pod, grace_period=0) for pod in [*unscheduled, *ended[:surplus]]])
