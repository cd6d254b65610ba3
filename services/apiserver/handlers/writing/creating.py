"""Creating objects: names made up, metadata that is ours to set, one write."""

from __future__ import annotations

import uuid

import orjson

from services.apiserver.admission.chain import Request
from services.apiserver.handlers.core import Answer, Base, Core, from_entry, to_value
from services.apiserver.handlers.writing import tracking
from services.apiserver.handlers.writing.decoding import decode
from services.apiserver.handlers.writing.judging import judged
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import names, times
from services.objects.apply import Applied, Manager
from services.objects.errors import AlreadyExists, BadRequest, FencedOff, Invalid
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage.store import Fenced, Put, Refused

# How many made-up names may be taken before it is the user's turn again.
NAMES_TRIED = 8


async def create(core: Core, caller: Caller, target: Target, body: Obj, options: WriteOptions,
                 applied: tuple[Applied, Manager] | None = None) -> Answer:  # fmt: skip
    """`applied` is what an apply to nothing came to, and whose it is."""
    warnings = decode(core.schema, target, body, options)
    kind, metadata = target.kind, body["metadata"]
    if metadata.get("resourceVersion"):
        raise BadRequest("resourceVersion should not be set on objects to be created")
    if target.name and metadata.setdefault("name", target.name) != target.name:
        raise BadRequest(f"the name of the object ({metadata['name']}) does not match the name on the URL "
                         f"({target.name})")  # fmt: skip
    base_name = "" if metadata.get("name") else metadata.get("generateName") or ""
    # A name that is taken begins again from what was asked: names are in labels and selectors as well.
    asked = orjson.dumps(body) if base_name else b""
    for attempt in range(NAMES_TRIED):
        obj = orjson.loads(asked) if attempt else body
        if base_name:
            obj["metadata"]["name"] = names.generate(base_name, core.rng)
            kind.default(obj)
        _begin(core, kind, obj)
        if applied is not None:
            tracking.track_apply(core, obj, {}, *applied)
        elif "managedFields" in obj["metadata"]:
            tracking.track_creation(core, target, obj, options)
        admitted = await _admit(core, caller, target, obj, options)
        try:
            base = await _store(core, target, obj, options)
        except AlreadyExists:
            if not base_name or attempt == NAMES_TRIED - 1:
                raise
            continue
        return Answer(201, base.json, warnings + admitted)
    raise AssertionError("the last attempt returns or raises")


def _begin(core: Core, kind: Kind, obj: Obj) -> None:
    """What only the server sets."""
    metadata = obj["metadata"]
    for field in ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
        metadata.pop(field, None)
    metadata["uid"] = str(uuid.uuid4())
    metadata["creationTimestamp"] = times.rfc3339(core.now())
    kind.prepare(obj)
    if kind.has_generation:
        metadata["generation"] = 1


async def _admit(core: Core, caller: Caller, target: Target, obj: Obj, options: WriteOptions) -> list[str]:
    kind = target.kind
    # Of what the user sent, before admission adds what nobody need be warned of.
    warnings = kind.warnings(obj)
    await core.admission.admit(Request("create", caller, target, obj, None, options.dry_run))
    causes = await judged(kind, lambda: [*kind.validate(obj), *kind.validate_create(obj)])
    if causes:
        raise Invalid(kind.group, kind.kind, obj["metadata"].get("name") or "", causes)
    return warnings


async def _store(core: Core, target: Target, obj: Obj, options: WriteOptions) -> Base:
    kind = target.kind
    name = obj["metadata"]["name"]
    place = Target(kind, target.namespace, name)
    claim = await core.hooks.creating(kind, obj, options.dry_run)
    value = to_value(kind, obj)
    if options.dry_run:
        if await core.live(place) is not None:
            raise AlreadyExists.object(kind.group, kind.plural, name)
        return Base(value, 0)
    outcome = await core.writer.commit(Put(core.key(place), value, 0, kind.ttl), options.fence)
    if isinstance(outcome, Refused):
        await claim.undo()
        raise AlreadyExists.object(kind.group, kind.plural, name)
    if isinstance(outcome, Fenced):
        await claim.undo()
        raise FencedOff.object(kind.group, kind.plural, name, "the writer is no longer the leader")
    base = from_entry(kind, value, outcome.resource_version)
    core.wrote(place, base)
    return base
