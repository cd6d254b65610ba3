"""What became of a claim: the devices that were found for it, who uses them, what drivers tell of them."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.kinds.pods.scheduling.affinity import validate_node_selector
from services.objects.kinds.resource.claims.requests import Requests, validate_reference, validate_references
from services.objects.kinds.resource.configuration import MOST_CONFIGURATIONS, validate_configuration, validate_raw
from services.objects.kinds.resource.identities import device_id, validate_label, validate_pool_name, validate_uid
from services.objects.kinds.resource.lists import named, validate_list, validate_set
from services.objects.kinds.resource.taints import validate_binding
from services.objects.kinds.storage.parameters import validate_driver_name
from services.objects.kinds.validation.conditions import validate_conditions
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    immutable,
    invalid,
    one_of,
    required,
    too_long,
    too_many,
)
from services.objects.kinds.validation.texts.addresses import interface_errors
from services.objects.meta import Obj

_MOST_RESULTS, _MOST_USERS, _MOST_CONDITIONS, _MOST_ADDRESSES = 32, 256, 8, 16
_LONGEST_INTERFACE, _LONGEST_HARDWARE = 256, 128
_SOURCES = ("FromClaim", "FromClass")
_GOING = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"


def validate_status(causes: Causes, path: str, status: Obj, old: Obj, known: Requests, *, deleted: bool) -> None:
    """`known` are the requests of the claim, `deleted` is whether it is going."""
    users, allocation, before = status.get("reservedFor") or (), status.get("allocation"), old.get("allocation")
    validate_set(causes, f"{path}.reservedFor", users, _MOST_USERS, _validate_user, named("uid"))
    _validate_devices(causes, f"{path}.devices", status.get("devices"), allocation)
    if users and allocation is None:
        causes.append(forbidden(f"{path}.reservedFor", "may not be specified when `allocated` is not set"))
    elif deleted and any(user not in (old.get("reservedFor") or ()) for user in users):
        causes.append(forbidden(f"{path}.reservedFor", _GOING))
    if allocation is not None and before is not None:
        immutable(causes, f"{path}.allocation", allocation, before)
    elif allocation is not None:
        _validate_allocation(causes, f"{path}.allocation", allocation, known)


def _validate_user(causes: Causes, path: str, user: Obj) -> None:
    for field in ("resource", "name", "uid"):
        if not user.get(field):
            causes.append(required(f"{path}.{field}"))


def _validate_devices(causes: Causes, path: str, devices: Sequence[Obj] | None, allocation: Obj | None) -> None:
    results = ((allocation or {}).get("devices") or {}).get("results") or ()
    allocated = {device_id(result) for result in results}

    def check(causes: Causes, where: str, device: Obj) -> None:
        _validate_identity(causes, where, device)
        if device_id(device) not in allocated:
            causes.append(invalid(where, device_id(device), "must be an allocated device in the claim"))
        conditions = device.get("conditions") or ()
        if len(conditions) > _MOST_CONDITIONS:
            causes.append(too_many(f"{where}.conditions", len(conditions), _MOST_CONDITIONS))
        validate_conditions(causes, f"{where}.conditions", conditions)
        if "data" in device:
            validate_raw(causes, f"{where}.data", device["data"])
        _validate_network(causes, f"{where}.networkData", device.get("networkData") or {})

    validate_set(causes, path, devices, None, check, device_id)


def _validate_identity(causes: Causes, path: str, device: Obj) -> None:
    validate_driver_name(causes, f"{path}.driver", device.get("driver") or "")
    validate_pool_name(causes, f"{path}.pool", device.get("pool") or "")
    validate_label(causes, f"{path}.device", device.get("device") or "")
    if device.get("shareID") is not None:
        validate_uid(causes, f"{path}.shareID", device["shareID"])


def _validate_network(causes: Causes, path: str, network: Obj) -> None:
    for field, longest in (("interfaceName", _LONGEST_INTERFACE), ("hardwareAddress", _LONGEST_HARDWARE)):
        if len((network.get(field) or "").encode("utf-8", "replace")) > longest:
            causes.append(too_long(f"{path}.{field}", longest))
    validate_set(causes, f"{path}.ips", network.get("ips"), _MOST_ADDRESSES, _validate_address)


def _validate_address(causes: Causes, path: str, address: str) -> None:
    add_invalid(causes, path, address, interface_errors(address))


def _validate_allocation(causes: Causes, path: str, allocation: Obj, known: Requests) -> None:
    def check_result(causes: Causes, where: str, result: Obj) -> None:
        validate_reference(causes, f"{where}.request", result.get("request") or "", known)
        _validate_identity(causes, where, result)
        validate_binding(causes, where, result)

    def check_configuration(causes: Causes, where: str, configuration: Obj) -> None:
        one_of(causes, f"{where}.source", configuration.get("source"), _SOURCES)
        validate_references(causes, f"{where}.requests", configuration.get("requests"), known)
        validate_configuration(causes, where, configuration)

    devices = allocation.get("devices") or {}
    validate_list(causes, f"{path}.devices.results", devices.get("results"), _MOST_RESULTS, check_result)
    validate_list(causes, f"{path}.devices.config", devices.get("config"), 2 * MOST_CONFIGURATIONS,
                  check_configuration)  # fmt: skip
    if allocation.get("nodeSelector") is not None:
        validate_node_selector(causes, f"{path}.nodeSelector", allocation["nodeSelector"])
