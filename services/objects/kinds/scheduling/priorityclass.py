"""PriorityClasses: names for how important pods are. The highest numbers are the system's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, forbidden, immutable, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

HIGHEST_OF_USERS = 1_000_000_000
# https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
SYSTEM_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_SYSTEM = "system-"
_POLICIES = ("PreemptLowerPriority", "Never")


def default_priorityclass(priority: Obj) -> None:
    if priority.get("preemptionPolicy") is None:
        priority["preemptionPolicy"] = "PreemptLowerPriority"
    priority.setdefault("value", 0)


def validate_priorityclass(priority: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, priority, names.is_dns1123_subdomain, namespaced=False)
    name, value = (priority.get("metadata") or {}).get("name") or "", priority.get("value", 0)
    if name.startswith(_SYSTEM):
        why = _unlike_the_systems(name, value, bool(priority.get("globalDefault")))
        if why:
            causes.append(forbidden("metadata.name", f"priority class names with '{_SYSTEM}' prefix are reserved for "
                                                     f"system use only. error: {why}"))  # fmt: skip
    elif value > HIGHEST_OF_USERS:
        causes.append(forbidden("value", "maximum allowed value of a user defined priority is "
                                         f"{HIGHEST_OF_USERS}"))  # fmt: skip
    policy = priority.get("preemptionPolicy")
    if policy == "":
        causes.append(required("preemptionPolicy"))
    elif policy is not None and policy not in _POLICIES:
        causes.append(unsupported("preemptionPolicy", policy, _POLICIES))
    return causes


def _unlike_the_systems(name: str, value: int, default: bool) -> str:
    known = SYSTEM_PRIORITIES.get(name)
    if known is None:
        return f"{name} is not a known system priority class"
    if value != known:
        return f"value of {name} PriorityClass must be {known}"
    return f"globalDefault of {name} PriorityClass must be false" if default else ""


def validate_priorityclass_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    if new.get("value", 0) != old.get("value", 0):
        causes.append(forbidden("value", "may not be changed in an update."))
    immutable(causes, "preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))
    return causes


def _row(priority: Obj, now: datetime) -> list[Any]:
    return [priority["metadata"].get("name", ""), priority.get("value", 0), bool(priority.get("globalDefault")),
            cells.age(priority, now), priority.get("preemptionPolicy") or ""]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Value", "integer", description="The priority of pods of the class."),
        Column("Global-Default", "boolean", description="Whether pods that name no class are of this one."),
        cells.AGE,
        Column("PreemptionPolicy", description="Whether its pods push others away."),
    ),
    _row,
)
PRIORITYCLASS = Kind(
    group="scheduling.k8s.io", version="v1", kind="PriorityClass", plural="priorityclasses",
    singular="priorityclass", short_names=("pc",), namespaced=False,
    definition="io.k8s.api.scheduling.v1.PriorityClass", printer=PRINTER, has_generation=True,
    default=default_priorityclass,
    validate=validate_priorityclass, validate_update=validate_priorityclass_update,
)  # fmt: skip
