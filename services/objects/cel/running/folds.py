"""Macros as loops. Each is the fold that cel-go writes it as, run without its bookkeeping but charged for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from services.objects.cel.costs import charges
from services.objects.cel.costs.metering import Frame, charge
from services.objects.cel.errors import BudgetExceeded, EvaluationError
from services.objects.cel.libraries.extensions.entries import insert, insert_all
from services.objects.cel.parsing.syntax import Comprehension
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, key_of, keys

Run = Callable[[Frame], Any]


class Folded(NamedTuple):
    """Something that the user wrote inside, and what it always costs."""

    run: Run
    cost: int


# What cel-go's form of a fold costs around what the user wrote: each name one, each call one, a list ten; what is
# constant (the list it starts from) nothing.
_READ = 1
_APPEND = _READ + charges.LIST + 1


def fold(node: Comprehension, ranged: Run, cost: int, parts: Sequence[Folded], slot: int) -> tuple[Run, int]:
    """`slot` is the accumulator's place, the variables follow it."""
    walk = _pairs if node.variable2 else _singles
    place = slot + 1
    match node.macro:
        case "all":
            return _quantifier(ranged, walk, place, parts[0], False, 2), cost + _READ
        case "exists":
            return _quantifier(ranged, walk, place, parts[0], True, 3), cost + _READ
        case "exists_one":
            return _exists_one(ranged, walk, place, parts[0]), cost + _READ + 1
        case "map":
            return _map(ranged, walk, place, parts), cost + _READ
        case "transformMap":
            return _transform(ranged, place, parts, entries=False), cost + _READ
    return _transform(ranged, place, parts, entries=True), cost + _READ


def _singles(value: Any, frame: Frame, place: int) -> Iterable[Any]:
    """Puts each element, or key, into the frame; yields nothing of use."""
    if isinstance(value, list):
        elements: Iterable[Any] = value
    elif isinstance(value, dict):
        elements = keys(value)
    else:
        raise EvaluationError(NO_SUCH_OVERLOAD)
    for each in elements:
        frame[place] = each
        yield


def _pairs(value: Any, frame: Frame, place: int) -> Iterable[Any]:
    """Index and element, or key and value."""
    if isinstance(value, list):
        elements: Iterable[tuple[Any, Any]] = enumerate(value)
    elif isinstance(value, dict):
        elements = [(key, value[key_of(key)]) for key in keys(value)]
    else:
        raise EvaluationError(NO_SUCH_OVERLOAD)
    for first, second in elements:
        frame[place] = first
        frame[place + 1] = second
        yield


Walk = Callable[[Any, Frame, int], Iterable[Any]]


def _quantifier(ranged: Run, walk: Walk, place: int, predicate: Folded, decisive: bool, asking: int) -> Run:
    """`all` is decided by a false, `exists` by a true; an error counts only when nothing decides."""
    test, turn = predicate.run, asking + _READ + predicate.cost

    def run(frame: Frame) -> bool:
        error: EvaluationError | None = None
        elements = ranged(frame)
        turns = 0
        for _ in walk(elements, frame, place):
            turns += 1
            charge(frame, turn)
            try:
                decided: object = test(frame)
            except BudgetExceeded:
                raise
            except EvaluationError as raised:
                error = error or raised
                continue
            if decided is decisive:
                if turns < len(elements):
                    charge(frame, asking)  # whether to go on
                return decisive
            if decided is not (not decisive):
                error = error or EvaluationError(NO_SUCH_OVERLOAD)
        if error is not None:
            raise error
        return not decisive

    return run


def _decided(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise EvaluationError(NO_SUCH_OVERLOAD)


def _exists_one(ranged: Run, walk: Walk, place: int, predicate: Folded) -> Run:
    test, cost = predicate

    def run(frame: Frame) -> bool:
        count = 0
        for _ in walk(ranged(frame), frame, place):
            charge(frame, cost)
            holds = _decided(test(frame))
            if holds:
                charge(frame, _READ + 1)
                count += 1
        return count == 1

    return run


def _map(ranged: Run, walk: Walk, place: int, parts: Sequence[Folded]) -> Run:
    transform, turn = parts[0].run, _APPEND + parts[0].cost
    if len(parts) == 1:
        def run(frame: Frame) -> list[Any]:
            found = []
            for _ in walk(ranged(frame), frame, place):
                charge(frame, turn)
                found.append(transform(frame))
            return found

        return run
    test, cost = parts[1]

    def run_filtered(frame: Frame) -> list[Any]:
        found = []
        for _ in walk(ranged(frame), frame, place):
            charge(frame, cost)
            if _decided(test(frame)):
                charge(frame, turn)
                found.append(transform(frame))
        return found

    return run_filtered


def _transform(ranged: Run, place: int, parts: Sequence[Folded], entries: bool) -> Run:
    transform, turn = parts[0].run, 1 + _READ + (0 if entries else _READ) + parts[0].cost
    test, cost = parts[1] if len(parts) == 2 else (None, 0)

    def run(frame: Frame) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for _ in _pairs(ranged(frame), frame, place):
            charge(frame, cost)
            if test is not None and not _decided(test(frame)):
                continue
            charge(frame, turn)
            if entries:
                insert_all(found, transform(frame))
            else:
                insert(found, frame[place], transform(frame))
        return found

    return run
