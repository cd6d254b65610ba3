"""Whole objects inside of custom resources (`x-kubernetes-embedded-resource`): their kind and metadata are checked too.

What is to be known of metadata's types is the caller's `MetaCheck`: it has the definitions of the API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from services.objects import names
from services.objects.custom.structural import Node, joined
from services.objects.errors import Cause
from services.objects.golang import shown
from services.objects.kinds.validation.meta import validate_meta
from services.objects.meta import Obj


class MetaProblems(NamedTuple):
    """`unknown` are paths of fields that went; `wrong` is why the metadata cannot be decoded."""

    unknown: list[str]
    wrong: str | None


# Tidies the metadata at a path in place: without fields that ObjectMeta has not.
MetaCheck = Callable[[Any, str], MetaProblems]


def coerce(value: Any, node: Node, meta: MetaCheck) -> MetaProblems:
    """Tidies, in place, the metadata of embedded resources; the first that cannot be decoded ends it."""
    problems = MetaProblems([], None)
    for inner, known, place in _resources(value, node, ""):
        if not known.embedded:
            continue
        for name in ("apiVersion", "kind"):
            if name in inner and inner[name].__class__ is not str:
                why = f"{joined(place, name)}: Invalid value: {shown(inner[name])}: must be a string"
                return problems._replace(wrong=why)
        if "metadata" in inner:
            found = meta(inner["metadata"], joined(place, "metadata"))
            if found.wrong is not None:
                why = f"Invalid value: {shown(inner['metadata'])}: {found.wrong}"
                return problems._replace(wrong=f"{joined(place, 'metadata')}: {why}")
            problems.unknown.extend(found.unknown)
    return problems


def validate(value: Any, node: Node, path: str = "") -> list[Cause]:
    """What is wrong with the kinds and metadata of embedded resources."""
    found: list[Cause] = []
    for inner, known, place in _resources(value, node, path):
        if known.embedded:
            _validate_one(inner, place, found)
    return found


def _resources(value: Any, node: Node, path: str) -> list[tuple[Obj, Node, str]]:
    """Every object below (not at) `node` on the way to embedded resources, outermost first."""
    found: list[tuple[Obj, Node, str]] = []
    waiting: list[tuple[Any, Node, str]] = [(value, node, path)]
    while waiting:
        value, node, path = waiting.pop()
        if not node.embeds:
            continue
        if value.__class__ is dict:
            found.append((value, node, path))
            for name, item in value.items():
                inner = node.child(name)
                if inner is not None:
                    step = joined(path, name) if name in node.properties else f"{path}[{name}]"
                    waiting.append((item, inner, step))
        elif value.__class__ is list and node.items is not None:
            waiting += [(item, node.items, f"{path}[{index}]") for index, item in enumerate(value)]
    return found


def _validate_one(obj: Obj, path: str, found: list[Cause]) -> None:
    for name, rule in (("apiVersion", _api_version), ("kind", _kind)):
        place = joined(path, name)
        if name not in obj:
            found.append(Cause("FieldValueRequired", "Required value: must not be empty", place))
        elif obj[name].__class__ is not str:
            found.append(_invalid(place, obj[name], "must be a string"))
        elif not obj[name]:
            found.append(_invalid(place, "", "must not be empty"))
        elif why := rule(obj[name]):
            found.append(_invalid(place, obj[name], why))
    metadata = obj.get("metadata")
    if metadata.__class__ is dict:
        named = {**metadata, "name": metadata.get("name") or "fakename"}
        causes: list[Cause] = []
        placed = bool(metadata.get("namespace"))
        validate_meta(causes, {"metadata": named}, names.is_path_segment, namespaced=placed, qualified=False)
        found += [cause._replace(field=joined(path, cause.field)) for cause in causes]


def _api_version(text: str) -> str:
    return f"unexpected GroupVersion string: {text}" if text.count("/") > 1 else ""


def _kind(text: str) -> str:
    errors = names.is_dns1035_label(text.lower())
    return f"may have mixed case, but should otherwise match: {','.join(errors)}" if errors else ""


def _invalid(path: str, value: Any, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {shown(value)}: {why}", path)
