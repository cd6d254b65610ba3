"""Pruning: fields that the schema does not know go, and are named for whoever validates fields strictly.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
"""

from __future__ import annotations

from typing import Any

from services.objects.custom.structural import Node, joined
from services.objects.meta import Obj

META_FIELDS = frozenset({"apiVersion", "kind", "metadata"})


def prune(obj: Obj, root: Node) -> list[str]:
    """Removes in place what the schema of a whole resource does not specify; the paths of what went, sorted."""
    found: list[str] = []
    _prune(obj, root, "", True, found)
    return sorted(found)


def pruned(value: Any, node: Node) -> list[str]:
    """The same for a value somewhere inside of a resource, such as a default."""
    found: list[str] = []
    _prune(value, node, "", node.embedded, found)
    return sorted(found)


def _prune(value: Any, node: Node | None, path: str, resource: bool, found: list[str]) -> None:
    if value.__class__ is dict:
        _prune_map(value, node, path, resource, found)
    elif value.__class__ is list and not (node is not None and node.preserve and node.items is None):
        items = None if node is None else node.items
        for index, item in enumerate(value):
            if item.__class__ in (dict, list):
                _prune(item, items, f"{path}[{index}]", items is not None and items.embedded, found)


def _prune_map(value: Obj, node: Node | None, path: str, resource: bool, found: list[str]) -> None:
    if node is None:
        found += [joined(path, name) for name in value]
        value.clear()
        return
    unknown: list[str] = []
    for name, item in value.items():
        if resource and name in META_FIELDS:
            continue
        inner = node.properties.get(name)
        if inner is None and node.open_ended:
            inner = node.additional
        elif inner is None:
            if not node.preserve:
                unknown.append(name)
            continue
        if item.__class__ in (dict, list):
            _prune(item, inner, joined(path, name), inner is not None and inner.embedded, found)
    for name in unknown:
        del value[name]
        if path or name not in META_FIELDS:
            found.append(joined(path, name))
