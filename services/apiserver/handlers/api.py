"""The API itself, as both faces call it: REST and gRPC differ in how they ask, never in what happens.

Every method authorizes, turns an absent etcd into 503 or 504, and returns final bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import wraps
from itertools import islice
from typing import Any, NamedTuple, ParamSpec, TypeVar

import orjson

from services.apiserver.filters.authentication import Authenticator
from services.apiserver.filters.authorization import authorize
from services.apiserver.filters.service_accounts import Signer
from services.apiserver.handlers import components, reading, reviews
from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.reading import Listing
from services.apiserver.handlers.subresources import binding, eviction, preempting, scaling, tokens
from services.apiserver.handlers.subresources.binding import Bind
from services.apiserver.handlers.subresources.preempting import Outcome, Victim
from services.apiserver.handlers.writing import applying, creating, deleting, patching, updating
from services.apiserver.request import Caller, DeleteOptions, ListOptions, Target, WatchOptions, WriteOptions
from services.apiserver.watching import stream
from services.apiserver.watching.item import Batch, WatchFrame
from services.objects.errors import Expired, MethodNotAllowed, NotFound, ServiceUnavailable, StatusError, Timeout
from services.objects.kinds import COMPONENTSTATUS, POD
from services.objects.meta import Obj
from services.objects.patching import media
from services.storage.store import Compacted, Fence, StoreUnavailable

__all__ = [
    "Answer", "Api", "Batch", "BatchOperation", "Bind", "CreateOperation", "DeleteOperation", "Listing", "Outcome",
    "PatchOperation", "UpdateOperation", "Victim", "WatchFrame",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")

# Operations of one batch under way at a time: enough to fill etcd's transactions.
_TOGETHER = 512


class CreateOperation(NamedTuple):
    target: Target
    body: Obj
    options: WriteOptions = WriteOptions()


class UpdateOperation(NamedTuple):
    target: Target
    body: Obj
    options: WriteOptions = WriteOptions()


class PatchOperation(NamedTuple):
    target: Target
    patch_type: str
    patch: bytes
    force: bool = False
    options: WriteOptions = WriteOptions()


class DeleteOperation(NamedTuple):
    target: Target
    body: DeleteOptions = DeleteOptions()
    options: WriteOptions = WriteOptions()


BatchOperation = CreateOperation | UpdateOperation | PatchOperation | DeleteOperation


def unavailable(error: StoreUnavailable) -> StatusError:
    """etcd is away: a write that may have happened is a timeout, everything else can be tried again."""
    if error.maybe_written:
        return Timeout(f"the store did not answer in time, the write may or may not have happened: {error}")
    return ServiceUnavailable(f"the store does not answer: {error}", retry_after=1)


def _answers(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """What goes wrong in the store becomes a Status."""

    @wraps(method)
    async def answered(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except StoreUnavailable as error:
            raise unavailable(error) from error
        except Compacted as error:
            raise Expired(f"the requested revision has been compacted: {error}") from error

    return answered


class Api:
    def __init__(self, core: Core, authenticator: Authenticator, signer: Signer | None = None) -> None:
        self.core = core
        self._authenticator = authenticator
        self._signer = signer

    @_answers
    async def learn(self) -> None:
        """Returns when this process knows every kind that was defined before the call."""
        await self.core.cache.fresh()
        await self.core.cache.filled()

    # Reading

    @_answers
    async def get(self, caller: Caller, target: Target, *, resource_version: str = "") -> bytes:
        """JSON with apiVersion, kind and resourceVersion."""
        authorize(caller, "get", target)
        self._check(target, "get")
        if target.subresource == "scale":
            return await scaling.get_scale(self.core, target, resource_version)
        if target.kind is COMPONENTSTATUS:
            return await components.get_component(self.core, target)
        return await reading.get(self.core, target, resource_version)

    @_answers
    async def list(self, caller: Caller, target: Target, options: ListOptions) -> Listing:
        authorize(caller, "list", target)
        self._check(target, "list")
        if target.kind is COMPONENTSTATUS:
            return await components.list_components(self.core, target, options)
        return await reading.list_(self.core, target, options)

    def watch(self, caller: Caller, target: Target, options: WatchOptions) -> AsyncIterator[Batch]:
        """Bad options raise at the call; what happens later comes as an ERROR frame. Ends at its timeout."""
        authorize(caller, "watch", target)
        self._check(target, "watch")
        return stream.watch(self.core.cache, target, options)

    # Writing

    @_answers
    async def create(self, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
        """`body` becomes the server's."""
        authorize(caller, "create", target)
        self._check(target, "create")
        kind, subresource = target.kind, target.subresource
        if reviews.is_question(kind):
            return await reviews.answer(self.core, self._authenticator, caller, target, body, options)
        if subresource == "binding" or (kind.kind == "Binding" and not kind.stored):
            return await binding.create_binding(self.core, caller, target, body, options)
        if subresource == "eviction":
            return await eviction.evict(self.core, caller, target, body, options)
        if subresource == "token":
            return await tokens.create_token(self.core, self._signer, caller, target, body, options)
        if subresource:
            raise MethodNotAllowed
        return await creating.create(self.core, caller, target, body, options)

    @_answers
    async def update(self, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
        """`body` becomes the server's."""
        authorize(caller, "update", target)
        self._check(target, "update")
        if target.subresource == "scale":
            return await scaling.update_scale(self.core, caller, target, body, options)
        return await updating.update(self.core, caller, target, body, options)

    @_answers
    async def patch(self, caller: Caller, target: Target, patch_type: str, patch: bytes, force: bool,
                    options: WriteOptions) -> Answer:  # fmt: skip
        """`patch_type` is the content type; `force` is for server-side apply."""
        authorize(caller, "patch", target)
        self._check(target, "patch")
        if target.subresource == "scale":
            return await scaling.patch_scale(self.core, caller, target, patch_type, patch, force, options)
        if patch_type == media.APPLY:
            return await applying.apply(self.core, caller, target, patch, force, options)
        return await patching.patch(self.core, caller, target, patch_type, patch, force, options)

    @_answers
    async def delete(self, caller: Caller, target: Target, body: DeleteOptions, options: WriteOptions) -> Answer:
        authorize(caller, "delete", target)
        self._check(target, "delete")
        return await deleting.delete(self.core, caller, target, body, options)

    @_answers
    async def delete_collection(self, caller: Caller, target: Target, body: DeleteOptions, selection: ListOptions,
                                options: WriteOptions) -> Listing:  # fmt: skip
        """Returns what was there; objects that are gone meanwhile do not matter."""
        authorize(caller, "deletecollection", target)
        self._check(target, "deletecollection")
        listing = await reading.list_(self.core, target, selection)

        def deletion(json: bytes) -> DeleteOperation:
            metadata = orjson.loads(json)["metadata"]
            one = Target(target.kind, metadata.get("namespace", ""), metadata["name"])
            return DeleteOperation(one, replace(body, uid=body.uid or metadata["uid"]), options)

        for answer in await self._together(self._operate(caller, deletion(json), None) for json in listing.items):
            if isinstance(answer, StatusError) and not isinstance(answer, NotFound):
                raise answer
        return listing

    @_answers
    async def batch(self, caller: Caller, operations: Sequence[BatchOperation],
                    fence: Fence | None) -> Sequence[Answer | StatusError]:  # fmt: skip
        """Each operation stands or falls alone; the store puts their writes into common transactions."""
        return await self._together(self._operate(caller, each, fence) for each in operations)

    @_answers
    async def bind(self, caller: Caller, bindings: Sequence[Bind],
                   fence: Fence | None) -> Sequence[str | StatusError]:  # fmt: skip
        """Answers with the resourceVersions of the bound pods."""
        options = WriteOptions(fence=fence)

        async def one(wanted: Bind) -> str:
            authorize(caller, "create", Target(POD, wanted.namespace, wanted.name, "binding"))
            return str((await binding.bind(self.core, caller, wanted, options)).revision)

        return await self._together(_or_error(one(each)) for each in bindings)

    @_answers
    async def preempt(self, caller: Caller, victims: Sequence[Victim],
                      fence: Fence | None) -> Sequence[StatusError | None]:  # fmt: skip
        """None for a pod that is on its way out, marked as a victim."""
        options = WriteOptions(fence=fence)

        async def one(victim: Victim) -> None:
            authorize(caller, "patch", Target(POD, victim.namespace, victim.name, "status"))
            authorize(caller, "delete", Target(POD, victim.namespace, victim.name))
            await preempting.preempt(self.core, caller, victim, options)

        return await self._together(_or_error(one(each)) for each in victims)

    @_answers
    async def report(self, caller: Caller, outcomes: Sequence[Outcome],
                     fence: Fence | None) -> Sequence[StatusError | None]:  # fmt: skip
        """None for a pod that says so now, or has a node."""
        options = WriteOptions(fence=fence)

        async def one(outcome: Outcome) -> None:
            authorize(caller, "patch", Target(POD, outcome.namespace, outcome.name, "status"))
            await preempting.report(self.core, caller, outcome, options)

        return await self._together(_or_error(one(each)) for each in outcomes)

    async def _operate(self, caller: Caller, operation: BatchOperation, fence: Fence | None) -> Answer | StatusError:
        options = operation.options if fence is None else replace(operation.options, fence=fence)
        try:
            match operation:
                case CreateOperation(target, body, _):
                    return await self.create(caller, target, body, options)
                case UpdateOperation(target, body, _):
                    return await self.update(caller, target, body, options)
                case PatchOperation(target, patch_type, patch, force, _):
                    return await self.patch(caller, target, patch_type, patch, force, options)
                case DeleteOperation(target, delete, _):
                    return await self.delete(caller, target, delete, options)
        except StatusError as error:
            return error

    async def _together(self, work: Iterable[Awaitable[T]]) -> Sequence[T]:
        """All of it, `_TOGETHER` at a time, results in order; what does not begin is not made."""
        waiting, results = iter(work), list[T]()
        while batch := [*islice(waiting, _TOGETHER)]:
            results += await asyncio.gather(*batch)
        return results

    def _check(self, target: Target, verb: str) -> None:
        """Raises MethodNotAllowed or NotFound for what the kind does not offer."""
        kind = target.kind
        if not target.subresource:
            if verb not in kind.verbs:
                if kind.custom is not None:
                    raise MethodNotAllowed(f"{verb} not allowed while custom resource definition is terminating")
                raise MethodNotAllowed
            return
        subresource = kind.subresource(target.subresource)
        if subresource is None:
            raise NotFound.path()
        if verb not in subresource.verbs:
            raise MethodNotAllowed


async def _or_error(work: Awaitable[T]) -> T | StatusError:
    """What one of many answers."""
    try:
        return await work
    except StatusError as error:
        return error
    except StoreUnavailable as error:
        return unavailable(error)
