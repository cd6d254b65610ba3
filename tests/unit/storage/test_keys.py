from __future__ import annotations

import pytest

from services.objects.kinds import DEPLOYMENT, EVENT, EVENTS_EVENT, KINDS, NODE, POD
from services.objects.kinds.kind import Kind
from services.storage import keys


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "key"),
    [
        (POD, "default", "a", "/registry/pods/default/a"),
        (NODE, "", "n", "/registry/nodes/n"),
        (NODE, "ignored", "n", "/registry/nodes/n"),
        (DEPLOYMENT, "default", "d", "/registry/apps/deployments/default/d"),
        (EVENT, "default", "e", "/registry/events/default/e"),
        (EVENTS_EVENT, "default", "e", "/registry/events/default/e"),
    ],
)
def test_key(kind: Kind, namespace: str, name: str, key: str) -> None:
    assert keys.key(kind, namespace, name) == key


def test_prefixes() -> None:
    assert keys.prefix(POD) == "/registry/pods/"
    assert keys.prefix(POD, "default") == "/registry/pods/default/"
    assert keys.prefix(DEPLOYMENT, "default") == "/registry/apps/deployments/default/"
    assert keys.election("scheduler") == "/registry/elections/scheduler/"


def test_every_kind_splits_into_what_it_was_made_of() -> None:
    for kind in KINDS:
        namespace = "default" if kind.namespaced else ""
        assert keys.split(keys.key(kind, namespace, "a.b-c")) == (keys.prefix(kind), namespace, "a.b-c")


def test_no_prefix_is_within_another() -> None:
    prefixes = {keys.prefix(kind) for kind in KINDS}
    assert not [(a, b) for a in prefixes for b in prefixes if a != b and a.startswith(b)]


def test_split_of_a_custom_kind_without_namespaces() -> None:
    assert keys.split("/registry/example.com/widgets/w") == ("/registry/example.com/widgets/", "", "w")


@pytest.mark.parametrize(
    "key", ["/other/pods/default/a", "/registry/pods/", "/registry/pods", "/registry/apps/deployments", "/registry/",
            "/registry/pods/a/b/c", "/registry/pods//a"],
)  # fmt: skip
def test_what_is_no_objects_key(key: str) -> None:
    with pytest.raises(ValueError, match="registry"):
        keys.split(key)


def test_range_end_is_behind_the_prefix_only() -> None:
    assert keys.range_end("/registry/pods/") == b"/registry/pods0"
