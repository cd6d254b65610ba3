import copy

import pytest

from services.objects.kinds import ENDPOINTSLICE

META = {"name": "web", "namespace": "default"}
LABEL = ("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
         "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip


def endpointslice(*endpoints, kind="IPv4"):
    made = {"metadata": META, "addressType": kind,
            "endpoints": [{"addresses": ["10.0.0.1"], **copy.deepcopy(each)} for each in endpoints]}  # fmt: skip
    ENDPOINTSLICE.default(made)
    return made


def zones(*names):
    return {"hints": {"forZones": [{"name": name} for name in names]}}


def nodes(*names):
    return {"hints": {"forNodes": [{"name": name} for name in names]}}


@pytest.mark.parametrize(("endpoint", "expected"), [
    (zones("a", "b"), []),
    (nodes("n1.example.com"), []),
    (zones(*"abcdefghi"), ["hints.forZones: Too many: 9: must have at most 8 items"]),
    (nodes(*"abcdefghi"), ["hints.forNodes: Too many: 9: must have at most 8 items"]),
    (zones("a", "a"), ['hints.forZones[1].name: Duplicate value: "a"']),
    (nodes("a", "a"), ['hints.forNodes[1].name: Duplicate value: "a"']),
    ({"hostname": "", "nodeName": "n1"}, [f'hostname: Invalid value: "": {LABEL}']),
    ({"hostname": "web-0", "nodeName": "n1", "conditions": {"ready": True}, "zone": "a"}, []),
])  # fmt: skip
def test_endpoints(told, endpoint, expected):
    assert told(ENDPOINTSLICE.validate(endpointslice(endpoint))) == [f"endpoints[0].{each}" for each in expected]


@pytest.mark.parametrize(("address", "expected"), [
    ("web.example.com", []),
    ("web.example.com.", []),
    ("", ["Required value"]),
    ("web", ['Invalid value: "web": should be a domain with at least two segments separated by dots']),
    ("web..", ['Invalid value: "web.": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric '
               "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "
               r"regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"]),
    (f"{'a' * 64}.example", [f'Invalid value: "{"a" * 64}": must be no more than 63 bytes']),
])  # fmt: skip
def test_domains(told, address, expected):
    causes = told(ENDPOINTSLICE.validate(endpointslice({"addresses": [address]}, kind="FQDN")))
    assert causes == [f"endpoints[0].addresses[0]: {each}" for each in expected]


def test_an_empty_protocol_of_an_application_is_none(told):
    made = {**endpointslice(), "ports": [{"name": "", "protocol": "TCP", "port": 80, "appProtocol": ""}]}
    assert [cause.field for cause in ENDPOINTSLICE.validate(made)] == ["ports[0].appProtocol"] * 2


def test_topology_is_not_written_any_more():
    topology = {"deprecatedTopology": {"kubernetes.io/hostname": "n1"}}
    made = endpointslice(topology)
    ENDPOINTSLICE.prepare(made)
    assert made == endpointslice({})

    old = endpointslice(topology)
    same = copy.deepcopy(old)
    ENDPOINTSLICE.prepare_update(same, old)
    assert same == old

    new, before = endpointslice(topology, {"deprecatedTopology": {"kubernetes.io/hostname": "n2"}}), copy.deepcopy(old)
    ENDPOINTSLICE.prepare_update(new, old)
    assert new == endpointslice({"nodeName": "n1"}, {})
    assert old == before


def test_addresses_that_nobody_else_writes_so_are_warned_of():
    assert ENDPOINTSLICE.warnings(endpointslice({"addresses": ["2001:DB8::1"]}, kind="IPv6")) == [
        'endpoints[0].addresses[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'
    ]
    assert ENDPOINTSLICE.warnings(endpointslice({"addresses": ["a.example.com"]}, kind="FQDN")) == [
        "spec.addressType: FQDN endpoints are deprecated"]
    assert ENDPOINTSLICE.warnings(endpointslice({})) == []
