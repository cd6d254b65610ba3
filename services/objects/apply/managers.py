"""Managers: who owns which fields of an object, and how metadata.managedFields says it.

A manager is a name with an operation, a subresource and, for updates, the version it wrote: `kubectl` that applies and
`kubectl` that edits are two. Appliers are the same whatever version they apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from services.objects import times
from services.objects.apply.fieldpath import fieldset
from services.objects.apply.fieldpath.elements import ElementError
from services.objects.apply.fieldpath.fieldset import FieldSet
from services.objects.errors import Cause
from services.objects.meta import Obj

__all__ = [
    "APPLY", "BEFORE_FIRST_APPLY", "CLIENT_SIDE_APPLY", "UPDATE", "InvalidManagedFields", "Managed", "Manager",
    "Managers", "applier", "capped", "decoded", "encoded", "is_reset", "manager_name", "name_causes", "received",
    "stamped", "updater",
]  # fmt: skip

APPLY, UPDATE = "Apply", "Update"
BEFORE_FIRST_APPLY = "before-first-apply"
CLIENT_SIDE_APPLY = "kubectl-client-side-apply"
# Updaters beyond this many share one entry, the oldest first.
MOST_UPDATERS = 10
_ANCIENT = "ancient-changes"
_LONGEST_NAME = 128


class Manager(NamedTuple):
    """`api_version` is "" for appliers."""

    name: str
    operation: str
    api_version: str = ""
    subresource: str = ""


class Managed(NamedTuple):
    """What a manager owns, in terms of `api_version`, and when it last changed something (RFC 3339, or "")."""

    fields: FieldSet
    api_version: str
    time: str = ""


Managers = Mapping[Manager, Managed]


class InvalidManagedFields(Exception):
    """managedFields that cannot be understood."""


def applier(name: str, subresource: str = "") -> Manager:
    return Manager(name, APPLY, "", subresource)


def updater(name: str, api_version: str, subresource: str = "") -> Manager:
    return Manager(name or "unknown", UPDATE, api_version, subresource)


def manager_name(field_manager: str, user_agent: str) -> str:
    """Who writes: the manager of the request, or what the User-Agent begins with."""
    if field_manager:
        return field_manager
    name, room = "", _LONGEST_NAME
    for character in user_agent.partition("/")[0][:_LONGEST_NAME]:
        size = len(character.encode("utf-8", "replace"))
        if character.isprintable() and size <= room:
            name, room = name + character, room - size
    return name


def name_causes(name: str, field: str) -> list[Cause]:
    """What is wrong with the name of a manager."""
    causes = []
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        causes.append(Cause("FieldValueTooLong", f"Too long: may not be more than {_LONGEST_NAME} bytes", field))
    place = 0
    for character in name:
        if not (character.isprintable() or character.isalnum()):
            why = f"invalid character U+{ord(character):04X} (at position {place})"
            shown = orjson.dumps(name.encode("utf-8", "replace").decode()).decode()
            causes.append(Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", field))
        place += len(character.encode("utf-8", "surrogatepass"))
    return causes


def decoded(entries: Any) -> dict[Manager, Managed]:
    """The managers of a stored object, whose sets this server wrote. Raises InvalidManagedFields."""
    return _decoded(entries, trusted=True)


def received(entries: Any) -> dict[Manager, Managed]:
    """The managers that a user sent, tidied. Raises InvalidManagedFields."""
    return _decoded(entries, trusted=False)


def is_reset(entries: Any) -> bool:
    """`[{}]` is how users forget all managers; an empty list leaves them."""
    return isinstance(entries, list) and len(entries) == 1 and not entries[0]


def _decoded(entries: Any, *, trusted: bool) -> dict[Manager, Managed]:
    if not entries:
        return {}
    if not isinstance(entries, list):
        raise InvalidManagedFields("managedFields is a list")
    managers: dict[Manager, Managed] = {}
    for index, entry in enumerate(entries):
        operation, api_version = entry.get("operation"), entry.get("apiVersion") or ""
        if operation not in (APPLY, UPDATE):
            raise InvalidManagedFields("operation must be `Apply` or `Update`")
        if not api_version:
            raise InvalidManagedFields("apiVersion must not be empty")
        fields_type = entry.get("fieldsType")
        if not fields_type:
            raise InvalidManagedFields(f"missing fieldsType in managed fields entry {index}")
        if fields_type != "FieldsV1":
            raise InvalidManagedFields(f'invalid fieldsType "{fields_type}" in managed fields entry {index}')
        manager = Manager(entry.get("manager") or "", operation, "" if operation == APPLY else api_version,
                          entry.get("subresource") or "")  # fmt: skip
        fields = entry.get("fieldsV1") or {}
        managers[manager] = Managed(fields if trusted else _parsed(fields), api_version, entry.get("time") or "")
    return managers


def _parsed(fields: Any) -> FieldSet:
    try:
        return fieldset.parse(fields)
    except ElementError as error:
        raise InvalidManagedFields(str(error)) from None


def encoded(managers: Managers) -> list[Obj]:
    """As metadata.managedFields: appliers first, the oldest first."""
    entries = sorted(managers.items(), key=_place)
    return [_entry(manager, managed) for manager, managed in entries]


def _place(item: tuple[Manager, Managed]) -> tuple[str, str, str, str, str]:
    manager, managed = item
    return manager.operation, managed.time, manager.name, managed.api_version, manager.subresource


def _entry(manager: Manager, managed: Managed) -> Obj:
    entry: Obj = {
        "manager": manager.name, "operation": manager.operation, "apiVersion": managed.api_version,
        "time": managed.time, "fieldsType": "FieldsV1", "fieldsV1": fieldset.ordered(managed.fields),
        "subresource": manager.subresource,
    }  # fmt: skip
    for optional in ("manager", "time", "subresource"):
        if not entry[optional]:
            del entry[optional]
    return entry


def capped(managers: dict[Manager, Managed]) -> dict[Manager, Managed]:
    """With the oldest updaters beyond `MOST_UPDATERS` put together, those of each version by themselves."""
    updaters = sorted((manager for manager in managers if manager.operation == UPDATE),
                      key=lambda manager: (managers[manager].time, manager))  # fmt: skip
    excess = len(updaters) - MOST_UPDATERS
    if excess <= 0:
        return managers
    result = dict(managers)
    first: dict[str, Manager] = {}
    for manager in updaters:
        if excess <= 0:
            break
        managed = result[manager]
        version = managed.api_version
        if version not in first:
            first[version] = manager
            continue
        bucket = updater(_ANCIENT, version)
        if bucket not in result:
            result[bucket] = result.pop(first[version])
        del result[manager]
        both = fieldset.union(managed.fields, result[bucket].fields)
        result[bucket] = Managed(both, version, managed.time)
        excess -= 1
    return result


def stamped(managers: Managers, manager: Manager, now: datetime) -> dict[Manager, Managed]:
    """With the time at which `manager`, if it owns anything, changed something."""
    known = managers.get(manager)
    return dict(managers) if known is None else {**managers, manager: known._replace(time=times.rfc3339(now))}
