"""ResourceSlices: parts of pools, in which drivers tell what devices there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds import fields
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.scheduling.affinity import validate_node_selector
from services.objects.kinds.resource.identities import validate_pool_name, validate_subdomain
from services.objects.kinds.resource.lists import named, validate_set
from services.objects.kinds.resource.slices.devices import validate_counter_set, validate_device
from services.objects.kinds.storage.parameters import validate_driver_name
from services.objects.kinds.validation.field import Causes, immutable, invalid, required
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_MOST_DEVICES, _MOST_LARGE_DEVICES, _MOST_COUNTER_SETS = 128, 64, 8
_ONE_PLACE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
_TRUE_OR_NOT = "must be either unset or set to true"
# what is served by none but those who try the unfinished
_ALPHA, _ALPHA_VALUES = "nodeAllocatableResourceMappings", ("bools", "ints", "strings", "versions")


def default_resourceslice(resourceslice: Obj) -> None:
    resourceslice.setdefault("spec", {}).setdefault("pool", {})


def prepare_resourceslice(resourceslice: Obj) -> None:
    created = resourceslice["metadata"].get("creationTimestamp")
    _rewrite(resourceslice["spec"], lambda device, taint: created)


def prepare_resourceslice_update(new: Obj, old: Obj) -> None:
    """A taint that stays keeps the time since when it is there."""
    since = {_taint(device, taint): taint["timeAdded"] for device in old["spec"].get("devices") or ()
             for taint in device.get("taints") or () if "timeAdded" in taint}  # fmt: skip
    new["spec"] = dict(new["spec"])
    _rewrite(new["spec"], lambda device, taint: since.get(_taint(device, taint)))


def _taint(device: Obj, taint: Obj) -> tuple[str, ...]:
    return device.get("name", ""), taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")


def _rewrite(spec: Obj, since: Callable[[Obj, Obj], str | None]) -> None:
    """Without what is unfinished; taints with the times that `since` knows."""
    if spec.get("devices"):
        spec["devices"] = [_rewritten(device, since) for device in spec["devices"]]


def _rewritten(device: Obj, since: Callable[[Obj, Obj], str | None]) -> Obj:
    device = {name: value for name, value in device.items() if name != _ALPHA}
    if device.get("attributes"):
        device["attributes"] = {
            name: {sort: value for sort, value in attribute.items() if sort not in _ALPHA_VALUES}
            for name, attribute in device["attributes"].items()
        }
    if device.get("taints"):
        device["taints"] = [taint if "timeAdded" in taint or not (time := since(device, taint))
                            else {**taint, "timeAdded": time} for taint in device["taints"]]  # fmt: skip
    return device


def validate_resourceslice(resourceslice: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, resourceslice, names.is_dns1123_subdomain, namespaced=False)
    spec = resourceslice.get("spec") or {}
    validate_driver_name(causes, "spec.driver", spec.get("driver") or "")
    _validate_pool(causes, "spec.pool", spec.get("pool") or {})
    _validate_place(causes, spec)
    devices, counters = spec.get("devices"), spec.get("sharedCounters")
    if devices is not None and counters is not None:
        causes.append(invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed"))
    placed = bool(spec.get("perDeviceNodeSelection"))

    def check_device(causes: Causes, where: str, device: Obj) -> None:
        validate_device(causes, where, device, placed=placed)

    large = any(device.get("taints") or device.get("consumesCounters") for device in devices or ())
    validate_set(causes, "spec.devices", devices, _MOST_LARGE_DEVICES if large else _MOST_DEVICES, check_device,
                 named("name"))  # fmt: skip
    validate_set(causes, "spec.sharedCounters", counters, _MOST_COUNTER_SETS, validate_counter_set, named("name"))
    return causes


def _validate_pool(causes: Causes, path: str, pool: Obj) -> None:
    validate_pool_name(causes, f"{path}.name", pool.get("name") or "")
    count, generation = pool.get("resourceSliceCount") or 0, pool.get("generation") or 0
    if count <= 0:
        causes.append(invalid(f"{path}.resourceSliceCount", count, "must be greater than zero"))
    if generation < 0:
        causes.append(invalid(f"{path}.generation", generation, "must be greater than or equal to zero"))


def _validate_place(causes: Causes, spec: Obj) -> None:
    places = []
    node, selector = spec.get("nodeName"), spec.get("nodeSelector")
    if node == "":
        causes.append(invalid("spec.nodeName", node, "must be either unset or set to a non-empty string"))
    elif node is not None:
        places.append("`nodeName`")
        validate_subdomain(causes, "spec.nodeName", node)
    if selector is not None:
        places.append("`nodeSelector`")
        validate_node_selector(causes, "spec.nodeSelector", selector)
        terms = selector.get("nodeSelectorTerms")
        if len(terms or ()) != 1:
            causes.append(invalid("spec.nodeSelector.nodeSelectorTerms", terms,
                                  "must have exactly one node selector term"))  # fmt: skip
    for field in ("allNodes", "perDeviceNodeSelection"):
        if spec.get(field):
            places.append(f"`{field}`")
        elif spec.get(field) is not None:
            causes.append(invalid(f"spec.{field}", spec[field], _TRUE_OR_NOT))
    if not places:
        causes.append(required("spec", _ONE_PLACE))
    elif len(places) > 1:
        causes.append(invalid("spec", f"{{{', '.join(places)}}}", f"{_ONE_PLACE}, but multiple fields are set"))


def validate_resourceslice_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    immutable(causes, "spec.pool.name", after["pool"].get("name"), before["pool"].get("name"))
    immutable(causes, "spec.driver", after.get("driver"), before.get("driver"))
    immutable(causes, "spec.nodeName", after.get("nodeName"), before.get("nodeName"))
    return causes


def _row(resourceslice: Obj, now: datetime) -> list[Any]:
    spec = resourceslice.get("spec") or {}
    return [
        resourceslice["metadata"].get("name", ""), spec.get("nodeName") or "", spec.get("driver") or "",
        (spec.get("pool") or {}).get("name") or "", cells.age(resourceslice, now),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Node", description="Where the devices are, if on one node."),
        Column("Driver", description="Whose devices they are."),
        Column("Pool", description="The pool they are a part of."),
        cells.AGE,
    ),
    _row,
)


RESOURCESLICE = Kind(
    group="resource.k8s.io", version="v1", kind="ResourceSlice", plural="resourceslices", singular="resourceslice",
    namespaced=False, definition="io.k8s.api.resource.v1.ResourceSlice", printer=PRINTER, has_generation=True,
    fields=fields.texts("spec.nodeName", "spec.driver"),
    default=default_resourceslice, prepare=prepare_resourceslice, prepare_update=prepare_resourceslice_update,
    validate=validate_resourceslice, validate_update=validate_resourceslice_update,
)  # fmt: skip
