"""ComponentStatuses: whether the parts of the control plane are well, seen from the API; deprecated for long, and read
by old dashboards still. Nothing is stored: what is answered is found out when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def component_status(name: str, problem: str | None) -> Obj:
    """`problem` is None of a component that is well."""
    told = {"message": "ok"} if problem is None else {"message": problem, "error": problem}
    condition = {"type": "Healthy", "status": "True" if problem is None else "False", **told}
    return {"apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name}, "conditions": [condition]}


def _row(component: Obj, now: datetime) -> list[Any]:
    healthy: Mapping[str, Any] = next((condition for condition in component.get("conditions") or ()
                                       if condition.get("type") == "Healthy"), {})  # fmt: skip
    text = {"True": "Healthy", "False": "Unhealthy"}.get(healthy.get("status", ""), "Unknown")
    return [component["metadata"].get("name", ""), text, healthy.get("message", ""), healthy.get("error", "")]


PRINTER = Printer(
    (
        NAME,
        Column("Status", description="Healthy or not."),
        Column("Message", description="What the component says of itself."),
        Column("Error", description="Why it could not be asked, or is not well."),
    ),
    _row,
)

COMPONENTSTATUS = Kind(
    group="", version="v1", kind="ComponentStatus", plural="componentstatuses", singular="componentstatus",
    short_names=("cs",), namespaced=False, definition="io.k8s.api.core.v1.ComponentStatus", printer=PRINTER,
    verbs=("get", "list"), stored=False,
)  # fmt: skip
