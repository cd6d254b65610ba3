"""From client-side apply to server-side apply, and back: the annotation in which kubectl keeps what it applied.

When an object is first applied from the server's side, what kubectl applied before is known from the annotation, so it
belongs to the manager `kubectl-client-side-apply`: there kubectl looks for it when it migrates. That includes what
defaulting made of it, as it would if the fields had been tracked from the start; otherwise a probe that is taken out of
the configuration would stay behind as the skeleton of its defaults. What has another value by now is somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import orjson

from services.objects.apply.fieldpath import fieldset
from services.objects.apply.fieldpath.fieldset import LEAF, FieldSet
from services.objects.apply.managers import BEFORE_FIRST_APPLY, CLIENT_SIDE_APPLY, Managed, Manager, updater
from services.objects.apply.ownership import bare, everything
from services.objects.apply.typed.comparing import compare
from services.objects.apply.typed.owning import owned
from services.objects.meta import Obj
from services.objects.nesting import is_too_deep
from services.objects.schema.shapes import Shape

__all__ = [
    "KUBECTL", "LAST_APPLIED", "LastApplied", "agreed", "annotated", "annotation_of", "first_managers", "is_annotated",
    "last_applied",
]  # fmt: skip

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Only this manager is known to come from client-side apply, so only it may take its fields over without force.
KUBECTL = "kubectl"
_ANNOTATIONS_LIMIT = 256 << 10

_ANNOTATION: FieldSet = {"f:metadata": {"f:annotations": {f"f:{LAST_APPLIED}": LEAF}}}


class LastApplied(NamedTuple):
    """What the annotation says: typed, and also defaulted."""

    applied: Obj
    defaulted: Obj


def last_applied(live: Obj, api_version: str, typed: Callable[[Obj], bool], default: Callable[[Obj], None]
                 ) -> LastApplied | None:  # fmt: skip
    """None when there is no annotation, or none that means anything for this version.

    `typed` types an object in place and says whether it could, `default` defaults it in place.
    """
    text = _annotation(live)
    if not text:
        return None
    try:
        applied, defaulted = orjson.loads(text), orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(applied, dict) or applied.get("apiVersion") != api_version or is_too_deep(applied):
        return None
    if not (typed(applied) and typed(defaulted) and isinstance(defaulted.get("metadata"), dict)):
        return None
    default(defaulted)
    return LastApplied(applied, defaulted)


def _annotation(obj: Obj) -> str:
    text = (obj["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    return text if isinstance(text, str) else ""


def agreed(config: Obj, live: Obj, shape: Shape) -> FieldSet:
    """The fields of a configuration that are so in the object."""
    fields, errors = owned(config, shape)
    if errors:
        return {}
    changes = compare(config, bare(live), shape)
    return fieldset.difference(fieldset.difference(fields, changes.changed), changes.removed)


def first_managers(live: Obj, last: LastApplied | None, api_version: str, shape: Shape) -> dict[Manager, Managed]:
    """Who owns the fields of an object that nobody has applied yet."""
    fields = everything(live, shape)
    clients: FieldSet = {}
    if last is not None:
        wanted = everything(last.defaulted, shape)
        others = compare(last.defaulted, bare(live), shape)
        clients = fieldset.difference(fieldset.difference(wanted, others.changed), others.removed)
        clients = fieldset.intersection(fields, fieldset.union(clients, _ANNOTATION))
    found = {CLIENT_SIDE_APPLY: clients, BEFORE_FIRST_APPLY: fieldset.difference(fields, clients)}
    return {updater(name, api_version): Managed(owned, api_version) for name, owned in found.items() if owned}


def is_annotated(obj: Obj) -> bool:
    return bool(_annotation(obj))


def annotation_of(config: Obj) -> str:
    """What the annotation says of a configuration."""
    metadata = bare(config)["metadata"]
    rest = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
    kept = {key: value for key, value in metadata.items() if key != "annotations"}
    if rest:
        kept["annotations"] = rest
    said = {**config, "metadata": kept}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE).decode()


def annotated(obj: Obj, text: str) -> Obj:
    """The object with the annotation saying `text`, or without it when that would not fit."""
    annotations = {**obj["metadata"]["annotations"], LAST_APPLIED: text}
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items()) > _ANNOTATIONS_LIMIT:
        del annotations[LAST_APPLIED]
    return {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}
