"""PriorityLevelConfigurations: how many requests of a level run at once, and what becomes of the others."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.flowcontrol import mandatory
from services.objects.kinds.flowcontrol.flowschema import validate_flowcontrol_status, validate_statuses
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.preparation import clear_status
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import (
    Causes,
    between,
    forbidden,
    invalid,
    required,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_TYPES = ("Exempt", "Limited")
_RESPONSES = ("Queue", "Reject")
_MOST_QUEUES = 10**7
_MOST_BITS = 60
_QUEUING = {"handSize": 8, "queues": 64, "queueLengthLimit": 50}
_POSITIVE, _NOT_NEGATIVE = "must be positive", "must be a non-negative integer"


def default_prioritylevelconfiguration(level: Obj) -> None:
    spec = level.setdefault("spec", {})
    exempt, limited = spec.get("exempt"), spec.get("limited")
    if exempt is not None:
        exempt.setdefault("nominalConcurrencyShares", 0)
        exempt.setdefault("lendablePercent", 0)
    if limited is None:
        return
    limited.setdefault("nominalConcurrencyShares", 30)
    limited.setdefault("lendablePercent", 0)
    queuing = limited.setdefault("limitResponse", {}).get("queuing")
    if queuing is not None:
        for name, value in _QUEUING.items():
            if not queuing.get(name):
                queuing[name] = value


def validate_prioritylevelconfiguration(level: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, level, names.is_dns1123_subdomain, namespaced=False)
    spec, name = level.get("spec") or {}, (level.get("metadata") or {}).get("name") or ""
    kind = spec.get("type") or ""
    if (name == mandatory.EXEMPT) != (kind == "Exempt"):
        causes.append(invalid("spec.type", kind, "type must be 'Exempt' if and only if name is 'exempt'"))
    exempt, limited = spec.get("exempt"), spec.get("limited")
    if kind == "Exempt":
        if exempt is not None:
            _validate_exempt(causes, "spec.exempt", exempt)
        if limited is not None:
            causes.append(forbidden("spec.limited", "must be nil if the type is not Limited"))
    elif kind == "Limited":
        if exempt is not None:
            causes.append(forbidden("spec.exempt", "must be nil if the type is Limited"))
        if limited is None:
            causes.append(required("spec.limited", "must not be empty when type is Limited"))
        else:
            _validate_limited(causes, "spec.limited", limited)
    else:
        causes.append(unsupported("spec.type", kind, _TYPES))
    _validate_mandatory(causes, spec, name)
    validate_statuses(causes, "status.conditions", (level.get("status") or {}).get("conditions") or ())
    return causes


def _validate_mandatory(causes: Causes, spec: Obj, name: str) -> None:
    fixed = mandatory.PRIORITY_LEVELS.get(name)
    if fixed is None:
        return
    if name != mandatory.EXEMPT:
        if spec != fixed:
            causes.append(invalid("spec", spec, f"spec of '{name}' must equal the fixed value"))
    elif {**spec, "exempt": None} != {**fixed, "exempt": None}:
        causes.append(invalid("spec", spec, f"spec of '{name}' except the 'spec.exempt' field must equal the fixed "
                                            "value"))  # fmt: skip


def _validate_percent(causes: Causes, path: str, percent: int | None) -> None:
    if percent is not None and not 0 <= percent <= 100:
        causes.append(invalid(path, percent, between(0, 100)))


def _validate_exempt(causes: Causes, path: str, exempt: Obj) -> None:
    shares = exempt.get("nominalConcurrencyShares")
    if shares is not None and shares < 0:
        causes.append(invalid(f"{path}.nominalConcurrencyShares", shares, _NOT_NEGATIVE))
    _validate_percent(causes, f"{path}.lendablePercent", exempt.get("lendablePercent"))


def _validate_limited(causes: Causes, path: str, limited: Obj) -> None:
    shares, borrowing = limited.get("nominalConcurrencyShares") or 0, limited.get("borrowingLimitPercent")
    if shares < 0:
        causes.append(invalid(f"{path}.nominalConcurrencyShares", shares, _NOT_NEGATIVE))
    _validate_response(causes, f"{path}.limitResponse", limited.get("limitResponse") or {})
    _validate_percent(causes, f"{path}.lendablePercent", limited.get("lendablePercent"))
    if borrowing is not None and borrowing < 0:
        causes.append(invalid(f"{path}.borrowingLimitPercent", borrowing,
                              f"if specified, {_NOT_NEGATIVE}"))  # fmt: skip


def _validate_response(causes: Causes, path: str, response: Obj) -> None:
    kind, queuing = response.get("type") or "", response.get("queuing")
    if kind == "Reject":
        if queuing is not None:
            causes.append(forbidden(f"{path}.queuing", "must be nil if limited.limitResponse.type is not Limited"))
    elif kind != "Queue":
        causes.append(unsupported(f"{path}.type", kind, _RESPONSES))
    elif queuing is None:
        causes.append(required(f"{path}.queuing", "must not be empty if limited.limitResponse.type is Limited"))
    else:
        _validate_queuing(causes, f"{path}.queuing", queuing)


def _validate_queuing(causes: Causes, path: str, queuing: Obj) -> None:
    """A flow's hand of queues is dealt from the bits of a hash, which has to be long enough for it."""
    length, queues, hand = (queuing.get(name) or 0 for name in ("queueLengthLimit", "queues", "handSize"))
    if length <= 0:
        causes.append(invalid(f"{path}.queueLengthLimit", length, _POSITIVE))
    if queues <= 0:
        causes.append(invalid(f"{path}.queues", queues, _POSITIVE))
    elif queues > _MOST_QUEUES:
        causes.append(invalid(f"{path}.queues", queues, f"must not be greater than {_MOST_QUEUES}"))
    if hand <= 0:
        causes.append(invalid(f"{path}.handSize", hand, _POSITIVE))
    elif hand > queues:
        causes.append(invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})"))
    elif math.ceil(math.log2(queues) * hand) > _MOST_BITS:
        causes.append(invalid(f"{path}.handSize", hand, f"required entropy bits of deckSize {queues} and handSize "
                                                        f"{hand} should not be greater than {_MOST_BITS}"))  # fmt: skip


