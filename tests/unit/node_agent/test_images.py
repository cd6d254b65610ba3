from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from services.node_agent.images import REFERENCE, credentials_for, registry_of


@pytest.mark.parametrize("name", ["nginx", "nginx:1.17", "a/b/c:tag", "localhost:5000/x", "pinnace/demo", "a__b",
                                  "x-y.z", "ghcr.io/a/b@sha256:" + "0" * 64])  # fmt: skip
def test_references(name: str) -> None:
    assert REFERENCE.fullmatch(name)


@pytest.mark.parametrize("name", ["", "NGINX", "a:b:c", "a//b", ":tag", "a b", "a@sha256:12", "../x"])
def test_no_references(name: str) -> None:
    assert not REFERENCE.fullmatch(name)


@pytest.mark.parametrize(("image", "registry"), [("nginx", "docker.io"), ("a/b", "docker.io"), ("ghcr.io/a", "ghcr.io"),
                                                 ("localhost/a", "localhost"), ("h:5000/a", "h:5000")])  # fmt: skip
def test_registries(image: str, registry: str) -> None:
    assert registry_of(image) == registry


def secret(key: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"data": {key: base64.b64encode(orjson.dumps(content)).decode()}}


def test_credentials() -> None:
    auth = base64.b64encode(b"me:pass:word").decode()
    servers = {"https://ghcr.io/v2/": {"auth": auth}, "other.io": {"username": "x"}}
    modern = secret(".dockerconfigjson", {"auths": servers})
    old = secret(".dockercfg", {"https://index.docker.io/v1/": {"username": "hub", "password": "p"}})
    (entry,) = credentials_for("ghcr.io/a/b", [modern, old])
    assert (entry["username"], entry["password"]) == ("me", "pass:word")
    (entry,) = credentials_for("nginx", [modern, old])
    assert entry["username"] == "hub"
    assert credentials_for("quay.io/a", [modern, old]) == []
