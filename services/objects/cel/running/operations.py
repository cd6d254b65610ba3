"""What compiled expressions are made of: functions of a frame, built from those of their operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs import charges
from services.objects.cel.costs.metering import CONVERTED, Frame, charge
from services.objects.cel.errors import BudgetExceeded, EvaluationError
from services.objects.cel.libraries.extensions import optionals
from services.objects.cel.libraries.language import standard
from services.objects.cel.parsing.syntax import Node
from services.objects.cel.running.conversion import Convert
from services.objects.cel.running.dispatch import Dispatcher
from services.objects.cel.running.values import NO_SUCH_OVERLOAD, Optional, key_of
from services.objects.cel.types import Kind, Type, is_optional

Run = Callable[[Frame], Any]

_LARGE = 100  # characters
_SCALAR = frozenset({Kind.BOOL, Kind.INT, Kind.STRING, Kind.UINT, Kind.DOUBLE})


def holds_properties(declared: Type) -> bool:
    return (declared.parameters[0] if is_optional(declared) else declared).kind is Kind.OBJECT


def then(run: Run, convert: Convert) -> Run:
    """What is large is converted once, however often an expression reads it."""

    def converted(frame: Frame) -> Any:
        value = run(frame)
        if not isinstance(value, list | dict | str) or (isinstance(value, str) and len(value) < _LARGE):
            return convert(value)
        known = frame[CONVERTED]
        if known is None:
            known = frame[CONVERTED] = {}
        key = (id(value), convert)
        found = known.get(key)
        if found is None:
            found = known[key] = (value, convert(value))  # the value is kept, so that its id stays its own
        return found[1]

    return converted


def property_of_slot(slot: int, name: str) -> Run:
    """A property that is null is absent."""

    def run(frame: Frame) -> Any:
        found = frame[slot].get(name)
        if found is None:
            raise EvaluationError(f"no such key: {name}")
        return found

    return run


def property_(operand: Run, name: str) -> Run:
    def run(frame: Frame) -> Any:
        found = operand(frame).get(name)
        if found is None:
            raise EvaluationError(f"no such key: {name}")
        return found

    return run


def entry(operand: Run, name: str) -> Run:
    def run(frame: Frame) -> Any:
        value = operand(frame)
        try:
            return value[name]
        except KeyError:
            raise EvaluationError(f"no such key: {name}") from None

    return run


def has_property(operand: Run, name: str) -> Run:
    return lambda frame: operand(frame).get(name) is not None


def dynamic_field(operand: Run, name: str) -> Run:
    def run(frame: Frame) -> Any:
        value = operand(frame)
        if isinstance(value, Optional):
            return optionals.select(value, name)
        if not isinstance(value, dict):
            raise EvaluationError(NO_SUCH_OVERLOAD)
        if name not in value:
            raise EvaluationError(f"no such key: {name}")
        return value[name]

    return run


def has(operand: Run, name: str) -> Run:
    def run(frame: Frame) -> bool:
        value = operand(frame)
        if isinstance(value, Optional):
            if not value.present:
                return False
            value = value.content
        if not isinstance(value, dict):
            raise EvaluationError(NO_SUCH_OVERLOAD)
        return name in value

    return run


def at_any(container: Any, key: Any) -> Any:
    if isinstance(container, dict):
        return standard.at_key(container, key)
    if isinstance(container, list):
        return standard.index_list(container, key)
    if isinstance(container, Optional):
        return optionals.select(container, key)
    raise EvaluationError(NO_SUCH_OVERLOAD)


def map_key(key: Any) -> Any:
    if type(key) is float or not isinstance(key, bool | int | str):
        raise EvaluationError("unsupported key type")
    return key_of(key)


def optional_of_entry(value: Any) -> Optional:
    if not isinstance(value, Optional):
        raise EvaluationError(f"cannot initialize optional entry from non-optional value {value!r:.100}")
    return value


def logical(left: Run, right: Run, later: int, decisive: bool) -> Run:
    """`||` with decisive True, `&&` with False: a decisive side decides, even when the other is an error."""

    def run(frame: Frame) -> bool:
        error: EvaluationError | None = None
        try:
            decided: object = left(frame)
            if decided is decisive:
                return decisive
            if decided is not (not decisive):
                error = EvaluationError(NO_SUCH_OVERLOAD)
        except BudgetExceeded:
            raise
        except EvaluationError as raised:
            error = raised
        charge(frame, later)
        decided = right(frame)
        if decided is decisive:
            return decisive
        if error is not None:
            raise error
        if decided is not (not decisive):
            raise EvaluationError(NO_SUCH_OVERLOAD)
        return not decisive

    return run


def same_scalars(operands: Sequence[Node]) -> bool:
    return operands[0].type.kind is operands[1].type.kind and operands[0].type.kind in _SCALAR


def scalars_equal(runs: Sequence[Run], wanted: bool) -> Run:
    left, right = runs
    if wanted:
        return lambda frame: left(frame) == right(frame)
    return lambda frame: left(frame) != right(frame)


def strings_equal(runs: Sequence[Run], wanted: bool) -> Run:
    left, right = runs

    def run(frame: Frame) -> bool:
        one, other = left(frame), right(frame)
        charge(frame, charges.smaller((one, other), None))
        return (one == other) is wanted

    return run


def applied(overload: Overload, runs: Sequence[Run]) -> Run:
    call = overload.call
    if overload.metered:
        return lambda frame: call(*[run(frame) for run in runs], frame)
    if len(runs) == 2:
        left, right = runs
        return lambda frame: call(left(frame), right(frame))
    if len(runs) == 1:
        only = runs[0]
        return lambda frame: call(only(frame))
    return lambda frame: call(*[run(frame) for run in runs])


def charged(overload: Overload, cost: charges.Charge, runs: Sequence[Run]) -> Run:
    call, metered = overload.call, overload.metered

    def run(frame: Frame) -> Any:
        arguments = [argument(frame) for argument in runs]
        result = call(*arguments, frame) if metered else call(*arguments)
        charge(frame, cost(arguments, result))
        return result

    return run


def dispatched(dispatcher: Dispatcher, runs: Sequence[Run]) -> Run:
    def run(frame: Frame) -> Any:
        arguments = [argument(frame) for argument in runs]
        overload, charged = dispatcher.choose(arguments)
        result = overload.call(*arguments, frame) if overload.metered else overload.call(*arguments)
        charge(frame, 1 if charged is None else charged(arguments, result))
        return result

    return run
