"""What may change of a pod once it exists: images, tolerations, a deadline, and little else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.objects.equality import same
from services.objects.kinds.pods.annotations import validate_annotation_changes
from services.objects.kinds.pods.scheduling.affinity import REQUIRED
from services.objects.kinds.validation.difference import difference
from services.objects.kinds.validation.field import Causes, between, forbidden, invalid
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj, annotations_of

_MAY_CHANGE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def validate_pod_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    validate_annotation_changes(causes, "metadata.annotations", annotations_of(new), annotations_of(old))
    after, before = new["spec"], old["spec"]
    if after == before:
        return causes
    for side in ("containers", "initContainers"):
        if len(after.get(side) or ()) != len(before.get(side) or ()):
            causes.append(forbidden(f"spec.{side}", "pod updates may not add or remove containers"))
            return causes
    if not _validate_deadline(causes, after, before):
        return causes
    _validate_tolerations(causes, after.get("tolerations") or (), before.get("tolerations") or ())
    _validate_gates(causes, after, before)
    munged = _with_allowed_changes(after, before)
    if before.get("schedulingGates"):  # a pod that may not be scheduled yet can still be told where to go
        munged = _without_new_places(causes, munged, before)
    if not same(munged, before):
        causes.append(forbidden("spec", f"pod updates may not change fields other than {_MAY_CHANGE}\n"
                                        f"{difference(munged, before, 'spec')}"))  # fmt: skip
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


def _validate_deadline(causes: Causes, after: Obj, before: Obj) -> bool:
    """It may be set, and made shorter. False: nothing more is to be said."""
    path = "spec.activeDeadlineSeconds"
    new, old = after.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    if new is None:
        if old is not None:
            causes.append(invalid(path, None, "must not update from a positive integer to nil value"))
        return True
    if not 0 <= new < 2**31:
        causes.append(invalid(path, new, between(0, 2**31 - 1)))
        return False
    if old is not None and new > old:
        causes.append(invalid(path, new, "must be less than or equal to previous value"))
        return False
    return True


def _validate_tolerations(causes: Causes, after: Sequence[Obj], before: Sequence[Obj]) -> None:
    """Tolerations may be added, and of the old ones only tolerationSeconds may change."""
    kept = set(map(_without_seconds, after))
    if not all(_without_seconds(toleration) in kept for toleration in before):
        causes.append(forbidden("spec.tolerations",
                                "existing toleration can not be modified except its tolerationSeconds"))


def _without_seconds(toleration: Obj) -> frozenset[tuple[str, Any]]:
    return frozenset((name, value) for name, value in toleration.items() if value and name != "tolerationSeconds")


def _validate_gates(causes: Causes, after: Obj, before: Obj) -> None:
    old = {gate.get("name") for gate in before.get("schedulingGates") or ()}
    for index, gate in enumerate(after.get("schedulingGates") or ()):
        if gate.get("name") not in old:
            causes.append(forbidden(f"spec.schedulingGates[{index}].name", "only deletion is allowed, but found new "
                                    f"scheduling gate '{gate.get('name', '')}'"))  # fmt: skip


def _without_new_places(causes: Causes, munged: Obj, before: Obj) -> Obj:
    """Nodes may be narrowed down while a gate is closed, never widened."""
    wanted, had = munged.get("nodeSelector") or {}, before.get("nodeSelector") or {}
    if any(wanted.get(key) != value for key, value in had.items()):
        causes.append(invalid("spec.nodeSelector", wanted,
                              "only additions to spec.nodeSelector are allowed (no mutations or deletions)"))
    munged = _with(munged, before, "nodeSelector")
    new, old = munged.get("affinity"), before.get("affinity")
    wanted_nodes, had_nodes = (new or {}).get("nodeAffinity"), (old or {}).get("nodeAffinity")
    if same(wanted_nodes, had_nodes):
        return munged
    _validate_node_affinity(causes, "spec.affinity.nodeAffinity", wanted_nodes or {}, had_nodes or {})
    rest = {key: value for key, value in (new or {}).items() if key != "nodeAffinity"}
    if had_nodes is not None:
        rest["nodeAffinity"] = had_nodes
    munged = {key: value for key, value in munged.items() if key != "affinity"}
    if rest or old is not None:
        munged["affinity"] = rest
    return munged


def _validate_node_affinity(causes: Causes, path: str, new: Obj, old: Obj) -> None:
    path = f"{path}.{REQUIRED}.nodeSelectorTerms"
    had = (old.get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    wanted = (new.get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    if not had:
        return
    if len(had) != len(wanted):
        causes.append(invalid(path, wanted, "no additions/deletions to non-empty NodeSelectorTerms list are allowed"))
        return
    for index, (after, before) in enumerate(zip(wanted, had, strict=True)):
        if not _only_adds(after, before):
            causes.append(invalid(f"{path}[{index}]", after, "only additions are allowed (no mutations or deletions)"))


def _only_adds(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """A term that asks for more. An empty one matches no node, and what is added to it would widen it."""
    fields = ("matchExpressions", "matchFields")
    if not any(old.get(field) for field in fields):
        return not any(new.get(field) for field in fields)
    return all(same((new.get(field) or [])[: len(old.get(field) or [])], old.get(field) or []) for field in fields)
