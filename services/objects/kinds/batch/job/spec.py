"""The rules and defaults that Jobs and the templates of CronJobs share: how often, how many, and until when."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.batch.job.policies import validate_failure_policy, validate_success_policy
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.validation import validate_template
from services.objects.kinds.validation.field import (
    Causes,
    invalid,
    not_negative,
    required,
    too_long,
    unsupported,
)
from services.objects.kinds.validation.texts.domains import validate_domain_prefixed_path
from services.objects.meta import Obj

NON_INDEXED, INDEXED = "NonIndexed", "Indexed"
_MODES = (NON_INDEXED, INDEXED)
_REPLACEMENTS = ("Failed", "TerminatingOrFailed")
_ENDING = ("OnFailure", "Never")
_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
           "backoffLimitPerIndex", "maxFailedIndexes")  # fmt: skip
# An Indexed Job's status names its indexes, so that their number has bounds.
_MOST_PODS = _MOST_FAILED = MANY_COMPLETIONS = 100_000
PODS_OF_MANY = _FAILED_OF_MANY = 10_000
_MANAGER_LENGTH = 63


def default_template_of_job(spec: Obj) -> None:
    """What is defaulted wherever a Job's spec stands, in a CronJob too."""
    default_template(spec.setdefault("template", {}))
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"


def is_indexed(spec: Obj) -> bool:
    return spec.get("completionMode") == INDEXED


def name_warnings(obj: Obj) -> list[str]:
    """Of names that become those of pods."""
    errors = names.is_dns1123_label((obj.get("metadata") or {}).get("name") or "")
    if not errors:
        return []
    return ["metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS "
            f"label is recommended: [{' '.join(errors)}]"]  # fmt: skip


def validate_job_spec(causes: Causes, path: str, spec: Obj) -> None:
    """Without the selector, which only Jobs have."""
    for name in _COUNTS:
        not_negative(causes, f"{path}.{name}", spec.get(name))
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        causes.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    manager = spec.get("managedBy")
    if manager is not None:
        validate_domain_prefixed_path(causes, f"{path}.managedBy", manager)
        if len(manager.encode("utf-8", "replace")) > _MANAGER_LENGTH:
            causes.append(too_long(f"{path}.managedBy", _MANAGER_LENGTH))
    _validate_mode(causes, path, spec)
    if spec.get("podFailurePolicy") is not None:
        validate_failure_policy(causes, f"{path}.podFailurePolicy", spec)
    if spec.get("successPolicy") is not None:
        if is_indexed(spec):
            validate_success_policy(causes, f"{path}.successPolicy", spec)
        else:
            causes.append(invalid(f"{path}.successPolicy", spec["successPolicy"], "requires indexed completion mode"))
    _validate_replacement(causes, f"{path}.podReplacementPolicy", spec)
    validate_template(causes, f"{path}.template", spec.get("template") or {})
    _validate_restarts(causes, f"{path}.template.spec.restartPolicy", spec)


def _validate_mode(causes: Causes, path: str, spec: Obj) -> None:
    mode = spec.get("completionMode")
    if mode is not None and mode not in _MODES:
        causes.append(unsupported(f"{path}.completionMode", mode, _MODES))
    if mode == INDEXED:
        _validate_indexed(causes, path, spec)
    elif mode in (None, NON_INDEXED):
        for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(name) is not None:
                causes.append(invalid(f"{path}.{name}", spec[name], "requires indexed completion mode"))


def _validate_indexed(causes: Causes, path: str, spec: Obj) -> None:
    completions, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    failed = spec.get("maxFailedIndexes")
    if completions is None:
        causes.append(required(f"{path}.completions", f"when completion mode is {INDEXED}"))
    if parallelism > _MOST_PODS:
        causes.append(invalid(f"{path}.parallelism", parallelism,
                              f"must be less than or equal to {_MOST_PODS} when completion mode is {INDEXED}"))
    if failed is not None:
        if completions is not None and failed > completions:
            causes.append(invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions"))
        if failed > _MOST_FAILED:
            causes.append(invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_MOST_FAILED}"))
    if (completions or 0) <= MANY_COMPLETIONS or spec.get("backoffLimitPerIndex") is None:
        return
    if failed is None:
        causes.append(required(f"{path}.maxFailedIndexes",
                               f"must be specified when completions is above {MANY_COMPLETIONS}"))  # fmt: skip
    for name, amount, most in (("parallelism", parallelism, PODS_OF_MANY),
                               ("maxFailedIndexes", failed or 0, _FAILED_OF_MANY)):  # fmt: skip
        if amount > most:
            causes.append(invalid(f"{path}.{name}", amount, f"must be less than or equal to {most} when completions "
                                  f"are above {MANY_COMPLETIONS} and used with backoff limit per index"))  # fmt: skip


def _validate_replacement(causes: Causes, path: str, spec: Obj) -> None:
    policy = spec.get("podReplacementPolicy")
    supported = _REPLACEMENTS if spec.get("podFailurePolicy") is None else ("Failed",)
    if policy is not None and policy not in supported:
        causes.append(unsupported(path, policy, supported))


def _validate_restarts(causes: Causes, path: str, spec: Obj) -> None:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy") or ""
    if policy in ("", "Always"):
        causes.append(required(path, 'valid values: "OnFailure", "Never"'))
    elif policy not in _ENDING:
        causes.append(unsupported(path, policy, _ENDING))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        causes.append(invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified'))
