from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from services.objects.kinds import KINDS
from services.objects.kinds.kind import Kind
from services.objects.printing import table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OBJECTS: list[dict[str, Any]] = [
    {"metadata": {}},
    {"metadata": {"name": "x", "creationTimestamp": None, "labels": None}, "spec": None, "status": None},
    {"metadata": {"name": "x", "creationTimestamp": "yesterday"}, "spec": {}, "status": {"conditions": None}},
]


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: f"{kind.kind}.{kind.group}")
@pytest.mark.parametrize("obj", OBJECTS)
def test_every_kind_prints_even_what_is_hardly_there(kind: Kind, obj: dict[str, Any]) -> None:
    before = copy.deepcopy(obj)
    result = table.table(kind, [obj], NOW)
    assert obj == before
    assert len(result["rows"][0]["cells"]) == len(result["columnDefinitions"])
    assert all(isinstance(cell, str | int) for cell in result["rows"][0]["cells"])
    assert result["columnDefinitions"][0]["name"] in ("Name", "Last Seen")
