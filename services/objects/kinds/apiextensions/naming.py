"""Which names a definition gets, and the conditions that say so.

Within a group a name belongs to who has it; a definition that wants another's waits with what it could get, and serves
nothing until all of its names are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.objects import times
from services.objects.meta import Obj

NAMES_ACCEPTED, ESTABLISHED, TERMINATING = "NamesAccepted", "Established", "Terminating"
_ACCEPTED = "the initial names have been accepted"


def accepted(crd: Obj, others: Iterable[Obj]) -> tuple[Obj, Obj]:
    """The accepted names of a definition, and its condition NamesAccepted (without a time).

    `others` are the other definitions; those of other groups do not matter.
    """
    resources, kinds = _taken(crd, others)
    wanted: Obj = crd["spec"]["names"]
    has: Obj = (crd.get("status") or {}).get("acceptedNames") or {}
    gets: Obj = dict(has)
    problem: tuple[str, str] | None = None
    for field, taken in (("plural", resources), ("singular", resources), ("shortNames", resources), ("kind", kinds),
                         ("listKind", kinds)):  # fmt: skip
        mine = _mine(has, field)
        clashes = [name for name in _names(wanted, field) if name not in mine and name in taken]
        if clashes:
            reason = f"{field[0].upper()}{field[1:]}Conflict"
            texts = [f'"{name}" is already in use' for name in dict.fromkeys(clashes)]
            problem = reason, texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        elif field in wanted:
            gets[field] = wanted[field]
        else:
            gets.pop(field, None)
    gets = {**gets, "categories": wanted["categories"]} if wanted.get("categories") else _without(gets, "categories")
    if problem is not None:
        return gets, _condition(NAMES_ACCEPTED, "False", *problem)
    return gets, _condition(NAMES_ACCEPTED, "True", "NoConflicts", "no conflicts found")


def _names(names: Obj, field: str) -> Sequence[str]:
    value: Any = names.get(field)
    return value if isinstance(value, list) else [value] if value else []


def _mine(has: Obj, field: str) -> set[str]:
    mine = set(_names(has, field))
    return mine | {has.get("plural", ""), has.get("singular", "")} if field == "shortNames" else mine


def _taken(crd: Obj, others: Iterable[Obj]) -> tuple[set[str], set[str]]:
    """Resources and kinds of the group that others have."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        if other["spec"].get("group") != crd["spec"]["group"] or other["metadata"]["name"] == crd["metadata"]["name"]:
            continue
        has = (other.get("status") or {}).get("acceptedNames") or {}
        resources.update(name for field in ("plural", "singular", "shortNames") for name in _names(has, field))
        kinds.update(name for field in ("kind", "listKind") for name in _names(has, field))
    return resources - {""}, kinds - {""}


def _without(names: Obj, field: str) -> Obj:
    return {name: value for name, value in names.items() if name != field}


def is_settled(crd: Obj) -> bool:
    """Whether the definition has all names that it wants and is established."""
    status = crd.get("status") or {}
    conditions = status.get("conditions") or ()
    return (status.get("acceptedNames") == crd["spec"]["names"]
            and _is_true(conditions, NAMES_ACCEPTED) and _is_true(conditions, ESTABLISHED))  # fmt: skip


def status_of(crd: Obj, others: Iterable[Obj], now: datetime, *, served: bool) -> Obj:
    """The status of a definition; `served` says whether its objects can be reached by now.

    Once established it stays so: a new name that is not free does not take away what is served.
    """
    names, condition = accepted(crd, others)
    status = {**(crd.get("status") or {}), "acceptedNames": names}
    conditions = _with(status.get("conditions") or [], condition, now)
    if not _is_true(conditions, ESTABLISHED):
        if condition["status"] != "True":
            established = _condition(ESTABLISHED, "False", "NotAccepted", "not all names are accepted")
        elif served:
            established = _condition(ESTABLISHED, "True", "InitialNamesAccepted", _ACCEPTED)
        else:
            established = _condition(ESTABLISHED, "False", "Installing", _ACCEPTED)
        conditions = _with(conditions, established, now)
    return {**status, "conditions": conditions}


def with_condition(crd: Obj, name: str, status: str, reason: str, message: str, now: datetime) -> Obj:
    """The definition's status with one condition changed."""
    found = crd.get("status") or {}
    return {**found, "conditions": _with(found.get("conditions") or [], _condition(name, status, reason, message), now)}


def _condition(name: str, status: str, reason: str, message: str) -> Obj:
    return {"type": name, "status": status, "reason": reason, "message": message}


def _with(conditions: Sequence[Obj], condition: Obj, now: datetime) -> list[Obj]:
    """`lastTransitionTime` moves with the status alone."""
    before = next((each for each in conditions if each["type"] == condition["type"]), None)
    since = before.get("lastTransitionTime") if before and before["status"] == condition["status"] else None
    made = {"type": condition["type"], "status": condition["status"],
            "lastTransitionTime": since or times.rfc3339(now), **condition}  # fmt: skip
    if before is None:
        return [*conditions, made]
    return [made if each is before else each for each in conditions]


def _is_true(conditions: Iterable[Obj], name: str) -> bool:
    return any(each["type"] == name and each["status"] == "True" for each in conditions)
