import copy

import pytest

from services.objects.kinds import ENDPOINTS, ENDPOINTSLICE, SERVICE

LABEL = ("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
         "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip
IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def key(port):
    return f'{{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":{port},"TargetPort":0,"NodePort":0}}'


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"ports": []}, ["spec.ports: Required value"]),
    ({"clusterIP": "None", "clusterIPs": ["None"], "ports": []}, []),
    ({"ports": [{"port": 80}, {"port": 81}]}, [
        "spec.ports[0].name: Required value", "spec.ports[1].name: Required value"]),
    ({"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]}, ['spec.ports[1].name: Duplicate value: "a"']),
    ({"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]}, [
        f"spec.ports[1]: Duplicate value: {key(80)}"]),
    ({"ports": [{"name": "a", "port": 53}, {"name": "b", "port": 53, "protocol": "UDP"}]}, []),
    ({"ports": [{"port": 0, "targetPort": 1}]}, [
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
    ({"ports": [{"port": 80, "targetPort": "no_such"}]}, [
        'spec.ports[0].targetPort: Invalid value: "no_such": must contain only alpha-numeric characters (a-z, 0-9), '
        "and hyphens (-)"]),
    ({"ports": [{"port": 80, "protocol": "tcp"}]}, [
        'spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"']),
    ({"ports": [{"port": 80, "nodePort": 30000}]}, [
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]),
    ({"type": "NodePort", "ports": [{"name": "a", "port": 80, "nodePort": 30000},
                                    {"name": "b", "port": 81, "nodePort": 30000}]}, [
        "spec.ports[1].nodePort: Duplicate value: 30000"]),
    ({"type": "Ingress"}, ['spec.type: Unsupported value: "Ingress": supported values: "ClusterIP", "ExternalName", '
                           '"LoadBalancer", "NodePort"']),
    ({"type": "ExternalName"}, ["spec.externalName: Required value"]),
    ({"type": "ExternalName", "externalName": "a.example.com."}, []),
    ({"type": "LoadBalancer", "clusterIP": "None", "clusterIPs": ["None"]}, [
        "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services"]),
    ({"clusterIP": "x", "clusterIPs": ["x"]}, [f'spec.clusterIPs[0]: Invalid value: "x": {IP}']),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}, [
        'spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`']),
    ({"selector": {"app": "x y"}}, [
        'spec.selector: Invalid value: "x y": a valid label must be an empty string or consist of alphanumeric '
        "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
        "'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"]),
    ({"sessionAffinity": "Cookie"}, [
        'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"']),
    ({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}}, [
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than "
        "86400"]),
    ({"externalTrafficPolicy": "Local"}, [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services']),
    ({"type": "NodePort", "externalTrafficPolicy": "Some"}, [
        'spec.externalTrafficPolicy: Unsupported value: "Some": supported values: "Cluster", "Local"']),
    ({"internalTrafficPolicy": "Some"}, [
        'spec.internalTrafficPolicy: Unsupported value: "Some": supported values: "Cluster", "Local"']),
    ({"loadBalancerClass": "example.com/x"}, [
        "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"]),
    ({"externalIPs": ["127.0.0.1"]}, [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)']),
    ({"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/33"]}, [
        'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 '
        "or 2001:db8::/64)"]),
    ({"loadBalancerSourceRanges": [" 10.0.0.0/8 "]}, [
        "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"]),
    ({"clusterIP": "10.0.0.1", "clusterIPs": []}, ["spec.clusterIPs: Required value"]),
    ({"clusterIPs": ["10.0.0.1"]}, [
        'spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified']),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "10.0.0.2"]}, [
        'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family']),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"], "ipFamilies": ["IPv6", "IPv4"]}, [
        'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
        'spec.clusterIPs[1]: Invalid value: "fd00::1": expected an IPv4 value as indicated by `ipFamilies[1]`']),
    ({"clusterIP": "None", "clusterIPs": ["None", "10.0.0.1"]}, [
        'spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value']),
    ({"ipFamilies": ["IPv4", "IPv4"]}, ['spec.ipFamilies[1]: Duplicate value: "IPv4"']),
    ({"ipFamilies": ["IPv5"], "ipFamilyPolicy": "Both"}, [
        'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
        'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: "PreferDualStack", "RequireDualStack", '
        '"SingleStack"']),
    ({"type": "ExternalName", "externalName": "a.b", "ipFamilies": ["IPv4"]}, [
        "spec.ipFamilies: Forbidden: may not be set for ExternalName services"]),
    ({"type": "LoadBalancer", "loadBalancerClass": "a b"}, [
        "spec.loadBalancerClass: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' "
        "or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
        "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]),
    ({"type": "LoadBalancer", "healthCheckNodePort": 30000}, [
        "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and "
        "`externalTrafficPolicy` is 'Local'"]),
    ({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 70000}, [
        "spec.healthCheckNodePort: Invalid value: 70000: must be between 1 and 65535, inclusive"]),
    ({"trafficDistribution": "PreferSameNode"}, []),
    ({"trafficDistribution": "Near"}, ['spec.trafficDistribution: Unsupported value: "Near": supported values: '
                                       '"PreferClose", "PreferSameNode", "PreferSameZone"']),
])  # fmt: skip
def test_services(make_service, told, spec, expected):
    assert told(SERVICE.validate(make_service(**spec))) == expected


