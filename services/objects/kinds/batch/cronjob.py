"""CronJobs: a Job of one template, again and again, when a schedule says so."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from services.objects import names, schedules, timezones
from services.objects.kinds import preparation
from services.objects.kinds.batch.job.spec import default_template_of_job, name_warnings, validate_job_spec
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.pods.template import COLUMNS, template_cells
from services.objects.kinds.pods.warnings import warnings_of_template
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import (
    Causes,
    invalid,
    not_negative,
    one_of,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_DEFAULTS = (("concurrencyPolicy", "Allow"), ("suspend", False), ("successfulJobsHistoryLimit", 3),
             ("failedJobsHistoryLimit", 1))  # fmt: skip
_POLICIES = ("Allow", "Forbid", "Replace")
# A Job's name is that of its CronJob and eleven characters more.
_NAME_LENGTH = 63 - 11
_is_zone_part = re.compile(r"(?!-)[A-Za-z.\-_0-9+]{1,14}").fullmatch


def default_cronjob(cronjob: Obj) -> None:
    spec = cronjob.setdefault("spec", {})
    for field, value in _DEFAULTS:
        if spec.get(field) in (None, ""):
            spec[field] = value
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    default_template_of_job(template.setdefault("spec", {}))


def validate_cronjob(cronjob: Obj) -> Causes:
    """Kubernetes lets a change keep what was allowed once (long names, TZ= in schedules); nothing here is so old."""
    causes: Causes = []
    validate_meta(causes, cronjob, names.is_dns1123_subdomain)
    spec = cronjob.get("spec") or {}
    _validate_schedule(causes, "spec.schedule", spec.get("schedule") or "")
    not_negative(causes, "spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    if spec.get("timeZone") is not None:
        _validate_time_zone(causes, "spec.timeZone", spec["timeZone"])
    one_of(causes, "spec.concurrencyPolicy", spec.get("concurrencyPolicy"), _POLICIES)
    _validate_job_template(causes, "spec.jobTemplate.spec", (spec.get("jobTemplate") or {}).get("spec") or {})
    not_negative(causes, "spec.successfulJobsHistoryLimit", spec.get("successfulJobsHistoryLimit"))
    not_negative(causes, "spec.failedJobsHistoryLimit", spec.get("failedJobsHistoryLimit"))
    name = (cronjob.get("metadata") or {}).get("name") or ""
    if len(name) > _NAME_LENGTH:
        causes.append(invalid("metadata.name", name, f"must be no more than {_NAME_LENGTH} characters"))
    return causes


def _validate_schedule(causes: Causes, path: str, schedule: str) -> None:
    if not schedule:
        causes.append(required(path))
        return
    try:
        schedules.parse(schedule)
    except schedules.ScheduleError as error:
        causes.append(invalid(path, schedule, str(error)))
    if "TZ" in schedule:
        causes.append(invalid(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"))


def _validate_time_zone(causes: Causes, path: str, zone: str) -> None:
    if not zone:
        causes.append(invalid(path, zone, "timeZone must be nil or non-empty string"))
    elif any(part in (".", "..") or not _is_zone_part(part) for part in zone.split("/")):
        causes.append(invalid(path, zone, f"unknown time zone {zone}"))
    elif zone.lower() == "local":
        causes.append(invalid(path, zone, "timeZone must be an explicit time zone as defined in "
                                          "https://www.iana.org/time-zones"))  # fmt: skip
    elif not timezones.is_known(zone):
        causes.append(invalid(path, zone, f"unknown time zone {zone}"))


def _validate_job_template(causes: Causes, path: str, spec: Obj) -> None:
    validate_job_spec(causes, path, spec)
    if spec.get("selector") is not None:
        causes.append(invalid(f"{path}.selector", spec["selector"], "`selector` will be auto-generated"))
    if spec.get("manualSelector"):
        causes.append(unsupported(f"{path}.manualSelector", True, ("nil", "false")))


def cronjob_warnings(cronjob: Obj) -> list[str]:
    spec = ((cronjob.get("spec") or {}).get("jobTemplate") or {}).get("spec") or {}
    of_template = warnings_of_template("spec.jobTemplate.spec.template", spec.get("template") or {})
    return pending_kind("cronjobs") + name_warnings(cronjob) + of_template


def _row(cronjob: Obj, now: datetime) -> list[Any]:
    spec, status = cronjob.get("spec") or {}, cronjob.get("status") or {}
    job, last = (spec.get("jobTemplate") or {}).get("spec") or {}, status.get("lastScheduleTime")
    return [
        cronjob["metadata"].get("name", ""), spec.get("schedule", ""), spec.get("timeZone") or cells.NONE,
        cells.boolean(spec.get("suspend")), len(status.get("active") or ()),
        cells.since(last, now) if last else cells.NONE, cells.age(cronjob, now),
        *template_cells(job, cells.NONE),  # its Jobs' selectors are made when they are
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Schedule", description="When Jobs are made."),
        Column("Timezone", description="Whose clock the schedule means."),
        Column("Suspend", "boolean", description="Whether no Jobs are made for now."),
        Column("Active", "integer", description="Jobs that have not ended."),
        Column("Last Schedule", description="When a Job was made last."),
        cells.AGE,
        *COLUMNS,
    ),
    _row,
)
CRONJOB = Kind(
    group="batch", version="v1", kind="CronJob", plural="cronjobs", singular="cronjob", short_names=("cj",),
    categories=("all",), namespaced=True, definition="io.k8s.api.batch.v1.CronJob", printer=PRINTER,
    subresources=(status_of("CronJob", "batch"),), has_generation=True,
    default=default_cronjob, prepare=preparation.clear_status,
    validate=validate_cronjob, validate_update=validate_update, validate_status=validate_update,
    warnings=cronjob_warnings,
)  # fmt: skip
