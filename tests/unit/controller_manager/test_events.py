from __future__ import annotations

from datetime import timedelta

from services.controller_manager.events import Correlator
from services.controller_manager.plans import Emit
from services.objects import times
from services.objects.kinds import NODE, POD
from tests.unit.controller_manager.builders import NOW, node, pod


def emit(message: str = "text", name: str = "a", reason: str = "Reason") -> Emit:
    return Emit(POD, pod(name), "Normal", reason, message)


def test_an_event_in_full() -> None:
    record = Correlator().record(emit(), "us", NOW)
    assert record is not None
    assert not record.repeats
    name = record.obj["metadata"].pop("name")
    assert name.startswith("a.")
    assert record.obj == {
        "apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "default"},
        "involvedObject": {"kind": "Pod", "apiVersion": "v1", "name": "a", "namespace": "default", "uid": "uid-a",
                           "resourceVersion": "7"},
        "type": "Normal", "reason": "Reason", "message": "text",
        "source": {"component": "us"}, "reportingComponent": "us", "reportingInstance": "",
        "firstTimestamp": times.rfc3339(NOW), "lastTimestamp": times.rfc3339(NOW), "count": 1,
    }  # fmt: skip


def test_events_about_cluster_scoped_objects_are_in_default() -> None:
    record = Correlator().record(Emit(NODE, node(), "Normal", "R", "m"), "us", NOW)
    assert record is not None
    assert record.obj["metadata"]["namespace"] == "default"
    assert "namespace" not in record.obj["involvedObject"]


def test_what_repeats_is_counted() -> None:
    correlator = Correlator()
    first, other = correlator.record(emit(), "us", NOW), correlator.record(emit(name="b"), "us", NOW)
    later = NOW + timedelta(seconds=9)
    again = correlator.record(emit(), "us", later)
    assert first is not None
    assert other is not None
    assert again is not None
    assert other.obj["metadata"]["name"] != first.obj["metadata"]["name"]
    assert again.repeats
    assert again.obj["metadata"] == first.obj["metadata"]
    assert again.patch == {"count": 2, "lastTimestamp": times.rfc3339(later), "message": "text"}


def test_a_story_whose_event_is_gone_begins_anew() -> None:
    correlator = Correlator()
    first = correlator.record(emit(), "us", NOW)
    assert first is not None
    correlator.forget(first.obj["metadata"]["name"])
    again = correlator.record(emit(), "us", NOW)
    assert again is not None
    assert (again.repeats, again.obj["count"]) == (False, 1)


def test_many_similar_ones_become_one() -> None:
    correlator = Correlator()
    records = [correlator.record(emit(f"pod {number}"), "us", NOW) for number in range(14)]
    names = {record.obj["metadata"]["name"] for record in records if record is not None}
    assert len(names) == 11
    assert records[-1] is not None
    assert records[-1].obj["message"] == "(combined from similar events): pod 13"
    assert records[-1].obj["count"] == 4
    after = correlator.record(emit("pod 99"), "us", NOW + timedelta(minutes=11))
    assert after is not None
    assert after.obj["message"] == "pod 99"


def test_who_shouts_is_cut_off_but_his_neighbours_are_not() -> None:
    correlator = Correlator()
    written = [correlator.record(emit(reason=f"R{number}"), "us", NOW) is not None for number in range(40)]
    assert written == [True] * 25 + [False] * 15
    assert correlator.record(emit(name="b"), "us", NOW) is not None
    assert correlator.record(emit(reason="Later"), "us", NOW + timedelta(minutes=5)) is not None
    assert correlator.record(emit(reason="Again"), "us", NOW + timedelta(minutes=5)) is None


def test_who_reports_is_part_of_the_story() -> None:
    correlator = Correlator()
    first, second = correlator.record(emit(), "us", NOW), correlator.record(emit(), "them", NOW)
    assert first is not None
    assert second is not None
    assert not second.repeats
    assert (first.obj["source"], second.obj["source"]) == ({"component": "us"}, {"component": "them"})
