"""Nodes."""

import pytest

from services.objects.kinds import NODE


class TestNodes:
    def test_taints(self, told):
        taint = {"key": "a", "effect": "NoSchedule"}
        node = {"metadata": {"name": "n"}, "spec": {"taints": [taint, taint, {"key": "b", "effect": "x"}]}}
        assert told(NODE.validate(node)) == [
            'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: '
            "taints must be unique by key and effect pair",
            'metadata.taints[2].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", '
            '"NoExecute"',
        ]

    @pytest.mark.parametrize(("old", "new", "expected"), [
        ({}, {"podCIDR": "10.0.0.0/24", "unschedulable": True, "taints": []}, []),
        ({"podCIDRs": ["10.0.0.0/24"]}, {"podCIDRs": ["10.0.1.0/24"]}, [
            'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid']),
        ({"providerID": "a"}, {"providerID": "b"}, [
            'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid']),
        ({}, {"externalID": "x"}, [
            "spec.externalID: Forbidden: may not be updated"]),
    ])  # fmt: skip
    def test_updates(self, told, old, new, expected):
        meta = {"metadata": {"name": "n"}}
        assert told(NODE.validate_update({**meta, "spec": new}, {**meta, "spec": old})) == expected

    def test_status(self, told):
        old = {"metadata": {"name": "n"}}
        address = {"type": "InternalIP", "address": "10.0.0.1"}
        new = {**old, "status": {"capacity": {"cpu": "-1"}, "addresses": [address, address]}}
        assert told(NODE.validate_status(new, old)) == [
            'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
            'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"10.0.0.1"}',
        ]
