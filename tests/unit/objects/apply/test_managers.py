"""managedFields, in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.objects.apply.managers import (
    InvalidManagedFields,
    Managed,
    Manager,
    applier,
    capped,
    decoded,
    encoded,
    is_reset,
    manager_name,
    name_causes,
    received,
    stamped,
    updater,
)

A = {"f:a": {}}


def entry(manager: str, operation: str = "Apply", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
            "fieldsV1": A, **more}  # fmt: skip


def test_there_and_back() -> None:
    entries = [
        entry("early", time="2026-01-01T00:00:00Z"), entry("late", time="2026-01-02T00:00:00Z"),
        entry("", "Update"), entry("x", "Update", time="2026-01-01T00:00:00Z", subresource="status"),
    ]  # fmt: skip
    del entries[2]["manager"]
    assert encoded(decoded(entries)) == entries
    assert encoded(decoded(list(reversed(entries)))) == entries


def test_appliers_are_the_same_in_every_version_and_updaters_are_not() -> None:
    entries = [entry("me"), entry("me", apiVersion="v2"), entry("me", "Update"), entry("me", "Update", apiVersion="v2")]
    assert list(decoded(entries)) == [applier("me"), updater("me", "v1"), updater("me", "v2")]


@pytest.mark.parametrize(("broken", "why"), [
    ({"operation": "Steal"}, "operation must be `Apply` or `Update`"),
    ({"apiVersion": ""}, "apiVersion must not be empty"),
    ({"fieldsType": ""}, "missing fieldsType in managed fields entry 0"),
    ({"fieldsType": "FieldsV2"}, 'invalid fieldsType "FieldsV2" in managed fields entry 0'),
])  # fmt: skip
def test_what_cannot_be_understood(broken: Any, why: str) -> None:
    with pytest.raises(InvalidManagedFields, match=why):
        decoded([entry("me", **broken)])


def test_what_users_send_is_tidied() -> None:
    sent = [entry("me", fieldsV1={'k:{"b":1, "a":2}': {".": {}}, "f:x": {}})]
    assert received(sent)[applier("me")].fields == {'k:{"a":2,"b":1}': {}, "f:x": {}}
    with pytest.raises(InvalidManagedFields):
        received([entry("me", fieldsV1={"x": {}})])
    assert is_reset([{}])
    assert not is_reset([])
    assert not is_reset([{}, {}])


@pytest.mark.parametrize(("manager", "agent", "name"), [
    ("me", "kubectl/1", "me"), ("", "kubectl/v1.33 (linux)", "kubectl"), ("", "", ""), ("", "a\x07b/1", "ab"),
    ("", "x" * 200, "x" * 128), ("", "é" * 100, "é" * 64),
])  # fmt: skip
def test_names(manager: str, agent: str, name: str) -> None:
    assert manager_name(manager, agent) == name
    assert updater("", "v1").name == "unknown"


def test_names_that_may_not_be() -> None:
    assert name_causes("kubectl édit", "f") == []
    assert name_causes("é" * 65, "f")[0].reason == "FieldValueTooLong"
    (cause,) = name_causes("a\nb", "fieldManager")
    assert cause.message == 'Invalid value: "a\\nb": invalid character U+000A (at position 1)'


def test_the_oldest_updaters_share_an_entry() -> None:
    managers = {updater(f"m{number:02}", "v1"): Managed({f"f:{number}": {}}, "v1", f"2026-01-{number + 1:02}T00:00:00Z")
                for number in range(12)}  # fmt: skip
    managers[applier("me")] = Managed(A, "v1")
    result = capped(managers)
    assert sum(manager.operation == "Update" for manager in result) == 10
    ancient = result[updater("ancient-changes", "v1")]
    assert ancient == Managed({"f:0": {}, "f:1": {}, "f:2": {}}, "v1", "2026-01-03T00:00:00Z")
    assert applier("me") in result
    again = capped({**result, updater("new", "v1"): Managed(A, "v1", "2026-02-01T00:00:00Z")})
    assert again[updater("ancient-changes", "v1")].fields == {f"f:{number}": {} for number in range(4)}


def test_each_version_has_its_own_ancients() -> None:
    managers = {Manager(f"m{number:02}", "Update", f"v{number % 2}"): Managed(A, f"v{number % 2}", f"{number:02}")
                for number in range(13)}  # fmt: skip
    result = capped(managers)
    assert {manager for manager in result if manager.name == "ancient-changes"} == {
        updater("ancient-changes", "v0"), updater("ancient-changes", "v1")}  # fmt: skip
    assert len(result) == 10


def test_stamps() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert stamped({applier("me"): Managed(A, "v1")}, applier("me"), now)[applier("me")].time == "2026-01-02T03:04:05Z"
    assert stamped({}, applier("me"), now) == {}
