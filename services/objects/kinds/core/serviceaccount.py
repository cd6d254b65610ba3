"""ServiceAccounts: who a pod is to the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.validation.field import Causes
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Printer

_ENFORCE = "kubernetes.io/enforce-mountable-secrets"


def validate_serviceaccount(account: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, account, names.is_dns1123_subdomain)
    return causes


def prepare_serviceaccount(account: Obj) -> None:
    """Of the secrets it may use, their names alone."""
    secrets = account.get("secrets")
    if secrets:
        account["secrets"] = [{"name": each["name"]} if each.get("name") else {} for each in secrets]


def serviceaccount_warnings(account: Obj) -> list[str]:
    if _ENFORCE not in ((account.get("metadata") or {}).get("annotations") or {}):
        return []
    return [f"metadata.annotations[{_ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to "
            "mounted secrets"]  # fmt: skip


def _row(account: Obj, now: datetime) -> list[Any]:
    return [account["metadata"].get("name", ""), cells.age(account, now)]


PRINTER = Printer((NAME, cells.AGE), _row)
_TOKEN = "io.k8s.api.authentication.v1.TokenRequest"
SERVICEACCOUNT = Kind(
    group="", version="v1", kind="ServiceAccount", plural="serviceaccounts", singular="serviceaccount",
    short_names=("sa",), namespaced=True, definition="io.k8s.api.core.v1.ServiceAccount",
    printer=PRINTER,
    subresources=(Subresource("token", ("create",), "TokenRequest", "authentication.k8s.io", "v1", _TOKEN),),
    prepare=prepare_serviceaccount, prepare_update=lambda new, old: prepare_serviceaccount(new),
    validate=validate_serviceaccount, validate_update=validate_update,
    warnings=serviceaccount_warnings,
)  # fmt: skip
