"""How drivers, pools, devices and what they have are named."""

from __future__ import annotations

import re

from services.objects import names
from services.objects.kinds.storage.parameters import validate_driver_name
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required, too_long
from services.objects.meta import Obj

_LONGEST_POOL, _LONGEST_ID, _LONGEST_DOMAIN = 253, 32, 63
LONGEST_NAME = _LONGEST_DOMAIN + 1 + _LONGEST_ID
_NORMAL_UID = ("uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase "
               "hexadecimal characters")  # fmt: skip
_is_uid = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch
_is_hexadecimal = re.compile(r"[0-9a-fA-F]{32}").fullmatch


def validate_label(causes: Causes, path: str, name: str) -> None:
    """Names of devices, requests and counters."""
    add_invalid(causes, path, name, names.is_dns1123_label(name))


def validate_subdomain(causes: Causes, path: str, name: str) -> None:
    """Names of nodes and classes."""
    add_invalid(causes, path, name, names.is_dns1123_subdomain(name))


def validate_required_label(causes: Causes, path: str, name: str) -> None:
    if name:
        validate_label(causes, path, name)
    else:
        causes.append(required(path))


def validate_class_name(causes: Causes, path: str, name: str) -> None:
    if name:
        validate_subdomain(causes, path, name)
    else:
        causes.append(required(path))


def validate_pool_name(causes: Causes, path: str, name: str) -> None:
    if not name:
        causes.append(required(path))
        return
    if len(name.encode("utf-8", "replace")) > _LONGEST_POOL:
        causes.append(too_long(path, _LONGEST_POOL))
        name = name[: _LONGEST_POOL + 1]
    for part in name.split("/"):
        validate_subdomain(causes, path, part)


def validate_qualified(causes: Causes, path: str, name: str) -> None:
    """Of an attribute or a capacity: an identifier, with the domain of whose it is or without."""
    parts = name.split("/", 2)
    if len(parts) == 1:
        _validate_identifier(causes, path, name)
    elif len(parts) == 2:
        domain, identifier = parts
        if domain:
            validate_driver_name(causes, path, domain)
        else:
            causes.append(invalid(path, "", "the domain must not be empty"))
        if identifier:
            _validate_identifier(causes, path, identifier)
        else:
            causes.append(invalid(path, "", "the name must not be empty"))


def validate_fully_qualified(causes: Causes, path: str, name: str) -> None:
    validate_qualified(causes, path, name)
    if "/" not in name:
        causes.append(invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash"))


def _validate_identifier(causes: Causes, path: str, name: str) -> None:
    if len(name.encode("utf-8", "replace")) > _LONGEST_ID:
        causes.append(too_long(path, _LONGEST_ID))
    add_invalid(causes, path, name, names.is_c_identifier(name))


def validate_uid(causes: Causes, path: str, uid: str) -> None:
    """In the one spelling that compares well."""
    if error := _uid_error(uid):
        causes.append(invalid(path, uid, f"error validating uid: {error}"))
    elif len(uid) != 36 or uid != uid.lower():
        causes.append(invalid(path, uid, _NORMAL_UID))


def _uid_error(uid: str) -> str:
    length = len(uid.encode("utf-8", "replace"))
    if length == 32:
        return "" if _is_hexadecimal(uid) else "invalid UUID format"
    if length == 45:
        if uid[:9].lower() != "urn:uuid:":
            return f'invalid urn prefix: "{uid[:9]}"'
        uid = uid[9:]
    elif length == 38:
        if uid[0] != "{" or uid[-1] != "}":
            return "invalid bracketed UUID format"
        uid = uid[1:-1]
    elif length != 36:
        return f"invalid UUID length: {length}"
    return "" if _is_uid(uid) else "invalid UUID format"


def device_id(device: Obj) -> str:
    """driver/pool/device, and /share where a device is shared."""
    parts = [device.get(field) or "" for field in ("driver", "pool", "device")]
    if device.get("shareID"):
        parts.append(device["shareID"])
    return "/".join(parts)
