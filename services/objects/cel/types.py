"""The types of CEL, as values that a checker unifies and an estimator takes sizes from.

A declaration says more than the language needs: how long a string can get, which property a field name stands for,
whether a list is a set. All of that rides on the same value (one type for a declaration and for the checker, where
cel-go and Kubernetes keep two with a mapping between them); equality looks at the language's part only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    BOOL = "bool"
    INT = "int"
    UINT = "uint"
    DOUBLE = "double"
    STRING = "string"
    BYTES = "bytes"
    NULL = "null_type"
    DYN = "dyn"
    TIMESTAMP = "google.protobuf.Timestamp"
    DURATION = "google.protobuf.Duration"
    LIST = "list"
    MAP = "map"
    OBJECT = "object"  # of declared fields
    OPAQUE = "opaque"  # of a library: quantity, URL, optional_type, …
    TYPE = "type"
    PARAMETER = "parameter"  # a type variable of an overload, or a free one of the checker
    ERROR = "!error!"


class Field(NamedTuple):
    """`property` is the JSON name: a field `__if__` stands for the property `if`."""

    property: str
    type: Type


class Type:
    """`parameters` are (element,) of a list, (key, value) of a map, (of what,) of a type or an optional.

    `fields` are an object's, by the name expressions use. `size` is the most elements, characters or bytes a value has;
    `list_type` and `list_keys` are x-kubernetes-list-type and -map-keys; `serialized` is the fewest bytes of its JSON.
    """

    __slots__ = ("_fields", "_hash", "kind", "list_keys", "list_type", "name", "parameters", "raw", "serialized",
                 "size")  # fmt: skip

    def __init__(
        self,
        kind: Kind,
        name: str = "",
        parameters: tuple[Type, ...] = (),
        *,
        fields: Mapping[str, Field] | Callable[[], Mapping[str, Field]] | None = None,
        size: int | None = None,
        serialized: int = 1,
        list_type: str = "",
        list_keys: tuple[str, ...] = (),
        raw: bool = True,
    ) -> None:
        self.kind = kind
        self.name = name or kind.value
        self.parameters = parameters
        self._fields = fields
        self.size = size
        self.serialized = serialized
        self.list_type = list_type
        self.list_keys = list_keys
        self.raw = raw  # a JSON value of it needs no conversion, nor anything within
        self._hash = hash((kind, self.name, parameters))

    @property
    def fields(self) -> Mapping[str, Field]:
        """A definition that refers to itself gives its fields as a function, called once."""
        fields = self._fields
        if fields is None:
            return {}
        if callable(fields):
            fields = self._fields = fields()
        return fields

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (isinstance(other, Type) and self._hash == other._hash and self.kind is other.kind
                and self.name == other.name and self.parameters == other.parameters)  # fmt: skip

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        """As cel-go's messages call it: `list(int)`, `map(string, dyn)`, `optional_type(string)`."""
        if self.kind is Kind.TYPE and not self.parameters:
            return "type"
        if not self.parameters:
            return _SHOWN.get(self.kind, self.name)
        return f"{_SHOWN.get(self.kind, self.name)}({', '.join(map(str, self.parameters))})"

    def __repr__(self) -> str:
        return f"<{self}>"


_SHOWN = {Kind.NULL: "null", Kind.TIMESTAMP: "timestamp", Kind.DURATION: "duration"}


def simple(kind: Kind, size: int | None = None, serialized: int = 1, raw: bool = True) -> Type:
    return Type(kind, size=size, serialized=serialized, raw=raw)


BOOL = simple(Kind.BOOL, serialized=4)
INT = simple(Kind.INT)
UINT = simple(Kind.UINT)
DOUBLE = simple(Kind.DOUBLE)
STRING = simple(Kind.STRING, serialized=2)
BYTES = simple(Kind.BYTES, serialized=2)
NULL = simple(Kind.NULL, serialized=4)
DYN = simple(Kind.DYN)
TIMESTAMP = simple(Kind.TIMESTAMP, serialized=21)
DURATION = simple(Kind.DURATION, serialized=3)
ERROR = simple(Kind.ERROR)
TYPE = Type(Kind.TYPE)


def list_of(element: Type, size: int | None = None, list_type: str = "", list_keys: tuple[str, ...] = ()) -> Type:
    return Type(Kind.LIST, "", (element,), size=size, serialized=2, list_type=list_type, list_keys=list_keys,
                raw=element.raw and list_type not in ("set", "map"))  # fmt: skip


def map_of(key: Type, value: Type, size: int | None = None) -> Type:
    return Type(Kind.MAP, "", (key, value), size=size, serialized=2, raw=value.raw)


def object_of(name: str, fields: Mapping[str, Field] | Callable[[], Mapping[str, Field]], *,
              serialized: int = 2, raw: bool = True) -> Type:  # fmt: skip
    return Type(Kind.OBJECT, name, fields=fields, serialized=serialized, raw=raw)


def opaque(name: str, *parameters: Type) -> Type:
    return Type(Kind.OPAQUE, name, parameters)


def optional_of(value: Type) -> Type:
    return Type(Kind.OPAQUE, "optional_type", (value,), raw=value.raw)


def type_type(of: Type) -> Type:
    return Type(Kind.TYPE, "", (of,))


def parameter(name: str) -> Type:
    return Type(Kind.PARAMETER, name)


def is_optional(value: Type) -> bool:
    return value.kind is Kind.OPAQUE and value.name == "optional_type"


QUANTITY = opaque("kubernetes.Quantity")
URL = opaque("kubernetes.URL")
IP = opaque("net.IP")
CIDR = opaque("net.CIDR")
SEMVER = opaque("kubernetes.Semver")
FORMAT = opaque("kubernetes.NamedFormat")
AUTHORIZER = opaque("kubernetes.authorization.Authorizer")
PATH_CHECK = opaque("kubernetes.authorization.PathCheck")
GROUP_CHECK = opaque("kubernetes.authorization.GroupCheck")
RESOURCE_CHECK = opaque("kubernetes.authorization.ResourceCheck")
DECISION = opaque("kubernetes.authorization.Decision")
# What mutating policies make: objects to apply, of any fields, and the operations of a JSON patch.
OBJECT = object_of("Object", {})
JSON_PATCH = object_of("JSONPatch", {
    "op": Field("op", STRING), "path": Field("path", STRING), "from": Field("from", STRING),
    "value": Field("value", DYN),
})  # fmt: skip
