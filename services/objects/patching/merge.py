"""JSON Merge Patch (RFC 7386): null removes, objects merge, everything else replaces. Ten lines need no library."""

from __future__ import annotations

from typing import Any

from services.objects.errors import BadRequest
from services.objects.meta import Obj
from services.objects.nesting import is_too_deep


def merge_patch(obj: Obj, patch: Any) -> Obj:
    """Raises BadRequest when the patch is no object."""
    if not isinstance(patch, dict):
        raise BadRequest("error decoding patch: a merge patch is an object")
    if is_too_deep(patch):
        raise BadRequest("error decoding patch: nested too deeply")
    return _merged(obj, patch)


def _merged(target: Any, patch: dict[str, Any]) -> dict[str, Any]:
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = _merged(result.get(key), value)
        else:
            result[key] = value
    return result
