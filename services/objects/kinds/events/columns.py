"""The table of Events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def _row(event: Obj, now: datetime) -> list[Any]:
    """Of either form, core/v1 or events.k8s.io/v1: they are the same object under other field names."""
    about = event.get("involvedObject") or event.get("regarding") or {}
    first_time = event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp") or event.get("eventTime")
    last_time = event.get("lastTimestamp") or event.get("deprecatedLastTimestamp") or first_time
    count = event.get("count") or event.get("deprecatedCount") or 1
    series = event.get("series")
    if series:
        last_time, count = series.get("lastObservedTime"), series.get("count", 0)
    kind, name = str(about.get("kind", "")).lower(), about.get("name", "")
    return [
        cells.since(last_time, now), event.get("type", ""), event.get("reason", ""),
        f"{kind}/{name}" if name else kind, about.get("fieldPath", ""), _source(event),
        (event.get("message") or event.get("note") or "").strip(), cells.since(first_time, now), count,
        event["metadata"].get("name", ""),
    ]  # fmt: skip


def _source(event: Obj) -> str:
    source = event.get("source") or event.get("deprecatedSource") or {}
    controller = event.get("reportingComponent") or event.get("reportingController") or ""
    component = source.get("component") or controller
    instance = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {instance}" if instance else component


PRINTER = Printer(
    (
        Column("Last Seen", description="When it happened last."),
        Column("Type", description="Normal or Warning."),
        Column("Reason", description="One word for machines."),
        Column("Object", description="What it is about."),
        Column("Subobject", priority=1, description="The part it is about."),
        Column("Source", priority=1, description="Who saw it."),
        Column("Message", description="A sentence for people."),
        Column("First Seen", priority=1, description="When it happened first."),
        Column("Count", priority=1, description="How often it happened."),
        NAME._replace(priority=1),
    ),
    _row,
)
