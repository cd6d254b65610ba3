"""Events, of which there are two kinds with one storage: v1 and events.k8s.io/v1 show the same objects.

They are kept in the form of v1, whose fields the other kind renames (regarding is involvedObject, note is message ...).
"""

from __future__ import annotations

from services.objects.kinds import fields
from services.objects.kinds.events import columns
from services.objects.kinds.events.conversion import from_core, to_core
from services.objects.kinds.events.validation import (
    validate_core_event,
    validate_event,
    validate_event_create,
    validate_event_update,
)
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.meta import validate_update
from services.objects.meta import Obj
from services.objects.printing.printer import Printer

EVENT_TTL = 3600
_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")


def _source(event: Obj) -> str:
    return (event.get("source") or {}).get("component") or event.get("reportingComponent") or ""


def _deprecated_source(event: Obj) -> str:
    return (event.get("deprecatedSource") or {}).get("component") or event.get("reportingController") or ""


_PRINTER = Printer(columns.PRINTER.columns, lambda event, now: columns.PRINTER.row(to_core(event), now))
EVENT = Kind(
    group="", version="v1", kind="Event", plural="events", singular="event", short_names=("ev",),
    namespaced=True, definition="io.k8s.api.core.v1.Event", printer=columns.PRINTER,
    create_on_update=True, ttl=EVENT_TTL,
    fields={
        **fields.texts("reason", "type", "reportingComponent", *(f"involvedObject.{name}" for name in _REFERENCE)),
        "source": _source,
    },
    validate=validate_core_event, validate_update=validate_update,
)  # fmt: skip
EVENTS_EVENT = Kind(
    group="events.k8s.io", version="v1", kind="Event", plural="events", singular="event", short_names=("ev",),
    namespaced=True, definition="io.k8s.api.events.v1.Event", printer=_PRINTER,
    create_on_update=True, ttl=EVENT_TTL, stored_as=EVENT, to_stored=to_core, from_stored=from_core,
    fields={
        **fields.texts("reason", "type", "reportingController", *(f"regarding.{name}" for name in _REFERENCE)),
        "source": _deprecated_source,
    },
    validate=validate_event, validate_create=validate_event_create, validate_update=validate_event_update,
)  # fmt: skip
