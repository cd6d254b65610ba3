"""The resize subresource: cpu and memory of a running pod, and nothing else.

Containers are matched by name, so a body whose lists are in another order does no harm; what it says beyond resources
and resize policies is left out, not refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.objects.equality import same
from services.objects.kinds.pods.annotations import MIRROR
from services.objects.kinds.pods.containers.containers import is_sidecar
from services.objects.kinds.pods.qos import qos_class
from services.objects.kinds.pods.validation import validate_pod
from services.objects.kinds.validation.field import Causes, forbidden, invalid
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj, annotations_of

_COMPUTE = ("cpu", "memory")
_CHANGED = ("resources", "resizePolicy")


def with_resources(new: Obj, old: Obj) -> Obj:
    """The old pod with the resources and resize policies of the new one's containers, and those of the pod itself."""
    wanted, spec = new.get("spec") or {}, {**old["spec"]}
    for side in ("containers", "initContainers"):
        if side in spec:
            spec[side] = _resized(wanted.get(side) or (), spec[side])
    if "resources" in wanted:
        spec["resources"] = wanted["resources"]
    return {**old, "metadata": dict(old["metadata"]), "spec": spec}


def _resized(wanted: Sequence[Obj], had: Sequence[Obj]) -> list[Obj]:
    by_name = {container.get("name"): container for container in wanted}
    result = []
    for container in had:
        body = by_name.get(container.get("name"))
        if body is not None:
            container = {key: value for key, value in container.items() if key not in _CHANGED}
            container |= {key: body[key] for key in _CHANGED if key in body}
        result.append(container)
    return result


def validate_resize(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    if MIRROR in annotations_of(old):
        return [forbidden("[]", "static pods cannot be resized")]
    if (old["spec"].get("os") or {}).get("name") == "windows":
        return [forbidden("[]", "windows pods cannot be resized")]
    validate_meta_update(causes, new, old)
    causes += validate_pod(new)
    status = old.get("status") or {}
    quality = status.get("qosClass") or qos_class(old)
    if qos_class(new) != quality:
        causes.append(invalid("spec", status.get("qosClass") or "",
                              "Pod QOS Class may not change as a result of resizing"))  # fmt: skip
    if not _is_supported(status):
        causes.append(forbidden("spec", "Pod running on node without support for resize"))
    _validate_containers(causes, new["spec"], old["spec"])
    after, before = new["spec"].get("resources") or {}, old["spec"].get("resources") or {}
    _validate_kept(causes, "spec.resources", after, before)
    if not same(_others(after), _others(before)) or (after and not before):
        causes.append(forbidden("spec", "only cpu and memory resources are mutable"))
    return causes


def _is_supported(status: Obj) -> bool:
    """A node that can resize says what its containers have; where nothing runs yet it is taken for granted."""
    for container in status.get("containerStatuses") or ():
        if (container.get("state") or {}).get("running") is not None:
            return "resources" in container
    return True


def _validate_containers(causes: Causes, new: Obj, old: Obj) -> None:
    for side in ("initContainers", "containers"):
        for index, (after, before) in enumerate(zip(new.get(side) or (), old.get(side) or (), strict=False)):
            path = f"spec.{side}[{index}].resources"
            wanted, had = after.get("resources") or {}, before.get("resources") or {}
            if side == "initContainers" and not is_sidecar(before):
                if not same(after, before):
                    causes.append(forbidden("spec", "resources for non-sidecar init containers are immutable"))
                continue
            _validate_kept(causes, path, wanted, had)
            if not same(_rest(after), _rest(before)):
                whose = " for sidecar containers" if side == "initContainers" else ""
                causes.append(forbidden("spec", f"only cpu and memory resources{whose} are mutable"))


def _validate_kept(causes: Causes, path: str, wanted: Obj, had: Obj) -> None:
    for side in ("requests", "limits"):
        if (had.get(side) or {}).keys() - (wanted.get(side) or {}).keys():
            causes.append(forbidden(f"{path}.{side}", f"resource {side} cannot be removed"))


def _rest(container: Obj) -> Obj:
    """All but what may change: cpu, memory and how they are resized."""
    rest = {key: value for key, value in container.items() if key not in _CHANGED}
    return {**rest, "resources": _others(container.get("resources") or {}),
            "resizePolicy": container.get("resizePolicy")}  # fmt: skip


def _others(resources: Obj) -> Obj:
    kept: Obj = {side: {name: amount for name, amount in (resources.get(side) or {}).items() if name not in _COMPUTE}
                 for side in ("requests", "limits")}  # fmt: skip
    return {**kept, "claims": resources.get("claims")}
