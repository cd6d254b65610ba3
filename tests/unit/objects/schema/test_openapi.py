"""The documents as kubectl reads them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.objects.kinds import KINDS
from services.objects.schema.types import FIELD_DEFAULTS

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def v2(schema):
    return schema.openapi_v2(KINDS)


@pytest.fixture(scope="module")
def apps(schema):
    return schema.openapi_v3("apps", "v1", KINDS)


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_of_v2_is_there(v2):
    assert {each.removeprefix("#/definitions/") for each in references(v2)} <= v2["definitions"].keys()


@pytest.mark.parametrize(("group", "version"), sorted({(kind.group, kind.version) for kind in KINDS}))
def test_every_reference_of_v3_is_there(schema, group, version):
    document = schema.openapi_v3(group, version, KINDS)
    assert document["paths"]
    known = document["components"]["schemas"].keys()
    assert {each.removeprefix("#/components/schemas/") for each in references(document)} <= known


def test_the_quirks_of_the_source_are_undone(v2, apps):
    text = json.dumps(v2) + json.dumps(apps)
    assert '"null"' not in text
    assert "$defs" not in text
    for schema in (*v2["definitions"].values(), *apps["components"]["schemas"].values()):
        for field in (schema, *schema.get("properties", {}).values()):
            assert "enum" not in field


def test_quantity_and_int_or_string(v2, schema):
    core = schema.openapi_v3("", "v1", KINDS)["components"]["schemas"]
    quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    either = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
    assert v2["definitions"][quantity] == {"type": "string"}
    assert v2["definitions"][either] == {"type": "string", "format": "int-or-string"}
    assert core[quantity] == {"oneOf": [{"type": "string"}, {"type": "number"}]}
    assert core[either] == {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}


def test_kubectl_finds_what_a_patch_can_do(apps):
    patch = apps["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "kind": "Deployment", "version": "v1"}
    assert {each["name"] for each in patch["parameters"]} == {"dryRun", "fieldManager", "fieldValidation", "force"}
    assert {each["in"] for each in patch["parameters"]} == {"query"}
    assert set(patch["requestBody"]["content"]) == {
        "application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json",
        "application/strategic-merge-patch+json"}  # fmt: skip
    answers = patch["responses"]["200"]["content"]
    assert set(answers) == {"application/json", "application/yaml", "application/vnd.kubernetes.protobuf"}


def test_a_kind_is_found_by_its_group_version_kind(apps):
    schema = apps["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"]
    assert schema["x-kubernetes-group-version-kind"] == [{"group": "apps", "kind": "Deployment", "version": "v1"}]
    assert schema["type"] == "object"
    assert schema["properties"]["spec"]["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}]
    containers = apps["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"


@pytest.mark.parametrize(("path", "methods"), [
    ("/api/v1/namespaces/{namespace}/pods", {"get", "post", "delete"}),
    ("/api/v1/namespaces/{namespace}/pods/{name}", {"get", "put", "patch", "delete"}),
    ("/api/v1/namespaces/{namespace}/pods/{name}/status", {"get", "put", "patch"}),
    ("/api/v1/namespaces/{namespace}/pods/{name}/exec", {"get", "post"}),
    ("/api/v1/namespaces/{namespace}/pods/{name}/binding", {"post"}),
    ("/api/v1/namespaces/{name}", {"get", "put", "patch", "delete"}),
    ("/api/v1/namespaces/{name}/finalize", {"put"}),
    ("/api/v1/pods", {"get"}),
    ("/api/v1/namespaces/{namespace}/bindings", {"post"}),
    ("/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale", {"get", "put", "patch"}),
    ("/apis/events.k8s.io/v1/namespaces/{namespace}/events", {"get", "post", "delete"}),
])  # fmt: skip
def test_paths(v2, path, methods):
    assert v2["paths"][path].keys() - {"parameters"} == methods


def test_operation_ids_are_unique(v2):
    ids = [operation["operationId"] for item in v2["paths"].values() for method, operation in item.items()
           if method != "parameters"]  # fmt: skip
    assert len(ids) == len(set(ids))
    assert "createCoreV1NamespacedPod" in ids
    assert "replaceAppsV1NamespacedDeploymentScale" in ids
    assert "listCoreV1PodForAllNamespaces" in ids


def test_documents_are_the_same_bytes_every_time(schema, v2, apps):
    assert json.dumps(schema.openapi_v2(KINDS)) == json.dumps(v2)
    assert json.dumps(schema.openapi_v3("apps", "v1", reversed(list(KINDS)))["components"]) == json.dumps(
        apps["components"])


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: f"{kind.resource}-{kind.version}")
def test_explain_finds_every_kind_and_a_word_about_every_field(schema, kind):
    """As kubectl does: by the kind's group, version and name, in the document of its group-version."""
    schemas = schema.openapi_v3(kind.group, kind.version, KINDS)["components"]["schemas"]
    wanted = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    (found,) = (each for each in schemas.values() if wanted in each.get("x-kubernetes-group-version-kind", ()))
    assert found["description"]
    assert {"apiVersion", "kind", "metadata"} <= found["properties"].keys()
    for field in found["properties"].values():
        assert field.get("description") or "$ref" in field


def test_declared_defaults_are_told_by_version_3_alone(schema, v2, apps):
    name = "io.k8s.api.core.v1.ContainerPort"
    assert apps["components"]["schemas"][name]["properties"]["protocol"]["default"] == "TCP"
    assert "default" not in v2["definitions"][name]["properties"]["protocol"]
    for definition, field in FIELD_DEFAULTS:
        assert field in schema.definition(definition)["properties"]


def test_documents_are_the_same_bytes_in_every_process():
    """Whatever the order in which this process hashes texts: clients compare what two servers say."""
    program = ("import hashlib, orjson; from services.foundation import definitions; "
               "from services.objects.kinds import KINDS; from services.objects.schema import Schema; "
               "schema = Schema(definitions.load()); "
               "texts = [orjson.dumps(schema.openapi_v2(KINDS)), orjson.dumps(schema.openapi_v3('', 'v1', KINDS))]; "
               "print(hashlib.sha256(b''.join(texts)).hexdigest())")  # fmt: skip
    hashes = {subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, cwd=ROOT, check=True,
                             capture_output=True, text=True).stdout for seed in ("1", "2")}  # fmt: skip
    assert len(hashes) == 1
