"""Who am I, whose token is this, may somebody do something: asked over REST, answered as requests are judged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.apiserver.assembly import Parts
from services.apiserver.filters.service_accounts import ISSUER, Signer
from services.apiserver.request import Target, WriteOptions
from services.objects.errors import Invalid
from services.objects.kinds import KINDS, NAMESPACE, SERVICEACCOUNT, TOKENREVIEW, Kind
from services.objects.wire import protobuf
from services.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, TOKENS, running

AUTHENTICATION, AUTHORIZATION = "/apis/authentication.k8s.io/v1", "/apis/authorization.k8s.io/v1"
AS_NODE = {"Authorization": "Bearer node-token"}
ALL = ["*"]
PROTOBUF = "application/vnd.kubernetes.protobuf"


def wanted(verb: str, resource: str, **more: str) -> dict[str, Any]:
    return {"resourceAttributes": {"verb": verb, "resource": resource, **more}}


async def test_who_am_i(rest: Any) -> None:
    code, answer = await rest("POST", f"{AUTHENTICATION}/selfsubjectreviews", {})
    assert (code, answer["kind"]) == (201, "SelfSubjectReview")
    assert answer["metadata"]["creationTimestamp"] == "2026-01-02T03:04:05Z"
    assert answer["status"] == {"userInfo": {"username": "admin", "groups": ["system:masters"]}}
    _, answer = await rest("POST", f"{AUTHENTICATION}/selfsubjectreviews", {}, headers=AS_NODE)
    assert answer["status"]["userInfo"]["username"] == "system:node:n1"


async def test_whose_token_is_this(rest: Any) -> None:
    path = f"{AUTHENTICATION}/tokenreviews"
    code, answer = await rest("POST", path, {"spec": {"token": "node-token"}})
    assert (code, answer["status"]) == (201, {
        "authenticated": True, "user": {"username": "system:node:n1", "groups": ["system:nodes"]}})  # fmt: skip
    code, answer = await rest("POST", path, {"spec": {"token": "rubbish"}})
    assert (code, answer["status"]) == (201, {"user": {}, "error": "invalid bearer token"})
    code, refusal = await rest("POST", path, {"spec": {}})
    assert (code, refusal["message"]) == (400, "token is required for TokenReview in authentication")


@pytest.fixture
async def signed(store: MemoryStore, tmp_path: Path) -> AsyncIterator[Parts]:
    """An apiserver that makes tokens."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))  # fmt: skip
    async with running(store, signer=Signer.load(path), tokens=TOKENS) as parts:
        await parts.api.create(ADMIN, Target(NAMESPACE), {"metadata": {"name": "default"}}, WriteOptions())
        account = {"metadata": {"name": "robot"}}
        await parts.api.create(ADMIN, Target(SERVICEACCOUNT, "default"), account, WriteOptions())
        yield parts


@pytest.mark.parametrize(("given", "asked", "found"), [
    ([], [], [ISSUER]), ([], ["vault"], None), (["vault", "db"], [], None), (["vault", "db"], ["db", "x"], ["db"]),
])  # fmt: skip
async def test_tokens_are_for_audiences(signed: Parts, given: list[str], asked: list[str],
                                        found: list[str] | None) -> None:  # fmt: skip
    target = Target(SERVICEACCOUNT, "default", "robot", "token")
    made = orjson.loads((await signed.api.create(ADMIN, target, {"spec": {"audiences": given}}, WriteOptions())).json)
    spec = {"token": made["status"]["token"], "audiences": asked}
    answer = await signed.api.create(ADMIN, Target(TOKENREVIEW), {"spec": spec}, WriteOptions())
    status = orjson.loads(answer.json)["status"]
    if found is None:
        assert status == {"user": {}, "error": "invalid bearer token"}
        return
    assert (status["authenticated"], status["audiences"]) == (True, found)
    assert status["user"]["username"] == "system:serviceaccount:default:robot"
    assert "system:serviceaccounts" in status["user"]["groups"]


@pytest.mark.parametrize(("seconds", "why"), [
    (599, "may not specify a duration less than 10 minutes"),
    ((1 << 32) + 1, "may not specify a duration larger than 2^32 seconds"),
])  # fmt: skip
async def test_tokens_last_neither_too_short_nor_too_long(signed: Parts, seconds: int, why: str) -> None:
    target = Target(SERVICEACCOUNT, "default", "robot", "token")
    with pytest.raises(Invalid, match=f"spec.expirationSeconds: Invalid value: {seconds}: ") as refused:
        await signed.api.create(ADMIN, target, {"spec": {"expirationSeconds": seconds}}, WriteOptions())
    assert str(refused.value).endswith(why)


