"""The rules of a CustomResourceDefinition outside of its schemas.

Kubernetes validates an internal form in which what all versions have in common stands above them, and causes name its
fields: a schema that all versions share is at `spec.validation.openAPIV3Schema`, another at `spec.versions[0].schema`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from services.objects import names
from services.objects.custom.paths.fieldpaths import FieldPathError, parse
from services.objects.custom.structural import Node
from services.objects.kinds.apiextensions import conversion
from services.objects.kinds.apiextensions.schemas import validate_schema
from services.objects.kinds.validation.field import (
    Causes,
    duplicate,
    immutable,
    invalid,
    required,
    too_many,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj

APPROVED = "api-approved.kubernetes.io"
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_MOST_SELECTABLE = 8


def validate(crd: Obj) -> Causes:
    """Of creations and updates."""
    causes: Causes = []
    wanted = f"{crd['spec']['names'].get('plural', '')}.{crd['spec'].get('group', '')}"

    def rule(name: str) -> list[str]:
        errors = names.is_dns1123_subdomain(name)
        return errors if name == wanted else [*errors, 'must be spec.names.plural+"."+spec.group']

    validate_meta(causes, crd, rule, namespaced=False, qualified=False)
    return causes


def validate_create(crd: Obj) -> Causes:
    causes: Causes = []
    _spec(causes, crd["spec"], None, established=False)
    _stored_versions(causes, crd)
    _approval(causes, crd, None)
    return causes


def validate_update(new: Obj, old: Obj) -> Causes:
    """Schemas that did not change were judged when they came."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    established = is_established(old)
    spec, before = new["spec"], old["spec"]
    _spec(causes, spec, before, established=established)
    if established:
        immutable(causes, "spec.scope", spec.get("scope"), before.get("scope"))
        immutable(causes, "spec.names.kind", spec["names"].get("kind"), before["names"].get("kind"))
    immutable(causes, "spec.group", spec.get("group"), before.get("group"))
    immutable(causes, "spec.names.plural", spec["names"].get("plural"), before["names"].get("plural"))
    _status(causes, new)
    _stored_versions(causes, new)
    _approval(causes, new, old)
    return causes


def validate_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    _status(causes, new)
    return causes


def is_established(crd: Obj) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Established" and each.get("status") == "True" for each in conditions)


