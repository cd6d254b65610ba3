import copy

import pytest

from services.objects.kinds import INGRESS, INGRESSCLASS

META = {"name": "web", "namespace": "default"}
SERVICE = {"service": {"name": "web", "port": {"number": 80}}}
SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
             "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
             r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip
WILDCARD = ("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist "
            "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. "
            "'*.example.com', regex used for validation is "
            r"'\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip


def ingress(**spec):
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": META, "spec": spec}


def path(text="/", kind="Prefix", **backend):
    return {"path": text, "pathType": kind, "backend": backend or SERVICE}


@pytest.mark.parametrize(("spec", "expected"), [
    ({"defaultBackend": SERVICE}, []),
    ({"rules": [{"host": "*.example.com", "http": {"paths": [path()]}}, {"host": "example.com"}]}, []),
    ({}, ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]),
    ({"rules": []}, ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"]),
    ({"defaultBackend": SERVICE, "ingressClassName": "A"}, [f'spec.ingressClassName: Invalid value: "A": {SUBDOMAIN}']),
    ({"rules": [{"host": "10.0.0.1"}]}, [
        'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']),
    ({"rules": [{"host": "a.*.com"}]}, [f'spec.rules[0].host: Invalid value: "a.*.com": {WILDCARD}']),
    ({"rules": [{"host": "A"}]}, [f'spec.rules[0].host: Invalid value: "A": {SUBDOMAIN}']),
    ({"rules": [{"http": {"paths": []}}]}, ["spec.rules[0].http.paths: Required value"]),
    ({"defaultBackend": SERVICE, "tls": [{"hosts": ["a.b", "*a"], "secretName": "S"}]}, [
        f'spec.tls[0].hosts[1]: Invalid value: "*a": {WILDCARD}',
        f'spec.tls[0].secretName: Invalid value: "S": {SUBDOMAIN}']),
])  # fmt: skip
def test_specs(told, spec, expected):
    assert told(INGRESS.validate(ingress(**spec))) == expected


@pytest.mark.parametrize(("given", "expected"), [
    (path("/a", "Exact"), []),
    (path("", "ImplementationSpecific"), []),
    (path("/a//b/../c%2fd", "ImplementationSpecific"), []),
    (path("a", "ImplementationSpecific"), ['.path: Invalid value: "a": must be an absolute path']),
    (path("", "Exact"), ['.path: Invalid value: "": must be an absolute path']),
    (path("/a//b/./c/../d%2Fe%2f", "Prefix"), [
        f'.path: Invalid value: "/a//b/./c/../d%2Fe%2f": must not contain \'{part}\''
        for part in ("//", "/./", "/../", "%2f", "%2F")]),
    (path("/a/..", "Exact"), ['.path: Invalid value: "/a/..": cannot end with \'/..\'']),
    (path("/a/.", "Exact"), ['.path: Invalid value: "/a/.": cannot end with \'/.\'']),
    (path("/", "Regex"), [
        '.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"']),
    ({"path": "/"}, [".pathType: Required value: pathType must be specified"]),
])  # fmt: skip
def test_paths(told, given, expected):
    rules = [{"http": {"paths": [given]}}]
    assert told(INGRESS.validate(ingress(rules=rules))) == [f"spec.rules[0].http.paths[0]{each}" for each in expected]


@pytest.mark.parametrize(("backend", "expected"), [
    ({"resource": {"apiGroup": "example.com", "kind": "Bucket", "name": "b"}}, []),
    ({"service": {"name": "web", "port": {"name": "http"}}}, []),
    ({}, [': Invalid value: "": resource or service backend is required']),
    ({"resource": {"kind": "B", "name": "b"}, **SERVICE}, [
        ': Invalid value: "": cannot set both resource and service backends']),
    ({"resource": {"kind": "a/b", "name": ""}}, [
        ".resource.kind: Invalid value: \"a/b\": may not contain '/'", ".resource.name: Required value"]),
    ({"service": {"port": {}}}, [".service.name: Required value", ": Required value: port name or number is required"]),
    ({"service": {"name": "web", "port": {"name": "http", "number": 80}}}, [
        ': Invalid value: "": cannot set both port name & port number']),
    ({"service": {"name": "web", "port": {"number": 70000}}}, [
        ".service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive"]),
    ({"service": {"name": "web", "port": {"name": "-a-"}}}, [
        '.service.port.name: Invalid value: "-a-": must not begin or end with a hyphen']),
])  # fmt: skip
def test_backends(told, backend, expected):
    given = ingress(defaultBackend=backend)
    assert told(INGRESS.validate(given)) == [f"spec.defaultBackend{each}" for each in expected]


def test_the_old_annotation_warns_and_may_not_contradict(told):
    old = {**META, "annotations": {"kubernetes.io/ingress.class": "a"}}
    both = ingress(ingressClassName="b", defaultBackend=SERVICE) | {"metadata": old}
    assert told(INGRESS.validate_create(both)) == [
        'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are '
        "specified"]  # fmt: skip
    assert INGRESS.validate(both) == []
    assert INGRESS.warnings(both) == []
    alone = ingress(defaultBackend=SERVICE) | {"metadata": old}
    assert INGRESS.validate_create(alone) == []
    assert INGRESS.warnings(alone) == [
        "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"]


@pytest.mark.parametrize(("point", "expected"), [
    ({"ip": "10.0.0.1"}, []),
    ({"hostname": "lb.example.com"}, []),
    ({"ip": "010.0.0.1"}, ['.ip: Invalid value: "010.0.0.1": must not have leading 0s']),
    ({"ip": "::ffff:10.0.0.1"}, [
        '.ip: Invalid value: "::ffff:10.0.0.1": must not be an IPv4-mapped IPv6 address']),
    ({"ip": "web"}, ['.ip: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
    ({"hostname": "10.0.0.1"}, ['.hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']),
])  # fmt: skip
def test_statuses(told, point, expected):
    old = ingress(defaultBackend=SERVICE)
    new = {**old, "status": {"loadBalancer": {"ingress": [point]}}}
    assert told(INGRESS.validate_status(new, old)) == [f"status.loadBalancer.ingress[0]{each}" for each in expected]


def test_rows(row):
    rules = [{"host": f"{letter}.example.com"} for letter in "abcde"]
    status = {"loadBalancer": {"ingress": [{"ip": "10.0.0.2"}, {"hostname": "lb"}, {"ip": "10.0.0.1"}]}}
    full = {**ingress(rules=rules, ingressClassName="nginx", tls=[{}]), "status": status}
    assert row(INGRESS, full) == [
        "web", "nginx", "a.example.com,b.example.com,c.example.com + 2 more...", "10.0.0.1,10.0.0.2,lb", "80, 443",
        "<unknown>"]  # fmt: skip
    assert row(INGRESS, ingress(rules=[{}, {"host": "a.b"}])) == ["web", "<none>", "a.b", "", "80", "<unknown>"]
    assert row(INGRESS, ingress()) == ["web", "<none>", "*", "", "80", "<unknown>"]


def ingressclass(**spec):
    obj = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "c"},
           "spec": copy.deepcopy(spec)}
    INGRESSCLASS.default(obj)
    return obj


@pytest.mark.parametrize(("spec", "expected"), [
    ({"controller": "example.com/a/b"}, []),
    ({}, ["controller: Required value"]),
    ({"controller": "example.com"}, [
        'controller: Invalid value: "example.com": must be a domain-prefixed path (such as "acme.io/foo")']),
    ({"controller": "A/b c"}, [
        f'controller: Invalid value: "A": {SUBDOMAIN}',
        'controller: Invalid value: "b c": Invalid path (regex used for validation is '
        r"'[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')"]),
    ({"controller": "a.b/" + "x" * 250}, ["controller: Too long: may not be more than 250 bytes"]),
    ({"controller": "a.b/c", "parameters": {"kind": "K", "name": "n"}}, []),
    ({"controller": "a.b/c", "parameters": {"apiGroup": "G", "scope": "X"}}, [
        f'parameters.apiGroup: Invalid value: "G": {SUBDOMAIN}', "parameters.kind: Required value",
        "parameters.name: Required value",
        'parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"']),
    ({"controller": "a.b/c", "parameters": {"kind": "K", "name": "n", "namespace": "a"}}, [
        "parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"]),
    ({"controller": "a.b/c", "parameters": {"kind": "K", "name": "n", "scope": "Namespace"}}, [
        "parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"]),
    ({"controller": "a.b/c", "parameters": {"kind": "K", "name": "n", "scope": "Namespace", "namespace": "a"}}, []),
])  # fmt: skip
def test_classes(told, spec, expected):
    assert told(INGRESSCLASS.validate(ingressclass(**spec))) == [f"spec.{each}" for each in expected]


def test_a_class_keeps_its_controller(told):
    old, new = ingressclass(controller="a.b/c"), ingressclass(controller="a.b/d")
    assert told(INGRESSCLASS.validate_update(new, old)) == [
        'spec.controller: Invalid value: "a.b/d": field is immutable']
    assert INGRESSCLASS.validate_update(old, old) == []


def test_rows_of_classes(row):
    obj = ingressclass(controller="a.b/c", parameters={"apiGroup": "g.io", "kind": "K", "name": "n"})
    assert row(INGRESSCLASS, obj) == ["c", "a.b/c", "K.g.io/n", "<unknown>"]
    obj["metadata"]["annotations"] = {"ingressclass.kubernetes.io/is-default-class": "true"}
    assert row(INGRESSCLASS, obj)[0] == "c (default)"
    assert row(INGRESSCLASS, ingressclass(controller="a.b/c"))[2] == "<none>"
