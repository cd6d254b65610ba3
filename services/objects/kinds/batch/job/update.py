"""What may change of a Job: how many pods at once, and of a suspended one where and with what its pods run."""

from __future__ import annotations

from services.objects import conditions
from services.objects.kinds.batch.job.spec import is_indexed
from services.objects.kinds.validation.field import Causes, immutable, invalid
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj

_FIXED = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
_DIRECTIVES = ("nodeSelector", "tolerations", "schedulingGates")
_METADATA = ("annotations", "labels")


def validate_job_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    _validate_completions(causes, "spec.completions", after, before)
    immutable(causes, "spec.selector", after.get("selector"), before.get("selector"))
    wanted, allowed = after.get("template") or {}, before.get("template") or {}
    if _may_move(old):
        allowed = _moved(allowed, wanted)
    immutable(causes, "spec.template", wanted, allowed)
    for name in _FIXED:
        immutable(causes, f"spec.{name}", after.get(name), before.get(name))
    return causes


def _validate_completions(causes: Causes, path: str, after: Obj, before: Obj) -> None:
    wanted = after.get("completions")
    if not is_indexed(after):
        immutable(causes, path, wanted, before.get("completions"))
    elif wanted not in (None, before.get("completions"), after.get("parallelism")):
        causes.append(invalid(path, wanted, "can only be modified in tandem with spec.parallelism"))


def _may_move(job: Obj) -> bool:
    """Suspended and without pods: where they will run is still open."""
    status = job.get("status") or {}
    if not job["spec"].get("suspend") or status.get("active"):
        return False
    return status.get("startTime") is None or conditions.is_true(job, "Suspended")


def _moved(template: Obj, wanted: Obj) -> Obj:
    """`template` with what may change taken from `wanted`."""
    metadata = _with(template.get("metadata") or {}, wanted.get("metadata") or {}, _METADATA)
    pod, wished = template.get("spec") or {}, wanted.get("spec") or {}
    spec = _with(pod, wished, _DIRECTIVES)
    affinity = _with(pod.get("affinity") or {}, wished.get("affinity") or {}, ("nodeAffinity",))
    if affinity or "affinity" in wished:
        spec["affinity"] = affinity
    else:
        spec.pop("affinity", None)
    for side in ("containers", "initContainers"):
        current, others = pod.get(side), wished.get(side)
        if current and others and len(current) == len(others):
            pairs = zip(current, others, strict=True)
            spec[side] = [_with(container, other, ("resources",)) for container, other in pairs]
    return {**template, "metadata": metadata, "spec": spec}


def _with(current: Obj, wanted: Obj, fields: tuple[str, ...]) -> Obj:
    result = dict(current)
    for field in fields:
        if field in wanted:
            result[field] = wanted[field]
        else:
            result.pop(field, None)
    return result
