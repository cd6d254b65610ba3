"""What an expression may refer to: variables with their types, and the libraries it can call."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.objects.cel.types import Type

# The libraries of every expression in Kubernetes 1.36.
KUBERNETES = frozenset({
    "standard", "optional", "strings", "sets", "lists", "kubernetes-lists", "regex", "url", "ip", "cidr", "quantity",
    "format", "semver", "authorizer", "two-variable",
})  # fmt: skip
# Those that Kubernetes adds for some: `math` and `encoders` of cel-go's extensions, `bindings` (cel.bind, for device
# selectors), `jsonpatch` (for mutating policies).
EXTRA = frozenset({"math", "encoders", "bindings", "jsonpatch"})


class Environment:
    """Immutable; making one is cheap, and what is compiled for one can be kept with it."""

    __slots__ = ("container", "libraries", "variables")

    def __init__(self, variables: Mapping[str, Type], *, libraries: Collection[str] = KUBERNETES) -> None:
        unknown = frozenset(libraries) - KUBERNETES - EXTRA
        if unknown:
            raise ValueError(f"no such library: {', '.join(sorted(unknown))}")
        self.variables = dict(variables)
        self.libraries = frozenset(libraries)
        self.container = ""

    def extend(self, variables: Mapping[str, Type], *, libraries: Collection[str] = ()) -> Environment:
        """With more variables (of the same name: instead) and more libraries."""
        return Environment({**self.variables, **variables}, libraries=self.libraries | frozenset(libraries))
