"""Which watchers a change concerns: never one too few."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from services.apiserver.watching.collection import Collection
from services.apiserver.watching.item import Change, Item
from services.apiserver.watching.selection import Selection
from services.apiserver.watching.watcher import Watcher
from services.objects.kinds import EVENTS_EVENT, POD


def item(name: str, namespace: str = "n", node: str = "", revision: int = 1, **labels: str) -> Item:
    obj: Any = {"apiVersion": "v1", "kind": "Pod",
                "metadata": {"resourceVersion": str(revision), "name": name, "namespace": namespace, "labels": labels},
                "spec": {"nodeName": node} if node else {}}  # fmt: skip
    return Item(f"/registry/pods/{namespace}/{name}", namespace, name, orjson.dumps(obj), revision, 1, POD.fields)


@pytest.mark.parametrize(("selection", "route"), [
    (Selection(POD), None),
    (Selection(POD, "n"), ("metadata.namespace", "n")),
    (Selection(POD, "n", "p"), ("metadata.name", "p")),
    (Selection(POD, "", "", "a=b"), None),
    (Selection(POD, "", "", "", "spec.nodeName=n1"), ("spec.nodeName", "n1")),
    (Selection(POD, "n", "", "", "spec.nodeName="), ("spec.nodeName", "")),
    (Selection(POD, "n", "", "", "spec.nodeName!=n1"), ("metadata.namespace", "n")),
    (Selection(POD, "", "", "", "status.phase=Running,metadata.name=p"), ("metadata.name", "p")),
    (Selection(POD, "", "", "", "status.phase=Running"), ("status.phase", "Running")),
    (Selection(EVENTS_EVENT, "", "", "", "regarding.name=x"), None),
])  # fmt: skip
def test_routes(selection: Selection, route: tuple[str, str] | None) -> None:
    assert selection.route() == route


async def test_routing_changes_nothing_but_the_work() -> None:
    rng = random.Random(7)
    selections = [
        Selection(POD, namespace, name, labels, fields)
        for namespace in ("", "n", "m") for name in ("", "p1") for labels in ("", "a=1", "a!=1")
        for fields in ("", "spec.nodeName=n1", "spec.nodeName=", "metadata.name=p2", "spec.nodeName!=n1")
    ]  # fmt: skip
    collection = Collection(POD)
    watchers = [(selection, Watcher()) for selection in selections]
    for selection, watcher in watchers:
        collection.groups.join(selection, watcher)
    assert len(collection.groups) == len(selections)
    expected: dict[Selection, list[tuple[str, str, str]]] = {selection: [] for selection in selections}
    for revision in range(2, 400):
        name, namespace = rng.choice(["p1", "p2", "p3"]), rng.choice(["n", "m"])
        if rng.random() < 0.2:
            old, new = collection.remove(namespace, name), None
            if old is None:
                continue
        else:
            new = item(name, namespace, rng.choice(["", "n1", "n2"]), revision, a=rng.choice("12"))
            old = collection.put(new)
        change = Change(old, new, revision)
        collection.remember(change)
        for selection in selections:
            matches = selection.matcher()
            was, is_ = old is not None and matches(old), new is not None and matches(new)
            if was or is_:
                type = "DELETED" if not is_ else "MODIFIED" if was else "ADDED"
                expected[selection].append((type, name, str(revision)))
    collection.groups.flush()
    for selection, watcher in watchers:
        found = []
        while watcher.waiting:
            batch = await watcher.next(0)
            assert batch is not None
            found += [(frame.type, orjson.loads(frame.json)["metadata"]["name"],
                       orjson.loads(frame.json)["metadata"]["resourceVersion"]) for frame in batch]  # fmt: skip
        assert found == expected[selection], selection
        collection.groups.leave(selection, watcher)
    assert len(collection.groups) == 0
    assert list(collection.groups.concerned(Change(None, item("p1"), 500))) == []
