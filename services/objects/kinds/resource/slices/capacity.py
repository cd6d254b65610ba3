"""What a device has so much of, and in which portions it can be asked for."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import quantity
from services.objects.kinds.resource.lists import validate_set
from services.objects.kinds.validation.amounts import nano
from services.objects.kinds.validation.field import Causes, forbidden, invalid, required
from services.objects.meta import Obj

_MOST_VALUES = 10
_TWO_POLICIES = ('exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same '
                 "time")  # fmt: skip


def _text(amount: str) -> str:
    return str(quantity.parse(amount))


def validate_shared(causes: Causes, path: str, capacity: Obj) -> None:
    """Of a device that many may have a part of."""
    policy = capacity.get("requestPolicy")
    if policy is None:
        return
    path = f"{path}.requestPolicy"
    values, portions, usual = policy.get("validValues"), policy.get("validRange"), policy.get("default")
    if values and portions is not None:
        causes.append(forbidden(path, _TWO_POLICIES))
    elif values:
        if usual is None:
            causes.append(required(f"{path}.default", "required when validValues is defined"))
        else:
            _validate_values(causes, f"{path}.validValues", usual, capacity.get("value") or "0", values)
    elif portions is not None:
        if usual is None:
            causes.append(required(f"{path}.default", "required when validRange is defined"))
        else:
            _validate_range(causes, f"{path}.validRange", usual, capacity.get("value") or "0", portions)


def validate_whole(causes: Causes, path: str, capacity: Obj) -> None:
    """Of a device that one has alone."""
    if capacity.get("requestPolicy") is not None:
        causes.append(forbidden(f"{path}.requestPolicy", "allowMultipleAllocations must be true"))


def _validate_values(causes: Causes, path: str, usual: str, most: str, values: Sequence[str]) -> None:
    for index in range(1, len(values)):
        if nano(values[index - 1]) > nano(values[index]):
            causes.append(invalid(f"{path}[{index}]", _text(values[index]),
                                  "values must be sorted in ascending order"))  # fmt: skip

    def validate_value(causes: Causes, where: str, value: str) -> None:
        if nano(value) > nano(most):
            causes.append(invalid(where, _text(value), f"option is larger than capacity value: {_text(most)}"))

    validate_set(causes, path, values, _MOST_VALUES, validate_value, lambda value: str(quantity.value(value)))
    if len(values) > _MOST_VALUES or all(nano(value) != nano(usual) for value in values):
        causes.append(invalid(path, _text(usual), "default value is not valid according to the requestPolicy"))


def _validate_range(causes: Causes, path: str, usual: str, capacity: str, portions: Obj) -> None:
    least, most, step = portions.get("min"), portions.get("max"), portions.get("step")
    if least is None:
        causes.append(required(f"{path}.min", "required when validRange is defined"))
        return
    if nano(least) > nano(capacity):
        causes.append(invalid(f"{path}.min", _text(least), f"min is larger than capacity value: {_text(capacity)}"))
    if nano(usual) < nano(least):
        causes.append(invalid(f"{path}.min", _text(usual), f"default is less than min: {_text(least)}"))
    if most is not None:
        if nano(least) > nano(most):
            causes.append(invalid(f"{path}.max", _text(least), f"min is larger than max: {_text(most)}"))
        if nano(most) > nano(capacity):
            causes.append(invalid(f"{path}.max", _text(most), f"max is larger than capacity value: {_text(capacity)}"))
        if nano(usual) > nano(most):
            causes.append(invalid(f"{path}.max", _text(usual), f"default is more than max: {_text(most)}"))
    if step is not None:
        after = nano(least) + nano(step)
        if after > nano(capacity):
            one = quantity.canonical(quantity.Quantity(after, quantity.parse(least if nano(least) else step).format))
            causes.append(invalid(f"{path}.step", _text(step),
                                  f"one step {one} is larger than capacity value: {_text(capacity)}"))  # fmt: skip
        for value in (usual,) if most is None else (usual, most):
            _validate_step(causes, f"{path}.step", value, least, step)


def _validate_step(causes: Causes, path: str, value: str, least: str, step: str) -> None:
    size = quantity.value(step)
    if not size or (quantity.value(value) - quantity.value(least)) % size:
        detail = f"value is not a multiple of a given step ({_text(step)}) from ({_text(least)})"
        causes.append(invalid(path, _text(value), detail))
