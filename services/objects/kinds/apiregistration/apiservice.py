"""APIServices: who serves the API of a group and version, this server or another one behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import conditions, names
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_DEFINITION = "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService"
_STATUSES = ("True", "False", "Unknown")
_PRIORITIES = {"groupPriorityMinimum": 20000, "versionPriority": 1000}


def default_apiservice(service: Obj) -> None:
    backend = service.setdefault("spec", {}).get("service")
    if backend is not None:
        backend.setdefault("port", 443)


def prepare_apiservice(service: Obj) -> None:
    """What this server serves itself is available from the first moment."""
    if (service.get("spec") or {}).get("service") is not None:
        service["status"] = {}
        return
    since = (service.get("metadata") or {}).get("creationTimestamp")
    service["status"] = {"conditions": [{
        "type": "Available", "status": "True", **({"lastTransitionTime": since} if since else {}), "reason": "Local",
        "message": "Local APIServices are always available",
    }]}  # fmt: skip


def validate_apiservice(service: Obj) -> Causes:
    causes: Causes = []
    spec = service.get("spec") or {}
    group, version = spec.get("group") or "", spec.get("version") or ""
    validate_meta(causes, service, lambda name: _name_errors(name, f"{version}.{group}"), namespaced=False)
    if not group and version != "v1":
        causes.append(required("spec.group", "only v1 may have an empty group and it better be legacy kube"))
    if group:
        add_invalid(causes, "spec.group", group, names.is_dns1123_subdomain(group))
    add_invalid(causes, "spec.version", version, names.is_dns1035_label(version))
    for name, highest in _PRIORITIES.items():
        priority = spec.get(name) or 0
        if not 0 < priority <= highest:
            causes.append(invalid(f"spec.{name}", priority, f"must be positive and less than {highest}"))
    _validate_backend(causes, spec)
    return causes


def _name_errors(name: str, wanted: str) -> list[str]:
    if errors := names.is_path_segment(name):
        return errors
    return [] if name == wanted else [f'must be `spec.version+"."+spec.group`: "{wanted}"']


def _validate_backend(causes: Causes, spec: Obj) -> None:
    backend, bundle, insecure = spec.get("service"), spec.get("caBundle") or "", bool(spec.get("insecureSkipTLSVerify"))
    if backend is None:
        if bundle:
            size = len(bundle) * 3 // 4 - bundle[-2:].count("=")
            causes.append(invalid("spec.caBundle", f"{size} bytes", "local APIServices may not have a caBundle"))
        if insecure:
            causes.append(invalid("spec.insecureSkipTLSVerify", True,
                                  "local APIServices may not have insecureSkipTLSVerify"))  # fmt: skip
        return
    for name in ("namespace", "name"):
        if not backend.get(name):
            causes.append(required(f"spec.service.{name}"))
    if insecure and bundle:
        causes.append(invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present"))


def validate_apiservice_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    for index, condition in enumerate((new.get("status") or {}).get("conditions") or ()):
        if condition.get("status") not in _STATUSES:
            causes.append(unsupported(f"status.conditions[{index}].status", condition.get("status") or "", _STATUSES))
    return causes


def apiservice_warnings(apiservice: Obj) -> list[str]:
    """Groups of this server itself are served whether somebody registers them or not."""
    return pending_kind("apiservices") if (apiservice.get("spec") or {}).get("service") is not None else []


def _row(service: Obj, now: datetime) -> list[Any]:
    backend = (service.get("spec") or {}).get("service")
    shown = "Local" if backend is None else f"{backend.get('namespace') or ''}/{backend.get('name') or ''}"
    available = conditions.get(service, "Available")
    state = "Unknown" if available is None else available.get("status") or ""
    if available is not None and state != "True" and available.get("reason"):
        state = f"{state} ({available['reason']})"
    return [service["metadata"].get("name", ""), shown, state, cells.age(service, now)]


PRINTER = Printer(
    (
        NAME,
        Column("Service", description="Who serves it."),
        Column("Available", description="Whether it is served now."),
        cells.AGE,
    ),
    _row,
)
APISERVICE = Kind(
    group="apiregistration.k8s.io", version="v1", kind="APIService", plural="apiservices", singular="apiservice",
    categories=("api-extensions",), namespaced=False, definition=_DEFINITION, printer=PRINTER,
    subresources=(Subresource("status", ("get", "patch", "update"), "APIService", "apiregistration.k8s.io", "v1",
                              _DEFINITION),),
    unconditional_update=False, status_metadata=(),
    default=default_apiservice, prepare=prepare_apiservice,
    validate=validate_apiservice, validate_update=validate_update, validate_status=validate_apiservice_status,
    warnings=apiservice_warnings,
)  # fmt: skip
