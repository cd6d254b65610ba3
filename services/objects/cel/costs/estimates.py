"""What a call costs at least and at most, from the sizes of its operands; and how large its result can be.

The twin of `charges`: a change in one needs the other. Numbers and cases are those of cel-go and of Kubernetes'
libraries, since they decide which rules may be written. Kubernetes takes a few things for cheaper than it charges for
them later (comparing declared numbers or objects, joining, working on the keys of maps), and so do we.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from services.objects.cel.costs.charges import LIST, MESSAGE, PATTERN, TRAVERSAL
from services.objects.cel.costs.sizes import MOST, ONE, Range, fixed
from services.objects.cel.parsing.syntax import Literal, Node
from services.objects.cel.types import FORMAT, Kind


class Operand(Protocol):
    """Of a call, the target first: how large it is, and how large what it holds."""

    node: Node
    size: Range
    element: Range


class Estimate(NamedTuple):
    """Without the operands' own costs; `size` is None when the result has none to speak of."""

    cost: Range
    size: Range | None = None
    element: Range | None = None


Estimator = Callable[[Sequence[Operand]], Estimate]


def _text(operands: Sequence[Operand]) -> Range:
    return operands[0].size.scaled(TRAVERSAL)


def _first(operands: Sequence[Operand]) -> Estimate:
    return Estimate(_text(operands))


def _same_size(operands: Sequence[Operand]) -> Estimate:
    return Estimate(_text(operands), operands[0].size)


def _second(operands: Sequence[Operand]) -> Estimate:
    return Estimate(operands[1].size.scaled(TRAVERSAL))


def _twice(operands: Sequence[Operand]) -> Estimate:
    return Estimate(operands[0].size.scaled(2 * TRAVERSAL))


def _search(operands: Sequence[Operand]) -> Range:
    return operands[0].size.plus(ONE).scaled(TRAVERSAL).times(operands[1].size.scaled(PATTERN))


def _matches(operands: Sequence[Operand]) -> Estimate:
    return Estimate(_search(operands))


def _find(operands: Sequence[Operand]) -> Estimate:
    text = Range(0, operands[0].size.max)
    return Estimate(_search(operands), text, text)


def _contains(operands: Sequence[Operand]) -> Estimate:
    return Estimate(_text(operands).times(operands[1].size.scaled(TRAVERSAL)))


def smaller(operands: Sequence[Operand]) -> Estimate:
    """Of comparing two values: nothing, when one is always empty."""
    most = min(operands[0].size.max, operands[1].size.max)
    if operands[0].node.type == FORMAT:
        most = _LONGEST_FORMAT
    return Estimate(Range(min(most, 1), most).scaled(TRAVERSAL))


def _joined(operands: Sequence[Operand]) -> Estimate:
    size = operands[0].size.plus(operands[1].size)
    return Estimate(size.scaled(TRAVERSAL), size)


def _concatenated(operands: Sequence[Operand]) -> Estimate:
    return Estimate(ONE, operands[0].size.plus(operands[1].size), operands[0].element.or_(operands[1].element))


def _member(operands: Sequence[Operand]) -> Estimate:
    return Estimate(operands[1].size)


