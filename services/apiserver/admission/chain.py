"""The order of admission: each plugin a function, found by what it looks at, so that a write pays only for its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from services.apiserver.request import Caller, Target
from services.objects.meta import Obj


class Request(NamedTuple):
    """`new` is None for deletions and may be changed in place; `old` is None for creations."""

    verb: str  # create, update, delete
    caller: Caller
    target: Target
    new: Obj | None
    old: Obj | None
    dry_run: bool = False


Plugin = Callable[[Request], Awaitable[None] | None]
ANY = "*"


class Chain:
    """Plugins in the order in which they were added."""

    def __init__(self) -> None:
        self._plugins: list[tuple[frozenset[str], str, bool, Plugin]] = []
        self._for: dict[tuple[str, str, bool], tuple[Plugin, ...]] = {}

    def add(self, verbs: tuple[str, ...], resource: str, plugin: Plugin, *, subresources: bool = False) -> None:
        """`resource` is a plural with its group (pods, deployments.apps), or ANY. Subresources concern only ANY, and
        whom they are said to."""
        self._plugins.append((frozenset(verbs), resource, subresources, plugin))
        self._for.clear()

    async def admit(self, request: Request) -> None:
        """Raises Forbidden, NotFound, Invalid."""
        target = request.target
        key = (request.verb, target.kind.resource, bool(target.subresource))
        plugins = self._for.get(key)
        if plugins is None:
            plugins = self._for[key] = self._concerned(*key)
        for plugin in plugins:
            waiting = plugin(request)
            if waiting is not None:
                await waiting

    def _concerned(self, verb: str, resource: str, subresource: bool) -> tuple[Plugin, ...]:
        return tuple(plugin for verbs, wanted, inner, plugin in self._plugins
                     if verb in verbs and (wanted == ANY or (wanted == resource and inner >= subresource)))  # fmt: skip
