from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.objects.kinds import POD
from services.objects.kinds.kind import Kind
from services.objects.printing import table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KIND = Kind(group="", version="v1", kind="Pod", plural="pods", singular="pod", namespaced=True,
            definition="io.k8s.api.core.v1.Pod", printer=POD.printer)  # fmt: skip
OBJ = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "uid": "u"}, "status": {"phase": "Running"}}


def test_a_table_of_a_list() -> None:
    result = table.table(KIND, [OBJ, OBJ], NOW, resource_version="7", continue_="next", remaining=3)
    assert (result["kind"], result["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert result["metadata"] == {"resourceVersion": "7", "continue": "next", "remainingItemCount": 3}
    assert result["columnDefinitions"][0] == {
        "name": "Name", "type": "string", "format": "name", "priority": 0,
        "description": "Name must be unique within a namespace."}  # fmt: skip
    assert len(result["rows"]) == 2
    assert len(result["rows"][0]["cells"]) == len(result["columnDefinitions"])
    assert result["rows"][0]["object"] == {
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": OBJ["metadata"]}  # fmt: skip


@pytest.mark.parametrize(("include", "expected"), [("Object", OBJ), ("None", None)])
def test_what_a_row_carries(include: str, expected: object) -> None:
    assert table.table(KIND, [OBJ], NOW, include)["rows"][0]["object"] == expected


def test_ended_pods_are_marked_and_watches_have_headers_once() -> None:
    ended = {**OBJ, "status": {"phase": "Succeeded"}}
    result = table.table(KIND, [ended, OBJ], NOW, headers=False)
    assert result["rows"][0]["conditions"][0]["reason"] == "Succeeded"
    assert "conditions" not in result["rows"][1]
    assert result["columnDefinitions"] is None