def test_a_name_of_a_service_is_a_dns_label(make_service, told):
    service = make_service()
    service["metadata"]["name"] = "1st"
    assert SERVICE.validate(service) == []
    service["metadata"]["name"] = "a.b"
    assert told(SERVICE.validate(service)) == [f'metadata.name: Invalid value: "a.b": {LABEL}']


@pytest.mark.parametrize(("was", "wanted", "expected"), [
    ({"clusterIP": "10.0.0.1"}, {"clusterIP": "10.0.0.1"}, []),
    ({}, {"clusterIP": "10.0.0.1"}, []),
    ({"clusterIP": "10.0.0.1"}, {"clusterIP": "10.0.0.2"}, [
        'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set']),
    ({"clusterIP": "10.0.0.1"}, {"clusterIP": "None"}, [
        'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set']),
    ({"clusterIP": "10.0.0.1"}, {"type": "ExternalName", "externalName": "a.b"}, []),
])  # fmt: skip
def test_an_address_stays(make_service, told, was, wanted, expected):
    old, new = make_service(**was), make_service(**wanted)
    for service in (old, new):
        if "clusterIP" in service["spec"]:
            service["spec"]["clusterIPs"] = [service["spec"]["clusterIP"]]
    assert told(SERVICE.validate_update(new, old)) == expected


@pytest.mark.parametrize(("was", "wanted", "expected"), [
    ({"clusterIPs": ["10.0.0.1", "fd00::1"], "ipFamilies": ["IPv4", "IPv6"]},
     {"clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}, []),
    ({"clusterIPs": ["10.0.0.1", "fd00::1"], "ipFamilies": ["IPv4", "IPv6"]},
     {"clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "PreferDualStack"}, [
        'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the '
        "secondary clusterIP",
        'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the '
        "secondary ipFamily"]),
    ({"clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"]},
     {"clusterIPs": ["10.0.0.1", "fd00::1"], "ipFamilies": ["IPv4", "IPv6"]}, []),
    ({"clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"]}, {"clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv6"]}, [
        'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set']),
    ({"clusterIPs": ["10.0.0.1"]}, {"clusterIPs": []}, [
        "spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset"]),
    ({"type": "LoadBalancer", "loadBalancerClass": "a"}, {"type": "LoadBalancer", "loadBalancerClass": "b"}, [
        'spec.loadBalancerClass: Invalid value: "b": may not change once set']),
    ({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30000},
     {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30001}, [
        "spec.healthCheckNodePort: Forbidden: field is immutable"]),
    ({}, {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}, ["spec.healthCheckNodePort: Required value"]),
])  # fmt: skip
def test_updates(make_service, told, was, wanted, expected):
    assert told(SERVICE.validate_update(make_service(**wanted), make_service(**was))) == expected


