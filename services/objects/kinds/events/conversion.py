"""The two forms of an Event: the same fields, some under other names."""

from __future__ import annotations

from services.objects.meta import Obj

# field of events.k8s.io/v1 -> field of v1; what is not named here has the same name in both
_RENAMED = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_RENAMED_BACK = {old: new for new, old in _RENAMED.items()}


def _renamed(event: Obj, names: dict[str, str], api_version: str) -> Obj:
    result = {names.get(key, key): value for key, value in event.items()}
    result["apiVersion"] = api_version
    return result


def to_core(event: Obj) -> Obj:
    """The events.k8s.io/v1 Event in the form of v1."""
    return _renamed(event, _RENAMED, "v1")


def from_core(event: Obj) -> Obj:
    """The v1 Event in the form of events.k8s.io/v1."""
    return _renamed(event, _RENAMED_BACK, "events.k8s.io/v1")
