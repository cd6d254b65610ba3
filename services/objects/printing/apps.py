"""The tables of what keeps pods running."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import selectors
from services.objects.meta import Obj
from services.objects.ownership import controller_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_DESIRED = Column("Desired", "integer", description="Pods that there should be.")
_CURRENT = Column("Current", "integer", description="Pods that there are.")
_READY = Column("Ready", "integer", description="Pods that are ready.")
_TEMPLATE = (
    Column("Containers", priority=1, description="Names of the template's containers."),
    Column("Images", priority=1, description="Images of the template's containers."),
    Column("Selector", priority=1, description="Labels of its pods."),
)


def _template(spec: Obj, selector: str) -> list[Any]:
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or ()
    return [cells.joined(containers, "name"), cells.joined(containers, "image"), selector]


def _selector(spec: Obj) -> str:
    try:
        return str(selectors.from_json(spec.get("selector"))) or cells.NONE
    except selectors.SelectorError:
        return "<error>"


def _counts(obj: Obj, now: datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    return [obj["metadata"].get("name", ""), spec.get("replicas", 0), status.get("replicas", 0),
            status.get("readyReplicas", 0), cells.age(obj, now)]  # fmt: skip


def _replicaset(replicaset: Obj, now: datetime) -> list[Any]:
    spec = replicaset.get("spec") or {}
    return _counts(replicaset, now) + _template(spec, _selector(spec))


def _replicationcontroller(controller: Obj, now: datetime) -> list[Any]:
    spec = controller.get("spec") or {}
    return _counts(controller, now) + _template(spec, cells.labels(spec.get("selector")))


def _deployment(deployment: Obj, now: datetime) -> list[Any]:
    spec, status = deployment.get("spec") or {}, deployment.get("status") or {}
    return [
        deployment["metadata"].get("name", ""), f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0), status.get("availableReplicas", 0), cells.age(deployment, now),
        *_template(spec, _selector(spec)),
    ]  # fmt: skip


def _controllerrevision(revision: Obj, now: datetime) -> list[Any]:
    owner = controller_of(revision)
    name = cells.NONE
    if owner is not None:
        group = owner.get("apiVersion", "").rpartition("/")[0]
        name = f"{owner.get('kind', '')}{'.' if group else ''}{group}".lower() + f"/{owner.get('name', '')}"
    return [revision["metadata"].get("name", ""), name, revision.get("revision", 0), cells.age(revision, now)]


_REPLICAS = (NAME, _DESIRED, _CURRENT, _READY, cells.AGE, *_TEMPLATE)

REPLICASET = Printer(_REPLICAS, _replicaset)
REPLICATIONCONTROLLER = Printer(_REPLICAS, _replicationcontroller)
DEPLOYMENT = Printer(
    (
        NAME,
        Column("Ready", description="Ready pods of all that there should be."),
        Column("Up-to-date", "integer", description="Pods of the newest template."),
        Column("Available", "integer", description="Pods that have been ready long enough."),
        cells.AGE,
        *_TEMPLATE,
    ),
    _deployment,
)
CONTROLLERREVISION = Printer(
    (
        NAME,
        Column("Controller", description="Whose history it is."),
        Column("Revision", "integer", description="Its place in that history."),
        cells.AGE,
    ),
    _controllerrevision,
)
