"""Priority: what the PriorityClass of a pod comes to, and that only one class is everybody's.

Kubernetes' admission plugin of the name. The system's two classes count before anybody has made them: the pods that
need them most are there first.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import NamedTuple

import orjson

from services.apiserver.admission.chain import Request
from services.apiserver.watching.cache import Cache
from services.objects.errors import Forbidden
from services.objects.kinds import PRIORITYCLASS
from services.objects.kinds.scheduling.priorityclass import SYSTEM_PRIORITIES
from services.objects.meta import Obj
from services.storage import keys
from services.storage.store import Readable

_PREEMPT = "PreemptLowerPriority"
_EVERYBODYS = b'"globalDefault":true'


class _Class(NamedTuple):
    name: str
    value: int
    preemption: str

    @classmethod
    def of(cls, priority: Obj) -> _Class:
        return cls(priority["metadata"]["name"], priority.get("value", 0), priority.get("preemptionPolicy") or _PREEMPT)


_NONE = _Class("", 0, _PREEMPT)


class Priorities:
    def __init__(self, cache: Cache, reader: Readable) -> None:
        self._cache = cache
        self._reader = reader

    def pod(self, request: Request) -> Awaitable[None] | None:
        """Most of the time the cache knows the class and nothing is awaited."""
        pod = request.new
        assert pod is not None
        name = pod.setdefault("spec", {}).get("priorityClassName") or ""
        if not name:
            _set(pod, self._everybodys() or _NONE)
            return None
        item = self._cache.get(PRIORITYCLASS, "", name)
        if item is not None:
            _set(pod, _Class.of(item.object()))
        elif name in SYSTEM_PRIORITIES:
            _set(pod, _Class(name, SYSTEM_PRIORITIES[name], _PREEMPT))
        else:
            return self._confirm(pod, name)
        return None

    def _everybodys(self) -> _Class | None:
        """Should there be several, the least of them."""
        found = [_Class.of(item.object()) for item in self._cache.collection(PRIORITYCLASS).items()
                 if _EVERYBODYS in item.json]  # fmt: skip
        return min(found, key=lambda each: each.value, default=None)

    async def _confirm(self, pod: Obj, name: str) -> None:
        """The cache may be behind: what it refuses is asked of etcd."""
        entry = await self._reader.get(keys.key(PRIORITYCLASS, "", name))
        if entry is None:
            raise _forbidden(pod, f"no PriorityClass with name {name} was found")
        _set(pod, _Class.of(orjson.loads(entry.value)))

    async def only_default(self, request: Request) -> None:
        priority = request.new
        assert priority is not None
        if not priority.get("globalDefault"):
            return
        await self._cache.fresh()
        there = self._everybodys()
        if there is not None and there.name != priority["metadata"].get("name"):
            raise Forbidden.object(PRIORITYCLASS.group, PRIORITYCLASS.plural, priority["metadata"].get("name", ""),
                                   f"PriorityClass {there.name} is already marked as default. Only one default can "
                                   "exist")  # fmt: skip


def _set(pod: Obj, found: _Class) -> None:
    spec = pod["spec"]
    given, preemption = spec.get("priority"), spec.get("preemptionPolicy")
    if given is not None and given != found.value:
        raise _forbidden(pod, f"the integer value of priority ({given}) must not be provided in pod spec; priority "
                         f"admission controller computed {found.value} from the given PriorityClass name")  # fmt: skip
    if preemption is not None and preemption != found.preemption:
        raise _forbidden(pod, f"the string value of PreemptionPolicy ({preemption}) must not be provided in pod spec; "
                         f"priority admission controller computed {found.preemption} from the given PriorityClass name")
    if found.name:
        spec["priorityClassName"] = found.name
    spec["priority"], spec["preemptionPolicy"] = found.value, found.preemption


def _forbidden(pod: Obj, why: str) -> Forbidden:
    return Forbidden.object("", "pods", pod["metadata"].get("name", ""), why)
