"""Access to devices that are in use by others is for namespaces that their administrator has marked for it.

Kubernetes' rule of claims with `adminAccess`. It stands here and not with the other rules of claims, which see the
object alone.
"""

from __future__ import annotations

from collections.abc import Awaitable

import orjson

from services.apiserver.admission.chain import Request
from services.objects.errors import Invalid
from services.objects.kinds import NAMESPACE
from services.objects.kinds.validation.field import forbidden
from services.objects.meta import Obj
from services.storage import keys
from services.storage.store import Readable

_LABEL = "resource.kubernetes.io/admin-access"
_WHY = f"admin access to devices requires the `{_LABEL}: true` label on the containing namespace"


class AdminAccess:
    def __init__(self, reader: Readable) -> None:
        self._reader = reader

    def create(self, request: Request) -> Awaitable[None] | None:
        """Of claims and their templates; hardly any ask for it."""
        assert request.new is not None
        spec = request.new.get("spec") or {}
        for index, wanted in enumerate(((spec.get("spec") or spec).get("devices") or {}).get("requests") or ()):
            if (wanted.get("exactly") or {}).get("adminAccess"):
                return self._confirm(request, f"spec.devices.requests[{index}].adminAccess")
        return None

    async def _confirm(self, request: Request, path: str) -> None:
        """Of etcd itself: a mark that was taken away counts no more."""
        target = request.target
        entry = await self._reader.get(keys.key(NAMESPACE, "", target.namespace))
        if entry is None or not _marked(orjson.loads(entry.value)):
            name = (request.new or {}).get("metadata", {}).get("name", "")
            raise Invalid(target.kind.group, target.kind.kind, name, [forbidden(path, _WHY)])


def _marked(namespace: Obj) -> bool:
    return (namespace["metadata"].get("labels") or {}).get(_LABEL) == "true"
