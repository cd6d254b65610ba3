"""Types of variables made from the definitions of built-in kinds.

Not imported with the package: the module of definitions knows the kinds, and kinds with expressions know the package.
"""

from __future__ import annotations

from services.objects.cel.declarations import LONGEST_STRING, LONGEST_TIME, most_entries, most_items
from services.objects.cel.escaping import escape
from services.objects.cel.types import BOOL, DYN, INT, STRING, Field, Kind, Type, list_of, map_of, object_of, simple
from services.objects.schema.types import Definitions, Form, type_of
from services.objects.schema.types import Type as Declared


def definition_type(name: str, definitions: Definitions) -> Type:
    """The type of a built-in definition (`io.k8s.api.core.v1.Pod`), its fields read when an expression asks for one."""

    def fields() -> dict[str, Field]:
        found: dict[str, Field] = {}
        for key, schema in (definitions[name].get("properties") or {}).items():
            escaped = escape(key)
            if escaped is not None:
                found[escaped] = Field(key, _declared(type_of(schema, definitions), definitions))
        return found

    return object_of(name, fields, raw=False)


_DECLARED = {
    Form.STRING: simple(Kind.STRING, LONGEST_STRING, 2),
    Form.QUANTITY: simple(Kind.STRING, LONGEST_STRING, 2),
    Form.BOOLEAN: BOOL,
    Form.INT32: INT,
    Form.INT64: INT,
    Form.NUMBER: simple(Kind.DOUBLE, raw=False),
    Form.BYTES: simple(Kind.BYTES, LONGEST_STRING, 2, raw=False),
    Form.TIME: simple(Kind.TIMESTAMP, LONGEST_TIME, 21, raw=False),
    Form.MICRO_TIME: simple(Kind.TIMESTAMP, LONGEST_TIME, 21, raw=False),
    Form.INT_OR_STRING: simple(Kind.DYN, LONGEST_STRING),
    Form.ANY: DYN,
}


def _declared(declared: Declared, definitions: Definitions) -> Type:
    if declared.form is Form.OBJECT:
        return definition_type(declared.definition, definitions)
    if declared.element is None:
        return _DECLARED.get(declared.form, DYN)
    element = _declared(declared.element, definitions)
    if declared.form is Form.ARRAY:
        return list_of(element, most_items(element))
    return map_of(STRING, element, most_entries(element))