@pytest.mark.parametrize(("was", "wanted", "addresses"), [
    (("10.0.0.1", ["10.0.0.1"]), ("10.0.0.2", ["10.0.0.1"]), ["10.0.0.2"]),
    (("10.0.0.1", ["10.0.0.1"]), ("", ["10.0.0.1"]), None),
    (("10.0.0.1", ["10.0.0.1"]), ("10.0.0.1", ["10.0.0.1", "fd00::1"]), ["10.0.0.1", "fd00::1"]),
    (("10.0.0.1", ["10.0.0.1"]), ("10.0.0.2", ["10.0.0.3"]), ["10.0.0.3"]),
])  # fmt: skip
def test_who_changes_the_one_address_means_both(make_service, was, wanted, addresses):
    old, new = (make_service(clusterIP=one, clusterIPs=all) for one, all in (was, wanted))
    SERVICE.prepare_update(new, old)
    assert new["spec"].get("clusterIPs") == addresses


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"externalName": "a.b"}, ['spec.externalName is ignored when spec.type is not "ExternalName"']),
    ({"externalIPs": ["2001:DB8::1"]}, [
        'spec.externalIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters"]),
    ({"clusterIP": "None", "sessionAffinity": "ClientIP"}, ["spec.SessionAffinity is ignored for headless services"]),
    ({"trafficDistribution": "PreferClose"}, [
        'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']),
])  # fmt: skip
def test_warnings(make_service, spec, expected):
    assert SERVICE.warnings(make_service(**spec)) == expected


def test_service_status(make_service, told):
    old = make_service(type="LoadBalancer")
    new = {**old, "status": {"loadBalancer": {"ingress": [
        {"ip": "1.2.3.4", "ipMode": "VIP"}, {"ip": "x", "ipMode": "Mirror"}, {"hostname": "1.2.3.4", "ipMode": "VIP"},
        {"ip": "1.2.3.4"},
    ]}}}
    assert told(SERVICE.validate_status(new, old)) == [
        f'status.loadBalancer.ingress[1].ip: Invalid value: "x": {IP}',
        'status.loadBalancer.ingress[1].ipMode: Unsupported value: "Mirror": supported values: "Proxy", "VIP"',
        "status.loadBalancer.ingress[2].ipMode: Forbidden: may not be specified when `ip` is not set",
        'status.loadBalancer.ingress[2].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
        "status.loadBalancer.ingress[3].ipMode: Required value: must be specified when `ip` is set",
    ]
    new["spec"] = {**new["spec"], "type": "ClusterIP"}
    assert told(SERVICE.validate_status(new, old)) == [
        "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"]


META = {"name": "web", "namespace": "default"}


@pytest.mark.parametrize(("subset", "expected"), [
    ({"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}, []),
    ({"ports": [{"port": 80}]}, [": Required value: must specify `addresses` or `notReadyAddresses`"]),
    ({"addresses": [{"ip": "x"}]}, [f'.addresses[0].ip: Invalid value: "x": {IP}']),
    ({"addresses": [{"ip": "169.254.1.1"}]}, [
        '.addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, '
        "fe80::/10)"]),
    ({"notReadyAddresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 0}, {"port": 80, "name": "b"}]}, [
        ".ports[0].name: Required value",
        ".ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
])  # fmt: skip
def test_endpoints(told, subset, expected):
    endpoints = {"metadata": META, "subsets": [copy.deepcopy(subset)]}
    ENDPOINTS.default(endpoints)
    assert told(ENDPOINTS.validate(endpoints)) == [f"subsets[0]{each}" for each in expected]


@pytest.mark.parametrize(("fields", "expected"), [
    ({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]}, []),
    ({"endpoints": []}, ["addressType: Required value"]),
    ({"addressType": "MAC"}, ['addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"']),
    ({"addressType": "IPv4", "endpoints": [{"addresses": []}]}, [
        "endpoints[0].addresses: Required value: must contain at least 1 address"]),
    ({"addressType": "IPv4", "endpoints": [{"addresses": ["::1"]}]}, [
        'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address']),
    ({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}] * 1001}, [
        "endpoints: Too many: 1001: must have at most 1000 items"]),
    ({"addressType": "IPv4", "ports": [{"name": "a"}, {"name": "a"}]}, ['ports[1].name: Duplicate value: "a"']),
    ({"addressType": "IPv4", "ports": [{"protocol": "x"}]}, [
        'ports[0].protocol: Unsupported value: "x": supported values: "SCTP", "TCP", "UDP"']),
])  # fmt: skip
def test_endpointslices(told, fields, expected):
    endpointslice = {"metadata": META, **copy.deepcopy(fields)}
    ENDPOINTSLICE.default(endpointslice)
    assert told(ENDPOINTSLICE.validate(endpointslice)) == expected


def test_an_address_type_stays(told):
    old = {"metadata": META, "addressType": "IPv4"}
    assert told(ENDPOINTSLICE.validate_update({**old, "addressType": "IPv6"}, old)) == [
        'addressType: Invalid value: "IPv6": field is immutable']
