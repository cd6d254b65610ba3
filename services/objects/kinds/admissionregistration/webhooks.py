"""The rules that validating and mutating webhooks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.admissionregistration.expressions import validate_match_conditions
from services.objects.kinds.admissionregistration.rules import (
    FAILURE_POLICIES,
    MATCH_POLICIES,
    default_matching,
    default_rules,
    supported,
    validate_rule,
)
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, invalid, required
from services.objects.kinds.validation.labels import validate_selector
from services.objects.kinds.validation.meta import validate_meta
from services.objects.kinds.validation.texts.domains import validate_fully_qualified
from services.objects.kinds.validation.webhooks import default_client_config, validate_client_config
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_REVIEW_VERSIONS = ("v1", "v1beta1")


def default_webhook(hook: Obj) -> None:
    hook.setdefault("failurePolicy", "Fail")
    default_matching(hook)
    hook.setdefault("timeoutSeconds", 10)
    default_rules(hook.get("rules"))
    default_client_config(hook.setdefault("clientConfig", {}))


def validate_configuration(configuration: Obj, also: Callable[[Causes, str, Obj], None] | None = None) -> Causes:
    """`also` are the rules of one sort of webhooks."""
    causes: Causes = []
    validate_meta(causes, configuration, names.is_dns1123_subdomain, namespaced=False)
    seen: set[str] = set()
    for index, hook in enumerate(configuration.get("webhooks") or ()):
        where, name = f"webhooks[{index}]", hook.get("name") or ""
        _validate_webhook(causes, where, hook)
        if also is not None:
            also(causes, where, hook)
        _validate_review_versions(causes, f"{where}.admissionReviewVersions", hook.get("admissionReviewVersions") or ())
        if name and name in seen:
            causes.append(duplicate(f"{where}.name", name))
        seen.add(name)
    return causes


def _validate_webhook(causes: Causes, path: str, hook: Obj) -> None:
    validate_fully_qualified(causes, f"{path}.name", hook.get("name") or "")
    for index, rule in enumerate(hook.get("rules") or ()):
        validate_rule(causes, f"{path}.rules[{index}]", rule)
    supported(causes, f"{path}.failurePolicy", hook.get("failurePolicy"), FAILURE_POLICIES)
    supported(causes, f"{path}.matchPolicy", hook.get("matchPolicy"), MATCH_POLICIES)
    if hook.get("sideEffects") is None:
        causes.append(required(f"{path}.sideEffects", f"must specify one of {', '.join(_SIDE_EFFECTS)}"))
    supported(causes, f"{path}.sideEffects", hook.get("sideEffects"), _SIDE_EFFECTS)
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        causes.append(invalid(f"{path}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds"))
    for name in ("namespaceSelector", "objectSelector"):
        if hook.get(name) is not None:
            validate_selector(causes, f"{path}.{name}", hook[name])
    validate_client_config(causes, f"{path}.clientConfig", hook.get("clientConfig") or {})
    validate_match_conditions(causes, f"{path}.matchConditions", hook.get("matchConditions") or (), params=False)


def _validate_review_versions(causes: Causes, path: str, versions: Sequence[str]) -> None:
    if not versions:
        causes.append(required(path, f"must specify one of {', '.join(_REVIEW_VERSIONS)}"))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            causes.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            add_invalid(causes, f"{path}[{index}]", version, names.is_dns1035_label(version))
    if not set(versions) & set(_REVIEW_VERSIONS):
        causes.append(invalid(path, versions, f"must include at least one of {', '.join(_REVIEW_VERSIONS)}"))


def _row(configuration: Obj, now: datetime) -> list[Any]:
    count = len(configuration.get("webhooks") or ())
    return [configuration["metadata"].get("name", ""), count, cells.age(configuration, now)]


PRINTER = Printer((NAME, Column("Webhooks", "integer", description="How many webhooks it has."), cells.AGE), _row)
