from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.client.events.correlator import LONGEST_MESSAGE, REMEMBERED, Correlator, Record
from services.client.events.event import Event, Reference
from services.objects import times
from services.objects.kinds import NODE, POD

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(message: str = "text", name: str = "a", reason: str = "Reason", *, component: str = "us", host: str = "",
          path: str = "", version: str = "7") -> Event:  # fmt: skip
    about = Reference("v1", "Pod", "default", name, f"uid-{name}", version, path)
    return Event(about, "Normal", reason, message, component, host)


def recorded(correlator: Correlator, told: Event, now: datetime = NOW) -> Record:
    record = correlator.record(told, now)
    assert record is not None
    return record


def test_an_event_in_full() -> None:
    told = event(host="node-a", path="spec.containers{main}")._replace(action="Pulling", instance="us-1")
    record = recorded(Correlator(), told)
    assert not record.repeats
    assert record.key == ("default", record.obj["metadata"]["name"])
    assert record.obj["metadata"].pop("name").startswith("a.")
    assert record.obj == {
        "apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "default"},
        "involvedObject": {"kind": "Pod", "apiVersion": "v1", "name": "a", "namespace": "default", "uid": "uid-a",
                           "resourceVersion": "7", "fieldPath": "spec.containers{main}"},
        "type": "Normal", "reason": "Reason", "message": "text", "action": "Pulling",
        "source": {"component": "us", "host": "node-a"}, "reportingComponent": "us", "reportingInstance": "us-1",
        "firstTimestamp": times.rfc3339(NOW), "lastTimestamp": times.rfc3339(NOW), "count": 1,
    }  # fmt: skip


def test_what_is_not_known_is_left_out() -> None:
    obj = recorded(Correlator(), event(version="")).obj
    assert obj["source"] == {"component": "us"}
    assert obj["reportingInstance"] == ""
    assert "action" not in obj
    assert set(obj["involvedObject"]) == {"kind", "apiVersion", "name", "namespace", "uid"}
    assert recorded(Correlator(), event(host="node-a")).obj["reportingInstance"] == "node-a"


def test_references_are_made_from_objects() -> None:
    pod = {"metadata": {"name": "a", "namespace": "shop", "uid": "u", "resourceVersion": "9"}}
    assert Reference.to(POD, pod, "spec.containers{b}") == ("v1", "Pod", "shop", "a", "u", "9", "spec.containers{b}")
    assert Reference.to(NODE, {"metadata": {"name": "n"}}) == ("v1", "Node", "", "n", "", "", "")


def test_events_about_cluster_scoped_objects_are_in_default() -> None:
    about = Reference("v1", "Node", "", "node-a", "u")
    record = recorded(Correlator(), Event(about, "Normal", "R", "m", "us"))
    assert record.obj["metadata"]["namespace"] == "default"
    assert "namespace" not in record.obj["involvedObject"]


def test_what_repeats_is_counted() -> None:
    correlator = Correlator()
    first, other = recorded(correlator, event()), recorded(correlator, event(name="b"))
    later = NOW + timedelta(seconds=9)
    again = recorded(correlator, event(version="8"), later)
    assert other.key != first.key
    assert again.repeats
    assert again.key == first.key
    assert again.patch == {"count": 2, "lastTimestamp": times.rfc3339(later), "message": "text"}
    assert again.obj["firstTimestamp"] == times.rfc3339(NOW)


@pytest.mark.parametrize(
    "other",
    [
        event(component="them"), event(host="node-b"), event(reason="Other"), event("other text"),
        event(path="spec.containers{b}"), event()._replace(type="Warning"),
        event()._replace(regarding=event().regarding._replace(uid="uid-of-another")),
    ],
)  # fmt: skip
def test_what_differs_is_another_story(other: Event) -> None:
    correlator = Correlator()
    first = recorded(correlator, event())
    second = recorded(correlator, other)
    assert not second.repeats
    assert second.key != first.key
    assert recorded(correlator, event()).key == first.key


def test_a_story_whose_event_is_gone_begins_anew() -> None:
    correlator = Correlator()
    first = recorded(correlator, event())
    correlator.forget(first.story)
    again = recorded(correlator, event())
    assert (again.repeats, again.obj["count"]) == (False, 1)
    assert again.key != first.key


