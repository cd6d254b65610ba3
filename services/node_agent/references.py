"""What pods name: ConfigMaps, Secrets and tokens, read when needed and kept for a while.

Read on demand and believed for `lifetime` seconds, however many pods name the same object. A watch per namespace was
rejected: an agent would hold every Secret of a namespace to serve one, and an idle node a watch per namespace.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import NamedTuple, Protocol

from services.client.sdk import Client
from services.foundation import clock
from services.objects import times
from services.objects.errors import NotFound
from services.objects.kinds import CONFIGMAP, SECRET, SERVICEACCOUNT
from services.objects.meta import Obj, name_of, namespace_of, uid_of

KINDS = {"ConfigMap": CONFIGMAP, "Secret": SECRET}


class Token(NamedTuple):
    text: str
    issued: datetime
    expires: datetime


class References(Protocol):
    """What volumes and environments need; tests stand in for the apiserver here."""

    async def get(self, kind: str, namespace: str, name: str, *, fresh: bool = False) -> Obj | None: ...

    async def token(self, pod: Obj, audience: str, seconds: int) -> Token: ...


class ApiReferences:
    """References answered by the apiserver. Raises StatusError when it does not answer."""

    def __init__(self, client: Client, lifetime: float) -> None:
        self._client = client
        self._lifetime = lifetime
        self._known: dict[tuple[str, str, str], tuple[float, Obj | None]] = {}
        self._locks: dict[tuple[str, str, str], asyncio.Lock] = {}
        self._tidied = time.monotonic()

    async def get(self, kind: str, namespace: str, name: str, *, fresh: bool = False) -> Obj | None:
        """None when there is none. `fresh` asks again whatever is known; what was missing is always asked again."""
        key = (kind, namespace, name)
        async with self._locks.setdefault(key, asyncio.Lock()):
            read, obj = self._known.get(key, (0.0, None))
            if obj is not None and not fresh and time.monotonic() - read < self._lifetime:
                return obj
            try:
                obj = await self._client.resource(KINDS[kind], namespace).get(name)
            except NotFound:
                obj = None
            self._known[key] = (time.monotonic(), obj)
            self._tidy()
            return obj

    def _tidy(self) -> None:
        """Forgets what is too old to be believed, once in a lifetime: pods come and go, and what they named is many."""
        now = time.monotonic()
        if now - self._tidied < self._lifetime:
            return
        self._tidied = now
        self._known = {key: known for key, known in self._known.items() if now - known[0] < self._lifetime}
        self._locks = {key: lock for key, lock in self._locks.items() if key in self._known or lock.locked()}

    async def token(self, pod: Obj, audience: str, seconds: int) -> Token:
        """A token bound to the pod: it dies with it."""
        account = pod["spec"].get("serviceAccountName") or "default"
        body: Obj = {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {
                "audiences": [audience] if audience else [], "expirationSeconds": seconds,
                "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": name_of(pod), "uid": uid_of(pod)},
            },
        }  # fmt: skip
        collection = self._client.resource(SERVICEACCOUNT, namespace_of(pod))
        answer = await collection.create_subresource(account, "token", body)
        expires = times.parse(answer["status"]["expirationTimestamp"])
        return Token(answer["status"]["token"], clock.now(), expires)
