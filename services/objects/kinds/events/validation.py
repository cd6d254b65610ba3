"""The rules of Events: lenient in v1, where old clients write them, strict in events.k8s.io/v1.

Both kinds are judged in the form of v1, in which they are kept, and error texts call its fields by their names there;
so does Kubernetes.
"""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.events.conversion import to_core
from services.objects.kinds.validation.field import Causes, add_invalid, immutable, invalid, required
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj

_SHORT, _NOTE = 128, 1024
_TYPES = ("Normal", "Warning")
_OLD_FIELDS = ("firstTimestamp", "lastTimestamp", "count", "source")
_FIXED = ("involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type",
          "eventTime", "action", "related", "reportingComponent", "reportingInstance")  # fmt: skip


def validate_core_event(event: Obj) -> Causes:
    """Names are what clients of old made them: anything that fits a path."""
    causes: Causes = []
    validate_meta(causes, event, names.is_path_segment)
    _validate(causes, event, "reportingComponent")
    return causes


def validate_event(event: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, event, names.is_dns1123_subdomain)
    _validate(causes, to_core(event), "reportingController")
    return causes


def validate_event_create(event: Obj) -> Causes:
    """What a new client must say, and what it must leave to the old ones."""
    causes: Causes = []
    event = to_core(event)
    _validate_series(causes, event)
    if not event.get("eventTime"):
        causes.append(required("eventTime"))
    kind = event.get("type") or ""
    if kind not in _TYPES:
        causes.append(invalid("type", "", f"has invalid value: {kind}"))
    for name in _OLD_FIELDS:
        value = event.get(name)
        if any(value.values()) if isinstance(value, dict) else value:
            causes.append(invalid(name, "", "needs to be unset"))
    return causes


def _validate(causes: Causes, event: Obj, controller: str) -> None:
    """An event lives beside what it is about; about what has no namespace, in default. One with an eventTime was made
    by a new client, which must say who reports what; `controller` is what the kind calls that field."""
    about = (event.get("involvedObject") or {}).get("namespace") or ""
    namespace = (event.get("metadata") or {}).get("namespace") or ""
    if not event.get("eventTime"):
        fits = namespace in ("", "default") if not about else about == namespace
    else:
        fits = bool(about) or namespace in ("default", "kube-system")
    if not fits:
        causes.append(invalid("involvedObject.namespace", about, "does not match event.namespace"))
    if event.get("eventTime"):
        _validate_report(causes, event, controller)


def _validate_report(causes: Causes, event: Obj, controller: str) -> None:
    reporter = event.get("reportingComponent") or ""
    if not reporter:
        causes.append(required(controller))
    add_invalid(causes, controller, reporter, qualified_name_errors(reporter))
    for name in ("reportingInstance", "action", "reason"):
        value = event.get(name) or ""
        if not value:
            causes.append(required(name))
        _validate_length(causes, name, value, _SHORT)
    _validate_length(causes, "message", event.get("message") or "", _NOTE)


def _validate_length(causes: Causes, name: str, value: str, limit: int) -> None:
    if len(value) * 4 > limit and len(value.encode("utf-8", "replace")) > limit:
        causes.append(invalid(name, "", f"can have at most {limit} characters"))


def _validate_series(causes: Causes, event: Obj) -> None:
    series = event.get("series")
    if series is None:
        return
    if series.get("count", 0) < 2:
        causes.append(invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        causes.append(required("series.lastObservedTime"))


def validate_event_update(new: Obj, old: Obj) -> Causes:
    """Only the series and metadata may change."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    new, old = to_core(new), to_core(old)
    if new.get("series") != old.get("series"):
        _validate_series(causes, new)
    for name in _FIXED:
        shown = "reportingController" if name == "reportingComponent" else name
        immutable(causes, shown, new.get(name), old.get(name))
    return causes
