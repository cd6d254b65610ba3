from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services.client.events import Event, EventWriter, Reference, writer
from services.client.sdk import CreateOp, Operation, PatchOp
from services.objects.errors import (
    AlreadyExists,
    FencedOff,
    Forbidden,
    Invalid,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
    TooManyRequests,
)
from services.objects.kinds import EVENT
from services.objects.meta import Obj

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FENCE = ("/registry/elections/x/1", 7)
DEADLINE = 5.0


class Apiserver:
    """Answers operations by `answer`; keeps what it was asked. `errors` are raised first, for whole calls."""

    def __init__(self) -> None:
        self.answer: Callable[[Operation], Obj | StatusError] = lambda op: {}
        self.errors: list[StatusError] = []
        self.batches: list[list[Operation]] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def batch(self, operations: Sequence[Operation], fence: Any = None, *, timeout: float | None = None
                    ) -> list[Obj | StatusError]:  # fmt: skip
        assert fence == FENCE
        assert timeout == writer.TIMEOUT
        self.batches.append([*operations])
        self.asked.set()
        await self.open.wait()
        if self.errors:
            raise self.errors.pop(0)
        return [self.answer(op) for op in operations]

    @property
    def operations(self) -> list[Operation]:
        return [op for batch in self.batches for op in batch]

    @property
    def messages(self) -> list[str]:
        return [op.object["message"] for op in self.operations if isinstance(op, CreateOp)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GATHER", 0.001)
    monkeypatch.setattr(writer, "PATIENCE", 0.01)
    monkeypatch.setattr(writer, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(writer, "LONGEST_PAUSE", 0.001)


@pytest.fixture
async def server() -> Apiserver:
    return Apiserver()


@pytest.fixture
async def events(server: Apiserver) -> EventWriter:
    return EventWriter(server, FENCE, lambda: NOW)


def event(message: str = "m", name: str = "a") -> Event:
    return Event(Reference("v1", "Pod", "default", name, f"uid-{name}"), "Normal", "R", message, "us")


def dropped(why: str) -> float:
    return writer.DROPPED.labels(why)._value.get()


def ending() -> StatusError:
    return Forbidden("no new content", details={"causes": [{"reason": "NamespaceTerminating"}]})


@asynccontextmanager
async def running(events: EventWriter) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(events.run())
    yield task
    task.cancel()
    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_what_is_told_together_is_written_together(server: Apiserver, events: EventWriter) -> None:
    async with running(events):
        for _ in range(3):
            events.tell(event())
        events.tell(event(name="b"))
        async with asyncio.timeout(DEADLINE):
            await server.asked.wait()
    (batch,) = server.batches
    made = [op.object for op in batch if isinstance(op, CreateOp) and op.kind is EVENT]
    assert [(obj["involvedObject"]["name"], obj["count"]) for obj in made] == [("a", 3), ("b", 1)]


async def test_a_repetition_is_a_patch_of_the_first(server: Apiserver, events: EventWriter) -> None:
    for _ in range(3):
        events.tell(event())
        await events.flush()
    create, *patches = server.operations
    assert isinstance(create, CreateOp)
    for count, patch in enumerate(patches, 2):
        assert patch == PatchOp(EVENT, "default", create.object["metadata"]["name"],
                                {"count": count, "lastTimestamp": "2026-03-01T12:00:00Z", "message": "m"})


async def test_an_event_bears_the_time_it_was_told_at(server: Apiserver) -> None:
    now = NOW
    events = EventWriter(server, FENCE, lambda: now)
    events.tell(event())
    now = NOW.replace(hour=13)
    await events.flush()
    (create,) = server.operations
    assert isinstance(create, CreateOp)
    assert create.object["lastTimestamp"] == "2026-03-01T12:00:00Z"


async def test_calls_are_of_limited_size(server: Apiserver, events: EventWriter) -> None:
    for number in range(writer.BATCH + 1):
        events.tell(event(name=f"p{number}"))
    await events.flush()
    assert [len(batch) for batch in server.batches] == [writer.BATCH, 1]


async def test_too_many_events_push_the_oldest_out(server: Apiserver) -> None:
    events = EventWriter(server, FENCE, lambda: NOW, limit=250)
    before = dropped("overflow")
    for number in range(255):
        events.tell(event(f"m{number}", f"p{number}"))
    await events.flush()
    assert server.messages == [f"m{number}" for number in range(5, 255)]
    assert dropped("overflow") - before == 5


async def test_events_give_way_to_what_is_more_urgent(server: Apiserver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PATIENCE", DEADLINE)
    answers = iter([True, True, False])
    asked: list[int] = []

    def busy() -> bool:
        asked.append(len(server.batches))
        return next(answers)

    events = EventWriter(server, FENCE, lambda: NOW, busy=busy)
    events.tell(event())
    await events.flush()
    assert asked == [0, 0, 0]
    assert server.messages == ["m"]


async def test_events_trickle_on_while_there_is_always_something_more_urgent(server: Apiserver) -> None:
    events = EventWriter(server, FENCE, lambda: NOW, busy=lambda: True)
    for number in range(writer.BATCH + 1):
        events.tell(event(name=f"p{number}"))
    async with asyncio.timeout(DEADLINE):
        await events.flush()
    assert [len(batch) for batch in server.batches] == [writer.BATCH, 1]


async def test_who_shouts_is_cut_off_and_that_is_counted(server: Apiserver, events: EventWriter) -> None:
    before = dropped("spam")
    for number in range(30):
        events.tell(event()._replace(reason=f"R{number}"))
    await events.flush()
    assert len(server.operations) == 25
    assert dropped("spam") - before == 5


async def test_an_event_that_has_expired_is_made_again_with_its_count(server: Apiserver, events: EventWriter) -> None:
    events.tell(event())
    await events.flush()
    server.answer = lambda op: NotFound("expired") if isinstance(op, PatchOp) else {}
    events.tell(event())
    await events.flush()
    first, patch, again = server.operations
    assert isinstance(first, CreateOp)
    assert isinstance(patch, PatchOp)
    assert isinstance(again, CreateOp)
    assert again.object == {**first.object, "count": 2}


@pytest.mark.parametrize("error", [ServiceUnavailable("away"), Timeout("late"), TooManyRequests("busy")])
@pytest.mark.parametrize("whole", [True, False])
async def test_who_is_away_is_asked_again(
    error: StatusError, whole: bool, server: Apiserver, events: EventWriter
) -> None:
    answers: list[Any] = [error, error, {}]
    if whole:
        server.errors = [error, error]
    else:
        server.answer = lambda op: answers.pop(0)
    events.tell(event())
    await events.flush()
    assert len(server.batches) == 3
    assert len({op.object["metadata"]["name"] for op in server.operations if isinstance(op, CreateOp)}) == 1


async def test_what_was_written_by_a_call_without_an_answer_is_written(server: Apiserver, events: EventWriter) -> None:
    server.errors = [Timeout("late")]
    server.answer = lambda op: AlreadyExists("made before") if isinstance(op, CreateOp) else {}
    before = dropped("refused")
    events.tell(event())
    await events.flush()
    events.tell(event())
    await events.flush()
    assert [type(op) for op in server.operations] == [CreateOp, CreateOp, PatchOp]
    assert dropped("refused") == before


async def test_what_nobody_takes_is_given_up(server: Apiserver, events: EventWriter) -> None:
    before = dropped("away")
    server.answer = lambda op: ServiceUnavailable("away")
    events.tell(event())
    await events.flush()
    assert len(server.batches) == writer.ATTEMPTS
    assert dropped("away") - before == 1
    server.answer = lambda op: {}
    events.tell(event())
    await events.flush()
    assert isinstance(server.operations[-1], CreateOp)  # it begins anew


async def test_what_is_refused_is_dropped_alone(server: Apiserver, events: EventWriter) -> None:
    before = dropped("refused")
    bad = Invalid("", "Event", "x", ())
    server.answer = lambda op: bad if isinstance(op, CreateOp) and op.object["message"] == "bad" else {}
    events.tell(event("bad"))
    events.tell(event("good"))
    await events.flush()
    assert len(server.batches) == 1
    assert dropped("refused") - before == 1


@pytest.mark.parametrize("answer", [ending(), NotFound('namespaces "default" not found')])
async def test_a_namespace_that_ends_is_no_failure(
    answer: StatusError, server: Apiserver, events: EventWriter, capfd: pytest.CaptureFixture[str]
) -> None:
    before = dropped("refused")
    server.answer = lambda op: answer
    events.tell(event())
    await events.flush()
    assert len(server.batches) == 1
    assert dropped("refused") == before
    assert "event refused" not in "".join(capfd.readouterr())
    server.answer = lambda op: {}  # a namespace of that name is made anew
    events.tell(event())
    await events.flush()
    assert isinstance(server.operations[-1], CreateOp)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_fence_that_fell_ends_it(whole: bool, server: Apiserver, events: EventWriter) -> None:
    server.errors = [FencedOff("x")] if whole else []
    server.answer = lambda op: FencedOff("x")
    events.tell(event())
    with pytest.raises(FencedOff):
        async with asyncio.timeout(DEADLINE):
            await events.run()
    assert len(server.batches) == 1


async def test_telling_never_waits_for_an_apiserver_that_hangs(server: Apiserver, events: EventWriter) -> None:
    server.open.clear()
    async with running(events):
        events.tell(event("first"))
        async with asyncio.timeout(DEADLINE):
            await server.asked.wait()
        for number in range(50):
            events.tell(event(f"m{number}", f"p{number}"))
        server.open.set()
    assert len(set(server.messages)) == 51


async def test_what_waits_is_written_at_the_end(server: Apiserver, events: EventWriter) -> None:
    """Also what was on its way when the end came: nobody knows whether it arrived."""
    server.open.clear()
    async with running(events):
        events.tell(event("on its way"))
        async with asyncio.timeout(DEADLINE):
            await server.asked.wait()
        events.tell(event("waits"))
        server.open.set()
    assert server.messages == ["on its way", "on its way", "waits"]
    assert len({op.object["metadata"]["name"] for op in server.operations if isinstance(op, CreateOp)}) == 2


@pytest.mark.parametrize("trouble", ["away", "hangs", "fenced"])
async def test_the_end_does_not_wait_for_long(
    trouble: str, server: Apiserver, events: EventWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DRAIN", 0.05)
    before = dropped("stopped")
    async with running(events):
        await asyncio.sleep(0)
        for number in range(3):
            events.tell(event(f"m{number}"))
        if trouble == "hangs":
            server.open.clear()
        server.answer = lambda op: FencedOff("x") if trouble == "fenced" else ServiceUnavailable("away")
    assert len(server.batches) == 1
    assert dropped("stopped") - before == 3
