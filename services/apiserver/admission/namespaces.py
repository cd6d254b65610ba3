"""NamespaceLifecycle: nothing is created where no namespace is or where one is going, and some never go."""

from __future__ import annotations

import time
from collections.abc import Awaitable

import orjson

from services.apiserver.admission.chain import Request
from services.apiserver.watching.cache import Cache
from services.objects.errors import Cause, Forbidden, NotFound
from services.objects.kinds import NAMESPACE
from services.objects.meta import Obj
from services.storage import keys
from services.storage.store import Readable

# Seconds for which a namespace deleted here is looked up in etcd rather than in the cache.
ASKED_FOR = 30.0
PROTECTED = frozenset({"default", "kube-system", "kube-public"})


class NamespaceLifecycle:
    def __init__(self, cache: Cache, reader: Readable) -> None:
        self._cache = cache
        self._reader = reader
        self._deleted: dict[str, float] = {}

    def create(self, request: Request) -> Awaitable[None] | None:
        """Most of the time the cache knows the namespace and nothing is awaited."""
        target = request.target
        if not target.kind.namespaced:
            return None
        item = self._cache.get(NAMESPACE, "", target.namespace)
        if item is None or b'"deletionTimestamp"' in item.json or self._just_deleted(target.namespace):
            return self._confirm(request)
        return None

    def _just_deleted(self, name: str) -> bool:
        """Deleted through this process so lately that the cache may not know."""
        until = self._deleted.get(name)
        if until is None:
            return False
        if until < time.monotonic():
            del self._deleted[name]
            return False
        return True

    async def _confirm(self, request: Request) -> None:
        """The cache may be behind: what it refuses is asked of etcd."""
        target = request.target
        entry = await self._reader.get(keys.key(NAMESPACE, "", target.namespace))
        if entry is None:
            raise NotFound.object("", "namespaces", target.namespace)
        namespace: Obj = orjson.loads(entry.value)
        if namespace["metadata"].get("deletionTimestamp"):
            name = (request.new or {}).get("metadata", {}).get("name", "")
            raise terminating(target.kind.group, target.kind.plural, name, target.namespace)

    def delete(self, request: Request) -> None:
        name = request.target.name
        if name in PROTECTED:
            raise Forbidden.object("", "namespaces", name, "this namespace may not be deleted")
        self._deleted[name] = time.monotonic() + ASKED_FOR


def terminating(group: str, plural: str, name: str, namespace: str) -> Forbidden:
    error = Forbidden.object(group, plural, name, f"unable to create new content in namespace {namespace} because it "
                             "is being terminated")  # fmt: skip
    cause = Cause("NamespaceTerminating", f"namespace {namespace} is being terminated", "metadata.namespace")
    error.details["causes"] = [cause._asdict()]
    return error
