"""PATCH: JSON patch, merge patch and strategic merge patch on any object or subresource; `applying` has the fourth.

A patch is applied to the object as it is now and again when somebody else was faster, unless it names a
resourceVersion. What it makes is then treated as any update.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.handlers.writing.updating import new_warnings, settle
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects.equality import identical
from services.objects.errors import BadRequest, Cause, Invalid, UnsupportedMediaType
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.objects.patching import json_patch, merge_patch, strategic_merge
from services.objects.patching.media import APPLY, JSON, MERGE, STRATEGIC
from services.objects.schema import duplicate_fields
from services.objects.wire import json

_HEAD = ("apiVersion", "kind", "metadata")

Patcher = Callable[[Obj], Obj]


def patcher(core: Core, kind: Kind, patch_type: str, patch: bytes) -> Patcher:
    """Makes the patched object of another. Raises BadRequest for a patch that is none.

    The patch is parsed again for every use: its parts end up in the object, which is then changed in place.
    """
    try:
        parsed = json.load(patch)
    except json.NotJSON as error:
        raise BadRequest(f"error decoding patch: {error}") from error
    if patch_type == JSON:
        if not isinstance(parsed, list):
            raise BadRequest(
                "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
            )
        return lambda obj: json_patch(obj, json.load(patch))
    accepted = (MERGE, STRATEGIC) if kind.custom is None else (MERGE,)
    if patch_type not in accepted:
        raise UnsupportedMediaType(
            "the body of the request was in an unknown format - accepted media types include: "
            f"{', '.join((JSON, *accepted, APPLY))}"
        )
    if not isinstance(parsed, dict):
        raise BadRequest("error decoding patch: a JSON object is expected")
    if patch_type == MERGE:
        return lambda obj: merge_patch(obj, json.load(patch))
    types = core.schema.patch_type(kind)
    return lambda obj: strategic_merge(obj, json.load(patch), types)


async def patch(core: Core, caller: Caller, target: Target, patch_type: str, patch: bytes, force: bool,
                options: WriteOptions) -> Answer:  # fmt: skip
    """`force` belongs to server-side apply."""
    if force:
        raise force_forbidden()
    apply = patcher(core, target.kind, patch_type, patch)
    if patch_type != JSON and options.field_validation != "Ignore":
        duplicates = tuple(duplicate_fields(patch, json.load(patch)))
        options = replace(options, duplicates=duplicates) if duplicates else options
    warnings: list[str] = []

    async def transform(old: Obj, copy: Obj) -> Wanted:
        warnings[:] = []
        new = apply(copy)
        warnings.extend(retyped(core, target, new, old, options))
        return await settle(core, caller, target, new, old, options)

    changed = await change(core, target, transform, fence=options.fence, dry_run=options.dry_run)
    return Answer(200, changed.json, warnings)


def retyped(core: Core, target: Target, new: Obj, old: Obj, options: WriteOptions) -> list[str]:
    """Types and defaults, in place, what a patch made of `old`; returns warnings. Raises BadRequest, Invalid.

    What the patch left as it was is typed, defaulted and warned of already.
    """
    kind = target.kind
    if not isinstance(new, dict) or not isinstance(new.get("metadata"), dict):
        raise BadRequest("the patch leaves no object")
    if new.get("apiVersion") != kind.api_version or new.get("kind") != kind.kind:
        raise BadRequest(f"the patch changes the type of the object: {new.get('apiVersion')}, {new.get('kind')}")
    metadata = new["metadata"]
    if metadata.get("name") != target.name:
        raise BadRequest(f"the name of the object ({metadata.get('name')}) does not match the name on the URL "
                         f"({target.name})")  # fmt: skip
    if kind.namespaced and metadata.get("namespace") != target.namespace:
        raise BadRequest("the namespace of the object does not match the namespace on the URL")
    same = {field: value for field, value in new.items()
            if field not in _HEAD and field in old and identical(value, old[field])}  # fmt: skip
    for field in same:
        del new[field]
    problems = core.schema.check(kind, new)
    changed = any(field not in _HEAD for field in new) or len(new) + len(same) != len(old)
    new.update(same)
    warnings = problems.refuse_patch(new, options.field_validation, list(options.duplicates))
    if changed:
        kind.default(new)
        warnings += new_warnings(target, new, old)
    return warnings


def force_forbidden() -> Invalid:
    return patch_invalid(Cause("FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force"))


def patch_invalid(cause: Cause) -> Invalid:
    return Invalid("meta.k8s.io", "PatchOptions", "", [cause])
