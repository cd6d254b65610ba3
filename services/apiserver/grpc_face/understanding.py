"""From the messages of resources.proto to the words of the handlers, and back."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from grpc.aio import ServicerContext

from services.apiserver.handlers.core import Answer
from services.apiserver.request import DeleteOptions, ListOptions, Target, WatchOptions, WriteOptions
from services.objects.apply import name_causes
from services.objects.errors import BadRequest, Invalid, NotFound
from services.objects.kinds import KINDS
from services.objects.meta import Obj
from services.objects.patching import media
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.storage.store import Fence

PATCH_TYPES = {
    pb.PatchRequest.JSON: media.JSON,
    pb.PatchRequest.MERGE: media.MERGE,
    pb.PatchRequest.STRATEGIC_MERGE: media.STRATEGIC,
    pb.PatchRequest.APPLY: media.APPLY,
}
FIELD_VALIDATIONS = ("", "Ignore", "Warn", "Strict")


def target(resource: pb.Resource, *, named: bool | None = None) -> Target:
    """Raises NotFound for what is not served and BadRequest for a name that is missing (`named`) or should be."""
    kind = KINDS.by_resource(resource.group, resource.version, resource.resource)
    if kind is None:
        raise NotFound.path()
    if resource.subresource and kind.subresource(resource.subresource) is None:
        raise NotFound.path()
    if resource.namespace and not kind.namespaced:
        raise BadRequest(f"{kind.resource} are not in namespaces")
    if named and not resource.name:
        raise BadRequest("name is required")
    if named and kind.namespaced and not resource.namespace:
        raise BadRequest("an empty namespace may not be set when a resource name is provided")
    if named is False and resource.name and not resource.subresource:
        raise BadRequest("a collection has no name; use the field selector metadata.name")
    return Target(kind, resource.namespace, resource.name, resource.subresource)


def is_unknown(resource: pb.Resource) -> bool:
    """Whether it may be of a kind that users define and nobody has told this process of; their groups have dots."""
    return "." in resource.group and KINDS.by_resource(resource.group, resource.version, resource.resource) is None


def fence(message: pb.Fence) -> Fence | None:
    return Fence(message.key, message.create_revision) if message.key else None


def agent_of(context: ServicerContext) -> str:
    """The User-Agent, which names who writes when the request does not."""
    return next((str(value) for key, value in context.invocation_metadata() or () if key == "user-agent"), "")


def write_options(options: pb.WriteOptions, agent: str = "") -> WriteOptions:
    if options.field_validation not in FIELD_VALIDATIONS:
        raise BadRequest(f"invalid field_validation {options.field_validation!r}: use Ignore, Warn or Strict")
    if options.field_manager:
        causes = name_causes(options.field_manager, "fieldManager")
        if causes:
            raise Invalid("meta.k8s.io", "WriteOptions", "", causes)
    return WriteOptions(
        dry_run=options.dry_run, field_manager=options.field_manager,
        field_validation=options.field_validation or "Warn", fence=fence(options.fence),
        agent=agent,
    )  # fmt: skip


def body(json: bytes) -> Obj:
    try:
        obj = orjson.loads(json)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the object is not JSON: {error}") from error
    if not isinstance(obj, dict):
        raise BadRequest("the object is not a JSON object")
    return obj


def patch_type(request: pb.PatchRequest) -> str:
    if request.type not in PATCH_TYPES:
        raise BadRequest("the patch has no type")
    return PATCH_TYPES[request.type]


def list_options(request: pb.ListRequest) -> ListOptions:
    return ListOptions(
        label_selector=request.label_selector, field_selector=request.field_selector, limit=request.limit,
        continue_=getattr(request, "continue"), resource_version=request.resource_version,
        match=request.resource_version_match,
    )  # fmt: skip


def watch_options(request: pb.WatchRequest) -> WatchOptions:
    initial = request.send_initial_events
    return WatchOptions(
        label_selector=request.label_selector, field_selector=request.field_selector,
        resource_version=request.resource_version, match="NotOlderThan" if initial else "",
        allow_bookmarks=request.allow_bookmarks or initial, send_initial_events=True if initial else None,
        timeout=float(request.timeout_seconds) if request.timeout_seconds > 0 else None,
    )  # fmt: skip


def delete_options(request: pb.DeleteRequest) -> DeleteOptions:
    return DeleteOptions(
        grace_period=request.grace_period_seconds if request.HasField("grace_period_seconds") else None,
        propagation=request.propagation_policy, uid=request.uid, resource_version=request.resource_version,
    )  # fmt: skip


def object_of(resource: pb.Resource, json: bytes, warnings: Iterable[str] = ()) -> pb.Object:
    """The object with the fields a router needs beside it."""
    metadata = orjson.loads(json).get("metadata") or {}
    named = pb.Resource()
    named.CopyFrom(resource)
    named.name = metadata.get("name") or resource.name
    named.namespace = metadata.get("namespace") or resource.namespace
    return pb.Object(
        resource=named, uid=metadata.get("uid") or "", resource_version=metadata.get("resourceVersion") or "",
        json=json, warnings=warnings,
    )  # fmt: skip


def object_of_answer(resource: pb.Resource, answer: Answer) -> pb.Object:
    return object_of(resource, answer.json, answer.warnings)
