"""What a watch's bytes mean, however they are cut."""

from __future__ import annotations

import pytest

from services.load.scheduling.arrivals import BOUND, UNSCHEDULABLE, Arrivals

EVENTS = (
    b'{"type":"ADDED","object":{"metadata":{"labels":{"name":"x"},"name":"measured-000001"}}}\n'
    b'{"type":"MODIFIED","object":{"metadata":{"name":"measured-000002"},"status":{"reason":"Unschedulable"}}}\n'
    b'{"type":"ADDED","object":{"metadata":{"name":"existing-000003"}}}\n'
)


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
async def test_events_are_seen_wherever_they_are_cut(step: int) -> None:
    seen = Arrivals(BOUND)
    for start in range(0, len(EVENTS), step):
        seen.sink(EVENTS[start : start + step])
    assert list(seen.times) == [b"measured-000001", b"existing-000003"]


async def test_only_events_with_the_sign_count_and_each_pod_once() -> None:
    seen = Arrivals(UNSCHEDULABLE)
    seen.sink(EVENTS)
    first = dict(seen.times)
    seen.sink(EVENTS)
    assert list(first) == [b"measured-000002"]
    assert seen.times == first
    await seen.wait(1)
