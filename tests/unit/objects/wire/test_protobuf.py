"""The decoder against bytes put together by hand, field by field, and against anything at all."""

from __future__ import annotations

import re
from typing import Any

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


def test_every_type_that_the_table_names_is_in_it() -> None:
    table = protobuf._table()
    named = {found.type for fields in table.values() for found in fields.values() if len(found.type) > 1}
    assert named - set(table) - set(protobuf._SPECIAL) == set()
