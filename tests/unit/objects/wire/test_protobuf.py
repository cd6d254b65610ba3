"""Decoder and encoder against bytes put together by hand, field by field, and the decoder against anything at all."""

from __future__ import annotations

import re
import struct
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.objects.errors import BadRequest
from services.objects.wire import protobuf


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bool | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(int(value))
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(*fields: tuple[int, Any]) -> bytes:
    return b"".join(field(number, value) for number, value in fields)


def body(api_version: str, kind: str, raw: bytes) -> bytes:
    return b"k8s\x00" + message((1, message((1, api_version), (2, kind))), (2, raw), (3, ""), (4, ""))


META = message((1, "web"), (3, "default"), (11, message((1, "app"), (2, "web"))), (8, b""))


def test_a_pod_as_a_go_client_sends_it() -> None:
    ports = message((1, "http"), (2, 0), (3, 8080), (4, "TCP"))
    container = message(
        (1, "main"), (2, "demo:1"), (3, "sh"), (3, "-c"), (5, ""), (6, ports),
        (7, message((1, "HOME"), (2, "/"))),
        (8, message((2, message((1, "cpu"), (2, message((1, "100m"))))))),
        (16, False), (18, False),
    )  # fmt: skip
    volume = message((1, "scratch"), (2, message((2, message((1, ""))))))
    spec = message((1, volume), (2, container), (3, "Always"), (4, 0), (11, False), (21, False))
    pod = protobuf.decode(body("v1", "Pod", message((1, META), (2, spec), (3, b""))))
    assert pod == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
        "spec": {
            "volumes": [{"name": "scratch", "emptyDir": {}}],
            "containers": [
                {
                    "name": "main",
                    "image": "demo:1",
                    "command": ["sh", "-c"],
                    "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                    "env": [{"name": "HOME", "value": "/"}],
                    "resources": {"requests": {"cpu": "100m"}},
                }
            ],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 0,  # a pointer in Go: its zero was meant
            "automountServiceAccountToken": False,
        },
        "status": {},
    }


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (message((1, 0), (2, 25), (3, "")), 25),
        (message((1, 1), (2, 0), (3, "25%")), "25%"),
        (message((1, 0), (2, 0), (3, "")), 0),
        (message((1, 0), (2, -1), (3, "")), -1),
    ],
)
def test_int_or_string(wire: bytes, value: int | str) -> None:
    rolling = message((1, wire), (2, wire))
    spec = message((1, 0), (4, message((1, "RollingUpdate"), (2, rolling))))
    deployment = protobuf.decode(body("apps/v1", "Deployment", message((1, META), (2, spec))))
    assert deployment["spec"]["replicas"] == 0
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": value, "maxSurge": value}


def test_a_target_port_that_was_not_set_is_left_out() -> None:
    port = message((1, ""), (3, 80), (4, message((1, 0), (2, 0), (3, ""))), (5, 0))
    service = protobuf.decode(body("v1", "Service", message((1, META), (2, message((1, port))))))
    assert service["spec"]["ports"] == [{"port": 80}]


