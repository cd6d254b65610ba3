"""CustomResourceDefinitions outside of their schemas: names, versions, columns, conversion, changes, conditions."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from services.objects.kinds import CUSTOMRESOURCEDEFINITION as CRD
from services.objects.kinds.apiextensions import naming
from services.objects.meta import Obj

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def version(name: str = "v1", **changes: Any) -> Obj:
    return {"name": name, "served": True, "storage": name == "v1",
            "schema": {"openAPIV3Schema": {"type": "object"}}, **changes}  # fmt: skip


def definition(*versions: Obj, **spec: Any) -> Obj:
    names = {"plural": "tabs", "kind": "Tab", **spec.pop("names", {})}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {
        "name": f"{names['plural']}.{spec.get('group', 'example.com')}"}, "spec": {
        "group": "example.com", "scope": "Namespaced", "versions": list(versions) or [version()], "names": names,
        **spec}}  # fmt: skip
    CRD.default(crd)
    CRD.prepare(crd)
    return crd


def found(crd: Obj) -> list[tuple[str, str]]:
    kept = copy.deepcopy(crd)
    causes = CRD.validate(crd) + CRD.validate_create(crd)
    assert crd == kept
    return [(cause.field, cause.message) for cause in causes]


def test_defaults() -> None:
    crd = definition()
    assert crd["spec"]["names"] == {"plural": "tabs", "kind": "Tab", "singular": "tab", "listKind": "TabList"}
    assert crd["spec"]["conversion"] == {"strategy": "None"}
    before = copy.deepcopy(crd)
    CRD.default(crd)
    assert crd == before
    assert found(crd) == []


LABEL = "may have mixed case, but should otherwise match: a DNS-1035 label must consist of"


@pytest.mark.parametrize(("spec", "field", "text"), [
    ({"group": "nodots"}, "spec.group", 'Invalid value: "nodots": should be a domain with at least one dot'),
    ({"group": "Bad.com"}, "spec.group", 'Invalid value: "Bad.com": a lowercase RFC 1123 subdomain'),
    ({"scope": "Galaxy"}, "spec.scope", 'Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'),
    ({"names": {"kind": "T_b"}}, "spec.names.kind", f'Invalid value: "T_b": {LABEL}'),
    ({"names": {"kind": "Tab", "listKind": "Tab"}}, "spec.names.listKind",
     'Invalid value: "Tab": kind and listKind may not be the same'),
    ({"names": {"shortNames": ["ok", "No"]}}, "spec.names.shortNames[1]", 'Invalid value: "No": a DNS-1035 label'),
    ({"names": {"categories": ["A"]}}, "spec.names.categories[0]", 'Invalid value: "A": a DNS-1035 label'),
    ({"preserveUnknownFields": True}, "spec.preserveUnknownFields", "Invalid value: true: cannot set to true"),
    ({"group": "apps.k8s.io"}, "metadata.annotations[api-approved.kubernetes.io]",
     'Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://'),
])  # fmt: skip
def test_names_and_groups(spec: Obj, field: str, text: str) -> None:
    causes = found(definition(**spec))
    assert any(place == field and message.startswith(text) for place, message in causes), causes


def test_a_definition_is_called_after_what_it_defines() -> None:
    crd = definition()
    crd["metadata"]["name"] = "other.example.com"
    assert found(crd) == [("metadata.name", 'Invalid value: "other.example.com": must be '
                                            'spec.names.plural+"."+spec.group')]  # fmt: skip


@pytest.mark.parametrize(("versions", "field", "text"), [
    ((version(storage=False),), "spec.versions", "must have exactly one version marked as storage version"),
    ((version(), version("v2", storage=True)), "spec.versions",
     "must have exactly one version marked as storage version"),
    ((version(), version()), "spec.versions", "must contain unique version names"),
    ((version("V1", storage=True),), "spec.versions[0].name", "a DNS-1035 label must consist of"),
    (({"name": "v1", "served": True, "storage": True},), "spec.versions[0].schema.openAPIV3Schema",
     "Required value: schemas are required"),
    ((version(deprecationWarning="x"),), "spec.versions[0].deprecationWarning",
     "can only be set for deprecated versions"),
    ((version(deprecated=True, deprecationWarning=""),), "spec.versions[0].deprecationWarning",
     "must not be an empty string"),
    ((version(deprecated=True, deprecationWarning="a\n"),), "spec.versions[0].deprecationWarning",
     "non-printable character found at index 1"),
    ((version(schema={"openAPIV3Schema": {"type": "string"}}),), "spec.validation.openAPIV3Schema.type",
     "must be object"),
    ((version(), version("v2", schema={"openAPIV3Schema": {"type": "array"}})),
     "spec.versions[1].schema.openAPIV3Schema.type", "must be object at the root"),
    ((version(additionalPrinterColumns=[{"name": "", "type": "text", "format": "x", "jsonPath": "a"}]),),
     "spec.additionalPrinterColumns[0].name", "Required value"),
    ((version(additionalPrinterColumns=[{"name": "a", "type": "text", "jsonPath": ".a"}]),),
     "spec.additionalPrinterColumns[0].type",
      'Invalid value: "text": must be one of boolean,date,integer,number,string'),
    ((version(additionalPrinterColumns=[{"name": "a", "type": "string", "format": "x", "jsonPath": ".a"}]),),
     "spec.additionalPrinterColumns[0].format",
     'Invalid value: "x": must be one of byte,date,date-time,double,float,int32,int64,password'),
    ((version(additionalPrinterColumns=[{"name": "a", "type": "string", "jsonPath": "a"}]),),
     "spec.additionalPrinterColumns[0].JSONPath", 'Invalid value: "a": must be a simple json path starting with .'),
    ((version(subresources={"scale": {"specReplicasPath": ".status.n", "statusReplicasPath": ""}}),),
     "spec.subresources.scale.specReplicasPath", 'Invalid value: ".status.n": should be a json path under .spec'),
    ((version(subresources={"scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ""}}),),
     "spec.subresources.scale.statusReplicasPath", "Required value"),
    ((version(subresources={"scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n",
                                      "labelSelectorPath": ".foo"}}),),
     "spec.subresources.scale.labelSelectorPath",
     'Invalid value: ".foo": should be a json path under either .spec or .status'),
    ((version(selectableFields=[{"jsonPath": ".spec"}]),), "spec.selectableFields[0].jsonPath",
     'Invalid value: ".spec": is an invalid path: does not refer to a valid field'),
])  # fmt: skip
def test_versions(versions: tuple[Obj, ...], field: str, text: str) -> None:
    causes = found(definition(*versions))
    assert any(place == field and text in message for place, message in causes), causes


def test_selectable_fields() -> None:
    schema = {"type": "object", "properties": {"metadata": {"type": "object",
                                                            "properties": {"name": {"type": "string"}}},
                                               "a": {"type": "string"},
                                                "b": {"type": "array", "items": {"type": "string"}}}}  # fmt: skip
    fields = [{"jsonPath": ".a"}, {"jsonPath": ".a"}, {"jsonPath": ".b"}, {"jsonPath": ".metadata.name"}]
    causes = found(definition(version(schema={"openAPIV3Schema": schema}, selectableFields=fields)))
    assert causes == [
        ("spec.selectableFields[1].jsonPath", 'Duplicate value: ".a"'),
        ("spec.selectableFields[2].jsonPath", 'Invalid value: ".b": must point to a field of type string, boolean or '
                                              "integer. Enum string fields and strings with formats are allowed."),
        ("spec.selectableFields[3].jsonPath", 'Invalid value: ".metadata.name": must not point to fields in metadata'),
    ]  # fmt: skip


WEBHOOK = {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://a.b/c"}}
C = "spec.conversion"


@pytest.mark.parametrize(("conversion", "expected"), [
    ({"strategy": "Webhook", "webhook": WEBHOOK}, []),
    ({"strategy": "Magic"}, [(f"{C}.strategy", 'Unsupported value: "Magic": supported values: "None", "Webhook"')]),
    ({"strategy": "Webhook"}, [
        (f"{C}.webhookClientConfig", "Required value: required when strategy is set to Webhook"),
        (f"{C}.conversionReviewVersions", "Required value")]),
    ({"strategy": "None", "webhook": WEBHOOK}, [
        (f"{C}.webhookClientConfig", "Forbidden: should not be set when strategy is not set to Webhook"),
        (f"{C}.conversionReviewVersions", "Forbidden: should not be set when strategy is not set to Webhook")]),
    ({"strategy": "Webhook", "webhook": {**WEBHOOK, "clientConfig": {}}},
     [(f"{C}.webhookClientConfig", "Required value: exactly one of url or service is required")]),
    ({"strategy": "Webhook", "webhook": {**WEBHOOK, "clientConfig": {"url": "http://a"}}},
     [(f"{C}.webhookClientConfig.url",
       "Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: "
                                       "https://host[/path]")]),
    ({"strategy": "Webhook", "webhook": {**WEBHOOK, "clientConfig": {"service": {"name": "x", "port": 0}}}}, [
        (f"{C}.webhookClientConfig.service.namespace", "Required value: service namespace is required"),
        (f"{C}.webhookClientConfig.service.port",
         "Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive")]),
    ({"strategy": "Webhook", "webhook": {**WEBHOOK, "conversionReviewVersions": ["v2", "v2"]}}, [
        (f"{C}.conversionReviewVersions[1]", 'Invalid value: "v2": duplicate version'),
        (f"{C}.conversionReviewVersions", 'Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1')]),
])  # fmt: skip
def test_conversion(conversion: Obj, expected: list[tuple[str, str]]) -> None:
    assert found(definition(conversion=conversion)) == expected


def test_webhooks_that_nobody_calls_are_warned_of() -> None:
    crd = definition(version(), version("v2"), conversion={"strategy": "Webhook", "webhook": WEBHOOK})
    assert "conversion webhooks are not called" in CRD.warnings(crd)[0]
    assert CRD.warnings(definition()) == []


# Changes


def changed(change: Any, *, established: bool = True) -> list[tuple[str, str]]:
    old = definition(version(), version("v2"))
    old["metadata"] |= {"uid": "u", "resourceVersion": "1"}
    if established:
        old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    new = copy.deepcopy(old)
    change(new)
    CRD.prepare_update(new, old)
    return [(cause.field, cause.message) for cause in CRD.validate_update(new, old)]


def test_what_may_not_change() -> None:
    def scope(crd: Obj) -> None:
        crd["spec"]["scope"] = "Cluster"
        crd["spec"]["names"]["kind"] = "Other"

    def place(crd: Obj) -> None:
        crd["spec"]["group"] = "other.com"
        crd["spec"]["names"]["plural"] = "others"

    assert [field for field, _ in changed(scope)] == ["spec.scope", "spec.names.kind"]
    assert changed(scope, established=False) == []
    assert changed(place) == [("spec.group", 'Invalid value: "other.com": field is immutable'),
                              ("spec.names.plural", 'Invalid value: "others": field is immutable')]  # fmt: skip


def test_stored_versions_stay_until_somebody_says_that_nothing_is_left() -> None:
    def move(crd: Obj) -> None:
        crd["spec"]["versions"][0]["storage"], crd["spec"]["versions"][1]["storage"] = False, True

    def drop(crd: Obj) -> None:
        move(crd)
        del crd["spec"]["versions"][0]

    old = definition(version(), version("v2"))
    new = copy.deepcopy(old)
    move(new)
    CRD.prepare_update(new, old)
    assert new["status"]["storedVersions"] == ["v1", "v2"]
    assert old["status"]["storedVersions"] == ["v1"]
    assert changed(move) == []
    ((field, message),) = changed(drop)
    assert field == "status.storedVersions[0]"
    assert message.startswith('Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, '
                              "and must remain in spec.versions until a storage migration")  # fmt: skip


def test_a_schema_that_did_not_change_is_not_judged_again() -> None:
    def touch(crd: Obj) -> None:
        crd["metadata"]["labels"] = {"a": "b"}

    old = definition(version(schema={"openAPIV3Schema": {"type": "array"}}))
    new = copy.deepcopy(old)
    touch(new)
    assert CRD.validate_update(new, old) == []
    new["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["description"] = "x"
    assert [cause.field for cause in CRD.validate_update(new, old)] != []


# Names and conditions


def taken(**names: Any) -> Obj:
    return {"metadata": {"name": "others.example.com"}, "spec": {"group": "example.com"},
            "status": {"acceptedNames": names}}


@pytest.mark.parametrize(("other", "reason", "message"), [
    ({"plural": "others"}, "NoConflicts", "no conflicts found"),
    ({"plural": "tabs"}, "PluralConflict", '"tabs" is already in use'),
    ({"singular": "tab"}, "SingularConflict", '"tab" is already in use'),
    ({"shortNames": ["tabs"]}, "PluralConflict", '"tabs" is already in use'),
    ({"shortNames": ["t", "x"]}, "ShortNamesConflict", '["t" is already in use, "x" is already in use]'),
    ({"kind": "Tab"}, "KindConflict", '"Tab" is already in use'),
    ({"kind": "TabList"}, "ListKindConflict", '"TabList" is already in use'),
    ({"kind": "tabs"}, "NoConflicts", "no conflicts found"),
])  # fmt: skip
def test_names_belong_to_who_has_them(other: Obj, reason: str, message: str) -> None:
    crd = definition(names={"shortNames": ["t", "x", "y"]})
    names, condition = naming.accepted(crd, [taken(**other)])
    assert (condition["reason"], condition["message"]) == (reason, message)
    assert (condition["status"] == "True") is (reason == "NoConflicts")
    if reason == "NoConflicts":
        assert names == crd["spec"]["names"]


def test_names_of_other_groups_do_not_matter() -> None:
    other = taken(plural="tabs")
    other["spec"]["group"] = "elsewhere.com"
    assert naming.accepted(definition(), [other])[1]["status"] == "True"


def test_conditions_follow_each_other() -> None:
    crd = definition()
    status = naming.status_of(crd, [], NOW, served=False)
    assert [(each["type"], each["status"], each["reason"]) for each in status["conditions"]] == [
        ("NamesAccepted", "True", "NoConflicts"), ("Established", "False", "Installing")]  # fmt: skip
    crd["status"] = status
    later = NOW.replace(hour=4)
    status = naming.status_of(crd, [], later, served=True)
    assert [each["lastTransitionTime"] for each in status["conditions"]] == ["2026-01-02T03:04:05Z",
                                                                             "2026-01-02T04:04:05Z"]
    assert not naming.is_settled(crd)
    crd["status"] = status
    assert naming.is_settled(crd)
    assert naming.status_of(crd, [], later.replace(hour=5), served=True) == status
    # A new name that is taken does not take away what is served.
    crd["spec"]["names"]["shortNames"] = ["t"]
    status = naming.status_of(crd, [taken(shortNames=["t"])], later, served=True)
    assert {each["type"]: each["status"] for each in status["conditions"]} == {
        "NamesAccepted": "False", "Established": "True"}  # fmt: skip
    assert "shortNames" not in status["acceptedNames"]


def test_deletion_begins() -> None:
    crd = definition()
    assert CRD.begin_deletion is not None
    CRD.begin_deletion(crd, NOW)
    assert crd["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    assert crd["status"]["conditions"][0]["reason"] == "InstanceDeletionPending"
