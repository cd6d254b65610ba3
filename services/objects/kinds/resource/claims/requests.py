"""What is asked for in a claim: devices of classes, which of them go together, how they are set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.objects.kinds.resource.configuration import MOST_CONFIGURATIONS, validate_configuration
from services.objects.kinds.resource.identities import validate_class_name, validate_fully_qualified, validate_label
from services.objects.kinds.resource.lists import named, validate_list, validate_set
from services.objects.kinds.resource.selectors import validate_selectors
from services.objects.kinds.resource.taints import default_tolerations, validate_tolerations
from services.objects.kinds.validation.field import Causes, invalid, required, unsupported
from services.objects.meta import Obj

_MOST_REQUESTS = 32
_MOST_ALTERNATIVES = 8
_MODES = ("All", "ExactCount")
_ONE_REQUEST = "exactly one of `exactly` or `firstAvailable` is required"
_ONE_CONSTRAINT = ('exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are '
                   "set")  # fmt: skip
_NO_REQUEST = ("must be the name of a request in the claim or the name of a request and a subrequest separated by "
               "'/'")  # fmt: skip

Requests = Mapping[str, frozenset[str]]  # the alternatives of each request, by their names


def default_claim(spec: Obj) -> None:
    for request in (spec.get("devices") or {}).get("requests") or ():
        wanted = [request["exactly"]] if request.get("exactly") is not None else []
        for each in (*wanted, *(request.get("firstAvailable") or ())):
            if not each.get("allocationMode"):
                each["allocationMode"] = "ExactCount"
            if each["allocationMode"] == "ExactCount" and not each.get("count"):
                each["count"] = 1
            default_tolerations(each.get("tolerations"))


def known_requests(spec: Obj) -> Requests:
    requests = (spec.get("devices") or {}).get("requests") or ()
    return {request.get("name") or "": frozenset(each.get("name") or "" for each in request.get("firstAvailable") or ())
            for request in requests}  # fmt: skip


def validate_claim(causes: Causes, path: str, spec: Obj) -> None:
    devices, path = spec.get("devices") or {}, f"{path}.devices"
    known = known_requests(spec)

    def check_constraint(causes: Causes, where: str, constraint: Obj) -> None:
        _validate_constraint(causes, where, constraint, known)

    def check_configuration(causes: Causes, where: str, configuration: Obj) -> None:
        validate_references(causes, f"{where}.requests", configuration.get("requests"), known)
        validate_configuration(causes, where, configuration)

    validate_set(causes, f"{path}.requests", devices.get("requests"), _MOST_REQUESTS, _validate_request, named("name"))
    validate_list(causes, f"{path}.constraints", devices.get("constraints"), _MOST_REQUESTS, check_constraint)
    validate_list(causes, f"{path}.config", devices.get("config"), MOST_CONFIGURATIONS, check_configuration)


def _validate_request(causes: Causes, path: str, request: Obj) -> None:
    validate_label(causes, f"{path}.name", request.get("name") or "")
    exactly, alternatives = request.get("exactly"), request.get("firstAvailable")
    if exactly is not None and alternatives:
        causes.append(invalid(path, None, f"{_ONE_REQUEST}, but multiple fields are set"))
    elif exactly is not None:
        _validate_wanted(causes, f"{path}.exactly", exactly)
    elif alternatives:
        validate_set(causes, f"{path}.firstAvailable", alternatives, _MOST_ALTERNATIVES, _validate_alternative,
                     named("name"))  # fmt: skip
    else:
        causes.append(required(path, _ONE_REQUEST))


def _validate_alternative(causes: Causes, path: str, alternative: Obj) -> None:
    validate_label(causes, f"{path}.name", alternative.get("name") or "")
    _validate_wanted(causes, path, alternative)


def _validate_wanted(causes: Causes, path: str, wanted: Obj) -> None:
    validate_class_name(causes, f"{path}.deviceClassName", wanted.get("deviceClassName") or "")
    validate_selectors(causes, f"{path}.selectors", wanted.get("selectors"))
    mode, count = wanted.get("allocationMode") or "", wanted.get("count") or 0
    if mode == "All":
        if count:
            causes.append(invalid(f"{path}.count", count, "must not be specified when allocationMode is 'All'"))
    elif mode == "ExactCount":
        if count <= 0:
            causes.append(invalid(f"{path}.count", count, "must be greater than zero"))
    else:
        causes.append(unsupported(f"{path}.allocationMode", mode, _MODES))
    validate_tolerations(causes, f"{path}.tolerations", wanted.get("tolerations"))


def _validate_constraint(causes: Causes, path: str, constraint: Obj, known: Requests) -> None:
    validate_references(causes, f"{path}.requests", constraint.get("requests"), known)
    for field in ("matchAttribute", "distinctAttribute"):
        if constraint.get(field) is not None:
            validate_fully_qualified(causes, f"{path}.{field}", constraint[field])
            return
    causes.append(required(path, _ONE_CONSTRAINT))


def validate_references(causes: Causes, path: str, references: Sequence[str] | None, known: Requests) -> None:
    def check(causes: Causes, where: str, reference: str) -> None:
        validate_reference(causes, where, reference, known)

    validate_set(causes, path, references, _MOST_REQUESTS, check)


def validate_reference(causes: Causes, path: str, reference: str, known: Requests) -> None:
    """A request, or one of its alternatives behind a slash."""
    segments = reference.split("/", 2)
    if len(segments) > 2:
        causes.append(invalid(path, reference, _NO_REQUEST))
        return
    for segment in segments:
        validate_label(causes, path, segment)
    alternatives = known.get(segments[0])
    if alternatives is None or (len(segments) == 2 and segments[1] not in alternatives):
        causes.append(invalid(path, reference, _NO_REQUEST))
