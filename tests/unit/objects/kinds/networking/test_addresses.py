"""IPAddresses and ServiceCIDRs, and the addresses in fields of all kinds."""

import pytest

from services.objects.kinds import IPADDRESS, SERVICECIDR
from services.objects.kinds.validation.texts import addresses

PARENT = {"resource": "services", "namespace": "default", "name": "web"}


def address(at="10.0.0.1", **parent):
    return {"metadata": {"name": at}, "spec": {"parentRef": {**PARENT, **parent}}}


@pytest.mark.parametrize(("obj", "expected"), [
    (address(), []),
    (address("2001:db8::1", group="example.com", namespace=""), []),
    (address("2001:DB8::1"), [
        'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")']),
    (address("web"), [
        'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
    (address("10.0.0.01"), ['metadata.name: Invalid value: "10.0.0.01": must not have leading 0s']),
    (address(resource="", name="a/b", namespace=".."), [
        "spec.parentRef.resource: Required value",
        "spec.parentRef.name: Invalid value: \"a/b\": may not contain '/'",
        "spec.parentRef.namespace: Invalid value: \"..\": may not be '..'"]),
    ({"metadata": {"name": "10.0.0.1"}, "spec": {}}, ["spec.parentRef: Required value"]),
])  # fmt: skip
def test_ipaddresses(told, obj, expected):
    assert told(IPADDRESS.validate(obj)) == expected


def test_an_address_keeps_its_owner(told):
    [text] = told(IPADDRESS.validate_update(address(), address(resource="gateways")))
    assert text.startswith("spec.parentRef: Invalid value: ")
    assert text.endswith(": field is immutable")


@pytest.mark.parametrize(("cidrs", "expected"), [
    (["10.0.0.0/16"], []),
    (["10.0.0.0/16", "2001:db8::/112"], []),
    ([], ["spec.cidrs: Required value: at least one CIDR required"]),
    (["10.0.0.0/16"] * 3, [
        'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/16","10.0.0.0/16","10.0.0.0/16"]}: may only hold up to 2 '
        "values"]),
    (["10.0.0.0/16", "10.1.0.0/16"], [
        'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, '
        "i.e 192.168.0.0/24 and 2001:db8::/64"]),
    (["10.0.0.1/16"], [
        'spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length']),
    (["2001:DB8::/112"], [
        'spec.cidrs[0]: Invalid value: "2001:DB8::/112": must be in canonical form ("2001:db8::/112")']),
])  # fmt: skip
def test_servicecidrs(told, cidrs, expected):
    assert told(SERVICECIDR.validate({"metadata": {"name": "c"}, "spec": {"cidrs": cidrs}})) == expected


@pytest.mark.parametrize(("old", "new", "expected"), [
    (["10.0.0.0/16"], ["10.0.0.0/16"], []),
    (["10.0.0.0/16"], ["10.0.0.0/16", "2001:db8::/112"], []),
    (["10.0.0.0/16"], ["10.1.0.0/16"], ['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable']),
    (["10.0.0.0/16"], ["2001:db8::/112", "10.0.0.0/16"], [
        'spec.cidrs[0]: Invalid value: "2001:db8::/112": field is immutable']),
    (["10.0.0.0/16", "2001:db8::/112"], ["10.0.0.0/16"], [
        'spec.cidrs: Invalid value: ["10.0.0.0/16"]: field is immutable']),
])  # fmt: skip
def test_changes_of_servicecidrs(told, old, new, expected):
    of = [{"metadata": {"name": "c"}, "spec": {"cidrs": cidrs}} for cidrs in (new, old)]
    assert told(SERVICECIDR.validate_update(*of)) == expected


def test_rows(row):
    assert row(IPADDRESS, address()) == ["10.0.0.1", "services/default/web", "<unknown>"]
    assert row(IPADDRESS, address(group="g.io", namespace="")) == ["10.0.0.1", "services.g.io/web", "<unknown>"]
    assert row(IPADDRESS, {"metadata": {"name": "10.0.0.1"}}) == ["10.0.0.1", "<none>", "<unknown>"]
    cidrs = {"metadata": {"name": "c"}, "spec": {"cidrs": ["10.0.0.0/16", "2001:db8::/112"]}}
    assert row(SERVICECIDR, cidrs) == ["c", "10.0.0.0/16,2001:db8::/112", "<unknown>"]


@pytest.mark.parametrize(("text", "expected"), [
    ("192.168.1.5/24", []),
    ("::ffff:192.168.0.1/120", ['must be in canonical form ("192.168.0.1/24")']),
    ("2001:DB8::1/64", ['must be in canonical form ("2001:db8::1/64")']),
    ("192.168.01.5/24", ['must be in canonical form ("192.168.1.5/24")']),
    ("192.168.1.5", ["must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"]),
])  # fmt: skip
def test_addresses_of_interfaces(text, expected):
    assert addresses.interface_errors(text) == expected


@pytest.mark.parametrize("text", ["", "/", "x/8", "1.2.3/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/33",
                                  "10.0.0.0/255.0.0.0", "fe80::%eth0/64", "10.0.0.0/8/8", "1" * 10000, "10.0.0.0/٨"])
def test_what_is_no_cidr(text):
    assert addresses.cidr_errors(text) == [addresses.NO_CIDR]
