"""Configuration that is handed to a driver as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from services.objects.kinds.resource.lists import validate_list
from services.objects.kinds.storage.parameters import validate_driver_name
from services.objects.kinds.validation.field import Causes, invalid, required, too_long
from services.objects.meta import Obj

MOST_CONFIGURATIONS = 32
LARGEST = 10 * 1024


def validate_configurations(causes: Causes, path: str, configurations: Sequence[Obj] | None) -> None:
    validate_list(causes, path, configurations, MOST_CONFIGURATIONS, validate_configuration)


def validate_configuration(causes: Causes, path: str, configuration: Obj) -> None:
    opaque = configuration.get("opaque")
    if opaque is None:
        causes.append(required(f"{path}.opaque"))
        return
    validate_driver_name(causes, f"{path}.opaque.driver", opaque.get("driver") or "")
    validate_raw(causes, f"{path}.opaque.parameters", opaque.get("parameters"))


def validate_raw(causes: Causes, path: str, value: Any) -> None:
    """An object of which nobody here knows the fields."""
    if value is None:
        causes.append(required(path))
    elif len(orjson.dumps(value)) > LARGEST:
        causes.append(too_long(path, LARGEST))
    elif not isinstance(value, dict):
        causes.append(invalid(path, "<value omitted>", "must be a valid JSON object"))
