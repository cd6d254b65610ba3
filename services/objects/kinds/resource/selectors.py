"""Selectors of devices: expressions over what a device has.

https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from services.objects import cel
from services.objects.cel import BOOL, QUANTITY, CompileError, Environment, Field, Type, map_of, object_of
from services.objects.cel.types import Kind as Sort
from services.objects.cel.types import simple
from services.objects.kinds.resource.lists import validate_list
from services.objects.kinds.validation.field import Causes, forbidden, invalid, required, too_long
from services.objects.memo import remembered
from services.objects.meta import Obj

_MOST_SELECTORS = 32
_LONGEST_EXPRESSION = 10 * 1024
_COST_LIMIT = 1_000_000
_LONGEST_DOMAIN, _LONGEST_ID, _LONGEST_VALUE = 63, 32, 64
_MOST_ATTRIBUTES = 32


def _by_domain(value: Type) -> Type:
    """Values by name, by the domain that the name is qualified with."""
    domain, name = simple(Sort.STRING, size=_LONGEST_DOMAIN), simple(Sort.STRING, size=_LONGEST_ID)
    return map_of(domain, map_of(name, value, _MOST_ATTRIBUTES), _MOST_ATTRIBUTES)


@functools.cache
def environment() -> Environment:
    """`device`, whose attributes are of any type."""
    fields = {
        "driver": simple(Sort.STRING, size=_LONGEST_DOMAIN),
        "attributes": _by_domain(simple(Sort.DYN, size=_LONGEST_VALUE)),
        "capacity": _by_domain(QUANTITY),
        "allowMultipleAllocations": BOOL,
    }
    device = object_of("kubernetes.DRADevice", {name: Field(name, type) for name, type in fields.items()})
    return Environment({"device": device}).extend({}, libraries=("bindings",))


def validate_selectors(causes: Causes, path: str, selectors: Sequence[Obj] | None) -> None:
    validate_list(causes, path, selectors, _MOST_SELECTORS, _validate_selector)


def _validate_selector(causes: Causes, path: str, selector: Obj) -> None:
    if selector.get("cel") is None:
        causes.append(required(f"{path}.cel"))
    else:
        _validate_expression(causes, f"{path}.cel.expression", selector["cel"].get("expression") or "")


def _validate_expression(causes: Causes, path: str, expression: str) -> None:
    if len(expression.encode("utf-8", "replace")) > _LONGEST_EXPRESSION:
        causes.append(too_long(path, _LONGEST_EXPRESSION))
        return
    error, costs = _judged(expression)
    if error:
        causes.append(invalid(path, expression, error))
    elif costs > _COST_LIMIT:
        causes.append(forbidden(path, "too complex, exceeds cost limit"))


@remembered(most=1024, longest=512)
def _judged(expression: str) -> tuple[str, int]:
    """What is wrong with it, and what it costs at most: claims of one sort come with the same few selectors."""
    try:
        program = cel.compile(expression, environment())
    except CompileError as error:
        return str(error), 0
    if program.type.kind not in (Sort.BOOL, Sort.DYN):
        return f"must evaluate to bool or the unknown type, not {program.type}", 0
    return "", program.cost_estimate.max
