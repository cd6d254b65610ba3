from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from services.client.events import Event, EventWriter, Reference
from services.client.sdk import CreateOp, DeleteOp, Operation, PatchOp, UpdateOp
from services.controller_manager.apply import BATCH, Applied, Applier, event, operation
from services.controller_manager.plans import Create, Delete, Emit, Patch, Plan, Update, UpdateStatus
from services.objects.errors import (
    AlreadyExists,
    Conflict,
    FencedOff,
    Forbidden,
    NotFound,
    ServiceUnavailable,
    StatusError,
    Timeout,
)
from services.objects.kinds import EVENT, POD
from services.objects.meta import Obj
from tests.unit.controller_manager.builders import NOW, pod

FENCE = ("/registry/elections/x/1", 7)


class Apiserver:
    """Answers every operation by `answer`; keeps what it was asked."""

    def __init__(self, answer: Callable[[Operation], Obj | StatusError] | None = None) -> None:
        self.answer = answer or (lambda op: {"metadata": {"name": "made", "resourceVersion": "50"}})
        self.batches: list[list[Operation]] = []
        self.error: StatusError | None = None

    async def batch(self, operations: Sequence[Operation], fence: Any = None, *, timeout: float | None = None
                    ) -> list[Obj | StatusError]:  # fmt: skip
        assert fence == FENCE
        assert timeout is not None
        self.batches.append(list(operations))
        if self.error is not None:
            raise self.error
        return [self.answer(op) for op in operations]


async def applied(server: Apiserver, *steps: Any) -> tuple[Applied, EventWriter]:
    events = EventWriter(server, FENCE, lambda: NOW)
    return await Applier(server, events, FENCE).apply(Plan(steps), "us"), events


def told(server: Apiserver) -> list[str]:
    return [op.object["message"] for batch in server.batches for op in batch
            if isinstance(op, CreateOp) and op.kind is EVENT]


def creations(count: int) -> list[Create]:
    done = Emit(POD, pod("rs"), "Normal", "Made", "made {name}")
    failed = Emit(POD, pod("rs"), "Warning", "No", "{error}!")
    return [Create(POD, pod(f"p{number}"), done, failed) for number in range(count)]


def test_changes_in_the_sdks_words() -> None:
    obj = pod("a")
    assert operation(Create(POD, obj)) == CreateOp(POD, obj)
    assert operation(Update(POD, obj, "finalize")) == UpdateOp(POD, obj, "finalize")
    assert operation(UpdateStatus(POD, obj)) == UpdateOp(POD, obj, "status")
    patch = {"x": 1}
    assert operation(Patch(POD, "n", "a", patch, "json", "scale")) == PatchOp(POD, "n", "a", patch, "json", "scale")
    assert operation(Delete(POD, "n", "a", "u", "5", "Orphan", 0)) == DeleteOp(POD, "n", "a", 0, "Orphan", "u", "5")


async def test_creations_start_slowly() -> None:
    server = Apiserver()
    result, _ = await applied(server, UpdateStatus(POD, pod("rs")), *creations(12))
    assert [len(batch) for batch in server.batches] == [2, 2, 4, 5]
    assert (result.revision, result.stale, result.refusal) == (50, False, None)


async def test_large_plans_are_cut() -> None:
    server = Apiserver()
    await applied(server, *[UpdateStatus(POD, pod(f"p{number}")) for number in range(BATCH + 1)])
    assert [len(batch) for batch in server.batches] == [BATCH, 1]


async def test_the_first_refusal_holds_back_the_rest() -> None:
    server = Apiserver(lambda op: Forbidden("no quota"))
    result, events = await applied(server, *creations(100))
    assert len(server.batches) == 1
    assert result.refusal is not None
    server.batches.clear()
    server.answer = lambda op: {"metadata": {"resourceVersion": "1"}}
    await events.flush()
    assert told(server) == ["no quota!"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Conflict("x"), Applied(stale=True)),
        (NotFound("x"), Applied(stale=True)),
        (AlreadyExists("x"), Applied(stale=True)),
        (Timeout("x"), Applied(unclear=True)),
        (ServiceUnavailable("x"), Applied(unclear=True)),
        ({"metadata": {"name": "a", "resourceVersion": "9"}}, Applied(revision=9)),
    ],
)
async def test_what_becomes_of_a_write(answer: Obj | StatusError, expected: Applied) -> None:
    result, events = await applied(Apiserver(lambda op: answer), *creations(1))
    assert result == expected
    await events.flush()


async def test_nothing_is_made_in_a_namespace_that_ends_and_nobody_complains() -> None:
    ending = Forbidden("no new content", details={"causes": [{"reason": "NamespaceTerminating"}]})
    server = Apiserver(lambda op: ending)
    result, events = await applied(server, *creations(9))
    assert result == Applied(moot=True)
    assert len(server.batches) == 1
    await events.flush()
    assert told(server) == []


async def test_a_deletion_has_no_revision_to_wait_for() -> None:
    server = Apiserver(lambda op: {"kind": "Status", "metadata": {}})
    done = Emit(POD, pod("rs"), "Normal", "Gone", "deleted {name}")
    result, events = await applied(server, Delete(POD, "default", "a", "u", done=done))
    assert result == Applied(deleted=True)
    await events.flush()
    assert told(server) == ["deleted a"]


async def test_a_call_that_fails_leaves_everything_open() -> None:
    server = Apiserver()
    server.error = Timeout("too late")
    result, _ = await applied(server, *creations(3))
    assert result == Applied(unclear=True)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_fence_that_fell_ends_it(whole: bool) -> None:
    server = Apiserver(lambda op: FencedOff("x"))
    server.error = FencedOff("x") if whole else None
    with pytest.raises(FencedOff):
        await applied(server, *creations(3))


def test_events_in_the_words_of_all_processes() -> None:
    regarding = pod("a")
    assert event(Emit(POD, regarding, "Warning", "R", "m"), "us") == Event(
        Reference("v1", "Pod", "default", "a", "uid-a", "7"), "Warning", "R", "m", "us")  # fmt: skip
