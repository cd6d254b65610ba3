"""The frame of an evaluation: a list of its cost so far, its budget, the work it may still do, what was converted, then
its variables.

The cost is Kubernetes' and says what users are charged. It knows nothing of sizes within sizes (one unit compares two
lists of a million lists), so work is bounded besides, by counting what is touched; no clock is needed for either.
"""

from __future__ import annotations

from typing import Any

from services.objects.cel.errors import BudgetExceeded

COST, BUDGET, WORK, CONVERTED, VARIABLES = 0, 1, 2, 3, 4
MOST_WORK = 5_000_000  # elements touched: more than a request can hold, a few seconds at the worst

Frame = list[Any]


def idle() -> Frame:
    """A frame of no program, for what is done while compiling."""
    return [0, 0, MOST_WORK, None]


def charge(frame: Frame, cost: int) -> None:
    frame[COST] += cost
    if frame[COST] > frame[BUDGET]:
        raise BudgetExceeded


def work(frame: Frame, steps: int) -> None:
    frame[WORK] -= steps
    if frame[WORK] < 0:
        raise BudgetExceeded
