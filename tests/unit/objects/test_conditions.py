from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

from services.objects import conditions, generation, ownership

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def test_a_condition_keeps_its_transition_time_until_its_status_moves() -> None:
    first = conditions.set([{"type": "Other", "status": "True"}], "Ready", "False", "Starting", "wait", NOW)
    assert first == [
        {"type": "Other", "status": "True"},
        {"type": "Ready", "status": "False", "reason": "Starting", "message": "wait",
         "lastTransitionTime": "2026-01-02T03:04:05Z"},
    ]  # fmt: skip
    before = copy.deepcopy(first)
    same = conditions.set(first, "Ready", "False", "Slow", "", LATER)
    assert same[1] == {"type": "Ready", "status": "False", "reason": "Slow",
                       "lastTransitionTime": "2026-01-02T03:04:05Z"}  # fmt: skip
    moved = conditions.set(same, "Ready", "True", "", "", LATER, lastHeartbeatTime="x")
    assert moved[1] == {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-02T03:05:05Z",
                        "lastHeartbeatTime": "x"}  # fmt: skip
    assert first == before


def test_asking() -> None:
    pod = {"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert conditions.is_true(pod, "Ready")
    assert not conditions.is_true(pod, "Gone")
    assert not conditions.is_true({"metadata": {}}, "Ready")
    assert conditions.remove(pod["status"]["conditions"], "Ready") == []


class Kind:
    api_version = "apps/v1"
    kind = "ReplicaSet"


def test_owners() -> None:
    owner = {"metadata": {"name": "web", "uid": "u1"}}
    reference = ownership.owner_reference(owner, Kind())
    assert reference == {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u1", "controller": True,
                         "blockOwnerDeletion": True}  # fmt: skip
    assert set(ownership.owner_reference(owner, Kind(), controller=False, block=False)) == {
        "apiVersion", "kind", "name", "uid"}  # fmt: skip
    pod = {"metadata": {"ownerReferences": [{"uid": "u0"}, reference]}}
    assert ownership.controller_of(pod) == reference
    assert ownership.is_controlled_by(pod, owner)
    assert not ownership.is_controlled_by({"metadata": {}}, owner)
    assert ownership.without_owner(pod, "u1") == [{"uid": "u0"}]
    assert ownership.with_owner(pod, {"uid": "u0", "name": "new"}) == [reference, {"uid": "u0", "name": "new"}]


def test_generation_counts_what_is_wanted() -> None:
    old = {"metadata": {"generation": 3, "labels": {"a": "b"}}, "spec": {"replicas": 1}, "status": {"replicas": 1}}
    for same in ({"metadata": {"labels": {}}, "spec": {"replicas": 1}}, {**old, "status": {}}):
        assert generation.next_generation(same, old) == 3
    for other in ({**old, "spec": {"replicas": 2}}, {**old, "data": {}}, {"metadata": {}},
                  {**old, "metadata": {"deletionTimestamp": "x"}}):  # fmt: skip
        assert generation.next_generation(other, old) == 4
