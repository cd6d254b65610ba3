"""The rules of Deployments, ReplicaSets, ReplicationControllers and ControllerRevisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.objects import names, selectors
from services.objects.errors import Cause
from services.objects.kinds.validation.field import (
    NIL,
    Causes,
    forbidden,
    immutable,
    invalid,
    not_negative,
    required,
    unsupported,
)
from services.objects.kinds.validation.labels import is_empty, validate_selector
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.pod import validate_template
from services.objects.meta import Obj

_EMPTY_SELECTOR = "empty selector is invalid for deployment"  # Kubernetes says so of ReplicaSets too
_PERCENT_ERROR = ("a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
                  "regex used for validation is '[0-9]+%')")  # fmt: skip
_percent = re.compile("[0-9]{1,18}%").fullmatch
_STRATEGIES = ("Recreate", "RollingUpdate")
_STATUS_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration",
                  "updatedReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount")  # fmt: skip


def validate_deployment(deployment: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, deployment, names.is_dns1123_subdomain)
    spec = deployment.get("spec") or {}
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    _validate_selected_template(causes, spec)
    _validate_strategy(causes, "spec.strategy", spec.get("strategy") or {})
    for name in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        not_negative(causes, f"spec.{name}", spec.get(name))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        causes.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return causes


def validate_replicaset(replicaset: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, replicaset, names.is_dns1123_subdomain)
    spec = replicaset.get("spec") or {}
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    not_negative(causes, "spec.minReadySeconds", spec.get("minReadySeconds"))
    _validate_selected_template(causes, spec)
    return causes


def validate_replication_controller(controller: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, controller, names.is_dns1123_subdomain)
    spec = controller.get("spec") or {}
    not_negative(causes, "spec.minReadySeconds", spec.get("minReadySeconds"))
    selector, template = spec.get("selector"), spec.get("template")
    if not selector:
        causes.append(required("spec.selector"))
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    if template is None:
        causes.append(required("spec.template"))
        return causes
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector and not selectors.from_labels(selector).matches(labels):
        causes.append(_mismatch(labels))
    _validate_template(causes, "spec.template", template, "ReplicationController")
    return causes


def _validate_selected_template(causes: Causes, spec: Obj) -> None:
    """The selector, and that it selects what the template makes."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector is None:
        causes.append(required("spec.selector"))
    else:
        before = len(causes)
        validate_selector(causes, "spec.selector", selector)
        if is_empty(selector):
            causes.append(invalid("spec.selector", selector, _EMPTY_SELECTOR))
        elif len(causes) == before and not selectors.from_json(selector).matches(labels):
            causes.append(_mismatch(labels))
    _validate_template(causes, "spec.template", template, "ReplicaSet")


def _mismatch(labels: Mapping[str, str]) -> Cause:
    return invalid("spec.template.metadata.labels", dict(sorted(labels.items())) or NIL,
                   "`selector` does not match template `labels`")  # fmt: skip


def _validate_template(causes: Causes, path: str, template: Obj, owner: str) -> None:
    validate_template(causes, path, template)
    spec = template.get("spec") or {}
    policy = spec.get("restartPolicy")
    if policy and policy != "Always":
        causes.append(unsupported(f"{path}.spec.restartPolicy", policy, ("Always",)))
    if spec.get("activeDeadlineSeconds") is not None:
        causes.append(forbidden(f"{path}.spec.activeDeadlineSeconds",
                                f"activeDeadlineSeconds in {owner} is not Supported"))


def _validate_strategy(causes: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            causes.append(forbidden(f"{path}.rollingUpdate",
                                    "may not be specified when strategy `type` is 'Recreate'"))  # fmt: skip
    elif kind != "RollingUpdate":
        causes.append(unsupported(f"{path}.type", kind, _STRATEGIES))
    elif rolling is None:
        causes.append(required(f"{path}.rollingUpdate", "this should be defaulted and never be nil"))
    else:
        _validate_rolling(causes, f"{path}.rollingUpdate", rolling)


def _validate_rolling(causes: Causes, path: str, rolling: Obj) -> None:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    _validate_share(causes, f"{path}.maxUnavailable", unavailable)
    _validate_share(causes, f"{path}.maxSurge", surge)
    if _size(unavailable) == 0 and _size(surge) == 0:
        causes.append(invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))
    if isinstance(unavailable, str) and _percent(unavailable) and _size(unavailable) > 100:
        causes.append(invalid(f"{path}.maxUnavailable", unavailable, "must not be greater than 100%"))


def _validate_share(causes: Causes, path: str, share: Any) -> None:
    """A number or a percentage."""
    if not isinstance(share, str):
        not_negative(causes, path, share)
    elif not _percent(share):
        causes.append(invalid(path, share, _PERCENT_ERROR))


def _size(share: Any) -> int:
    if isinstance(share, str):
        return int(share[:-1]) if _percent(share) else 0
    return int(share)


def validate_selected_update(new: Obj, old: Obj) -> Causes:
    """Deployments and ReplicaSets keep their selector for life."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "spec.selector", new["spec"].get("selector"), old["spec"].get("selector"))
    return causes


def validate_replicas_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    status = new.get("status") or {}
    for name in _STATUS_COUNTS:
        not_negative(causes, f"status.{name}", status.get(name))
    total, ready = status.get("replicas", 0), status.get("readyReplicas", 0)
    for name in ("fullyLabeledReplicas", "readyReplicas", "availableReplicas", "updatedReplicas"):
        if name in status and status[name] > total:
            causes.append(invalid(f"status.{name}", status[name], "cannot be greater than status.replicas"))
    if status.get("availableReplicas", 0) > ready:
        causes.append(invalid("status.availableReplicas", status["availableReplicas"],
                              "cannot be greater than readyReplicas"))  # fmt: skip
    return causes


def validate_controller_revision(revision: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, revision, names.is_dns1123_subdomain)
    if revision.get("data") is None:
        causes.append(required("data", "data is mandatory"))
    not_negative(causes, "revision", revision.get("revision"))
    return causes


def validate_controller_revision_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "data", new.get("data"), old.get("data"))
    return causes
