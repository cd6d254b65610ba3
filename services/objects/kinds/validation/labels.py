"""The rules of labels and of selectors over them.

The same few labels come with thousands of objects, so what was found of a text is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required
from services.objects.memo import remembered
from services.objects.meta import Obj


@remembered(16384, longest=320)
def qualified_name_errors(text: str) -> tuple[str, ...]:
    return tuple(names.is_qualified_name(text))


@remembered(16384)
def label_value_errors(text: str) -> tuple[str, ...]:
    return tuple(names.is_label_value(text))


def validate_labels(causes: Causes, path: str, labels: Mapping[str, str]) -> None:
    for key, value in labels.items():
        if errors := qualified_name_errors(key):
            add_invalid(causes, path, key, errors)
        if errors := label_value_errors(value):
            add_invalid(causes, path, value, errors)


def validate_label_name(causes: Causes, path: str, name: str) -> None:
    add_invalid(causes, path, name, qualified_name_errors(name))


def validate_selector(causes: Causes, path: str, selector: Obj) -> None:
    """A LabelSelector: matchLabels and matchExpressions."""
    validate_labels(causes, f"{path}.matchLabels", selector.get("matchLabels") or {})
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        where = f"{path}.matchExpressions[{index}]"
        operator, values = expression.get("operator") or "", expression.get("values")
        if operator in ("In", "NotIn"):
            if not values:
                causes.append(required(f"{where}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                causes.append(forbidden(f"{where}.values",
                                        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
        else:
            causes.append(invalid(f"{where}.operator", operator, "not a valid selector operator"))
        validate_label_name(causes, f"{where}.key", expression.get("key") or "")
        for place, value in enumerate(values or ()):
            add_invalid(causes, f"{where}.values[{place}]", value, label_value_errors(value))


def is_empty(selector: Obj) -> bool:
    return not selector.get("matchLabels") and not selector.get("matchExpressions")
