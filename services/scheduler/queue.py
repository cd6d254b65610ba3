"""Which pods are next: by priority, then those for which a node was cleared, then by how long they have been ready.

A pod is in one of four places: ready; in flight (taken, its outcome not known yet); backing off after a failure; or
parked, because no node takes it and only certain happenings could change that. Time is an argument, in seconds of any
clock that does not go back.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from services.scheduler.cluster.demand import PodInfo
from services.scheduler.cluster.gangs import GangKey
from services.scheduler.cluster.happenings import Happening

PARKED_AT_MOST = 300.0  # seconds; a happening that nobody thought of may have helped

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class _Waiting:
    pod: PodInfo
    attempts: int = 0
    place: str = "ready"  # ready, flying, backoff, parked
    since: float = 0.0  # when it came to its place
    until: float = 0.0  # when its backoff ends
    helped_by: frozenset[Happening] = frozenset()
    moment: int = 0  # of the queue, when it took off: what happened later was missed
    changed: bool = False  # the pod itself changed while in flight


class Standing(NamedTuple):
    """Where a pod waits: `place` is ready, flying (being bound), backoff or parked, `since` when it came there, `until`
    when it leaves at the latest; `helped_by` is what a parked pod waits for, after so many attempts."""

    place: str
    since: float
    until: float | None
    attempts: int
    helped_by: frozenset[Happening]


class Queue:
    """Backoffs in seconds: after the first attempt, doubled after each of the next, and at most."""

    def __init__(self, first_backoff: float = 1.0, longest_backoff: float = 10.0) -> None:
        self._first_backoff = first_backoff
        self._longest_backoff = longest_backoff
        self._pods: dict[Key, _Waiting] = {}
        self._flying: dict[Key, _Waiting] = {}
        # By what helps them, in the order in which they came.
        self._parked: dict[frozenset[Happening], dict[Key, _Waiting]] = {}
        self._moment = 0
        self._latest: dict[Happening, int] = {}  # the moment of each happening
        # Heaps; an entry counts as long as its pod is still in that place.
        self._ready: list[tuple[int, float, int, _Waiting]] = []
        self._backoff: list[tuple[float, int, _Waiting]] = []
        self._gangs: dict[GangKey, dict[Key, _Waiting]] = {}
        self._order = count()

    def __len__(self) -> int:
        """All pods that wait for a node."""
        return len(self._pods)

    @property
    def busy(self) -> bool:
        """Whether a pod can be decided about, or is being bound."""
        return bool(self._flying) or self._has_ready()

    def __contains__(self, key: Key) -> bool:
        return key in self._pods

    def get(self, key: Key) -> PodInfo | None:
        """The pod as it was seen last."""
        waiting = self._pods.get(key)
        return waiting.pod if waiting is not None else None

    def standing(self, key: Key) -> Standing | None:
        """None for a pod that does not wait."""
        waiting = self._pods.get(key)
        if waiting is None:
            return None
        until = {"backoff": waiting.until, "parked": waiting.since + PARKED_AT_MOST}.get(waiting.place)
        helped_by = waiting.helped_by if waiting.place == "parked" else frozenset[Happening]()
        return Standing(waiting.place, waiting.since, until, waiting.attempts, helped_by)

    def add(self, pod: PodInfo, now: float) -> None:
        """A pod that needs a node. One that is known already gets a new chance if its demand changed."""
        waiting = self._pods.get(pod.key)
        if waiting is None or waiting.pod.uid != pod.uid:
            self.remove(pod.key)
            self._pods[pod.key] = waiting = _Waiting(pod)
            self._enlist(waiting)
            self._make_ready(waiting, now)
            return
        differs = waiting.pod.demand != pod.demand
        self._discharge(waiting)
        waiting.pod = pod
        self._enlist(waiting)
        if differs and waiting.place == "parked":
            self._retry(waiting, now)
        elif differs and waiting.place == "flying":
            waiting.changed = True

    def remove(self, key: Key) -> None:
        """The pod has a node, or is gone."""
        waiting = self._pods.pop(key, None)
        self._flying.pop(key, None)
        if waiting is not None:
            self._unpark(waiting)
            self._discharge(waiting)

    def pop(self, most: int, now: float) -> list[PodInfo]:
        """The next pods, which are in flight from now on; a gang comes whole, also those of it that back off or are
        parked, even if that makes more pods."""
        self.flush(now)
        found: list[PodInfo] = []
        while len(found) < most and self._has_ready():
            waiting = heapq.heappop(self._ready)[3]
            found.append(self._take_off(waiting, now))
            for other in self._gangs.get(waiting.pod.gang_key, {}).values() if waiting.pod.gang_key else ():
                if other.place != "flying":
                    self._unpark(other)
                    found.append(self._take_off(other, now))
        return found

    def _take_off(self, waiting: _Waiting, now: float) -> PodInfo:
        waiting.place, waiting.since = "flying", now
        self._flying[waiting.pod.key] = waiting
        waiting.attempts += 1
        waiting.moment = self._moment
        waiting.changed = False
        return waiting.pod

    def _enlist(self, waiting: _Waiting) -> None:
        if waiting.pod.gang_key is not None:
            self._gangs.setdefault(waiting.pod.gang_key, {})[waiting.pod.key] = waiting

    def _discharge(self, waiting: _Waiting) -> None:
        members = self._gangs.get(waiting.pod.gang_key) if waiting.pod.gang_key is not None else None
        if waiting.pod.gang_key is not None and members is not None:
            members.pop(waiting.pod.key, None)
            if not members:
                del self._gangs[waiting.pod.gang_key]

    def park(self, pod: PodInfo, helped_by: frozenset[Happening], now: float) -> None:
        """No node takes the pod: it waits for something that could help, unless that happened already."""
        waiting = self._landing(pod)
        if waiting is None:
            return
        if waiting.changed or any(self._latest.get(each, -1) > waiting.moment for each in helped_by):
            self._retry(waiting, now)
            return
        waiting.place, waiting.since, waiting.helped_by = "parked", now, helped_by
        self._parked.setdefault(helped_by, {})[pod.key] = waiting

    def await_room(self, key: Key) -> None:
        """A node is being cleared for a parked pod. `hurry` tells it when that is done; until then room that is freed
        for others does not concern it: to wake everybody for every victim would be quadratic."""
        waiting = self._pods.get(key)
        if waiting is not None and waiting.place == "parked" and Happening.POD_GONE in waiting.helped_by:
            self._unpark(waiting)
            waiting.helped_by = waiting.helped_by - {Happening.POD_GONE} | {Happening.ROOM_FREED}
            self._parked.setdefault(waiting.helped_by, {})[key] = waiting

    def hurry(self, key: Key, now: float) -> None:
        """The pod's room is there: a backoff, or a place behind others of its priority, would only keep it empty."""
        waiting = self._pods.get(key)
        if waiting is not None and waiting.place in ("parked", "backoff"):
            self._make_ready(waiting, now, first=True)

    def fail(self, pod: PodInfo, now: float) -> None:
        """It had a node, but could not be bound, or nothing could be decided about it: once more after a while."""
        waiting = self._landing(pod)
        if waiting is not None:
            self._retry(waiting, now)

    def happened(self, happenings: Iterable[Happening], now: float) -> None:
        what = frozenset(happenings)
        if not what:
            return
        self._moment += 1
        self._latest.update(dict.fromkeys(what, self._moment))
        for helped_by in [each for each in self._parked if each & what]:
            for waiting in list(self._parked[helped_by].values()):
                self._retry(waiting, now)

    def flush(self, now: float) -> None:
        """Moves on whoever has waited long enough."""
        while self._has_backoff() and self._backoff[0][0] <= now:
            self._make_ready(heapq.heappop(self._backoff)[2], now)
        while (oldest := self._longest_parked()) is not None and oldest.since + PARKED_AT_MOST <= now:
            self._make_ready(oldest, now)

    def next_flush(self, now: float) -> float | None:
        """Seconds until `flush` has something to do; None for never, 0 while pods are ready."""
        if self._has_ready():
            return 0.0
        oldest = self._longest_parked()
        due = [oldest.since + PARKED_AT_MOST] if oldest is not None else []
        if self._has_backoff():
            due.append(self._backoff[0][0])
        return max(min(due) - now, 0.0) if due else None

    def _longest_parked(self) -> _Waiting | None:
        firsts = (next(iter(group.values())) for group in self._parked.values())
        return min(firsts, key=lambda waiting: waiting.since, default=None)

    def _unpark(self, waiting: _Waiting) -> None:
        group = self._parked.get(waiting.helped_by)
        if group is not None and group.pop(waiting.pod.key, None) is not None and not group:
            del self._parked[waiting.helped_by]

    def _landing(self, pod: PodInfo) -> _Waiting | None:
        """The pod, if it is still in flight."""
        waiting = self._flying.get(pod.key)
        if waiting is None or waiting.pod.uid != pod.uid:
            return None
        return self._flying.pop(pod.key)

    def _has_ready(self) -> bool:
        while self._ready and not self._is_in(self._ready[0][3], "ready"):
            heapq.heappop(self._ready)
        return bool(self._ready)

    def _has_backoff(self) -> bool:
        while self._backoff and not self._is_in(self._backoff[0][2], "backoff"):
            heapq.heappop(self._backoff)
        return bool(self._backoff)

    def _is_in(self, waiting: _Waiting, place: str) -> bool:
        return waiting.place == place and self._pods.get(waiting.pod.key) is waiting

    def _retry(self, waiting: _Waiting, now: float) -> None:
        """Ready again, but not sooner than its backoff allows."""
        wait = min(self._first_backoff * 2.0 ** min(waiting.attempts - 1, 30), self._longest_backoff)
        began = waiting.since if waiting.place == "parked" else now
        self._unpark(waiting)
        if began + wait <= now:
            self._make_ready(waiting, now)
            return
        waiting.place, waiting.since, waiting.until = "backoff", began, began + wait
        heapq.heappush(self._backoff, (waiting.until, next(self._order), waiting))

    def _make_ready(self, waiting: _Waiting, now: float, first: bool = False) -> None:
        """It is the last of its priority; `first`: before all that came without hurry."""
        self._unpark(waiting)
        waiting.place, waiting.since = "ready", now
        turn = -math.inf if first else now
        heapq.heappush(self._ready, (-waiting.pod.priority, turn, next(self._order), waiting))
