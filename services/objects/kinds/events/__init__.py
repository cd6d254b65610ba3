"""Events of both groups, the core one and events.k8s.io."""

from __future__ import annotations

from services.objects.kinds.events.event import EVENT, EVENTS_EVENT

KINDS = (EVENT, EVENTS_EVENT)

__all__ = ["EVENT", "EVENTS_EVENT"]