def _row(level: Obj, now: datetime) -> list[Any]:
    spec = level.get("spec") or {}
    limited = spec.get("limited")
    shares: Any = cells.NONE if limited is None else limited.get("nominalConcurrencyShares") or 0
    queuing = ((limited or {}).get("limitResponse") or {}).get("queuing")
    numbers = [cells.NONE if queuing is None else queuing.get(name) or 0
               for name in ("queues", "handSize", "queueLengthLimit")]  # fmt: skip
    return [level["metadata"].get("name", ""), spec.get("type") or "", shares, *numbers, cells.age(level, now)]


PRINTER = Printer(
    (
        NAME,
        Column("Type", description="Whether its requests are limited at all."),
        Column("NominalConcurrencyShares", description="Its part of what the server does at once."),
        Column("Queues", description="How many queues it has."),
        Column("HandSize", description="How many of them one flow may use."),
        Column("QueueLengthLimit", description="How many requests may wait in each."),
        cells.AGE,
    ),
    _row,
)
PRIORITYLEVELCONFIGURATION = Kind(
    group="flowcontrol.apiserver.k8s.io", version="v1", kind="PriorityLevelConfiguration",
    plural="prioritylevelconfigurations", singular="prioritylevelconfiguration", namespaced=False,
    definition="io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration", printer=PRINTER,
    subresources=(status_of("PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io"),), has_generation=True,
    status_metadata=(),
    default=default_prioritylevelconfiguration, prepare=clear_status,
    validate=validate_prioritylevelconfiguration, validate_update=validate_update,
    validate_status=validate_flowcontrol_status,
    warnings=lambda obj: pending_kind("prioritylevelconfigurations"),
)  # fmt: skip
