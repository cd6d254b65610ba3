"""What may change of a pod once it exists: images, tolerations, a deadline, and little else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from services.objects.kinds.validation.field import Causes, forbidden, invalid
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj

_MAY_CHANGE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_LONGEST_DIFF = 20


def validate_pod_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    if after == before:
        return causes
    for side in ("containers", "initContainers"):
        if len(after.get(side) or ()) != len(before.get(side) or ()):
            causes.append(forbidden(f"spec.{side}", "pod updates may not add or remove containers"))
            return causes
    _validate_deadline(causes, after, before)
    _validate_tolerations(causes, after.get("tolerations") or (), before.get("tolerations") or ())
    _validate_gates(causes, after, before)
    munged = _with_allowed_changes(after, before)
    if munged != before:
        differences = "\n".join(_differences(munged, before, "spec")[:_LONGEST_DIFF])
        causes.append(forbidden("spec", f"pod updates may not change fields other than {_MAY_CHANGE}\n{differences}"))
    return causes


def _with_allowed_changes(after: Obj, before: Obj) -> Obj:
    """The new spec with the old values of what may change."""
    munged = dict(after)
    for side in ("containers", "initContainers"):
        if after.get(side):
            munged[side] = [_with(new, old, "image") for new, old in zip(after[side], before[side], strict=True)]
    allowed = ["activeDeadlineSeconds", "tolerations", "schedulingGates"]
    if after.get("terminationGracePeriodSeconds") == 1 and before.get("terminationGracePeriodSeconds", 0) < 0:
        allowed.append("terminationGracePeriodSeconds")
    if before.get("schedulingGates"):  # a pod that may not be scheduled yet can still be told where to go
        allowed += ["nodeSelector", "affinity"]
    for name in allowed:
        munged = _with(munged, before, name)
    return munged


def _with(new: Obj, old: Obj, name: str) -> Obj:
    result = dict(new)
    if name in old:
        result[name] = old[name]
    else:
        result.pop(name, None)
    return result


def _validate_deadline(causes: Causes, after: Obj, before: Obj) -> None:
    path = "spec.activeDeadlineSeconds"
    new, old = after.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    if old is None or new == old:
        return
    if new is None:
        causes.append(invalid(path, None, "must not update from a positive integer to nil value"))
    elif new > old:
        causes.append(invalid(path, new, "must be less than or equal to previous value"))


def _validate_tolerations(causes: Causes, after: Sequence[Obj], before: Sequence[Obj]) -> None:
    """Tolerations may be added, and of the old ones only tolerationSeconds may change."""
    kept = [_without_seconds(toleration) for toleration in after]
    if not all(_without_seconds(toleration) in kept for toleration in before):
        causes.append(forbidden("spec.tolerations",
                                "existing toleration can not be modified except its tolerationSeconds"))


def _without_seconds(toleration: Obj) -> Obj:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds"}


def _validate_gates(causes: Causes, after: Obj, before: Obj) -> None:
    old = [gate.get("name") for gate in before.get("schedulingGates") or ()]
    for index, gate in enumerate(after.get("schedulingGates") or ()):
        if gate.get("name") not in old:
            causes.append(forbidden(f"spec.schedulingGates[{index}]", "only deletion is allowed, but found new "
                                                                      f"scheduling gate '{gate.get('name', '')}'"))


def _differences(new: Any, old: Any, path: str) -> list[str]:
    """Lines of a diff: - what was, + what is wanted."""
    if isinstance(new, dict) and isinstance(old, dict):
        lines: list[str] = []
        for name in sorted({*new, *old}):
            if new.get(name) != old.get(name):
                lines += _differences(new.get(name), old.get(name), f"{path}.{name}")
        return lines
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        lines = []
        for index, (after, before) in enumerate(zip(new, old, strict=True)):
            if after != before:
                lines += _differences(after, before, f"{path}[{index}]")
        return lines
    return [f"{sign} {path}: {json.dumps(value)}" for sign, value in (("-", old), ("+", new)) if value is not None]
