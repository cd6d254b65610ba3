"""Failed work is done again, each time after twice as long."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import NamedTuple

from services.node_agent.pods.actions import Action, CreateSandbox, StartContainer, StopContainer


class Retry(NamedTuple):
    failures: int
    failed_at: datetime
    not_before: datetime


class Retries:
    def __init__(self) -> None:
        self._known: dict[Hashable, Retry] = {}

    def of(self, action: Action) -> Retry | None:
        return self._known.get(_key(action))

    def forget(self, action: Action) -> None:
        self._known.pop(_key(action), None)

    def note(self, action: Action, now: datetime, base: float, longest: float) -> None:
        """It failed: not before `base` seconds, doubled with each failure up to `longest`."""
        before = self.of(action)
        count = before.failures + 1 if before is not None else 1
        delay = min(base * 2 ** min(count - 1, 30), longest)
        self._known[_key(action)] = Retry(count, now, now + timedelta(seconds=delay))


def _key(action: Action) -> Hashable:
    """A stop is the same work whatever grace period is left, an attach whatever the sandbox."""
    match action:
        case StopContainer(_, id):
            return "StopContainer", id
        case StartContainer(name):
            return "StartContainer", name
        case CreateSandbox():
            return "CreateSandbox"
        case _:
            return action
