"""x-kubernetes-validations: which rules run when, and what they say."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.objects.custom.structural import ABSENT
from services.objects.custom.structure import Structure
from services.objects.meta import Obj

BOUNDS = {"type": "object", "required": ["min", "max"], "properties": {
    "min": {"type": "integer"}, "max": {"type": "integer"}, "name": {"type": "string"},
                                                                       "other": {"type": "string"}}}  # fmt: skip


def spec_with(*rules: Obj, **changes: Any) -> Structure:
    spec = {**BOUNDS, **changes, "x-kubernetes-validations": list(rules)}
    return Structure({"type": "object", "properties": {"spec": spec}})


def found(structure: Structure, new: Any, old: Any = ABSENT) -> list[tuple[str, str, str]]:
    obj, before = {"spec": new}, {} if old is ABSENT else {"spec": old}
    kept = copy.deepcopy((obj, before))
    causes = structure.update_causes(obj, before) if before else structure.causes(obj)
    assert (obj, before) == kept
    return [(cause.field, cause.message, cause.reason) for cause in causes]


ORDERED = {"rule": "self.min <= self.max"}
GOOD, BAD = {"min": 1, "max": 2}, {"min": 3, "max": 2}


@pytest.mark.parametrize(("rule", "expected"), [
    (ORDERED, ("spec", 'Invalid value: "object": failed rule: self.min <= self.max', "FieldValueInvalid")),
    ({**ORDERED, "message": " too low "}, ("spec", 'Invalid value: "object": too low', "FieldValueInvalid")),
    ({**ORDERED, "message": "x", "messageExpression": "'max is ' + string(self.max)"},
     ("spec", 'Invalid value: "object": max is 2', "FieldValueInvalid")),
    ({**ORDERED, "message": "x", "messageExpression": "self.name"},
     ("spec", 'Invalid value: "object": x', "FieldValueInvalid")),
    ({**ORDERED, "message": "x", "messageExpression": "'   '"},
     ("spec", 'Invalid value: "object": x', "FieldValueInvalid")),
    ({**ORDERED, "message": "x", "messageExpression": "'a\\nb'"},
     ("spec", 'Invalid value: "object": x', "FieldValueInvalid")),
    ({**ORDERED, "message": "x", "fieldPath": ".max"},
     ("spec.max", 'Invalid value: "object": x', "FieldValueInvalid")),
    ({**ORDERED, "message": "x", "reason": "FieldValueForbidden"}, ("spec", "Forbidden: x", "FieldValueForbidden")),
    ({**ORDERED, "message": "x", "reason": "FieldValueRequired"}, ("spec", "Required value: x", "FieldValueRequired")),
    ({**ORDERED, "message": "x", "reason": "FieldValueDuplicate"},
     ("spec", 'Duplicate value: "object"', "FieldValueDuplicate")),
    ({"rule": "self.name == 'x'"},
     ("spec", "Invalid value: \"object\": no such key: name evaluating rule: self.name == 'x'", "FieldValueInvalid")),
    ({"rule": "1 / (self.min - 3) > 0"},
     ("spec", 'Invalid value: "object": division by zero evaluating rule: 1 / (self.min - 3) > 0',
      "FieldValueInvalid")),
])  # fmt: skip
def test_what_a_rule_says(rule: Obj, expected: tuple[str, str, str]) -> None:
    assert found(spec_with(rule), BAD) == [expected]


def test_a_rule_that_holds_says_nothing() -> None:
    assert found(spec_with(ORDERED), GOOD) == []


@pytest.mark.parametrize(("rule", "old", "new", "refused"), [
    # a rule without oldSelf does not hold against what did not change
    (ORDERED, BAD, BAD, False),
    (ORDERED, BAD, {**BAD, "min": 4}, True),
    (ORDERED, GOOD, BAD, True),
    # a transition rule needs something to compare with, and always holds then
    ({"rule": "self.min == oldSelf.min"}, ABSENT, GOOD, False),
    ({"rule": "self.min == oldSelf.min"}, GOOD, GOOD, False),
    ({"rule": "self.min == oldSelf.min"}, GOOD, {**GOOD, "min": 2}, True),
    ({"rule": "oldSelf.min == 9"}, GOOD, GOOD, True),
    # unless it takes an optional one
    ({"rule": "oldSelf.hasValue() || self.min > 5", "optionalOldSelf": True}, ABSENT, GOOD, True),
    ({"rule": "oldSelf.hasValue() || self.min > 5", "optionalOldSelf": True}, GOOD, GOOD, False),
    ({"rule": "oldSelf.optMap(o, o.min <= self.min).orValue(true)", "optionalOldSelf": True}, {**GOOD, "min": 2}, GOOD,
     True),
])  # fmt: skip
def test_changes(rule: Obj, old: Any, new: Any, refused: bool) -> None:
    assert bool(found(spec_with(rule), new, old)) is refused


def test_rules_wait_for_an_object_of_the_right_shape() -> None:
    assert [field for field, _, _ in found(spec_with(ORDERED), {"min": 3})] == ["spec.max", "<nil>"]
    assert found(spec_with(ORDERED), {"min": 3})[1][1] == (
        'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the '
        "existing errors to complete validation")  # fmt: skip


def test_rules_at_the_root_know_names() -> None:
    structure = Structure({"type": "object", "properties": {"spec": BOUNDS}, "x-kubernetes-validations": [
        {"rule": "self.metadata.name.startsWith('a') && self.kind == 'K'"}]})  # fmt: skip
    good = {"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "abc"}, "spec": GOOD}
    assert structure.causes(good) == []
    (cause,) = structure.causes({**good, "metadata": {"name": "b"}})
    assert cause.field == "<nil>"


LISTED = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
    "type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "integer"}},
    "x-kubernetes-validations": [{"rule": "self.v >= oldSelf.v", "message": "shrinks"}]}}  # fmt: skip


def test_elements_of_a_map_are_compared_by_key() -> None:
    structure = Structure({"type": "object", "properties": {"spec": LISTED}})
    old = [{"k": "a", "v": 5}, {"k": "b", "v": 1}]
    assert found(structure, [{"k": "b", "v": 1}, {"k": "c", "v": 0}, {"k": "a", "v": 6}], old) == []
    (cause,) = found(structure, [{"k": "b", "v": 0}], old)
    assert cause[:2] == ("spec[0]", 'Invalid value: "object": shrinks')


def test_values_of_a_map_and_scalars() -> None:
    structure = Structure({"type": "object", "properties": {"spec": {"type": "object", "additionalProperties": {
        "type": "string", "x-kubernetes-validations": [{"rule": "self != 'bad'", "message": "bad"}]}}}})  # fmt: skip
    assert found(structure, {"x": "good", "y": "bad"}) == [
        ("spec[y]", 'Invalid value: "string": bad', "FieldValueInvalid")]  # fmt: skip


def test_times_are_times() -> None:
    when = {"type": "string", "format": "date-time"}
    structure = Structure({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {
        **when, "x-kubernetes-validations": [
            {"rule": "oldSelf.optMap(o, o <= self).orValue(true)", "optionalOldSelf": True,
             "message": "back"}]}}}}})  # fmt: skip
    early, late = {"a": "2023-01-01T00:00:00Z"}, {"a": "2024-01-01T01:00:00+02:00"}
    assert found(structure, late, early) == []
    assert [message for _, message, _ in found(structure, early, late)] == ['Invalid value: "string": back']


def test_all_rules_share_a_budget() -> None:
    items = {"type": "array", "items": {"type": "string", "x-kubernetes-validations": [
        {"rule": "self.matches('^(a|b|c)*$')"}]}}  # fmt: skip
    structure = Structure({"type": "object", "properties": {"spec": items}})
    (cause,) = found(structure, ["abc" * 3_000] * 5_000)
    assert cause[1] == ('Invalid value: "string": validation failed due to running out of cost budget, no further '
                        "validation rules will be run")  # fmt: skip


def test_one_rule_has_a_limit() -> None:
    structure = Structure({"type": "object", "properties": {"spec": {
        "type": "array", "items": {"type": "integer"},
        "x-kubernetes-validations": [{"rule": "self.all(x, self.all(y, self.all(z, x + y + z >= 0)))"}]}}})  # fmt: skip
    (cause,) = found(structure, list(range(200)))
    assert cause[1].startswith('Invalid value: "array": \'operation cancelled: actual cost limit exceeded\': no '
                               "further validation rules will be run due to call cost exceeds limit for rule: self.all")
