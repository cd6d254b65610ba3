"""The rules of amounts of resources, alone and in lists."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from services.objects import quantity
from services.objects.kinds.validation.field import Causes, add_invalid, invalid
from services.objects.kinds.validation.labels import qualified_name_errors


@functools.lru_cache(maxsize=4096)
def nano(text: str) -> int:
    """The amount in billionths; the same few texts come with thousands of objects."""
    return quantity.nano(text)


def validate_amount(causes: Causes, path: str, name: str, amount: str) -> None:
    size = nano(amount)
    if size < 0:
        causes.append(invalid(path, amount, "must be greater than or equal to 0"))
    elif "/" in name and "kubernetes.io/" not in name and size % quantity.NANO:
        causes.append(invalid(path, amount, "must be an integer"))


def validate_amounts(causes: Causes, path: str, amounts: Mapping[str, str]) -> None:
    """A ResourceList of nodes and the like."""
    for name, amount in amounts.items():
        add_invalid(causes, f"{path}[{name}]", name, qualified_name_errors(name))
        validate_amount(causes, f"{path}[{name}]", name, amount)
