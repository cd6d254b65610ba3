"""Protobuf and YAML over HTTP: what clients send and ask for besides JSON."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from services.objects.wire import protobuf
from services.objects.wire.varints import pairs

NS = "/api/v1/namespaces/default"
PROTOBUF = "application/vnd.kubernetes.protobuf"
ACCEPT = {"Accept": f"{PROTOBUF},application/json"}
PARTIAL_LIST = f"{PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


async def read(rest: Any, path: str, accept: str = f"{PROTOBUF},application/json") -> Any:
    async with rest.open("GET", path, headers={"Accept": accept}) as response:
        assert response.content_type == PROTOBUF
        return response.status, protobuf.decode(await response.read())


async def send(rest: Any, method: str, path: str, obj: Any) -> Any:
    headers = {"Content-Type": PROTOBUF, **ACCEPT}
    async with rest.open(method, path, data=protobuf.encode(obj), headers=headers) as response:
        assert response.content_type == PROTOBUF
        return response.status, protobuf.decode(await response.read())


def config(name: str, **data: str) -> Any:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


async def test_a_client_that_speaks_only_protobuf(rest: Any) -> None:
    code, made = await send(rest, "POST", f"{NS}/configmaps", config("c", a="1"))
    assert (code, made["kind"], made["data"]) == (201, "ConfigMap", {"a": "1"})
    assert (await rest("GET", f"{NS}/configmaps/c"))[1] == made
    assert await read(rest, f"{NS}/configmaps/c") == (200, made)
    made["data"] = {"a": "2"}
    code, updated = await send(rest, "PUT", f"{NS}/configmaps/c", made)
    assert (code, updated["data"]) == (200, {"a": "2"})
    code, listing = await read(rest, f"{NS}/configmaps?limit=1")
    assert (code, listing["kind"], listing["apiVersion"]) == (200, "ConfigMapList", "v1")
    assert [item["metadata"]["name"] for item in listing["items"]] == ["c"]
    assert "kind" not in listing["items"][0]  # only what is sent alone says what it is
    assert (await rest("GET", f"{NS}/configmaps"))[1]["metadata"] == listing["metadata"]
    code, status = await send(rest, "DELETE", f"{NS}/configmaps/c", {
        "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"})  # fmt: skip
    assert (code, status["kind"], status["status"]) == (200, "Status", "Success")
    code, status = await read(rest, f"{NS}/configmaps/c")
    assert (code, status["code"], status["reason"]) == (404, 404, "NotFound")
    assert status["message"] == 'configmaps "c" not found'


async def test_many_items_come_in_pieces(rest: Any) -> None:
    for number in range(4):
        code, _ = await rest("POST", f"{NS}/configmaps", config(f"c{number}", x="x" * 200_000))
        assert code == 201
    code, listing = await read(rest, f"{NS}/configmaps")
    assert (code, len(listing["items"])) == (200, 4)
    assert {len(item["data"]["x"]) for item in listing["items"]} == {200_000}
    code, partial = await read(rest, f"{NS}/configmaps", PARTIAL_LIST)
    assert (code, partial["apiVersion"], partial["kind"]) == (200, "meta.k8s.io/v1", "PartialObjectMetadataList")
    assert [item["metadata"]["name"] for item in partial["items"]] == ["c0", "c1", "c2", "c3"]
    assert all(item.keys() == {"metadata"} for item in partial["items"])


async def frames(response: Any, count: int) -> list[tuple[str, Any]]:
    found = []
    for _ in range(count):
        (size,) = struct.unpack(">I", await response.content.readexactly(4))
        data = await response.content.readexactly(size)
        event = dict(pairs(data, 0, len(data)))
        (_, body), = pairs(event[2], 0, len(event[2]))
        found.append((event[1].decode(), protobuf.decode(body)))
    return found


@pytest.mark.parametrize("accept", [PROTOBUF, PARTIAL_LIST])
async def test_a_watch_in_protobuf(rest: Any, accept: str) -> None:
    await rest("POST", f"{NS}/configmaps", config("c", a="1"))
    path = f"{NS}/configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1"
    async with rest.open("GET", path, headers={"Accept": accept}) as response:
        assert response.headers["Content-Type"] == f"{PROTOBUF};stream=watch"
        (added, obj), (bookmark, mark) = await frames(response, 2)
        assert (added, obj["metadata"]["name"]) == ("ADDED", "c")
        assert obj["kind"] == ("ConfigMap" if accept == PROTOBUF else "PartialObjectMetadata")
        assert obj.get("data") == ({"a": "1"} if accept == PROTOBUF else None)
        assert (bookmark, mark["metadata"]["annotations"]) == ("BOOKMARK", {"k8s.io/initial-events-end": "true"})
        await rest("DELETE", f"{NS}/configmaps/c")
        (deleted, obj), = await frames(response, 1)
        assert (deleted, obj["metadata"]["name"]) == ("DELETED", "c")


async def test_a_watch_in_protobuf_that_fails(rest: Any, api: Any) -> None:
    path = f"{NS}/configmaps?watch=true&resourceVersion={1 << 60}"
    async with rest.open("GET", path, headers={"Accept": PROTOBUF}) as response:
        (kind, status), = await frames(response, 1)
        assert (kind, status["kind"], status["code"]) == ("ERROR", "Status", 504)


async def test_yaml_is_read_as_kubernetes_reads_it(rest: Any) -> None:
    async def post(text: str, validation: str = "Warn") -> tuple[int, Any, list[str]]:
        async with rest.open("POST", f"{NS}/configmaps?fieldValidation={validation}", data=text.encode(),
                             headers={"Content-Type": "application/yaml"}) as response:  # fmt: skip
            return response.status, await response.json(), response.headers.getall("Warning", [])

    code, made, _ = await post("metadata: {name: a}\nimmutable: yes\ndata: {time: 1:30, day: 2026-01-02}")
    assert (code, made["immutable"], made["data"]) == (201, True, {"time": "1:30", "day": "2026-01-02"})
    twice = "metadata: {name: b}\ndata: {a: '1'}\ndata:\n  b: '2'\n  b: '3'\nfoo: 1\n"
    code, status, _ = await post(twice, "Strict")
    assert code == 400
    assert status["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n'
        '  line 5: key "b" already set in map\n  line 4: key "data" already set in map, unknown field "foo"'
    )
    code, made, warnings = await post(twice)
    assert (code, made["data"]) == (201, {"b": "3"})
    assert warnings == ['299 - "line 5: key \\"b\\" already set in map"',
                        '299 - "line 4: key \\"data\\" already set in map"',
                        '299 - "unknown field \\"foo\\""']  # fmt: skip
    assert (await post(twice.replace("name: b", "name: c"), "Ignore"))[::2] == (201, [])


@pytest.mark.parametrize(("media", "text", "message"), [
    ("application/json", b"", "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
    ("application/json", b'{"metadata": {"name": "a", "namespace": "b"},',
     "couldn't get version/kind; json parse error: unexpected end of data: line 1 column 46 (char 45) "
     '({"metadata": {"name": "a", "na ...)'),
    ("application/json", b"[" * 300 + b"]" * 300,
     f"couldn't get version/kind; json parse error: exceeded max depth ({'5b' * 30} ...)"),
    ("application/yaml", b"a: b: c", "yaml: mapping values are not allowed in this context (613a20623a2063)"),
])  # fmt: skip
async def test_bodies_that_cannot_be_read(rest: Any, media: str, text: bytes, message: str) -> None:
    code, status = await rest("POST", f"{NS}/configmaps", data=text, headers={"Content-Type": media})
    assert (code, status["reason"]) == (400, "BadRequest")
    assert status["message"] == f"the object provided is unrecognized (must be of type ConfigMap): {message}"
