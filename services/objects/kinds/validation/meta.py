"""The rules of metadata, the same for every kind but for what a name may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.objects import names
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    immutable,
    invalid,
    not_negative,
    required,
    too_long,
)
from services.objects.kinds.validation.labels import qualified_name_errors, validate_labels
from services.objects.meta import Obj

NameRule = Callable[[str], list[str]]

ANNOTATIONS_SIZE = 256 * 1024
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_SET_BY_SERVER = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def validate_meta(causes: Causes, obj: Obj, name_rule: NameRule, *, namespaced: bool = True,
                  qualified: bool = True) -> None:  # fmt: skip
    """`qualified`: finalizers have a domain or are the standard ones; what users define is only warned of others."""
    metadata = obj.get("metadata") or {}
    prefix = metadata.get("generateName")
    if prefix:
        add_invalid(causes, "metadata.generateName", prefix, name_rule(_finished(prefix)))
    name = metadata.get("name")
    if not name:
        causes.append(required("metadata.name", "name or generateName is required"))
    elif errors := name_rule(name):
        add_invalid(causes, "metadata.name", name, errors)
    namespace = metadata.get("namespace")
    if namespaced:
        if not namespace:
            causes.append(required("metadata.namespace"))
        elif errors := names.is_dns1123_label(namespace):
            add_invalid(causes, "metadata.namespace", namespace, errors)
    elif namespace:
        causes.append(forbidden("metadata.namespace", "not allowed on this type"))
    _validate_rest(causes, metadata, qualified)


def validate_meta_update(causes: Causes, new: Obj, old: Obj) -> None:
    """What of metadata may not change; the rest of metadata is validated with the whole object."""
    after, before = new["metadata"], old["metadata"]
    if before.get("deletionTimestamp"):
        added = [each for each in after.get("finalizers", ()) if each not in before.get("finalizers", ())]
        if added:
            listed = ", ".join(f'"{each}"' for each in sorted(added))
            causes.append(forbidden("metadata.finalizers", "no new finalizers can be added if the object is being "
                                                           f"deleted, found new finalizers []string{{{listed}}}"))
    for name in _SET_BY_SERVER:
        immutable(causes, f"metadata.{name}", after.get(name), before.get(name))


def validate_update(new: Obj, old: Obj) -> Causes:
    """Of kinds of which everything but metadata's fixed fields may change."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    return causes


def _finished(prefix: str) -> str:
    """A generateName ends in a dash, which the generated name does not."""
    return f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def _validate_rest(causes: Causes, metadata: Obj, qualified: bool) -> None:
    not_negative(causes, "metadata.generation", metadata.get("generation"))
    labels = metadata.get("labels")
    if labels:
        validate_labels(causes, "metadata.labels", labels)
    annotations = metadata.get("annotations")
    if annotations:
        validate_annotations(causes, "metadata.annotations", annotations)
    owners = metadata.get("ownerReferences")
    if owners:
        _validate_owners(causes, "metadata.ownerReferences", owners)
    finalizers = metadata.get("finalizers")
    if finalizers:
        validate_finalizers(causes, "metadata.finalizers", finalizers, qualified=qualified)


def validate_annotations(causes: Causes, path: str, annotations: Mapping[str, str]) -> None:
    size = 0
    for key, value in annotations.items():
        if errors := qualified_name_errors(key.lower()):
            add_invalid(causes, path, key, errors)
        size += len(key) + len(value)
    if size > ANNOTATIONS_SIZE // 4 and _bytes_of(annotations) > ANNOTATIONS_SIZE:
        causes.append(too_long(path, ANNOTATIONS_SIZE))


def _bytes_of(texts: Mapping[str, str]) -> int:
    return sum(len(key.encode("utf-8", "replace")) + len(value.encode("utf-8", "replace"))
               for key, value in texts.items())  # fmt: skip


def finalizer_warnings(obj: Obj) -> list[str]:
    """Of what users define: finalizers that another may call the same."""
    return [f'metadata.finalizers: "{each}": prefer a domain-qualified finalizer name including a path (/) to avoid '
            "accidental conflicts with other finalizer writers"
            for each in (obj.get("metadata") or {}).get("finalizers") or ()
            if "/" not in each and each not in STANDARD_FINALIZERS]  # fmt: skip


def validate_finalizers(causes: Causes, path: str, finalizers: Sequence[str], *, qualified: bool = True) -> None:
    for index, finalizer in enumerate(finalizers):
        errors = qualified_name_errors(finalizer)
        add_invalid(causes, path, finalizer, errors)
        if qualified and not errors and "/" not in finalizer and finalizer not in STANDARD_FINALIZERS:
            causes.append(invalid(f"{path}[{index}]", finalizer,
                                  "name is neither a standard finalizer name nor is it fully qualified"))
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        causes.append(invalid(path, list(finalizers),
                              "finalizer orphan and foregroundDeletion cannot be both set"))


def _validate_owners(causes: Causes, path: str, owners: Sequence[Obj]) -> None:
    controller = ""
    for owner in owners:
        api_version = owner.get("apiVersion") or ""
        group, _, version = api_version.rpartition("/")
        if not version or "/" in group:
            causes.append(invalid(f"{path}.apiVersion", api_version, "version must not be empty"))
        for name in ("kind", "name", "uid"):
            if not owner.get(name):
                causes.append(invalid(f"{path}.{name}", "", f"{name} must not be empty"))
        if api_version == "v1" and owner.get("kind") == "Event":
            causes.append(invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"))
        if owner.get("controller"):
            if controller:
                causes.append(invalid(path, list(owners), "Only one reference can have Controller set to true. Found "
                                      f'"true" in references for {controller} and {owner.get("name", "")}'))
            controller = controller or owner.get("name") or "?"
