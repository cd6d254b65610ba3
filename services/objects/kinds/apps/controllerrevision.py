"""ControllerRevisions: what a controller's template was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, immutable, not_negative, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.ownership import controller_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer


def validate_controller_revision(revision: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, revision, names.is_dns1123_subdomain)
    if revision.get("data") is None:
        causes.append(required("data", "data is mandatory"))
    not_negative(causes, "revision", revision.get("revision"))
    return causes


def validate_controller_revision_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "data", new.get("data"), old.get("data"))
    return causes


def _row(revision: Obj, now: datetime) -> list[Any]:
    owner = controller_of(revision)
    name = cells.NONE
    if owner is not None:
        group = owner.get("apiVersion", "").rpartition("/")[0]
        name = f"{owner.get('kind', '')}{'.' if group else ''}{group}".lower() + f"/{owner.get('name', '')}"
    return [revision["metadata"].get("name", ""), name, revision.get("revision", 0), cells.age(revision, now)]


PRINTER = Printer(
    (
        NAME,
        Column("Controller", description="Whose history it is."),
        Column("Revision", "integer", description="Its place in that history."),
        cells.AGE,
    ),
    _row,
)
CONTROLLERREVISION = Kind(
    group="apps", version="v1", kind="ControllerRevision", plural="controllerrevisions",
    singular="controllerrevision", namespaced=True, definition="io.k8s.api.apps.v1.ControllerRevision",
    printer=PRINTER,
    validate=validate_controller_revision,
    validate_update=validate_controller_revision_update,
)  # fmt: skip
