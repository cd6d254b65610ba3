"""What pods ask of where other pods are: affinity and anti-affinity between pods, and topology spread.

Everything here is a hashable value, so that equal wishes of thousands of pods are counted once (see tallies).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.objects import selectors
from services.objects.selectors import LabelSelector, Requirement


class Kin(NamedTuple):
    """What other pods' selectors see of a pod."""

    namespace: str
    labels: tuple[tuple[str, str], ...] = ()
    terminating: bool = False


NOBODY = Kin("")


class PodSelector(NamedTuple):
    """Pods of `namespaces`, or of those whose labels `of_namespaces` selects; `terminating` pods count when it is
    true."""

    namespaces: frozenset[str]
    labels: LabelSelector
    of_namespaces: LabelSelector | None = None
    terminating: bool = True

    def matches(self, kin: Kin, namespace_labels: Mapping[str, Mapping[str, str]]) -> bool:
        if kin.terminating and not self.terminating:
            return False
        named = kin.namespace in self.namespaces
        if not named and (
            self.of_namespaces is None or not self.of_namespaces.matches(namespace_labels.get(kin.namespace, {}))
        ):
            return False
        return self.labels.matches(dict(kin.labels))

    @property
    def minds_namespaces(self) -> bool:
        """Whether labels of namespaces decide."""
        return self.of_namespaces is not None


class AllOf(NamedTuple):
    """Pods that every one of the selectors means."""

    selectors: tuple[PodSelector, ...]

    def matches(self, kin: Kin, namespace_labels: Mapping[str, Mapping[str, str]]) -> bool:
        return all(selector.matches(kin, namespace_labels) for selector in self.selectors)

    @property
    def minds_namespaces(self) -> bool:
        return any(selector.minds_namespaces for selector in self.selectors)


class PodTerm(NamedTuple):
    """Pods that the selector means, in the same domain of the topology `key`."""

    selector: PodSelector
    key: str


class Spread(NamedTuple):
    """A topology spread constraint; `min_domains` is 1 unless given. A `lenient` one does not mind nodes without the
    label."""

    key: str
    max_skew: int
    hard: bool
    selector: PodSelector
    min_domains: int = 1
    honors_affinity: bool = True
    honors_taints: bool = False
    lenient: bool = False


def terms(affinity: Mapping[str, Any], kin: Kin) -> tuple[tuple[PodTerm, ...], tuple[PodTerm, ...],
                                                          tuple[tuple[int, PodTerm], ...]]:  # fmt: skip
    """(required near, required apart, preferred with signed weights) of a pod's spec.affinity."""
    near, apart = affinity.get("podAffinity") or {}, affinity.get("podAntiAffinity") or {}
    required, preferred = (f"{how}DuringSchedulingIgnoredDuringExecution" for how in ("required", "preferred"))
    likes = [(sign * each["weight"], _term(each["podAffinityTerm"], kin))
             for sign, side in ((1, near), (-1, apart)) for each in side.get(preferred) or ()]  # fmt: skip
    return (tuple(_term(each, kin) for each in near.get(required) or ()),
            tuple(_term(each, kin) for each in apart.get(required) or ()), tuple(likes))  # fmt: skip


def _term(term: Mapping[str, Any], kin: Kin) -> PodTerm:
    """Neither namespaces nor a selector of them: the pod's own namespace. An empty selector selects all of them."""
    of_namespaces = term.get("namespaceSelector")
    named = frozenset(term.get("namespaces") or ())
    if not named and of_namespaces is None:
        named = frozenset((kin.namespace,))
    extra = [*_own(kin, term.get("matchLabelKeys") or (), selectors.IN),
             *_own(kin, term.get("mismatchLabelKeys") or (), selectors.NOT_IN)]  # fmt: skip
    return PodTerm(
        PodSelector(named, _selector(term.get("labelSelector"), extra),
                    None if of_namespaces is None else selectors.from_json(of_namespaces)),
        term.get("topologyKey") or "",
    )  # fmt: skip


def spreads(spec: Mapping[str, Any], kin: Kin) -> tuple[Spread, ...]:
    """The constraints that a pod's spec has."""
    return tuple(
        Spread(
            each["topologyKey"], each["maxSkew"], each.get("whenUnsatisfiable") != "ScheduleAnyway",
            PodSelector(
                frozenset((kin.namespace,)),
                _selector(each.get("labelSelector"), _own(kin, each.get("matchLabelKeys") or (), selectors.IN)),
                terminating=False,
            ),
            each.get("minDomains") or 1, each.get("nodeAffinityPolicy") != "Ignore",
            each.get("nodeTaintsPolicy") == "Honor",
        )
        for each in spec.get("topologySpreadConstraints") or ()
    )  # fmt: skip


def _own(kin: Kin, keys: Iterable[str], operator: str) -> list[Requirement]:
    """The pod's own values of label keys; keys it does not bear say nothing."""
    labels = dict(kin.labels)
    return [selectors.requirement(key, operator, (labels[key],)) for key in keys if key in labels]


def _selector(selector: Mapping[str, Any] | None, extra: list[Requirement]) -> LabelSelector:
    """None selects nothing."""
    if selector is None:
        return selectors.NOTHING
    found = selectors.from_json(selector)
    return LabelSelector((*found.requirements, *extra)) if extra else found
