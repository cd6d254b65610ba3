"""From a body to an object that handlers may trust: of the right kind, in the right place, typed and defaulted."""

from __future__ import annotations

from services.apiserver.request import Target, WriteOptions
from services.objects.errors import BadRequest
from services.objects.kinds.kind import Kind, Subresource
from services.objects.meta import Obj
from services.objects.schema import Schema


def decode(schema: Schema, target: Target, body: Obj, options: WriteOptions) -> list[str]:
    """Checks and defaults `body` in place; returns warnings. Raises BadRequest."""
    kind = target.kind
    identify(kind, body)
    warnings = schema.check(kind, body).refuse(kind, options.field_validation, options.duplicates)
    metadata = body.get("metadata")
    if metadata is None:
        metadata = body["metadata"] = {}
    place(target, metadata)
    kind.default(body)
    return warnings


def decode_subresource(schema: Schema, target: Target, body: Obj, options: WriteOptions) -> list[str]:
    """The same for the body of a subresource that speaks a kind of its own: Scale, Eviction, TokenRequest ..."""
    spoken = target.kind.subresource(target.subresource)
    assert spoken is not None
    identify(spoken, body)
    warnings = schema.check(spoken, body).refuse(spoken, options.field_validation, options.duplicates)
    metadata = body.setdefault("metadata", {})
    place(target, metadata)
    named(target, metadata)
    return warnings


def identify(kind: Kind | Subresource, body: Obj) -> None:
    """apiVersion and kind are filled in when absent and must fit when present."""
    if not isinstance(body, dict):
        raise BadRequest(f"the object provided is not a {kind.kind}: a JSON object is expected")
    served = f"{kind.group}/{kind.version}" if kind.group else kind.version
    version = body.setdefault("apiVersion", served) or served
    name = body.setdefault("kind", kind.kind) or kind.kind
    if version != served:
        raise BadRequest(f"the API version in the data ({version}) does not match the expected API version "
                         f"({served})")  # fmt: skip
    if name != kind.kind:
        raise BadRequest(f'{name} in version "{kind.version}" cannot be handled as a {kind.kind}: '
                         f"the kind in the data ({name}) does not match the expected kind ({kind.kind})")  # fmt: skip
    body["apiVersion"], body["kind"] = version, name


def place(target: Target, metadata: Obj) -> None:
    """The namespace of the request, which the body may repeat but not contradict."""
    if not target.kind.namespaced:
        metadata.pop("namespace", None)
        return
    if metadata.setdefault("namespace", target.namespace) in ("", target.namespace):
        metadata["namespace"] = target.namespace
        return
    raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")


def named(target: Target, metadata: Obj) -> None:
    """The name of the request, which the body of an update may repeat but not contradict."""
    name = metadata.get("name")
    if not name:
        metadata["name"] = target.name
    elif name != target.name:
        raise BadRequest(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
