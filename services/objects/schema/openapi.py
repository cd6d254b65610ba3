"""The OpenAPI documents that the apiserver publishes: v2 of everything, v3 per group-version.

The definitions come as data; the paths are made here from the kinds, since kubectl finds out from the verbs' parameters
what a server can do (dryRun, fieldManager, fieldValidation) and from a PATCH's content types how to patch. The same
walk over the kinds makes both versions; what differs between them is in `_V2` and `_V3`.

Documents are plain dicts with a fixed order of keys: serialised they are the same bytes in every process.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from services.objects.custom import openapi as custom_openapi
from services.objects.kinds.kind import Kind, Subresource
from services.objects.meta import Obj
from services.objects.patching import media
from services.objects.schema.types import FIELD_DEFAULTS, INT_OR_STRING, QUANTITY, Definitions, definition_of

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
STATUS, DELETE_OPTIONS, PATCH = f"{_META}Status", f"{_META}DeleteOptions", f"{_META}Patch"
_ALWAYS = (STATUS, DELETE_OPTIONS, PATCH, f"{_META}WatchEvent")
_PATCH_TYPES = (media.APPLY, media.JSON, media.MERGE, media.STRATEGIC)

_DESCRIPTIONS = {
    "pretty": "If 'true', then the output is pretty printed.",
    "dryRun": "When present, indicates that modifications should not be persisted. Valid values are: - All: all dry "
              "run stages will be processed",
    "fieldManager": "fieldManager is a name associated with the actor or entity that is making these changes.",
    "fieldValidation": "fieldValidation instructs the server on how to handle objects in the request containing "
                       "unknown or duplicate fields. Valid values are: Ignore, Warn, Strict.",
    "force": "Force is going to \"force\" Apply requests: the user takes over the fields that others own.",
    "gracePeriodSeconds": "The duration in seconds before the object should be deleted.",
    "orphanDependents": "Deprecated: please use the PropagationPolicy. Should the dependent objects be orphaned.",
    "propagationPolicy": "Whether and how garbage collection will be performed: 'Orphan', 'Background', 'Foreground'.",
    "allowWatchBookmarks": "allowWatchBookmarks requests watch events with type \"BOOKMARK\".",
    "continue": "The continue option should be set when retrieving more results from the server.",
    "fieldSelector": "A selector to restrict the list of returned objects by their fields. Defaults to everything.",
    "labelSelector": "A selector to restrict the list of returned objects by their labels. Defaults to everything.",
    "limit": "limit is a maximum number of responses to return for a list call.",
    "resourceVersion": "resourceVersion sets a constraint on what resource versions a request may be served from.",
    "resourceVersionMatch": "resourceVersionMatch determines how resourceVersion is applied to list calls.",
    "sendInitialEvents": "`sendInitialEvents=true` may be set together with `watch=true`: the watch then begins with "
                         "synthetic events that produce the current state of all objects, ended by a bookmark.",
    "timeoutSeconds": "Timeout for the list/watch call.",
    "watch": "Watch for changes to the described resources and return them as a stream of notifications.",
}  # fmt: skip
_INTEGERS = {"gracePeriodSeconds", "limit", "timeoutSeconds"}
_BOOLEANS = {"force", "orphanDependents", "allowWatchBookmarks", "sendInitialEvents", "watch"}

_LIST = ("allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
         "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch")  # fmt: skip
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_DELETE = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")

# verb -> (HTTP method, x-kubernetes-action, word in the operation's id, parameters, is of the collection)
_VERBS: dict[str, tuple[str, str, str, Sequence[str], bool]] = {
    "list": ("get", "list", "list", _LIST, True),
    "create": ("post", "post", "create", _WRITE, True),
    "deletecollection": (
        "delete", "deletecollection", "deleteCollection",
        tuple(sorted({*_DELETE, *_LIST} - {"allowWatchBookmarks", "watch"})), True),
    "get": ("get", "get", "read", (), False),
    "update": ("put", "put", "replace", _WRITE, False),
    "patch": ("patch", "patch", "patch", ("dryRun", "fieldManager", "fieldValidation", "force"), False),
    "delete": ("delete", "delete", "delete", _DELETE, False),
}  # fmt: skip


class _Dialect(Protocol):
    """What differs between OpenAPI v2 and v3."""

    root: str
    defaults: bool  # whether it tells them

    def parameter(self, name: str, place: str, schema: Obj, description: str, required: bool) -> Obj: ...

    def operation(self, parameters: list[Obj], body: str, bodies: Sequence[str], answer: str, forms: Sequence[str],
                  codes: Sequence[int]) -> Obj: ...  # fmt: skip

    def reference(self, name: str, rest: Obj) -> Obj: ...

    def special(self, name: str) -> Obj | None: ...


class _V2:
    root = "#/definitions/"
    defaults = False

    def parameter(self, name: str, place: str, schema: Obj, description: str, required: bool) -> Obj:
        result: Obj = {"name": name, "in": place, "description": description, **schema, "uniqueItems": True}
        return {**result, "required": True} if required else result

    def operation(self, parameters: list[Obj], body: str, bodies: Sequence[str], answer: str, forms: Sequence[str],
                  codes: Sequence[int]) -> Obj:  # fmt: skip
        if body:
            parameters = [{"name": "body", "in": "body", "required": True, "schema": {"$ref": self.root + body}},
                          *parameters]  # fmt: skip
        return {
            "consumes": list(bodies) or ["*/*"], "produces": list(forms), "schemes": ["https"],
            "parameters": parameters,
            "responses": {str(code): {"description": _CODES[code], "schema": {"$ref": self.root + answer}}
                          if answer and code < 400 else {"description": _CODES[code]} for code in codes},
        }  # fmt: skip

    def reference(self, name: str, rest: Obj) -> Obj:
        return {**rest, "$ref": self.root + name}

    def special(self, name: str) -> Obj | None:
        return {QUANTITY: {"type": "string"}, INT_OR_STRING: {"type": "string", "format": "int-or-string"}}.get(name)


class _V3:
    root = "#/components/schemas/"
    defaults = True

    def parameter(self, name: str, place: str, schema: Obj, description: str, required: bool) -> Obj:
        result: Obj = {"name": name, "in": place, "description": description}
        if required:
            result["required"] = True
        result["schema"] = {**schema, "uniqueItems": True}
        return result

    def operation(self, parameters: list[Obj], body: str, bodies: Sequence[str], answer: str, forms: Sequence[str],
                  codes: Sequence[int]) -> Obj:  # fmt: skip
        operation: Obj = {"parameters": parameters}
        if body:
            schema = {"schema": {"$ref": self.root + body}}
            operation["requestBody"] = {"content": dict.fromkeys(bodies or ("*/*",), schema), "required": True}
        content = {form: {"schema": {"$ref": self.root + answer}} for form in forms} if answer else None
        operation["responses"] = {
            str(code): {"description": _CODES[code], "content": content} if content and code < 400
            else {"description": _CODES[code]} for code in codes
        }  # fmt: skip
        return operation

    def reference(self, name: str, rest: Obj) -> Obj:
        return {**rest, "allOf": [{"$ref": self.root + name}]} if rest else {"$ref": self.root + name}

    def special(self, name: str) -> Obj | None:
        return {
            QUANTITY: {"oneOf": [{"type": "string"}, {"type": "number"}]},
            INT_OR_STRING: {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
        }.get(name)  # type: ignore[return-value]


_CODES = {200: "OK", 201: "Created", 202: "Accepted", 401: "Unauthorized"}


def v2(definitions: Definitions, kinds: Iterable[Kind], version: str) -> Obj:
    """The swagger document of all `kinds`; `version` is that of the server (v1.36.0)."""
    dialect, served = _V2(), list(kinds)
    definitions = _with_custom(definitions, served, dialect)
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": _paths(served, definitions, dialect),
        "definitions": _schemas(_needed(served, definitions), definitions, dialect),
        "securityDefinitions": {"BearerToken": {"description": "Bearer Token authentication", "type": "apiKey",
                                                "name": "authorization", "in": "header"}},
        "security": [{"BearerToken": []}],
    }  # fmt: skip


def v3(definitions: Definitions, group: str, api_version: str, kinds: Iterable[Kind], version: str) -> Obj:
    """The document of one group-version; `kinds` outside of it are left out."""
    dialect = _V3()
    served = [kind for kind in kinds if (kind.group, kind.version) == (group, api_version)]
    definitions = _with_custom(definitions, served, dialect)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": _paths(served, definitions, dialect),
        "components": {
            "schemas": _schemas(_needed(served, definitions), definitions, dialect),
            "securitySchemes": {"BearerToken": {"type": "apiKey", "description": "Bearer Token authentication",
                                                "name": "authorization", "in": "header"}},
        },
    }  # fmt: skip


def _with_custom(definitions: Definitions, kinds: Sequence[Kind], dialect: _Dialect) -> Definitions:
    """With the definitions that custom resources bring."""
    custom: dict[str, Any] = {}
    for kind in kinds:
        if kind.custom is not None:
            made = custom_openapi.definitions(kind, v2=isinstance(dialect, _V2))
            custom.update((name, _Custom(schema)) for name, schema in made.items())
    return ChainMap(custom, definitions) if custom else definitions  # type: ignore[arg-type]


class _Custom(dict[str, Any]):
    """A schema that a user wrote: published as it is, but for its references."""


def _needed(kinds: Sequence[Kind], definitions: Definitions) -> list[str]:
    """Every definition that the kinds refer to, sorted."""
    found: set[str] = set()
    wanted = [*_ALWAYS]
    for kind in kinds:
        wanted += [kind.definition, _list_of(kind, definitions)]
        wanted += [sub.definition for sub in kind.subresources]
    while wanted:
        name = wanted.pop()
        if name and name not in found and name in definitions:
            found.add(name)
            wanted += _references(definitions[name])
    return sorted(found)


def _list_of(kind: Kind, definitions: Definitions) -> str:
    name = f"{kind.definition}List"
    return name if name in definitions else ""


def _references(schema: Any) -> list[str]:
    if isinstance(schema, Mapping):
        found = [name] if (name := definition_of(schema) if isinstance(schema.get("$ref"), str) else "") else []
        for value in schema.values():
            found += _references(value)
        return found
    return [name for value in schema for name in _references(value)] if isinstance(schema, list) else []


def _schemas(names: Iterable[str], definitions: Definitions, dialect: _Dialect) -> Obj:
    schemas = {
        name: dialect.special(name)
        or (_referring if isinstance(definitions[name], _Custom) else _schema)(definitions[name], dialect)
        for name in names
    }
    if dialect.defaults:
        for (name, field), default in FIELD_DEFAULTS.items():
            if name in schemas:
                schemas[name]["properties"][field]["default"] = default
    return schemas


def _referring(value: Any, dialect: _Dialect) -> Any:
    """With references of the dialect."""
    if isinstance(value, list):
        return [_referring(each, dialect) for each in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    refers = reference.__class__ is str  # and is not a field of that name
    rest = {key: _referring(inner, dialect) for key, inner in value.items() if not (refers and key == "$ref")}
    return dialect.reference(definition_of(value), rest) if refers else rest


def _schema(schema: Mapping[str, Any], dialect: _Dialect) -> Obj:
    """One schema as Kubernetes publishes it: one type, references of the dialect, no enums for kind and apiVersion."""
    result: Obj = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, list):
            result["type"] = next(each for each in value if each != "null")
        elif key == "properties":
            result["properties"] = {name: _schema(each, dialect) for name, each in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, Mapping):
            result[key] = _schema(value, dialect)
        elif key not in ("$ref", "enum"):
            result[key] = value
    name = definition_of(schema)
    return dialect.reference(name, result) if name else result


def _paths(kinds: Sequence[Kind], definitions: Definitions, dialect: _Dialect) -> Obj:
    paths: Obj = {}
    for kind in kinds:
        base = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
        scope = "/namespaces/{namespace}" if kind.namespaced else ""
        collection = f"{base}{scope}/{kind.plural}"
        for verb in kind.verbs:
            if verb in _VERBS:
                path = collection if _VERBS[verb][4] else f"{collection}/{{name}}"
                item = paths.setdefault(path, _path_item(path, dialect))
                item[_VERBS[verb][0]] = _operation(kind, verb, definitions, dialect)
        if kind.namespaced and "list" in kind.verbs:
            path = f"{base}/{kind.plural}"
            operation = _operation(kind, "list", definitions, dialect, "ForAllNamespaces")
            paths[path] = {**_path_item(path, dialect), "get": operation}
        for sub in kind.subresources:
            path = f"{collection}/{{name}}/{sub.name}"
            paths[path] = {**_path_item(path, dialect), **_subresource(kind, sub, dialect)}
    return dict(sorted(paths.items()))


def _path_item(path: str, dialect: _Dialect) -> Obj:
    parameters = [_parameter("pretty", dialect)]
    if "{name}" in path:
        parameters.insert(0, dialect.parameter("name", "path", {"type": "string"}, "name of the object", True))
    if "{namespace}" in path:
        about = "object name and auth scope, such as for teams and projects"
        parameters.insert(-1, dialect.parameter("namespace", "path", {"type": "string"}, about, True))
    return {"parameters": parameters}


def _parameter(name: str, dialect: _Dialect) -> Obj:
    form = "integer" if name in _INTEGERS else "boolean" if name in _BOOLEANS else "string"
    return dialect.parameter(name, "query", {"type": form}, _DESCRIPTIONS[name], False)


def _operation(kind: Kind, verb: str, definitions: Definitions, dialect: _Dialect, suffix: str = "") -> Obj:
    _, action, word, parameters, _ = _VERBS[verb]
    body, answer, codes = "", kind.definition, [200, 401]
    bodies: Sequence[str] = ()
    if verb == "list":
        answer = _list_of(kind, definitions)
    elif verb in ("create", "update"):
        body, codes = kind.definition, [200, 201, 202, 401] if verb == "create" else [200, 201, 401]
    elif verb == "patch":
        body, bodies, codes = PATCH, _patch_types(kind), [200, 201, 401]
    elif verb in ("delete", "deletecollection"):
        body, codes = DELETE_OPTIONS, [200, 202, 401] if verb == "delete" else [200, 401]
        answer = kind.definition if verb == "delete" and kind.graceful else STATUS
    asked = [_parameter(name, dialect) for name in parameters]
    operation = dialect.operation(asked, body, bodies, answer, _forms(kind, verb), codes)
    about = {"description": f"{word} {kind.kind}", "operationId": _operation_id(kind, word, suffix),
             "tags": [_tag(kind)]}  # fmt: skip
    return {**about, **operation, **_extensions(action, kind.group, kind.version, kind.kind)}


def _subresource(kind: Kind, sub: Subresource, dialect: _Dialect) -> Obj:
    definition = sub.definition
    operations: Obj = {}
    for verb in sub.verbs:
        method, action, word, parameters, _ = _VERBS[verb]
        if not definition:
            action, parameters = "get" if sub.name == "log" else "connect", ()
        body = PATCH if verb == "patch" else definition if verb in ("create", "update") else ""
        bodies = _patch_types(kind) if verb == "patch" else ()
        codes = [200, 401] if verb == "get" else [200, 201, 401]
        asked = [_parameter(name, dialect) for name in parameters]
        operation = dialect.operation(asked, body, bodies, definition, _forms(kind, verb), codes)
        suffix = "".join(part.capitalize() for part in sub.name.split("-"))
        operations[method] = {
            "description": f"{word} {sub.name} of the specified {kind.kind}",
            "operationId": _operation_id(kind, word, suffix), "tags": [_tag(kind)],
            **operation, **_extensions(action, sub.group, sub.version, sub.kind),
        }  # fmt: skip
    return operations


def _forms(kind: Kind, verb: str) -> list[str]:
    """The media types of answers: only built-in kinds have a form in protobuf, and only lists can be watched."""
    forms = ["application/json", "application/yaml"]
    watched = ["application/json;stream=watch"] if verb == "list" else []
    if kind.custom is None:
        forms.append("application/vnd.kubernetes.protobuf")
        watched += [f"{forms[-1]};stream=watch"] if watched else []
    return forms + watched


def _patch_types(kind: Kind) -> Sequence[str]:
    """kubectl takes from here how it may patch: merge keys are known of built-in kinds alone."""
    if kind.custom is None:
        return _PATCH_TYPES
    return [each for each in _PATCH_TYPES if each != media.STRATEGIC]


def _extensions(action: str, group: str, version: str, kind: str) -> Obj:
    return {"x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {"group": group, "kind": kind, "version": version}}  # fmt: skip


def _tag(kind: Kind) -> str:
    return f"{_short_group(kind)}_{kind.version}"


def _short_group(kind: Kind) -> str:
    return kind.group.removesuffix(".k8s.io").replace(".", "_") or "core"


def _operation_id(kind: Kind, word: str, suffix: str) -> str:
    group = "".join(part.capitalize() for part in _short_group(kind).split("_"))
    scope = "Namespaced" if kind.namespaced and suffix != "ForAllNamespaces" else ""
    return f"{word}{group}{kind.version.capitalize()}{scope}{kind.kind}{suffix}"
