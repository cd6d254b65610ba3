"""Laws of the wire forms: what is encoded is decoded again, for every kind of the tables."""

from __future__ import annotations

import base64
import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.objects.errors import BadRequest
from services.objects.wire import messages, protobuf
from services.objects.wire.messages import Field

WORDS = st.text(min_size=1, max_size=8).map(lambda text: text.encode("utf-8", "replace").decode())
JSON = st.recursive(st.booleans() | st.integers(-9, 9) | WORDS, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=2)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "s": WORDS,
    "i": st.integers(-(2**63), 2**63 - 1).filter(bool),
    "b": st.just(True),
    "y": st.binary(min_size=1, max_size=9).map(lambda data: base64.b64encode(data).decode()),
    "d": st.floats(allow_nan=False, allow_infinity=False).filter(bool),
    "meta.v1.Time": st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")),
    "meta.v1.MicroTime": st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")),
    "meta.v1.FieldsV1": OBJECTS,
    "meta.v1.Verbs": st.lists(WORDS, min_size=1, max_size=2),
    "resource.Quantity": st.sampled_from(["0", "100m", "1Gi", "15e2"]),
    "intstr.IntOrString": st.integers(-(2**31), 2**31 - 1).filter(bool) | WORDS,
    "runtime.RawExtension": OBJECTS,
    "apiextensions.v1.JSON": JSON,
}
SCALARS |= {f"{group}.v1.ExtraValue": SCALARS["meta.v1.Verbs"] for group in ("authentication", "authorization",
                                                                           "certificates")}  # fmt: skip
SCHEMA_OR = {
    "apiextensions.v1.JSONSchemaPropsOrBool": st.booleans(),
    "apiextensions.v1.JSONSchemaPropsOrArray": None,
    "apiextensions.v1.JSONSchemaPropsOrStringArray": st.lists(WORDS, min_size=1, max_size=2),
}
# Zeros and empty lists are what protobuf cannot tell from nothing: none are made here, and a table test covers them.


@st.composite
def values(draw: Any, kind: str, depth: int) -> Any:
    if kind in SCALARS:
        return draw(SCALARS[kind])
    if kind in SCHEMA_OR:
        other = SCHEMA_OR[kind]
        schema = objects("apiextensions.v1.JSONSchemaProps", depth + 2)
        return draw((st.lists(schema, min_size=1, max_size=2) if other is None else other) | schema)
    return draw(objects(kind, depth + 1))


@st.composite
def objects(draw: Any, message: str, depth: int = 0) -> dict[str, Any]:
    """An object of the message, growing thinner with depth."""
    fields = flat(message)
    most = max(6 - 2 * depth, 0)
    chosen = draw(st.lists(st.sampled_from(fields), max_size=most, unique=True)) if fields and most else []
    obj: dict[str, Any] = {}
    for field in chosen:
        value = values(field.type, depth)
        if field.repeated:
            obj[field.name] = draw(st.lists(value, min_size=1, max_size=2))
        elif field.mapped:
            obj[field.name] = draw(st.dictionaries(WORDS, value, min_size=1, max_size=2))
        else:
            obj[field.name] = draw(value)
    return obj


def flat(message: str) -> list[Field]:
    fields = messages.fields(message)
    assert fields is not None, message
    return [each for field in fields for each in (flat(field.type) if field.inline else [field])]


GROUPS = {"core": "", "flowcontrol": "flowcontrol.apiserver.k8s.io", "rbac": "rbac.authorization.k8s.io"}
PLAIN = {"apps", "autoscaling", "batch", "policy"}


def kinds() -> list[tuple[str, str]]:
    """(apiVersion, kind) of all messages that have metadata: those that are sent alone."""
    found = []
    for name in messages.names():
        package, version, kind = name.split(".")
        if package == "meta" or not any(field.name == "metadata" for field in messages.fields(name) or ()):
            continue
        group = package if package in PLAIN else GROUPS.get(package, f"{package}.k8s.io")
        found.append((f"{group}/{version}" if group else version, kind))
    return [*found, ("v1", "Status"), ("v1", "DeleteOptions"), ("meta.k8s.io/v1", "PartialObjectMetadata")]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: f"{kind[0]}-{kind[1]}")
def test_what_is_encoded_is_decoded_again(kind: tuple[str, str]) -> None:
    api_version, name = kind
    message = messages.of(api_version, name)
    assert message is not None

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(objects(message))
    def law(obj: dict[str, Any]) -> None:
        whole = {"apiVersion": api_version, "kind": name, **obj}
        before = copy.deepcopy(whole)
        found = protobuf.decode(protobuf.encode(whole))
        assert whole == before
        assert found == {"metadata": {}, **whole}
        assert orjson.loads(orjson.dumps(found)) == found

    law()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(kinds()), st.data())
def test_a_broken_body_is_refused_or_read(kind: tuple[str, str], data: Any) -> None:
    """Cut short, or with any byte changed: never another exception, never what JSON cannot say."""
    api_version, name = kind
    obj = data.draw(objects(messages.of(api_version, name) or ""))
    body = bytearray(protobuf.encode({"apiVersion": api_version, "kind": name, **obj}))
    for place, byte in data.draw(st.lists(st.tuples(st.integers(4, len(body) - 1), st.integers(0, 255)), max_size=4)):
        body[place] = byte
    try:
        found = protobuf.decode(bytes(body[: data.draw(st.integers(4, len(body)))]))
    except BadRequest:
        return
    orjson.dumps(found)