def _replace(operands: Sequence[Operand]) -> Estimate:
    text, old, new = operands[0].size, operands[1].size, operands[2].size
    cost = text.scaled(2 * TRAVERSAL)
    if old.min == 0:
        most = text.max + (text.max + 1) * new.max
    elif new.max <= old.min:
        most = text.max
    else:
        most = max(-(-text.max // old.min) * new.max, text.max)
    if old.max == 0:
        least = text.min + (text.min + 1) * new.min
    elif old.max <= new.min:
        least = text.min
    else:
        least = min(-(-text.min // old.max) * new.min, text.min)
    return Estimate(cost, Range(min(least, MOST), min(most, MOST)))


def _split(operands: Sequence[Operand]) -> Estimate:
    text = operands[0].size
    most = text.max + 1
    if len(operands) > 2 and isinstance(operands[2].node, Literal) and operands[2].node.value >= 0:
        most = operands[2].node.value
    return Estimate(text.scaled(2 * TRAVERSAL), Range(0, min(most, MOST)), Range(0, text.max))


def _join(operands: Sequence[Operand]) -> Estimate:
    count = operands[0].size
    size = count.times(operands[0].element)
    if len(operands) > 1:
        size = size.plus(operands[1].size.times(Range(max(count.min - 1, 0), max(count.max - 1, 0))))
    return Estimate(size.scaled(TRAVERSAL), size)


def _sequence(operands: Sequence[Operand]) -> Estimate:
    """Kubernetes' list functions; indexOf is a string's as well."""
    target = operands[0]
    declared = target.node.type
    if declared.kind is not Kind.LIST:
        return Estimate(target.size.scaled(TRAVERSAL))
    each = ONE
    if declared.parameters[0].kind in (Kind.STRING, Kind.BYTES):
        each = ONE.plus(target.element.scaled(TRAVERSAL))
    elif declared.parameters[0].kind not in _SCALARS:
        each = ONE.plus(target.element)
    return Estimate(target.size.times(each), target.element)


_SCALARS = frozenset({Kind.BOOL, Kind.INT, Kind.UINT, Kind.DOUBLE, Kind.TIMESTAMP, Kind.DURATION})


def _selector(operands: Sequence[Operand]) -> Estimate:
    length = operands[1].size
    cost = fixed(LIST).plus(length.scaled(TRAVERSAL)).plus(length.scaled(0.5).scaled(LIST + MESSAGE))
    return Estimate(cost)


_ADDRESS = Range(4, 16)


def _contains_ip(operands: Sequence[Operand]) -> Estimate:
    cost = _ADDRESS.plus(_ADDRESS).scaled(TRAVERSAL)
    if operands[1].node.type.kind is not Kind.OPAQUE:
        cost = cost.plus(operands[1].size.scaled(TRAVERSAL))
    return Estimate(cost)


def _contains_cidr(operands: Sequence[Operand]) -> Estimate:
    return Estimate(_contains_ip(operands).cost.plus(_ADDRESS.scaled(TRAVERSAL)).plus(ONE))


def _validate(operands: Sequence[Operand]) -> Estimate:
    return Estimate(operands[1].size.scaled(TRAVERSAL).scaled(_LONGEST_PATTERN * PATTERN))


# Kubernetes' bounds of the patterns behind named formats, and of what is compared in comparing two of them.
_LONGEST_PATTERN, _LONGEST_FORMAT = 128, 64


def _literal(operand: Operand, otherwise: int) -> int:
    value = operand.node.value if isinstance(operand.node, Literal) else None
    return value if isinstance(value, int) and value >= 0 else otherwise


def _made(size: Range, factor: float, element: Range | None) -> Estimate:
    """A new list."""
    return Estimate(size.scaled(factor).plus(fixed(1 + LIST)), size, element)


def _slice(operands: Sequence[Operand]) -> Estimate:
    start = _literal(operands[1], 0)
    end = min(_literal(operands[2], operands[0].size.max), operands[0].size.max)
    exact = isinstance(operands[1].node, Literal) and isinstance(operands[2].node, Literal)
    most = max(end - start, 0)
    return _made(Range(most if exact else 0, most), 1, operands[0].element)


def _range(operands: Sequence[Operand]) -> Estimate:
    known = isinstance(operands[0].node, Literal)
    most = _literal(operands[0], MOST)
    return _made(Range(most if known else 0, most), 1, ONE)


def _reverse(operands: Sequence[Operand]) -> Estimate:
    return _made(operands[0].size, 1, operands[0].element)


def _flatten(operands: Sequence[Operand]) -> Estimate:
    depth = _literal(operands[1], MOST) if len(operands) == 2 else 1
    size = operands[0].size
    cost = Range(min(size.min * depth, MOST), min(size.max * depth, MOST)).plus(fixed(1 + LIST))
    return Estimate(cost, Range(0, size.times(operands[0].element).max) if depth == 1 else Range(0, MOST))


def _compared(keys: Operand, sorted_: Operand) -> Estimate:
    text = keys.node.type.kind is Kind.LIST and keys.node.type.parameters[0].kind in (Kind.STRING, Kind.BYTES, Kind.DYN)
    factor = 2 + TRAVERSAL if text else 2
    cost = keys.size.times(keys.size).scaled(factor).plus(fixed(1 + LIST))
    return Estimate(Range(1 + LIST, cost.max), sorted_.size, sorted_.element)


def _sort(operands: Sequence[Operand]) -> Estimate:
    return _compared(operands[0], operands[0])


def _sort_by(operands: Sequence[Operand]) -> Estimate:
    return _compared(operands[1], operands[0])


def _distinct(operands: Sequence[Operand]) -> Estimate:
    found = _compared(operands[0], operands[0])
    return Estimate(found.cost, Range(min(1, operands[0].size.min), operands[0].size.max), operands[0].element)


def _product(operands: Sequence[Operand]) -> Estimate:
    return Estimate(operands[0].size.times(operands[1].size).plus(ONE))


def _product_twice(operands: Sequence[Operand]) -> Estimate:
    return Estimate(operands[0].size.times(operands[1].size).scaled(2).plus(ONE))


def _encoded(operands: Sequence[Operand]) -> Estimate:
    """Of a string: a character is four bytes at most."""
    size = operands[0].size
    return Estimate(size.scaled(TRAVERSAL), Range(size.min, min(size.max * 4, MOST)))


def _decoded(operands: Sequence[Operand]) -> Estimate:
    size = operands[0].size
    return Estimate(size.scaled(TRAVERSAL), Range(size.min // 4, size.max))


def _quoted(operands: Sequence[Operand]) -> Estimate:
    size = operands[0].size
    return Estimate(size.scaled(TRAVERSAL), Range(size.min + 2, min(size.max * 2 + 2, MOST)))


_ORDERS = [f"{name}_{kind}" for name in ("less", "less_equals", "greater", "greater_equals")
           for kind in ("string", "bytes")]  # fmt: skip

_BY_FUNCTION: dict[str, Estimator] = {
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _sequence),
    **dict.fromkeys(("lowerAscii", "upperAscii", "substring", "trim", "url"), _same_size),
    "jsonpatch.escapeKey": lambda operands: Estimate(
        _text(operands), Range(operands[0].size.min, min(operands[0].size.max * 2, MOST))),
    "replace": _replace,
    "split": _split,
    "join": _join,
    **dict.fromkeys(("find", "findAll"), _find),
    "matches": _matches,
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"), _first),
    "ip.isCanonical": _twice,
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "validate": _validate,
    "check": lambda operands: Estimate(fixed(350_000)),
    **dict.fromkeys(("fieldSelector", "labelSelector"), _selector),
}  # fmt: skip

_BY_OVERLOAD: dict[str, Estimator] = {
    "starts_with_string": _second,
    "ends_with_string": _second,
    "string_to_bytes": _encoded,
    "bytes_to_string": _decoded,
    "string_to_ip": _first,
    "string_format": _first,
    "strings_quote": _quoted,
    "in_list": _member,
    **dict.fromkeys((*_ORDERS, "equals", "not_equals"), smaller),
    "add_string": _joined,
    "add_bytes": _joined,
    "add_list": _concatenated,
    "contains_string": _contains,
    "list_slice": _slice,
    "lists_range": _range,
    "list_reverse": _reverse,
    "list_flatten": _flatten,
    "list_flatten_int": _flatten,
    "list_distinct": _distinct,
    "list_sets_contains_list": _product,
    "list_sets_intersects_list": _product,
    "list_sets_equivalent_list": _product_twice,
    "string_to_string": lambda operands: Estimate(ONE, operands[0].size),
}


def estimator_of(function: str, overload: str) -> Estimator | None:
    """None for one unit, and a result of unknown size."""
    if overload.endswith("_sort"):
        return _sort
    if overload.endswith("_sortByAssociatedKeys"):
        return _sort_by
    return _BY_OVERLOAD.get(overload) or _BY_FUNCTION.get(function)
