"""Short words for objects and requests."""

from __future__ import annotations

import copy
from typing import Any

import orjson

from services.apiserver.handlers.api import Api
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj

ADMIN = Caller("admin")
NODE = Caller("system:node:n1", frozenset({"system:nodes"}))
PLAIN = WriteOptions()
MERGE, STRATEGIC, JSON = (f"application/{kind}+json" for kind in ("merge-patch", "strategic-merge-patch", "json-patch"))


def pod(name: str = "p", **spec: Any) -> Obj:
    return {"metadata": {"name": name, "labels": {"app": "x"}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}], **spec}}  # fmt: skip


def deployment(name: str = "d", replicas: int = 1) -> Obj:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    return {"metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}}  # fmt: skip


def at(kind: Kind, name: str = "", subresource: str = "") -> Target:
    return Target(kind, "default" if kind.namespaced else "", name, subresource)


async def make(api: Api, kind: Kind, obj: Obj, options: WriteOptions = PLAIN) -> Obj:
    answer = await api.create(ADMIN, at(kind), copy.deepcopy(obj), options)
    assert answer.code == 201
    return orjson.loads(answer.json)


async def read(api: Api, kind: Kind, name: str) -> Obj:
    return orjson.loads(await api.get(ADMIN, at(kind, name)))
