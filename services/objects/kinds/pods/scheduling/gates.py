"""The rules of what a pod waits for: gates before it is placed, gates before it is ready, claims of devices."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, duplicate, invalid, required
from services.objects.kinds.validation.labels import qualified_name_errors
from services.objects.meta import Obj

_CLAIM_SOURCES = ("resourceClaimName", "resourceClaimTemplateName")


def validate_readiness_gates(causes: Causes, path: str, gates: Sequence[Obj]) -> None:
    for index, gate in enumerate(gates):
        condition = gate.get("conditionType") or ""
        add_invalid(causes, f"{path}[{index}].conditionType", condition, qualified_name_errors(condition))


def validate_scheduling_gates(causes: Causes, path: str, gates: Sequence[Obj]) -> None:
    seen: set[str] = set()
    for index, gate in enumerate(gates):
        name = gate.get("name") or ""
        add_invalid(causes, f"{path}[{index}]", name, qualified_name_errors(name))
        if name in seen:
            causes.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)


def validate_resource_claims(causes: Causes, path: str, claims: Sequence[Obj]) -> set[str]:
    """The names, for the containers that use them."""
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        where = f"{path}[{index}]"
        name = claim.get("name") or ""
        if not name:
            causes.append(required(f"{where}.name"))
        elif name in seen:
            causes.append(duplicate(f"{where}.name", name))
        else:
            add_invalid(causes, f"{where}.name", name, names.is_dns1123_label(name))
            seen.add(name)
        given = [source for source in _CLAIM_SOURCES if claim.get(source) is not None]
        shown = {"Name": name, "ResourceClaimName": claim.get("resourceClaimName"),
                 "ResourceClaimTemplateName": claim.get("resourceClaimTemplateName")}  # fmt: skip
        if len(given) == 2:
            causes.append(invalid(where, shown, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may "
                                                "be specified"))  # fmt: skip
        if not given:
            causes.append(invalid(where, shown, "must specify one of: `resourceClaimName`, "
                                                "`resourceClaimTemplateName`"))  # fmt: skip
        for source in given:
            add_invalid(causes, f"{where}.{source}", claim[source], names.is_dns1123_subdomain(claim[source]))
    return seen
