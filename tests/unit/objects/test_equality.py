"""What is the same to the letter, and what a Go client leaves out when it writes back what it read."""

from typing import Any

import pytest

from services.objects.equality import identical, same


@pytest.mark.parametrize(("one", "other", "expected"), [
    ({}, {"tolerations": []}, True),
    ({"hostNetwork": False}, {}, True),
    ({"env": [{"name": "A", "value": ""}]}, {"env": [{"name": "A"}]}, True),
    ({"nodeSelector": {}}, {"nodeSelector": None}, True),
    ({"containers": [{"ports": [{"hostPort": 0}]}]}, {"containers": [{"ports": [{}]}]}, True),
    ({"hostNetwork": True}, {}, False),
    ({"hostUsers": False}, {}, False),
    ({"securityContext": {"runAsUser": 0}}, {"securityContext": {}}, False),
    ({"storageClassName": ""}, {}, False),
    ({"emptyDir": {}}, {}, False),
    ({"labelSelector": {}}, {}, False),
    ({"a": [1]}, {"a": [1, 2]}, False),
    ({"a": {"b": 1}}, {"a": 1}, False),
])  # fmt: skip
def test_what_says_the_same(one, other, expected):
    assert same(one, other) is expected
    assert same(other, one) is expected
    assert same(one, one)


@pytest.mark.parametrize(("value", "other", "expected"), [
    (1, True, False), (1, 1.0, False), ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, True), ({"a": 1}, {}, False),
    ([], {}, False), ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
])  # fmt: skip
def test_identical(value: Any, other: Any, expected: bool) -> None:
    assert identical(value, other) is expected
