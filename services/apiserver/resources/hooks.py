"""Where the writes of a kind reach beyond the object: claimed before the write, undone or completed after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from services.objects.kinds.kind import Kind
from services.objects.meta import Obj


class Claim:
    """What one write has claimed (`undo` if it does not happen) and what it gives up (`done` when it has happened)."""

    __slots__ = ("_done", "_undo")

    def __init__(self) -> None:
        self._undo: list[Callable[[], Awaitable[None]]] = []
        self._done: list[Callable[[], Awaitable[None]]] = []

    def on_undo(self, act: Callable[[], Awaitable[None]]) -> None:
        self._undo.append(act)

    def on_done(self, act: Callable[[], Awaitable[None]]) -> None:
        self._done.append(act)

    async def undo(self) -> None:
        while self._undo:
            await self._undo.pop()()

    async def done(self) -> None:
        while self._done:
            await self._done.pop()()


class Hook(Protocol):
    """Of one kind. All may change `new` (private at its upper levels) and raise StatusError, having claimed nothing."""

    async def creating(self, new: Obj, claim: Claim, dry_run: bool) -> None: ...

    async def updating(self, new: Obj, old: Obj, claim: Claim, dry_run: bool) -> None: ...

    async def removed(self, old: Obj) -> None: ...


NOTHING = Claim()


class Hooks:
    def __init__(self, hooks: dict[Kind, Hook] | None = None) -> None:
        self._hooks = hooks or {}

    async def creating(self, kind: Kind, new: Obj, dry_run: bool) -> Claim:
        hook = self._hooks.get(kind)
        if hook is None:
            return NOTHING
        claim = Claim()
        await _or_undo(hook.creating(new, claim, dry_run), claim)
        return claim

    async def updating(self, kind: Kind, new: Obj, old: Obj, dry_run: bool) -> Claim:
        hook = self._hooks.get(kind)
        if hook is None:
            return NOTHING
        claim = Claim()
        await _or_undo(hook.updating(new, old, claim, dry_run), claim)
        return claim

    async def removed(self, kind: Kind, old: Obj) -> None:
        hook = self._hooks.get(kind)
        if hook is not None:
            await hook.removed(old)


async def _or_undo(act: Awaitable[None], claim: Claim) -> None:
    try:
        await act
    except BaseException:
        await claim.undo()
        raise
