"""The devices of a pool, as its driver tells of them."""

from __future__ import annotations

import re
from typing import Any

from services.objects.kinds.pods.scheduling.affinity import validate_node_selector
from services.objects.kinds.resource.identities import (
    LONGEST_NAME,
    validate_label,
    validate_qualified,
    validate_required_label,
    validate_subdomain,
)
from services.objects.kinds.resource.lists import named, validate_map, validate_set
from services.objects.kinds.resource.slices.capacity import validate_shared, validate_whole
from services.objects.kinds.resource.taints import validate_binding, validate_taints
from services.objects.kinds.validation.field import Causes, invalid, required, too_long
from services.objects.meta import Obj

_MOST_PROPERTIES = 32
_TOO_MANY_PROPERTIES = f"the total number of attributes and capacities must not exceed {_MOST_PROPERTIES}"
_MOST_CONSUMPTIONS, _MOST_COUNTERS = 2, 32
_LONGEST_VALUE, _LONGEST_LABEL = 64, 63
_VALUES = ("bool", "int", "string", "version")
_ONE_VALUE = "exactly one value must be specified"
_ONE_PLACE = ("exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is "
              "set to true in the ResourceSlice spec")  # fmt: skip
_NO_PLACE = ("`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in "
             "the ResourceSlice spec")  # fmt: skip
_NUMBER = r"(?:0|[1-9][0-9]*)"
_PART = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_is_version = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PART}(?:\.{_PART})*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
).fullmatch


def _any(causes: Causes, path: str, value: Any) -> None:
    """Whatever the schema takes."""


def validate_device(causes: Causes, path: str, device: Obj, *, placed: bool) -> None:
    """`placed` is whether each device says where it is."""
    validate_label(causes, f"{path}.name", device.get("name") or "")
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    if len(attributes) + len(capacity) > _MOST_PROPERTIES:
        causes.append(invalid(path, len(attributes) + len(capacity), _TOO_MANY_PROPERTIES))
    validate_map(causes, f"{path}.attributes", attributes, None, LONGEST_NAME, validate_qualified, _validate_attribute)
    validate_map(causes, f"{path}.capacity", capacity, None, LONGEST_NAME, validate_qualified,
                 validate_shared if device.get("allowMultipleAllocations") else validate_whole)  # fmt: skip
    validate_taints(causes, f"{path}.taints", device.get("taints"))
    validate_set(causes, f"{path}.consumesCounters", device.get("consumesCounters"), _MOST_CONSUMPTIONS,
                 _validate_consumption, named("counterSet"))  # fmt: skip
    if placed:
        _validate_place(causes, path, device)
    elif any(device.get(field) is not None for field in ("nodeName", "nodeSelector", "allNodes")):
        causes.append(invalid(path, None, _NO_PLACE))
    validate_binding(causes, path, device)


def _validate_attribute(causes: Causes, path: str, attribute: Obj) -> None:
    text, version = attribute.get("string"), attribute.get("version")
    if text is not None and len(text.encode("utf-8", "replace")) > _LONGEST_VALUE:
        causes.append(too_long(f"{path}.string", _LONGEST_VALUE))
    if version is not None:
        if not _is_version(version):
            causes.append(invalid(f"{path}.version", version,
                                  "must be a string compatible with semver.org spec 2.0.0"))  # fmt: skip
        if len(version.encode("utf-8", "replace")) > _LONGEST_VALUE:
            causes.append(too_long(f"{path}.version", _LONGEST_VALUE))
    given = {name: attribute[name] for name in _VALUES if attribute.get(name) is not None}
    if len(given) != 1:
        causes.append(invalid(path, given or "", _ONE_VALUE))


def _validate_consumption(causes: Causes, path: str, consumption: Obj) -> None:
    validate_required_label(causes, f"{path}.counterSet", consumption.get("counterSet") or "")
    _validate_counters(causes, path, consumption)


def validate_counter_set(causes: Causes, path: str, counters: Obj) -> None:
    validate_required_label(causes, f"{path}.name", counters.get("name") or "")
    _validate_counters(causes, path, counters)


def _validate_counters(causes: Causes, path: str, holder: Obj) -> None:
    counters = holder.get("counters")
    if counters:
        validate_map(causes, f"{path}.counters", counters, _MOST_COUNTERS, _LONGEST_LABEL, validate_label, _any)
    else:
        causes.append(required(f"{path}.counters"))


def _validate_place(causes: Causes, path: str, device: Obj) -> None:
    places = []
    node, selector, everywhere = (device.get(field) for field in ("nodeName", "nodeSelector", "allNodes"))
    if node == "":
        causes.append(invalid(f"{path}.nodeName", node, "must not be empty"))
    elif node is not None:
        places.append("`nodeName`")
        validate_subdomain(causes, f"{path}.nodeName", node)
    if selector is not None:
        places.append("`nodeSelector`")
        validate_node_selector(causes, f"{path}.nodeSelector", selector)
    if everywhere:
        places.append("`allNodes`")
    elif everywhere is not None:
        causes.append(invalid(f"{path}.allNodes", everywhere, "must be either unset or set to true"))
    if not places:
        causes.append(required(path, _ONE_PLACE))
    elif len(places) > 1:
        causes.append(invalid(path, f"{{{', '.join(places)}}}", _ONE_PLACE))
