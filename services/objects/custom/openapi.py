"""The schema of a custom resource as the OpenAPI documents publish it.

Written in the form of the API's definitions (references are `#/$defs/NAME`), to which the dialects apply their own.
What version 2 of OpenAPI cannot say is left out there: kubectl takes a field without a type for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.objects.custom.structural import Schema
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_CONVENTIONS = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
_API_VERSION = {
    "description": "APIVersion defines the versioned schema of this representation of an object. Servers should "
                   "convert recognized schemas to the latest internal value, and may reject unrecognized values. "
                   "More info: "
                   f"{_CONVENTIONS}#resources", "type": "string"}  # fmt: skip
_KIND = {
    "description": "Kind is a string value representing the REST resource this object represents. Servers may infer "
                   "this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. "
                   "More info: "
                   f"{_CONVENTIONS}#types-kinds", "type": "string"}  # fmt: skip
_OBJECT_META = {"description": f"Standard object's metadata. More info: {_CONVENTIONS}#metadata",
                "$ref": f"#/$defs/{_META}ObjectMeta"}  # fmt: skip
_LIST_META = {"description": f"Standard list metadata. More info: {_CONVENTIONS}#types-kinds",
              "$ref": f"#/$defs/{_META}ListMeta"}  # fmt: skip
_NOT_IN_V2 = frozenset({"anyOf", "oneOf", "not", "default", "nullable"})
_VALUES = frozenset({"description", "title", "externalDocs", "example"})


def definitions(kind: Kind, *, v2: bool) -> dict[str, Obj]:
    """The definitions of a custom kind and of its list, by name."""
    assert kind.custom is not None
    gvk = [{"group": kind.group, "kind": kind.kind, "version": kind.version}]
    published = _published(kind.custom.schema, v2, resource=True)
    if kind.fields:
        published["x-kubernetes-selectable-fields"] = [{"fieldPath": path} for path in kind.fields]
    items = {"description": f"List of {kind.plural}. More info: {_CONVENTIONS}", "type": "array",
             "items": {"$ref": f"#/$defs/{kind.definition}"}}  # fmt: skip
    listed: Obj = {
        "description": f"{kind.list_kind} is a list of {kind.kind}", "type": "object", "required": ["items"],
        "properties": {"apiVersion": _API_VERSION, "items": items, "kind": _KIND, "metadata": _LIST_META},
        "x-kubernetes-group-version-kind": [{**gvk[0], "kind": kind.list_kind}],
    }  # fmt: skip
    return {kind.definition: {**published, "x-kubernetes-group-version-kind": gvk}, f"{kind.definition}List": listed}


def _published(schema: Schema, v2: bool, *, resource: bool = False) -> Obj:
    resource = resource or bool(schema.get("x-kubernetes-embedded-resource"))
    if v2 and _says_nothing(schema):
        return {key: value for key, value in schema.items() if key in _VALUES or key.startswith("x-kubernetes-")}
    result: Obj = {}
    for key, value in schema.items():
        if v2 and key in _NOT_IN_V2:
            continue
        if key == "properties" and not (v2 and schema.get("x-kubernetes-preserve-unknown-fields")):
            result[key] = {name: _published(inner, v2) for name, inner in value.items()}
        elif key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
            if not (v2 and key == "items" and schema.get("x-kubernetes-preserve-unknown-fields")):
                result[key] = _published(value, v2)
        elif key in ("allOf", "anyOf", "oneOf"):
            result[key] = [_published(inner, v2) for inner in value]
        elif key != "properties":
            result[key] = value
    if resource:
        result["properties"] = _whole(result.get("properties") or {})
    return result


def _says_nothing(schema: Schema) -> bool:
    """What version 2 has no words for: a value that may be null or of one of two types."""
    return bool(schema.get("nullable") or schema.get("x-kubernetes-int-or-string"))


def _whole(properties: Mapping[str, Any]) -> Obj:
    """With what every object has."""
    return {**properties, "apiVersion": _API_VERSION, "kind": _KIND, "metadata": _OBJECT_META}
