"""Leases."""


import pytest

from services.objects.kinds import LEASE

META = {"name": "web", "namespace": "default"}


@pytest.mark.parametrize(("spec", "expected"), [
    ({"leaseDurationSeconds": 15, "leaseTransitions": 0}, []),
    ({"leaseDurationSeconds": 0}, ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"]),
    ({"leaseTransitions": -1}, ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"]),
])  # fmt: skip
def test_leases(told, spec, expected):
    assert told(LEASE.validate({"metadata": META, "spec": spec})) == expected
