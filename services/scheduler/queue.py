"""Which pods are next: by priority, then by how long they have been ready.

A pod is in one of four places: ready; in flight (taken, its outcome not known yet); backing off after a failure; or
parked, because no node takes it and only certain happenings could change that. Time is an argument, in seconds of any
clock that does not go back.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from services.scheduler.cluster.demand import PodInfo
from services.scheduler.cluster.happenings import Happening

FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 10.0  # seconds
PARKED_AT_MOST = 300.0  # seconds; a happening that nobody thought of may have helped

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class _Waiting:
    pod: PodInfo
    attempts: int = 0
    place: str = "ready"  # ready, flying, backoff, parked
    since: float = 0.0  # when it came to its place
    until: float = 0.0  # end of the backoff
    helped_by: frozenset[Happening] = frozenset()
    missed: set[Happening] = field(default_factory=set)  # happened while in flight
    changed: bool = False  # the pod itself changed while in flight


class Queue:
    def __init__(self) -> None:
        self._pods: dict[Key, _Waiting] = {}
        self._ready: list[tuple[int, float, int, _Waiting]] = []
        self._backoff: list[tuple[float, int, _Waiting]] = []
        self._order = count()

    def __len__(self) -> int:
        """All pods that wait for a node."""
        return len(self._pods)

    def __contains__(self, key: Key) -> bool:
        return key in self._pods

    @property
    def ready(self) -> int:
        return sum(waiting.place == "ready" for waiting in self._pods.values())

    def add(self, pod: PodInfo, now: float) -> None:
        """A pod that needs a node. One that is known already gets a new chance if its demand changed."""
        waiting = self._pods.get(pod.key)
        if waiting is None or waiting.pod.uid != pod.uid:
            self._pods[pod.key] = waiting = _Waiting(pod)
            self._make_ready(waiting, now)
            return
        differs = waiting.pod.demand != pod.demand
        waiting.pod = pod
        if differs and waiting.place == "parked":
            self._retry(waiting, now)
        elif differs and waiting.place == "flying":
            waiting.changed = True

    def remove(self, key: Key) -> None:
        """The pod has a node, or is gone."""
        self._pods.pop(key, None)

    def pop(self, most: int, now: float) -> list[PodInfo]:
        """The next pods, which are in flight from now on."""
        self.flush(now)
        found: list[PodInfo] = []
        while self._ready and len(found) < most:
            waiting = heapq.heappop(self._ready)[3]
            if waiting.place != "ready" or self._pods.get(waiting.pod.key) is not waiting:
                continue
            waiting.place = "flying"
            waiting.attempts += 1
            waiting.missed = set()
            waiting.changed = False
            found.append(waiting.pod)
        return found

    def park(self, pod: PodInfo, helped_by: frozenset[Happening], now: float) -> None:
        """No node takes the pod: it waits for something that could help, unless that happened already."""
        waiting = self._flying(pod)
        if waiting is None:
            return
        if waiting.changed or waiting.missed & helped_by:
            self._retry(waiting, now)
            return
        waiting.place, waiting.since, waiting.helped_by = "parked", now, helped_by

    def fail(self, pod: PodInfo, now: float) -> None:
        """It had a node, but could not be bound: once more after a while."""
        waiting = self._flying(pod)
        if waiting is not None:
            self._retry(waiting, now)

    def happened(self, happenings: Iterable[Happening], now: float) -> None:
        what = frozenset(happenings)
        if not what:
            return
        for waiting in self._pods.values():
            if waiting.place == "flying":
                waiting.missed |= what
            elif waiting.place == "parked" and waiting.helped_by & what:
                self._retry(waiting, now)

    def flush(self, now: float) -> None:
        """Moves on whoever has waited long enough."""
        while self._backoff and self._backoff[0][0] <= now:
            waiting = heapq.heappop(self._backoff)[2]
            if waiting.place == "backoff" and waiting.until <= now and self._pods.get(waiting.pod.key) is waiting:
                self._make_ready(waiting, now)
        for waiting in self._pods.values():
            if waiting.place == "parked" and waiting.since + PARKED_AT_MOST <= now:
                self._make_ready(waiting, now)

    def next_flush(self, now: float) -> float | None:
        """Seconds until `flush` has something to do; None for never, 0 while pods are ready."""
        if self.ready:
            return 0.0
        due = [waiting.until for waiting in self._pods.values() if waiting.place == "backoff"]
        due += [waiting.since + PARKED_AT_MOST for waiting in self._pods.values() if waiting.place == "parked"]
        return max(min(due) - now, 0.0) if due else None

    def _flying(self, pod: PodInfo) -> _Waiting | None:
        waiting = self._pods.get(pod.key)
        flying = waiting is not None and waiting.place == "flying" and waiting.pod.uid == pod.uid
        return waiting if flying else None

    def _retry(self, waiting: _Waiting, now: float) -> None:
        """Ready again, but not sooner than its backoff allows."""
        wait = min(FIRST_BACKOFF * 2.0 ** min(waiting.attempts - 1, 30), LONGEST_BACKOFF)
        began = waiting.since if waiting.place == "parked" else now
        if began + wait <= now:
            self._make_ready(waiting, now)
            return
        waiting.place, waiting.until = "backoff", began + wait
        heapq.heappush(self._backoff, (waiting.until, next(self._order), waiting))

    def _make_ready(self, waiting: _Waiting, now: float) -> None:
        waiting.place, waiting.since = "ready", now
        heapq.heappush(self._ready, (-waiting.pod.priority, now, next(self._order), waiting))
