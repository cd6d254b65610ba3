"""Everything the REST face answers that is no object: discovery, OpenAPI, version, health, metrics.

Documents are made when first asked for and kept with their ETag until the kinds change.
"""

from __future__ import annotations

import asyncio
import hashlib
import platform
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl

import orjson
import prometheus_client
from aiohttp import web

from services.apiserver.discovery import resources, swagger
from services.apiserver.rest.negotiation import Form, negotiate
from services.objects.errors import MethodNotAllowed, NotFound
from services.objects.kinds.kind import Kind
from services.objects.kinds.registry import Registry
from services.objects.meta import Obj
from services.objects.schema import Schema

MAJOR, MINOR = "1", "36"
GIT_VERSION = "v1.36.0+pinnace"
VERSION: Obj = {
    "major": MAJOR, "minor": MINOR, "gitVersion": GIT_VERSION, "gitCommit": "", "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z", "goVersion": f"python{platform.python_version()}",
    "compiler": platform.python_implementation(), "platform": "linux/amd64" if platform.machine() == "x86_64" else
    f"linux/{platform.machine()}", "emulationMajor": MAJOR, "emulationMinor": MINOR,
}  # fmt: skip
_HEALTH = ("/healthz", "/livez", "/readyz")


class _Document(NamedTuple):
    body: bytes
    etag: str


