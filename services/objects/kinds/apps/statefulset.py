"""StatefulSets: pods with an ordinal each, a name of their own and volumes that stay theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.defaults import default_template
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.pods.template import COLUMNS, template_cells, validate_match, validate_needed_selector
from services.objects.kinds.pods.validation import validate_template
from services.objects.kinds.pods.volumes.claims import claim_warnings, validate_claim_spec
from services.objects.kinds.pods.warnings import template_warnings
from services.objects.kinds.subresources import SCALE, status_of
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    invalid,
    not_negative,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.replicas import validate_counts_status
from services.objects.kinds.validation.texts.shares import share_size, validate_bounded_share
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_MANAGEMENTS, _STRATEGIES, _RETENTIONS = ("OrderedReady", "Parallel"), ("RollingUpdate", "OnDelete"), (
    "Retain", "Delete")  # fmt: skip
_RETENTION = "persistentVolumeClaimRetentionPolicy"
_MAY_CHANGE = frozenset({"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", _RETENTION,
                         "minReadySeconds"})  # fmt: skip
_COUNTS = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas",
           "observedGeneration", "collisionCount")  # fmt: skip


def default_statefulset(statefulset: Obj) -> None:
    spec = statefulset.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        rolling = strategy["rollingUpdate"]
        rolling.setdefault("partition", 0)
        rolling.setdefault("maxUnavailable", 1)
    retention = spec.setdefault(_RETENTION, {})
    for when in ("whenDeleted", "whenScaled"):
        if not retention.get(when):
            retention[when] = "Retain"
    for name, value in (("replicas", 1), ("revisionHistoryLimit", 10)):
        if spec.get(name) is None:
            spec[name] = value
    for claim in spec.get("volumeClaimTemplates") or ():
        _default_claim(claim)


def _default_claim(claim: Obj) -> None:
    claim["apiVersion"], claim["kind"] = claim.get("apiVersion") or "v1", claim.get("kind") or "PersistentVolumeClaim"
    claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    status = claim.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


def prepare_statefulset(statefulset: Obj) -> None:
    statefulset["status"] = {"replicas": 0, "availableReplicas": 0}


def validate_statefulset(statefulset: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, statefulset, names.is_dns1123_label)
    spec = statefulset.get("spec") or {}
    management = spec.get("podManagementPolicy") or ""
    if not management:
        causes.append(required("spec.podManagementPolicy"))
    elif management not in _MANAGEMENTS:
        causes.append(invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'"))
    _validate_strategy(causes, "spec.updateStrategy", spec.get("updateStrategy") or {})
    for when, policy in sorted((spec.get(_RETENTION) or {}).items()):
        if policy not in _RETENTIONS:
            causes.append(unsupported(f"spec.{_RETENTION}.{when}", policy, _RETENTIONS))
    not_negative(causes, "spec.replicas", spec.get("replicas"))
    not_negative(causes, "spec.minReadySeconds", spec.get("minReadySeconds"))
    not_negative(causes, "spec.ordinals.start", (spec.get("ordinals") or {}).get("start"))
    _validate_template(causes, "spec.template", spec)
    return causes


def validate_new_statefulset(statefulset: Obj) -> Causes:
    """What older ones, that Kubernetes did not look at so closely, may keep."""
    causes: Causes = []
    spec = statefulset.get("spec") or {}
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        validate_claim_spec(causes, f"spec.volumeClaimTemplates[{index}].spec", claim.get("spec") or {})
    service = spec.get("serviceName")
    if service:
        add_invalid(causes, "spec.serviceName", service, names.is_dns1123_label(service))
    return causes


def _validate_strategy(causes: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    if not kind:
        causes.append(required(path))
    elif kind not in _STRATEGIES:
        causes.append(invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'"))
    elif rolling is not None and kind == "OnDelete":
        causes.append(invalid(f"{path}.rollingUpdate", rolling, "only allowed for updateStrategy 'RollingUpdate'"))
    elif rolling is not None:
        not_negative(causes, f"{path}.rollingUpdate.partition", rolling.get("partition"))
        unavailable = rolling.get("maxUnavailable")
        if unavailable is not None:
            validate_bounded_share(causes, f"{path}.rollingUpdate.maxUnavailable", unavailable)
            if share_size(unavailable) == 0:
                causes.append(invalid(f"{path}.rollingUpdate.maxUnavailable", unavailable, "cannot be 0"))


def _validate_template(causes: Causes, path: str, spec: Obj) -> None:
    selector, template = spec.get("selector"), spec.get("template") or {}
    validate_needed_selector(causes, selector, "empty selector is invalid for statefulset")
    if validate_match(causes, selector, template):
        validate_template(causes, path, _with_claims(template, spec.get("volumeClaimTemplates") or ()))
    else:
        causes.append(invalid("spec.selector", selector, ""))
    pod = template.get("spec") or {}
    policy = pod.get("restartPolicy")
    if policy != "Always":
        causes.append(unsupported(f"{path}.spec.restartPolicy", policy or "", ("Always",)))
    if pod.get("activeDeadlineSeconds") is not None:
        causes.append(forbidden(f"{path}.spec.activeDeadlineSeconds",
                                "activeDeadlineSeconds in StatefulSet is not Supported"))  # fmt: skip


def _with_claims(template: Obj, claims: Iterable[Obj]) -> Obj:
    """As its pods will be: the volume of a claim comes before the template's own and replaces one of its name."""
    made = {name: {"name": name, "persistentVolumeClaim": {"claimName": name}}
            for claim in claims for name in ((claim.get("metadata") or {}).get("name") or "",)}  # fmt: skip
    if not made:
        return template
    pod = template.get("spec") or {}
    own = [volume for volume in pod.get("volumes") or () if volume.get("name") not in made]
    return {**template, "spec": {**pod, "volumes": [*made.values(), *own]}}


