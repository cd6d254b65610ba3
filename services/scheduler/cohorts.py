"""Holds the pods of a gang back until as many as it needs can be bound, which is when their plans are carried out.

What has been assumed for them cannot be kept for ever: when one is lost and the rest are too few, or their time is
over, all of it is given back, and the gang is tried again. Binding them in one transaction was rejected: a bind is
refused only for a pod that has changed since, and what is left of its gang would be no better off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.scheduler.algorithm import Cohort, Decision
from services.scheduler.cluster.cluster import Key


@dataclass(slots=True)
class _Held:
    deadline: asyncio.TimerHandle
    decisions: dict[Key, Decision]  # that are assumed
    ready: set[Key] = field(default_factory=set)


class Cohorts:
    """`release` gets decisions that may be bound, `give_back` those that must not be, and why; `patience` says how many
    seconds the gang of a decision may be held."""

    def __init__(
        self, release: Callable[[Sequence[Decision]], None], give_back: Callable[[Decision, str], None],
        patience: Callable[[Decision], float],
    ) -> None:  # fmt: skip
        self._release = release
        self._give_back = give_back
        self._patience = patience
        self._held: dict[Cohort, _Held] = {}
        self._of: dict[Key, Cohort] = {}

    def expect(self, decisions: Sequence[Decision]) -> None:
        """Those that are about to be prepared."""
        loop = asyncio.get_running_loop()
        for decision in decisions:
            cohort = decision.cohort
            if cohort is None:
                continue
            if cohort not in self._held:
                deadline = loop.call_later(self._patience(decision), self._expired, cohort)
                self._held[cohort] = _Held(deadline, {})
            self._held[cohort].decisions[decision.pod.key] = decision
            self._of[decision.pod.key] = cohort

    def ready(self, decisions: Sequence[Decision]) -> None:
        """Their plans are carried out."""
        free: list[Decision] = []
        for decision in decisions:
            cohort = decision.cohort
            held = self._held.get(cohort) if cohort is not None else None
            if cohort is None or held is None:  # of no gang, or of one that has all it needs
                free.append(decision)
                continue
            held.ready.add(decision.pod.key)
            if len(held.ready) >= cohort.needed:
                self._forget(cohort)
                free += [held.decisions[key] for key in held.decisions if key in held.ready]
        self._release(free)

    def lost(self, key: Key) -> None:
        """The pod will not be bound as it was decided."""
        cohort = self._of.pop(key, None)
        if cohort is None:
            return
        held = self._held[cohort]
        del held.decisions[key]
        held.ready.discard(key)
        if len(held.decisions) < cohort.needed:
            self._dissolve(cohort, f"{len(held.decisions)} of {cohort.needed} pods that it needs are left")

    def _expired(self, cohort: Cohort) -> None:
        held = self._held[cohort]
        self._dissolve(cohort, f"{len(held.ready)} of {cohort.needed} pods that it needs were ready in time")

    def _dissolve(self, cohort: Cohort, why: str) -> None:
        held = self._forget(cohort)
        for decision in held.decisions.values():
            self._give_back(decision, f'gang "{cohort.gang[1]}": {why}')

    def _forget(self, cohort: Cohort) -> _Held:
        held = self._held.pop(cohort)
        held.deadline.cancel()
        for key in held.decisions:
            self._of.pop(key, None)
        return held
