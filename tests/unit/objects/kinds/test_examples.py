"""The examples that tests of all kinds build on are what they claim to be: typed, valid, complete."""

import copy

import pytest

from services.foundation import definitions
from services.objects.kinds import KINDS
from services.objects.schema import Schema
from tests.examples.every import EXAMPLES, example

SCHEMA = Schema(definitions.load())


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: f"{kind.plural}.{kind.version}.{kind.group}")
def test_an_example_is_valid(kind):
    obj = example(kind)
    assert SCHEMA.check(kind, obj) == ([], None)
    if kind.namespaced:
        obj["metadata"]["namespace"] = "default"
    kind.default(obj)
    kind.prepare(obj)
    assert kind.validate(obj) + kind.validate_create(obj) == []
    assert kind.validate_update(copy.deepcopy(obj), obj) == []
    assert SCHEMA.check(kind, copy.deepcopy(obj)) == ([], None)


def test_there_is_one_for_every_kind_and_none_too_many():
    assert {(kind.api_version, kind.kind) for kind in KINDS} == EXAMPLES.keys()
