"""The tables of field numbers against the definitions of the API: the same fields, of the same types, both ways."""

from __future__ import annotations

import pytest

from services.foundation import definitions
from services.objects.kinds import KINDS
from services.objects.schema.types import Form, Type, type_of
from services.objects.wire import messages, protobuf
from services.objects.wire.special import READERS

DEFINITIONS = definitions.load()
PACKAGES = ("io.k8s.api.", "io.k8s.apimachinery.pkg.apis.", "io.k8s.apiextensions-apiserver.pkg.apis.",
            "io.k8s.kube-aggregator.pkg.apis.")  # fmt: skip
# Behind alpha features of the API level: a server with default features drops them, and so do the tables.
ALPHA = {
    "core.v1.PodSpec": {"schedulingGroup"},
    "core.v1.PodStatus": {"nodeAllocatableResourceClaimStatuses"},
    "meta.v1.ListMeta": {"shardInfo"},
    "resource.v1.Device": {"nodeAllocatableResourceMappings"},
    "resource.v1.DeviceAttribute": {"bools", "ints", "strings", "versions"},
}
ALPHA_MESSAGES = {"core.v1.NodeAllocatableResourceClaimStatus", "core.v1.PodSchedulingGroup", "meta.v1.ShardInfo",
                  "resource.v1.NodeAllocatableResourceMapping"}  # fmt: skip
# Their fields stand in the JSON of other messages, so the definitions have none of them.
INLINED = {"core.v1.EphemeralContainerCommon", "core.v1.LocalObjectReference", "core.v1.PersistentVolumeSource",
           "core.v1.ProbeHandler", "core.v1.VolumeSource", "resource.v1.DeviceConfiguration",
           "networking.v1.IngressRuleValue", "admissionregistration.v1.Rule"}  # fmt: skip
# Kinds without a definition: what answers about any kind are made of.
UNDEFINED = {"meta.v1.PartialObjectMetadata", "meta.v1.PartialObjectMetadataList", "core.v1.List"}
SPECIAL = {
    "resource.Quantity": Form.QUANTITY, "intstr.IntOrString": Form.INT_OR_STRING, "meta.v1.Time": Form.TIME,
    "meta.v1.MicroTime": Form.MICRO_TIME, "runtime.RawExtension": Form.ANY, "meta.v1.FieldsV1": Form.ANY,
    "apiextensions.v1.JSON": Form.ANY, "apiextensions.v1.JSONSchemaPropsOrBool": Form.ANY,
    "apiextensions.v1.JSONSchemaPropsOrArray": Form.ANY, "apiextensions.v1.JSONSchemaPropsOrStringArray": Form.ANY,
    "meta.v1.Verbs": Form.ARRAY, "authentication.v1.ExtraValue": Form.ARRAY, "authorization.v1.ExtraValue": Form.ARRAY,
    "certificates.v1.ExtraValue": Form.ARRAY, "apiextensions.v1.CustomResourceSubresourceStatus": Form.ANY,
    "s": Form.STRING, "b": Form.BOOLEAN, "y": Form.BYTES, "d": Form.NUMBER,
}  # fmt: skip


def message_of(definition: str) -> str:
    package = next((each for each in PACKAGES if definition.startswith(each)), None)
    return "" if package is None else definition.removeprefix(package)


BY_MESSAGE = {name: definition for definition, schema in DEFINITIONS.items() if schema.get("properties")
              and (name := message_of(definition)) and "alpha" not in name and "beta" not in name}  # fmt: skip


def flat(message: str) -> dict[str, messages.Field]:
    """JSON name -> field, those of inlined messages among them."""
    found: dict[str, messages.Field] = {}
    for field in messages.fields(message) or ():
        found.update(flat(field.type) if field.inline else {field.name: field})
    return found


def test_every_message_of_the_definitions_is_in_the_tables() -> None:
    assert set(BY_MESSAGE) - set(messages.names()) == ALPHA_MESSAGES


def test_every_message_of_the_tables_is_defined() -> None:
    undefined = set(messages.names()) - set(BY_MESSAGE)
    assert undefined >= UNDEFINED | INLINED - set(BY_MESSAGE)
    unknown = undefined - UNDEFINED - INLINED
    assert unknown == {"apiextensions.v1.CustomResourceSubresourceStatus"}  # it has no fields


@pytest.mark.parametrize("message", sorted(set(BY_MESSAGE) & set(messages.names())))
def test_fields_are_those_of_the_definition(message: str) -> None:
    properties = DEFINITIONS[BY_MESSAGE[message]]["properties"]
    fields = flat(message)
    assert fields.keys() == properties.keys() - {"apiVersion", "kind"} - ALPHA.get(message, set()) | (
        {"apiVersion", "kind"} & fields.keys())  # fmt: skip
    for name, field in fields.items():
        kind = type_of(properties[name], DEFINITIONS)
        if field.repeated or field.mapped:
            assert kind.form is (Form.ARRAY if field.repeated else Form.MAP), name
            assert kind.element is not None
            kind = kind.element
        assert same(field.type, kind), f"{name}: {field.type}, {kind}"


def same(code: str, kind: Type) -> bool:
    if code == "i":
        return kind.form in (Form.INT32, Form.INT64)
    if code in SPECIAL:
        return kind.form is SPECIAL[code] or code == "core.v1.ObjectMeta"
    return kind.form is Form.OBJECT and message_of(kind.definition) == code


def test_numbers_are_unique_and_types_are_known() -> None:
    known = set(messages.names()) | set(READERS) | {code for code in SPECIAL if "OrBool" in code or "Array" in code}
    for message in messages.names():
        fields = messages.fields(message) or ()
        assert len({field.number for field in fields}) == len(fields), message
        for field in fields:
            assert len(field.type) == 1 or field.type in known, (message, field)


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: f"{kind.resource}-{kind.version}")
def test_every_served_kind_has_a_form_in_protobuf(kind) -> None:
    assert protobuf.knows(kind.api_version, kind.kind)
    assert not kind.stored or protobuf.knows(kind.api_version, f"{kind.kind}List")