def _spec(causes: Causes, spec: Obj, before: Obj | None, *, established: bool) -> None:
    _group(causes, spec.get("group") or "")
    scope = spec.get("scope")
    if not scope:
        causes.append(required("spec.scope"))
    elif scope not in ("Cluster", "Namespaced"):
        causes.append(unsupported("spec.scope", scope, ("Cluster", "Namespaced")))
    if spec.get("preserveUnknownFields"):
        causes.append(invalid("spec.preserveUnknownFields", True, "cannot set to true, set "
                              "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
    versions: list[Obj] = spec.get("versions") or []
    for index, version in enumerate(versions):
        if not _schema_of(version):
            causes.append(required(f"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required"))
    for index, version in enumerate(versions):
        place = f"spec.versions[{index}]"
        if errors := names.is_dns1035_label(version.get("name") or ""):
            causes.append(invalid(f"{place}.name", version.get("name") or "", ",".join(errors)))
        for error in _deprecation_errors(version):
            causes.append(invalid(f"{place}.deprecationWarning", version["deprecationWarning"], error))
    if len({version.get("name") for version in versions}) < len(versions):
        causes.append(invalid("spec.versions", versions, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        causes.append(invalid("spec.versions", versions, "must have exactly one version marked as storage version"))
    for name in ("plural", "singular", "kind", "listKind"):
        if not spec["names"].get(name):
            causes.append(required(f"spec.names.{name}"))
    _names(causes, spec["names"], "spec.names")
    _schemas(causes, versions, (before or {}).get("versions") or [])
    _per_version(causes, versions, "subresources", "spec.subresources", _subresources)
    _per_version(causes, versions, "additionalPrinterColumns", "spec.additionalPrinterColumns", _columns)
    _selectable_fields(causes, versions)
    conversion.validate(causes, spec.get("conversion"), (before or {}).get("conversion"), established=established)


def _group(causes: Causes, group: str) -> None:
    if not group:
        causes.append(required("spec.group"))
    elif errors := names.is_dns1123_subdomain(group):
        causes.append(invalid("spec.group", group, ",".join(errors)))
    elif "." not in group:
        causes.append(invalid("spec.group", group, "should be a domain with at least one dot"))


def _deprecation_errors(version: Obj) -> list[str]:
    warning = version.get("deprecationWarning")
    if warning is None:
        return []
    if not version.get("deprecated"):
        return ["can only be set for deprecated versions"]
    errors = []
    if len(warning.encode("utf-8", "replace")) > 256:
        errors.append("must be <= 256 characters long")
    if not warning:
        errors.append("must not be an empty string")
    at = 0
    for character in warning:
        if character != " " and unicodedata.category(character)[0] in "CZ":
            errors.append("must only contain printable UTF-8 characters; non-printable character found at index "
                          f"{at}")  # fmt: skip
            break
        at += len(character.encode("utf-8", "replace"))
    return errors


def _names(causes: Causes, given: Obj, path: str) -> None:
    for name, mixed in (("plural", False), ("singular", False), ("kind", True), ("listKind", True)):
        value = given.get(name) or ""
        errors = names.is_dns1035_label(value.lower() if mixed else value) if value else []
        if errors:
            prefix = "may have mixed case, but should otherwise match: " if mixed else ""
            causes.append(invalid(f"{path}.{name}", value, prefix + ",".join(errors)))
    _labels(causes, given.get("shortNames") or (), f"{path}.shortNames")
    if given.get("kind") and given["kind"] == given.get("listKind"):
        causes.append(invalid(f"{path}.listKind", given["listKind"], "kind and listKind may not be the same"))
    _labels(causes, given.get("categories") or (), f"{path}.categories")


def _labels(causes: Causes, values: Sequence[str], path: str) -> None:
    for index, value in enumerate(values):
        if errors := names.is_dns1035_label(value):
            causes.append(invalid(f"{path}[{index}]", value, ",".join(errors)))


# Versions


def _schema_of(version: Obj) -> Obj | None:
    return (version.get("schema") or {}).get("openAPIV3Schema")


def _has_status(version: Obj) -> bool:
    return (version.get("subresources") or {}).get("status") is not None


def _common(versions: Sequence[Obj], field: str) -> bool:
    """Whether all versions say the same, which then stands above them."""
    return bool(versions) and all(version.get(field) == versions[0].get(field) for version in versions)


def _schemas(causes: Causes, versions: Sequence[Obj], before: Sequence[Obj]) -> None:
    known = {version.get("name"): (_schema_of(version), _has_status(version)) for version in before}
    if _common(versions, "schema"):
        schema, status = _schema_of(versions[0]), any(map(_has_status, versions))
        unchanged = all(known.get(version.get("name")) == (schema, status) for version in versions)
        if schema and not unchanged:
            causes += validate_schema(schema, "spec.validation.openAPIV3Schema", status=status)
        return
    for index, version in enumerate(versions):
        schema, status = _schema_of(version), _has_status(version)
        if schema and known.get(version.get("name")) != (schema, status):
            causes += validate_schema(schema, f"spec.versions[{index}].schema.openAPIV3Schema", status=status)


def _per_version(causes: Causes, versions: Sequence[Obj], field: str, above: str,
                 rule: Callable[[Causes, Any, str], None]) -> None:  # fmt: skip
    if _common(versions, field):
        if versions[0].get(field):
            rule(causes, versions[0][field], above)
        return
    for index, version in enumerate(versions):
        if version.get(field):
            rule(causes, version[field], f"spec.versions[{index}].{field}")


def _subresources(causes: Causes, given: Obj, path: str) -> None:
    scale = given.get("scale")
    if scale is None:
        return
    for name, below in (("specReplicasPath", (".spec.",)), ("statusReplicasPath", (".status.",)),
                        ("labelSelectorPath", (".spec.", ".status."))):  # fmt: skip
        text, place = scale.get(name) or "", f"{path}.scale.{name}"
        if not text:
            if name != "labelSelectorPath":
                causes.append(required(place))
        elif not text.startswith("."):
            causes.append(invalid(place, text, "must be a simple json path starting with ."))
        elif not text.startswith(below):
            where = "either .spec or .status" if len(below) > 1 else below[0].rstrip(".")
            causes.append(invalid(place, text, f"should be a json path under {where}"))


def _columns(causes: Causes, given: Sequence[Obj], path: str) -> None:
    for index, column in enumerate(given):
        place = f"{path}[{index}]"
        if not column.get("name"):
            causes.append(required(f"{place}.name"))
        kind, format = column.get("type") or "", column.get("format") or ""
        if not kind:
            causes.append(required(f"{place}.type", f"must be one of {','.join(_COLUMN_TYPES)}"))
        elif kind not in _COLUMN_TYPES:
            causes.append(invalid(f"{place}.type", kind, f"must be one of {','.join(_COLUMN_TYPES)}"))
        if format and format not in _COLUMN_FORMATS:
            causes.append(invalid(f"{place}.format", format, f"must be one of {','.join(_COLUMN_FORMATS)}"))
        path_text = column.get("jsonPath") or ""
        if not path_text:
            causes.append(required(f"{place}.JSONPath"))
        elif not path_text.startswith("."):
            causes.append(invalid(f"{place}.JSONPath", path_text, "must be a simple json path starting with ."))


def _selectable_fields(causes: Causes, versions: Sequence[Obj]) -> None:
    common = _common(versions, "selectableFields") and _common(versions, "schema")
    for index, version in enumerate(versions[:1] if common else versions):
        fields, schema = version.get("selectableFields"), _schema_of(version)
        if fields and schema:
            path = "spec.selectableFields" if common else f"spec.versions[{index}].selectableFields"
            _selectable(causes, fields, Node(schema), path)


def _selectable(causes: Causes, fields: Sequence[Obj], root: Node, path: str) -> None:
    seen: set[str] = set()
    for index, field in enumerate(fields):
        text, place = field.get("jsonPath") or "", f"{path}[{index}].jsonPath"
        if not text:
            causes.append(required(place))
            continue
        try:
            found = parse(text, root, brackets=False)
        except FieldPathError as error:
            causes.append(invalid(place, text, f"is an invalid path: {error}"))
            continue
        if found.names[:1] == ("metadata",):
            causes.append(invalid(place, text, "must not point to fields in metadata"))
        if found.node is None or found.node.type not in ("string", "boolean", "integer"):
            causes.append(invalid(place, text, "must point to a field of type string, boolean or integer. Enum string "
                                               "fields and strings with formats are allowed."))
        if found.path in seen:
            causes.append(duplicate(place, text))
        seen.add(found.path)
    if len(seen) > _MOST_SELECTABLE:
        causes.append(too_many(path, len(seen), _MOST_SELECTABLE))


# Status and approval


def _status(causes: Causes, crd: Obj) -> None:
    _names(causes, (crd.get("status") or {}).get("acceptedNames") or {}, "status.acceptedNames")


def _stored_versions(causes: Causes, crd: Obj) -> None:
    stored: list[str] = (crd.get("status") or {}).get("storedVersions") or []
    if not stored:
        causes.append(invalid("status.storedVersions", stored, "must have at least one stored version"))
        return
    known = [version.get("name") for version in crd["spec"].get("versions") or ()]
    for version in crd["spec"].get("versions") or ():
        if version.get("storage") and version.get("name") not in stored:
            why = f"must have the storage version {version.get('name')}"
            causes.append(invalid("status.storedVersions", stored, why))
    for index, name in enumerate(stored):
        if name not in known:
            causes.append(invalid(f"status.storedVersions[{index}]", name, f"missing from spec.versions; {name} was "
                                  f"previously a storage version, and must remain in spec.versions until a storage "
                                  f"migration ensures no data remains persisted in {name} and removes {name} from "
                                  "status.storedVersions"))


def _approval(causes: Causes, crd: Obj, old: Obj | None) -> None:
    """Groups of Kubernetes' own need a reviewed change."""
    group = crd["spec"].get("group") or ""
    if not group.endswith((".k8s.io", ".kubernetes.io")) and group not in ("k8s.io", "kubernetes.io"):
        return
    state = _approval_of(crd)
    if old is not None and _approval_of(old)[0] == state[0]:
        return
    path = f"metadata.annotations[{APPROVED}]"
    if state[0] == "missing":
        causes.append(required(path, state[1]))
    elif state[0] == "invalid":
        causes.append(invalid(path, (crd["metadata"].get("annotations") or {}).get(APPROVED), state[1]))


def _approval_of(crd: Obj) -> tuple[str, str]:
    """(approved, bypassed, missing or invalid, why)."""
    text = (crd["metadata"].get("annotations") or {}).get(APPROVED)
    see = "see https://github.com/kubernetes/enhancements/pull/1111"
    if not text:
        return "missing", f'protected groups must have approval annotation "{APPROVED}", {see}'
    if text.startswith("unapproved"):
        return "bypassed", f'not approved: "{text}"'
    if text.startswith(("http://", "https://")) and len(text.split("/", 3)) > 2 and text.split("/", 3)[2]:
        return "approved", f'approved in {text}'
    return "invalid", f'protected groups must have approval annotation "{APPROVED}" with either a URL or a reason ' \
                      f'starting with "unapproved", {see}'  # fmt: skip