class Documents:
    """`ready` returns "" or what is not ready yet."""

    def __init__(self, kinds: Registry, schema: Schema, address: str, ready: Callable[[], str]) -> None:
        self._kinds = kinds
        self._schema = schema
        self._address = address
        self._ready = ready
        self._kept: dict[tuple[str, ...], _Document] = {}
        self._generation = kinds.generation
        self._versions: dict[tuple[str, str], tuple[tuple[Kind, ...], _Document]] = {}

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Raises NotFound."""
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed
        path = path.rstrip("/") or "/"
        if path.startswith(_HEALTH):
            return self._health(request, path)
        if path == "/version":
            return _json(request, orjson.dumps(VERSION, option=orjson.OPT_INDENT_2))
        if path == "/metrics":
            text = await asyncio.to_thread(prometheus_client.generate_latest)
            return web.Response(body=text, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST})
        if path.startswith("/openapi/"):
            return await self._openapi(request, path)
        return self._discovery(request, path, negotiate(request.headers.get("Accept", "")))

    def _health(self, request: web.BaseRequest, path: str) -> web.Response:
        problem = self._ready() if path.startswith("/readyz") else ""
        if problem:
            return web.Response(status=503, text=f"[-]{problem}\nreadyz check failed")
        verbose = any(
            key == "verbose" for key, _ in parse_qsl(request.raw_path.partition("?")[2], keep_blank_values=True)
        )
        return web.Response(text=f"[+]ping ok\n[+]etcd ok\n{path[1:]} check passed\n" if verbose else "ok")

    # Discovery

    def _discovery(self, request: web.BaseRequest, path: str, form: Form) -> web.Response:
        if form.transform == "APIGroupDiscoveryList" and path in ("/api", "/apis"):
            document = self._keep((path, form.version), lambda: orjson.dumps(resources.aggregated(
                self._kinds, form.version, core=path == "/api")))  # fmt: skip
            return _json(request, document.body, document.etag, form.content_type, vary="Accept")
        document = self._keep((path,), lambda: orjson.dumps(self._legacy(path)))
        return _json(request, document.body, document.etag, vary="Accept")

    def _legacy(self, path: str) -> Obj:
        served = resources.groups(self._kinds)
        parts = path.split("/")[1:]
        if path == "/":
            return {"paths": self._paths()}
        if parts == ["api"]:
            return resources.api_versions(self._address)
        if parts == ["apis"]:
            return resources.api_group_list(self._kinds)
        if parts[0] == "api" and len(parts) == 2 and parts[1] in served.get("", {}):
            return resources.api_resource_list("", parts[1], served[""][parts[1]])
        if parts[0] == "apis" and len(parts) == 2 and parts[1] in served:
            return {"kind": "APIGroup", "apiVersion": "v1", **resources.api_group(parts[1], served[parts[1]])}
        if parts[0] == "apis" and len(parts) == 3 and parts[2] in served.get(parts[1], {}):
            return resources.api_resource_list(parts[1], parts[2], served[parts[1]][parts[2]])
        raise NotFound.path()

    def _paths(self) -> list[str]:
        found = {"/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"}
        for group, versions in resources.groups(self._kinds).items():
            root = f"/apis/{group}" if group else "/api"
            found |= {root, *(f"{root}/{version}" for version in versions)}
        return sorted(found)

    # OpenAPI

    async def _openapi(self, request: web.BaseRequest, path: str) -> web.Response:
        if path == "/openapi/v2":
            document = await self._kept_in_thread(
                (path,), lambda: orjson.dumps(self._schema.openapi_v2(list(self._kinds), GIT_VERSION))
            )
            if swagger.MEDIA_TYPE not in request.headers.get("Accept", ""):
                return _json(request, document.body, document.etag)
            encoded = await self._kept_in_thread(
                (path, "protobuf"), lambda: swagger.encode(orjson.loads(document.body))
            )
            return _json(request, encoded.body, encoded.etag, swagger.CONTENT_TYPE)
        if path == "/openapi/v3":
            found = {}
            for group, versions in resources.groups(self._kinds).items():
                for version, kinds in versions.items():
                    name, etag = self._openapi_path(group, version), (await self._v3(group, version, kinds)).etag
                    found[name] = {"serverRelativeURL": f"/openapi/v3/{name}?hash={etag}"}
            return _json(request, orjson.dumps({"paths": found}))
        parts = path.split("/")[3:]
        group, version = ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else (
            (parts[1], parts[2]) if parts[0] == "apis" and len(parts) == 3 else ("", ""))  # fmt: skip
        of = resources.groups(self._kinds).get(group, {}).get(version)
        if of is None:
            raise NotFound.path()
        document = await self._v3(group, version, of)
        return _json(request, document.body, document.etag)

    def _openapi_path(self, group: str, version: str) -> str:
        return f"apis/{group}/{version}" if group else f"api/{version}"

    async def _v3(self, group: str, version: str, of: Iterable[Kind]) -> _Document:
        """Made again only when a kind of the group-version is another: definitions come by the dozen, and may go
        while others are made."""
        kinds = tuple(of)
        known = self._versions.get((group, version))
        if known is None or known[0] != kinds:
            body = await asyncio.to_thread(
                lambda: orjson.dumps(self._schema.openapi_v3(group, version, kinds, GIT_VERSION))
            )
            known = kinds, _document(body)
            served = resources.groups(self._kinds)
            self._versions = {which: kept for which, kept in self._versions.items()
                              if which[1] in served.get(which[0], {})} | {(group, version): known}  # fmt: skip
        return known[1]

    def _current(self) -> dict[tuple[str, ...], _Document]:
        """What is kept of the kinds as they are."""
        if self._generation != self._kinds.generation:
            self._kept, self._generation = {}, self._kinds.generation
        return self._kept

    def _keep(self, key: tuple[str, ...], make: Callable[[], bytes]) -> _Document:
        kept = self._current()
        known = kept.get(key)
        if known is None:
            known = kept[key] = _document(make())
        return known

    async def _kept_in_thread(self, key: tuple[str, ...], make: Callable[[], bytes]) -> _Document:
        """Schemas take long to make: tens of milliseconds."""
        known = self._current().get(key)
        return known if known is not None else await asyncio.to_thread(self._keep, key, make)


def _document(body: bytes) -> _Document:
    return _Document(body, hashlib.sha256(body).hexdigest().upper())


def _json(request: web.BaseRequest, body: bytes, etag: str = "", content_type: str = "application/json",
          vary: str = "") -> web.Response:  # fmt: skip
    headers = {"Content-Type": content_type}
    if vary:
        headers["Vary"] = vary
    if etag:
        headers["ETag"] = f'"{etag}"'
        headers["Cache-Control"] = "public"
        if request.headers.get("If-None-Match", "").strip('W/"') == etag:
            return web.Response(status=304, headers=headers)
    response = web.Response(body=body, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(body) > 16384:
        response.enable_compression(web.ContentCoding.gzip)
    return response
