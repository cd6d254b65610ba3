"""Events as Kubernetes writes them: one object per story, counted when it repeats, quiet when somebody shouts.

Three rules of client-go's event correlator: an event that is like an earlier one in everything raises the earlier one's
count; ten that differ in their message only, within ten minutes, become one "(combined from similar events)"; and an
object about which we say more than 25 things at once is cut off, and may say one more every five minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from services.controller_manager.plans import Emit
from services.objects import times
from services.objects.meta import Obj, key_of, name_of, namespace_of, uid_of

K = TypeVar("K")
V = TypeVar("V")

_REMEMBERED = 4096  # stories
_SIMILAR, _SIMILAR_WINDOW = 10, timedelta(minutes=10)
_BURST, _REFILL = 25, timedelta(minutes=5)


@dataclass(slots=True)
class _Story:
    name: str
    namespace: str
    count: int


@dataclass(slots=True)
class _Group:
    """Messages seen since `began`."""

    began: datetime
    messages: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Allowance:
    left: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """To be written: `obj` is the Event; with `repeats` only its count and lastTimestamp are new."""

    obj: Obj
    repeats: bool

    @property
    def patch(self) -> Obj:
        return {name: self.obj[name] for name in ("count", "lastTimestamp", "message")}


class Correlator:
    """Remembers what it said; `forget` when an Event turns out to be gone."""

    def __init__(self) -> None:
        self._stories: OrderedDict[tuple[str, ...], _Story] = OrderedDict()
        self._groups: OrderedDict[tuple[str, ...], _Group] = OrderedDict()
        self._allowances: OrderedDict[str, _Allowance] = OrderedDict()
        self._last = 0

    def record(self, emit: Emit, component: str, now: datetime) -> Record | None:
        """What to write, None for nothing; `component` is who reports."""
        about = component + "/" + (uid_of(emit.regarding) or "/".join((emit.kind.resource, *key_of(emit.regarding))))
        message = self._grouped((about, emit.type, emit.reason), emit.message, now)
        if not self._allowed(about, now):
            return None
        combined = message != emit.message
        key = (about, emit.type, emit.reason, "combined" if combined else f"message {message}")
        story = self._stories.get(key)
        repeats = story is not None
        if story is None:
            story = _Story(self._name(emit, now), namespace_of(emit.regarding) or "default", 0)
            _remember(self._stories, key, story)
        story.count += 1
        return Record(_event(emit, component, story, message, now), repeats)

    def forget(self, name: str) -> None:
        """The Event of this name is gone: the story begins anew."""
        for key in [key for key, story in self._stories.items() if story.name == name]:
            del self._stories[key]

    def _grouped(self, key: tuple[str, ...], message: str, now: datetime) -> str:
        group = self._groups.get(key)
        if group is None or now - group.began > _SIMILAR_WINDOW:
            group = _Group(now)
        _remember(self._groups, key, group)
        if message not in group.messages and len(group.messages) >= _SIMILAR:
            return f"(combined from similar events): {message}"
        group.messages.add(message)
        return message

    def _allowed(self, about: str, now: datetime) -> bool:
        allowance = self._allowances.get(about) or _Allowance(_BURST, now)
        allowance.left = min(_BURST, allowance.left + (now - allowance.at) / _REFILL)
        allowance.at = now
        _remember(self._allowances, about, allowance)
        if allowance.left < 1:
            return False
        allowance.left -= 1
        return True

    def _name(self, emit: Emit, now: datetime) -> str:
        """Unique, since the microseconds never stand still."""
        self._last = max(self._last + 1, int(now.timestamp() * 1_000_000))
        return f"{name_of(emit.regarding)}.{self._last * 1000:x}"


def _event(emit: Emit, component: str, story: _Story, message: str, now: datetime) -> Obj:
    about = {"kind": emit.kind.kind, "apiVersion": emit.kind.api_version, "name": name_of(emit.regarding)}
    for name in ("namespace", "uid", "resourceVersion"):
        if emit.regarding["metadata"].get(name):
            about[name] = emit.regarding["metadata"][name]
    return {
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": story.name, "namespace": story.namespace},
        "involvedObject": about, "type": emit.type, "reason": emit.reason, "message": message[:1024],
        "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
        "firstTimestamp": times.rfc3339(now), "lastTimestamp": times.rfc3339(now), "count": story.count,
    }  # fmt: skip


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
