"""Table and PartialObjectMetadata of meta.k8s.io/v1: what kubectl and metadata clients ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.objects.meta import Obj
from services.objects.printing.printer import Column

if TYPE_CHECKING:
    from services.objects.kinds.kind import Kind

API_VERSION = "meta.k8s.io/v1"

_ENDED = {
    "Succeeded": [{"type": "Completed", "status": "True", "reason": "Succeeded",
                   "message": "The pod has completed successfully."}],
    "Failed": [{"type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."}],
}  # fmt: skip


def table(
    kind: Kind,
    objects: Iterable[Obj],
    now: datetime,
    include: str = "Metadata",
    resource_version: str = "",
    continue_: str = "",
    remaining: int | None = None,
    *,
    headers: bool = True,
) -> Obj:
    """`include` (None, Metadata, Object) is what each row carries of its object.

    In a watch only the first table has headers.
    """
    cells = kind.printer.row
    rows = [_row(kind, obj, cells(obj, now), include) for obj in objects]
    return {"kind": "Table", "apiVersion": API_VERSION, "metadata": _metadata(resource_version, continue_, remaining),
            "columnDefinitions": definitions(kind) if headers else None, "rows": rows}  # fmt: skip


def _row(kind: Kind, obj: Obj, cells: list[Any], include: str) -> Obj:
    row: Obj = {"cells": cells}
    if kind.kind == "Pod" and not kind.group:
        ended = _ENDED.get((obj.get("status") or {}).get("phase", ""))
        if ended is not None:
            row["conditions"] = ended
    row["object"] = obj if include == "Object" else partial(obj) if include == "Metadata" else None
    return row


def definitions(kind: Kind) -> list[Obj]:
    """TableColumnDefinitions."""
    return [_definition(column) for column in kind.printer.columns]


def _definition(column: Column) -> Obj:
    return {"name": column.name, "type": column.type, "format": column.format, "description": column.description,
            "priority": column.priority}  # fmt: skip


def partial(obj: Obj, version: str = "v1") -> Obj:
    """The metadata alone, in a version of meta.k8s.io."""
    return {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{version}", "metadata": obj["metadata"]}


def _metadata(resource_version: str, continue_: str, remaining: int | None) -> Obj:
    metadata: Obj = {"resourceVersion": resource_version}
    if continue_:
        metadata["continue"] = continue_
    if remaining:
        metadata["remainingItemCount"] = remaining
    return metadata
