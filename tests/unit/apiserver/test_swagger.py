"""The protobuf form of the OpenAPI v2 document says what the JSON form says."""

from __future__ import annotations

import orjson

from services.apiserver.discovery import swagger
from services.foundation import definitions
from services.objects.kinds import KINDS
from services.objects.schema import Schema
from services.rpc.openapi import v2_pb2 as pb


def test_the_document_survives_its_encoding() -> None:
    document = Schema(definitions.load()).openapi_v2(list(KINDS), "v1.36.0")
    read = pb.Document.FromString(swagger.encode(document))
    assert read.swagger == "2.0"
    assert [item.name for item in read.paths.path] == list(document["paths"])
    assert [item.name for item in read.definitions.additional_properties] == list(document["definitions"])
    path = next(item.value for item in read.paths.path if item.name == "/api/v1/namespaces/{name}")
    names = {found.parameter.non_body_parameter.query_parameter_sub_schema.name for found in path.patch.parameters}
    assert {"dryRun", "fieldManager", "fieldValidation"} <= names
    (kind,) = [found for found in path.patch.vendor_extension if found.name == "x-kubernetes-group-version-kind"]
    assert orjson.loads(kind.value.yaml) == {"group": "", "kind": "Namespace", "version": "v1"}
    pod = next(
        found.value for found in read.definitions.additional_properties if found.name.endswith("core.v1.PodSpec")
    )
    containers = next(found.value for found in pod.properties.additional_properties if found.name == "containers")
    assert containers.items.schema[0].ref == "#/definitions/io.k8s.api.core.v1.Container"
    merge = next(found for found in containers.vendor_extension if found.name == "x-kubernetes-patch-merge-key")
    assert orjson.loads(merge.value.yaml) == "name"
