"""metadata.generation: counts the changes of what a user asked for, never those of status or metadata."""

from __future__ import annotations

from services.objects.meta import Obj

_NOT_COUNTED = frozenset({"metadata", "status", "apiVersion", "kind"})


def counts(new: Obj, old: Obj, status: bool = False) -> bool:
    """Whether the change from `old` to `new` is one of the desired state, `status` included where it is an ordinary
    field. Both are defaulted."""
    if status and new.get("status", _ABSENT) != old.get("status", _ABSENT):
        return True
    if any(new[key] != old.get(key, _ABSENT) for key in new if key not in _NOT_COUNTED):
        return True
    return any(key not in new for key in old if key not in _NOT_COUNTED)


def next_generation(new: Obj, old: Obj, status: bool = False) -> int:
    """What metadata.generation of `new` becomes when it replaces `old`; see `counts` for `status`."""
    current = int(old["metadata"].get("generation") or 0)
    deletion_begins = bool(new["metadata"].get("deletionTimestamp")) and not old["metadata"].get("deletionTimestamp")
    return current + 1 if counts(new, old, status) or deletion_begins else current


_ABSENT = object()
