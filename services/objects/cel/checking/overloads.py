"""Functions by signature: what the checker resolves calls to, and the Python function that each of them runs.

A library is a module of `libraries/` with OVERLOADS; a signature is written as in CEL's documentation, with capital
letters for type variables: `string.startsWith(string) -> bool`, `_[_](map(K, V), K) -> V`.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from services.objects.cel import types
from services.objects.cel.types import Type

Implementation = Callable[..., Any]


class Overload:
    """`identifier` is cel-go's where costs depend on it; a member's first parameter is its target.

    A `metered` one gets the frame as its last argument, to count what it touches where its cost does not say.
    """

    __slots__ = ("call", "function", "generic", "identifier", "member", "metered", "parameters", "result")

    def __init__(self, identifier: str, signature: str, call: Implementation, *, metered: bool = False) -> None:
        self.identifier = identifier
        self.function, self.member, self.parameters, self.result = _parse(signature)
        self.generic = any(map(has_parameter, self.parameters))
        self.call = call
        self.metered = metered


def has_parameter(declared: Type) -> bool:
    return declared.kind is types.Kind.PARAMETER or any(map(has_parameter, declared.parameters))


_NAMES = {
    "bool": types.BOOL, "int": types.INT, "uint": types.UINT, "double": types.DOUBLE, "string": types.STRING,
    "bytes": types.BYTES, "null": types.NULL, "dyn": types.DYN, "timestamp": types.TIMESTAMP,
    "duration": types.DURATION, "type": types.TYPE, "Quantity": types.QUANTITY, "URL": types.URL, "IP": types.IP,
    "CIDR": types.CIDR, "Semver": types.SEMVER, "Format": types.FORMAT, "Authorizer": types.AUTHORIZER,
    "PathCheck": types.PATH_CHECK, "GroupCheck": types.GROUP_CHECK, "ResourceCheck": types.RESOURCE_CHECK,
    "Decision": types.DECISION,
}  # fmt: skip
_word = re.compile(r"[A-Za-z]+|[(),]")


def _parse(signature: str) -> tuple[str, bool, tuple[Type, ...], Type]:
    """(function, is a member, parameters, result)."""
    head, _, result = signature.partition(" -> ")
    opening = head.index("(", 1 + head.rfind("_(") if head.startswith("_") else 0)
    target, name = "", head[:opening]
    if not head.startswith(("_", "@")):
        # The target's own type can have parentheses: `list(T).sort()`.
        dot = _last_dot(head)
        if dot >= 0:
            target, name = head[:dot], head[dot + 1:head.index("(", dot)]
            opening = head.index("(", dot)
    parameters = list(_types(head[opening + 1:-1]))
    member = bool(target) and (target.partition("(")[0] in _NAMES or "(" in target or len(target) == 1)
    if target and not member:
        name = f"{target}.{name}"
    elif member:
        parameters.insert(0, next(_types(target)))
    return name, member, tuple(parameters), next(_types(result))


def _last_dot(head: str) -> int:
    """The dot before the function's name, -1 without one: none inside the last parentheses counts."""
    depth = 0
    for place in range(len(head) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(head[place], 0)
        if head[place] == "." and depth == 0:
            return place
    return -1


def _types(text: str) -> Iterator[Type]:
    words = _word.findall(text)
    place = 0

    def one() -> Type:
        nonlocal place
        name = words[place]
        place += 1
        if place >= len(words) or words[place] != "(":
            return _NAMES[name] if name in _NAMES else types.parameter(name)
        inner = []
        while words[place] != ")":
            place += 1
            inner.append(one())
        place += 1
        match name:
            case "list":
                return types.list_of(inner[0])
            case "map":
                return types.map_of(inner[0], inner[1])
            case "type":
                return types.type_type(inner[0])
        return types.optional_of(inner[0])

    while place < len(words):
        yield one()
        place += 1  # a comma


_MODULES = {
    "standard": ("language.standard", "language.comparisons", "language.conversions", "language.times"),
    "optional": ("extensions.optionals",), "strings": ("extensions.strings",), "sets": ("extensions.sets",),
    "lists": ("extensions.lists",), "kubernetes-lists": ("kubernetes.sequences",), "regex": ("kubernetes.regexes",),
    "url": ("kubernetes.urls",), "ip": ("kubernetes.addresses",), "cidr": ("kubernetes.networks",),
    "quantity": ("kubernetes.quantities",), "format": ("kubernetes.formats",), "semver": ("kubernetes.semvers",),
    "authorizer": ("kubernetes.authorization",), "two-variable": ("extensions.entries",),
    "math": ("extensions.mathematics",), "encoders": ("extensions.encoders",), "bindings": (),
    "jsonpatch": ("kubernetes.jsonpatch",),
}  # fmt: skip


@functools.lru_cache(maxsize=64)
def functions(libraries: frozenset[str]) -> Mapping[str, Sequence[Overload]]:
    """All overloads by function; a library's module is imported when it is first asked for."""
    found: dict[str, list[Overload]] = {}
    for library in (each for each in _MODULES if each in libraries):
        for name in _MODULES[library]:
            module = importlib.import_module(f"services.objects.cel.libraries.{name}")
            for overload in module.OVERLOADS:
                found.setdefault(overload.function, []).append(overload)
    return found
