"""An expression compiled: checked once, run many times."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from services.objects.cel.environment import Environment
from services.objects.cel.types import Type

# Kubernetes' limits, in its units of cost.
PER_CALL_LIMIT = 1_000_000  # one evaluation of one expression
RUNTIME_BUDGET = 10_000_000  # all expressions that one request runs
EXPRESSION_LIMIT = 10_000_000  # the estimate of one rule of a CustomResourceDefinition
TOTAL_LIMIT = 100_000_000  # the estimates of all its rules together


class Cost(NamedTuple):
    """An estimate; both ends are capped at 2**64 - 1."""

    min: int
    max: int


class Outcome(NamedTuple):
    value: Any
    cost: int


class Program:
    """`expression` is the text, `type` that of its values, `environment` what it was checked against."""

    expression: str
    type: Type
    environment: Environment

    @property
    def cost_estimate(self) -> Cost:
        """What an evaluation costs at least and at most, values being as large as the types of variables allow."""
        raise NotImplementedError

    @property
    def references(self) -> frozenset[str]:
        """The variables it reads: a rule with `oldSelf` among them is a transition rule."""
        raise NotImplementedError

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """The fields it reads by name, from the variable on: ("self", "spec", "replicas"); the longest of each."""
        raise NotImplementedError

    def evaluate(self, bindings: Mapping[str, Any], budget: int = PER_CALL_LIMIT) -> Any:
        """The value; raises EvaluationError, of which BudgetExceeded is one."""
        return self.run(bindings, budget).value

    def run(self, bindings: Mapping[str, Any], budget: int = PER_CALL_LIMIT) -> Outcome:
        """The value and what it cost, for callers with a budget over many expressions."""
        raise NotImplementedError


def compile(expression: str, environment: Environment, expected: Type | Collection[Type] | None = None) -> Program:
    """Parsed, type-checked and ready to run; raises CompileError.

    An expression of another type than `expected` (one of them; any for None) is refused with `must evaluate to bool`.
    """
    raise NotImplementedError
