from __future__ import annotations

import pytest

from services.storage import codec
from services.storage.codec import Change
from services.storage.store import Entry, Event, Put, Remove


@pytest.mark.parametrize(
    ("revision", "place", "version"), [(1, 0, 256), (1, 255, 511), (2, 0, 512), (5_000_000, 126, 1_280_000_126)]
)
def test_resource_versions(revision: int, place: int, version: int) -> None:
    assert codec.encode(revision, place) == version
    assert codec.decode(version) == (revision, place)


def test_a_list_is_behind_every_change_of_its_revision() -> None:
    assert codec.encode(7, codec.LAST_PLACE - 1) < codec.listed(7) < codec.encode(8, 0)


@pytest.mark.parametrize("place", [0, 1, 126, 254])
def test_frames(place: int) -> None:
    raw = codec.frame(b'{"a":1}', place)
    assert codec.unframe(raw) == (place, b'{"a":1}')
    assert (raw[:1] == b"{") == (place == 0)


@pytest.mark.parametrize("raw", [b"\x02{}", b"k8s:enc:", b"\x01", b"\x01\x02"])
def test_unknown_forms_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="unknown form"):
        codec.unframe(raw)


def change(key: str, place: int | None) -> Change:
    return Change(key, None if place is None else codec.frame(b"{}", place), 3)


@pytest.mark.parametrize(
    ("stored", "places"),
    [
        ([0], [0]),
        ([None], [0]),
        ([1, 2, 3], [1, 2, 3]),
        ([None, 2, None, None, 5, None], [0, 2, 3, 4, 5, 6]),
        ([4, None, 6], [4, 5, 6]),
        ([None] * 3, [0, 1, 2]),
    ],
)
def test_places_of_deletions_come_from_the_order(stored: list[int | None], places: list[int]) -> None:
    events = codec.events(9, [change(str(number), place) for number, place in enumerate(stored)])
    assert [event.resource_version for event in events] == [codec.encode(9, place) for place in places]


def test_events() -> None:
    version = codec.encode(9, 2)
    assert codec.events(9, [change("a", None), change("b", 2)]) == (
        Event("a", None, codec.encode(9, 0)),
        Event("b", Entry("b", b"{}", version, 3), version),
    )


def test_more_deletions_than_places_stay_within_the_revision() -> None:
    events = codec.events(9, [change(str(number), None) for number in range(300)])
    assert events[-1].resource_version == codec.encode(9, 254)


@pytest.mark.parametrize(
    ("writes", "done", "places"),
    [
        ("pppp", "1111", [1, 2, 3, 4]),
        ("rpr", "111", [0, 2, 3]),
        ("rrpr", "0111", [-1, 0, 3, 4]),
        ("prp", "010", [-1, 0, -1]),
    ],
)
def test_the_writer_knows_the_places_a_watch_will_see(writes: str, done: str, places: list[int]) -> None:
    batch = [Put(str(n), b"{}") if kind == "p" else Remove(str(n)) for n, kind in enumerate(writes)]
    succeeded = [flag == "1" for flag in done]
    assert codec.places(batch, succeeded) == places
    seen = [
        change(write.key, number if isinstance(write, Put) else None)
        for number, (write, did) in enumerate(zip(batch, succeeded, strict=True), start=1)
        if did
    ]
    visible = [event.resource_version & 255 for event in codec.events(1, seen)]
    assert visible == [place for place in places if place >= 0]
