"""What a Go client leaves out when it writes back what it read."""

import pytest

from services.objects.equality import same


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
