"""Which fields an expression reads, for those who must know whether a change concerns it."""

from __future__ import annotations

from services.objects.cel.parsing.syntax import (
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    MapLiteral,
    Message,
    Node,
    Select,
)

Path = tuple[str, ...]


def paths(root: Node) -> frozenset[Path]:
    """From each variable on; a path that ends in a variable alone reads all of it."""
    found: set[Path] = set()
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Ident):
            if node.slot == -1:
                found.add((node.name.removeprefix("."),))
        elif isinstance(node, Select) and node.constant:
            continue  # the name of a type
        elif isinstance(node, Select):
            path, below = _chain(node)
            if path:
                found.add(path)
            else:
                pending.append(below)
        else:
            pending.extend(_children(node))
    return frozenset(found)


def _chain(node: Select) -> tuple[Path, Node]:
    """The path of a chain of selections, or () and what the chain starts from."""
    names: list[str] = []
    below: Node = node
    while isinstance(below, Select):
        if below.variable:
            return (below.variable, *reversed(names)), below
        names.append(below.property)
        below = below.operand
    if isinstance(below, Ident) and below.slot == -1:
        return (below.name.removeprefix("."), *reversed(names)), below
    return (), below


def _children(node: Node) -> list[Node]:
    if isinstance(node, Call):
        return [*node.arguments, *([node.target] if node.target is not None else [])]
    if isinstance(node, ListLiteral):
        return list(node.elements)
    if isinstance(node, MapLiteral):
        return [each for entry in node.entries for each in (entry.key, entry.value)]
    if isinstance(node, Message):
        return [entry.value for entry in node.entries]
    if isinstance(node, Comprehension):
        return [node.range, node.initial, node.condition, node.step, node.result]
    return []
