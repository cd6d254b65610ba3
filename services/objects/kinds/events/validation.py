"""The rules of Events: lenient in v1, where old clients write them, strict in events.k8s.io/v1."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, immutable, invalid, required, too_long
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj

_CLUSTER_NAMESPACES = ("", "default", "kube-system")
_SHORT, _NOTE = 128, 1024
_TYPES = ("Normal", "Warning")
_FIXED = ("regarding", "related", "note", "reason", "type", "action", "eventTime", "reportingController",
          "reportingInstance", "deprecatedSource", "deprecatedFirstTimestamp", "deprecatedLastTimestamp",
          "deprecatedCount")  # fmt: skip


def validate_core_event(event: Obj) -> Causes:
    """An event with an eventTime was made by a new client, which must say who reports what."""
    causes: Causes = []
    validate_meta(causes, event, names.is_dns1123_subdomain)
    _validate_place(causes, "involvedObject", event)
    if event.get("eventTime"):
        _validate_report(causes, event, "reportingComponent", "message")
    return causes


def validate_event(event: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, event, names.is_dns1123_subdomain)
    _validate_place(causes, "regarding", event)
    if not event.get("eventTime"):
        causes.append(required("eventTime"))
    _validate_report(causes, event, "reportingController", "note")
    kind = event.get("type") or ""
    if kind not in _TYPES:
        causes.append(invalid("type", "", f"has invalid value: {kind}"))
    return causes


def _validate_place(causes: Causes, field: str, event: Obj) -> None:
    """An event lives beside what it is about; about what has no namespace, in default."""
    about = (event.get(field) or {}).get("namespace") or ""
    namespace = (event.get("metadata") or {}).get("namespace") or ""
    if about != namespace and (about or namespace not in _CLUSTER_NAMESPACES):
        causes.append(invalid(f"{field}.namespace", about, "does not match event.namespace"))


def _validate_report(causes: Causes, event: Obj, controller: str, note: str) -> None:
    """Who reports and what; `controller` and `note` are what the kind calls these fields."""
    reporter = event.get(controller)
    if not reporter:
        causes.append(required(controller))
    else:
        add_invalid(causes, controller, reporter, qualified_name_errors(reporter))
    for name in ("reportingInstance", "action", "reason"):
        value = event.get(name)
        if not value:
            causes.append(required(name))
        elif len(value.encode("utf-8", "replace")) > _SHORT:
            causes.append(too_long(name, _SHORT))
    if len((event.get(note) or "").encode("utf-8", "replace")) > _NOTE:
        causes.append(too_long(note, _NOTE))


def validate_event_update(new: Obj, old: Obj) -> Causes:
    """Only the series and metadata may change."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for name in _FIXED:
        immutable(causes, name, new.get(name), old.get(name))
    return causes
