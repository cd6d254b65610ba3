"""Why a pod goes where it goes, or stays: what every plugin says of every node.

It is the decision itself that is shown, looked at from the side, so that what is told cannot differ from what is done.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.scheduler.algorithm import NO_CLAIMS, Claims, Round
from services.scheduler.cluster.columns import Columns
from services.scheduler.cluster.demand import Demand, PodInfo
from services.scheduler.outlook import Refusal
from services.scheduler.profile import DEFAULT, Profile


class Verdict(NamedTuple):
    """On a node: `points` from 0 to 100 by each of the plugins that have a say, and their weighted `total`; or the
    `filter` that refuses it, and why. One of the `best` is chosen, by lot when there are several."""

    node: str
    total: int = 0
    points: tuple[int, ...] = ()
    filter: str = ""
    reasons: tuple[str, ...] = ()
    best: bool = False


class Explanation(NamedTuple):
    """`weights` by plugin, in the order of the points; verdicts come best first, then those that refuse; a `refusal`
    when all of them do."""

    weights: tuple[tuple[str, int], ...]
    verdicts: list[Verdict]
    refusal: Refusal | None


def explain(
    pod: PodInfo, nodes: Columns, profile: Profile = DEFAULT,
    claims: Claims = NO_CLAIMS, placed: tuple[int, Demand] | None = None,
) -> Explanation:  # fmt: skip
    """As the pod would be decided about now. `placed` is where it counts already, and as what: it does not here."""
    round_ = Round(nodes, _FIRST, profile, claims)
    if placed is not None:
        round_.nodes.remove(*placed)
    outlook = round_.look(pod)
    claim = claims.of(pod)
    totals, points, chosen = outlook.explained(round_.nodes, claim.row if claim is not None else None)
    table = np.array([each for _, _, each in points]).reshape(len(points), len(nodes)).T
    names, best = nodes.names, set(chosen.tolist())
    verdicts = [Verdict(names[row], int(totals[row]), tuple(table[row].tolist()), best=row in best)
                for row in sorted(np.flatnonzero(totals >= 0).tolist(),
                                  key=lambda row: (row not in best, -int(totals[row]), names[row]))]  # fmt: skip
    refused: dict[str, Verdict] = {}
    for filter_, where, reasons in outlook.refusals(round_.nodes):
        for row in np.flatnonzero(where).tolist():
            told = tuple(reason for reason, there in reasons.items() if there[row])
            refused[names[row]] = Verdict(names[row], filter=filter_.name, reasons=told)
    return Explanation(tuple((name, weight) for weight, name, _ in points),
                       verdicts + [refused[name] for name in sorted(refused)],
                       None if verdicts else outlook.refusal(round_.nodes))  # fmt: skip


class _First:
    """Nothing is chosen here."""

    def integers(self, low: int, high: int) -> int:
        return low

    def permutation(self, x: object) -> object:
        return x


_FIRST = _First()
