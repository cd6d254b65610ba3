"""The expressions of policies and of matchConditions: what they may refer to, and that they can be run at all.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-expression
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence

from services.objects import cel
from services.objects.cel import (
    AUTHORIZER,
    BOOL,
    DYN,
    INT,
    JSON_PATCH,
    OBJECT,
    RESOURCE_CHECK,
    STRING,
    TIMESTAMP,
    CompileError,
    Environment,
    Field,
    Type,
    list_of,
    map_of,
    object_of,
)
from services.objects.kinds.validation.field import Causes, duplicate, invalid, required, too_many
from services.objects.kinds.validation.labels import validate_label_name
from services.objects.meta import Obj

_MOST_CONDITIONS = 64


def _fields(**types: Type) -> dict[str, Field]:
    return {name: Field(name, type) for name, type in types.items()}


_TEXTS, _PAIRS = list_of(STRING), map_of(STRING, STRING)
_GROUP_KIND = object_of("kubernetes.GroupVersionKind", _fields(group=STRING, version=STRING, kind=STRING))
_GROUP_RESOURCE = object_of("kubernetes.GroupVersionResource", _fields(group=STRING, version=STRING, resource=STRING))
_USER = object_of("kubernetes.UserInfo", _fields(
    username=STRING, uid=STRING, groups=_TEXTS, extra=map_of(STRING, _TEXTS)))  # fmt: skip
REQUEST = object_of("kubernetes.AdmissionRequest", _fields(
    kind=_GROUP_KIND, resource=_GROUP_RESOURCE, subResource=STRING, requestKind=_GROUP_KIND,
    requestResource=_GROUP_RESOURCE, requestSubResource=STRING, name=STRING, namespace=STRING, operation=STRING,
    userInfo=_USER, dryRun=BOOL, options=DYN))  # fmt: skip
_NAMESPACE_META = object_of("kubernetes.NamespaceMetadata", _fields(
    name=STRING, generateName=STRING, namespace=STRING, labels=_PAIRS, annotations=_PAIRS, UID=STRING,
    creationTimestamp=TIMESTAMP, deletionGracePeriodSeconds=INT, deletionTimestamp=TIMESTAMP, generation=INT,
    resourceVersion=STRING, finalizers=_TEXTS))  # fmt: skip
NAMESPACE = object_of("kubernetes.Namespace", _fields(
    metadata=_NAMESPACE_META, spec=object_of("kubernetes.NamespaceSpec", _fields(finalizers=_TEXTS)),
    status=object_of("kubernetes.NamespaceStatus", _fields(phase=STRING))))  # fmt: skip


@functools.cache
def environment(*, params: bool, authorizer: bool = True) -> Environment:
    """What every expression about a request sees; `params` only where a paramKind is named."""
    variables = {"object": DYN, "oldObject": DYN, "request": REQUEST, "namespaceObject": NAMESPACE}
    if params:
        variables["params"] = DYN
    if authorizer:
        variables |= {"authorizer": AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK}
    return Environment(variables)


def with_variables(base: Environment, variables: Mapping[str, Type]) -> Environment:
    """`variables.name` for what a policy computes first."""
    return base.extend({"variables": object_of("kubernetes.variables", _fields(**variables))})


def validate_expression(causes: Causes, path: str, expression: str, known: Environment,
                        expected: Type | Collection[Type] | None, shown: str = "") -> Type:  # fmt: skip
    """The type of its values; DYN when it cannot be run. `shown` is how the user wrote it, when not the same."""
    try:
        return cel.compile(expression, known, expected).type
    except CompileError as error:
        causes.append(invalid(path, shown or expression, str(error)))
        return DYN


def validate_mutation(causes: Causes, path: str, expression: str, known: Environment, patch: str) -> None:
    """An expression that makes a patch; `patch` is of what sort: JSONPatch or ApplyConfiguration."""
    expected = list_of(JSON_PATCH) if patch == "JSONPatch" else OBJECT
    validate_expression(causes, path, expression, known.extend({}, libraries=("jsonpatch",)), expected)


def validate_match_conditions(causes: Causes, path: str, conditions: Sequence[Obj], *, params: bool) -> None:
    if len(conditions) > _MOST_CONDITIONS:
        causes.append(too_many(path, len(conditions), _MOST_CONDITIONS))
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        where, name = f"{path}[{index}]", condition.get("name") or ""
        expression = (condition.get("expression") or "").strip()
        if expression:
            validate_expression(causes, f"{where}.expression", expression, environment(params=params), BOOL)
        else:
            causes.append(required(f"{where}.expression"))
        if name:
            validate_label_name(causes, f"{where}.name", name)
        else:
            causes.append(required(f"{where}.name"))
        if name and name in seen:
            causes.append(duplicate(f"{where}.name", name))
        seen.add(name)
