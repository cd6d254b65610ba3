"""From values to JSON, for what expressions make and objects keep: patches, objects to apply, annotations."""

from __future__ import annotations

import base64
import math
from typing import Any

from services.objects.cel.costs.metering import Frame, idle, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.running.text import duration_text, timestamp_text
from services.objects.cel.running.values import Duration, Timestamp, UInt, type_name

_DEEPEST = 200


def to_json(value: Any) -> Any:
    """Times and durations as their text, bytes as base64; a copy. Raises EvaluationError for what JSON cannot say, and
    for more than a request can hold: references to each other make small values of huge ones."""
    return _plain(value, 0, idle())


def _plain(value: Any, depth: int, frame: Frame) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, UInt):
        return int(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if depth > _DEEPEST:
        raise EvaluationError("value is nested too deeply")
    if isinstance(value, list):
        work(frame, len(value) + 1)
        return [_plain(each, depth + 1, frame) for each in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise EvaluationError("type conversion error from 'map' to JSON: keys must be strings")
        work(frame, len(value) + 1)
        return {key: _plain(each, depth + 1, frame) for key, each in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Timestamp):
        return timestamp_text(value)
    if isinstance(value, Duration):
        return duration_text(value)
    raise EvaluationError(f"type conversion error from '{type_name(value)}' to JSON")
