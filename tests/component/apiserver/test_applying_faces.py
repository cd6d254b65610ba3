"""Server-side apply as both faces speak of it: options, media types, the SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import orjson
import pytest
import pytest_asyncio

from services.apiserver.filters.authentication import Authenticator
from services.apiserver.grpc_face.callers import Callers
from services.apiserver.grpc_face.resources import Resources
from services.apiserver.handlers.api import Api
from services.client.sdk import Client, Credentials, PatchOp
from services.objects import kinds
from services.objects.errors import Conflict, Invalid, StatusError
from services.objects.meta import Obj
from services.rpc.pinnace.v1 import resources_pb2_grpc
from tests.component.apiserver.conftest import ADMIN, Rest

PATH = "/api/v1/namespaces/default/configmaps/c"
YAML = {"Content-Type": "application/apply-patch+yaml"}
MERGE = {"Content-Type": "application/merge-patch+json"}


def config_map(**data: str) -> Obj:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


async def apply(rest: Rest, obj: Obj, query: str = "fieldManager=me") -> tuple[int, Any]:
    return await rest("PATCH", f"{PATH}?{query}", data=orjson.dumps(obj), headers=YAML)


async def test_rest_creates_changes_and_refuses(rest: Rest) -> None:
    code, made = await apply(rest, config_map(a="1"))
    assert (code, made["data"]) == (201, {"a": "1"})
    assert (await apply(rest, config_map(a="2")))[0] == 200
    code, status = await apply(rest, config_map(a="3"), "fieldManager=you")
    assert code == 409
    assert status == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Conflict", "code": 409,
        "message": 'Apply failed with 1 conflict: conflict with "me": .data.a',
        "details": {"causes": [
            {"reason": "FieldManagerConflict", "message": 'conflict with "me"', "field": ".data.a"}]},
    }  # fmt: skip
    assert (await apply(rest, config_map(a="3"), "fieldManager=you&force=true"))[0] == 200
    code, status = await apply(rest, config_map(a="4"), "")
    assert (code, status["message"]) == (
        422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
    )  # fmt: skip


@pytest.mark.parametrize("force", ["true", "false"])
async def test_force_is_for_apply_only(rest: Rest, force: str) -> None:
    await apply(rest, config_map(a="1"))
    code, status = await rest("PATCH", f"{PATH}?force={force}", data=b"{}", headers=MERGE)
    assert (code, status["details"]["causes"][0]["field"]) == (422, "force")
    assert "Forbidden: may not be specified for non-apply patch" in status["message"]


async def test_names_of_managers(rest: Rest) -> None:
    code, status = await apply(rest, config_map(), f"fieldManager={'x' * 129}")
    assert (code, status["details"]["causes"][0]["reason"]) == (422, "FieldValueTooLong")
    code, status = await apply(rest, config_map(), "fieldManager=a%07b")
    assert code == 422
    assert 'Invalid value: "a\\u0007b": invalid character U+0007 (at position 1)' in status["message"]


async def test_the_user_agent_names_who_updates(rest: Rest) -> None:
    await apply(rest, config_map(a="1"))
    headers = {**MERGE, "User-Agent": "robot/1.2 (linux/amd64)"}
    _, changed = await rest("PATCH", PATH, data=b'{"data":{"b":"2"}}', headers=headers)
    assert [entry["manager"] for entry in changed["metadata"]["managedFields"]] == ["me", "robot"]
    changed["data"]["c"] = "3"
    _, put = await rest("PUT", PATH, changed, headers={"User-Agent": "kubectl/v1.33"})
    assert [entry["manager"] for entry in put["metadata"]["managedFields"]] == ["me", "kubectl", "robot"]


async def test_warnings_and_strictness(rest: Rest) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: '1'\n  a: '2'\n"
    async with rest.open("PATCH", f"{PATH}?fieldManager=me", data=text, headers=YAML) as answer:
        assert answer.status == 201
        assert 'key \\"a\\" already set in map' in answer.headers["Warning"]
    code, status = await rest("PATCH", f"{PATH}?fieldManager=me&fieldValidation=Strict", data=text, headers=YAML)
    assert (code, status["message"][:30]) == (400, "error strict decoding YAML: ya"[:30])


@pytest_asyncio.fixture
async def sdk(api: Api) -> AsyncIterator[Client]:
    server = grpc.aio.server()
    callers = Callers(Authenticator({"admin-token": ADMIN}))
    resources_pb2_grpc.add_ResourcesServicer_to_server(Resources(api, callers), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    credentials = Credentials(plaintext=True)
    async with Client(f"127.0.0.1:{port}", credentials=credentials, token="admin-token", field_manager="me") as client:
        yield client
    await server.stop(0)


async def test_the_sdk_applies(sdk: Client) -> None:
    config_maps = sdk.resource(kinds.CONFIGMAP, "default")
    made = await config_maps.patch("c", config_map(a="1"), "apply")
    assert made["metadata"]["managedFields"][0]["manager"] == "me"
    with pytest.raises(Conflict, match='conflict with "me"') as refused:
        await config_maps.patch("c", config_map(a="2"), "apply", field_manager="you")
    assert refused.value.details["causes"][0]["field"] == ".data.a"
    taken = await config_maps.patch("c", config_map(a="2"), "apply", field_manager="you", force=True)
    assert [entry["manager"] for entry in taken["metadata"]["managedFields"]] == ["you"]
    with pytest.raises(Invalid, match="may not be specified for non-apply patch"):
        await config_maps.patch("c", {}, "merge", force=True)


async def test_who_does_not_say_who_he_is(api: Api, sdk: Client) -> None:
    await sdk.resource(kinds.CONFIGMAP, "default").patch("c", config_map(a="1"), "apply")
    server = grpc.aio.server()
    resources_pb2_grpc.add_ResourcesServicer_to_server(
        Resources(api, Callers(Authenticator({"admin-token": ADMIN}))), server)  # fmt: skip
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with Client(f"127.0.0.1:{port}", credentials=Credentials(plaintext=True), token="admin-token") as nobody:
        config_maps = nobody.resource(kinds.CONFIGMAP, "default")
        changed = await config_maps.patch("c", {"data": {"b": "2"}})
        assert changed["metadata"]["managedFields"][1]["manager"].startswith("grpc-python")
        (changed,) = await nobody.batch([PatchOp(kinds.CONFIGMAP, "default", "c", {"data": {"c": "3"}})])
        assert isinstance(changed, dict)
        assert len(changed["metadata"]["managedFields"]) == 2
        with pytest.raises(Invalid, match="fieldManager: Required value: is required for apply patch"):
            await config_maps.patch("c", config_map(), "apply")
    await server.stop(0)


async def test_batches_are_in_the_clients_name(sdk: Client) -> None:
    first = PatchOp(kinds.CONFIGMAP, "default", "c", config_map(a="1"), "apply")
    second = PatchOp(kinds.CONFIGMAP, "default", "d", {**config_map(), "metadata": {"name": "d"}}, "apply")
    answers = await sdk.batch([first, second])
    assert not any(isinstance(answer, StatusError) for answer in answers)
    (changed,) = await sdk.batch([PatchOp(kinds.CONFIGMAP, "default", "c", {"data": {"b": "2"}})])
    assert isinstance(changed, dict)
    assert [(entry["manager"], entry["operation"]) for entry in changed["metadata"]["managedFields"]] == [
        ("me", "Apply"), ("me", "Update")]  # fmt: skip
