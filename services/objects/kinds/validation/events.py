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
    causes: Causes = []
    validate_meta(causes, event, names.is_dns1123_subdomain)
    _validate_place(causes, "involvedObject", event)
    return causes


def _validate_place(causes: Causes, field: str, event: Obj) -> None:
    """An event lives beside what it is about; about what has no namespace, in default."""
    about = (event.get(field) or {}).get("namespace") or ""
    namespace = (event.get("metadata") or {}).get("namespace") or ""
    if about != namespace and (about or namespace not in _CLUSTER_NAMESPACES):
        causes.append(invalid(f"{field}.namespace", about, "does not match event.namespace"))


def validate_event(event: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, event, names.is_dns1123_subdomain)
    _validate_place(causes, "regarding", event)
    if not event.get("eventTime"):
        causes.append(required("eventTime"))
    controller = event.get("reportingController")
    if not controller:
        causes.append(required("reportingController"))
    else:
        add_invalid(causes, "reportingController", controller, qualified_name_errors(controller))
    for name, limit in (("reportingInstance", _SHORT), ("action", _SHORT), ("reason", _SHORT)):
        value = event.get(name)
        if not value:
            causes.append(required(name))
        elif len(value) > limit:
            causes.append(too_long(name, limit))
    if len(event.get("note") or "") > _NOTE:
        causes.append(too_long("note", _NOTE))
    kind = event.get("type") or ""
    if kind not in _TYPES:
        causes.append(invalid("type", "", f"has invalid value: {kind}"))
    return causes


def validate_event_update(new: Obj, old: Obj) -> Causes:
    """Only the series and metadata may change."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for name in _FIXED:
        immutable(causes, name, new.get(name), old.get(name))
    return causes
