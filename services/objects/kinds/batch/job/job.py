"""Jobs: pods that are started until enough of them have succeeded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import conditions, durations, names, selectors, times
from services.objects.kinds import fields
from services.objects.kinds.batch.job.spec import (
    MANY_COMPLETIONS,
    NON_INDEXED,
    PODS_OF_MANY,
    default_template_of_job,
    is_indexed,
    name_warnings,
    validate_job_spec,
)
from services.objects.kinds.batch.job.status import validate_job_status
from services.objects.kinds.batch.job.update import validate_job_update
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.pods.template import (
    COLUMNS,
    selector_cell,
    template_cells,
    validate_match,
    validate_needed_selector,
)
from services.objects.kinds.pods.warnings import template_warnings
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import Causes, invalid, required
from services.objects.kinds.validation.meta import validate_meta
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

UID_LABEL, NAME_LABEL = "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"
_UID_LABELS, _NAME_LABELS = ("controller-uid", UID_LABEL), ("job-name", NAME_LABEL)
_TOO_MANY = ("In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
             "Kubernetes might not be able to track completedIndexes when a big number of indexes fail")
_STATES = ("Complete", "Failed"), ("Suspended", "FailureTarget")


def default_job(job: Obj) -> None:
    spec = job.setdefault("spec", {})
    default_template_of_job(spec)
    if spec.get("parallelism") is None:
        spec["parallelism"] = 1
        spec.setdefault("completions", 1)
    per_index, policy = spec.get("backoffLimitPerIndex"), spec.get("podFailurePolicy")
    for field, value in (
        ("backoffLimit", 6 if per_index is None else 2**31 - 1), ("completionMode", NON_INDEXED), ("suspend", False),
        ("podReplacementPolicy", "TerminatingOrFailed" if policy is None else "Failed"), ("manualSelector", False),
    ):  # fmt: skip
        if spec.get(field) is None:
            spec[field] = value
    _default_labels(job)


def _default_labels(job: Obj) -> None:
    """A Job without labels has those of its pods."""
    labels, metadata = spec_labels(job), job.setdefault("metadata", {})
    if labels and not metadata.get("labels"):
        metadata["labels"] = dict(labels)


def spec_labels(job: Obj) -> dict[str, str]:
    labels: dict[str, str] = job["spec"]["template"]["metadata"].get("labels") or {}
    return labels


def prepare_job(job: Obj) -> None:
    """A selector that finds this Job's pods and no others, made of its uid; the name is for people."""
    job["status"] = {}
    if job["spec"]["manualSelector"]:
        return
    metadata, spec = job["metadata"], job["spec"]
    before = spec_labels(job)
    generated = dict.fromkeys(_NAME_LABELS, metadata.get("name") or "")
    generated |= dict.fromkeys(_UID_LABELS, metadata.get("uid") or "")
    spec["template"]["metadata"]["labels"] = generated | before  # what contradicts is refused by the rules below
    selected = spec.setdefault("selector", {}).setdefault("matchLabels", {})
    selected.setdefault(UID_LABEL, metadata.get("uid") or "")
    if metadata.get("labels") == before:
        metadata.pop("labels", None)
    _default_labels(job)


def validate_job(job: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, job, names.is_dns1123_subdomain)
    spec = job.get("spec") or {}
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    selector = spec.get("selector")
    if selector is not None and not spec.get("manualSelector"):
        _validate_generated(causes, job["metadata"], selector, labels)
    validate_job_spec(causes, "spec", spec)
    validate_needed_selector(causes, selector)
    validate_match(causes, selector, spec.get("template") or {})
    _validate_hostnames(causes, job.get("metadata") or {}, spec)
    return causes


def _validate_generated(causes: Causes, metadata: Obj, selector: Obj, labels: dict[str, str]) -> None:
    path, uid, name = "spec.template.metadata.labels", metadata.get("uid") or "", metadata.get("name") or ""
    if not uid:
        causes.append(required("metadata.uid"))
    expected = {_UID_LABELS[0]: uid, _NAME_LABELS[0]: name, UID_LABEL: uid, NAME_LABEL: name}
    for label, value in expected.items():
        if label not in labels:
            causes.append(required(f"{path}[{label}]", f"must be '{value}'"))
        elif labels[label] != value:
            causes.append(invalid(f"{path}[{label}]", dict(sorted(labels.items())), f"must be '{value}'"))
    try:
        matches = selectors.from_json(selector).matches(expected)
    except selectors.SelectorError:
        return  # said where the selector is validated
    if not matches:
        causes.append(invalid("spec.selector", selector, "`selector` not auto-generated"))


def _validate_hostnames(causes: Causes, metadata: Obj, spec: Obj) -> None:
    """The pods of an Indexed Job have its name and their index for a hostname."""
    if not is_indexed(spec) or (spec.get("completions") or 0) <= 0:
        return
    name = metadata.get("name") or ""
    longest = f"{name}-{spec['completions'] - 1}"
    if names.is_dns1123_label(longest):
        causes.append(invalid("metadata.name", name, f"will not able to create pod with invalid DNS label: {longest}"))


def job_warnings(job: Obj) -> list[str]:
    spec = job.get("spec") or {}
    found = pending_kind("jobs") + name_warnings(job)
    many = (spec.get("completions") or 0) > MANY_COMPLETIONS and (spec.get("parallelism") or 0) > PODS_OF_MANY
    if is_indexed(spec) and many:
        found.append(f"spec: {_TOO_MANY}")
    return found + template_warnings(job)


def _row(job: Obj, now: datetime) -> list[Any]:
    spec, status = job.get("spec") or {}, job.get("status") or {}
    return [
        job["metadata"].get("name", ""), _state(job), _completions(spec, status), _duration(status, now),
        cells.age(job, now), *template_cells(spec, selector_cell(spec)),
    ]  # fmt: skip


def _state(job: Obj) -> str:
    ended, still = _STATES
    found = next((state for state in ended if conditions.is_true(job, state)), "")
    if not found and job["metadata"].get("deletionTimestamp"):
        found = "Terminating"
    return found or next((state for state in still if conditions.is_true(job, state)), "Running")


def _completions(spec: Obj, status: Obj) -> str:
    succeeded, parallelism = status.get("succeeded", 0), spec.get("parallelism") or 0
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(status: Obj, now: datetime) -> str:
    start = times.parse_or_none(status.get("startTime"))
    if start is None:
        return ""
    return durations.human((times.parse_or_none(status.get("completionTime")) or now) - start)


PRINTER = Printer(
    (
        NAME,
        Column("Status", description="How the job is doing."),
        Column("Completions", description="Pods that succeeded, of all that should."),
        Column("Duration", description="How long it took, or takes so far."),
        cells.AGE,
        *COLUMNS,
    ),
    _row,
)
JOB = Kind(
    group="batch", version="v1", kind="Job", plural="jobs", singular="job", categories=("all",), namespaced=True,
    definition="io.k8s.api.batch.v1.Job", printer=PRINTER, subresources=(status_of("Job", "batch"),),
    has_generation=True, orphans=True, fields={"status.successful": fields.number("status.succeeded")},
    default=default_job, prepare=prepare_job,
    validate=validate_job, validate_update=validate_job_update, validate_status=validate_job_status,
    warnings=job_warnings,
)  # fmt: skip
