"""Sets of fields, in the form in which managedFields stores them.

A set is a dict of path elements, each with the node of what is below it. An empty node is a member: `{"f:replicas":
{}}` is `.replicas`. A node with children is a member only if it says so with ".": in `{"f:labels": {".": {}, "f:app":
{}}}` both `.labels` and `.labels.app` are. The root itself is never a member; an empty root is the empty set.

Nothing here changes what it is given, and results share with it: sets are values. Classes of members and children as
in Kubernetes' library were rejected: this form needs no decoding and no encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.objects.apply.fieldpath.elements import ElementError, canonical, order, spelled

__all__ = [
    "LEAF", "FieldSet", "difference", "has", "intersection", "is_member", "ordered", "parse", "paths", "union",
    "without",
]  # fmt: skip

FieldSet = dict[str, Any]

LEAF: FieldSet = {}
_DEEPEST = 200


def is_member(node: FieldSet) -> bool:
    return not node or "." in node


def union(left: FieldSet, right: FieldSet) -> FieldSet:
    if not left or left is right:
        return right
    return _union(left, right) if right else left


def _union(left: FieldSet, right: FieldSet) -> FieldSet:
    """Of two nodes with children."""
    result = left
    for element, node in right.items():
        known = left.get(element)
        both = node if known is None else _both(known, node)
        if both is not known:
            if result is left:
                result = dict(left)
            result[element] = both
    return result


def _both(left: FieldSet, right: FieldSet) -> FieldSet:
    """Of two nodes."""
    if not right:
        return left if is_member(left) else {".": LEAF, **left}
    if not left:
        return right if is_member(right) else {".": LEAF, **right}
    return _union(left, right)


def difference(left: FieldSet, right: FieldSet) -> FieldSet:
    """The members of `left` that are not in `right`, each by itself: what is below a member is not touched by it."""
    if not left or not right:
        return left
    result: FieldSet = {}
    for element, node in left.items():
        other = right.get(element)
        rest = node if other is None else _difference(node, other)
        if rest is not None:
            result[element] = rest
    return result


def _difference(left: FieldSet, right: FieldSet) -> FieldSet | None:
    member = is_member(left) and not is_member(right)
    result: FieldSet = {".": LEAF} if member else {}
    for element, node in left.items():
        if element == ".":
            continue
        other = right.get(element)
        rest = node if other is None else _difference(node, other)
        if rest is not None:
            result[element] = rest
    return _tidy(result, member)


def intersection(left: FieldSet, right: FieldSet) -> FieldSet:
    result: FieldSet = {}
    for element, node in left.items():
        other = right.get(element)
        both = None if other is None else _intersection(node, other)
        if both is not None:
            result[element] = both
    return result


def _intersection(left: FieldSet, right: FieldSet) -> FieldSet | None:
    member = is_member(left) and is_member(right)
    result: FieldSet = {".": LEAF} if member else {}
    for element, node in left.items():
        other = right.get(element)
        both = None if other is None or element == "." else _intersection(node, other)
        if both is not None:
            result[element] = both
    return _tidy(result, member)


def _tidy(node: FieldSet, member: bool) -> FieldSet | None:
    """A member without children is an empty node; what is no member and has none is nothing."""
    if member:
        return node if len(node) > 1 else LEAF
    return node or None


def without(left: FieldSet, gone: FieldSet) -> FieldSet:
    """`left` without the members of `gone` and everything below them."""
    result: FieldSet = {}
    for element, node in left.items():
        other = gone.get(element)
        if other is None:
            result[element] = node
        elif not is_member(other) and node:
            rest = without(node, other)
            if rest:
                result[element] = LEAF if rest == _SELF else rest
        elif not is_member(other):
            result[element] = node
    return result


_SELF: FieldSet = {".": LEAF}


def has(fields: FieldSet, *path: str) -> bool:
    """Whether a path is a member."""
    node: FieldSet | None = fields
    for element in path:
        node = node.get(element) if node is not None else None
    return node is not None and is_member(node)


def paths(fields: FieldSet) -> Iterator[str]:
    """Every member, spelled out as in a conflict, in order."""
    return _paths(fields, "")


def _paths(fields: FieldSet, prefix: str) -> Iterator[str]:
    for element in sorted(fields, key=order):
        if element == ".":
            continue
        node, path = fields[element], prefix + spelled(element)
        if is_member(node):
            yield path
        yield from _paths(node, path)


def ordered(fields: FieldSet) -> FieldSet:
    """With its elements in order: as it is written."""
    elements = sorted(fields, key=order) if len(fields) > 1 else fields
    return {element: ordered(node) if (node := fields[element]) else LEAF for element in elements}


def parse(given: Any, depth: int = 0) -> FieldSet:
    """A set that a user sent, tidied. Raises ElementError."""
    if not isinstance(given, dict) or depth > _DEEPEST:
        raise ElementError("a set of fields is an object of objects")
    result: FieldSet = {}
    for element, node in given.items():
        name, below = canonical(element), parse(node, depth + 1)
        if name is None or (name == "." and depth == 0):
            continue
        known = result.get(name)
        result[name] = below if known is None else _both(known, below)
    return LEAF if result == _SELF else result