def test_many_similar_ones_become_one() -> None:
    correlator = Correlator()
    records = [recorded(correlator, event(f"pod {number}", path=f"spec.containers{{{number}}}"))
               for number in range(14)]  # fmt: skip
    assert len({record.key for record in records}) == 10
    assert [record.obj["message"] for record in records[8:10]] == [
        "pod 8", "(combined from similar events): pod 9"]  # fmt: skip
    assert records[-1].obj["message"] == "(combined from similar events): pod 13"
    assert records[-1].obj["count"] == 5
    known = recorded(correlator, event("pod 3", path="spec.containers{3}"))  # one of the nine goes on by itself
    assert (known.obj["message"], known.obj["count"]) == ("pod 3", 2)


def test_similar_ones_are_those_of_ten_minutes_without_a_pause() -> None:
    correlator = Correlator()
    for number in range(9):
        recorded(correlator, event(f"pod {number}"), NOW + timedelta(minutes=9 * number))
    last = NOW + timedelta(minutes=9 * 8)
    combined = recorded(correlator, event("pod 9"), last + timedelta(minutes=10))
    assert combined.obj["message"] == "(combined from similar events): pod 9"
    after = recorded(correlator, event("pod 99"), last + timedelta(minutes=21))
    assert after.obj["message"] == "pod 99"


def test_who_shouts_is_cut_off_but_his_neighbours_are_not() -> None:
    correlator = Correlator()
    written = [correlator.record(event(reason=f"R{number}"), NOW) is not None for number in range(40)]
    assert written == [True] * 25 + [False] * 15
    assert correlator.record(event(name="b"), NOW) is not None
    assert correlator.record(event(component="them"), NOW) is not None
    assert correlator.record(event(path="spec.containers{b}"), NOW) is None
    assert correlator.record(event(reason="Later"), NOW + timedelta(minutes=5)) is not None
    assert correlator.record(event(reason="Again"), NOW + timedelta(minutes=5)) is None


def test_what_may_not_be_told_is_counted_all_the_same() -> None:
    correlator = Correlator()
    for _ in range(25):
        recorded(correlator, event())
    for _ in range(10):
        assert correlator.record(event(), NOW) is None
    told = recorded(correlator, event(), NOW + timedelta(minutes=5))
    assert (told.repeats, told.obj["count"]) == (True, 36)


def test_the_first_that_may_be_told_of_a_story_makes_its_event() -> None:
    correlator = Correlator()
    for number in range(25):
        recorded(correlator, event(reason=f"R{number}"))
    assert correlator.record(event(reason="New"), NOW) is None
    told = recorded(correlator, event(reason="New"), NOW + timedelta(minutes=5))
    assert (told.repeats, told.obj["count"], told.obj["firstTimestamp"]) == (False, 2, times.rfc3339(NOW))


def test_a_clock_that_goes_back_changes_no_allowance() -> None:
    correlator = Correlator()
    recorded(correlator, event())
    names = {recorded(correlator, event(reason=f"R{number}"), NOW - timedelta(hours=1)).key for number in range(24)}
    assert len(names) == 24  # and no name comes twice
    assert correlator.record(event(), NOW) is None


def test_long_messages_are_cut() -> None:
    correlator = Correlator()
    first = recorded(correlator, event("x" * 2000 + "a"))
    assert len(first.obj["message"]) == LONGEST_MESSAGE
    other = recorded(correlator, event("x" * 2000 + "b"))
    assert other.key != first.key


@pytest.mark.parametrize("name", ["system:node:a", "n" * 250])
def test_an_object_whose_name_no_event_may_have(name: str) -> None:
    assert recorded(Correlator(), event(name=name, component="replicaset-controller")).key[1].startswith(
        "replicaset-controller.1")  # fmt: skip


def test_memory_has_an_end() -> None:
    correlator = Correlator()
    first = recorded(correlator, event())
    for number in range(REMEMBERED):
        recorded(correlator, event(name=f"pod-{number}"))
    again = recorded(correlator, event())
    assert not again.repeats
    assert again.key != first.key
    assert len(correlator._stories) == len(correlator._groups) == len(correlator._allowances) == REMEMBERED
