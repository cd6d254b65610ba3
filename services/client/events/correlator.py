"""One Event per story, counted when it repeats, quiet when somebody shouts.

The rules, and their numbers, are those of client-go's event correlator, which users of Kubernetes know from
`kubectl get events`:

- An event that is like an earlier one in everything but its time (and the resourceVersion it was told at) raises the
  earlier one's count.
- From the tenth message on that differs from the others in nothing but its text, as long as no ten minutes pass without
  one, they are a single Event, "(combined from similar events): " and the latest text.
- Of an object, a source tells 25 events at once and one more every five minutes. The others are counted all the same,
  so that the next one which may be told has the true count.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from services.client.events.event import Event
from services.objects import times
from services.objects.meta import Obj, name_of, namespace_of
from services.objects.names import is_dns1123_subdomain

K = TypeVar("K")
V = TypeVar("V")

BURST, REFILL = 25, timedelta(minutes=5)
SIMILAR, SIMILAR_WINDOW = 10, timedelta(minutes=10)
REMEMBERED = 4096  # stories, groups of similar ones and allowances, each
LONGEST_MESSAGE = 1024  # characters
CLUSTER_SCOPED = "default"  # the namespace of events about what has none

Story = Hashable


class Record(NamedTuple):
    """To be written: `obj` is the Event; with `repeats` it exists, and only `patch` is new."""

    story: Story
    obj: Obj
    repeats: bool

    @property
    def key(self) -> tuple[str, str]:
        return namespace_of(self.obj), name_of(self.obj)

    @property
    def patch(self) -> Obj:
        """A merge patch."""
        return {name: self.obj[name] for name in ("count", "lastTimestamp", "message")}


@dataclass(slots=True)
class _Told:
    """An Event of which the world knows, and how often what it says happened."""

    obj: Obj
    count: int = 0
    written: bool = False


@dataclass(slots=True)
class _Group:
    """Messages that differ in nothing else; `at` is when the last one came."""

    at: datetime
    messages: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Allowance:
    left: float
    at: datetime


class Correlator:
    """Remembers what was said; `forget` a story whose Event is not there after all."""

    def __init__(self) -> None:
        self._stories: OrderedDict[Story, _Told] = OrderedDict()
        self._groups: OrderedDict[Hashable, _Group] = OrderedDict()
        self._allowances: OrderedDict[Hashable, _Allowance] = OrderedDict()
        self._last = 0

    def record(self, event: Event, now: datetime) -> Record | None:
        """What to write, None for nothing; `now` is when it happened, aware."""
        about = event.regarding._replace(resource_version="")
        source = event.component, event.host, event.instance
        whole = about._replace(field_path="")
        story: Story = (source, about, event.type, event.reason, event.message)
        group = source, whole, event.type, event.reason
        message = event.message[:LONGEST_MESSAGE]
        if self._is_one_of_many(group, event.message, now):
            story, message = group, f"(combined from similar events): {event.message}"[:LONGEST_MESSAGE]
        told = self._stories.get(story)
        if told is None:
            told = _Told(self._object(event, now))
        _remember(self._stories, story, told)
        told.count += 1
        if not self._may_be_told((source, whole), now):
            return None
        repeats, told.written = told.written, True
        latest = {"message": message, "lastTimestamp": times.rfc3339(now), "count": told.count}
        return Record(story, {**told.obj, **latest}, repeats)

    def forget(self, story: Story) -> None:
        """The story's Event could not be written: should it be told again, it begins anew."""
        self._stories.pop(story, None)

    def _is_one_of_many(self, key: Hashable, message: str, now: datetime) -> bool:
        group = self._groups.get(key)
        if group is None or now - group.at > SIMILAR_WINDOW:
            group = _Group(now)
        _remember(self._groups, key, group)
        group.at = now
        if message in group.messages:
            return False
        if len(group.messages) >= SIMILAR - 1:
            return True
        group.messages.add(message)
        return False

    def _may_be_told(self, key: Hashable, now: datetime) -> bool:
        allowance = self._allowances.get(key) or _Allowance(BURST, now)
        allowance.left = min(BURST, allowance.left + max(now - allowance.at, timedelta()) / REFILL)
        allowance.at = max(allowance.at, now)  # clocks are set back
        _remember(self._allowances, key, allowance)
        if allowance.left < 1:
            return False
        allowance.left -= 1
        return True

    def _object(self, event: Event, now: datetime) -> Obj:
        about = event.regarding
        source = {"component": event.component, "host": event.host} if event.host else {"component": event.component}
        obj: Obj = {
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": self._name(event, now), "namespace": about.namespace or CLUSTER_SCOPED},
            "involvedObject": about.involved_object(), "type": event.type, "reason": event.reason,
            "source": source, "firstTimestamp": times.rfc3339(now), "reportingComponent": event.component,
            "reportingInstance": event.instance or event.host,
        }  # fmt: skip
        if event.action:
            obj["action"] = event.action
        return obj

    def _name(self, event: Event, now: datetime) -> str:
        """The object's name and a moment, in nanoseconds, of which no two are the same; not every object's name is one
        that an Event may have."""
        self._last = max(self._last + 1, int(now.timestamp() * 1_000_000))
        name = f"{event.regarding.name}.{self._last * 1000:x}"
        return f"{event.component}.{self._last * 1000:x}" if is_dns1123_subdomain(name) else name


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > REMEMBERED:
        known.popitem(last=False)
