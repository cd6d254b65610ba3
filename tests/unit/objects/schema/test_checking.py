"""What the decoder says and leaves, as Kubernetes' decoder does."""

import copy

import pytest

from services.objects.errors import BadRequest, Invalid
from services.objects.kinds import CONFIGMAP, CONTROLLERREVISION, DEPLOYMENT, EVENT, LEASE, POD, SECRET, SERVICE

QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def container(**fields):
    return {"spec": {"containers": [{"name": "a", **fields}]}}


@pytest.mark.parametrize(("kind", "obj", "wrong"), [
    (DEPLOYMENT, {"spec": {"replicas": "3"}},
     "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (DEPLOYMENT, {"spec": {"replicas": 1.5}},
     "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (DEPLOYMENT, {"spec": {"replicas": True}},
     "json: cannot unmarshal bool into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (DEPLOYMENT, {"spec": {"replicas": 2**31}},
     "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (DEPLOYMENT, {"spec": {"template": {"spec": []}}},
     "json: cannot unmarshal array into Go struct field PodTemplateSpec.spec.template.spec of type v1.PodSpec"),
    (DEPLOYMENT, {"spec": {"template": {"spec": {"containers": [{"ports": [{"containerPort": "80"}]}]}}}},
     "json: cannot unmarshal string into Go struct field "
     "ContainerPort.spec.template.spec.containers.ports.containerPort of type int32"),
    (POD, {"spec": {"containers": {}}},
     "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"),
    (POD, {"spec": "x"}, "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec"),
    (POD, container(args=[1]),
     "json: cannot unmarshal number into Go struct field Container.spec.containers.args of type string"),
    (POD, container(env=[{"name": "A", "value": 1}]),
     "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string"),
    (POD, container(stdin="yes"),
     "json: cannot unmarshal string into Go struct field Container.spec.containers.stdin of type bool"),
    (POD, {"metadata": {"labels": {"a": 5}}},
     "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"),
    (POD, {"metadata": {"labels": []}},
     "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string"),
    (POD, container(resources={"limits": {"cpu": "lots"}}), QUANTITY),
    (POD, container(resources={"limits": {"cpu": True}}), QUANTITY),
    (POD, container(resources={"limits": {"cpu": "1x"}}), QUANTITY),
    (POD, container(livenessProbe={"httpGet": {"port": {}}}),
     "json: cannot unmarshal object into Go value of type int32"),
    (POD, {"metadata": {"creationTimestamp": "yesterday"}},
     'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'),
    (SECRET, {"data": {"a": "YWJjZA"}}, "illegal base64 data at input byte 4"),
    (SECRET, {"data": {"a": "YW*j"}}, "illegal base64 data at input byte 2"),
    (CONFIGMAP, {"data": {"a": {}}},
     "json: cannot unmarshal object into Go struct field ConfigMap.data of type string"),
    (POD, [], "json: cannot unmarshal array into Go value of type v1.Pod"),
])  # fmt: skip
def test_wrong_type(schema, kind, obj, wrong):
    assert schema.check(kind, obj).wrong == wrong


def test_the_first_wrong_type_is_told(schema):
    obj = {"spec": {"replicas": "3", "paused": "no"}}
    assert "spec.replicas" in schema.check(DEPLOYMENT, obj).wrong


def test_unknown_fields_are_told_in_order_and_pruned(schema):
    obj = {"spec": {"foo": 1, "containers": [{"name": "a", "bar": {"deep": 1}}, {"image": "x", "baz": []}]}, "extra": 1}
    assert schema.check(POD, obj).unknown == [
        'unknown field "spec.foo"', 'unknown field "spec.containers[0].bar"', 'unknown field "spec.containers[1].baz"',
        'unknown field "extra"',
    ]  # fmt: skip
    assert obj == {"spec": {"containers": [{"name": "a"}, {"image": "x"}]}}


def test_no_more_than_a_hundred_unknown_fields_are_told(schema):
    obj = {"spec": {f"x{number}": 1 for number in range(5000)}}
    assert len(schema.check(POD, obj).unknown) == 100
    assert obj == {"spec": {}}


def test_field_names_are_case_sensitive(schema):
    assert schema.check(POD, {"spec": {"Containers": []}}).unknown == ['unknown field "spec.Containers"']