def test_secrets_times_and_options() -> None:
    secret = message((1, META), (2, message((1, "password"), (2, b"\xff\x00"))), (3, "Opaque"))
    assert protobuf.decode(body("v1", "Secret", secret))["data"] == {"password": "/wA="}
    lease = message((1, META), (2, message((1, "me"), (2, 40), (4, message((1, 1_800_000_000), (2, 250_000_000))))))
    found = protobuf.decode(body("coordination.k8s.io/v1", "Lease", lease))
    assert found["spec"] == {
        "holderIdentity": "me",
        "leaseDurationSeconds": 40,
        "renewTime": "2027-01-15T08:00:00.250000Z",
    }
    options = protobuf.decode(body("apps/v1", "DeleteOptions", message((1, 0), (4, "Background"))))
    assert options["gracePeriodSeconds"] == 0
    assert options["propagationPolicy"] == "Background"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{}", "does not begin with the prefix"),
        (b"k8s\x00\x0a\xff", "could not be decoded"),
        (body("example.org/v1", "Widget", b""), 'no kind "Widget" is registered'),
        (body("v1", "Pod", b"\x0a\x7f"), "ends in the middle"),
        (body("v1", "Pod", field(1, 7)), "an integer where bytes belong"),
        (body("v1", "Pod", field(1, message((1, b"\xff")))), "could not be decoded"),
    ],
)
def test_what_cannot_be_read_is_the_clients_fault(data: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=re.escape(words)):
        protobuf.decode(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    for kind in ("Pod", "Deployment"):
        try:
            protobuf.decode(body("v1" if kind == "Pod" else "apps/v1", kind, data))
        except BadRequest:
            continue


def test_a_crd_with_everything_that_stands_in_a_schemas_place() -> None:
    integer = message((5, "integer"))
    schema = message(
        (5, "object"), (2, "http://json-schema.org/"), (8, message((1, b"false"))),
        (20, message((1, b"null"))), (20, message((1, b'"a"'))), (11, b""), (21, 0),
        (24, message((2, integer), (2, integer))), (30, message((1, 0))), (33, message((1, 1), (2, integer))),
        (32, message((1, "a"), (2, message((2, "b"), (2, "c"))))), (29, message((1, "x"), (2, integer))),
        (38, True), (44, message((1, "self.x > 0"))),
    ).replace(field(11, b""), varint(11 << 3 | 1) + struct.pack("<d", 0.5))  # fmt: skip
    version = message((1, "v1"), (2, True), (3, False), (4, message((1, schema))))
    crd = protobuf.decode(body("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                               message((1, META), (2, message((1, "example.org"), (7, version))))))  # fmt: skip
    found = crd["spec"]["versions"][0]
    assert found == {"name": "v1", "served": True, "storage": False, "schema": {"openAPIV3Schema": {
        "type": "object", "$schema": "http://json-schema.org/", "default": False, "enum": [None, "a"], "minimum": 0.5,
        "maxProperties": 0, "items": [{"type": "integer"}, {"type": "integer"}], "additionalProperties": False,
        "additionalItems": {"type": "integer"}, "dependencies": {"a": ["b", "c"]},
        "properties": {"x": {"type": "integer"}}, "x-kubernetes-preserve-unknown-fields": True,
        "x-kubernetes-validations": [{"rule": "self.x > 0"}],
    }}}  # fmt: skip
    assert protobuf.decode(protobuf.encode(crd)) == crd


def test_numbers_come_one_by_one_or_packed() -> None:
    for values in (varint(4 << 3) + varint(1) + varint(4 << 3) + varint(300), field(4, varint(1) + varint(300))):
        pod = protobuf.decode(body("v1", "Pod", message((2, message((14, values))))))
        assert pod["spec"]["securityContext"]["supplementalGroups"] == [1, 300]


def test_fields_that_later_versions_add_are_left_out() -> None:
    later = field(2000, "x") + field(2001, 5) + varint(2002 << 3 | 1) + b"12345678" + varint(2003 << 3 | 5) + b"1234"
    assert protobuf.decode(body("v1", "Pod", message((1, META)) + later))["metadata"]["name"] == "web"


def test_kinds_of_all_groups_by_their_full_names() -> None:
    assert protobuf.knows("rbac.authorization.k8s.io/v1", "Role")
    assert protobuf.knows("flowcontrol.apiserver.k8s.io/v1", "FlowSchemaList")
    assert protobuf.knows("v1", "Status")
    assert protobuf.knows("meta.k8s.io/v1", "PartialObjectMetadataList")
    for api_version, kind in (("apps.example.org/v1", "Deployment"), ("core/v1", "Pod"), ("rbac/v1", "Role"),
                              ("v1", "PodSpec2"), ("meta.k8s.io/v1", "Table"), ("", "")):  # fmt: skip
        assert not protobuf.knows(api_version, kind)


def test_an_object_as_it_goes_out() -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}, "immutable": True}
    assert protobuf.encode(config) == body(
        "v1", "ConfigMap", message((1, message((1, "a"))), (2, message((1, "k"), (2, "v"))), (4, True)))  # fmt: skip


def test_a_list_is_put_together_of_its_items() -> None:
    names = ["a", "b" * 200]
    items = [protobuf.item(protobuf.message("v1", "ConfigMap", {"metadata": {"name": name}})) for name in names]
    head, tail = protobuf.list_head("v1", "ConfigMapList", {"resourceVersion": "7"}, sum(map(len, items)))
    assert protobuf.decode(b"".join([head, *items, tail])) == {
        "apiVersion": "v1", "kind": "ConfigMapList", "metadata": {"resourceVersion": "7"},
        "items": [{"metadata": {"name": name}} for name in names],
    }  # fmt: skip


def test_a_frame_of_a_watch() -> None:
    obj = protobuf.encode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    event = message((1, "ADDED"), (2, message((1, obj))))
    assert protobuf.watch_frame("ADDED", obj) == struct.pack(">I", len(event)) + event


def test_what_has_no_form_in_protobuf() -> None:
    with pytest.raises(protobuf.Unencodable, match=r"Widget of example\.org/v1 has no form"):
        protobuf.message("example.org/v1", "Widget", {})
    for wrong in ({"spec": 5}, {"metadata": {"name": 5}}, {"metadata": {"creationTimestamp": "never"}},
                  {"spec": {"containers": {}}, "metadata": {"labels": {"a": 5}}}):  # fmt: skip
        with pytest.raises(protobuf.Unencodable, match=r"Pod of v1 is not of its type|not a time: 'never'"):
            protobuf.message("v1", "Pod", wrong)


def nested(levels: int) -> bytes:
    schema = b""
    for _ in range(levels):
        schema = field(28, schema)
    return body("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                message((2, message((7, message((4, message((1, schema)))))))))  # fmt: skip


def test_nesting_is_bounded() -> None:
    crd = protobuf.decode(nested(90))
    assert orjson.loads(orjson.dumps(crd)) == crd
    with pytest.raises(BadRequest, match="nested too deeply"):
        protobuf.decode(nested(50_000))
