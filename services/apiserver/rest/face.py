"""The REST API: one coroutine from a request to its answer, without a router, middlewares or a framework's application.

aiohttp's low-level server does twice as many requests as its Application, and there is little an application would do
here: the API has one shape for all its paths.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web

from services.apiserver.discovery.documents import Documents
from services.apiserver.filters.authentication import Authenticator
from services.apiserver.filters.authorization import authorize
from services.apiserver.handlers.api import Api, unavailable
from services.apiserver.request import Caller, Target, WriteOptions
from services.apiserver.rest import body, output, paths, query, watching
from services.apiserver.rest.negotiation import Form, negotiate
from services.foundation import log
from services.objects.errors import (
    InternalError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
    Unauthorized,
)
from services.objects.kinds.registry import Registry
from services.objects.wire import protobuf
from services.storage.store import StoreUnavailable

logger = log.get(__name__)

# Deadline of everything that is not a stream, in seconds.
REQUEST_TIMEOUT = 60.0

# (request, caller, target, pod, sessions) -> response: exec, attach, portforward, log
Stream = Callable[[web.BaseRequest, Caller, Target, Any, Any], Awaitable[web.StreamResponse]]
_PUBLIC = frozenset({"/healthz", "/livez", "/readyz", "/version"})


class Face:
    def __init__(self, api: Api, kinds: Registry, authenticator: Authenticator, documents: Documents,
                 streams: Mapping[str, Stream], sessions: Any = None) -> None:  # fmt: skip
        self._api = api
        self._kinds = kinds
        self._authenticator = authenticator
        self._documents = documents
        self._streams = streams
        self._sessions = sessions
        # The callers of open connections: a certificate is that of its connection and does not change.
        self._peers: WeakKeyDictionary[ssl.SSLObject, Caller] = WeakKeyDictionary()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except StatusError as error:
            problem = error
        except StoreUnavailable as error:
            problem = unavailable(error)
        except TimeoutError:
            problem = Timeout("the request did not complete within its deadline")
        except ConnectionResetError:
            raise
        except Exception:
            # One request's bug never ends the connection of others; the log has the trace, the user the fact.
            logger.exception("request failed", method=request.method, path=request.raw_path)
            problem = InternalError("an error on the server has prevented the request from succeeding")
        return output.failure(problem, request.headers.get("Accept", ""))

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, text = request.raw_path.partition("?")
        if path in _PUBLIC or path.startswith(("/healthz/", "/livez/", "/readyz/")):
            return await self._documents.answer(request, path)
        caller = await self._caller(request)
        resource = await self._resource(path)
        if resource is None:
            return await self._documents.answer(request, path)
        target, options = resource.target, query.parse(text)
        if target.subresource in self._streams:
            return await self._stream(request, caller, target)
        if not self._api.core.cache.synced.is_set():
            raise ServiceUnavailable("the apiserver is still reading the store", retry_after=1)
        accept = request.headers.get("Accept", "")
        form = negotiate(accept, "protobuf" in accept and _in_protobuf(target))
        if request.method == "GET" and query.is_watch(options):
            return await self._watch(request, caller, target, options, form)
        async with asyncio.timeout(REQUEST_TIMEOUT):
            return await self._object(request, caller, target, options, form)

    async def _resource(self, path: str) -> paths.Resource | None:
        """What a path names. A kind that somebody defined through another process may be news to this one, which asks
        before it says that there is none."""
        try:
            return paths.resource(self._kinds, path)
        except NotFound:
            if not path.startswith("/apis/") or not self._api.core.cache.synced.is_set():
                raise
            await self._api.learn()
        return paths.resource(self._kinds, path)

    async def _caller(self, request: web.BaseRequest) -> Caller:
        """A token speaks before a certificate, as in Kubernetes' union of authenticators the first that knows wins."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        tls = transport.get_extra_info("ssl_object")
        caller = self._peers.get(tls) if tls is not None else None
        if caller is not None:
            return caller
        certificate = tls.getpeercert(True) if tls is not None else None
        if certificate is not None:
            caller = self._peers[tls] = self._authenticator.by_certificate(certificate)
            return caller
        authorization = request.headers.get("Authorization")
        if authorization is None:
            raise Unauthorized
        return await self._authenticator.by_header(authorization)

    async def _object(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                      form: Form) -> web.StreamResponse:  # fmt: skip
        writer = output.Writer(request, form, _pretty(options), options.get("includeObject", ""),
                               self._api.core.now)  # fmt: skip
        method = _METHODS.get(request.method)
        if method is None:
            raise MethodNotAllowed
        return await method(self, request, caller, target, options, writer)

    async def _get(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                   writer: output.Writer) -> web.StreamResponse:  # fmt: skip
        if target.name:
            json = await self._api.get(caller, target, resource_version=options.get("resourceVersion", ""))
            return await writer.object(target.kind, json)
        return await writer.listing(target.kind, await self._api.list(caller, target, query.list_options(options)))

    async def _post(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                    writer: output.Writer) -> web.StreamResponse:  # fmt: skip
        if (target.name and not target.subresource) or (target.kind.namespaced and not target.namespace):
            raise MethodNotAllowed
        parsed = await self._body(request, target)
        write = query.write_options(options, "CreateOptions", request.headers.get("User-Agent", ""))
        answer = await self._api.create(caller, target, parsed.obj, _with_duplicates(write, parsed))
        return await writer.object(target.kind, answer.json, answer.code, answer.warnings)

    async def _put(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                   writer: output.Writer) -> web.StreamResponse:  # fmt: skip
        if not target.name:
            raise MethodNotAllowed
        parsed = await self._body(request, target)
        write = query.write_options(options, "UpdateOptions", request.headers.get("User-Agent", ""))
        answer = await self._api.update(caller, target, parsed.obj, _with_duplicates(write, parsed))
        return await writer.object(target.kind, answer.json, answer.code, answer.warnings)

    async def _patch(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                     writer: output.Writer) -> web.StreamResponse:  # fmt: skip
        if not target.name:
            raise MethodNotAllowed
        write = query.write_options(options, "PatchOptions", request.headers.get("User-Agent", ""))
        media = body.media_type(request)
        answer = await self._api.patch(caller, target, media, await body.read(request), query.force(options, media),
                                       write)  # fmt: skip
        return await writer.object(target.kind, answer.json, answer.code, answer.warnings)

    async def _delete(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                      writer: output.Writer) -> web.StreamResponse:  # fmt: skip
        if target.kind.namespaced and not target.namespace:
            raise MethodNotAllowed
        text = await body.read(request)
        media = body.media_type(request)
        parsed = (await body.parse(media, text, "DeleteOptions")).obj if text.strip() else None
        deletion, write = query.deletion(options, parsed)
        if target.name:
            answer = await self._api.delete(caller, target, deletion, write)
            return await writer.object(target.kind, answer.json, answer.code, answer.warnings)
        listing = await self._api.delete_collection(caller, target, deletion, query.list_options(options), write)
        return await writer.listing(target.kind, listing)

    async def _body(self, request: web.BaseRequest, target: Target) -> body.Body:
        name = (target.kind.subresource(target.subresource) or target.kind).kind
        return await body.parse(body.media_type(request), await body.read(request), name, _in_protobuf(target))

    async def _watch(self, request: web.BaseRequest, caller: Caller, target: Target, options: query.Query,
                     form: Form) -> web.StreamResponse:  # fmt: skip
        if target.subresource:
            raise MethodNotAllowed
        frames = self._api.watch(caller, target, query.watch_options(options))
        writer = output.Writer(request, form, False, options.get("includeObject", ""), self._api.core.now)
        return await watching.respond(request, frames, target.kind, form, writer)

    async def _stream(self, request: web.BaseRequest, caller: Caller, target: Target) -> web.StreamResponse:
        """Logs, exec and the like are not ours: the pod's node answers them."""
        subresource = target.kind.subresource(target.subresource)
        if subresource is None:
            raise NotFound.path()
        verb = {"GET": "get", "POST": "create"}.get(request.method, "")
        if verb not in subresource.verbs:
            raise MethodNotAllowed
        authorize(caller, verb, target)
        pod = await self._api.core.live(Target(target.kind, target.namespace, target.name))
        if pod is None:
            raise NotFound.object(target.kind.group, target.kind.plural, target.name)
        return await self._streams[target.subresource](request, caller, target, pod.object(), self._sessions)


def _in_protobuf(target: Target) -> bool:
    """Whether what the path speaks has a form in protobuf: built-in kinds have, and so has any kind's Scale."""
    spoken = target.kind.subresource(target.subresource) or target.kind
    return protobuf.knows(f"{spoken.group}/{spoken.version}" if spoken.group else spoken.version, spoken.kind)


def _pretty(options: query.Query) -> bool:
    text = options.get("pretty")
    return text is not None and text.lower() not in ("false", "0")


def _with_duplicates(write: WriteOptions, parsed: body.Body) -> WriteOptions:
    if write.field_validation == "Ignore":
        return write
    duplicates = parsed.duplicates()
    return write if not duplicates else replace(write, duplicates=duplicates)


_METHODS = {"GET": Face._get, "POST": Face._post, "PUT": Face._put, "PATCH": Face._patch, "DELETE": Face._delete}