@pytest.mark.parametrize(("kind", "before", "after"), [
    (POD, {"metadata": {"creationTimestamp": None, "labels": None}}, {"metadata": {}}),
    (POD, {"spec": {"containers": [], "volumes": [], "nodeSelector": {}}}, {"spec": {"containers": []}}),
    (POD, container(env=[None], args=[None]), container(env=[{}], args=[""])),
    (POD, {"metadata": {"labels": {"a": None}}}, {"metadata": {"labels": {"a": ""}}}),
    (POD, {"spec": {"volumes": [{"name": "a", "emptyDir": {}}]}},
     {"spec": {"volumes": [{"name": "a", "emptyDir": {}}]}}),
    (POD, container(resources={"limits": {"cpu": "1000m", "memory": "1024Mi", "example.com/a": 2}}),
     container(resources={"limits": {"cpu": "1", "memory": "1Gi", "example.com/a": "2"}})),
    (POD, container(resources={"limits": {"cpu": None}}), container(resources={"limits": {"cpu": "0"}})),
    (POD, {"metadata": {"deletionTimestamp": "2026-01-02T03:04:05.5+02:00"}},
     {"metadata": {"deletionTimestamp": "2026-01-02T01:04:05Z"}}),
    (LEASE, {"spec": {"renewTime": "2026-01-02T03:04:05.5Z"}}, {"spec": {"renewTime": "2026-01-02T03:04:05.500000Z"}}),
    (SECRET, {"data": {"a": "YW\nJj"}}, {"data": {"a": "YWJj"}}),
    (CONTROLLERREVISION, {"data": {"spec": {"any": [None, {}]}}}, {"data": {"spec": {"any": [None, {}]}}}),
    (EVENT, {"count": 3, "series": None}, {"count": 3}),
    (SERVICE, {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}},
     {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}),
])  # fmt: skip
def test_leaves_what_a_decoder_would(schema, kind, before, after):
    problems = schema.check(kind, before)
    assert problems == ([], None)
    assert before == after
    again = copy.deepcopy(after)
    assert schema.check(kind, again) == ([], None)
    assert again == after


def test_the_body_of_a_subresource(schema):
    scale = DEPLOYMENT.subresource("scale")
    assert schema.check(scale, {"spec": {"replicas": 3}}) == ([], None)
    with pytest.raises(BadRequest) as refused:
        schema.check(scale, {"spec": []}).refuse(scale)
    assert refused.value.message == (
        'Scale in version "v1" cannot be handled as a Scale: '
        "json: cannot unmarshal array into Go struct field Scale.spec of type v1.ScaleSpec"
    )


class TestRefusal:
    @pytest.fixture
    def problems(self, schema):
        return schema.check(POD, {"spec": {"foo": 1, "bar": 2}})

    def test_ignore_says_nothing(self, problems):
        assert problems.refuse(POD, "Ignore", ['duplicate field "a"']) == []

    def test_warn_says_everything(self, problems):
        assert problems.refuse(POD, "Warn", ['duplicate field "a"']) == [
            'duplicate field "a"', 'unknown field "spec.foo"', 'unknown field "spec.bar"']  # fmt: skip

    def test_strict_refuses(self, problems):
        with pytest.raises(BadRequest) as refused:
            problems.refuse(POD, "Strict")
        assert refused.value.message == ('Pod in version "v1" cannot be handled as a Pod: strict decoding error: '
                                         'unknown field "spec.foo", unknown field "spec.bar"')  # fmt: skip

    def test_strict_takes_what_is_right(self, schema):
        assert schema.check(POD, {"metadata": {"name": "a"}}).refuse(POD, "Strict") == []

    def test_of_a_patch_the_patch_is_blamed(self, schema):
        patched = {"spec": {"replicas": "3"}}
        with pytest.raises(Invalid) as refused:
            schema.check(DEPLOYMENT, patched).refuse_patch(patched)
        assert refused.value.message == (
            ' "" is invalid: patch: Invalid value: "{\\"spec\\":{\\"replicas\\":\\"3\\"}}": '
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        )

    def test_a_strict_patch(self, problems):
        assert problems.refuse_patch({}, "Ignore") == []
        assert problems.refuse_patch({}, "Warn") == ['unknown field "spec.foo"', 'unknown field "spec.bar"']
        with pytest.raises(Invalid) as refused:
            problems.refuse_patch({}, "Strict")
        assert refused.value.causes[0].message.endswith(
            'strict decoding error: unknown field "spec.foo", unknown field "spec.bar"')

    @pytest.mark.parametrize("validation", ["Ignore", "Warn", "Strict"])
    def test_wrong_types_are_always_refused(self, schema, validation):
        with pytest.raises(BadRequest) as refused:
            schema.check(DEPLOYMENT, {"spec": {"foo": 1, "replicas": "3"}}).refuse(DEPLOYMENT, validation)
        assert refused.value.message == (
            'Deployment in version "v1" cannot be handled as a Deployment: '
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        )
        assert refused.value.status()["code"] == 400
