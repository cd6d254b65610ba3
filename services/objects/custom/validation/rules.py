"""`x-kubernetes-validations`: rules in CEL, run over an object and what it was before.

A rule that reads `oldSelf` speaks of a change and runs only where there was a value to compare with, unless it takes an
optional one. The others do not hold against whoever left a value as it was (ratcheting). All rules of one request share
a budget of cost; texts and order are those of k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.objects import cel
from services.objects.cel import NONE, Optional
from services.objects.cel.running.conversion import whole
from services.objects.custom.paths.fieldpaths import FieldPathError, parse
from services.objects.custom.structural import ABSENT, Node, Schema
from services.objects.custom.validation.findings import NO_PATH
from services.objects.custom.validation.listtypes import correlated, key_of
from services.objects.equality import identical
from services.objects.errors import Cause
from services.objects.golang import quoted

OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run"
_LONGEST_MESSAGE = 5 * 1024
# What an evaluation cost that came to no value is not known: so many of them are too many.
_COST_OF_FAILURE = cel.PER_CALL_LIMIT // 10


# A value and what it was, of the nearest place that has both.
Near = tuple[Any, Any] | None


class Rule:
    """One rule compiled; `problem` is why it could not be."""

    __slots__ = ("_convert", "field", "message", "message_program", "optional", "problem", "program", "reason", "text",
                 "transition")  # fmt: skip

    def __init__(self, rule: Mapping[str, Any], node: Node, self_type: cel.Type) -> None:
        self.text: str = (rule.get("rule") or "").strip()
        self.message: str = (rule.get("message") or "").strip()
        self.reason: str = rule.get("reason") or "FieldValueInvalid"
        self.optional = bool(rule.get("optionalOldSelf"))
        self.problem = ""
        self.program: cel.Program | None = None
        self.message_program: cel.Program | None = None
        environment = environment_of(self_type, optional=self.optional)
        try:
            self.program = cel.compile(self.text, environment, cel.BOOL)
            if rule.get("messageExpression"):
                self.message_program = cel.compile(rule["messageExpression"], environment, cel.STRING)
        except cel.CompileError as error:
            self.problem = str(error)
        self.transition = self.program is not None and "oldSelf" in self.program.references
        self._convert = whole(self_type)
        self.field = ""
        if rule.get("fieldPath"):
            try:
                self.field = parse(rule["fieldPath"], node).path
            except FieldPathError:
                self.field = ""  # a definition from before it was checked: the rule speaks of the place it stands at

    def bindings(self, value: Any, old: Any) -> dict[str, Any]:
        """The variables of an evaluation."""
        if not self.transition:
            return {"self": value}
        if not self.optional:
            return {"self": value, "oldSelf": old}
        if old is ABSENT or old is None:
            return {"self": value, "oldSelf": NONE}
        return {"self": value, "oldSelf": Optional.of(old if self._convert is None else self._convert(old))}


def environment_of(self_type: cel.Type, *, optional: bool) -> cel.Environment:
    """What a rule on values of a type may read."""
    old = cel.optional_of(self_type) if optional else self_type
    return cel.Environment({"self": self_type, "oldSelf": old})


class Rules:
    """The rules of a schema node and of all below; `None` stands for a subtree without any."""

    __slots__ = ("_additional", "_granular", "_items", "_map_keys", "_properties", "_rules", "_value")

    def __init__(self, node: Node, rules: list[Rule], properties: dict[str, Rules], additional: Rules | None,
                 items: Rules | None) -> None:  # fmt: skip
        self._value = quoted(node.type)
        self._rules = rules
        self._properties = properties
        self._additional = additional
        self._items = items
        self._map_keys = node.map_keys if node.list_type == "map" else ()
        self._granular = node.map_type != "atomic"

    def causes(self, value: Any, old: Any = ABSENT) -> list[Cause]:
        """What the rules find wrong with an object; with `old` as an update of it."""
        run = _Run()
        self._check(run, value, old, _near(value, old, None), "", True)
        return run.found

    def _check(self, run: _Run, value: Any, old: Any, near: Near, path: str, root: bool) -> None:
        if value is None or run.ended:
            return
        for rule in self._rules:
            self._apply(run, rule, value, old, near, path)
            if run.ended:
                return
        if value.__class__ is dict:
            self._check_map(run, value, old, near, path, root)
        elif value.__class__ is list and self._items is not None:
            before = correlated(old, self._map_keys) if self._map_keys and old is not ABSENT else {}
            for index, item in enumerate(value):
                was = before.get(key_of(item, self._map_keys), ABSENT) if before else ABSENT
                self._items._check(run, item, was, _near(item, was, near), f"{path}[{index}]", False)

    def _check_map(self, run: _Run, value: dict[str, Any], old: Any, near: Near, path: str, root: bool) -> None:
        before = old if old.__class__ is dict and self._granular else {}
        for name, item in value.items():
            inner = self._properties.get(name)
            place = f"{path}.{name}" if path else name
            if inner is None:
                if self._additional is None:
                    continue
                inner, place = self._additional, f"{path}[{name}]"
            was = before.get(name, ABSENT)
            of_type = root and name in ("apiVersion", "kind")
            inner._check(run, item, was, None if of_type else _near(item, was, near), place, False)

    def _apply(self, run: _Run, rule: Rule, value: Any, old: Any, near: Near, path: str) -> None:
        if rule.program is None:
            run.invalid(path, self._value, f"rule compile error: {rule.problem}")
            return
        if rule.transition and (old is ABSENT or old is None) and not rule.optional:
            return
        if run.budget <= 0:
            run.end(path, self._value, OUT_OF_BUDGET)
            return
        bindings = rule.bindings(value, old)
        shown_rule = rule.message or rule.text
        try:
            held = run.evaluate(rule.program, bindings)
        except cel.BudgetExceeded as error:
            if run.budget < cel.PER_CALL_LIMIT:
                run.end(path, self._value, OUT_OF_BUDGET)
                return
            run.end(path, self._value, f"'{error}': no further validation rules will be run due to call cost exceeds "
                                       f"limit for rule: {shown_rule}")
            return
        except cel.EvaluationError as error:
            if str(error).startswith("no such overload"):
                run.invalid(path, self._value, f"'{error}': call arguments did not match a supported operator, "
                                               f"function or macro signature for rule: {shown_rule}")
            else:
                run.invalid(path, self._value, f"{error} evaluating rule: {shown_rule}")
            return
        if held is True or (not rule.transition and near is not None and identical(*near)):
            return
        place = f"{path}{rule.field}" if rule.field.startswith("[") or not path else f"{path}.{rule.field}"
        place = place if rule.field else path
        run.found.append(_cause(rule.reason, place, self._value, run.message(rule, bindings)))


def compiled(node: Node, *, root: bool = True) -> Rules | None:
    """The rules of a schema; None when there are none, below either."""
    if not any_rules(node.schema):
        return None
    self_type = cel.schema_type(node.schema, resource=root or node.embedded)
    if self_type is None:
        return None  # expressions cannot see what has no type
    rules = [Rule(rule, node, self_type) for rule in node.schema.get("x-kubernetes-validations") or ()]
    properties = {name: found for name, inner in node.properties.items()
                  if (found := compiled(inner, root=False)) is not None}  # fmt: skip
    additional = None if node.additional is None else compiled(node.additional, root=False)
    items = None if node.items is None else compiled(node.items, root=False)
    return Rules(node, rules, properties, additional, items)


def any_rules(schema: Schema) -> bool:
    """Whether there is a rule in the schema or below."""
    if schema.get("x-kubernetes-validations"):
        return True
    inner = [*(schema.get("properties") or {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return any(isinstance(each, Mapping) and any_rules(each) for each in inner)


def _near(value: Any, old: Any, near: Near) -> Near:
    """A place without a counterpart takes after the nearest above that has one."""
    return near if old is ABSENT else (value, old)


class _Run:
    """One request's worth of evaluations."""

    __slots__ = ("budget", "ended", "found")

    def __init__(self) -> None:
        self.budget = cel.RUNTIME_BUDGET
        self.ended = False
        self.found: list[Cause] = []

    def invalid(self, path: str, value: str, detail: str) -> None:
        self.found.append(Cause("FieldValueInvalid", f"Invalid value: {value}: {detail}", path or NO_PATH))

    def end(self, path: str, value: str, detail: str) -> None:
        self.invalid(path, value, detail)
        self.ended = True

    def evaluate(self, program: cel.Program, bindings: Mapping[str, Any]) -> Any:
        """Raises cel.EvaluationError, cel.BudgetExceeded."""
        try:
            outcome = program.run(bindings, min(self.budget, cel.PER_CALL_LIMIT))
        except cel.EvaluationError:
            self.budget -= _COST_OF_FAILURE
            raise
        self.budget -= outcome.cost
        return outcome.value

    def message(self, rule: Rule, bindings: Mapping[str, Any]) -> str:
        """The text of the messageExpression when it gives a usable one, else what the rule states."""
        if rule.message_program is not None:
            try:
                text = self.evaluate(rule.message_program, bindings)
            except cel.EvaluationError:
                text = None
            if isinstance(text, str) and "\n" not in text.strip() and 0 < len(text.strip()) <= _LONGEST_MESSAGE:
                return text.strip()
        return rule.message or f"failed rule: {rule.text}"


def _cause(reason: str, path: str, value: str, detail: str) -> Cause:
    words = {
        "FieldValueForbidden": f"Forbidden: {detail}",
        "FieldValueRequired": f"Required value: {detail}",
        "FieldValueDuplicate": f"Duplicate value: {value}",
    }
    return Cause(reason, words.get(reason, f"Invalid value: {value}: {detail}"), path or NO_PATH)
