"""CSINodes: which drivers of volumes run on a node, and what they call it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.storage.parameters import validate_driver_name
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    immutable,
    invalid,
    not_negative,
    required,
)
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_LONGEST_NODE_ID = 192


def default_csinode(node: Obj) -> None:
    node.setdefault("spec", {}).setdefault("drivers", [])


def validate_csinode(node: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, node, names.is_dns1123_subdomain, namespaced=False)
    seen: set[str] = set()
    for index, driver in enumerate((node.get("spec") or {}).get("drivers") or ()):
        _validate_driver(causes, f"spec.drivers[{index}]", driver, seen)
    return causes


def _validate_driver(causes: Causes, path: str, driver: Obj, seen: set[str]) -> None:
    name, node_id = driver.get("name") or "", driver.get("nodeID") or ""
    validate_driver_name(causes, f"{path}.name", name)
    if not node_id:
        causes.append(required(f"{path}.nodeID"))
    if len(node_id.encode("utf-8", "replace")) > _LONGEST_NODE_ID:
        causes.append(invalid(f"{path}.nodeID", node_id, f"must be {_LONGEST_NODE_ID} characters or less"))
    not_negative(causes, f"{path}.allocatable.count", (driver.get("allocatable") or {}).get("count"))
    if name in seen:
        causes.append(duplicate(f"{path}.name", name))
    seen.add(name)
    keys: set[str] = set()
    for key in driver.get("topologyKeys") or ():
        if not key:
            causes.append(required(path))
        if key in keys:
            causes.append(duplicate(path, key))
        keys.add(key)
        add_invalid(causes, path, key, qualified_name_errors(key))


def validate_csinode_update(new: Obj, old: Obj) -> Causes:
    """Drivers come and go; of one that stays, only what the node can take may change."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after = (new.get("spec") or {}).get("drivers") or ()
    for before in (old.get("spec") or {}).get("drivers") or ():
        for driver in after:
            if driver.get("name") == before.get("name"):
                immutable(causes, "spec.drivers", _fixed(driver), _fixed(before))
    return causes


def _fixed(driver: Obj) -> Obj:
    return {name: value for name, value in driver.items() if name != "allocatable"}


def _row(node: Obj, now: datetime) -> list[Any]:
    count = len((node.get("spec") or {}).get("drivers") or ())
    return [node["metadata"].get("name", ""), count, cells.age(node, now)]


PRINTER = Printer((NAME, Column("Drivers", "integer", description="How many drivers the node has."), cells.AGE), _row)
CSINODE = Kind(
    group="storage.k8s.io", version="v1", kind="CSINode", plural="csinodes", singular="csinode",
    namespaced=False, definition="io.k8s.api.storage.v1.CSINode", printer=PRINTER, unconditional_update=False,
    default=default_csinode,
    validate=validate_csinode, validate_update=validate_csinode_update,
)  # fmt: skip
