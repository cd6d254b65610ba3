"""Anything, sent by any method in any form to any kind: every request gets an answer that says what is wrong with it.

A short search runs with every test; an hour of it is `FUZZ=5000 pytest tests/component/apiserver/test_hostile.py`.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from services.objects.kinds import KINDS, Kind
from services.objects.meta import Obj
from tests.examples.every import example

ROUNDS = int(os.environ.get("FUZZ", "25"))
KIND_LIST = [kind for kind in KINDS if kind.stored]
SCALARS: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**64 - 1, 1e308, 0.5, "", "0", "a", "-1", "é", "\x00", "a" * 300,
    "[", "../..", "10.0.0.0/8", "2026-01-02T03:04:05Z", [], [1], {"a": 1}, [None], [[]], {"": None}, {},
    {"$patch": "delete"},
]  # fmt: skip
KEYS = ["name", "spec", "metadata", "labels", "x", "", "$patch", "$retainKeys", "a/b", "items", "apiVersion", "kind",
        "status", "managedFields", "$setElementOrder/containers", "ownerReferences", "finalizers", "resourceVersion",
        "uid", "generateName", "annotations"]  # fmt: skip
WHOLE = ("application/json", "application/yaml")
PATCHES = ("application/merge-patch+json", "application/strategic-merge-patch+json", "application/json-patch+json",
           "application/apply-patch+yaml")  # fmt: skip
ACCEPTED = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf, application/json",
            "application/json;as=Table;g=meta.k8s.io;v=v1, application/json")  # fmt: skip
OPTIONS = ("", "?fieldValidation=Strict", "?dryRun=All", "?fieldValidation=Ignore")
METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "get": "GET"}


class Hostile:
    """Requests that differ with the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def anything(self) -> Any:
        if self.rng.random() > 0.05:
            return copy.deepcopy(self.rng.choice(SCALARS))
        value: Any = 1
        for _ in range(self.rng.choice([50, 150, 230, 260, 400])):
            value = [value] if self.rng.random() < 0.5 else {"a": value}
        return value

    def mutated(self, obj: Obj) -> Obj:
        for _ in range(self.rng.randint(1, 3)):
            container, step = self.rng.choice(list(places(obj)) or [({}, "")])
            action = self.rng.randint(0, 3)
            if action == 0 and step in container:
                del container[step]
            elif action == 1 and isinstance(container, dict):
                container[self.rng.choice(KEYS)] = self.anything()
            elif container:
                container[step] = self.anything()
        return obj

    def operations(self) -> list[Any]:
        return [{"op": self.rng.choice(["add", "remove", "replace", "move", "copy", "test", 5, None]),
                 "path": self.rng.choice(["", "/", "/metadata/labels", "/spec", "/metadata/name", "/x/-", 5, None]),
                 "from": self.rng.choice(["/metadata", "", 5]), "value": self.anything()}
                for _ in range(self.rng.randint(0, 3))]  # fmt: skip

    def text(self, value: Any) -> bytes:
        try:
            text = bytearray(orjson.dumps(value))
        except TypeError:  # it is nested deeper than orjson prints
            text = bytearray(json.dumps(value).encode())
        if self.rng.random() < 0.1 and text:
            place = self.rng.randrange(len(text))
            text[place : place + self.rng.randint(0, 2)] = self.rng.choice([b'"', b"{", b"\xff", b"", b",", b"\\ud800"])
        return bytes(text)

    def requests(self, kind: Kind, collection: str) -> Iterator[tuple[str, str, str, bytes]]:
        """(method, path, media type, body)"""
        obj = example(kind)
        path, options = f"{collection}/{obj['metadata']['name']}", self.rng.choice(OPTIONS)
        yield "POST", collection + options, self.rng.choice(WHOLE), self.text(self.mutated(copy.deepcopy(obj)))
        yield "POST", collection, WHOLE[0], orjson.dumps(obj)
        yield "PUT", path + options, self.rng.choice(WHOLE), self.text(self.mutated(copy.deepcopy(obj)))
        media = self.rng.choice(PATCHES)
        patch = self.operations() if "json-patch" in media else self.mutated(copy.deepcopy(obj))
        yield "PATCH", path + ("?fieldManager=m&force=1" if "apply" in media else options), media, self.text(patch)
        for sub in kind.subresources:
            if sub.definition and self.rng.random() < 0.3:
                verb = self.rng.choice([verb for verb in sub.verbs if verb in METHODS])
                body = {"spec": self.anything(), "status": self.anything(), "metadata": self.anything()}
                yield (METHODS[verb], f"{path}/{sub.name}", self.rng.choice(PATCHES if verb == "patch" else WHOLE),
                       self.text(body if self.rng.random() < 0.5 else self.mutated(copy.deepcopy(obj))))  # fmt: skip
        yield "GET", collection, WHOLE[0], b""
        yield "DELETE", path, WHOLE[0], self.text({
            "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": self.anything(),
            "preconditions": self.anything(), "propagationPolicy": self.rng.choice(["Background", "x", 5, None]),
            "dryRun": self.rng.choice([None, ["All"], "All", 5]), "orphanDependents": self.anything(),
        } if self.rng.random() < 0.7 else self.anything())  # fmt: skip
        yield "DELETE", path, WHOLE[0], b""


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    for step, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, step
        if isinstance(inner, dict | list):
            yield from places(inner)


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_every_request_is_answered(rest: Any, seed: int) -> None:
    hostile = Hostile(seed)
    for _ in range(8):
        kind = hostile.rng.choice(KIND_LIST)
        base = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
        collection = f"{base}{'/namespaces/default' if kind.namespaced else ''}/{kind.plural}"
        for method, path, media, body in hostile.requests(kind, collection):
            headers = {"Content-Type": media, "Accept": hostile.rng.choice(ACCEPTED)}
            async with rest.open(method, path, data=body, headers=headers) as response:
                text = await response.read()
                # Kubernetes has this code, too, for a configuration that is not of the object's type.
                fine = response.status < 500 or b"failed to create typed patch object" in text
                assert fine, (method, path, headers, body, text)
