"""Kubernetes' expression language: rules of custom resources, policies, conditions, device selectors.

    environment = Environment({"self": schema_type(schema), "oldSelf": schema_type(schema)})
    rule = compile("self.minReplicas <= self.replicas", environment, BOOL)      # CompileError
    rule.cost_estimate, "oldSelf" in rule.references
    rule.evaluate({"self": spec, "oldSelf": old}, budget=remaining)            # EvaluationError, BudgetExceeded

Values are the JSON dicts, lists and scalars themselves, read through the declared types (a `date-time` string is a
timestamp, the field `__if__` is the property `if`). Nothing here reads a clock: evaluation is bounded by its cost.
Types of built-in kinds come from `services.objects.cel.definitions`; `services.objects.cel.running.plain` makes JSON of
what an expression made.

A text is parsed (`parsing`), checked (`checking`), compiled to closures (`running`) and estimated when somebody asks
(`costs`). Functions are in `libraries`: a new one is one line there, and one in each of `costs/charges` and
`costs/estimates` unless a call costs one unit.

Why it is our own: rule 10 wants a library, and the three on PyPI were tried on the 271 expressions that are now
`tests/unit/objects/cel/test_language.py`, on Python 3.11, and on rules over an object of 5 kB.

| | cel-python 0.5.0 | common-expression-language 0.10.0 | cel-expr-python 0.1.3 | this |
| --- | --- | --- | --- | --- |
| right | 187 | 201 | 190 | 271 |
| AST | a Lark tree | none | serialised protobuf of the checked expression | yes |
| `self.minReplicas <= self.replicas` | 210 µs, and 2.2 ms to bind | 770 µs | 99 µs | 1 to 2 µs |
| compiling it | 2 ms | 0.5 ms | 0.3 ms | 0.1 ms |
| budget at run time, estimate | no | no | no | yes |
| import | 160 ms | 250 ms | 6 ms | 4 ms, 30 to 50 ms more at the first expression |

- common-expression-language shows no tree, so nothing can be checked or estimated when an expression is written.
- cel-python's evaluator is too slow and wraps every value first; it knows no optionals, no comparisons across numeric
  types, few of the libraries. Its parser alone (Lark's LALR) takes milliseconds, does not know `.?`, `[?]` and
  macros of two variables, and ends in RecursionError at a sum of 300 terms.
- cel-expr-python, Google's own in C++, is right in all that it has. But its parser's limit of depth is 32 and cannot
  be set (Kubernetes' is 250: a sum of 33 terms is refused), a type must be a protobuf message to have fields, macros
  cannot be added, nothing counts the cost, and each evaluation converts all bindings. It made a good oracle: 12,000
  random expressions came to the same values here and there.
"""

from services.objects.cel.authorizer import Attributes, Authorizer, Verdict
from services.objects.cel.declarations import schema_type
from services.objects.cel.environment import EXTRA, KUBERNETES, Environment
from services.objects.cel.errors import BudgetExceeded, CompileError, EvaluationError, Issue
from services.objects.cel.program import (
    EXPRESSION_LIMIT,
    MATCH_CONDITIONS_BUDGET,
    PER_CALL_LIMIT,
    RUNTIME_BUDGET,
    TOTAL_LIMIT,
    Cost,
    Outcome,
    Program,
    compile,
)
from services.objects.cel.running.values import NONE, Optional
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

__all__ = [
    "AUTHORIZER", "BOOL", "BYTES", "DOUBLE", "DURATION", "DYN", "EXPRESSION_LIMIT", "EXTRA", "INT", "JSON_PATCH",
    "KUBERNETES", "MATCH_CONDITIONS_BUDGET", "NONE", "NULL", "OBJECT", "PER_CALL_LIMIT", "QUANTITY", "RESOURCE_CHECK",
    "RUNTIME_BUDGET", "SEMVER", "STRING", "TIMESTAMP", "TOTAL_LIMIT", "UINT", "Attributes", "Authorizer",
    "BudgetExceeded", "CompileError", "Cost", "Environment", "EvaluationError", "Field", "Issue", "Optional", "Outcome",
    "Program", "Type", "Verdict", "compile", "list_of", "map_of", "object_of", "optional_of", "schema_type",
]  # fmt: skip
