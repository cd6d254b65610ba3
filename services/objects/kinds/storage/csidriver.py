"""CSIDrivers: what a driver of volumes wants to be told, and what it leaves to the node."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, duplicate, immutable, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_FSGROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_LIFECYCLE_MODES = ("Persistent", "Ephemeral")
_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 1 << 32
_SHORTEST_PERIOD = 10
_DEFAULTS = {
    "attachRequired": True, "podInfoOnMount": False, "storageCapacity": False, "requiresRepublish": False,
    "seLinuxMount": False, "fsGroupPolicy": "ReadWriteOnceWithFSType",
}  # fmt: skip
# Kubernetes calls the first field so in its errors, and nowhere else.
_REQUIRED = {
    "attachRequired": "attachedRequired", "podInfoOnMount": "podInfoOnMount", "storageCapacity": "storageCapacity",
    "seLinuxMount": "seLinuxMount",
}  # fmt: skip


def default_csidriver(driver: Obj) -> None:
    spec = driver.setdefault("spec", {})
    for name, value in _DEFAULTS.items():
        spec.setdefault(name, value)
    if not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


def validate_csidriver(driver: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, driver, names.is_dns1123_subdomain, namespaced=False)
    spec = driver.get("spec") or {}
    for name, shown in _REQUIRED.items():
        if spec.get(name) is None:
            causes.append(required(f"spec.{shown}"))
    policy = spec.get("fsGroupPolicy")
    if policy is not None and policy not in _FSGROUP_POLICIES:
        causes.append(unsupported("spec.fsGroupPolicy", policy, _FSGROUP_POLICIES))
    tokens = spec.get("tokenRequests") or ()
    _validate_tokens(causes, "spec.tokenRequests", tokens)
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in _LIFECYCLE_MODES:
            causes.append(unsupported("spec.volumeLifecycleModes", mode, _LIFECYCLE_MODES))
    period, in_secrets = spec.get("nodeAllocatableUpdatePeriodSeconds"), spec.get("serviceAccountTokenInSecrets")
    if period is not None and period < _SHORTEST_PERIOD:
        causes.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period,
                              "must be greater than or equal to 10 seconds"))  # fmt: skip
    if in_secrets is not None and not tokens:
        causes.append(invalid("spec.serviceAccountTokenInSecrets", in_secrets,
                              "serviceAccountTokenInSecrets is set but no tokenRequests are specified"))  # fmt: skip
    return causes


def _validate_tokens(causes: Causes, path: str, tokens: Sequence[Obj]) -> None:
    seen: set[str] = set()
    for index, token in enumerate(tokens):
        audience, seconds = token.get("audience") or "", token.get("expirationSeconds")
        if audience in seen:
            causes.append(duplicate(f"{path}[{index}].audience", audience))
            continue
        seen.add(audience)
        if seconds is not None and seconds < _SHORTEST_TOKEN:
            causes.append(invalid(f"{path}[{index}].expirationSeconds", seconds,
                                  "may not specify a duration less than 10 minutes"))  # fmt: skip
        if seconds is not None and seconds > _LONGEST_TOKEN:
            causes.append(invalid(f"{path}[{index}].expirationSeconds", seconds,
                                  "may not specify a duration larger than 2^32 seconds"))  # fmt: skip


def validate_csidriver_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new.get("spec") or {}, old.get("spec") or {}
    immutable(causes, "spec.attachedRequired", after.get("attachRequired"), before.get("attachRequired"))
    immutable(causes, "spec.volumeLifecycleModes", after.get("volumeLifecycleModes"),
              before.get("volumeLifecycleModes"))  # fmt: skip
    return causes


def _row(driver: Obj, now: datetime) -> list[Any]:
    spec = driver.get("spec") or {}
    tokens = spec.get("tokenRequests")
    return [
        driver["metadata"].get("name", ""), spec.get("attachRequired", True), bool(spec.get("podInfoOnMount")),
        bool(spec.get("storageCapacity")), "<unset>" if tokens is None else cells.joined(tokens, "audience"),
        bool(spec.get("requiresRepublish")), ",".join(spec.get("volumeLifecycleModes") or ()) or cells.NONE,
        cells.age(driver, now),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("AttachRequired", "boolean", description="Whether volumes are attached to a node before use."),
        Column("PodInfoOnMount", "boolean", description="Whether the driver is told of the pod."),
        Column("StorageCapacity", "boolean", description="Whether the driver says how much it has left."),
        Column("TokenRequests", description="For whom the driver is given tokens."),
        Column("RequiresRepublish", "boolean", description="Whether volumes are published again and again."),
        Column("Modes", description="Whether volumes outlive their pod."),
        cells.AGE,
    ),
    _row,
)
CSIDRIVER = Kind(
    group="storage.k8s.io", version="v1", kind="CSIDriver", plural="csidrivers", singular="csidriver",
    namespaced=False, definition="io.k8s.api.storage.v1.CSIDriver", printer=PRINTER, has_generation=True,
    unconditional_update=False,
    default=default_csidriver,
    validate=validate_csidriver, validate_update=validate_csidriver_update,
)  # fmt: skip