def validate_statefulset_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new["spec"], old["spec"]
    if any(after.get(name) != before.get(name) for name in {*after, *before} - _MAY_CHANGE):
        causes.append(forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                                        "'template', 'updateStrategy', 'revisionHistoryLimit', "
                                        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"))
    return causes


def validate_statefulset_status(new: Obj, old: Obj) -> Causes:
    causes = validate_counts_status(new, old, _COUNTS)
    status = new.get("status") or {}
    total, ready = status.get("replicas", 0), status.get("readyReplicas", 0)
    for name in ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"):
        count = status.get(name, 0)
        if count > total:
            causes.append(invalid(f"status.{name}", count, "cannot be greater than status.replicas"))
    if status.get("availableReplicas", 0) > ready:
        causes.append(invalid("status.availableReplicas", status["availableReplicas"],
                              "cannot be greater than status.readyReplicas"))  # fmt: skip
    return causes


def statefulset_warnings(statefulset: Obj) -> list[str]:
    spec = statefulset.get("spec") or {}
    found = pending_kind("statefulsets") + template_warnings(statefulset)
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        found += claim_warnings(f"spec.volumeClaimTemplates[{index}]", claim.get("spec") or {})
    if (spec.get("revisionHistoryLimit") or 0) < 0:
        found.append("spec.revisionHistoryLimit: a negative value retains all historical revisions; "
                     "a value >= 0 is recommended")  # fmt: skip
    return found


def _row(statefulset: Obj, now: datetime) -> list[Any]:
    spec, status = statefulset.get("spec") or {}, statefulset.get("status") or {}
    containers, images, _ = template_cells(spec, "")
    return [statefulset["metadata"].get("name", ""), f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
            cells.age(statefulset, now), containers, images]  # fmt: skip


PRINTER = Printer((NAME, Column("Ready", description="Ready pods of all that there should be."), cells.AGE,
                   *COLUMNS[:2]), _row)  # fmt: skip
STATEFULSET = Kind(
    group="apps", version="v1", kind="StatefulSet", plural="statefulsets", singular="statefulset",
    short_names=("sts",), categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.StatefulSet",
    printer=PRINTER, subresources=(status_of("StatefulSet", "apps"), SCALE), has_generation=True,
    default=default_statefulset, prepare=prepare_statefulset,
    validate=validate_statefulset, validate_create=validate_new_statefulset,
    validate_update=validate_statefulset_update, validate_status=validate_statefulset_status,
    warnings=statefulset_warnings,
)  # fmt: skip
