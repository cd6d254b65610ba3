"""Conflicts: fields that an applied configuration would change under another manager, in Kubernetes' words."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from services.objects.apply.fieldpath import fieldset
from services.objects.apply.fieldpath.fieldset import FieldSet
from services.objects.apply.managers import UPDATE, Manager
from services.objects.errors import StatusError, from_status

__all__ = ["Conflicts", "conflict_error"]

# Characters of all paths: what is over it, a user's own doing, is not told.
_LONGEST = 1 << 20

# What of each manager's fields would change, and the version in which that manager owns it.
Conflicts = Mapping[Manager, FieldSet]


def conflict_error(conflicts: Conflicts) -> StatusError:
    """409 with a cause for each field."""
    found: list[tuple[str, str]] = []
    room = _LONGEST
    for manager in sorted(conflicts):
        for path in fieldset.paths(conflicts[manager]):
            found.append((_shown(manager), path))
            room -= len(path)
            if room < 0:
                break
    causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
              for manager, path in found]  # fmt: skip
    return from_status({"reason": "Conflict", "message": _message(found), "details": {"causes": causes}})


def _message(found: list[tuple[str, str]]) -> str:
    if len(found) == 1:
        (manager, path), = found
        return f"Apply failed with 1 conflict: conflict with {manager}: {path}"
    lines: list[str] = []
    for manager in dict.fromkeys(manager for manager, _ in found):
        lines.append(f"conflicts with {manager}:")
        lines += [f"- {path}" for owner, path in found if owner == manager]
    return f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)


def _shown(manager: Manager) -> str:
    shown = orjson.dumps(manager.name).decode()
    if manager.subresource:
        shown += f" with subresource {orjson.dumps(manager.subresource).decode()}"
    return f"{shown} using {manager.api_version}" if manager.operation == UPDATE else shown
