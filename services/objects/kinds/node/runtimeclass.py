"""RuntimeClasses: names for ways of running containers, with what each costs and where it is to be had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.containers.resources import validate_resources
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.pods.scheduling.tolerations import validate_tolerations
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, immutable, required
from services.objects.kinds.validation.labels import validate_labels
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def validate_runtimeclass(runtime: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, runtime, names.is_dns1123_subdomain, namespaced=False)
    handler = runtime.get("handler") or ""
    if handler:
        add_invalid(causes, "handler", handler, names.is_dns1123_label(handler))
    else:
        causes.append(required("handler"))
    if runtime.get("overhead") is not None:
        # They are judged as a container's limits, and called so.
        validate_resources(causes, "overhead", {"limits": runtime["overhead"].get("podFixed") or {}})
    scheduling = runtime.get("scheduling") or {}
    if scheduling.get("nodeSelector"):
        validate_labels(causes, "scheduling.nodeSelector", scheduling["nodeSelector"])
    if scheduling.get("tolerations"):
        _validate_tolerations(causes, "scheduling.tolerations", scheduling["tolerations"])
    return causes


def _validate_tolerations(causes: Causes, path: str, tolerations: Sequence[Obj]) -> None:
    validate_tolerations(causes, path, tolerations)
    causes.extend(duplicate(f"{path}[{index}]", toleration) for index, toleration in enumerate(tolerations)
                  if toleration in tolerations[:index])  # fmt: skip


def validate_runtimeclass_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "handler", new.get("handler"), old.get("handler"))
    return causes


def _row(runtime: Obj, now: datetime) -> list[Any]:
    return [runtime["metadata"].get("name", ""), runtime.get("handler", ""), cells.age(runtime, now)]


PRINTER = Printer((NAME, Column("Handler", description="What the node calls it."), cells.AGE), _row)
RUNTIMECLASS = Kind(
    group="node.k8s.io", version="v1", kind="RuntimeClass", plural="runtimeclasses", singular="runtimeclass",
    namespaced=False, definition="io.k8s.api.node.v1.RuntimeClass", printer=PRINTER, unconditional_update=False,
    validate=validate_runtimeclass, validate_update=validate_runtimeclass_update,
    warnings=lambda obj: pending_kind("runtimeclasses"),
)  # fmt: skip
