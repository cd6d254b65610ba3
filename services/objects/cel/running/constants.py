"""What has a value before anything runs: cel-go evaluates it beforehand, and charges nothing for it."""

from __future__ import annotations

from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.parsing.syntax import ListLiteral, Literal, MapLiteral, Node
from services.objects.cel.running.operations import Run
from services.objects.cel.running.values import key_of

CONVERSIONS = frozenset({"int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration", "dyn"})


def constant(node: Node) -> bool:
    if isinstance(node, ListLiteral):
        return not node.optional and all(map(constant, node.elements))
    if isinstance(node, MapLiteral):
        return distinct_keys(node) and all(constant(entry.value) and not entry.optional for entry in node.entries)
    return isinstance(node, Literal)


def distinct_keys(node: MapLiteral) -> bool:
    if not all(isinstance(entry.key, Literal) and isinstance(entry.key.value, bool | int | str)
               for entry in node.entries):  # fmt: skip
        return False
    return len({key_of(entry.key.value) for entry in node.entries}) == len(node.entries)


def constant_value(node: Node) -> Any:
    if isinstance(node, ListLiteral):
        return [constant_value(element) for element in node.elements]
    if isinstance(node, MapLiteral):
        return {key_of(entry.key.value): constant_value(entry.value) for entry in node.entries}
    assert isinstance(node, Literal)
    return node.value


def folded(overload: Overload, operand: Literal) -> Run | None:
    """None when it fails: then it fails where it is used, if it is."""
    try:
        value = overload.call(operand.value)
    except EvaluationError:
        return None
    return lambda frame: value
