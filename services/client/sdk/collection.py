"""The objects of one kind in one namespace, as a client sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import NamedTuple

import orjson

from services.client.sdk import messages
from services.client.sdk.connection import Connection, translated
from services.client.sdk.messages import Collection, CreateOp, DeleteOp, FenceLike, Patch, PatchOp, UpdateOp
from services.objects.errors import from_status
from services.objects.meta import Obj, namespace_of
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.rpc.pinnace.v1 import resources_pb2_grpc

OnWarning = Callable[[str], None]


class WatchEvent(NamedTuple):
    """`type` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    object: Obj


Batch = list[WatchEvent]


class ObjectList(list[Obj]):
    """The objects of a list, and where it stood: watch from `resource_version`, go on with `continue_`."""

    def __init__(self, objects: list[Obj], resource_version: str, continue_: str, remaining: int) -> None:
        super().__init__(objects)
        self.resource_version = resource_version
        self.continue_ = continue_
        self.remaining = remaining


class ResourceClient:
    """Every method raises the errors of `services.objects.errors`; `timeout` is in seconds (30 unless said)."""

    def __init__(
        self, connection: Connection, kind: Collection, namespace: str, on_warning: OnWarning, field_manager: str
    ) -> None:
        self._connection = connection
        self._stub = connection.stub(resources_pb2_grpc.ResourcesStub)
        self._kind = kind
        self._namespace = namespace
        self._on_warning = on_warning
        self._field_manager = field_manager

    async def get(self, name: str, *, resource_version: str = "", timeout: float | None = None) -> Obj:
        request = pb.GetRequest(resource=self._resource(name), resource_version=resource_version)
        obj: Obj = orjson.loads((await self._connection.call(self._stub.Get, request, timeout)).json)
        return obj

    async def list(
        self, *, label_selector: str = "", field_selector: str = "", limit: int = 0, continue_: str = "",
        resource_version: str = "", resource_version_match: str = "", timeout: float | None = None,
    ) -> ObjectList:  # fmt: skip
        request = pb.ListRequest(
            resource=self._resource(), label_selector=label_selector, field_selector=field_selector, limit=limit,
            resource_version=resource_version, resource_version_match=resource_version_match,
            **{"continue": continue_},
        )  # fmt: skip
        answer = await self._connection.call(self._stub.List, request, timeout)
        objects = [orjson.loads(item) for item in answer.items]
        return ObjectList(objects, answer.resource_version, getattr(answer, "continue"), answer.remaining)

    async def create(
        self, obj: Obj, *, dry_run: bool = False, field_validation: str = "", fence: FenceLike | None = None,
        timeout: float | None = None,
    ) -> Obj:  # fmt: skip
        options = self._options(dry_run, field_validation, fence)
        request = messages.create_request(CreateOp(self._kind, self._placed(obj)), options)
        return await self._write(self._stub.Create, request, timeout)

    async def create_subresource(
        self, name: str, subresource: str, body: Obj, *, timeout: float | None = None
    ) -> Obj:
        """What the server answers to a creation below an object: a TokenRequest of a ServiceAccount, for instance."""
        target = messages.resource(self._kind, self._namespace, name, subresource)
        request = pb.CreateRequest(resource=target, json=orjson.dumps(body))
        return await self._write(self._stub.Create, request, timeout)

    async def update(
        self, obj: Obj, *, subresource: str = "", dry_run: bool = False, field_validation: str = "",
        fence: FenceLike | None = None, timeout: float | None = None,
    ) -> Obj:  # fmt: skip
        options = self._options(dry_run, field_validation, fence)
        request = messages.update_request(UpdateOp(self._kind, self._placed(obj), subresource), options)
        return await self._write(self._stub.Update, request, timeout)

    async def update_status(self, obj: Obj, *, fence: FenceLike | None = None, timeout: float | None = None) -> Obj:
        return await self.update(obj, subresource="status", fence=fence, timeout=timeout)

    async def patch(
        self, name: str, patch: Patch, type: str = "merge", subresource: str = "", *, force: bool = False,
        field_manager: str = "", dry_run: bool = False, field_validation: str = "", fence: FenceLike | None = None,
        timeout: float | None = None,
    ) -> Obj:  # fmt: skip
        """`type` is merge, strategic, json (a list of operations) or apply: server-side apply of what `field_manager`
        (of the client, unless given here) wants of the object, which is made if need be; `force` takes what others own.
        """
        op = PatchOp(self._kind, self._namespace, name, patch, type, subresource, force)
        options = self._options(dry_run, field_validation, fence, field_manager)
        request = messages.patch_request(op, options)
        return await self._write(self._stub.Patch, request, timeout)

    async def delete(
        self, name: str, *, grace_period: int | None = None, propagation: str = "", uid: str = "",
        resource_version: str = "", dry_run: bool = False, fence: FenceLike | None = None,
        timeout: float | None = None,
    ) -> Obj:  # fmt: skip
        """The object as it was last seen (it may still be there, held by finalizers or a grace period), or a Status."""
        op = DeleteOp(self._kind, self._namespace, name, grace_period, propagation, uid, resource_version)
        request = messages.delete_request(op, self._options(dry_run, "", fence))
        return await self._write(self._stub.Delete, request, timeout)

    async def watch(
        self, *, label_selector: str = "", field_selector: str = "", resource_version: str = "",
        allow_bookmarks: bool = False, send_initial_events: bool = False, timeout_seconds: int = 0,
    ) -> AsyncIterator[WatchEvent]:  # fmt: skip
        """Events one by one; as `watch_batches`."""
        async for batch in self.watch_batches(
            label_selector=label_selector, field_selector=field_selector, resource_version=resource_version,
            allow_bookmarks=allow_bookmarks, send_initial_events=send_initial_events, timeout_seconds=timeout_seconds,
        ):  # fmt: skip
            for event in batch:
                yield event

    async def watch_batches(
        self, *, label_selector: str = "", field_selector: str = "", resource_version: str = "",
        allow_bookmarks: bool = False, send_initial_events: bool = False, timeout_seconds: int = 0,
    ) -> AsyncIterator[Batch]:  # fmt: skip
        """The events that arrived together.

        Without a resource_version all present objects come first, as ADDED. The iteration ends when the server ends
        the watch (after `timeout_seconds`, or its own limit); an ERROR event is raised, `Expired` for a revision that
        is gone: list again.
        """
        request = pb.WatchRequest(
            resource=self._resource(), label_selector=label_selector, field_selector=field_selector,
            resource_version=resource_version, allow_bookmarks=allow_bookmarks,
            send_initial_events=send_initial_events, timeout_seconds=timeout_seconds,
        )  # fmt: skip
        call = self._stub.Watch(request, metadata=self._connection.metadata())
        try:
            with translated():
                async for response in call:
                    yield [_event(event) for event in response.events]
        finally:
            call.cancel()

    def _resource(self, name: str = "") -> pb.Resource:
        return messages.resource(self._kind, self._namespace, name)

    def _placed(self, obj: Obj) -> Obj:
        """The object in this client's namespace, unless it names one itself."""
        if not self._namespace or namespace_of(obj):
            return obj
        return {**obj, "metadata": {**obj["metadata"], "namespace": self._namespace}}

    def _options(self, dry_run: bool, field_validation: str, fence: FenceLike | None, field_manager: str = ""
                 ) -> pb.WriteOptions:  # fmt: skip
        return pb.WriteOptions(
            dry_run=dry_run, field_manager=field_manager or self._field_manager, field_validation=field_validation,
            fence=messages.fence(fence),
        )  # fmt: skip

    async def _write(self, method: Callable[..., object], request: object, timeout: float | None) -> Obj:
        answer = await self._connection.call(method, request, timeout)
        for warning in answer.warnings:
            self._on_warning(warning)
        obj: Obj = orjson.loads(answer.json)
        return obj


_EVENT_TYPES: Mapping[int, str] = {number: name for name, number in pb.WatchEvent.Type.items()}


def _event(event: pb.WatchEvent) -> WatchEvent:
    obj = orjson.loads(event.json)
    if event.type == pb.WatchEvent.ERROR:
        raise from_status(obj)
    return WatchEvent(_EVENT_TYPES[event.type], obj)


