import pytest

from services.objects.kinds import RUNTIMECLASS


def make(handler="gvisor", **fields):
    return {"metadata": {"name": "sandboxed"}, "handler": handler, **fields}


@pytest.mark.parametrize(("runtime", "expected"), [
    (make(), []),
    (make(overhead={"podFixed": {"cpu": "1", "memory": "64Mi"}},
          scheduling={"nodeSelector": {"a": "b"}, "tolerations": [{"key": "x", "operator": "Exists"}]}), []),
    (make(overhead={"podFixed": {"cpu": "-1"}}), [
        'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0']),
    (make(scheduling={"tolerations": [{"key": "x", "operator": "Exists"}, {"key": "x", "operator": "Exists"}]}), [
        'scheduling.tolerations[1]: Duplicate value: {"key":"x","operator":"Exists"}']),
    (make(scheduling={"tolerations": [{"operator": "Equal"}]}), [
        'scheduling.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, '
        'which means "match all values and all keys"']),
])  # fmt: skip
def test_rules(told, runtime, expected):
    assert told(RUNTIMECLASS.validate(runtime)) == expected


@pytest.mark.parametrize("handler", ["G_Visor", "x" * 64])
def test_a_handler_is_a_label(told, handler):
    refused = told(RUNTIMECLASS.validate(make(handler)))
    assert refused
    assert all(cause.startswith(f'handler: Invalid value: "{handler}": ') for cause in refused)


def test_a_handler_is_needed(told):
    assert told(RUNTIMECLASS.validate(make(""))) == ["handler: Required value"]


def test_the_handler_is_for_life(told):
    assert told(RUNTIMECLASS.validate_update(make("kata"), make())) == [
        'handler: Invalid value: "kata": field is immutable']
