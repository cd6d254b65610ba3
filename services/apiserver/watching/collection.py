"""All objects of one stored kind, in etcd's order, with the recent changes and those who watch.

Objects are kept per namespace so that one namespace costs nothing to the lists of another. Namespaces are ordered with
their trailing slash, as etcd orders keys: a page from here continues in etcd.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from sortedcontainers import SortedDict

from services.apiserver.watching.groups import Groups
from services.apiserver.watching.item import Change, Item
from services.apiserver.watching.selection import Selection
from services.objects.kinds.kind import Kind
from services.storage import keys

# Changes kept for watches that resume. Kubernetes keeps 100 to 102,400 per kind.
WINDOW = 10_000


class Collection:
    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.prefix = keys.prefix(kind)
        self._namespaces: SortedDict = SortedDict()
        self._count = 0
        self._window: deque[Change] = deque()
        self._window_start = 0  # every change with a greater resourceVersion is in the window
        self.groups = Groups()

    def __len__(self) -> int:
        return self._count

    def get(self, namespace: str, name: str) -> Item | None:
        names = self._namespaces.get(namespace + "/")
        return None if names is None else names.get(name)

    def count(self, namespace: str = "") -> int:
        if not namespace:
            return self._count
        names = self._namespaces.get(namespace + "/")
        return 0 if names is None else len(names)

    def items(self, namespace: str = "") -> Iterator[Item]:
        """In the order of their keys. The collection must not change meanwhile: take a list before an await."""
        if namespace:
            yield from self._namespaces.get(namespace + "/", {}).values()
            return
        for names in self._namespaces.values():
            yield from names.values()

    def candidates(self, selection: Selection) -> list[Item]:
        """A snapshot of what the namespace and the name leave; labels and fields are the caller's to match."""
        return self._named(selection) if selection.name else list(self.items(selection.namespace))

    def _named(self, selection: Selection) -> list[Item]:
        if selection.namespace or not self.kind.namespaced:
            item = self.get(selection.namespace, selection.name)
            return [] if item is None else [item]
        return [item for item in self.items() if item.name == selection.name]

    def put(self, item: Item) -> Item | None:
        """Returns what was there before."""
        names = self._namespaces.get(item.namespace + "/")
        if names is None:
            names = self._namespaces[item.namespace + "/"] = SortedDict()
        old: Item | None = names.get(item.name)
        names[item.name] = item
        if old is None:
            self._count += 1
        return old

    def remove(self, namespace: str, name: str) -> Item | None:
        names = self._namespaces.get(namespace + "/")
        old: Item | None = None if names is None else names.pop(name, None)
        if old is not None:
            self._count -= 1
            if not names:
                del self._namespaces[namespace + "/"]
        return old

    def reset(self, items: list[Item], revision: int) -> None:
        """The state at a snapshot; there is no history before it."""
        self._namespaces = SortedDict()
        self._count = 0
        for item in items:
            item.settle()
            self.put(item)
        self._window.clear()
        self._window_start = revision

    def remember(self, change: Change) -> bool:
        """Keeps the change for later watches and puts its frames aside; whether any watcher wants one."""
        self._window.append(change)
        if len(self._window) > WINDOW:
            self._window_start = self._window.popleft().revision
        wanted = self.groups.tell(change)
        if change.new is not None:
            change.new.settle()
        return wanted

    @property
    def window_start(self) -> int:
        return self._window_start

    def since(self, revision: int) -> Iterator[Change]:
        """The changes after a resourceVersion, which is not before `window_start`."""
        for change in self._window:
            if change.revision > revision:
                yield change
