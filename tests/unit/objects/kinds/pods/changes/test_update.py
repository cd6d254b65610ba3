"""What may change of a pod."""

import copy

import pytest

from services.objects.kinds import POD

MAY_CHANGE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


@pytest.fixture
def update(make_pod, told):
    """What is said of a change that `change` makes to a pod with this spec."""

    def run(spec, change):
        old = make_pod(spec)
        new = copy.deepcopy(old)
        change(new)
        before = copy.deepcopy((new, old))
        found = told(POD.validate_update(new, old))
        assert (new, old) == before, "validation must not change its input"
        return found

    return run


def test_nothing_changes(update):
    assert update({}, lambda pod: None) == []


def test_images_may_change(update):
    init = {"initContainers": [{"name": "i", "image": "x"}]}

    def change(pod):
        pod["spec"]["containers"][0]["image"] = "web:2"
        pod["spec"]["initContainers"][0]["image"] = "y"

    assert update(init, change) == []


def test_labels_may_change(update):
    assert update({}, lambda pod: pod["metadata"].update(labels={"a": "b"})) == []


def test_nothing_else_may(update):
    def change(pod):
        pod["spec"]["containers"][0]["args"] = ["x"]
        pod["spec"]["nodeName"] = "elsewhere"

    assert update({}, change) == [
        f"spec: Forbidden: {MAY_CHANGE}\n"
        '+ spec.containers[0].args: ["x"]\n'
        '+ spec.nodeName: "elsewhere"'
    ]


def test_containers_stay(update):
    more = {"name": "b", "image": "x"}
    assert update({}, lambda pod: pod["spec"]["containers"].append(more)) == [
        "spec.containers: Forbidden: pod updates may not add or remove containers"]
    assert update({}, lambda pod: pod["spec"].update(initContainers=[more])) == [
        "spec.initContainers: Forbidden: pod updates may not add or remove containers"]


@pytest.mark.parametrize(("old", "new", "expected"), [
    (None, 10, []),
    (10, 5, []),
    (10, 20, ["spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value"]),
    (10, None, ['spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil '
                "value"]),
])  # fmt: skip
def test_a_deadline_only_comes_nearer(update, old, new, expected):
    def change(pod):
        pod["spec"].pop("activeDeadlineSeconds", None)
        if new is not None:
            pod["spec"]["activeDeadlineSeconds"] = new

    assert update({} if old is None else {"activeDeadlineSeconds": old}, change) == expected


def test_tolerations_are_only_added(update):
    has = {"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]}
    assert update(has, lambda pod: pod["spec"]["tolerations"].append({"key": "b", "operator": "Exists"})) == []
    assert update(has, lambda pod: pod["spec"]["tolerations"][0].update(tolerationSeconds=3)) == []
    assert update(has, lambda pod: pod["spec"]["tolerations"][0].update(key="c")) == [
        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"]


def test_gates_are_only_opened(update):
    gated = {"schedulingGates": [{"name": "example.com/a"}]}
    assert update(gated, lambda pod: pod["spec"].pop("schedulingGates")) == []
    assert update(gated, lambda pod: pod["spec"].update(nodeSelector={"a": "b"})) == []
    assert update({}, lambda pod: pod["spec"].update(schedulingGates=[{"name": "example.com/b"}])) == [
        "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate "
        "'example.com/b'"]


def test_metadata_that_is_the_servers(update):
    assert update({}, lambda pod: pod["metadata"].update(name="other", uid="1")) == [
        'metadata.name: Invalid value: "other": field is immutable',
        'metadata.uid: Invalid value: "1": field is immutable',
    ]


def test_a_dying_object_takes_no_new_finalizers(make_pod, told):
    old = make_pod(metadata={"deletionTimestamp": "2026-01-02T03:04:05Z", "finalizers": ["example.com/a"]})
    new = copy.deepcopy(old)
    new["metadata"]["finalizers"] = ["example.com/b"]
    assert told(POD.validate_update(new, old)) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new "
        'finalizers []string{"example.com/b"}']
    new["metadata"]["finalizers"] = []
    assert told(POD.validate_update(new, old)) == []


@pytest.mark.parametrize(("status", "expected"), [
    ({"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}, []),
    ({"podIPs": [{"ip": "x"}]}, [
        'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
    ({"conditions": [{"type": "Ready"}, {"type": "a b"}]}, [
        "metadata.conditions[1].Type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', "
        "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
        "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]),
])  # fmt: skip
def test_status(make_pod, told, status, expected):
    old = make_pod()
    assert told(POD.validate_status({**old, "status": status}, old)) == expected


def test_what_a_go_client_leaves_out_is_no_change(make_pod, told):
    said = {"hostNetwork": False, "hostPID": False, "volumes": [], "subdomain": ""}
    old = make_pod(said, env=[{"name": "A", "value": ""}], stdin=False)
    assert told(POD.validate_update(make_pod(env=[{"name": "A"}]), old)) == []
    [text] = told(POD.validate_update(make_pod({"hostUsers": False}), make_pod()))
    assert text.startswith("spec: Forbidden: pod updates may not change fields other than")
