import pytest

from services.objects.kinds import LOCALSUBJECTACCESSREVIEW, SELFSUBJECTACCESSREVIEW, SUBJECTACCESSREVIEW

GET = {"verb": "get", "resource": "pods"}
ONE = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


def review(metadata=None, **spec):
    return {"metadata": metadata or {}, "spec": spec}


@pytest.mark.parametrize(("review", "expected"), [
    (review(user="a", resourceAttributes=GET), []),
    (review(groups=["a"], nonResourceAttributes={"path": "/x"}), []),
    (review(resourceAttributes=GET), ['spec.user: Invalid value: "": at least one of user or group must be specified']),
    (review(user="a"), [f'spec.resourceAttributes: Invalid value: "null": {ONE}']),
    (review(user="a", resourceAttributes=GET, nonResourceAttributes={"verb": "get"}), [
        'spec.nonResourceAttributes: Invalid value: {"verb":"get"}: cannot be specified in combination with '
        "resourceAttributes"]),
    (review({"name": "x"}, user="a", resourceAttributes=GET), [
        'metadata: Invalid value: {"name":"x"}: must be empty']),
    (review({"managedFields": [{}]}, user="a", resourceAttributes=GET), []),
])  # fmt: skip
def test_about_somebody(told, review, expected):
    assert told(SUBJECTACCESSREVIEW.validate(review)) == expected


def test_about_oneself(told):
    assert SELFSUBJECTACCESSREVIEW.validate(review(resourceAttributes=GET)) == []
    assert told(SELFSUBJECTACCESSREVIEW.validate(review({"name": "x"}))) == [
        f'spec.resourceAttributes: Invalid value: "null": {ONE}',
        'metadata: Invalid value: {"name":"x"}: must be empty']


def test_in_a_namespace(told):
    here, there = ({**GET, "namespace": name} for name in ("here", "there"))
    metadata = {"namespace": "here"}
    assert LOCALSUBJECTACCESSREVIEW.validate(review(metadata, user="a", resourceAttributes=here)) == []
    assert told(LOCALSUBJECTACCESSREVIEW.validate(review(metadata, user="a", resourceAttributes=there))) == [
        'spec.resourceAttributes.namespace: Invalid value: "there": must match metadata.namespace']
    named = {"namespace": "here", "name": "x"}
    assert told(LOCALSUBJECTACCESSREVIEW.validate(review(named, user="a", nonResourceAttributes={}))) == [
        'metadata: Invalid value: {"namespace":"here","name":"x"}: must be empty except for namespace',
        "spec.nonResourceAttributes: Invalid value: {}: disallowed on this kind of request"]


PATH = "spec.resourceAttributes"
CHOOSE = "must be specified when `operator` is 'In' or 'NotIn'"
LOOK = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"


@pytest.mark.parametrize(("name", "selector", "expected"), [
    ("fieldSelector", {"rawSelector": "a=b"}, []),
    ("fieldSelector", {"requirements": [{"key": "a", "operator": "Newer", "values": ["x"]}]}, []),
    ("labelSelector", {"requirements": [{"key": "a", "operator": "In", "values": ["x"]}]}, []),
    ("labelSelector", {}, [
        f"requirements: Required value: when {PATH}.labelSelector is specified, requirements or rawSelector is "
        "required"]),
    ("fieldSelector", {"rawSelector": "a=b", "requirements": [{"operator": "In"}]}, [
        'rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
        "requirements[0].key: Required value: must be specified",
        f"requirements[0].values: Required value: {CHOOSE}"]),
    ("fieldSelector", {"requirements": [{"key": "a", "operator": "Exists", "values": ["x"]}]}, [
        f'requirements[0].values: Invalid value: ["x"]: {LOOK}']),
    ("labelSelector", {"requirements": [{"key": "a", "operator": "Exists", "values": ["x"]},
                                        {"key": "b", "operator": "NotIn"}]}, [
        f"requirements[0].values: Forbidden: {LOOK}", f"requirements[1].values: Required value: {CHOOSE}"]),
])  # fmt: skip
def test_selectors(told, name, selector, expected):
    asked = review(resourceAttributes={**GET, name: selector})
    assert told(SELFSUBJECTACCESSREVIEW.validate(asked)) == [f"{PATH}.{name}.{cause}" for cause in expected]
