"""What HTTP adds: paths, forms of answers, bodies, refusals."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import orjson
import pytest
import yaml

from services.apiserver.handlers.api import Api

NS = "/api/v1/namespaces/default"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"
PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


async def make(rest: Any, name: str, **data: str) -> Any:
    code, made = await rest("POST", f"{NS}/configmaps", {"metadata": {"name": name}, "data": data})
    assert code == 201
    return made


async def test_the_verbs(rest: Any) -> None:
    made = await make(rest, "c", a="1")
    assert await rest("GET", f"{NS}/configmaps/c") == (200, made)
    made["data"]["a"] = "2"
    code, updated = await rest("PUT", f"{NS}/configmaps/c", made)
    assert (code, updated["data"]) == (200, {"a": "2"})
    headers = {"Content-Type": "application/merge-patch+json; charset=utf-8"}
    code, patched = await rest("PATCH", f"{NS}/configmaps/c", data=b'{"data":{"a":"3"}}', headers=headers)
    assert (code, patched["data"]) == (200, {"a": "3"})
    code, listing = await rest("GET", f"{NS}/configmaps")
    assert (listing["kind"], listing["apiVersion"], len(listing["items"])) == ("ConfigMapList", "v1", 1)
    assert (await rest("GET", "/api/v1/configmaps"))[1]["items"] == listing["items"]
    code, status = await rest("DELETE", f"{NS}/configmaps/c")
    assert (code, status["status"]) == (200, "Success")
    code, status = await rest("GET", f"{NS}/configmaps/c")
    assert (code, status["reason"], status["message"]) == (404, "NotFound", 'configmaps "c" not found')
    assert status["details"] == {"name": "c", "kind": "configmaps"}


@pytest.mark.parametrize(("method", "path", "code"), [
    ("GET", "/api/v1/nonsense", 404), ("GET", "/apis/nonsense/v1/things", 404), ("GET", "/api/v2/pods", 404),
    ("GET", "/api/v1/namespaces/default/nodes", 404), ("GET", "/nonsense", 404), ("GET", f"{NS}/pods/p/nonsense", 404),
    ("GET", f"{NS}/pods/p/status/more", 404), ("GET", "/api/v1/pods/p", 404),
    ("POST", "/api/v1/pods", 405), ("POST", f"{NS}/pods/p", 405), ("PUT", f"{NS}/pods", 405),
    ("DELETE", "/api/v1/pods", 405), ("GET", f"{NS}/bindings", 405), ("OPTIONS", f"{NS}/pods", 405),
    ("DELETE", "/api/v1/namespaces", 405),
])  # fmt: skip
async def test_paths_that_lead_nowhere(rest: Any, method: str, path: str, code: int) -> None:
    found, status = await rest(method, path, {})
    assert (found, status["kind"], status["code"]) == (code, "Status", code)


async def test_only_the_known_come_in(rest: Any) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"},
                    {"Authorization": "Bearer a.b.c"}):  # fmt: skip
        code, status = await rest("GET", f"{NS}/pods", headers=headers)
        assert (code, status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")
        code, status = await rest("GET", "/apis", headers=headers)
        assert code == 401
        async with rest.open("GET", "/healthz", headers=headers) as response:
            assert (response.status, await response.text()) == (200, "ok")
        code, version = await rest("GET", "/version", headers=headers)
        assert (code, version["major"], version["minor"]) == (200, "1", "36")
    code, status = await rest("GET", "/apis/apps/v1/namespaces/default/deployments",
                              headers={"Authorization": "Bearer node-token"})  # fmt: skip
    assert (code, status["reason"]) == (403, "Forbidden")


async def test_bodies(rest: Any) -> None:
    async def post(data: Any, media: str | None) -> tuple[int, Any]:
        headers = {"Content-Type": media} if media else {}
        return await rest("POST", f"{NS}/configmaps", data=data, headers=headers)

    document = b"metadata:\n  name: yaml\n  labels: {when: '2020-01-01'}\ndata:\n  d: '1'\n"
    code, made = await post(document, "application/yaml")
    assert (code, made["data"]) == (201, {"d": "1"})
    assert (await post(b"k8s\0rest", "application/vnd.kubernetes.protobuf"))[0] == 400
    assert (await post(b"a,b", "text/csv"))[0] == 415
    assert (await post(b"{", "application/json"))[0] == 400
    assert (await post(b"[]", "application/json"))[0] == 400
    assert (await post(b"", "application/json"))[0] == 400
    assert (await post(b"a: [", "application/yaml"))[0] == 400
    bomb = b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"a%d: &a%d [%b]\n" % (level, level, b",".join([b"*a%d" % (level - 1)] * 10)) for level in range(1, 9)
    )
    assert (await post(bomb, "application/yaml"))[0] == 400
    big = io.BytesIO(b'{"metadata":{"name":"big"},"data":{"x":"' + b"x" * (3 << 20) + b'"}}')
    assert (await post(big, "application/json"))[0] == 413


async def test_duplicate_and_unknown_fields(rest: Any) -> None:
    text = b'{"metadata":{"name":"d"},"data":{"a":"1"},"data":{"b":"2"},"foo":1}'
    headers = {"Content-Type": "application/json"}
    async with rest.open("POST", f"{NS}/configmaps?fieldValidation=Strict", data=text, headers=headers) as response:
        status = await response.json()
        assert response.status == 400
        assert status["message"].endswith('strict decoding error: duplicate field "data", unknown field "foo"')
    async with rest.open("POST", f"{NS}/configmaps", data=text, headers=headers) as response:
        assert response.status == 201
        assert response.headers.getall("Warning") == [
            '299 - "duplicate field \\"data\\""',
            '299 - "unknown field \\"foo\\""',
        ]
    text = text.replace(b'"d"', b'"e"')
    async with rest.open("POST", f"{NS}/configmaps?fieldValidation=Ignore", data=text, headers=headers) as response:
        assert (response.status, "Warning" in response.headers) == (201, False)


async def test_duplicate_fields_of_a_patch(rest: Any) -> None:
    await make(rest, "c")
    headers = {"Content-Type": "application/merge-patch+json"}
    text = b'{"data":{"a":"1"},"data":{"b":"2"}}'
    path = f"{NS}/configmaps/c"
    code, status = await rest("PATCH", path + "?fieldValidation=Strict", data=text, headers=headers)
    assert (code, "duplicate field" in status["message"]) == (422, True)
    async with rest.open("PATCH", path, data=text, headers=headers) as response:
        assert (response.status, len(response.headers.getall("Warning"))) == (200, 1)


@pytest.mark.parametrize(("query", "code"), [
    ("dryRun=Some", 422), ("fieldValidation=Maybe", 422), (f"fieldManager={'m' * 129}", 422), ("unknown=1", 201),
])  # fmt: skip
async def test_write_options(rest: Any, query: str, code: int) -> None:
    assert (await rest("POST", f"{NS}/configmaps?{query}", {"metadata": {"name": "o"}}))[0] == code


@pytest.mark.parametrize(("query", "code"), [
    ("limit=many", 400), ("limit=-1", 422), ("resourceVersion=abc", 400), ("resourceVersionMatch=Exact", 422),
    ("labelSelector=a+in", 400), ("fieldSelector=data.x%3D1", 400), ("continue=zzz", 400),
    ("watch=1&resourceVersion=x", 400),
    ("watch=1&sendInitialEvents=true", 422), ("watch=1&timeoutSeconds=soon", 400), ("unknown=1", 200),
])  # fmt: skip
async def test_read_options(rest: Any, query: str, code: int) -> None:
    assert (await rest("GET", f"{NS}/configmaps?{query}"))[0] == code


async def test_force_is_for_apply(rest: Any) -> None:
    await make(rest, "c")
    headers = {"Content-Type": "application/merge-patch+json"}
    code, status = await rest("PATCH", f"{NS}/configmaps/c?force=true", data=b"{}", headers=headers)
    assert (code, status["details"]["causes"][0]["field"]) == (422, "force")


async def test_tables(rest: Any) -> None:
    await make(rest, "c", a="1")
    code, table = await rest("GET", f"{NS}/configmaps", headers={"Accept": TABLE})
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    (row,) = table["rows"]
    assert row["cells"][:2] == ["c", 1]
    assert (row["object"]["kind"], row["object"]["metadata"]["name"]) == ("PartialObjectMetadata", "c")
    assert table["metadata"]["resourceVersion"]
    code, one = await rest("GET", f"{NS}/configmaps/c?includeObject=Object", headers={"Accept": TABLE})
    assert one["rows"][0]["object"]["data"] == {"a": "1"}
    code, status = await rest("GET", f"{NS}/configmaps/absent", headers={"Accept": TABLE})
    assert (code, status["kind"]) == (404, "Status")


async def test_metadata_only(rest: Any) -> None:
    await make(rest, "c", a="1")
    _, one = await rest("GET", f"{NS}/configmaps/c", headers={"Accept": PARTIAL})
    assert (one["kind"], one["metadata"]["name"], "data" in one) == ("PartialObjectMetadata", "c", False)
    _code, listing = await rest("GET", f"{NS}/configmaps", headers={"Accept": PARTIAL_LIST})
    assert listing["kind"] == "PartialObjectMetadataList"
    assert [item["kind"] for item in listing["items"]] == ["PartialObjectMetadata"]


async def test_forms(rest: Any) -> None:
    made = await make(rest, "c")
    async with rest.open("GET", f"{NS}/configmaps/c", headers={"Accept": "application/yaml"}) as response:
        assert response.content_type == "application/yaml"
        assert yaml.safe_load(await response.text())["metadata"]["uid"] == made["metadata"]["uid"]
    async with rest.open("GET", f"{NS}/configmaps/c?pretty=true") as response:
        assert "\n  " in await response.text()
    async with rest.open("GET", f"{NS}/configmaps?pretty=1") as response:
        text = await response.text()
        assert "\n  " in text
        assert json.loads(text)["items"][0] == made
    code, _status = await rest("GET", f"{NS}/configmaps/c", headers={"Accept": "text/html"})
    assert code == 406


async def test_large_lists_are_cut_and_compressed(rest: Any) -> None:
    big = "x" * 200_000
    for number in range(5):
        await make(rest, f"big{number}", a=big)
    _code, listing = await rest("GET", f"{NS}/configmaps")
    assert [item["metadata"]["name"] for item in listing["items"]] == [f"big{number}" for number in range(5)]
    rest.session.headers["Accept-Encoding"] = "gzip"
    async with rest.open("GET", f"{NS}/configmaps") as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert len((await response.json())["items"]) == 5
        assert int(response.headers["Content-Length"]) < 100_000


async def test_a_watch_is_lines(rest: Any) -> None:
    made = await make(rest, "a")
    version = made["metadata"]["resourceVersion"]
    async with rest.open("GET", f"{NS}/configmaps?watch=true&resourceVersion={version}") as response:
        assert response.status == 200
        assert response.headers["Transfer-Encoding"] == "chunked"
        await make(rest, "b")
        frame = orjson.loads(await response.content.readline())
        assert (frame["type"], frame["object"]["metadata"]["name"]) == ("ADDED", "b")
        await rest("DELETE", f"{NS}/configmaps/b")
        frame = orjson.loads(await response.content.readline())
        assert (frame["type"], frame["object"]["metadata"]["name"]) == ("DELETED", "b")
    async with rest.open("GET", f"{NS}/configmaps?watch=true&timeoutSeconds=1&resourceVersion=1") as response:
        frame = orjson.loads(await response.content.readline())
        assert (frame["type"], frame["object"]["code"]) == ("ERROR", 410)
        assert await response.content.readline() == b""


async def test_a_watch_as_a_table(rest: Any) -> None:
    await make(rest, "a")
    async with rest.open("GET", f"{NS}/configmaps?watch=true", headers={"Accept": TABLE}) as response:
        first = orjson.loads(await response.content.readline())
        assert first["object"]["columnDefinitions"]
        assert first["object"]["rows"][0]["cells"][0] == "a"
        await make(rest, "b")
        second = orjson.loads(await response.content.readline())
        assert second["object"]["columnDefinitions"] is None
        assert second["object"]["rows"][0]["cells"][0] == "b"


async def test_a_watcher_that_takes_nothing_is_cut_off(rest: Any, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.apiserver.rest import watching
    from services.objects.kinds import CONFIGMAP

    monkeypatch.setattr(watching, "STUCK", 0.2)
    groups = api.core.cache.collection(CONFIGMAP).groups
    port = int(rest.root.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    head = f"GET {NS}/configmaps?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\n\r\n"
    writer.write(head.encode())
    big = "x" * 900_000
    async with asyncio.timeout(10):
        while not groups:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        number = 0
        while groups and number < 30:
            await make(rest, f"big{number}", a=big)
            number += 1
        while groups:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    writer.transport.abort()


async def test_a_watcher_that_hangs_up_is_forgotten(rest: Any, api: Api) -> None:
    from services.objects.kinds import CONFIGMAP

    groups = api.core.cache.collection(CONFIGMAP).groups
    response = await rest.session.get(f"{rest.root}{NS}/configmaps?watch=true")
    async with asyncio.timeout(5):
        while not groups:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        response.close()
        while groups:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)


async def test_discovery(rest: Any) -> None:
    _, versions = await rest("GET", "/api")
    assert (versions["kind"], versions["versions"]) == ("APIVersions", ["v1"])
    _, groups = await rest("GET", "/apis")
    assert {"apps", "events.k8s.io", "coordination.k8s.io", "discovery.k8s.io"} <= {g["name"] for g in groups["groups"]}
    _, core = await rest("GET", "/api/v1")
    resources = {resource["name"]: resource for resource in core["resources"]}
    assert resources["pods"]["shortNames"] == ["po"]
    assert resources["namespaces"]["namespaced"] is False
    assert resources["pods/eviction"]["group"] == "policy"
    _code, apps = await rest("GET", "/apis/apps/v1")
    scale = next(each for each in apps["resources"] if each["name"] == "deployments/scale")
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")
    assert (await rest("GET", "/apis/apps"))[1]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}


@pytest.mark.parametrize("version", ["v2", "v2beta1"])
async def test_aggregated_discovery(rest: Any, version: str) -> None:
    accept = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    async with rest.open("GET", "/apis", headers={"Accept": accept + ",application/json"}) as response:
        document = await response.json()
        assert response.headers["Content-Type"] == accept
        etag = response.headers["ETag"]
    assert (document["kind"], document["apiVersion"]) == ("APIGroupDiscoveryList", f"apidiscovery.k8s.io/{version}")
    apps = next(group for group in document["items"] if group["metadata"]["name"] == "apps")
    deployments = next(each for each in apps["versions"][0]["resources"] if each["resource"] == "deployments")
    assert (deployments["scope"], deployments["responseKind"]["kind"]) == ("Namespaced", "Deployment")
    assert {sub["subresource"] for sub in deployments["subresources"]} == {"status", "scale"}
    async with rest.open("GET", "/apis", headers={"Accept": accept, "If-None-Match": etag}) as response:
        assert response.status == 304
    async with rest.open("GET", "/api", headers={"Accept": accept}) as response:
        assert [group["metadata"].get("name", "") for group in (await response.json())["items"]] == [""]


async def test_openapi(rest: Any) -> None:
    _, index = await rest("GET", "/openapi/v3")
    assert {"api/v1", "apis/apps/v1"} <= index["paths"].keys()
    _, document = await rest("GET", index["paths"]["apis/apps/v1"]["serverRelativeURL"])
    assert "io.k8s.api.apps.v1.Deployment" in document["components"]["schemas"]
    _code, swagger = await rest("GET", "/openapi/v2")
    assert "io.k8s.api.core.v1.Pod" in swagger["definitions"]


async def test_health(rest: Any) -> None:
    async with rest.open("GET", "/readyz?verbose") as response:
        assert (await response.text()).endswith("readyz check passed\n")
    async with rest.open("GET", "/metrics") as response:
        assert "python_info" in await response.text()


async def test_deletions_over_http(rest: Any) -> None:
    body = {"metadata": {"name": "p"}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]}}
    await rest("POST", f"{NS}/pods", body)
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 7}
    code, pod = await rest("DELETE", f"{NS}/pods/p", options)
    assert (code, pod["metadata"]["deletionGracePeriodSeconds"]) == (200, 7)
    code, pod = await rest("DELETE", f"{NS}/pods/p?gracePeriodSeconds=3")
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 3
    assert (await rest("DELETE", f"{NS}/pods/p", {"gracePeriodSeconds": "soon"}))[0] == 400
    assert (await rest("DELETE", f"{NS}/pods/p", {"kind": "Pod"}))[0] == 400
    await make(rest, "c")
    code, listing = await rest("DELETE", f"{NS}/configmaps")
    assert (code, listing["kind"], len(listing["items"])) == (200, "ConfigMapList", 1)


async def test_a_client_that_asks_before_it_sends(rest: Any) -> None:
    code, made = await rest("POST", f"{NS}/configmaps", {"metadata": {"name": "asked"}}, expect100=True)
    assert (code, made["metadata"]["name"]) == (201, "asked")
