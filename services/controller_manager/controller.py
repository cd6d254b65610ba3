"""What the runner asks of a controller."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, Protocol

from services.controller_manager.plans import Plan

Key = Hashable
Enqueue = Callable[[Key], None]


class Controller(Protocol):
    """`observe` gathers what the pure `decide` of the controller needs to know about a key."""

    @property
    def name(self) -> str: ...

    @property
    def component(self) -> str:
        """Whom its events come from, as Kubernetes names it: deployment-controller."""

    def subscribe(self, enqueue: Enqueue) -> None:
        """Says which changes concern which keys; called once, with a view that is in sync."""

    async def observe(self, key: Any, failure: str) -> Any:
        """The argument of `decide`; None when there is nothing to decide. `failure` is why part of the key's last plan
        was refused, "" when it was not. What comes from the view is read without an await in between."""

    def decide(self, observed: Any, now: datetime) -> Plan: ...
