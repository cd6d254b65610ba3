"""Defaults of a schema are themselves valid, and have no fields that would be pruned."""

from __future__ import annotations

from services.objects.custom.shaping import defaulting, embedded, pruning
from services.objects.custom.structural import ABSENT, Node
from services.objects.custom.validation import rules
from services.objects.custom.validation.findings import NO_PATH
from services.objects.custom.validation.values import Values
from services.objects.errors import Cause
from services.objects.kinds.validation.field import Causes, invalid
from services.objects.meta import Obj


def validate_defaults(schema: Obj, path: str) -> Causes:
    causes: Causes = []
    root = Node(schema)
    if root.defaults:
        _walk(causes, root, path)
    return causes


def _walk(causes: Causes, node: Node, path: str) -> None:
    if node.default is not ABSENT:
        causes += _causes(node, f"{path}.default")
    # There are no defaults to follow below additionalProperties of metadata, which is where they are forbidden.
    if node.items is not None and node.items.defaults:
        _walk(causes, node.items, f"{path}.items")
    for name, inner in node.properties.items():
        if inner.defaults:
            _walk(causes, inner, f"{path}.properties[{name}]")
    if node.additional is not None and node.additional.defaults:
        _walk(causes, node.additional, f"{path}.additionalProperties")


def _causes(node: Node, path: str) -> Causes:
    value = node.default
    causes: Causes = []
    if pruning.pruned(defaulting.copied(value), node):
        causes.append(invalid(path, value, "must not have unknown fields"))
    wrong = embedded.validate(value, node, path)
    if not wrong:
        wrong = [_below(path, cause) for cause in Values(node.schema).causes(value)]
    if not wrong:
        compiled = rules.compiled(node, root=False)
        wrong = [] if compiled is None else [_below(path, cause) for cause in compiled.causes(value)]
    return causes + wrong


def _below(path: str, cause: Cause) -> Cause:
    return cause._replace(field=path if cause.field == NO_PATH else f"{path}.{cause.field}")
