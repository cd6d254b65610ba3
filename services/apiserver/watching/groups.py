"""Watchers that want the same, together; and which of them a change concerns at all.

A hundred agents each watch the pods of their own node, and each some ConfigMaps by name: asking all of them about every
change would cost more than the change itself. So a group whose selection fixes a field waits under the value of that
field, and a change looks only there where its object was and is.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.apiserver.watching.item import Batch, Change, Item, WatchFrame
from services.apiserver.watching.selection import Selection
from services.apiserver.watching.watcher import Ended, Watcher
from services.objects.kinds.kind import Kind


class Group:
    """The watchers of one collection that want the same: each change is looked at once for all of them."""

    __slots__ = ("_convert", "_kind", "_matches", "pending", "watchers")

    def __init__(self, selection: Selection) -> None:
        kind = selection.kind
        self._matches = selection.matcher()
        self._kind = kind if kind.stored_as is not None else None
        self._convert = kind.from_stored if kind.stored_as is not None else None
        self.pending: list[WatchFrame] = []
        self.watchers: set[Watcher] = set()

    def frame(self, change: Change) -> WatchFrame | None:
        was = change.old is not None and self._matches(change.old)
        is_ = change.new is not None and self._matches(change.new)
        return change.frame(was, is_, self._kind, self._convert)

    def initial(self, item: Item) -> WatchFrame:
        json = item.json if self._kind is None or self._convert is None else item.view(self._kind, self._convert)
        return WatchFrame("ADDED", json, item.revision)

    def matches(self, item: Item) -> bool:
        return self._matches(item)

    def flush(self) -> int:
        """Hands what is pending to every watcher; how many there were."""
        if not self.pending:
            return 0
        batch = Batch(self.pending)
        self.pending = []
        for watcher in tuple(self.watchers):
            watcher.push(batch)
        return len(self.watchers)


class Groups:
    """The groups of one collection."""

    def __init__(self) -> None:
        self._groups: dict[Selection, Group] = {}
        self._anywhere: dict[Group, None] = {}
        self._routed: dict[str, dict[str, dict[Group, None]]] = {}  # field -> value -> groups
        self._pending: dict[Group, None] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    def tell(self, change: Change) -> bool:
        """Puts the frames of a change aside until `flush`; whether anybody wants one."""
        wanted = False
        for group in self.concerned(change):
            frame = group.frame(change)
            if frame is not None:
                group.pending.append(frame)
                self._pending[group] = None
                wanted = True
        return wanted

    def flush(self) -> int:
        """How many watchers got something."""
        pending, self._pending = self._pending, {}
        return sum(group.flush() for group in pending)

    def close(self, problem: Exception, kind: Kind | None = None) -> None:
        """Ends every watch, or those of one served kind."""
        for selection, group in self._groups.items():
            if kind is not None and selection.kind is not kind:
                continue
            self._pending.pop(group, None)
            if isinstance(problem, Ended):
                group.flush()
            group.pending.clear()
            for watcher in group.watchers:
                watcher.close(problem)

    def concerned(self, change: Change) -> Iterator[Group]:
        """Every group whose selection may take in the object before or after the change."""
        yield from self._anywhere
        for field, groups in self._routed.items():
            was = None if change.old is None else change.old.field(field)
            is_ = None if change.new is None else change.new.field(field)
            if was is not None and was in groups:
                yield from groups[was]
            if is_ is not None and is_ != was and is_ in groups:
                yield from groups[is_]

    def join(self, selection: Selection, watcher: Watcher) -> Group:
        """From here on the watcher gets every change that comes; what already came is not repeated to it."""
        group = self._groups.get(selection)
        if group is None:
            group = self._groups[selection] = Group(selection)
            self._waiting(selection)[group] = None
        group.flush()
        group.watchers.add(watcher)
        return group

    def leave(self, selection: Selection, watcher: Watcher) -> None:
        group = self._groups.get(selection)
        if group is None:
            return
        group.watchers.discard(watcher)
        if group.watchers:
            return
        del self._groups[selection]
        del self._waiting(selection)[group]
        route = selection.route()
        if route is not None and not self._routed[route[0]][route[1]]:
            del self._routed[route[0]][route[1]]
            if not self._routed[route[0]]:
                del self._routed[route[0]]

    def _waiting(self, selection: Selection) -> dict[Group, None]:
        route = selection.route()
        if route is None:
            return self._anywhere
        field, value = route
        return self._routed.setdefault(field, {}).setdefault(value, {})
