"""A definition of custom resources to test with: CronTabs, how they are defined, waited for and watched."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.apiserver.assembly import Parts
from services.objects.meta import Obj

if TYPE_CHECKING:
    from tests.component.apiserver.conftest import Rest

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "/apis/stable.example.com"
CRONTABS = f"{GROUP}/v1/namespaces/default/crontabs"

SPEC: Obj = {
    "type": "object",
    "required": ["cronSpec"],
    "properties": {
        "cronSpec": {"type": "string", "maxLength": 20},
        "image": {"type": "string", "default": "cron:1"},
        "replicas": {"type": "integer", "minimum": 0, "maximum": 10},
        "suspend": {"type": "boolean"},
    },
}
STATUS: Obj = {"type": "object", "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"},
                                               "phase": {"type": "string"}}}  # fmt: skip
SUBRESOURCES: Obj = {"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                                             "statusReplicasPath": ".status.replicas",
                                             "labelSelectorPath": ".status.selector"}}  # fmt: skip
COLUMNS = [{"name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec"},
           {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
           {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]  # fmt: skip


def version(name: str = "v1", *, storage: bool = True, spec: Obj | None = None, **more: Any) -> Obj:
    schema = copy.deepcopy({"type": "object", "properties": {"spec": spec or SPEC, "status": STATUS}})
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema},
            "subresources": SUBRESOURCES, "additionalPrinterColumns": COLUMNS, **more}  # fmt: skip


def definition(*versions: Obj, plural: str = "crontabs", kind: str = "CronTab", short: tuple[str, ...] = ("ct",),
               **spec: Any) -> Obj:  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.stable.example.com"},
        "spec": {"group": "stable.example.com", "scope": "Namespaced", "versions": list(versions or (version(),)),
                 "names": {"plural": plural, "kind": kind, "shortNames": list(short)}, **spec},
    }  # fmt: skip


def crontab(name: str = "one", **spec: Any) -> Obj:
    return {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": name},
            "spec": {"cronSpec": "* * * * *", **spec}}  # fmt: skip


async def until(check: Callable[[], Awaitable[Any]], within: float = 5.0) -> Any:
    async with asyncio.timeout(within):
        while not (found := await check()):  # noqa: ASYNC110 - what is waited for is behind HTTP
            await asyncio.sleep(0.01)
    return found


def condition(crd: Obj, name: str) -> Obj:
    return next((each for each in crd["status"].get("conditions", ()) if each["type"] == name), {})


async def define(rest: Rest, crd: Obj) -> Obj:
    code, answer = await rest("POST", CRDS, crd)
    assert code == 201, answer

    async def established() -> Obj | None:
        _, now = await rest("GET", f"{CRDS}/{crd['metadata']['name']}")
        return now if condition(now, "Established").get("status") == "True" else None

    return await until(established)


@pytest.fixture(autouse=True)
async def settling(parts: Parts) -> AsyncIterator[None]:
    """Definitions are established, and emptied, as in the process."""
    task = asyncio.create_task(parts.custom.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def watching(rest: Rest, path: str) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    async with rest.open("GET", f"{path}{'&' if '?' in path else '?'}watch=true&timeoutSeconds=20") as response:
        assert response.status == 200, await response.text()

        async def event() -> Any:
            async with asyncio.timeout(5):
                line = await response.content.readline()
            return json.loads(line) if line else None

        yield event
