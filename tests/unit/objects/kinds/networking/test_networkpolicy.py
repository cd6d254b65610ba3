import copy

import pytest

from services.objects.kinds import NETWORKPOLICY


def policy(**spec):
    obj = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
           "metadata": {"name": "web", "namespace": "default"}, "spec": copy.deepcopy(spec)}  # fmt: skip
    NETWORKPOLICY.default(obj)
    return obj


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, {"podSelector": {}, "policyTypes": ["Ingress"]}),
    ({"egress": [{}]}, {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": [{}]}),
    ({"policyTypes": ["Egress"]}, {"podSelector": {}, "policyTypes": ["Egress"]}),
    ({"podSelector": {"matchLabels": {"a": "b"}}, "ingress": [{"ports": [{"port": 1}, {"protocol": "UDP"}]}]},
     {"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingress"],
      "ingress": [{"ports": [{"port": 1, "protocol": "TCP"}, {"protocol": "UDP"}]}]}),
])  # fmt: skip
def test_defaults(spec, expected):
    assert policy(**spec)["spec"] == expected


@pytest.mark.parametrize(("port", "expected"), [
    ({"port": 80, "endPort": 90}, []),
    ({"port": "http"}, []),
    ({}, []),
    ({"protocol": "ICMP"}, ['.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"']),
    ({"port": 0}, [".port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
    ({"port": "http", "endPort": 90}, [
        ".endPort: Invalid value: 90: may not be specified when `port` is non-numeric"]),
    ({"endPort": 90}, [".endPort: Invalid value: 90: may not be specified when `port` is not specified"]),
    ({"port": 80, "endPort": 70}, [".endPort: Invalid value: 70: must be greater than or equal to `port`"]),
    ({"port": 80, "endPort": 70000}, [".endPort: Invalid value: 70000: must be between 1 and 65535, inclusive"]),
])  # fmt: skip
def test_ports(told, port, expected):
    for side in ("ingress", "egress"):
        given = policy(**{side: [{"ports": [port]}]})
        assert told(NETWORKPOLICY.validate(given)) == [f"spec.{side}[0].ports[0]{each}" for each in expected]


NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


@pytest.mark.parametrize(("peer", "expected"), [
    ({"podSelector": {}, "namespaceSelector": {"matchLabels": {"a": "b"}}}, []),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}, []),
    ({"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]}}, []),
    ({}, [": Required value: must specify a peer"]),
    ({"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}, [
        ": Forbidden: may not specify both ipBlock and another peer"]),
    ({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}, [
        ".podSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or "
        "'NotIn'"]),
    ({"ipBlock": {}}, [".ipBlock.cidr: Required value"]),
    ({"ipBlock": {"cidr": "10.0.0.0"}}, [f'.ipBlock.cidr: Invalid value: "10.0.0.0": {NO_CIDR}']),
    ({"ipBlock": {"cidr": "10.0.0.1/24"}}, [
        '.ipBlock.cidr: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length']),
    ({"ipBlock": {"cidr": "010.0.0.0/8", "except": ["10.0.0.0/09"]}}, [
        '.ipBlock.cidr: Invalid value: "010.0.0.0/8": must not have leading 0s in IP or prefix length',
        '.ipBlock.except[0]: Invalid value: "10.0.0.0/09": must not have leading 0s in IP or prefix length']),
    ({"ipBlock": {"cidr": "::ffff:10.0.0.0/104"}}, [
        '.ipBlock.cidr: Invalid value: "::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address']),
    ({"ipBlock": {"cidr": "10.0.0.0/16", "except": ["10.0.0.0/16", "11.0.0.0/24", "::/64", "x"]}}, [
        '.ipBlock.except[0]: Invalid value: "10.0.0.0/16": must be a strict subset of `cidr`',
        '.ipBlock.except[1]: Invalid value: "11.0.0.0/24": must be a strict subset of `cidr`',
        '.ipBlock.except[2]: Invalid value: "::/64": must be a strict subset of `cidr`',
        f'.ipBlock.except[3]: Invalid value: "x": {NO_CIDR}']),
])  # fmt: skip
def test_peers(told, peer, expected):
    for side, direction in (("ingress", "from"), ("egress", "to")):
        given = policy(**{side: [{direction: [peer]}]})
        assert told(NETWORKPOLICY.validate(given)) == [f"spec.{side}[0].{direction}[0]{each}" for each in expected]


@pytest.mark.parametrize(("types", "expected"), [
    (["Egress", "Ingress"], []),
    (["Both"], ['spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"']),
    (["Egress", "Ingress", "Egress"], [
        'spec.policyTypes: Invalid value: ["Egress","Ingress","Egress"]: may not specify more than two policyTypes']),
])  # fmt: skip
def test_types(told, types, expected):
    assert told(NETWORKPOLICY.validate(policy(policyTypes=types))) == expected


def test_cidrs_that_are_spelled_oddly_are_warned_of():
    given = policy(egress=[{"to": [{"ipBlock": {"cidr": "2001:DB8::/32", "except": ["2001:db8:01::/48"]}}]}])
    assert NETWORKPOLICY.validate(given) == []
    assert NETWORKPOLICY.warnings(given) == [
        "networkpolicies are stored, but not acted on yet",
        'spec.egress[0].to[0].ipBlock.cidr: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format '
        '("2001:db8::/32")',
        'spec.egress[0].to[0].ipBlock.except[0]: IPv6 CIDR value "2001:db8:01::/48" should be in RFC 5952 canonical '
        'format ("2001:db8:1::/48")']  # fmt: skip


def test_rows(row):
    assert row(NETWORKPOLICY, policy()) == ["web", "<none>", "<unknown>"]
    selector = {"matchLabels": {"b": "c"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["2", "1"]}]}
    assert row(NETWORKPOLICY, policy(podSelector=selector)) == ["web", "a in (1,2),b=c", "<unknown>"]
