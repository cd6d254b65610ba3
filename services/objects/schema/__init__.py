"""The types of all objects: checking, merge keys, and the OpenAPI documents.

A Schema is made from definitions that somebody else has read (pure code opens no files) and compiles what it is asked
for, so making one costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import orjson

from services.objects.custom.shaping.embedded import MetaProblems
from services.objects.errors import BadRequest, Cause, Invalid
from services.objects.kinds.kind import Kind, Subresource
from services.objects.meta import Obj
from services.objects.schema import openapi
from services.objects.schema.checking import Compiler, Found
from services.objects.schema.duplicates import duplicate_fields, in_order
from services.objects.schema.patch_types import PatchType
from services.objects.schema.shapes import DEDUCED, Shape, Shapes
from services.objects.schema.types import Definitions
from services.objects.wire import YAML_HEADING

if TYPE_CHECKING:
    from services.objects.custom.structure import Structure

_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_UNKNOWN, _QUOTE = 'unknown field "', '"'

__all__ = ["PatchType", "Schema", "SchemaProblems", "duplicate_fields"]


class SchemaProblems(NamedTuple):
    """`unknown`: texts like `unknown field "spec.foo"`; `wrong`: why the object cannot be decoded at all."""

    unknown: list[str]
    wrong: str | None

    def refuse(
        self, kind: Kind | Subresource, field_validation: str = "Warn", duplicates: Sequence[str] = ()
    ) -> list[str]:
        """The texts to warn with; raises BadRequest where Kubernetes refuses the object.

        `field_validation` is Ignore, Warn or Strict; `duplicates` are those of `duplicate_fields` or of `wire.yaml`.
        """
        if self.wrong is not None:
            raise BadRequest(undecodable(kind, self.wrong))
        found = self._found(field_validation, duplicates)
        if found and field_validation == "Strict":
            raise BadRequest(undecodable(kind, _strict(found)))
        return _warnings(found)

    def refuse_patch(
        self, patched: Obj, field_validation: str = "Warn", duplicates: Sequence[str] = ()
    ) -> list[str]:
        """The same for what a patch made: Kubernetes then blames the patch, with Invalid, which this raises."""
        found = self._found(field_validation, duplicates)
        why = self.wrong if self.wrong is not None else _strict(found) if field_validation == "Strict" and found else ""
        if why:
            text = json.dumps(orjson.dumps(patched).decode(), ensure_ascii=False)
            raise Invalid("", "", "", [Cause("FieldValueInvalid", f"Invalid value: {text}: {why}", "patch")])
        return _warnings(found)

    def _found(self, field_validation: str, duplicates: Sequence[str]) -> list[str]:
        return [] if field_validation == "Ignore" else in_order(duplicates, self.unknown)


def _strict(found: list[str]) -> str:
    return f"strict decoding error: {', '.join(found)}"


def _warnings(found: list[str]) -> list[str]:
    """One each: what YAML says twice comes as one text for all, with a heading."""
    if not any(each.startswith(YAML_HEADING) for each in found):
        return found
    return [line for each in found for line in (
        map(str.strip, each.removeprefix(YAML_HEADING).split("\n")) if each.startswith(YAML_HEADING) else [each])]


def undecodable(kind: Kind | Subresource, why: str) -> str:
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}'


class Schema:
    """Shared by everything in a process; the definitions must not change afterwards."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._compiler = Compiler(definitions)
        self._patch_types: dict[str, PatchType] = {}
        self._shapes = Shapes(definitions)
        self._custom_shapes: WeakKeyDictionary[Structure, Shape] = WeakKeyDictionary()

    def definition(self, name: str) -> Obj | None:
        """The definition as read, or None."""
        found: Obj | None = self._definitions.get(name)
        return found

    def check(self, kind: Kind | Subresource, obj: Any) -> SchemaProblems:
        """Checks `obj`, an object of the kind or a body of the subresource, and leaves it, in place, as Kubernetes'
        decoder would: nulls, unknown fields and empty optional lists go, quantities and times become canonical. When
        `wrong` is set it must not be used."""
        if kind.custom is not None:
            unknown, wrong = kind.custom.check(obj, self._check_meta)
            return SchemaProblems([f'unknown field "{path}"' for path in unknown], wrong)
        found = Found()
        self._compiler.object(kind.definition)(obj, None, found)
        return SchemaProblems(found.unknown, found.wrong)

    def _check_meta(self, metadata: Any, path: str) -> MetaProblems:
        """The metadata of a custom resource, or of one that is embedded in it."""
        found = Found()
        self._compiler.object(_OBJECT_META)(metadata, None, found)
        unknown = [f"{path}.{text.removeprefix(_UNKNOWN).removesuffix(_QUOTE)}" for text in found.unknown]
        return MetaProblems(unknown, found.wrong)

    def patch_type(self, kind: Kind) -> PatchType:
        known = self._patch_types.get(kind.definition)
        if known is None:
            reference = {"$ref": f"#/$defs/{kind.definition}"}
            known = self._patch_types[kind.definition] = PatchType(reference, self._definitions)
        return known

    def shape(self, kind: Kind) -> Shape:
        """The type of a kind's objects as server-side apply sees it."""
        if kind.custom is None:
            known = kind.definition in self._definitions
            return self._shapes.definition(kind.definition) if known else DEDUCED
        shape = self._custom_shapes.get(kind.custom)
        if shape is None:
            shape = self._custom_shapes[kind.custom] = self._shapes.custom(kind.custom.schema)
        return shape

    def openapi_v2(self, kinds: Iterable[Kind], version: str = "v1.36.0") -> Obj:
        """The swagger document of /openapi/v2; `version` is the server's."""
        return openapi.v2(self._definitions, kinds, version)

    def openapi_v3(self, group: str, api_version: str, kinds: Iterable[Kind], version: str = "v1.36.0") -> Obj:
        """The document of one group-version; `kinds` outside of it are left out."""
        return openapi.v3(self._definitions, group, api_version, kinds, version)
