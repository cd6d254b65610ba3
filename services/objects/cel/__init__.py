"""Kubernetes' expression language: rules of custom resources, policies, conditions, device selectors.

    environment = Environment({"self": schema_type(schema), "oldSelf": schema_type(schema)})
    rule = compile("self.minReplicas <= self.replicas", environment, BOOL)      # CompileError
    rule.cost_estimate, "oldSelf" in rule.references
    rule.evaluate({"self": spec, "oldSelf": old}, budget=remaining)            # EvaluationError, BudgetExceeded

Values are the JSON dicts, lists and scalars themselves, read through the declared types (a `date-time` string is a
timestamp, the field `__if__` is the property `if`). Nothing here reads a clock: evaluation is bounded by its cost.
Types of built-in kinds come from `services.objects.cel.definitions`.
"""

from services.objects.cel.authorizer import Attributes, Authorizer, Verdict
from services.objects.cel.declarations import schema_type
from services.objects.cel.environment import EXTRA, KUBERNETES, Environment
from services.objects.cel.errors import BudgetExceeded, CompileError, EvaluationError, Issue
from services.objects.cel.program import (
    EXPRESSION_LIMIT,
    PER_CALL_LIMIT,
    RUNTIME_BUDGET,
    TOTAL_LIMIT,
    Cost,
    Outcome,
    Program,
    compile,
)
from services.objects.cel.types import (
    AUTHORIZER,
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    JSON_PATCH,
    NULL,
    OBJECT,
    QUANTITY,
    RESOURCE_CHECK,
    SEMVER,
    STRING,
    TIMESTAMP,
    UINT,
    Field,
    Type,
    list_of,
    map_of,
    object_of,
    optional_of,
)
from services.objects.cel.values import NONE, Optional

__all__ = [
    "AUTHORIZER", "BOOL", "BYTES", "DOUBLE", "DURATION", "DYN", "EXPRESSION_LIMIT", "EXTRA", "INT", "JSON_PATCH",
    "KUBERNETES", "NONE", "NULL", "OBJECT", "PER_CALL_LIMIT", "QUANTITY", "RESOURCE_CHECK", "RUNTIME_BUDGET", "SEMVER",
    "STRING", "TIMESTAMP", "TOTAL_LIMIT", "UINT", "Attributes", "Authorizer", "BudgetExceeded", "CompileError", "Cost",
    "Environment", "EvaluationError", "Field", "Issue", "Optional", "Outcome", "Program", "Type", "Verdict", "compile",
    "list_of", "map_of", "object_of", "optional_of", "schema_type",
]  # fmt: skip
