from __future__ import annotations

import pytest

from services.controller_manager.claims import claim
from services.objects import selectors
from services.objects.kinds import POD, REPLICASET
from services.objects.meta import Obj
from tests.unit.controller_manager.builders import ago, pod, replicaset

SELECTOR = selectors.from_json({"matchLabels": {"app": "web"}})
OWNER = replicaset()
OTHER = replicaset("other")
DELETING = {**OWNER, "metadata": {**OWNER["metadata"], "deletionTimestamp": ago(1)}}


@pytest.mark.parametrize(
    ("owner", "candidate", "expected"),
    [
        (OWNER, pod("a", owner=OWNER), "owned"),
        (OWNER, pod("a", owner=OWNER, labels={"app": "debug"}), "released"),
        (OWNER, pod("a"), "adopted"),
        (OWNER, pod("a", deleting=True), "left"),
        (OWNER, pod("a", labels={}), "left"),
        (OWNER, pod("a", owner=OTHER), "left"),
        (DELETING, pod("a"), "left"),
        (DELETING, pod("a", owner=OWNER, labels={}), "left"),
        (DELETING, pod("a", owner=OWNER), "owned"),
    ],
)
def test_claims(owner: Obj, candidate: Obj, expected: str) -> None:
    owned, changes = claim(owner, REPLICASET, SELECTOR, [candidate], POD)
    assert owned == ([candidate] if expected == "owned" else [])
    if expected in ("owned", "left"):
        assert not changes
        return
    (change,) = changes
    references = change.obj["metadata"].get("ownerReferences")
    if expected == "released":
        assert references is None
    else:
        assert references == [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "uid-web",
                               "controller": True, "blockOwnerDeletion": True}]
    assert change.obj["metadata"]["resourceVersion"] == "7"  # the write is conditional


def test_other_owners_stay() -> None:
    mine = pod("a", owner=OWNER, labels={})
    friend = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "y"}
    mine["metadata"]["ownerReferences"].append(friend)
    (change,) = claim(OWNER, REPLICASET, SELECTOR, [mine], POD).changes
    assert change.obj["metadata"]["ownerReferences"] == [friend]
