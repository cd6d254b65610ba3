"""PATCH of application/apply-patch+yaml: server-side apply to an object, its status or its scale.

Apply may create: an object that is not there is made of what is applied to nothing. What it comes to is then treated as
any update or creation.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from services.apiserver.filters.authorization import authorize
from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.writing import creating, tracking
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.handlers.writing.decoding import place
from services.apiserver.handlers.writing.patching import patch_invalid, retyped
from services.apiserver.handlers.writing.updating import settle
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import apply as algebra
from services.objects.apply import IncompatibleConfiguration, InvalidManagedFields, LastApplied, Manager, Plan
from services.objects.errors import (
    AlreadyExists,
    BadRequest,
    Cause,
    Conflict,
    MethodNotAllowed,
    NotFound,
    UnknownError,
)
from services.objects.kinds.kind import Kind, Subresource
from services.objects.meta import Obj
from services.objects.schema import duplicate_fields
from services.objects.wire import json, yaml

# Rounds in which an object that was not there turns out to be, or the other way round.
_ROUNDS = 5
# From here on YAML is parsed in a thread.
_LARGE_YAML = 16 << 10


class Configuration(NamedTuple):
    """`text` is JSON, to be parsed for every attempt: its parts end up in the object, which is changed in place."""

    text: bytes
    obj: Obj
    warnings: tuple[str, ...]


async def apply(core: Core, caller: Caller, target: Target, patch: bytes, force: bool,
                options: WriteOptions) -> Answer:  # fmt: skip
    """Raises Conflict when others own what would change, unless `force`."""
    config = await configuration(target, target.kind, patch, options)
    manager = algebra.applier(options.field_manager, target.subresource)
    for _ in range(_ROUNDS):
        try:
            return await update(core, caller, target, config, manager, force, options)
        except NotFound:
            if target.subresource or await core.live(target) is not None:
                raise
        try:
            return await _create(core, caller, target, config, manager, options)
        except AlreadyExists:
            continue
    raise Conflict.object(target.kind.group, target.kind.plural, target.name)


async def configuration(target: Target, spoken: Kind | Subresource, patch: bytes, options: WriteOptions
                        ) -> Configuration:  # fmt: skip
    """What is to be applied, a `spoken`. Raises Invalid without a manager, BadRequest for what is no configuration."""
    if not options.field_manager:
        raise patch_invalid(Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager"))
    obj, duplicates = await _parsed(patch)
    if not isinstance(obj, dict):
        raise BadRequest("error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
                         f"{_go_kind(obj)} into Go value of type map[string]interface {{}}")  # fmt: skip
    if duplicates and options.field_validation == "Strict":
        raise BadRequest(f"error strict decoding YAML: {duplicates[0]}")
    _identify(spoken, obj)
    metadata = obj["metadata"] = obj.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise BadRequest(f"error decoding YAML: metadata is no object but {_go_kind(metadata)}")
    if metadata.get("managedFields") is not None:
        raise BadRequest("metadata.managedFields must be nil")
    metadata.setdefault("name", target.name)
    place(target, metadata)
    try:
        text = orjson.dumps(obj)
    except TypeError as error:  # nested deeper than JSON is read, or a number beyond 64 bits
        raise BadRequest(f"error decoding YAML: {error}") from None
    return Configuration(text, obj, duplicates if options.field_validation == "Warn" else ())


def _go_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "array" if isinstance(value, list) else "string" if isinstance(value, str) else "number"


async def _parsed(patch: bytes) -> tuple[Any, tuple[str, ...]]:
    """JSON, which kubectl and libraries send, is YAML that can be read fast."""
    try:
        obj = json.load(patch)
    except json.NotJSON:
        pass
    else:
        return obj, tuple(yaml.load(patch).duplicates if duplicate_fields(patch, obj) else ())
    try:
        document = await asyncio.to_thread(yaml.load, patch) if len(patch) > _LARGE_YAML else yaml.load(patch)
    except yaml.NotYAML as error:
        raise BadRequest(f"error decoding YAML: error converting YAML to JSON: {error}") from None
    return document.value, document.duplicates


def _identify(spoken: Kind | Subresource, config: Obj) -> None:
    """An applied configuration says what it is, and says it right."""
    version, name = config.get("apiVersion") or "", config.get("kind") or ""
    served = f"{spoken.group}/{spoken.version}" if spoken.group else spoken.version
    if (version, name) != (served, spoken.kind):
        group, _, short = str(version).rpartition("/")
        raise BadRequest(f"invalid object type: {group}/{short}, Kind={name}")


async def update(core: Core, caller: Caller, target: Target, config: Configuration, manager: Manager, force: bool,
                 options: WriteOptions) -> Answer:  # fmt: skip
    """Applies to what is there. Raises NotFound."""
    warnings: list[str] = []

    async def transform(old: Obj, copy: Obj) -> Wanted:
        planned = _planned(core, target, copy, config.text, manager)
        warnings[:] = [*config.warnings, *retyped(core, target, planned.obj, old, replace(options, duplicates=()))]
        applied = algebra.conclude(planned, old, planned.obj, force=force)
        return await settle(core, caller, target, applied.obj, old, options, (applied, manager))

    changed = await change(core, target, transform, fence=options.fence, dry_run=options.dry_run)
    return Answer(200, changed.json, warnings)


async def _create(core: Core, caller: Caller, target: Target, config: Configuration, manager: Manager,
                  options: WriteOptions) -> Answer:  # fmt: skip
    if "create" not in target.kind.verbs:
        raise MethodNotAllowed
    authorize(caller, "create", target)
    uid = config.obj["metadata"].get("uid")
    if uid:
        why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise Conflict.object(target.kind.group, target.kind.plural, target.name, why)
    nothing: Obj = {"metadata": {}}
    planned = _planned(core, target, nothing, config.text, manager)
    applied = algebra.conclude(planned, nothing, planned.obj)
    place_ = target._replace(subresource="")
    answer = await creating.create(core, caller, place_, applied.obj, replace(options, duplicates=()),
                                   (applied, manager))  # fmt: skip
    return answer._replace(warnings=[*config.warnings, *answer.warnings])


def _planned(core: Core, target: Target, live: Obj, config: bytes, manager: Manager) -> Plan:
    """Raises what Kubernetes answers to a configuration that cannot be applied."""
    kind, wanted = target.kind, orjson.loads(config)
    try:
        managers = algebra.decoded(live["metadata"].get("managedFields"))
    except InvalidManagedFields as error:
        raise UnknownError(f"failed to decode managed fields: {error}") from None
    try:
        return algebra.plan(
            live, wanted, managers, manager, tracking.view(core, kind),
            ignored=tracking.unreachable(target, wanted), last=_last_applied(core, kind, live, managers, manager),
        )  # fmt: skip
    except IncompatibleConfiguration as error:
        metadata = wanted["metadata"]
        gvk = f"{kind.group}/{kind.version}, Kind={kind.kind}"
        raise UnknownError(f"failed to create typed patch object ({metadata.get('namespace', '')}/{metadata['name']}; "
                           f"{gvk}): {error}") from None  # fmt: skip


def _last_applied(core: Core, kind: Kind, live: Obj, managers: Any, manager: Manager) -> LastApplied | None:
    """Asked for where it matters: before anything is tracked, and by kubectl itself."""
    if managers and manager.name != "kubectl":
        return None

    def typed(obj: Obj) -> bool:
        return core.schema.check(kind, obj).wrong is None

    return algebra.last_applied(live, kind.api_version, typed, kind.default)
