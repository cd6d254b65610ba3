"""Rules in CEL as a definition states them: compiled, type-checked, and their worst cost estimated, before any object
has to pass them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from services.objects import cel
from services.objects.custom.paths.fieldpaths import FieldPathError, parse
from services.objects.custom.structural import Node
from services.objects.custom.validation.rules import environment_of
from services.objects.kinds.validation.field import Causes, forbidden, invalid, required, unsupported
from services.objects.meta import Obj

REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
MAX_REQUEST = 3 * 1024 * 1024
_MOST = 2**64 - 1
_SHOWN = 4  # the most expensive rules that are named


class Expressions:
    """The estimated costs of all rules of one schema."""

    def __init__(self) -> None:
        self._total = 0
        self._expensive: list[tuple[int, str]] = []

    def observe(self, path: str, cost: int) -> None:
        self._total = min(self._total + cost, _MOST)
        if cost >= cel.TOTAL_LIMIT // 100:
            self._expensive = sorted([*self._expensive, (cost, path)], key=lambda each: -each[0])[:_SHOWN]

    def total_causes(self, path: str) -> Causes:
        if self._total <= cel.TOTAL_LIMIT:
            return []
        causes = [forbidden(place, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 "
                                   "schema") for _, place in self._expensive]  # fmt: skip
        name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        return [*causes, forbidden(path, _exceeded(name, self._total, cel.TOTAL_LIMIT))]


class Scope(NamedTuple):
    """`cardinality` is how often a place of the schema can be in an object, None without bounds from above."""

    expressions: Expressions
    cardinality: int | None

    def field(self, schema: Obj) -> Scope:
        return self

    def item(self, schema: Obj) -> Scope:
        return self._times(schema.get("maxItems"))

    def value(self, schema: Obj) -> Scope:
        return self._times(schema.get("maxProperties"))

    def _times(self, most: int | None) -> Scope:
        if self.cardinality is None or most is None:
            return self._replace(cardinality=None)
        return self._replace(cardinality=min(self.cardinality * most, _MOST))


def validate_rules(causes: Causes, expression_causes: Causes, schema: Obj, path: str, uncorrelated: str,
                   scope: Scope | None, *, root: bool) -> None:  # fmt: skip
    """`scope` is None where expressions are not compiled: below junctors, or when the schema is wrong here or below."""
    rules = schema.get("x-kubernetes-validations") or []
    before = len(causes)
    for index, rule in enumerate(rules):
        _stated(causes, rule, schema, f"{path}.x-kubernetes-validations[{index}]")
    if not rules or scope is None or len(causes) > before:
        return
    resource = root or bool(schema.get("x-kubernetes-embedded-resource"))
    self_type = cel.schema_type(schema, resource=resource)
    if self_type is None:
        preserves = "true" if schema.get("x-kubernetes-preserve-unknown-fields") else "false"
        why = (f"rule declared on schema that does not support validation rules type: '{schema.get('type') or ''}' "
               f"x-kubernetes-preserve-unknown-fields: '{preserves}'")  # fmt: skip
        expression_causes.append(invalid(f"{path}.x-kubernetes-validations", rules, why))
        return
    for index, rule in enumerate(rules):
        _compiled(expression_causes, rule, f"{path}.x-kubernetes-validations[{index}]", self_type, uncorrelated, scope)


def _stated(causes: Causes, rule: Obj, schema: Obj, path: str) -> None:
    """What can be said of a rule without compiling it."""
    text, message = rule.get("rule") or "", rule.get("message") or ""
    if not text.strip():
        causes.append(required(f"{path}.rule", "rule is not specified"))
    elif message and not message.strip():
        causes.append(invalid(f"{path}.message", message, "message must be non-empty if specified"))
    elif _has_newlines(message.strip()):
        causes.append(invalid(f"{path}.message", message, "message must not contain line breaks"))
    elif _has_newlines(text.strip()) and not message:
        causes.append(required(f"{path}.message", "message must be specified if rule contains line breaks"))
    expression = rule.get("messageExpression") or ""
    if expression and not expression.strip():
        causes.append(required(f"{path}.messageExpression", "messageExpression must be non-empty if specified"))
    if rule.get("reason") is not None and rule["reason"] not in REASONS:
        causes.append(unsupported(f"{path}.reason", rule["reason"], REASONS))
    field = rule.get("fieldPath") or ""
    if not field:
        return
    if not field.strip():
        causes.append(invalid(f"{path}.fieldPath", field, "fieldPath must be non-empty if specified"))
    if _has_newlines(field):
        causes.append(invalid(f"{path}.fieldPath", field, "fieldPath must not contain line breaks"))
    try:
        parse(field, Node(schema))
    except FieldPathError:
        causes.append(invalid(f"{path}.fieldPath", field, "fieldPath must be a valid path"))


def _has_newlines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _compiled(causes: Causes, rule: Obj, path: str, self_type: cel.Type, uncorrelated: str, scope: Scope) -> None:
    environment = environment_of(self_type, optional=bool(rule.get("optionalOldSelf")))
    try:
        program = cel.compile(rule["rule"], environment, cel.BOOL)
    except cel.CompileError as error:
        text = str(error) if _is_broken(error) else "cel expression must evaluate to a bool"
        causes.append(invalid(f"{path}.rule", _as_go(rule), text))
        return
    cost = _times(program.cost_estimate.max, _cardinality(scope, self_type))
    if cost > cel.EXPRESSION_LIMIT:
        causes.append(forbidden(f"{path}.rule", _exceeded("estimated rule cost", cost, cel.EXPRESSION_LIMIT)))
    scope.expressions.observe(f"{path}.rule", cost)
    if rule.get("messageExpression"):
        _message(causes, rule, path, environment, scope)
    if "oldSelf" in program.references:
        if uncorrelated:
            causes.append(invalid(f"{path}.rule", rule["rule"], "oldSelf cannot be used on the uncorrelatable portion "
                                                                f"of the schema within {uncorrelated}"))
    elif rule.get("optionalOldSelf") is not None:
        causes.append(invalid(f"{path}.optionalOldSelf", rule["optionalOldSelf"],
                              "may not be set if oldSelf is not used in rule"))


def _message(causes: Causes, rule: Obj, path: str, environment: cel.Environment, scope: Scope) -> None:
    place = f"{path}.messageExpression"
    try:
        program = cel.compile(rule["messageExpression"], environment, cel.STRING)
    except cel.CompileError as error:
        text = f"messageExpression {error if _is_broken(error) else 'must evaluate to a string'}"
        causes.append(invalid(place, _as_go(rule), text))
        return
    cost = program.cost_estimate.max
    if cost > cel.EXPRESSION_LIMIT:
        causes.append(forbidden(place, _exceeded("estimated messageExpression cost", cost, cel.EXPRESSION_LIMIT)))
    scope.expressions.observe(place, cost)


def _is_broken(error: cel.CompileError) -> bool:
    """Whether the expression is none, rather than one of another type."""
    return str(error).startswith("compilation failed")


def _cardinality(scope: Scope, self_type: cel.Type) -> int:
    """Without stated bounds a request cannot hold more than so many of the smallest such values."""
    return scope.cardinality if scope.cardinality is not None else MAX_REQUEST // (self_type.serialized + 1)


def _times(cost: int, cardinality: int) -> int:
    return min(cost * cardinality, _MOST)


def _exceeded(name: str, cost: int, limit: int) -> str:
    factor = cost / limit
    times = "more than 100x" if factor > 100 else f"{factor:.6f}x" if factor < 1.5 else f"{factor:.1f}x"
    return (f"{name} exceeds budget by factor of {times} (try simplifying the rule, or adding maxItems, maxProperties, "
            "and maxLength where arrays, maps, and strings are declared)")  # fmt: skip


def _as_go(rule: Obj) -> dict[str, Any]:
    """A rule as the apiserver shows it: Kubernetes prints its internal type."""
    return {"Rule": rule.get("rule") or "", "Message": rule.get("message") or "",
            "MessageExpression": rule.get("messageExpression") or "", "Reason": rule.get("reason"),
            "FieldPath": rule.get("fieldPath") or "", "OptionalOldSelf": rule.get("optionalOldSelf")}  # fmt: skip
