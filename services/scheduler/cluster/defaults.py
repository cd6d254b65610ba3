"""Pods that ask for no topology spread get their profile's: replicas keep apart where that costs nothing.

What is alike is told by the Services that select the pod and by the controller that made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from services.objects import selectors
from services.objects.meta import Obj, labels_of, namespace_of
from services.objects.selectors import LabelSelector, Requirement
from services.scheduler.cluster.neighbours import PodSelector, Spread


class Constraint(Protocol):
    """A topology spread constraint without a selector; see `Spread`."""

    @property
    def key(self) -> str: ...
    @property
    def max_skew(self) -> int: ...
    @property
    def hard(self) -> bool: ...
    @property
    def lenient(self) -> bool: ...
    @property
    def min_domains(self) -> int: ...
    @property
    def honors_affinity(self) -> bool: ...
    @property
    def honors_taints(self) -> bool: ...


def default_spreads(
    pod: Obj, services: Iterable[Obj], controller: Obj | None, constraints: Sequence[Constraint]
) -> tuple[Spread, ...]:
    """`services` are those of the pod's namespace; `controller` is its ReplicaSet, StatefulSet or
    ReplicationController. Nothing for pods that have constraints of their own, or are like no other."""
    if pod["spec"].get("topologySpreadConstraints") or not constraints:
        return ()
    requirements = _alike(pod, services, controller)
    if not requirements:
        return ()
    selector = PodSelector(frozenset((namespace_of(pod),)), LabelSelector(requirements), terminating=False)
    return tuple(Spread(each.key, each.max_skew, each.hard, selector, each.min_domains, each.honors_affinity,
                        each.honors_taints, each.lenient) for each in constraints)  # fmt: skip


def _alike(pod: Obj, services: Iterable[Obj], controller: Obj | None) -> Sequence[Requirement]:
    labels, found = labels_of(pod), dict[str, Requirement]()
    chosen = [spec for service in services if (spec := (service.get("spec") or {}).get("selector"))]
    matching = [selector for each in chosen if (selector := selectors.from_labels(each)).matches(labels)]
    wanted = (controller or {}).get("spec", {}).get("selector") or {}
    if wanted:
        structured = "matchLabels" in wanted or "matchExpressions" in wanted
        matching.append(selectors.from_json(wanted) if structured else selectors.from_labels(wanted))
    for selector in matching:
        found.update((str(requirement), requirement) for requirement in selector.requirements)
    return list(found.values())
