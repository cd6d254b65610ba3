"""Gangs: pods that are placed together, at least so many of them, or not at all.

A pod says so by two labels, those of the "lightweight coscheduling" of kubernetes-sigs/scheduler-plugins:
`pod-group.scheduling.sigs.k8s.io/name` and `pod-group.scheduling.sigs.k8s.io/min-available`. Pods of one namespace that
bear the same name are a gang. Labels were chosen since nothing else is stable: in Kubernetes 1.36 Workload and PodGroup
of scheduling.k8s.io are alpha (v1alpha2) and switched off, and so is `spec.schedulingGroup` of pods; the PodGroup that
scheduler-plugins went on to is a custom resource (scheduling.x-k8s.io/v1alpha1), whose controller would have to be
installed. A minimum that stands on each pod needs no further object, and is there as soon as the pod is.

Members that have ended or are being deleted count as gone, as in Kubernetes: a gang that is replaced starts anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from services.scheduler.cluster.demand import PodInfo

NAME = "pod-group.scheduling.sigs.k8s.io/name"
MINIMUM = "pod-group.scheduling.sigs.k8s.io/min-available"
_MOST_DIGITS = 9

GangKey = tuple[str, str]  # namespace, name


class Membership(NamedTuple):
    """What a pod says of its gang; `wanted` is the label as it stands there, None without."""

    name: str
    wanted: str | None

    @property
    def minimum(self) -> int:
        """0 when the label is no positive integer."""
        text = self.wanted or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0


def membership(labels: Mapping[str, str] | None) -> Membership | None:
    """None for a pod that is in no gang."""
    if not labels or NAME not in labels:
        return None
    return Membership(labels[NAME], labels.get(MINIMUM))


class Muster(NamedTuple):
    """What is to be decided about a gang: `placed` of its pods have a node or are assumed to, `minimum` must. `fault`
    is what is wrong with its labels, in which case nothing is decided."""

    name: str
    minimum: int
    placed: int
    fault: str = ""

    @property
    def missing(self) -> int:
        return max(self.minimum - self.placed, 0)

    def lacks(self, waiting: int) -> str:
        """Why nothing can be decided with so many pods waiting; "" when it can."""
        if self.fault or self.missing <= waiting:
            return self.fault
        return f'gang "{self.name}" has {self.placed + waiting} of at least {self.minimum} pods'

    def falls_short(self, found: int) -> str:
        """In words: so many of those that waited would find a node."""
        return f'gang "{self.name}" finds nodes for {self.placed + found} of at least {self.minimum} pods'


def muster(waiting: Sequence[PodInfo], placed: Mapping[Membership, int]) -> Muster:
    """Of the pods of one gang that wait (one at least), and of what those say that have a node, and how many."""
    said = {pod.gang for pod in waiting if pod.gang is not None} | placed.keys()
    name = next(each.name for each in said)
    wanted = sorted({each.wanted or "" for each in said})
    fault = ""
    if len(wanted) > 1:
        fault = f"its pods differ in the label {MINIMUM}: {', '.join(map(repr, wanted))}"
    elif not (minimum := next(each.minimum for each in said)):
        fault = f"the label {MINIMUM} must be a positive integer, not {wanted[0]!r}"
    if fault:
        return Muster(name, 0, 0, f'gang "{name}": {fault}')
    return Muster(name, minimum, sum(placed.values()))


def units(pods: Sequence[PodInfo]) -> Iterator[list[PodInfo]]:
    """The pods of a gang, which stand together, and those of none between them."""
    for _, unit in groupby(pods, key=lambda pod: pod.gang_key):
        yield list(unit)
