"""An expression compiled: checked once, run many times."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from services.objects.cel.costs import metering
from services.objects.cel.costs.metering import COST, Frame
from services.objects.cel.environment import Environment
from services.objects.cel.errors import BudgetExceeded, CompileError, EvaluationError, Issue
from services.objects.cel.types import Kind, Type

if TYPE_CHECKING:
    from services.objects.cel.parsing.syntax import Node
    from services.objects.cel.running.closures import Compiled
    from services.objects.cel.running.operations import Run

# Kubernetes' limits, in its units of cost.
PER_CALL_LIMIT = 1_000_000  # one evaluation of one expression
RUNTIME_BUDGET = 10_000_000  # all expressions that one request runs
MATCH_CONDITIONS_BUDGET = RUNTIME_BUDGET // 4  # those that only ask whether a webhook or a policy is concerned
EXPRESSION_LIMIT = 10_000_000  # the estimate of one rule of a CustomResourceDefinition
TOTAL_LIMIT = 100_000_000  # the estimates of all its rules together

_TOO_DEEP = "expression recursion limit exceeded: 250"


class Cost(NamedTuple):
    """An estimate; both ends are capped at 2**64 - 1."""

    min: int
    max: int


class Outcome(NamedTuple):
    value: Any
    cost: int


class Program:
    """`expression` is the text, `type` that of its values, `environment` what it was checked against.

    `references` are the variables it reads: a rule with `oldSelf` among them is a transition rule.
    """

    __slots__ = ("_compiled", "_converters", "_estimate", "_root", "environment", "expression", "references", "type")

    def __init__(self, expression: str, environment: Environment, type: Type, root: Node, compiled: Compiled) -> None:
        from services.objects.cel.running.conversion import reader

        self.expression = expression
        self.environment = environment
        self.type = type
        self.references = frozenset(compiled.variables)
        self._root = root
        self._compiled = compiled
        self._estimate: Cost | None = None
        self._converters = [(name, reader(environment.variables[name])) for name in compiled.variables]

    @property
    def cost_estimate(self) -> Cost:
        """What an evaluation costs at least and at most, values being as large as the types of variables allow."""
        if self._estimate is None:
            from services.objects.cel.costs.estimator import estimate

            self._estimate = Cost(*estimate(self._root, self.environment))
        return self._estimate

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """The fields it reads by name, from the variable on: ("self", "spec", "replicas"); the longest of each."""
        from services.objects.cel.paths import paths

        return paths(self._root)

    def evaluate(self, bindings: Mapping[str, Any], budget: int = PER_CALL_LIMIT) -> Any:
        """The value; raises EvaluationError, of which BudgetExceeded is one."""
        return self.run(bindings, budget).value

    def run(self, bindings: Mapping[str, Any], budget: int = PER_CALL_LIMIT) -> Outcome:
        """The value and what it cost, for callers with a budget over many expressions."""
        run, cost, _, locals_ = self._compiled
        frame: Frame = [cost, budget, metering.MOST_WORK, None]
        for name, convert in self._converters:
            if name not in bindings:
                raise EvaluationError(f"no such attribute(s): {name}")
            value = bindings[name]
            frame.append(value if convert is None else convert(value))
        if locals_:
            frame += [None] * locals_
        try:
            if cost > budget:
                raise BudgetExceeded
            return Outcome(_run(run, frame), frame[COST])
        except EvaluationError as error:
            error.cost = frame[COST]
            raise


def _run(run: Run, frame: Frame) -> Any:
    try:
        return run(frame)
    except EvaluationError:
        raise
    except (TypeError, AttributeError, LookupError, ValueError):
        # Where types are known nothing is checked again: a value was not of the type declared for it.
        raise EvaluationError("no such overload") from None
    except RecursionError:
        raise EvaluationError("value is nested too deeply") from None


def compile(expression: str, environment: Environment, expected: Type | Collection[Type] | None = None) -> Program:
    """Parsed, type-checked and ready to run; raises CompileError.

    An expression of another type than `expected` (one of them; any for None) is refused with `must evaluate to bool`.
    """
    from services.objects.cel.checking import checker
    from services.objects.cel.parsing import parser
    from services.objects.cel.running import closures

    root = parser.parse(expression, environment.libraries)
    try:
        checked = checker.check(expression, root, environment)
        compiled = closures.compile_tree(root, sorted(checked.variables), checked.locals)
    except RecursionError:
        raise CompileError(expression, [Issue(-1, 0, _TOO_DEEP)]) from None
    if expected is not None:
        _expect(expression, checked.type, [expected] if isinstance(expected, Type) else list(expected))
    return Program(expression, environment, checked.type, root, compiled)


def _expect(expression: str, found: Type, wanted: list[Type]) -> None:
    if found in wanted or any(each.kind is Kind.DYN for each in wanted):
        return
    shown = str(wanted[0]) if len(wanted) == 1 else f"one of [{' '.join(map(str, wanted))}]"
    raise CompileError.plain(expression, f"must evaluate to {shown}")
