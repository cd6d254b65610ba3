"""Whether values of one type may stand where another is wanted, type variables being bound on the way.

The rules are those of cel-go's checker: `dyn` goes with everything, null with messages, times and opaque types.
"""

from __future__ import annotations

from services.objects.cel.types import DYN, Kind, Type


class Substitution(dict[Type, Type]):
    """What variables are bound to. An attempt that fails is undone; copying for each would be quadratic."""

    __slots__ = ("_trail",)

    def __init__(self) -> None:
        super().__init__()
        self._trail: list[tuple[Type, Type | None]] = []

    def bind(self, variable: Type, value: Type) -> None:
        self._trail.append((variable, self.get(variable)))
        self[variable] = value

    def mark(self) -> int:
        return len(self._trail)

    def undo(self, mark: int) -> None:
        """Everything since the mark."""
        while len(self._trail) > mark:
            variable, before = self._trail.pop()
            if before is None:
                del self[variable]
            else:
                self[variable] = before

_WILD = frozenset({Kind.DYN, Kind.ERROR})
_NULLABLE = frozenset({Kind.NULL, Kind.OBJECT, Kind.OPAQUE, Kind.TIMESTAMP, Kind.DURATION})
_COMPOSED = frozenset({Kind.LIST, Kind.MAP, Kind.OPAQUE})


def assignable(bound: Substitution, left: Type, right: Type) -> bool:
    """Binds variables of both sides in `bound`, also where the answer is no: see `attempt`."""
    if right.kind is Kind.PARAMETER:
        valid, known = _bind(bound, left, right)
        if valid or known:
            return valid
    if left.kind is Kind.PARAMETER:
        return _bind(bound, right, left)[0]
    if left.kind in _WILD or right.kind in _WILD:
        return True
    if left.kind is Kind.NULL:
        return right.kind in _NULLABLE
    if right.kind is Kind.NULL:
        return left.kind in _NULLABLE
    if left.kind is not right.kind:
        return False
    if left.kind in _COMPOSED:
        return left.name == right.name and all_assignable(bound, left.parameters, right.parameters)
    return left.kind is Kind.TYPE or left.name == right.name


def all_assignable(bound: Substitution, left: tuple[Type, ...], right: tuple[Type, ...]) -> bool:
    return len(left) == len(right) and all(map(assignable, (bound,) * len(left), left, right))


def attempt(bound: Substitution, left: tuple[Type, ...], right: tuple[Type, ...]) -> bool:
    """The same of rows of types, and nothing is bound where the answer is no."""
    mark = bound.mark()
    if all_assignable(bound, left, right):
        return True
    bound.undo(mark)
    return False


def _bind(bound: Substitution, value: Type, variable: Type) -> tuple[bool, bool]:
    """(whether it may have this value, whether it had one)."""
    if value == variable:
        return True, True
    known = bound.get(variable)
    if known is not None:
        if known == value:
            return True, True
        if not assignable(bound, value, known):
            return False, True
        general = most_general(value, known)
        if not _occurs(bound, variable, general):
            bound.bind(variable, general)
        return True, True
    if _occurs(bound, variable, value):
        return False, False
    bound.bind(variable, value)
    return True, False


def _occurs(bound: Substitution, variable: Type, within: Type) -> bool:
    if within == variable:
        return True
    if within.kind is Kind.PARAMETER:
        known = bound.get(within)
        return known is not None and _occurs(bound, variable, known)
    return any(_occurs(bound, variable, each) for each in within.parameters)


def most_general(left: Type, right: Type) -> Type:
    return left if _as_general(left, right) else right


def _as_general(left: Type, right: Type) -> bool:
    if left.kind in _WILD or left.kind is Kind.PARAMETER:
        return True
    if right.kind in _WILD or right.kind is Kind.PARAMETER or left.kind is not right.kind:
        return False
    if left.kind in _COMPOSED and left.name == right.name:
        return all(map(_as_general, left.parameters, right.parameters))
    return left == right


def substitute(bound: Substitution, declared: Type, free_is_dyn: bool = False) -> Type:
    """With all bound variables replaced; those that are free become `dyn` when it is the last word."""
    known = bound.get(declared)
    if known is not None:
        return substitute(bound, known, free_is_dyn)
    if declared.kind is Kind.PARAMETER:
        return DYN if free_is_dyn else declared
    if not declared.parameters:
        return declared
    inner = tuple(substitute(bound, each, free_is_dyn) for each in declared.parameters)
    if all(new is old for new, old in zip(inner, declared.parameters, strict=True)):
        return declared
    return Type(declared.kind, declared.name, inner, size=declared.size, serialized=declared.serialized,
                list_type=declared.list_type, list_keys=declared.list_keys,
                raw=declared.raw and all(each.raw for each in inner))  # fmt: skip