async def test_what_i_may(rest: Any) -> None:
    path = f"{AUTHORIZATION}/selfsubjectaccessreviews"
    for spec in (wanted("delete", "nodes"), wanted("*", "*", group="*"), wanted("get", "pods", subresource="exec"),
                 {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}):  # fmt: skip
        code, answer = await rest("POST", path, {"spec": spec})
        assert (code, answer["status"]) == (201, {"allowed": True})
    for spec, allowed in (
        (wanted("get", "pods"), True), (wanted("list", "endpointslices", group="discovery.k8s.io"), True),
        (wanted("list", "jobs", group="batch"), False), (wanted("get", "pods", group="metrics.k8s.io"), False),
        (wanted("create", "pods", subresource="exec"), False), (wanted("*", "*", group="*"), False),
        (wanted("update", "nodes", subresource="status"), True),
    ):  # fmt: skip
        _, answer = await rest("POST", path, {"spec": spec}, headers=AS_NODE)
        assert answer["status"]["allowed"] is allowed, spec
        assert bool(answer["status"].get("reason")) is not allowed


async def test_what_somebody_else_may(rest: Any) -> None:
    node = {"user": "system:node:n2", "groups": ["system:nodes"]}
    path = f"{AUTHORIZATION}/subjectaccessreviews"
    for who, allowed in (({"user": "jane"}, True), ({"groups": ["dev"]}, True), (node, False)):
        _, answer = await rest("POST", path, {"spec": {**who, **wanted("get", "jobs", group="batch")}})
        assert answer["status"]["allowed"] is allowed
    code, refusal = await rest("POST", path, {"spec": {}})
    assert code == 422
    assert refusal["message"] == (
        'SubjectAccessReview.authorization.k8s.io "" is invalid: [spec.resourceAttributes: Invalid value: "null": '
        "exactly one of nonResourceAttributes or resourceAttributes must be specified, "
        'spec.user: Invalid value: "": at least one of user or group must be specified]')
    local = f"{AUTHORIZATION}/namespaces/default/localsubjectaccessreviews"
    code, answer = await rest("POST", local, {"spec": {"user": "a", **wanted("get", "pods", namespace="default")}})
    assert (code, answer["status"]) == (201, {"allowed": True})
    code, refusal = await rest("POST", local, {"spec": {"user": "a", **wanted("get", "pods", namespace="other")}})
    assert code == 422
    assert refusal["details"]["causes"][0]["field"] == "spec.resourceAttributes.namespace"


async def test_everything_i_may(rest: Any) -> None:
    path = f"{AUTHORIZATION}/selfsubjectrulesreviews"
    _, answer = await rest("POST", path, {"spec": {"namespace": "default"}})
    assert answer["status"] == {
        "resourceRules": [{"verbs": ALL, "apiGroups": ALL, "resources": ALL}],
        "nonResourceRules": [{"verbs": ALL, "nonResourceURLs": ALL}], "incomplete": False}  # fmt: skip
    _, answer = await rest("POST", path, {"spec": {"namespace": "default"}}, headers=AS_NODE)
    assert answer["status"]["incomplete"] is True
    assert {"verbs": ["get", "list", "watch"], "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"]} in answer["status"]["resourceRules"]  # fmt: skip
    code, refusal = await rest("POST", path, {"spec": {}})
    assert (code, refusal["message"]) == (400, "no namespace on request")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "list" in kind.verbs], ids=lambda kind: kind.resource)
async def test_what_is_told_is_what_happens(rest: Any, kind: Kind) -> None:
    spec = wanted("list", kind.plural, group=kind.group)
    _, answer = await rest("POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": spec}, headers=AS_NODE)
    root = f"/apis/{kind.group}" if kind.group else "/api"
    code, _ = await rest("GET", f"{root}/{kind.version}/{kind.plural}", headers=AS_NODE)
    assert code == (200 if answer["status"]["allowed"] else 403)


async def test_questions_are_not_kept(rest: Any) -> None:
    code, _ = await rest("GET", f"{AUTHENTICATION}/tokenreviews")
    assert code == 405
    _, resources = await rest("GET", AUTHORIZATION)
    assert {resource["name"]: resource["verbs"] for resource in resources["resources"]} == {
        name: ["create"] for name in ("localsubjectaccessreviews", "selfsubjectaccessreviews",
                                      "selfsubjectrulesreviews", "subjectaccessreviews")}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status"), [
    (f"{AUTHENTICATION}/tokenreviews", {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1",
                                        "spec": {"token": "admin-token"}}, "authenticated"),
    (f"{AUTHORIZATION}/subjectaccessreviews", {"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                                               "spec": {"user": "a", **wanted("get", "pods")}}, "allowed"),
])  # fmt: skip
async def test_operators_ask_in_protobuf(rest: Any, path: str, body: dict[str, Any], status: str) -> None:
    headers = {"Content-Type": PROTOBUF, "Accept": f"{PROTOBUF},application/json"}
    async with rest.open("POST", path, data=protobuf.encode(body), headers=headers) as response:
        assert (response.status, response.content_type) == (201, PROTOBUF)
        answer = protobuf.decode(await response.read())
    assert answer["kind"] == body["kind"]
    assert answer["status"][status] is True
