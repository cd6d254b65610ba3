"""Which pods have to go so that a more important one finds a place: a snapshot in, a node and its victims out.

The rules are those of Kubernetes: no more pods go than must; of the nodes, the one with the fewest violations of
disruption budgets, then the least important first victim, the smallest sum of priorities, the fewest victims, and the
latest start of the most important ones. Which nodes are worth a closer look is told by vector expressions over all of
them; Kubernetes looks at a tenth, drawn by lot. Nodes that are alike share one look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from services.objects import selectors
from services.objects.meta import Obj, namespace_of
from services.objects.selectors import LabelSelector
from services.scheduler.cluster.cluster import Cluster, Key, Placed
from services.scheduler.cluster.columns import Columns, Mask, Rows
from services.scheduler.cluster.demand import Demand, PodInfo
from services.scheduler.plugins.plugin import Planner, Reach
from services.scheduler.profile import DEFAULT, Profile

LOOKS = 16  # nodes looked at together
_NO_PRIORITY = -(2**31)
MOST_LOOKS = 128  # nodes looked at in all, while each of them would violate a disruption budget


class Budget(NamedTuple):
    """A PodDisruptionBudget: how many more of the pods it means may be disrupted; `disrupted` are counted already."""

    namespace: str
    selector: LabelSelector
    allowed: int
    disrupted: frozenset[str] = frozenset()

    def means(self, pod: PodInfo) -> bool:
        kin = pod.demand.kin
        return (
            self.namespace == pod.namespace and pod.name not in self.disrupted
            and not self.selector.everything and self.selector.matches(dict(kin.labels))
        )  # fmt: skip


def budget_of(budget: Obj) -> Budget:
    status = budget.get("status") or {}
    return Budget(
        namespace_of(budget), selectors.from_json((budget.get("spec") or {}).get("selector")),
        status.get("disruptionsAllowed") or 0, frozenset(status.get("disruptedPods") or ()),
    )  # fmt: skip


class Preemption(NamedTuple):
    """`node` is cleared for the pod by removing the victims; there are none when those that must go are going."""

    pod: PodInfo
    node: str
    victims: tuple[PodInfo, ...]


class Badness(NamedTuple):
    """What speaks against clearing a node, the weightiest first; `earliest` sorts a later start before an earlier."""

    violations: int
    highest: int
    sum: int
    victims: int
    earliest: tuple[int, ...]


class Preemptor:
    """For the pods of one round that found no place, the most important first; each counts on what was decided for
    those before it. The cluster stays as it is."""

    def __init__(self, cluster: Cluster, budgets: Sequence[Budget] = (), profile: Profile = DEFAULT) -> None:
        self._cluster = cluster
        self._budgets = [*budgets]
        self._profile = profile
        self._view = cluster.columns.scratch()
        self._going: set[Key] = set()
        # Those that are at least as important as the pod at hand are counted in the view, the others are not.
        self._claims = {priority: claims.copy() for priority, claims in cluster.claims_at.items()}
        self._surveys: dict[tuple[Demand, int], _Survey] = {}
        self._touched: list[int] = []  # rows

    def preempt(self, pod: PodInfo) -> Preemption | None:
        """None when removing less important pods helps nowhere."""
        for priority in [each for each in self._claims if each < pod.priority]:
            for claim in self._claims.pop(priority).values():
                self._count(claim, self._view.remove)
        own = self._claims.get(pod.priority, {}).pop(pod.key, None)
        if own is not None:
            self._count(own, self._view.remove)
        survey = self._surveys.get((pod.demand, pod.priority))
        if survey is None:
            survey = _Survey(pod, self._cluster, self._view, self._profile, len(self._touched))
            self._surveys[pod.demand, pod.priority] = survey
        found = survey.best(self._touched, self._budgets, self._going)
        if found is None:
            return None
        row, victims = found
        claim = Placed(self._view.names[row], pod)
        self._claims.setdefault(pod.priority, {})[pod.key] = claim
        self._count(claim, self._view.place)
        self._going.update(victim.key for victim in victims)
        for number, budget in enumerate(self._budgets):
            disrupted = sum(map(budget.means, victims))
            if disrupted:
                self._budgets[number] = budget._replace(allowed=budget.allowed - disrupted)
        return Preemption(pod, claim.node, victims)

    def _count(self, claim: Placed, how: Callable[[int, Demand], None]) -> None:
        row = self._cluster.row(claim.node)
        if row is not None:
            how(row, claim.demand)
            self._touched.append(row)


class _Survey:
    """The nodes, as pods of one demand and priority find them; looks at nodes that nothing has changed are kept."""

    def __init__(self, pod: PodInfo, cluster: Cluster, view: Columns, profile: Profile, seen: int) -> None:
        self._priority = pod.priority
        self._demand = pod.demand
        self._cluster = cluster
        self._view = view
        concerned = [each for each in profile.filters if each.concerns(pod.demand, view)]
        self._mask: Mask = view.present.copy()  # where the nodes themselves do not refuse
        if any(isinstance(each, Planner) and each.objection(pod.demand, view) for each in concerned):
            self._mask[:] = False
            concerned = []
        for filter_ in concerned:
            if filter_.reach is Reach.NODE:
                self._mask &= filter_.feasible(pod.demand, view)
        self._local = [each for each in concerned if each.reach is Reach.POD]
        # Removing pods may bring up a filter that has nothing to say now only if it is about pods anywhere.
        self._wide = [each for each in profile.filters if each.reach is Reach.CLUSTER]
        for filter_ in self._wide if concerned else ():
            if filter_.concerns(pod.demand, view):
                self._mask &= filter_.clearable(pod.demand, view)
        self._tiers = sorted(each for each in cluster.tiers if each < pod.priority)
        self._seen = seen
        self._budgets: Sequence[Budget] = ()
        self._looks: dict[int, tuple[Badness, int, tuple[PodInfo, ...]] | None] = {}
        self._alike: dict[object, tuple[int, ...] | None] = {}
        everywhere = np.arange(len(view))
        self._order: dict[int, None] = dict.fromkeys(self._candidates(everywhere))
        self._changed: dict[int, None] = {}  # rows that come behind those in the order, if they are candidates still

    def best(self, touched: Sequence[int], budgets: Sequence[Budget], going: Collection[Key]
             ) -> tuple[int, tuple[PodInfo, ...]] | None:  # fmt: skip
        """The row to clear, and of whom."""
        self._refresh(touched, budgets)
        best: tuple[Badness, int, tuple[PodInfo, ...]] | None = None
        rows = list(islice(self._order, MOST_LOOKS))
        for start in range(0, len(rows), LOOKS):
            for row in rows[start : start + LOOKS]:
                if row not in self._looks:
                    self._looks[row] = self._look(row, going)
                look = self._looks[row]
                if look is not None and (best is None or look[0] < best[0]):
                    best = look
            if best is not None and best[0].violations == 0:
                break
        return None if best is None else best[1:]

    def _refresh(self, touched: Sequence[int], budgets: Sequence[Budget]) -> None:
        """Looks again at what changed since: at everything where pods elsewhere matter."""
        rows = touched[self._seen :]
        self._seen = len(touched)
        if [*budgets] != self._budgets or any(each.concerns(self._demand, self._view) for each in self._wide):
            self._budgets = [*budgets]
            self._looks.clear()
        for row in rows:
            self._looks.pop(row, None)
            self._order.pop(row, None)
            self._changed[row] = None
        if self._changed and len(self._order) < MOST_LOOKS:
            self._order.update(dict.fromkeys(self._candidates(np.array([*self._changed], np.int64))))
            self._changed.clear()

    def _candidates(self, rows: Rows) -> list[int]:
        """Those on which there is something to remove that could help, the most promising first: where the least
        important pods would do, and the least is missing."""
        view, demand = self._view, self._demand
        request = view.vector(demand.requests)
        asked = np.flatnonzero(request)
        missing = np.maximum(request[asked] - view.free[np.ix_(rows, asked)], 0)
        level = np.full(len(rows), -1, np.int64)
        removable = np.zeros_like(missing)
        something = np.zeros(len(rows), bool)
        for number, priority in enumerate(self._tiers):
            tier = self._cluster.tier(priority)[rows]
            something |= tier.any(axis=1)
            removable += tier[:, asked]
            level[(level < 0) & something & (removable >= missing).all(axis=1)] = number
        possible = np.flatnonzero(self._mask[rows] & (level >= 0))
        share = (missing[possible] / np.maximum(view.allocatable[np.ix_(rows[possible], asked)], 1)).max(
            axis=1, initial=0.0)  # fmt: skip
        found: list[int] = rows[possible[np.lexsort((share, level[possible]))]].tolist()
        return found

    def _look(self, row: int, going: Collection[Key]) -> tuple[Badness, int, tuple[PodInfo, ...]] | None:
        """How bad it is to clear a row, and who has to go for it."""
        there = sorted((each for each in self._cluster.on(self._view.names[row])
                        if each.pod.priority < self._priority), key=_importance)  # fmt: skip
        violating = self._violating(there)
        gone = self._clear_once(row, there, violating)
        if not gone:
            return None
        # Whoever is going anyway is no victim, and costs nothing.
        victims = tuple(there[place].pod for place in gone if not there[place].demand.kin.terminating
                        and there[place].pod.key not in going)  # fmt: skip
        highest = max((victim.priority for victim in victims), default=_NO_PRIORITY)
        latest = min((victim.started for victim in victims if victim.priority == highest), default="")
        badness = Badness(sum(violating[place] for place in gone), highest,
                          sum(victim.priority - _NO_PRIORITY for victim in victims), len(victims),
                          tuple(-ord(each) for each in latest))  # fmt: skip
        return badness, row, victims

    def _clear_once(self, row: int, there: Sequence[Placed], violating: Sequence[bool]) -> tuple[int, ...] | None:
        """Nodes with the same room and the same pods need the same victims, unless pods elsewhere matter."""
        if any(each.concerns(self._demand, self._view) for each in self._wide):
            return self._clear(row, there, violating)
        view = self._view
        like = (view.allocatable[row].tobytes(), view.requested[row].tobytes(), tuple(violating),
                tuple((each.pod.priority, each.demand) for each in there))  # fmt: skip
        if like not in self._alike:
            self._alike[like] = self._clear(row, there, violating)
        return self._alike[like]

    def _clear(self, row: int, there: Sequence[Placed], violating: Sequence[bool]) -> tuple[int, ...] | None:
        """Everybody goes, then comes back one by one while there is room: first those whose going violates a budget,
        the most important of them first. None when even an empty node would not do."""
        view = self._view
        for placed in there:
            view.remove(row, placed.demand)
        gone = set(range(len(there)))
        fits = self._fits(row)
        for place in sorted(gone, key=lambda place: (not violating[place], place)) if fits else ():
            view.place(row, there[place].demand)
            if self._fits(row):
                gone.discard(place)
            else:
                view.remove(row, there[place].demand)
        for place in gone:
            view.place(row, there[place].demand)
        return tuple(sorted(gone)) if fits else None

    def _fits(self, row: int) -> bool:
        view, demand = self._view, self._demand
        part = view.take(np.array([row]))
        if not all(filter_.feasible(demand, part)[0] for filter_ in self._local):
            return False
        return all(bool(filter_.feasible(demand, view)[row]) for filter_ in self._wide
                   if filter_.concerns(demand, view))  # fmt: skip

    def _violating(self, there: Sequence[Placed]) -> list[bool]:
        """Whose going would violate a budget, if they all went in this order."""
        left = [budget.allowed for budget in self._budgets]
        found = []
        for placed in there:
            violates = False
            for number, budget in enumerate(self._budgets):
                if budget.means(placed.pod):
                    left[number] -= 1
                    violates = violates or left[number] < 0
            found.append(violates)
        return found


def _importance(placed: Placed) -> tuple[int, str, Key]:
    """The most important first: of the same priority, the one that has run longest."""
    return -placed.pod.priority, placed.pod.started, placed.pod.key
