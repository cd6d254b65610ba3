import pytest

from services.objects.kinds import DEPLOYMENT, EVENT, NODE, POD, SERVICE, SERVICEACCOUNT

SPEC = ("spec", "template", "spec")


def at(schema, kind, path):
    found = schema.patch_type(kind)
    for name in path:
        found = found.element if name == "[]" else found.field(name)
    return found


@pytest.mark.parametrize(("kind", "path", "merge_key", "strategy"), [
    (DEPLOYMENT, (*SPEC, "containers"), "name", ("merge",)),
    (DEPLOYMENT, (*SPEC, "containers", "[]", "ports"), "containerPort", ("merge",)),
    (DEPLOYMENT, (*SPEC, "containers", "[]", "env"), "name", ("merge",)),
    (DEPLOYMENT, (*SPEC, "containers", "[]", "volumeMounts"), "mountPath", ("merge",)),
    (DEPLOYMENT, (*SPEC, "containers", "[]", "args"), None, ()),
    (DEPLOYMENT, (*SPEC, "volumes"), "name", ("merge", "retainKeys")),
    (DEPLOYMENT, (*SPEC, "tolerations"), None, ()),
    (DEPLOYMENT, ("spec", "strategy"), None, ("retainKeys",)),
    (DEPLOYMENT, ("status", "conditions"), "type", ("merge",)),
    (SERVICE, ("spec", "ports"), "port", ("merge",)),
    (NODE, ("status", "addresses"), "type", ("merge",)),
    (SERVICEACCOUNT, ("secrets",), "name", ("merge",)),
    (POD, ("metadata", "ownerReferences"), "uid", ("merge",)),
])  # fmt: skip
def test_merge_keys(schema, kind, path, merge_key, strategy):
    found = at(schema, kind, path)
    assert (found.merge_key, found.strategy) == (merge_key, strategy)


def test_a_map_has_the_same_type_under_every_key(schema):
    labels = at(schema, POD, ("metadata", "labels"))
    assert labels.field("app") is labels.element
    assert at(schema, POD, ("spec", "nope")) is None


def test_types_are_unfolded_once(schema):
    assert schema.patch_type(EVENT) is schema.patch_type(EVENT)
    assert schema.patch_type(EVENT).field("metadata") is schema.patch_type(EVENT).field("metadata")
