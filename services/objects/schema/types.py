"""The types of fields, read from the OpenAPI definitions with the peculiarities of their source undone.

The source writes optional as `type: [..., "null"]`, references as `#/$defs/`, and Quantity and IntOrString as `oneOf`.
Here a field has one form; whether it is required is known to the object that holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

Definitions = Mapping[str, Any]

QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"
MICRO_TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"

_CORE = "io.k8s.api.core.v1."
# (definition, field) -> the default that Kubernetes declares with the type, which the source leaves out. What else is
# filled in is the kinds' own to say.
FIELD_DEFAULTS: Mapping[tuple[str, str], Any] = {
    (f"{_CORE}ContainerPort", "protocol"): "TCP", (f"{_CORE}ServicePort", "protocol"): "TCP",
    (f"{_CORE}AzureDiskVolumeSource", "cachingMode"): "ReadWrite",
    (f"{_CORE}AzureDiskVolumeSource", "fsType"): "ext4", (f"{_CORE}AzureDiskVolumeSource", "readOnly"): False,
    (f"{_CORE}AzureDiskVolumeSource", "kind"): "Shared",
    **{(f"{_CORE}{source}", field): value for sources, field, value in (
        (("ISCSIVolumeSource", "ISCSIPersistentVolumeSource"), "iscsiInterface", "default"),
        (("RBDVolumeSource", "RBDPersistentVolumeSource"), "pool", "rbd"),
        (("RBDVolumeSource", "RBDPersistentVolumeSource"), "user", "admin"),
        (("RBDVolumeSource", "RBDPersistentVolumeSource"), "keyring", "/etc/ceph/keyring"),
        (("ScaleIOVolumeSource", "ScaleIOPersistentVolumeSource"), "storageMode", "ThinProvisioned"),
        (("ScaleIOVolumeSource", "ScaleIOPersistentVolumeSource"), "fsType", "xfs"),
    ) for source in sources},
    ("io.k8s.api.resource.v1.DeviceToleration", "operator"): "Equal",
}  # fmt: skip

_REF = "#/$defs/"


class Form(Enum):
    STRING = "string"
    BOOLEAN = "boolean"
    INT32 = "int32"
    INT64 = "int64"
    NUMBER = "number"
    BYTES = "bytes"  # base64 text
    TIME = "time"
    MICRO_TIME = "micro-time"
    QUANTITY = "quantity"
    INT_OR_STRING = "int-or-string"
    OBJECT = "object"  # of a definition with fields
    MAP = "map"
    ARRAY = "array"
    ANY = "any"


_SPECIAL = {QUANTITY: Form.QUANTITY, INT_OR_STRING: Form.INT_OR_STRING, TIME: Form.TIME, MICRO_TIME: Form.MICRO_TIME}


class Type(NamedTuple):
    """`go` is how Kubernetes' errors call it; `definition` is set for objects, `element` for maps and arrays."""

    form: Form
    go: str
    definition: str = ""
    element: Type | None = None


def go_name(definition: str) -> str:
    """`io.k8s.api.core.v1.PodSpec` is `v1.PodSpec`."""
    return ".".join(definition.rsplit(".", 2)[1:])


def definition_of(schema: Mapping[str, Any]) -> str:
    """The name a schema refers to, "" when it is written out in place."""
    return str(schema.get("$ref", "")).removeprefix(_REF)


def type_of(schema: Mapping[str, Any], definitions: Definitions) -> Type:
    """The type of a field's, an item's or a value's schema."""
    name = definition_of(schema)
    if name:
        if name in _SPECIAL:
            return Type(_SPECIAL[name], go_name(name), name)
        if definitions[name].get("properties"):
            return Type(Form.OBJECT, go_name(name), name)
        return Type(Form.ANY, go_name(name), name)
    declared = schema.get("type")
    plain = declared if isinstance(declared, str) else next((each for each in declared or () if each != "null"), "")
    if plain == "string":
        return Type(Form.BYTES, "[]uint8") if schema.get("format") == "byte" else Type(Form.STRING, "string")
    if plain == "integer":
        return Type(Form.INT32, "int32") if schema.get("format") == "int32" else Type(Form.INT64, "int64")
    if plain == "boolean":
        return Type(Form.BOOLEAN, "bool")
    if plain == "number":
        return Type(Form.NUMBER, "float64")
    if plain == "array":
        element = type_of(schema.get("items", {}), definitions)
        return Type(Form.ARRAY, f"[]{element.go}", element=element)
    if plain == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        element = type_of(schema["additionalProperties"], definitions)
        return Type(Form.MAP, f"map[string]{element.go}", element=element)
    return Type(Form.ANY, "interface {}")
