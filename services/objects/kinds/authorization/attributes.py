"""The rules of what is asked in a question of access."""

from __future__ import annotations

from collections.abc import Callable

from services.objects.kinds.validation.field import Causes, forbidden, invalid, required
from services.objects.kinds.validation.labels import validate_label_name
from services.objects.meta import Obj

_CHOOSING, _LOOKING = ("In", "NotIn"), ("Exists", "DoesNotExist")
_NEEDED = "must be specified when `operator` is 'In' or 'NotIn'"
_NOT_NEEDED = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"


def validate_access(causes: Causes, path: str, spec: Obj, *, of_user: bool) -> None:
    """`of_user`: the question names whom it is about."""
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and other is not None:
        causes.append(invalid(f"{path}.nonResourceAttributes", other,
                              "cannot be specified in combination with resourceAttributes"))  # fmt: skip
    if resource is None and other is None:
        causes.append(invalid(f"{path}.resourceAttributes", other,
                              "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
    if of_user and not spec.get("user") and not spec.get("groups"):
        causes.append(invalid(f"{path}.user", "", "at least one of user or group must be specified"))
    given = resource or {}
    if given.get("fieldSelector") is not None:
        _validate_selector(causes, f"{path}.resourceAttributes.fieldSelector", given["fieldSelector"], _validate_field)
    if given.get("labelSelector") is not None:
        _validate_selector(causes, f"{path}.resourceAttributes.labelSelector", given["labelSelector"], _validate_label)


def _validate_selector(causes: Causes, path: str, selector: Obj, validate: Callable[[Causes, str, Obj], None]) -> None:
    raw, requirements = selector.get("rawSelector") or "", selector.get("requirements") or ()
    if raw and requirements:
        causes.append(invalid(f"{path}.rawSelector", raw, "may not specified at the same time as requirements"))
    if not raw and not requirements:
        causes.append(required(f"{path}.requirements",
                               f"when {path} is specified, requirements or rawSelector is required"))  # fmt: skip
    for index, requirement in enumerate(requirements):
        validate(causes, f"{path}.requirements[{index}]", requirement)


def _validate_field(causes: Causes, path: str, requirement: Obj) -> None:
    """Operators that nobody here knows may be known to who asks."""
    operator, values = requirement.get("operator") or "", requirement.get("values") or []
    if not requirement.get("key"):
        causes.append(required(f"{path}.key", "must be specified"))
    if operator in _CHOOSING and not values:
        causes.append(required(f"{path}.values", _NEEDED))
    if operator in _LOOKING and values:
        causes.append(invalid(f"{path}.values", values, _NOT_NEEDED))


def _validate_label(causes: Causes, path: str, requirement: Obj) -> None:
    operator, values = requirement.get("operator") or "", requirement.get("values") or []
    if operator in _CHOOSING and not values:
        causes.append(required(f"{path}.values", _NEEDED))
    if operator in _LOOKING and values:
        causes.append(forbidden(f"{path}.values", _NOT_NEEDED))
    validate_label_name(causes, f"{path}.key", requirement.get("key") or "")
