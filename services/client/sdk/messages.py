"""From dicts and dataclasses to the messages of resources.proto and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson

from services.objects.errors import StatusError, from_status
from services.objects.meta import Obj, name_of, namespace_of
from services.rpc.pinnace.v1 import resources_pb2 as pb

PATCH_TYPES = {
    "json": pb.PatchRequest.JSON,
    "merge": pb.PatchRequest.MERGE,
    "strategic": pb.PatchRequest.STRATEGIC_MERGE,
    "apply": pb.PatchRequest.APPLY,
}


class Collection(Protocol):
    """What names a collection; a `Kind` is one, a `ResourceType` another."""

    @property
    def group(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def plural(self) -> str: ...


class ResourceType(NamedTuple):
    """A collection known by its names only, such as a custom resource: ResourceType("example.com", "v1", "things")."""

    group: str
    version: str
    plural: str


class Fence(NamedTuple):
    """A leader's proof that it leads; the store's own Fence, and any tuple of the two, does as well."""

    key: str
    create_revision: int


FenceLike = tuple[str, int]
Patch = Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, slots=True)
class CreateOp:
    kind: Collection
    object: Obj


@dataclass(frozen=True, slots=True)
class UpdateOp:
    kind: Collection
    object: Obj
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class PatchOp:
    """`type` is merge, strategic, json or apply; `force` takes over other managers' fields in an apply."""

    kind: Collection
    namespace: str
    name: str
    patch: Patch
    type: str = "merge"
    subresource: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True)
class DeleteOp:
    """`grace_period` is in seconds; `uid` and `resource_version` are preconditions."""

    kind: Collection
    namespace: str
    name: str
    grace_period: int | None = None
    propagation: str = ""
    uid: str = ""
    resource_version: str = ""


Operation = CreateOp | UpdateOp | PatchOp | DeleteOp


class Batcher(Protocol):
    """The part of `Client` that writes many objects in a call; for those who need nothing else of it."""

    async def batch(
        self, operations: Sequence[Operation], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]: ...


class Binding(NamedTuple):
    """A pod and the node it is to run on; `uid` guards against a pod of the same name made since."""

    namespace: str
    name: str
    uid: str
    node: str


class Victim(NamedTuple):
    """A pod that has to go for a more important one; the message is that of its condition DisruptionTarget."""

    namespace: str
    name: str
    uid: str
    message: str


class Outcome(NamedTuple):
    """Why a pod has no node, as its condition PodScheduled says; `nominated_node` is being cleared for it, "" if none
    is any more, None if nothing is to be said of that."""

    namespace: str
    name: str
    uid: str
    reason: str
    message: str
    nominated_node: str | None = None


def resource(kind: Collection, namespace: str = "", name: str = "", subresource: str = "") -> pb.Resource:
    return pb.Resource(
        group=kind.group, version=kind.version, resource=kind.plural, namespace=namespace, name=name,
        subresource=subresource,
    )  # fmt: skip


def fence(value: FenceLike | None) -> pb.Fence | None:
    return None if value is None else pb.Fence(key=value[0], create_revision=value[1])


def create_request(op: CreateOp, options: pb.WriteOptions | None = None) -> pb.CreateRequest:
    return pb.CreateRequest(
        resource=resource(op.kind, namespace_of(op.object)), json=orjson.dumps(op.object), options=options
    )


def update_request(op: UpdateOp, options: pb.WriteOptions | None = None) -> pb.UpdateRequest:
    target = resource(op.kind, namespace_of(op.object), name_of(op.object), op.subresource)
    return pb.UpdateRequest(resource=target, json=orjson.dumps(op.object), options=options)


def patch_request(op: PatchOp, options: pb.WriteOptions | None = None) -> pb.PatchRequest:
    if op.type not in PATCH_TYPES:
        raise ValueError(f"patch type {op.type!r} is none of {', '.join(PATCH_TYPES)}")
    return pb.PatchRequest(
        resource=resource(op.kind, op.namespace, op.name, op.subresource), type=PATCH_TYPES[op.type],
        patch=orjson.dumps(op.patch), force=op.force, options=options,
    )  # fmt: skip


def delete_request(op: DeleteOp, options: pb.WriteOptions | None = None) -> pb.DeleteRequest:
    return pb.DeleteRequest(
        resource=resource(op.kind, op.namespace, op.name), grace_period_seconds=op.grace_period,
        propagation_policy=op.propagation, uid=op.uid, resource_version=op.resource_version, options=options,
    )  # fmt: skip


def operation(op: Operation, options: pb.WriteOptions | None = None) -> pb.Operation:
    match op:
        case CreateOp():
            return pb.Operation(create=create_request(op, options))
        case UpdateOp():
            return pb.Operation(update=update_request(op, options))
        case PatchOp():
            return pb.Operation(patch=patch_request(op, options))
        case DeleteOp():
            return pb.Operation(delete=delete_request(op, options))


def result(answer: pb.Result) -> Obj | StatusError:
    """The object written, or the error that this one operation met."""
    if answer.WhichOneof("result") == "status":
        return from_status(orjson.loads(answer.status))
    obj: Obj = orjson.loads(answer.object.json)
    return obj
