import pytest

from services.foundation import definitions
from services.objects.errors import BadRequest
from services.objects.kinds import DEPLOYMENT, ENDPOINTSLICE, EVENT, EVENTS_EVENT, KINDS, NAMESPACE, NODE, POD, SECRET
from services.objects.kinds.registry import Registry


def test_kinds_are_found():
    assert KINDS.by_resource("", "v1", "pods") is POD
    assert KINDS.by_resource("apps", "v1", "deployments") is DEPLOYMENT
    assert KINDS.by_resource("apps", "v1", "pods") is None
    assert KINDS.by_gvk("events.k8s.io", "v1", "Event") is EVENTS_EVENT
    assert KINDS.by_type("discovery.k8s.io/v1", "EndpointSlice") is ENDPOINTSLICE
    assert KINDS.of({"apiVersion": "v1", "kind": "Event"}) is EVENT


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadRequest, match='no kind "Pods" is registered for version "v1"'):
        KINDS.of({"apiVersion": "v1", "kind": "Pods"})
    with pytest.raises(BadRequest):
        KINDS.of({})


def test_kinds_come_and_go():
    registry = Registry([POD])
    registry.add(NODE)
    registry.remove(POD)
    assert list(registry) == [NODE]
    assert registry.by_gvk("", "v1", "Pod") is None


def test_names_are_told_apart():
    """No two kinds of a group and version share a name that kubectl resolves."""
    seen = set()
    for kind in KINDS:
        for name in {kind.plural, kind.singular, *kind.short_names}:
            assert (kind.api_version, name) not in seen
            seen.add((kind.api_version, name))


def test_every_kind_has_a_definition():
    known = definitions.load()
    assert all(kind.definition in known for kind in KINDS)
    assert all(sub.definition in known for kind in KINDS for sub in kind.subresources if sub.definition)


def test_get_all_shows_what_kubernetes_shows():
    assert {kind.resource for kind in KINDS if "all" in kind.categories} == {
        "pods", "replicationcontrollers", "services", "daemonsets.apps", "deployments.apps", "replicasets.apps",
        "statefulsets.apps", "cronjobs.batch", "jobs.batch", "horizontalpodautoscalers.autoscaling"}  # fmt: skip


@pytest.mark.parametrize(("kind", "obj", "values"), [
    (POD, {}, {"spec.nodeName": "", "status.phase": "", "spec.hostNetwork": "false"}),
    (POD, {"spec": {"nodeName": "a", "hostNetwork": True}, "status": {"podIP": "10.0.0.1"}},
     {"spec.nodeName": "a", "spec.hostNetwork": "true", "status.podIP": "10.0.0.1"}),
    (NODE, {"spec": {}}, {"spec.unschedulable": "false"}),
    (NODE, {"spec": {"unschedulable": True}}, {"spec.unschedulable": "true"}),
    (SECRET, {"type": "Opaque"}, {"type": "Opaque"}),
    (NAMESPACE, {"status": {"phase": "Active"}}, {"status.phase": "Active"}),
    (EVENT, {"involvedObject": {"kind": "Pod"}, "source": {"component": "kubelet"}},
     {"involvedObject.kind": "Pod", "source": "kubelet", "involvedObject.name": ""}),
    (EVENT, {"reportingComponent": "scheduler"}, {"source": "scheduler", "reportingComponent": "scheduler"}),
    (EVENTS_EVENT, {"regarding": {"name": "a"}, "reportingController": "x"}, {"regarding.name": "a", "source": "x"}),
    (KINDS.by_resource("apps", "v1", "replicasets"), {"status": {"replicas": 3}}, {"status.replicas": "3"}),
    (KINDS.by_resource("apps", "v1", "replicasets"), {}, {"status.replicas": "0"}),
])  # fmt: skip
def test_field_selectors(kind, obj, values):
    assert {path: kind.fields[path](obj) for path in values} == values


def test_events_have_two_forms_and_one_storage():
    event = {
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "a"}, "note": "hello", "reason": "Test",
        "regarding": {"kind": "Pod"}, "reportingController": "x", "reportingInstance": "y", "deprecatedCount": 2,
        "eventTime": "2026-01-02T03:04:05.000000Z", "type": "Normal",
    }  # fmt: skip
    stored = EVENTS_EVENT.to_stored(event)
    assert stored == {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "a"}, "message": "hello", "reason": "Test",
        "involvedObject": {"kind": "Pod"}, "reportingComponent": "x", "reportingInstance": "y", "count": 2,
        "eventTime": "2026-01-02T03:04:05.000000Z", "type": "Normal",
    }  # fmt: skip
    assert EVENTS_EVENT.from_stored(stored) == event
    assert EVENTS_EVENT.storage is EVENT
    assert EVENT.storage is EVENT
