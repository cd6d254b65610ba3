"""Documents of kinds that come and go."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from services.apiserver.discovery.documents import Documents
from services.foundation import definitions
from services.objects.kinds import CRONJOB, DEPLOYMENT, LEASE
from services.objects.kinds.registry import Registry
from services.objects.meta import Obj
from services.objects.schema import Schema


async def asked(documents: Documents, path: str) -> Obj:
    response = await documents.answer(make_mocked_request("GET", path), path)
    assert isinstance(response, web.Response)
    assert isinstance(response.body, bytes)
    found: Obj = orjson.loads(response.body)
    return found


@pytest.fixture
def kinds() -> Registry:
    return Registry([DEPLOYMENT, CRONJOB, LEASE])


async def test_a_kind_that_goes_while_others_are_written_down(
    kinds: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = Schema(definitions.load())
    made = schema.openapi_v3

    def removing(*arguments: object) -> Obj:
        if kinds.by_gvk("batch", "v1", "CronJob") is not None:
            kinds.remove(CRONJOB)
        return made(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(schema, "openapi_v3", removing)
    found = await asked(Documents(kinds, schema, "", lambda: ""), "/openapi/v3")
    assert set(found["paths"]) >= {"apis/apps/v1", "apis/coordination.k8s.io/v1"}


async def test_documents_of_kinds_that_are_gone_are_not_kept(kinds: Registry) -> None:
    documents = Documents(kinds, Schema(definitions.load()), "", lambda: "")
    await asked(documents, "/openapi/v3")
    assert set(documents._versions) == {("apps", "v1"), ("batch", "v1"), ("coordination.k8s.io", "v1")}
    kinds.remove(CRONJOB)
    kinds.remove(LEASE)
    kinds.add(replace(LEASE, plural="tenancies"))
    assert set((await asked(documents, "/openapi/v3"))["paths"]) == {"apis/apps/v1", "apis/coordination.k8s.io/v1"}
    assert set(documents._versions) == {("apps", "v1"), ("coordination.k8s.io", "v1")}
