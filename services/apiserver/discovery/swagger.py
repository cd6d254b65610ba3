"""The OpenAPI v2 document in protobuf: the only form in which kubectl takes /openapi/v2.

kubectl asks for it where version 3 does not help: a `List`, `explain --output=plaintext-openapiv2`, old versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.objects.meta import Obj
from services.rpc.openapi import v2_pb2 as pb

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2"
CONTENT_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_VERBS = ("get", "put", "post", "delete", "patch")


def encode(document: Obj) -> bytes:
    """`document` as `Schema.openapi_v2` makes it."""
    info = pb.Info(title=document["info"]["title"], version=document["info"]["version"])
    paths = [pb.NamedPathItem(name=path, value=_path(item)) for path, item in document["paths"].items()]
    definitions = [pb.NamedSchema(name=name, value=_schema(found)) for name, found in document["definitions"].items()]
    return pb.Document(
        swagger=document["swagger"],
        info=info,
        paths=pb.Paths(path=paths),
        definitions=pb.Definitions(additional_properties=definitions),
    ).SerializeToString(deterministic=True)


def _path(item: Mapping[str, Any]) -> pb.PathItem:
    verbs = {verb: _operation(item[verb]) for verb in _VERBS if verb in item}
    return pb.PathItem(parameters=map(_parameter, item.get("parameters", ())), **verbs)


def _operation(operation: Mapping[str, Any]) -> pb.Operation:
    return pb.Operation(
        tags=operation.get("tags"),
        description=operation.get("description", ""),
        operation_id=operation["operationId"],
        produces=operation.get("produces"),
        consumes=operation.get("consumes"),
        schemes=operation.get("schemes"),
        parameters=map(_parameter, operation.get("parameters", ())),
        responses=pb.Responses(response_code=map(_response, *zip(*operation["responses"].items(), strict=True))),
        vendor_extension=_extensions(operation),
    )


def _parameter(parameter: Mapping[str, Any]) -> pb.ParametersItem:
    where = parameter["in"]
    common = {"name": parameter["name"], "in": where, "required": parameter.get("required", False)}
    if where == "body":
        found = pb.Parameter(body_parameter=pb.BodyParameter(schema=_schema(parameter["schema"]), **common))
        return pb.ParametersItem(parameter=found)
    common |= {"description": parameter.get("description", ""), "type": parameter["type"],
               "unique_items": parameter.get("uniqueItems", False)}  # fmt: skip
    if where == "path":
        other = pb.NonBodyParameter(path_parameter_sub_schema=pb.PathParameter(**common))
    else:
        other = pb.NonBodyParameter(query_parameter_sub_schema=pb.QueryParameter(**common))
    return pb.ParametersItem(parameter=pb.Parameter(non_body_parameter=other))


def _response(code: str, response: Mapping[str, Any]) -> pb.NamedResponseValue:
    found = pb.Response(description=response["description"])
    if "schema" in response:
        found.schema.schema.CopyFrom(_schema(response["schema"]))
    return pb.NamedResponseValue(name=code, value=pb.ResponseValue(response=found))


def _schema(schema: Mapping[str, Any]) -> pb.Schema:
    found = pb.Schema(
        ref=schema.get("$ref", ""),
        format=schema.get("format", ""),
        description=schema.get("description", ""),
        required=schema.get("required"),
        vendor_extension=_extensions(schema),
    )
    if "type" in schema:
        found.type.value.append(schema["type"])
    if isinstance(schema.get("additionalProperties"), dict):
        found.additional_properties.schema.CopyFrom(_schema(schema["additionalProperties"]))
    if "items" in schema:
        found.items.schema.append(_schema(schema["items"]))
    if "properties" in schema:
        members = [pb.NamedSchema(name=name, value=_schema(member)) for name, member in schema["properties"].items()]
        found.properties.additional_properties.extend(members)
    return found


def _extensions(holder: Mapping[str, Any]) -> Iterator[pb.NamedAny]:
    """JSON is YAML."""
    for name, value in holder.items():
        if name.startswith("x-"):
            yield pb.NamedAny(name=name, value=pb.Any(yaml=orjson.dumps(value).decode()))
