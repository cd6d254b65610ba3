"""The scale subresource: autoscaling/v1 Scale, a small window on spec.replicas."""

from __future__ import annotations

import orjson

from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.reading import get
from services.apiserver.handlers.writing import applying
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.handlers.writing.decoding import decode_subresource
from services.apiserver.handlers.writing.patching import Patcher, force_forbidden, patcher
from services.apiserver.handlers.writing.updating import settle
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import selectors
from services.objects.apply import applier
from services.objects.custom import scale as custom_scale
from services.objects.errors import Invalid
from services.objects.kinds.autoscaling.scale import validate_scale
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.objects.patching.media import APPLY

GROUP_VERSION = "autoscaling/v1"


def scale_of(kind: Kind, obj: Obj) -> Obj:
    """Raises InternalError for a custom resource that does not say how many replicas it wants."""
    metadata = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    wanted, there, selector = _numbers(kind, obj)
    return {
        "kind": "Scale",
        "apiVersion": GROUP_VERSION,
        "metadata": {field: metadata[field] for field in kept if field in metadata},
        "spec": {"replicas": wanted} if wanted else {},
        "status": {"replicas": there, "selector": selector} if selector or kind.custom is None else {"replicas": there},
    }


def _numbers(kind: Kind, obj: Obj) -> tuple[int, int, str]:
    """(replicas wanted, replicas there, selector)."""
    if kind.custom is not None and kind.custom.scale is not None:
        return custom_scale.scale_of(obj, kind.custom.scale)
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    selector = spec.get("selector") or {}
    # ReplicationControllers have the map itself, the others a LabelSelector.
    labels = selectors.from_labels(selector) if kind.kind == "ReplicationController" else selectors.from_json(selector)
    return spec.get("replicas", 0), status.get("replicas", 0), str(labels)


def _with_replicas(kind: Kind, obj: Obj, replicas: int) -> None:
    """In place."""
    if kind.custom is not None and kind.custom.scale is not None:
        custom_scale.with_replicas(obj, kind.custom.scale, replicas)
    else:
        obj["spec"] = {**obj["spec"], "replicas": replicas}


async def get_scale(core: Core, target: Target, resource_version: str) -> bytes:
    return orjson.dumps(scale_of(target.kind, orjson.loads(await get(core, target, resource_version))))


async def update_scale(core: Core, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
    return await _rescale(core, caller, target, lambda scale: body, options)


async def patch_scale(core: Core, caller: Caller, target: Target, patch_type: str, patch: bytes, force: bool,
                      options: WriteOptions) -> Answer:  # fmt: skip
    if patch_type == APPLY:
        return await _apply_scale(core, caller, target, patch, force, options)
    if force:
        raise force_forbidden()
    return await _rescale(core, caller, target, patcher(core, target.kind, patch_type, patch), options)


async def _rescale(core: Core, caller: Caller, target: Target, make: Patcher, options: WriteOptions) -> Answer:
    kind = target.kind
    whole = Target(kind, target.namespace, target.name)
    warnings: list[str] = []

    async def transform(old: Obj, copy: Obj) -> Wanted:
        scale = make(scale_of(kind, old))
        warnings[:] = decode_subresource(core.schema, target, scale, options)
        replicas = _checked(target, scale)
        _with_replicas(kind, copy, replicas)
        metadata = scale.get("metadata") or {}
        for field in ("uid", "resourceVersion"):
            if metadata.get(field):
                copy["metadata"][field] = metadata[field]
            else:
                copy["metadata"].pop(field, None)
        return await settle(core, caller, whole, copy, old, options, door="scale")

    changed = await change(core, whole, transform, fence=options.fence, dry_run=options.dry_run)
    return Answer(200, orjson.dumps(scale_of(kind, orjson.loads(changed.json))), warnings)


async def _apply_scale(core: Core, caller: Caller, target: Target, patch: bytes, force: bool,
                       options: WriteOptions) -> Answer:  # fmt: skip
    """Who applies a scale owns the replicas of the object, through this door."""
    kind, spoken = target.kind, target.kind.subresource("scale")
    assert spoken is not None
    config = await applying.configuration(target, spoken, patch, options)
    warnings = decode_subresource(core.schema, target, config.obj, options)
    metadata = {field: value for field, value in config.obj["metadata"].items()
                if field in ("name", "namespace", "uid", "resourceVersion")}  # fmt: skip
    wanted: Obj = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "spec": {}}
    if "replicas" in (config.obj.get("spec") or {}):
        _with_replicas(kind, wanted, _checked(target, config.obj))
    answer = await applying.update(
        core, caller, Target(kind, target.namespace, target.name),
        applying.Configuration(orjson.dumps(wanted), wanted, (*config.warnings, *warnings)),
        applier(options.field_manager, "scale"), force, options,
    )  # fmt: skip
    return answer._replace(json=orjson.dumps(scale_of(kind, orjson.loads(answer.json))))


def _checked(target: Target, scale: Obj) -> int:
    """The replicas asked for. Raises Invalid."""
    causes = validate_scale(scale)
    if causes:
        raise Invalid("autoscaling", "Scale", target.name, causes)
    replicas: int = (scale.get("spec") or {}).get("replicas") or 0
    return replicas
