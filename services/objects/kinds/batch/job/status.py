"""The rules of a Job's status, which others than our own controller may write (managedBy): it never goes back.

Most rules concern only what a write changes, so that a status that was wrong before can still be moved on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from services.objects import conditions, times
from services.objects.kinds.batch.job import indexes
from services.objects.kinds.batch.job.spec import is_indexed
from services.objects.kinds.validation.field import (
    OMITTED,
    Causes,
    duplicate,
    invalid,
    not_negative,
    required,
)
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj

_COUNTS = ("active", "succeeded", "failed", "ready", "terminating")
_PATH = "status.conditions"


class _State(NamedTuple):
    """The conditions of a Job that are true."""

    complete: bool
    failed: bool
    failure_target: bool
    criteria_met: bool

    @classmethod
    def of(cls, job: Obj) -> _State:
        return cls(*(conditions.is_true(job, type) for type in
                     ("Complete", "Failed", "FailureTarget", "SuccessCriteriaMet")))  # fmt: skip

    @property
    def finished(self) -> bool:
        return self.complete or self.failed


def validate_job_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new.get("status") or {}, old.get("status") or {}
    for name in _COUNTS:
        not_negative(causes, f"status.{name}", after.get(name))
    _validate_uncounted(causes, "status.uncountedTerminatedPods", after.get("uncountedTerminatedPods") or {})

    def changed(*fields: str) -> bool:
        return any(after.get(field) != before.get(field) for field in fields)

    was, now = _State.of(old), _State.of(new)
    _validate_conditions(causes, new["spec"], now, was)
    _validate_times(causes, after, now, was, changed)
    _validate_finished(causes, after, now, was, changed)
    _validate_indexes(causes, new["spec"], after, changed)
    if "ready" in after and changed("ready", "active") and after["ready"] > after.get("active", 0):
        causes.append(invalid("status.ready", after["ready"], "cannot set more ready pods than active"))
    _validate_progress(causes, new["spec"], after, before)
    return causes


def _validate_uncounted(causes: Causes, path: str, uncounted: Obj) -> None:
    seen: set[str] = set()
    for side in ("succeeded", "failed"):
        for index, uid in enumerate(uncounted.get(side) or ()):
            if not uid:
                causes.append(invalid(f"{path}.{side}[{index}]", uid, "must not be empty"))
            elif uid in seen:
                causes.append(duplicate(f"{path}.{side}[{index}]", uid))
            seen.add(uid)


def _validate_conditions(causes: Causes, spec: Obj, now: _State, was: _State) -> None:
    def refuse(why: str) -> None:
        causes.append(invalid(_PATH, OMITTED, why))

    completed, failed = now.complete != was.complete, now.failed != was.failed
    targeted, met = now.failure_target != was.failure_target, now.criteria_met != was.criteria_met
    if (completed or failed) and now.complete and now.failed:
        refuse("cannot set Complete=True and Failed=true conditions")
    if (completed or targeted) and now.complete and now.failure_target:
        refuse("cannot set Complete=True and FailureTarget=true conditions")
    if (failed or targeted) and now.failed and not now.failure_target:
        refuse("cannot set Failed=True condition without the FailureTarget=true condition")
    if (completed or met) and now.complete and not now.criteria_met:
        refuse("cannot set Complete=True condition without the SuccessCriteriaMet=true condition")
    if now.criteria_met and now.failed:
        refuse("cannot set SuccessCriteriaMet=True and Failed=true conditions")
    if now.criteria_met and now.failure_target:
        refuse("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
    if spec.get("successPolicy") is not None and not now.criteria_met and now.complete:
        refuse("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True")
    for type, before, after in (("Failed", was.failed, now.failed), ("Complete", was.complete, now.complete),
                                ("FailureTarget", was.failure_target, now.failure_target)):  # fmt: skip
        if before and not after:
            refuse(f"cannot disable the terminal {type}=True condition")
    if was.criteria_met and not now.criteria_met:
        refuse("cannot disable the SuccessCriteriaMet=True condition")
    if was.complete and not was.criteria_met and now.criteria_met:
        refuse("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")


def _validate_times(causes: Causes, status: Obj, now: _State, was: _State, changed: Callable[..., bool]) -> None:
    path, completion, start = "status.completionTime", status.get("completionTime"), status.get("startTime")
    if now.complete != was.complete or changed("completionTime"):
        if completion is not None and not now.complete:
            causes.append(invalid(path, completion,
                                  "cannot set completionTime when there is no Complete=True condition"))  # fmt: skip
        if completion is None and now.complete:
            causes.append(required(path, "completionTime is required for Complete jobs"))
    ended, began = times.parse_or_none(completion), times.parse_or_none(start)
    if changed("startTime", "completionTime") and ended is not None and began is not None and ended < began:
        causes.append(invalid(path, completion, "completionTime cannot be set before startTime"))
    if now.finished and start is None and (now.finished != was.finished or changed("startTime")):
        causes.append(required("status.startTime", "startTime is required for finished job"))


def _validate_finished(causes: Causes, status: Obj, now: _State, was: _State, changed: Callable[..., bool]) -> None:
    if not now.finished:
        return
    ended = now.finished != was.finished
    for name in ("active", "terminating"):
        if status.get(name, 0) > 0 and (ended or changed(name)):
            causes.append(invalid(f"status.{name}", status[name], f"{name}>0 is invalid for finished job"))
    uncounted = status.get("uncountedTerminatedPods") or {}
    if (ended or changed("uncountedTerminatedPods")) and (uncounted.get("failed") or uncounted.get("succeeded")):
        causes.append(invalid("status.uncountedTerminatedPods", uncounted,
                              "uncountedTerminatedPods needs to be empty for finished job"))  # fmt: skip


def _validate_indexes(causes: Causes, spec: Obj, status: Obj, changed: Callable[..., bool]) -> None:
    completions, completed = spec.get("completions"), status.get("completedIndexes") or ""
    failed, per_index = status.get("failedIndexes"), spec.get("backoffLimitPerIndex")
    if changed("completedIndexes"):
        if completions is not None:
            _validate_format(causes, "completedIndexes", completed, completions)
        if completed and not is_indexed(spec):
            causes.append(invalid("status.completedIndexes", completed,
                                  "cannot set non-empty completedIndexes when non-indexed completion mode"))
    if changed("failedIndexes") and failed is not None:
        if completions is not None and per_index is not None:
            _validate_format(causes, "failedIndexes", failed, completions)
        if per_index is None:
            causes.append(invalid("status.failedIndexes", failed,
                                  "cannot set non-null failedIndexes when backoffLimitPerIndex is null"))
    if changed("failedIndexes", "completedIndexes") and completions is not None and failed is not None:
        both = indexes.common(completed, failed, completions)
        if both is not None:
            causes.append(invalid("status.failedIndexes", failed,
                                  f"failedIndexes and completedIndexes overlap at index: {both}"))  # fmt: skip


def _validate_format(causes: Causes, name: str, text: str, completions: int) -> None:
    try:
        indexes.count(text, completions)
    except indexes.IndexesError as error:
        causes.append(invalid(f"status.{name}", text, f"error parsing {name}: {error}"))


def _validate_progress(causes: Causes, spec: Obj, after: Obj, before: Obj) -> None:
    if after.get("failed", 0) < before.get("failed", 0):
        causes.append(invalid("status.failed", after.get("failed", 0), "cannot decrease the failed counter"))
    # An Indexed Job with as many pods as completions can be made smaller, and has done less then.
    elastic = is_indexed(spec) and spec.get("completions") == spec.get("parallelism")
    if not elastic and after.get("succeeded", 0) < before.get("succeeded", 0):
        causes.append(invalid("status.succeeded", after.get("succeeded", 0), "cannot decrease the succeeded counter"))
    completion, start = after.get("completionTime"), before.get("startTime")
    if completion is not None and before.get("completionTime") not in (None, completion):
        causes.append(invalid("status.completionTime", completion, "completionTime cannot be mutated"))
    if start is not None and after.get("startTime") != start and not spec.get("suspend"):
        causes.append(required("status.startTime", "startTime cannot be removed for unsuspended job"))
